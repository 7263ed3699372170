//! Who asks, and what roles allow.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::request::Asked;
use super::status::{Answer, Refusal};

/// Somebody with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The token.
    pub token: String,
    /// The user's name.
    pub user: String,
    /// What may be done.
    pub rules: Vec<Rule>,
}

/// What a role allows; `*` is everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `list`, `patch`.
    pub verbs: Vec<String>,
    /// API groups; empty is the core.
    pub groups: Vec<String>,
    /// `pods`, `deployments/scale`.
    pub resources: Vec<String>,
    /// Only there; none: everywhere.
    pub namespaces: Option<Vec<String>>,
    /// What makes it so, as `SelfSubjectAccessReview` tells.
    pub because: String,
}

impl Rule {
    /// A rule that holds everywhere.
    #[must_use]
    pub fn new(verbs: &[&str], groups: &[&str], resources: &[&str]) -> Self {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self { verbs: owned(verbs), groups: owned(groups), resources: owned(resources), namespaces: None, because: String::new() }
    }

    /// The same in these namespaces alone.
    #[must_use]
    pub fn within(mut self, namespaces: &[&str]) -> Self {
        self.namespaces = Some(namespaces.iter().map(|namespace| (*namespace).to_owned()).collect());
        self
    }

    /// The same, told to be so because of this.
    #[must_use]
    pub fn because(mut self, because: &str) -> Self {
        because.clone_into(&mut self.because);
        self
    }

    fn allows(&self, attributes: &Attributes<'_>) -> bool {
        let fits = |known: &[String], asked: &str| known.iter().any(|known| known == "*" || known == asked);
        let resource = attributes.qualified();
        fits(&self.verbs, attributes.verb)
            && fits(&self.groups, attributes.group)
            && fits(&self.resources, &resource)
            && self.namespaces.as_ref().is_none_or(|known| known.iter().any(|known| known == attributes.namespace))
    }
}

impl Identity {
    /// Somebody who may do everything.
    #[must_use]
    pub fn admin(token: &str) -> Self {
        Self { token: token.to_owned(), user: "admin".to_owned(), rules: vec![Rule::new(&["*"], &["*"], &["*"])] }
    }

    /// A service account that may read what a catalog of services reads, and nothing else.
    #[must_use]
    pub fn reader(token: &str) -> Self {
        let reads = ["get", "list", "watch"];
        Self {
            token: token.to_owned(),
            user: "system:serviceaccount:spot:spot".to_owned(),
            rules: vec![
                Rule::new(&reads, &[""], &["pods", "services", "nodes", "namespaces"]),
                Rule::new(&reads, &["apps"], &["deployments", "replicasets", "statefulsets", "daemonsets", "controllerrevisions"]),
                Rule::new(&reads, &["batch"], &["jobs", "cronjobs"]),
                Rule::new(&reads, &["networking.k8s.io"], &["ingresses"]),
                Rule::new(&reads, &["autoscaling"], &["horizontalpodautoscalers"]),
            ],
        }
    }

    /// A service account that reads, and may also restart, roll back, scale and delete pods.
    #[must_use]
    pub fn operator(token: &str) -> Self {
        let mut operator = Self::reader(token);
        operator.rules.extend([
            Rule::new(&["patch"], &["apps"], &["deployments", "statefulsets", "daemonsets"]),
            Rule::new(&["get", "patch", "update"], &["apps"], &["deployments/scale", "statefulsets/scale"]),
            Rule::new(&["delete"], &[""], &["pods"]),
        ]);
        operator
    }

    /// The same without these resources.
    #[must_use]
    pub fn without(mut self, resources: &[&str]) -> Self {
        for rule in &mut self.rules {
            rule.resources.retain(|resource| !resources.contains(&resource.as_str()));
        }
        self
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attributes<'a> {
    pub(super) verb: &'a str,
    pub(super) group: &'a str,
    pub(super) resource: &'a str,
    pub(super) subresource: &'a str,
    /// Empty: in the whole cluster.
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl Attributes<'_> {
    fn qualified(&self) -> String {
        if self.subresource.is_empty() { self.resource.to_owned() } else { format!("{}/{}", self.resource, self.subresource) }
    }
}

/// The one who asks.
#[derive(Clone, Debug)]
pub(super) struct Caller<'a> {
    pub(super) user: &'a str,
    rules: &'a [Rule],
    pub(super) is_known: bool,
}

impl<'a> Caller<'a> {
    /// Who sent this; somebody without any token is nobody, with a token that is not known is sent away.
    pub(super) fn of(known: &'a [Identity], headers: &HeaderMap) -> Answer<Self> {
        let nobody = Self { user: "system:anonymous", rules: &[], is_known: false };
        let Some(given) = headers.get(AUTHORIZATION) else { return Ok(nobody) };
        let given = given.to_str().unwrap_or_default();
        let Some(token) = given.strip_prefix("Bearer ").or_else(|| given.strip_prefix("bearer ")) else { return Ok(nobody) };
        let found = known.iter().find(|identity| identity.token == token.trim()).ok_or_else(Refusal::unauthorized)?;
        Ok(Self { user: &found.user, rules: &found.rules, is_known: true })
    }

    /// Why somebody may; none: they may not.
    pub(super) fn allowed(&self, attributes: &Attributes<'_>) -> Option<&'a str> {
        self.rules.iter().find(|rule| rule.allows(attributes)).map(|rule| rule.because.as_str())
    }

    /// Refuses what no rule allows.
    pub(super) fn check(&self, asked: &Asked) -> Answer<()> {
        let attributes = asked.attributes();
        if self.allowed(&attributes).is_some() {
            return Ok(());
        }
        let place = if attributes.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace {:?}", attributes.namespace)
        };
        let what = format!(
            "User {:?} cannot {} resource {:?} in API group {:?} {place}",
            self.user,
            attributes.verb,
            attributes.qualified(),
            attributes.group
        );
        Err(Refusal::forbidden(asked.resource, attributes.name, &what))
    }
}
