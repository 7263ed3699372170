//! The collector of Confluence against the simulated one: what it states, what it asks, and what failures cost; and the
//! simulated one's answers against a published description of Cloud's.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use spot::collect::confluence::{Config, ConfluenceCollector, Edition, LABELLED};
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::{Collector, Health, Item, Memory, Sink, Summary};
use spot::demo::company::{Company, Person, Shape, Timed, Wiki, WikiPage, WikiSpace};
use spot::demo::confluence::{Options, router};
use spot::demo::serve::{Fault, Server};
use spot::model::{Clock, Hint, Instant, Reading};
use tokio_util::sync::CancellationToken;

use crate::support::package;

const NOW: &str = "2026-03-01T12:00:00Z";
const DAY: i64 = 86_400;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn page(id: u64, space: usize, title: &str, labels: &[&str]) -> WikiPage {
    let made = at("2025-06-01T08:00:00Z").plus_seconds(id as i64 * 3600);
    WikiPage {
        id,
        space: Timed::always(space),
        parent: Some(1),
        title: Timed::always(title.to_owned()),
        labels: Timed::always(labels.iter().map(|label| (*label).to_owned()).collect()),
        versions: vec![(made, 0), (made.plus_seconds(30 * DAY), 1)],
        exists: made..Instant::MAX,
        archived: None,
    }
}

/// Two spaces that are read and one that is not; each with so many further pages.
fn wiki(more: u64) -> Wiki {
    let space = |number: u64, key: &str| WikiSpace { id: 900 + number, key: key.to_owned(), name: key.to_lowercase(), home: number + 1 };
    let home = |number: u64| WikiPage { parent: None, ..page(number + 1, number as usize, "Home", &[]) };
    let mut pages = vec![
        home(0),
        home(1),
        home(2),
        page(10, 0, "Runbook: billing", &["runbook", "service-billing"]),
        page(11, 0, "Billing architecture", &["architecture"]),
        page(12, 1, "ledger", &["repo-harbour-ledger"]),
        page(13, 2, "Runbook: mail", &["runbook"]),
        page(14, 2, "Party", &[]),
    ];
    pages.extend((0..more).map(|number| page(1000 + number, (number % 2) as usize, &format!("Notes {number}"), &["notes"])));
    Wiki { spaces: vec![space(0, "PAY"), space(1, "LED"), space(2, "FUN")], pages }
}

fn company(wiki: Wiki) -> Company {
    let history = at("2025-01-01T00:00:00Z")..at("2027-01-01T00:00:00Z");
    let person = |id: u64, name: &str| Person {
        id,
        login: name.to_lowercase(),
        name: format!("{name} Moreau"),
        email: format!("{}@harbour.example", name.to_lowercase()),
        employed: history.clone(),
    };
    Company {
        login: "harbour".to_owned(),
        name: "Harbour".to_owned(),
        history: history.clone(),
        people: vec![person(1, "Ada"), person(2, "Ben")],
        teams: Vec::new(),
        repositories: Vec::new(),
        projects: Vec::new(),
        packages: Vec::new(),
        products: Vec::new(),
        delivery: Default::default(),
        trouble: Default::default(),
        mesh: Default::default(),
        wiki: Arc::new(wiki),
    }
}

/// A simulated Confluence, its time, and a collector.
struct World {
    server: Server,
    now: Arc<AtomicI64>,
    collector: ConfluenceCollector,
    memory: Memory,
}

/// What a run said.
struct Said {
    items: Vec<Item>,
    summary: Summary,
}

impl World {
    async fn new(wiki: Wiki, options: Options) -> Self {
        Self::with(wiki, options, |_| {}).await
    }

    async fn with(wiki: Wiki, options: Options, configure: impl Fn(&mut Config)) -> Self {
        Self::of(company(wiki), options, configure).await
    }

    async fn of(company: Company, options: Options, configure: impl Fn(&mut Config)) -> Self {
        let now = Arc::new(AtomicI64::new(at(NOW).micros()));
        let clock: Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || Instant::from_micros(now.load(Ordering::Relaxed)))
        };
        let edition = if options.data_center { Edition::DataCenter } else { Edition::Cloud };
        let server = Server::start(router(Arc::new(company), Arc::clone(&clock), options)).await.unwrap();
        let spaces = vec!["PAY".to_owned(), "LED".to_owned()];
        let mut config = Config { edition, spaces, ..Config::new(server.url().parse().unwrap()) };
        configure(&mut config);
        // Waiting takes no time, so that a failing server is as quick as another.
        let outside = Outside {
            clock,
            pause: Arc::new(|_| Box::pin(std::future::ready(()))),
            jitter: Arc::new(|| 0.0),
            patience: Patience::default(),
        };
        Self { server, now, collector: ConfluenceCollector::new("confluence", config, outside), memory: Memory::new() }
    }

    async fn collect(&mut self) -> Said {
        let said = self.look().await;
        for item in &said.items {
            if let Item::Remember { key, value } = item {
                self.memory.insert(key.clone(), value.clone());
            }
        }
        said
    }

    /// A run that leaves nothing behind.
    async fn look(&self) -> Said {
        let (sink, mut receiver) = Sink::new(64, CancellationToken::new());
        let listen = tokio::spawn(async move {
            let mut items = Vec::new();
            while let Some(item) = receiver.recv().await {
                items.push(item);
            }
            items
        });
        let now = Instant::from_micros(self.now.load(Ordering::Relaxed));
        let summary = self.collector.collect(now, &self.memory, &sink).await;
        drop(sink);
        Said { items: listen.await.unwrap(), summary }
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Said {
    /// Bodies by resource; none for what is gone.
    fn bodies(&self) -> BTreeMap<String, Option<Value>> {
        let statements = self.items.iter().filter_map(|item| match item {
            Item::Statement(it) => Some((it.resource.id.clone(), it.body.clone().map(Value::Object))),
            _ => None,
        });
        statements.collect()
    }

    fn readings(&self) -> BTreeMap<String, (Reading, Option<u64>)> {
        let extents = self.items.iter().filter_map(|item| match item {
            Item::Extent(extent) => Some((extent.scope.clone(), (extent.reading, extent.counted))),
            _ => None,
        });
        extents.collect()
    }

    fn is_whole(&self) -> bool {
        let readings = self.readings();
        !readings.is_empty() && readings.values().all(|(reading, _)| *reading != Reading::Partial)
    }

    fn problems(&self) -> Vec<&str> {
        let problems = self.items.iter().filter_map(|item| match item {
            Item::Problem(problem) => Some(problem.message.as_str()),
            _ => None,
        });
        problems.collect()
    }

    fn hints(&self, id: &str) -> Vec<Hint> {
        let hints = self.items.iter().find_map(|item| match item {
            Item::Hints { resource, hints } if resource.id == id => Some(hints.clone()),
            _ => None,
        });
        hints.unwrap_or_default()
    }
}

fn status(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

#[tokio::test]
async fn pages_of_the_named_spaces_are_told_with_labels_and_editors() {
    let mut world = World::new(wiki(0), Options::default()).await;
    let said = world.collect().await;
    assert_eq!((said.problems(), said.summary.failure.as_deref()), (vec![], None));
    let full = |count| (Reading::Full, Some(count));
    assert_eq!(said.readings(), BTreeMap::from([("PAY".to_owned(), full(3)), ("LED".to_owned(), full(2))]));
    let url = format!("{}/wiki/spaces/PAY/pages/10/Runbook%3A+billing", world.server.url());
    assert_eq!(
        said.bodies()["PAY/10"],
        Some(json!({ "pages": { "10": {
            "title": "Runbook: billing",
            "url": url,
            "space": "PAY",
            "version": 2,
            "editedAt": "2025-07-01T18:00:00Z",
            "editor": "Ben Moreau",
            "labels": ["runbook", "service-billing"],
        } } }))
    );
    assert!(said.hints("PAY/10").contains(&Hint::Ref("service:billing".to_owned())));
    assert!(said.hints("LED/12").contains(&Hint::Repository("harbour/ledger".to_owned())));
    assert!(said.hints("LED/12").contains(&Hint::Name("ledger".to_owned())));
    assert!(said.bodies().keys().all(|id| !id.starts_with("FUN")));
}

#[tokio::test]
async fn a_day_without_a_difference_takes_two_questions_a_space_and_confirms_everything() {
    let options = Options { most_entries: Some(20), ..Options::default() };
    let mut world = World::new(wiki(200), options).await;
    let first = world.collect().await;
    assert_eq!((first.problems(), first.bodies().len()), (vec![], 205));
    world.pass(DAY);
    world.server.reset();
    let again = world.collect().await;
    assert_eq!((again.problems(), again.bodies().len()), (vec![], 0));
    assert!(again.readings().values().all(|(reading, _)| *reading == Reading::Unchanged), "{:?}", again.readings());
    assert_eq!((again.summary.requests, world.server.counts().requests), (5, 5), "spaces, and of each the list and the count");
}

#[tokio::test]
async fn an_edit_is_told_once_and_what_is_in_the_bin_or_the_archive_ends() {
    let mut changing = wiki(100);
    let edited = at("2026-03-02T09:00:00Z");
    let of = |pages: &mut Vec<WikiPage>, id: u64| pages.iter().position(|page| page.id == id).unwrap();
    let number = of(&mut changing.pages, 10);
    changing.pages[number].versions.push((edited, 0));
    let number = of(&mut changing.pages, 11);
    changing.pages[number].exists.end = at("2026-03-03T09:00:00Z");
    let number = of(&mut changing.pages, 12);
    changing.pages[number].archived = Some(at("2026-03-03T09:00:00Z"));
    let options = Options { most_entries: Some(20), ..Options::default() };
    let mut world = World::new(changing, options).await;
    world.collect().await;

    world.pass(DAY);
    let said = world.collect().await;
    assert_eq!(said.bodies().into_keys().collect::<Vec<_>>(), ["PAY/10"]);
    assert_eq!(said.bodies()["PAY/10"].as_ref().unwrap()["pages"]["10"]["version"], 3);
    assert_eq!(said.bodies()["PAY/10"].as_ref().unwrap()["pages"]["10"]["labels"], json!(["runbook", "service-billing"]));
    assert!(said.is_whole() && said.problems().is_empty());

    // The count disagrees, so everything is listed.
    world.pass(DAY);
    let said = world.collect().await;
    assert_eq!((said.bodies()["PAY/11"].as_ref(), said.bodies()["LED/12"].as_ref()), (None, None));
    assert_eq!((said.readings()["PAY"], said.readings()["LED"]), ((Reading::Full, Some(52)), (Reading::Full, Some(51))));
    assert_eq!(said.problems(), Vec::<&str>::new());
    world.pass(3600);
    let said = world.collect().await;
    assert!(said.bodies().is_empty() && said.is_whole(), "{:?} {:?}", said.bodies(), said.readings());
}

#[tokio::test]
async fn labels_that_change_without_an_edit_are_seen_within_a_week() {
    let mut changing = wiki(60);
    let later = at("2026-03-02T00:00:00Z");
    changing.pages[4].labels = Timed::steps(vec![(Instant::MIN, Vec::new()), (later, vec!["service-billing".to_owned()])]);
    let mut world = World::new(changing, Options { most_entries: Some(20), ..Options::default() }).await;
    world.collect().await;
    world.pass(2 * DAY);
    assert!(world.collect().await.bodies().is_empty());
    world.pass(5 * DAY);
    let said = world.collect().await;
    assert_eq!(said.bodies().len(), 65, "what is listed in full is told in full");
    assert_eq!(said.bodies()["PAY/11"].as_ref().unwrap()["pages"]["11"]["labels"], json!(["service-billing"]));
}

#[tokio::test]
async fn every_edit_of_half_a_year_is_told_on_its_day_and_every_label_by_the_next_sunday() {
    let end = at(NOW).plus_seconds(300 * DAY);
    for most_entries in [None, Some(5)] {
        let company = Company::generate(&Shape { seed: 3, repositories: 60, end });
        let wiki = Arc::clone(&company.wiki);
        let spaces: Vec<String> = wiki.spaces.iter().map(|space| space.key.clone()).collect();
        let options = Options { most_entries, ..Options::default() };
        let mut world = World::of(company, options, |config| config.spaces = spaces.clone()).await;
        let mut told: BTreeMap<String, Value> = BTreeMap::new();
        let (mut edits, mut labels) = (0, 0);
        for day in 0..180 {
            let (now, said) = (Instant::from_micros(world.now.load(Ordering::Relaxed)), world.collect().await);
            assert!(said.is_whole() && said.problems().is_empty(), "day {day}: {:?}", said.problems());
            for (id, body) in said.bodies() {
                match body {
                    Some(body) => drop(told.insert(id, body)),
                    None => drop(told.remove(&id)),
                }
            }
            let is_there = |page: &&WikiPage| page.exists.contains(&now) && page.archived.is_none_or(|at| at > now);
            for page in wiki.pages.iter().filter(is_there) {
                let body = &told[&format!("{}/{}", wiki.spaces[*page.space.at(now)].key, page.id)]["pages"][page.id.to_string()];
                let version = page.versions.iter().filter(|(at, _)| *at <= now).count();
                assert_eq!(body["version"], version, "day {day}: {body}");
                edits += u32::from(page.versions[version - 1].0 > now.plus_seconds(-DAY));
                if page.labels.at(now) != page.labels.at(now.plus_seconds(-DAY)) {
                    labels += 1;
                }
                // The first day is a Sunday.
                if day % 7 == 0 {
                    assert_eq!(body["labels"].as_array().map_or(&[][..], Vec::as_slice), page.labels.at(now), "day {day}: {body}");
                }
            }
            world.pass(DAY);
        }
        assert!(edits > 50 && labels > 2, "{edits} edits, {labels} labelled");
    }
}

#[tokio::test]
async fn readings_that_were_missed_do_not_move_the_day_on_which_everything_is_listed() {
    let mut missed = World::new(wiki(60), Options { most_entries: Some(20), ..Options::default() }).await;
    missed.collect().await;
    missed.pass(6 * DAY);
    missed.server.set_faults(Some(Arc::new(|_| Some(status(503, "")))));
    missed.pass(DAY);
    missed.collect().await;
    missed.server.set_faults(None);
    let mut whole = Vec::new();
    for day in 8..22 {
        missed.pass(DAY);
        if missed.collect().await.bodies().len() == 65 {
            whole.push(day);
        }
    }
    assert_eq!(whole, [8, 14, 21], "as soon as it can be, and then on Sundays again");
}

#[tokio::test]
async fn a_page_that_the_search_does_not_know_yet_has_its_labels_all_the_same() {
    let mut young = wiki(0);
    let made = at("2026-03-01T11:59:00Z");
    young.pages.push(WikiPage { versions: vec![(made, 0)], exists: made..Instant::MAX, ..page(99, 0, "New", &["service-new"]) });
    let mut world = World::new(young, Options { search_lags: 600, ..Options::default() }).await;
    let said = world.collect().await;
    assert_eq!(said.bodies()["PAY/99"].as_ref().unwrap()["pages"]["99"]["labels"], json!(["service-new"]));
    assert!(said.is_whole());
}

#[tokio::test]
async fn pages_are_found_by_label_outside_the_spaces_too() {
    let mut world = World::with(wiki(0), Options::default(), |config| config.labels = vec!["runbook".to_owned()]).await;
    let said = world.collect().await;
    assert_eq!(said.readings()[LABELLED], (Reading::Full, Some(1)));
    assert!(said.bodies()["FUN/13"].is_some() && !said.bodies().contains_key("FUN/14"));
    let mut alone = World::with(wiki(0), Options::default(), |config| {
        config.labels = vec!["runbook".to_owned()];
        config.spaces.clear();
    })
    .await;
    assert_eq!(alone.collect().await.bodies().into_keys().collect::<Vec<_>>(), ["FUN/13", "PAY/10"]);
}

#[tokio::test]
async fn data_center_tells_the_same_as_cloud() {
    let strip = |said: Said| -> BTreeMap<String, Value> {
        let bodies = said.bodies().into_iter().map(|(id, body)| (id, body.unwrap()["pages"].clone()));
        let without_url = bodies.map(|(id, mut pages)| {
            pages.as_object_mut().unwrap().values_mut().for_each(|page| page["url"] = Value::Null);
            (id, pages)
        });
        without_url.collect()
    };
    let labels = |config: &mut Config| config.labels = vec!["runbook".to_owned()];
    let options = Options { most_entries: Some(20), ..Options::default() };
    let mut cloud = World::with(wiki(100), options.clone(), labels).await;
    let accounts = vec![(String::new(), "s3cret".to_owned())];
    let own = Options { data_center: true, accounts: accounts.clone(), ..options };
    let mut own = World::with(wiki(100), own, |config| {
        labels(config);
        config.token = Some(Secret::new("s3cret"));
    })
    .await;
    let (of_cloud, of_own) = (cloud.collect().await, own.collect().await);
    assert_eq!(of_own.problems(), Vec::<&str>::new());
    assert_eq!((of_cloud.readings(), strip(of_cloud)), (of_own.readings(), strip(of_own)));
    own.pass(DAY);
    let again = own.collect().await;
    let told: Vec<String> = again.bodies().into_keys().collect();
    assert!(told == ["FUN/13"] && again.is_whole(), "one page is a whole list: {told:?} {:?} {:?}", again.problems(), again.readings());
    assert!(own.collector.check().await.iter().all(|finding| finding.health == Health::Good));
}

#[tokio::test]
async fn a_space_that_may_not_be_seen_is_said_and_costs_itself_alone() {
    let hidden = BTreeSet::from(["LED".to_owned()]);
    let accounts = vec![("bot@harbour.example".to_owned(), "s3cret".to_owned())];
    let options = Options { hidden, accounts, ..Options::default() };
    let credentials = |email: &str, token: &str| {
        let (email, token) = (email.to_owned(), token.to_owned());
        move |config: &mut Config| {
            config.email = Some(email.clone());
            config.token = Some(Secret::new(&token));
        }
    };
    let mut world = World::with(wiki(0), options.clone(), credentials("bot@harbour.example", "s3cret")).await;
    let said = world.collect().await;
    assert_eq!(said.problems(), ["is not found: the space does not exist, or the account may not see it"]);
    assert_eq!((said.readings()["PAY"], said.readings()["LED"]), ((Reading::Full, Some(3)), (Reading::Partial, None)));
    let findings = world.collector.check().await;
    assert!(findings.iter().any(|it| it.health == Health::Lacking && it.detail.ends_with("LED")), "{findings:#?}");

    let wrong = World::with(wiki(0), options, credentials("bot@harbour.example", "wr0ng")).await;
    let said = wrong.look().await;
    let failure = said.summary.failure.unwrap_or_default();
    assert!(failure.contains("answered 401") && failure.contains("e-mail address or token"), "{failure}");
    let findings = wrong.collector.check().await;
    assert!(findings.iter().any(|finding| finding.health == Health::Wrong) && !format!("{findings:?} {failure}").contains("wr0ng"));
}

#[tokio::test]
async fn no_failure_erases_or_invents_a_page() {
    let options = Options { most_entries: Some(20), ..Options::default() };
    let fresh = World::new(wiki(100), options.clone()).await;
    let truth = fresh.look().await.bodies();
    let mut used = World::new(wiki(100), options).await;
    used.collect().await;
    used.pass(8 * DAY);
    let faults = [
        status(401, ""),
        status(403, "{}"),
        status(404, "{}"),
        status(410, "{}"),
        status(429, ""),
        status(500, "oops"),
        status(200, "null"),
        status(200, "{}"),
        status(200, r#"{"results":[{"id":7}]}"#),
        Fault::Html,
        Fault::Garbage,
        Fault::Truncated,
        Fault::Broken,
    ];
    for path in ["/api/v2/spaces", "/pages", "/rest/api/search", "/labels", "/users-bulk", ""] {
        for fault in &faults {
            for world in [&fresh, &used] {
                let fault_ = fault.clone();
                world.server.set_faults(Some(Arc::new(move |asked| asked.path.contains(path).then(|| fault_.clone()))));
                let said = world.look().await;
                for (id, body) in said.bodies() {
                    let mut body = body.unwrap_or_else(|| panic!("{path} {fault:?}: {id} was ended"));
                    let mut expected = truth[&id].clone().unwrap();
                    // Names of people come from a list of their own, and each server has its address.
                    for page in [&mut body, &mut expected].into_iter().flat_map(|of| of["pages"].as_object_mut().unwrap().values_mut()) {
                        page["editor"] = Value::Null;
                        page["url"] = Value::Null;
                    }
                    assert_eq!(body, expected, "{path} {fault:?}");
                }
                assert!(!said.is_whole() || said.bodies().len() == truth.len(), "{path} {fault:?}: {:?}", said.readings());
                let silent = said.problems().is_empty() && said.summary.failure.is_none();
                assert!(said.is_whole() || !silent, "{path} {fault:?} was not told");
                world.server.set_faults(None);
            }
        }
    }
    assert_eq!(used.look().await.bodies().len(), truth.len());
}

#[tokio::test]
async fn a_list_that_repeats_itself_ends_and_is_not_whole() {
    let world = World::new(wiki(0), Options::default()).await;
    let answer = json!({ "results": [], "_links": { "next": "/wiki/api/v2/spaces/900/pages?cursor=again" } }).to_string();
    world.server.set_faults(Some(Arc::new(move |asked| asked.path.ends_with("/pages").then(|| status(200, &answer)))));
    let said = world.look().await;
    assert!(!said.is_whole() && said.problems()[0].contains("repeats itself"), "{:?}", said.problems());
}

#[tokio::test]
async fn five_thousand_pages_take_less_than_a_hundred_questions() {
    let mut world = World::new(wiki(5000), Options::default()).await;
    let said = world.collect().await;
    assert_eq!((said.bodies().len(), said.is_whole()), (5005, true));
    assert!(said.summary.requests < 100, "{}", said.summary.requests);
    eprintln!("5,005 pages: {} requests, {} bytes", said.summary.requests, world.server.counts().bytes);
}

#[tokio::test]
async fn the_simulated_confluence_answers_as_cloud_is_described() {
    let contracts = package().join("tests/contracts");
    if !contracts.join("node_modules/confluence.js").is_dir() {
        eprintln!("SKIPPED: the description of Confluence is not installed; run `npm ci` in tests/contracts");
        return;
    }
    let world = World::new(wiki(30), Options { most_entries: Some(20), ..Options::default() }).await;
    let client = reqwest::Client::new();
    let mut lines = String::new();
    let expand = "content.metadata.labels,content.version,content.space";
    let searched = format!("/wiki/rest/api/search?cql=type%20%3D%20page&limit=10&expand={expand}");
    for (schema, path) in [
        ("v2/spaces", "/wiki/api/v2/spaces?keys=PAY,LED&limit=250"),
        ("v2/pagesInSpace", "/wiki/api/v2/spaces/900/pages?status=current&sort=-modified-date&limit=250"),
        ("v2/page", "/wiki/api/v2/pages/10"),
        ("v2/pageLabels", "/wiki/api/v2/pages/10/labels?limit=250"),
        ("v1/searchPageResponseSearchResult", searched.as_str()),
        ("v1/searchPageResponseSearchResult", "/wiki/rest/api/search?cql=type%20%3D%20page&limit=1"),
    ] {
        let mut next = Some(path.to_owned());
        let mut pages = 0;
        while let Some(path) = next.take() {
            let answer = client.get(format!("{}{path}", world.server.url())).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{path}");
            let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            pages += 1;
            let link = body["_links"]["next"].as_str().filter(|_| pages < 4);
            next = link.map(|link| if schema.starts_with("v1") { format!("/wiki{link}") } else { link.to_owned() });
            lines.push_str(&format!("{}\n", json!({ "schema": schema, "path": path, "body": body })));
        }
    }
    let ids = ["712020:00000001-0000-4000-8000-000000000000"];
    let people = client.post(format!("{}/wiki/api/v2/users-bulk", world.server.url())).json(&json!({ "accountIds": ids }));
    let body: Value = serde_json::from_str(&people.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(body["results"][0]["displayName"], "Ada Moreau");
    lines.push_str(&format!("{}\n", json!({ "schema": "v2/bulkUserLookup", "path": "/wiki/api/v2/users-bulk", "body": body })));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exchanges.jsonl");
    std::fs::write(&file, lines).unwrap();
    let judged = Command::new("node").arg("confluence.mjs").arg(&file).current_dir(&contracts).output().unwrap();
    let said = String::from_utf8_lossy(&judged.stderr);
    assert!(judged.status.success(), "{said}");
    eprintln!("{}", String::from_utf8_lossy(&judged.stdout));
}
