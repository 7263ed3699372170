//! What Consul says now.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;
use serde_json::Value;

use crate::collect::consul::client::{Client, Instance, Told, describe};
use crate::collect::consul::convert::{self, Names};
use crate::collect::consul::wire::{Check, Intention};
use crate::collect::consul::{Config, Place};
use crate::collect::http::{Error, Http};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Body, Extent, Facet, Kind, Problem, Reading, Statement};

/// Consul's own service, which every datacenter has.
const ITSELF: &str = "consul";
/// Keys of one service that are told.
const MOST_KEYS: usize = 2000;
/// The key under which names of services are remembered by scope.
const NAMES_KEY: &str = "names";
/// The key under which it is remembered how many entries lists had that are silently empty for those without the right.
const SEEN_KEY: &str = "seen";

/// Reads everything as it stands now.
pub(super) async fn collect(http: &Http, source: &str, config: &Config, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let seen = memory.get(SEEN_KEY).cloned().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    let present = Present { client: &client, source, config, sink, seen: Mutex::new(seen) };
    // That nobody listens any more is known to those who stopped it.
    let failure = present.collect(memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// One reading.
struct Present<'a> {
    client: &'a Client<'a>,
    source: &'a str,
    config: &'a Config,
    sink: &'a Sink,
    /// See [`SEEN_KEY`].
    seen: Mutex<BTreeMap<String, u64>>,
}

/// Why a place is not read in full, each said once.
#[derive(Debug, Default)]
struct Doubts(BTreeSet<String>);

impl Doubts {
    /// The value of an answer; none if there is no answer. Both leave their doubts.
    fn take<T>(&mut self, what: &str, answer: Result<Told<T>, Error>) -> Result<Option<T>, Stopped> {
        match answer {
            Ok(told) => {
                self.0.extend(told.doubt);
                Ok(Some(told.value))
            }
            Err(Error::Stopped) => Err(Stopped),
            Err(error) => {
                self.0.insert(format!("{what} cannot be read: {}", describe(&error)));
                Ok(None)
            }
        }
    }
}

/// A place whose services are listed.
struct Listed {
    place: Place,
    services: BTreeSet<String>,
    doubts: Doubts,
}

impl Present<'_> {
    /// Why nothing could be read, if so.
    async fn collect(&self, memory: &Memory) -> Result<Option<String>, Stopped> {
        let known = self.client.datacenters().await;
        let datacenters = match known {
            _ if matches!(known, Err(Error::Stopped)) => return Err(Stopped),
            Ok(known) if self.config.datacenters.is_empty() => known.into_iter().collect::<BTreeSet<String>>(),
            Ok(_) => self.config.datacenters.iter().cloned().collect(),
            Err(error) => return Ok(Some(format!("the datacenters cannot be listed: {}", describe(&error)))),
        };
        let mut names = names_of(memory);
        let gone = names.keys().filter(|scope| !datacenters.contains(scope.split('/').next().unwrap_or_default()));
        for scope in gone.cloned().collect::<Vec<_>>() {
            self.problem(&scope, "is not known to this Consul any more; what was read of it stays, and grows stale".to_owned()).await?;
            // It is said once.
            names.remove(&scope);
        }
        let places: Vec<Place> = datacenters.iter().flat_map(|name| self.config.places(name)).collect();
        let total = places.len() as u64;
        let mut listed = Vec::new();
        let mut first_failure = None;
        for place in places {
            let mut doubts = Doubts::default();
            match doubts.take("its services", self.client.services(&place).await)? {
                Some(services) => {
                    if place.is_default() && !services.contains_key(ITSELF) {
                        doubts.0.insert("Consul itself is not among its services: the token may not see everything there".to_owned());
                    }
                    let services: BTreeSet<String> = services.into_keys().filter(|name| name != ITSELF).collect();
                    names.insert(place.scope(), services.clone());
                    listed.push(Listed { place, services, doubts });
                }
                None => {
                    let scope = place.scope();
                    first_failure.get_or_insert_with(|| format!("{scope}: {}", doubts.0.iter().cloned().collect::<Vec<_>>().join("; ")));
                    self.close(&scope, &doubts, None).await?;
                }
            }
        }
        if listed.is_empty() {
            return Ok(first_failure);
        }
        self.sink.put(Item::Remember { key: NAMES_KEY.to_owned(), value: serde_json::to_value(&names).unwrap_or_default() }).await?;
        let mut of_all = Doubts::default();
        let intentions = match self.config.intentions {
            true => of_all.take("intentions", self.client.intentions(&listed[0].place).await)?,
            false => Some(Vec::new()),
        };
        let intentions = intentions.filter(|found| !self.is_lost("intentions", found.len(), "intention", &mut of_all));
        for (done, mut place) in listed.into_iter().enumerate() {
            self.progress(&place.place, done as u64, total).await?;
            place.doubts.0.extend(of_all.0.iter().cloned());
            self.place(place, intentions.as_deref(), &names).await?;
        }
        let seen = serde_json::to_value(&*self.seen.lock()).unwrap_or_default();
        self.sink.put(Item::Remember { key: SEEN_KEY.to_owned(), value: seen }).await?;
        Ok(None)
    }

    /// Reads and tells what is in one place.
    async fn place(&self, listed: Listed, intentions: Option<&[Intention]>, names: &Names) -> Result<(), Stopped> {
        let Listed { place, services, mut doubts } = listed;
        let instances = self.instances(&place, &services, &mut doubts).await?;
        let checks = doubts.take("health checks", self.client.checks(&place).await)?;
        // Every datacenter has at least those of its servers, so none means that none may be seen.
        let is_blind = checks.as_ref().is_some_and(Vec::is_empty);
        if is_blind {
            doubts.0.insert("no health check is shown: give the token read on nodes and services".to_owned());
        }
        let checks = checks.filter(|_| !is_blind);
        for state in checks.iter().flat_map(|checks| convert::unknown_states(checks)) {
            doubts.0.insert(format!("{state:?} is no state of a check; expected passing, warning or critical"));
        }
        let keys = self.keys(&place, &services, &mut doubts).await?;

        let mut by_service: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
        let mut proxies: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
        for instance in instances.iter().flatten() {
            match &instance.proxy {
                Some(proxy) if convert::is_proxy(instance) => proxies.entry(&proxy.destination_service_name).or_default().push(instance),
                _ => by_service.entry(&instance.service).or_default().push(instance),
            }
        }
        by_service.remove(ITSELF);
        // Without instances nothing tells which names are those of proxies, and nothing is told of any.
        let mut of_service: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
        let mut of_node: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
        for check in checks.iter().flatten() {
            match check.service_id.is_empty() {
                true => of_node.entry(&check.node).or_default().push(check),
                false => of_service.entry(&check.service_name).or_default().push(check),
            }
        }
        if instances.is_some() {
            let unseen: Vec<&String> = services
                .iter()
                .filter(|name| !by_service.contains_key(name.as_str()))
                .filter(|name| !instances.iter().flatten().any(|instance| instance.service == **name))
                .collect();
            // One or two may have come or gone between two questions.
            if unseen.len() > 2 && unseen.len() * 2 > services.len() {
                doubts.0.insert(format!("of {} services no instance is shown: does the token lack read on nodes?", unseen.len()));
            }
        }
        for (service, instances) in &by_service {
            let resource = convert::resource(&place, service);
            let nodes: BTreeSet<&str> = instances.iter().map(|instance| instance.node.as_str()).collect();
            let own = of_service.get(service).into_iter().flatten();
            let checks_of: Vec<&Check> = own.chain(nodes.iter().filter_map(|node| of_node.get(node)).flatten()).copied().collect();
            let bodies = [
                (Facet::Configuration, "catalog", Some(convert::catalog(&place, instances))),
                (Facet::Configuration, "health", checks.is_some().then(|| convert::health(&place, &checks_of))),
                (
                    Facet::Configuration,
                    "kv",
                    keys.as_ref().map(|keys| convert::keys(&place, keys.get(*service).into_iter().flatten().map(String::as_str))),
                ),
                (Facet::Relations, "intentions", intentions.map(|all| convert::allowed(self.source, &place, service, all, names))),
                (
                    Facet::Relations,
                    "upstreams",
                    Some({
                        let proxies = proxies.get(service).into_iter().flatten().copied();
                        convert::upstreams(self.source, &place, service, proxies)
                    }),
                ),
            ];
            for (facet, origin, body) in bodies {
                let Some(body) = body.filter(|body: &Body| !body.is_empty()) else { continue };
                let check = Some(self.config.page(&place, service));
                let statement = Statement { resource: resource.clone(), origin: origin.to_owned(), facet, body: Some(body), check };
                self.sink.put(Item::Statement(statement)).await?;
            }
            let hints = convert::hints(&place, service, instances);
            self.sink.put(Item::Hints { resource, hints }).await?;
        }
        let counted = instances.is_some().then_some(by_service.len() as u64);
        self.close(&place.scope(), &doubts, counted).await
    }

    /// Everything that runs in a place, by the list that takes fewer questions: of nodes, or of services.
    async fn instances(&self, place: &Place, services: &BTreeSet<String>, doubts: &mut Doubts) -> Result<Option<Vec<Instance>>, Stopped> {
        let nodes = doubts.take("nodes", self.client.nodes(place).await)?;
        let nodes: Option<BTreeSet<String>> = nodes.map(|nodes| nodes.into_iter().map(|node| node.node).collect());
        let mut found = Vec::new();
        match nodes {
            Some(nodes) if nodes.len() < services.len() => {
                for node in &nodes {
                    let Some(there) = doubts.take(&format!("node {node}"), self.client.on_node(place, node).await)? else {
                        return Ok(None);
                    };
                    found.extend(there);
                }
            }
            _ => {
                for service in services {
                    let told = doubts.take(&format!("service {service}"), self.client.of_service(place, service).await)?;
                    let Some(there) = told else { return Ok(None) };
                    found.extend(there);
                }
            }
        }
        Ok(Some(found))
    }

    /// Names of keys by service; none if some could not be read.
    async fn keys(
        &self,
        place: &Place,
        services: &BTreeSet<String>,
        doubts: &mut Doubts,
    ) -> Result<Option<BTreeMap<String, BTreeSet<String>>>, Stopped> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let roots: BTreeSet<&str> = self.config.kv_prefixes.iter().map(|prefix| convert::root(prefix)).collect();
        for root in roots {
            let Some(keys) = doubts.take(&format!("keys below {root:?}"), self.client.keys(place, root).await)? else { return Ok(None) };
            if self.is_lost(&format!("{}:{root}", place.scope()), keys.len(), &format!("key below {root:?}"), doubts) {
                return Ok(None);
            }
            let prefixes: Vec<&String> = self.config.kv_prefixes.iter().filter(|prefix| convert::root(prefix) == root).collect();
            for key in &keys {
                let owned = prefixes.iter().find_map(|prefix| convert::owner_of(prefix, key));
                if let Some((service, name)) = owned.filter(|(service, _)| services.contains(*service)) {
                    found.entry(service.to_owned()).or_default().insert(name.to_owned());
                }
            }
        }
        for (service, keys) in &mut found {
            if keys.len() > MOST_KEYS {
                doubts.0.insert(format!("{service} has {} keys, of which the first {MOST_KEYS} are told", keys.len()));
                *keys = std::mem::take(keys).into_iter().take(MOST_KEYS).collect();
            }
        }
        Ok(Some(found))
    }

    /// Whether a list that had entries once has none any more: more likely the token lost a right than everything went.
    fn is_lost(&self, key: &str, count: usize, what: &str, doubts: &mut Doubts) -> bool {
        let mut seen = self.seen.lock();
        let before = seen.get(key).copied().unwrap_or(0);
        if count > 0 {
            seen.insert(key.to_owned(), count as u64);
        } else if before > 0 {
            doubts.0.insert(format!("no {what} is shown, where there were {before}: did the token lose the right to read them?"));
        }
        count == 0 && before > 0
    }

    /// Says how completely a place was read.
    async fn close(&self, scope: &str, doubts: &Doubts, counted: Option<u64>) -> Result<(), Stopped> {
        for message in &doubts.0 {
            self.problem(scope, message.clone()).await?;
        }
        let reading = if doubts.0.is_empty() { Reading::Full } else { Reading::Partial };
        let extent = Extent { scope: scope.to_owned(), kind: Some(Kind::Service), reading, counted, evidence: None };
        self.sink.put(Item::Extent(extent)).await
    }

    async fn problem(&self, scope: &str, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: scope.to_owned(), path: None, line: None, message })).await
    }

    async fn progress(&self, place: &Place, done: u64, total: u64) -> Result<(), Stopped> {
        self.sink.put(Item::Progress { scope: place.scope(), done, total }).await
    }
}

/// Services that earlier runs found, by scope.
fn names_of(memory: &Memory) -> Names {
    memory.get(NAMES_KEY).cloned().and_then(|value: Value| serde_json::from_value(value).ok()).unwrap_or_default()
}
