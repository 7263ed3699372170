//! Which entity a resource speaks of that claims no ref: by annotation, then by rule, then by name.
//!
//! # Invariants
//! - A name counts only if it is unique in both directions: one entity is called so, and one resource.
//! - What belongs to a repository belongs to its only service, where it has exactly one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EntityId, EntityRef, Hint, Kind};

/// An entity that a resource may speak of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The entity.
    pub id: EntityId,
    /// Its ref now.
    pub reference: EntityRef,
    /// Values of the annotations that name resources of the source.
    pub annotated: Vec<String>,
    /// Of a service: the repository that holds it.
    pub repository: Option<EntityRef>,
}

/// A resource that is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// Its id within its source.
    pub id: &'a str,
    /// What its source tells of whose it is, strongest first.
    pub hints: &'a [Hint],
}

/// How a resource found its entity; the words stand in link records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The names are alike: a guess.
    Name,
    /// The configured rule makes the resource's id, or a name of it, from the repository's name.
    Rule,
    /// The resource is made from this repository.
    Repository,
    /// The resource names the entity by its ref.
    Declared,
    /// The entity's annotation names the resource.
    Annotation,
}

impl Rule {
    const ALL: [Self; 5] = [Self::Name, Self::Rule, Self::Repository, Self::Declared, Self::Annotation];

    /// The word in link records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Rule => "rule",
            Self::Repository => "repository",
            Self::Declared => "declared",
            Self::Annotation => "annotation",
        }
    }

    /// The rule of a word; none for links that a person made or that another rule of spot did.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.word() == word)
    }
}

/// What an entity's annotations say by a template: the name of an annotation, whose value it is; or a text with names in
/// braces, `project/{jira/project-key}`, in whose place the values stand. One that begins with an exclamation mark must not
/// be there: `{!jira/component}`. None if something is missing.
#[must_use]
pub fn annotated<'a>(template: &str, value: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    if !template.contains('{') {
        return value(template).map(str::to_owned);
    }
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        match name.strip_prefix('!') {
            Some(name) if value(name).is_some() => return None,
            Some(_) => {}
            None => text.push_str(value(name)?),
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Finds entities for the resources of one source.
#[derive(Debug)]
pub struct Finder<'a> {
    candidates: &'a [Candidate],
    /// Positions of candidates, services before repositories.
    by_annotation: BTreeMap<&'a str, Vec<usize>>,
    by_ref: BTreeMap<String, usize>,
    by_rule: BTreeMap<String, Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// The services of each repository, by its ref's key.
    services: BTreeMap<String, Vec<usize>>,
}

impl<'a> Finder<'a> {
    /// One over these entities; `rule` makes ids from `{owner}` and `{repo}`.
    #[must_use]
    pub fn new(candidates: &'a [Candidate], rule: Option<&str>) -> Self {
        let mut finder = Self {
            candidates,
            by_annotation: BTreeMap::new(),
            by_ref: BTreeMap::new(),
            by_rule: BTreeMap::new(),
            by_name: BTreeMap::new(),
            services: BTreeMap::new(),
        };
        for (position, candidate) in candidates.iter().enumerate() {
            for value in &candidate.annotated {
                finder.by_annotation.entry(value).or_default().push(position);
            }
            if let Some(repository) = &candidate.repository {
                finder.services.entry(repository.key()).or_default().push(position);
            }
            finder.by_ref.insert(candidate.reference.key(), position);
            let name = candidate.reference.name();
            let (owner, last) = name.rsplit_once('/').unwrap_or(("", name));
            if let Some(rule) = rule.filter(|_| candidate.reference.kind() == Kind::Repository) {
                let id = rule.replace("{owner}", owner).replace("{repo}", last);
                finder.by_rule.entry(id.to_lowercase()).or_default().push(position);
            }
            let names: BTreeSet<String> = [normal(name), normal(last)].into();
            for name in names {
                finder.by_name.entry(name).or_default().push(position);
            }
        }
        finder
    }

    /// The entity of each resource that has one, by the strongest rule. With `shared` several resources may be of one
    /// name.
    #[must_use]
    pub fn find<'b>(&self, resources: &[Sought<'b>], shared: bool) -> BTreeMap<&'b str, (EntityId, Rule)> {
        let mut found = BTreeMap::new();
        let mut guesses: BTreeMap<EntityId, Vec<&'b str>> = BTreeMap::new();
        for sought in resources {
            if let Some(position) = self.annotated(sought.id) {
                found.insert(sought.id, (self.candidates[position].id, Rule::Annotation));
            } else if let Some(hinted) = self.hinted(sought.hints) {
                found.insert(sought.id, hinted);
            } else if let Some(entity) = self.ruled(sought) {
                found.insert(sought.id, (entity, Rule::Rule));
            } else if let Some(entity) = self.named(sought) {
                guesses.entry(entity).or_default().push(sought.id);
            }
        }
        for (entity, ids) in guesses {
            if shared || ids.len() == 1 {
                found.extend(ids.into_iter().map(|id| (id, (entity, Rule::Name))));
            }
        }
        found
    }

    /// By the first hint that leads somewhere; names are only guesses and come later.
    fn hinted(&self, hints: &[Hint]) -> Option<(EntityId, Rule)> {
        hints.iter().find_map(|hint| match hint {
            Hint::Ref(reference) => {
                let reference: EntityRef = reference.parse().ok()?;
                let position = self.by_ref.get(&reference.key())?;
                Some((self.candidates[*position].id, Rule::Declared))
            }
            Hint::Annotation(value) => Some((self.candidates[self.annotated(value)?].id, Rule::Annotation)),
            Hint::Repository(address) => {
                let key = format!("{}:{}", Kind::Repository, repository_name(address)).to_lowercase();
                Some((self.in_repository(*self.by_ref.get(&key)?, hints), Rule::Repository))
            }
            Hint::Name(_) => None,
        })
    }

    fn ruled(&self, sought: &Sought<'_>) -> Option<EntityId> {
        names_of(sought).find_map(|name| match self.by_rule.get(&name.to_lowercase()).map(Vec::as_slice) {
            Some([position]) => Some(self.in_service(*position)),
            _ => None,
        })
    }

    /// The entity of the first name that only one entity has; a service and the repository that holds it are one.
    fn named(&self, sought: &Sought<'_>) -> Option<EntityId> {
        names_of(sought).find_map(|name| {
            let names: BTreeSet<String> = [normal(name), normal(last_part(name))].into();
            let positions: BTreeSet<usize> = names.iter().filter_map(|name| self.by_name.get(name)).flatten().copied().collect();
            let services = positions.iter().filter(|position| self.candidates[**position].reference.kind() == Kind::Service);
            let homes: BTreeSet<String> =
                services.filter_map(|position| self.candidates[*position].repository.as_ref()).map(EntityRef::key).collect();
            let entities: BTreeSet<EntityId> = positions
                .into_iter()
                .filter(|position| !homes.contains(&self.candidates[*position].reference.key()))
                .map(|position| self.in_service(position))
                .collect();
            if entities.len() == 1 { entities.into_iter().next() } else { None }
        })
    }

    /// Entities whose names come near a resource's, at most three, for a person to choose from.
    #[must_use]
    pub fn guesses(&self, sought: &Sought<'_>) -> Vec<&'a Candidate> {
        let wanted: Vec<String> = names_of(sought).map(|name| normal(last_part(name))).filter(|name| name.len() >= 3).collect();
        let near = |name: &String, wanted: &String| name.len() >= 3 && (name.contains(wanted.as_str()) || wanted.contains(name.as_str()));
        let mut all: Vec<(usize, usize)> = Vec::new();
        for wanted in &wanted {
            for (name, positions) in self.by_name.iter().filter(|(name, _)| near(name, wanted)) {
                all.extend(positions.iter().map(|position| (name.len().abs_diff(wanted.len()), *position)));
            }
        }
        all.sort_unstable();
        let mut near: Vec<&Candidate> = Vec::new();
        for (_, position) in all {
            let candidate = &self.candidates[position];
            if !near.iter().any(|known| known.id == candidate.id) {
                near.push(candidate);
            }
        }
        near.truncate(3);
        near
    }

    /// Of several entities with one annotation a service counts before its repository; several services are no answer
    /// but the repository that holds them all.
    fn annotated(&self, id: &str) -> Option<usize> {
        let positions = self.by_annotation.get(id)?;
        let of_kind = |kind: Kind| -> Vec<usize> {
            positions.iter().copied().filter(|position| self.candidates[*position].reference.kind() == kind).collect()
        };
        let services = of_kind(Kind::Service);
        match services.as_slice() {
            [service] => Some(*service),
            [] => of_kind(Kind::Repository).first().or_else(|| positions.first()).copied(),
            [first, rest @ ..] => {
                let home = self.candidates[*first].repository.as_ref()?;
                let is_shared = rest.iter().all(|other| self.candidates[*other].repository.as_ref() == Some(home));
                let mut holders = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.reference == *home);
                if is_shared { holders.next().map(|(position, _)| position) } else { Some(*first) }
            }
        }
    }

    /// The service of a repository: the only one, or the one that a hint names, else the repository.
    fn in_repository(&self, repository: usize, hints: &[Hint]) -> EntityId {
        let services = self.services.get(&self.candidates[repository].reference.key()).map_or(&[][..], Vec::as_slice);
        let is_named = |service: &&usize| {
            let name = normal(self.candidates[**service].reference.name());
            hints.iter().any(|hint| matches!(hint, Hint::Name(hint) if normal(hint) == name))
        };
        match services.iter().find(is_named) {
            Some(service) => self.candidates[*service].id,
            None => self.in_service(repository),
        }
    }

    /// The only service of a repository, else the repository.
    fn in_service(&self, repository: usize) -> EntityId {
        let candidate = &self.candidates[repository];
        match self.services.get(&candidate.reference.key()).map(Vec::as_slice) {
            Some([service]) => self.candidates[*service].id,
            _ => candidate.id,
        }
    }
}

/// What a resource may be called: as its source hints, else its id.
fn names_of<'a>(sought: &Sought<'a>) -> impl Iterator<Item = &'a str> {
    let mut hinted = sought.hints.iter().filter_map(|hint| match hint {
        Hint::Name(name) => Some(name.as_str()),
        _ => None,
    });
    let first = hinted.next();
    first.or_else(|| sought.hints.is_empty().then_some(sought.id)).into_iter().chain(hinted)
}

/// `https://git.example/acme/billing.git` -> `acme/billing`.
fn repository_name(address: &str) -> &str {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, path)| path),
        // The short form of SSH: git@host:owner/name.
        None => address.split_once('@').and_then(|(_, rest)| rest.split_once(':')).map_or(address, |(_, path)| path),
    };
    let path = path.trim_matches('/');
    path.strip_suffix(".git").unwrap_or(path)
}

/// `com.acme:billing` -> `billing`.
fn last_part(id: &str) -> &str {
    id.rsplit([':', '/']).next().unwrap_or(id)
}

/// Letters and digits, in lower case.
fn normal(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: u32, reference: &str, annotated: &[&str], repository: Option<&str>) -> Candidate {
        Candidate {
            id: EntityId(id),
            reference: reference.parse().unwrap(),
            annotated: annotated.iter().map(|text| (*text).to_owned()).collect(),
            repository: repository.map(|text| text.parse().unwrap()),
        }
    }

    fn company() -> Vec<Candidate> {
        vec![
            candidate(1, "repository:acme/billing", &[], None),
            candidate(2, "service:billing", &["acme_bill"], Some("repository:acme/billing")),
            candidate(3, "repository:acme/mono", &[], None),
            candidate(4, "service:one", &["acme_mono"], Some("repository:acme/mono")),
            candidate(5, "service:two", &["acme_mono"], Some("repository:acme/mono")),
            candidate(6, "repository:acme/ledger-api", &[], None),
            candidate(7, "repository:other/ledger-api", &[], None),
        ]
    }

    fn found(rule: Option<&str>, ids: &[&str]) -> Vec<String> {
        let candidates = company();
        let finder = Finder::new(&candidates, rule);
        let sought: Vec<Sought<'_>> = ids.iter().map(|id| Sought { id, hints: &[] }).collect();
        finder.find(&sought, false).into_iter().map(|(id, (entity, rule))| format!("{id} {} {}", entity.0, rule.word())).collect()
    }

    #[test]
    fn an_id_may_be_made_of_several_annotations() {
        let both = |name: &str| match name {
            "jira/project-key" => Some("PAY"),
            "jira/component" => Some("billing"),
            _ => None,
        };
        let one = |name: &str| both(name).filter(|_| name != "jira/component");
        let (component, project) = ("project/{jira/project-key}/component/{jira/component}", "project/{jira/project-key}{!jira/component}");
        assert_eq!(annotated(component, &both).as_deref(), Some("project/PAY/component/billing"));
        assert_eq!((annotated(project, &both), annotated(component, &one)), (None, None));
        assert_eq!(annotated(project, &one).as_deref(), Some("project/PAY"));
        assert_eq!(
            (annotated("jira/component", &both).as_deref(), annotated("x", &both), annotated("{x", &both)),
            (Some("billing"), None, None)
        );
    }

    #[test]
    fn an_annotation_counts_before_a_rule_and_that_before_a_name() {
        assert_eq!(found(Some("{owner}_{repo}"), &["acme_bill", "acme_ledger-api"]), ["acme_bill 2 annotation", "acme_ledger-api 6 rule"]);
        assert_eq!(found(None, &["com.acme:billing"]), ["com.acme:billing 2 name"]);
        assert_eq!(found(None, &["acme_ledger-api"]), ["acme_ledger-api 6 name"]);
    }

    #[test]
    fn several_services_of_one_repository_share_it() {
        assert_eq!(found(None, &["acme_mono"]), ["acme_mono 3 annotation"]);
    }

    #[test]
    fn a_name_that_is_not_unique_in_both_directions_is_no_link() {
        assert!(found(None, &["ledger-api"]).is_empty(), "two repositories");
        assert!(found(None, &["x:billing", "y:billing"]).is_empty(), "two resources");
        let candidates = company();
        let guesses: Vec<String> = Finder::new(&candidates, None)
            .guesses(&Sought { id: "x:ledger", hints: &[] })
            .iter()
            .map(|near| near.reference.to_string())
            .collect();
        assert_eq!(guesses, ["repository:acme/ledger-api", "repository:other/ledger-api"]);
    }

    fn hinted(hints: Vec<Hint>) -> Option<(u32, &'static str)> {
        let candidates = company();
        let sought = [Sought { id: "prod/x/y", hints: &hints }];
        Finder::new(&candidates, None).find(&sought, true).into_values().next().map(|(entity, rule)| (entity.0, rule.word()))
    }

    #[test]
    fn the_first_hint_that_leads_somewhere_counts_and_names_come_last() {
        let name = |name: &str| Hint::Name(name.to_owned());
        let repository = |address: &str| Hint::Repository(address.to_owned());
        assert_eq!(hinted(vec![repository("https://git.example/acme/billing.git")]), Some((2, "repository")));
        assert_eq!(hinted(vec![repository("git@git.example:Acme/Billing.git")]), Some((2, "repository")));
        assert_eq!(hinted(vec![repository("acme/mono")]), Some((3, "repository")), "two services");
        assert_eq!(hinted(vec![repository("acme/mono"), name("Two")]), Some((5, "repository")));
        assert_eq!(hinted(vec![name("nothing"), repository("acme/gone"), name("billing")]), Some((2, "name")));
        assert_eq!(hinted(vec![Hint::Annotation("acme_bill".to_owned()), repository("acme/mono")]), Some((2, "annotation")));
        assert_eq!(hinted(vec![Hint::Ref("service:one".to_owned())]), Some((4, "declared")));
        assert_eq!(hinted(vec![name("ledger-api")]), None, "two repositories");
        assert_eq!(hinted(vec![name("one")]), Some((4, "name")), "a service of its own name");
    }

    #[test]
    fn resources_of_one_name_share_an_entity_only_where_that_is_usual() {
        let candidates = company();
        let finder = Finder::new(&candidates, None);
        let hints = [Hint::Name("billing".to_owned())];
        let both = [Sought { id: "eu/billing", hints: &hints }, Sought { id: "us/billing", hints: &hints }];
        assert_eq!((finder.find(&both, true).len(), finder.find(&both, false).len()), (2, 0));
    }
}
