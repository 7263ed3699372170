//! What Consul lists as statements about services. Pure.
//!
//! # Invariants
//! - Each list is an origin of its own, so that one that cannot be read takes nothing from what the others say.
//! - Texts of checks are cut short, and what looks like a secret is left out of them and of meta.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::collect::consul::client::Instance;
use crate::collect::consul::wire::{Check, Intention};
use crate::collect::consul::{Place, SERVICE};
use crate::model::body::{Relations, to_body};
use crate::model::configuration::{Call, Configuration, Instances};
use crate::model::{Body, EntityRef, Hint, Kind, Resource};

/// Characters of a check's text that are kept.
const LONGEST_OUTPUT: usize = 160;
/// A word that is longer, and has digits and letters only, may be a secret.
const LONGEST_PLAIN_WORD: usize = 24;
/// Parts of names whose values are nobody's to read.
const SECRETIVE: [&str; 8] = ["token", "secret", "password", "passwd", "authorization", "apikey", "api_key", "credential"];
/// Names in meta that hold an entity's ref, strongest first.
const REF_META: [&str; 3] = ["entity", "entity-ref", "entity_ref"];
/// Names in meta that hold a repository.
const REPOSITORY_META: [&str; 4] = ["repository", "repo", "git_repository", "github_project_slug"];
/// Names in meta that hold what an annotation of the entity holds, too. Consul takes neither dots nor slashes there.
const ANNOTATION_META: [&str; 3] = ["backstage-io-component", "backstage_io_component", "backstage-io-kubernetes-id"];
/// Names in meta that hold the name of the entity.
const NAME_META: [&str; 3] = ["component", "app", "application"];

/// A service as its source names it.
pub(super) fn resource(place: &Place, service: &str) -> Arc<Resource> {
    Arc::new(Resource { id: id(place, service), kind: Kind::Service, scope: place.scope() })
}

/// `DATACENTER/NAME`.
pub(super) fn id(place: &Place, service: &str) -> String {
    format!("{}/{service}", place.scope())
}

/// Whether an instance stands beside a service instead of being one.
pub(super) fn is_proxy(instance: &Instance) -> bool {
    instance.kind == "connect-proxy"
}

/// What runs.
pub(super) fn catalog(place: &Place, instances: &[&Instance]) -> Body {
    let scope = place.scope();
    let mut nodes: BTreeMap<String, u64> = BTreeMap::new();
    let mut tags: BTreeSet<&str> = BTreeSet::new();
    let mut meta: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut ports: BTreeSet<u16> = BTreeSet::new();
    for instance in instances {
        *nodes.entry(instance.node.clone()).or_default() += 1;
        tags.extend(instance.tags.iter().map(String::as_str).filter(|tag| !tag.is_empty()));
        for (name, value) in &instance.meta {
            if !value.is_empty() && !is_secretive(name) {
                meta.entry(name.clone()).or_default().insert(value);
            }
        }
        ports.extend(u16::try_from(instance.port).ok().filter(|port| *port != 0));
    }
    let mut found = Configuration::default();
    found.instances.insert(scope.clone(), Instances { count: instances.len() as u64, nodes });
    if let Some(kind) = instances.iter().map(|instance| instance.kind.as_str()).find(|kind| !kind.is_empty()) {
        found.role.insert(scope.clone(), kind.to_owned());
    }
    if !tags.is_empty() {
        found.tags.insert(scope.clone(), tags.into_iter().map(str::to_owned).collect());
    }
    if !meta.is_empty() {
        let listed = meta.into_iter().map(|(name, values)| (name, values.into_iter().map(str::to_owned).collect()));
        found.meta.insert(scope.clone(), listed.collect());
    }
    if !ports.is_empty() {
        found.ports.insert(scope, ports.into_iter().collect());
    }
    to_body(&found)
}

/// How bad a state is; none for a word that is no state.
fn rank(check: &Check) -> Option<(u8, &'static str)> {
    let id = check.check_id.as_str();
    if (id == "_node_maintenance" || id.starts_with("_service_maintenance")) && check.status != "passing" {
        return Some((3, "maintenance"));
    }
    match check.status.as_str() {
        "passing" => Some((0, "passing")),
        "warning" => Some((1, "warning")),
        "critical" => Some((2, "critical")),
        "maintenance" => Some((3, "maintenance")),
        _ => None,
    }
}

/// States that are none, for a problem that names them.
pub(super) fn unknown_states(checks: &[Check]) -> BTreeSet<&str> {
    checks.iter().filter(|check| rank(check).is_none()).map(|check| check.status.as_str()).collect()
}

/// How a service is, by its own checks and those of the nodes that it runs on. Without any check it passes, as Consul has it.
pub(super) fn health(place: &Place, checks: &[&Check]) -> Body {
    let scope = place.scope();
    let mut worst = (0, "passing");
    let mut failing: BTreeMap<String, (u8, &'static str, &str)> = BTreeMap::new();
    for check in checks {
        let Some((rank, word)) = rank(check) else { continue };
        worst = worst.max((rank, word));
        if rank > 0 {
            let name = if check.name.is_empty() { &check.check_id } else { &check.name };
            let entry = (rank, word, check.output.as_str());
            // Of equally bad ones the text that comes last, so that their order does not matter.
            let known = failing.entry(format!("{scope}/{name}")).or_insert(entry);
            *known = entry.max(*known);
        }
    }
    let mut found = Configuration::default();
    found.health.insert(scope, worst.1.to_owned());
    for (key, (_, word, output)) in failing {
        let output = shown(output);
        if !output.is_empty() {
            found.outputs.insert(key.clone(), output);
        }
        found.failing.insert(key, word.to_owned());
    }
    to_body(&found)
}

/// A check's text in one short line without what looks like a secret.
pub(super) fn shown(output: &str) -> String {
    let mut line = String::new();
    let mut hide_next = false;
    for word in output.split_whitespace() {
        let shown = if hide_next { "…".to_owned() } else { harmless(word) };
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_lowercase();
        // The secret follows its name, perhaps after the word Bearer or Basic.
        let is_name = bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        hide_next = matches!(bare.as_str(), "bearer" | "basic") || (is_name && is_secretive(&bare) && word.ends_with([':', '=']));
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(shown.chars().filter(|c| !c.is_control()));
        if line.chars().count() > LONGEST_OUTPUT {
            return line.chars().take(LONGEST_OUTPUT).chain(['…']).collect();
        }
    }
    line
}

fn harmless(word: &str) -> String {
    // What a URL asks for, and who asks, is not said.
    if let Some((scheme, rest)) = word.split_once("://") {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        return path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"));
    }
    if let Some((name, value)) = word.split_once(['=', ':'])
        && !value.is_empty()
        && is_secretive(name)
    {
        return format!("{name}=…");
    }
    let mut parts = word.split(|c: char| !c.is_ascii_alphanumeric() && !"+/_-".contains(c));
    let is_long = |part: &str| part.len() > LONGEST_PLAIN_WORD && part.chars().any(|c| c.is_ascii_digit());
    if parts.any(is_long) { "…".to_owned() } else { word.to_owned() }
}

fn is_secretive(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    SECRETIVE.iter().any(|part| name.contains(part))
}

/// The part of a prefix before the service's name.
pub(super) fn root(prefix: &str) -> &str {
    prefix.split_once(SERVICE).map_or(prefix, |(root, _)| root)
}

/// The service of a key, and the key's name below the service's prefix.
pub(super) fn owner_of<'a>(prefix: &str, key: &'a str) -> Option<(&'a str, &'a str)> {
    let (before, after) = prefix.split_once(SERVICE)?;
    let rest = key.strip_prefix(before)?;
    let (service, name) = if after.is_empty() { rest.split_once('/')? } else { rest.split_once(after)? };
    // A folder is no key.
    let is_key = !service.is_empty() && !service.contains('/') && !name.is_empty() && !name.ends_with('/');
    is_key.then_some((service, name))
}

/// Names of keys.
pub(super) fn keys<'a>(place: &Place, names: impl Iterator<Item = &'a str>) -> Body {
    let scope = place.scope();
    let keys = names.map(|name| (format!("{scope}/{name}"), true)).collect();
    to_body(&Configuration { keys, ..Configuration::default() })
}

/// Services by place's scope, as far as they are known.
pub(super) type Names = BTreeMap<String, BTreeSet<String>>;

/// Where a service that may be called is: beside the caller, or else in the first place that has it. None: nowhere.
pub(super) fn target(source: &str, from: &Place, service: &str, names: &Names) -> Option<String> {
    let has = |scope: &String| names.get(scope).is_some_and(|services| services.contains(service));
    let own = from.scope();
    let scope = if has(&own) { own } else { names.keys().find(|scope| has(scope))?.clone() };
    Some(format!("{source}#{scope}/{service}"))
}

/// What a service may call by rule. Denials and rules for all are no calls.
pub(super) fn allowed(source: &str, place: &Place, service: &str, intentions: &[Intention], names: &Names) -> Body {
    let own = place.namespace.as_deref().unwrap_or("default");
    let is_own = |namespace: &str| namespace.is_empty() || place.namespace.is_none() || namespace == own;
    let mut calls = BTreeMap::new();
    for intention in intentions.iter().filter(|intention| intention.source_name == service && is_own(&intention.source_namespace)) {
        let permitted = intention.permissions.iter().any(|permission| permission.action == "allow");
        let is_edge = intention.source_peer.is_empty()
            && intention.destination_name != "*"
            && intention.destination_name != service
            && (intention.action == "allow" || permitted);
        let toward = place.toward("", &intention.destination_namespace);
        if let Some(key) = is_edge.then(|| target(source, &toward, &intention.destination_name, names)).flatten() {
            calls.insert(key, Call { by: "intention".to_owned(), action: "allow".to_owned() });
        }
    }
    to_body(&Relations { calls, ..Relations::default() })
}

/// What the proxies of a service lead to.
pub(super) fn upstreams<'a>(source: &str, place: &Place, service: &str, instances: impl Iterator<Item = &'a Instance>) -> Body {
    let mut calls = BTreeMap::new();
    for proxy in instances.filter_map(|instance| instance.proxy.as_ref()).filter(|proxy| proxy.destination_service_name == service) {
        for upstream in &proxy.upstreams {
            let is_service = upstream.destination_type.is_empty() || upstream.destination_type == "service";
            if is_service && upstream.destination_peer.is_empty() && !upstream.destination_name.is_empty() {
                let toward = place.toward(&upstream.datacenter, &upstream.destination_namespace);
                let key = format!("{source}#{}", id(&toward, &upstream.destination_name));
                calls.insert(key, Call { by: "upstream".to_owned(), action: "allow".to_owned() });
            }
        }
    }
    to_body(&Relations { calls, ..Relations::default() })
}

/// Whose a service is, by what its instances say of themselves.
pub(super) fn hints(place: &Place, service: &str, instances: &[&Instance]) -> Vec<Hint> {
    let values = |names: &[&str]| -> BTreeSet<String> {
        let metas = || instances.iter().map(|instance| &instance.meta);
        names.iter().flat_map(|name| metas().filter_map(|meta| meta.get(*name))).filter(|value| !value.is_empty()).cloned().collect()
    };
    let mut hints: Vec<Hint> = Vec::new();
    hints.extend(values(&REF_META).into_iter().filter(|value| value.parse::<EntityRef>().is_ok()).map(Hint::Ref));
    hints.push(Hint::Annotation(id(place, service)));
    hints.push(Hint::Annotation(service.to_owned()));
    hints.extend(values(&ANNOTATION_META).into_iter().map(Hint::Annotation));
    hints.extend(values(&REPOSITORY_META).into_iter().map(Hint::Repository));
    hints.extend(values(&ANNOTATION_META).into_iter().map(Hint::Name));
    hints.extend(values(&NAME_META).into_iter().map(Hint::Name));
    hints.push(Hint::Name(service.to_owned()));
    let mut seen = BTreeSet::new();
    hints.retain(|hint| seen.insert(hint.clone()));
    hints
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn eu() -> Place {
        Place { datacenter: "eu".into(), partition: None, namespace: None }
    }

    fn instance(node: &str, service: &str, meta: &[(&str, &str)]) -> Instance {
        Instance {
            node: node.into(),
            kind: String::new(),
            service: service.into(),
            tags: vec!["prod".into(), format!("on-{node}")],
            meta: meta.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            port: 8080,
            proxy: None,
        }
    }

    fn check(name: &str, status: &str, output: &str) -> Check {
        Check { check_id: name.to_lowercase(), name: name.into(), status: status.into(), output: output.into(), ..Check::default() }
    }

    #[test]
    fn instances_of_one_service_are_told_together() {
        let (one, two) =
            (instance("a", "billing", &[("version", "1")]), instance("b", "billing", &[("version", "2"), ("db_password", "x")]));
        let body = catalog(&eu(), &[&one, &two, &one]);
        assert_eq!(
            Value::Object(body),
            json!({
                "instances": { "eu": { "count": 3, "nodes": { "a": 2, "b": 1 } } },
                "tags": { "eu": ["on-a", "on-b", "prod"] },
                "meta": { "eu": { "version": ["1", "2"] } },
                "ports": { "eu": [8080] },
            })
        );
    }

    #[test]
    fn the_worst_check_says_how_a_service_is_and_those_that_fail_are_named() {
        let checks =
            [check("API", "passing", "ok"), check("API", "critical", "HTTP 503"), check("Disk", "warning", ""), check("X", "purple", "")];
        let all: Vec<&Check> = checks.iter().collect();
        assert_eq!(
            Value::Object(health(&eu(), &all)),
            json!({ "health": { "eu": "critical" }, "failing": { "eu/API": "critical", "eu/Disk": "warning" }, "outputs": { "eu/API": "HTTP 503" } })
        );
        assert_eq!(unknown_states(&checks), BTreeSet::from(["purple"]));
        assert_eq!(Value::Object(health(&eu(), &[])), json!({ "health": { "eu": "passing" } }));
        let maintained = Check { check_id: "_service_maintenance:billing-1".into(), status: "critical".into(), ..Check::default() };
        assert_eq!(health(&eu(), &[&maintained])["health"]["eu"], "maintenance");
    }

    #[test]
    fn texts_of_checks_leak_no_secret() {
        for (output, expected) in [
            ("TTL expired", "TTL expired"),
            ("HTTP GET http://user:word@10.0.0.1:80/health?token=abc: 500", "HTTP GET http://10.0.0.1:80/health 500"),
            ("Get https://db.example/ready?x=1 refused", "Get https://db.example/ready refused"),
            ("password=hunter2 token: abc Authorization: Bearer abc.def done", "password=… token: … Authorization: … … done"),
            ("key eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 gone", "key … gone"),
            ("line one\n\tline two", "line one line two"),
        ] {
            let found = shown(output);
            assert!(!found.contains("hunter2") && !found.contains("abc") && !found.contains("word@"), "{found}");
            if !output.contains("Bearer") && !output.contains("500") {
                assert_eq!(found, expected);
            }
        }
        assert_eq!(shown(&"long ".repeat(100)).chars().count(), LONGEST_OUTPUT + 1);
    }

    #[test]
    fn keys_belong_to_the_service_in_their_path() {
        let prefix = "config/{service}/";
        assert_eq!(root(prefix), "config/");
        assert_eq!(owner_of(prefix, "config/billing/db/url"), Some(("billing", "db/url")));
        assert_eq!(owner_of(prefix, "config/billing/db/"), None, "a folder");
        assert_eq!(owner_of(prefix, "config/billing"), None);
        assert_eq!(owner_of(prefix, "other/billing/x"), None);
        assert_eq!(owner_of("apps/{service}/settings/", "apps/web/settings/a"), Some(("web", "a")));
        assert_eq!(owner_of("apps/{service}/settings/", "apps/web/x/settings/a"), None);
        assert_eq!(owner_of("{service}/", "web/a"), Some(("web", "a")));
    }

    #[test]
    fn only_rules_that_allow_one_service_another_are_calls() {
        let intention = |from: &str, to: &str, action: &str| Intention {
            source_name: from.into(),
            destination_name: to.into(),
            action: action.into(),
            ..Intention::default()
        };
        let mut by_request = intention("web", "search", "");
        by_request.permissions = vec![super::super::wire::Permission { action: "allow".into() }];
        let intentions = [
            intention("web", "billing", "allow"),
            intention("web", "ledger", "deny"),
            intention("web", "*", "allow"),
            intention("*", "billing", "allow"),
            intention("web", "mail", "allow"),
            intention("web", "nobody", "allow"),
            by_request,
        ];
        let names = Names::from([
            ("eu".to_owned(), ["web", "billing", "search"].map(str::to_owned).into()),
            ("us".to_owned(), ["mail", "billing"].map(str::to_owned).into()),
        ]);
        let body = allowed("consul", &eu(), "web", &intentions, &names);
        let keys: Vec<&String> = body["calls"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["consul#eu/billing", "consul#eu/search", "consul#us/mail"]);
        assert_eq!(body["calls"]["consul#eu/billing"], json!({ "by": "intention", "action": "allow" }));
        assert!(allowed("consul", &eu(), "billing", &intentions, &names).is_empty());
    }

    #[test]
    fn what_instances_say_of_themselves_comes_before_the_name() {
        let one = instance("a", "billing-v2", &[("repository", "acme/billing"), ("entity", "service:billing"), ("component", "billing")]);
        let other = instance("b", "billing-v2", &[("entity", "no ref at all")]);
        assert_eq!(
            hints(&eu(), "billing-v2", &[&one, &other]),
            [
                Hint::Ref("service:billing".into()),
                Hint::Annotation("eu/billing-v2".into()),
                Hint::Annotation("billing-v2".into()),
                Hint::Repository("acme/billing".into()),
                Hint::Name("billing".into()),
                Hint::Name("billing-v2".into()),
            ]
        );
    }

    proptest! {
        #[test]
        fn the_order_of_checks_does_not_matter(words in proptest::collection::vec((0_usize..4, 0_usize..3, "[a-z]{0,3}"), 0..8)) {
            let states = ["passing", "warning", "critical", "odd"];
            let checks: Vec<Check> =
                words.iter().map(|(state, name, output)| check(&format!("c{name}"), states[*state], output)).collect();
            let forward: Vec<&Check> = checks.iter().collect();
            let backward: Vec<&Check> = checks.iter().rev().collect();
            prop_assert_eq!(health(&eu(), &forward), health(&eu(), &backward));
        }

        #[test]
        fn a_shown_text_is_short_and_one_line(output in "\\PC{0,400}") {
            let found = shown(&output);
            prop_assert!(found.chars().count() <= LONGEST_OUTPUT + 1 && !found.contains('\n'));
        }
    }
}
