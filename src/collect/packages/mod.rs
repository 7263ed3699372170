//! Packages in use: what is published of them, what is known against them, and how long runtimes are supported.
//!
//! Source and version: deps.dev v3 (and the `versionbatch` of v3alpha), OSV v1, endoflife.date v1, and private registries
//! that speak npm's protocol, the Python simple index, or cargo's sparse index. Facets: `general`, which defines the
//! package, and `package`. A package is identified by its ref `ecosystem/name`. The public sources need no permission; a
//! private one needs a token that may read. It cannot see packages that are in use nowhere.
//!
//! # Invariants
//! - A package is asked for once a day for the whole organisation, however many repositories use it, and not again after
//!   a restart: answers are cached.
//! - Names that fit a private registry's pattern are told to that registry alone, to no public source.
//! - A registry that fails makes its packages *not read*; all others are stated. A package that a registry does not know
//!   keeps what was known of it.
//! - What OSV says is a statement of its own (origin `osv`), so that nothing is forgotten while OSV cannot be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use url::Url;

use crate::collect::cache::Cache;
use crate::collect::http::{self, Ask, Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Health, Item, Memory, Sink, Stopped, Summary};
use crate::model::body::{General, Package, WebLink, to_body};
use crate::model::run::Reading;
use crate::model::{EntityRef, Extent, Facet, Instant, Kind, Problem, Resource, Statement, Zone};
use convert::{Known, VersionFacts};

mod address;
pub mod client_config;
mod convert;
mod deps_dev;
mod end_of_life;
mod osv;
mod private;
mod wire;

/// What this collector is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "packages",
    title: "Published versions, advisories and support of the packages in use",
    kinds: &[Kind::Package],
    backfills: false,
};

/// The scope of packages that deps.dev knows, and the origin of what it says.
pub const DEPS_DEV: &str = "deps.dev";
/// The scope of runtimes, and the origin of what endoflife.date says.
pub const END_OF_LIFE: &str = "endoflife.date";
/// The origin of advisories, and the scope of packages that deps.dev does not cover but OSV does.
pub const OSV: &str = "osv";

/// A package in use, wherever it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    /// `npm`.
    pub ecosystem: String,
    /// Its name there.
    pub name: String,
    /// Every exact version in use.
    pub versions: BTreeSet<String>,
}

impl Used {
    fn id(&self) -> String {
        format!("{}/{}", self.ecosystem, self.name)
    }
}

/// Tells which packages are in use now.
pub type InUse = Arc<dyn Fn() -> Vec<Used> + Send + Sync>;

/// The protocol of a private registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegistryKind {
    /// npm's registry API.
    Npm,
    /// The Python simple index, as JSON or as a page. The address is that of the index: `https://HOST/simple/`.
    Pypi,
    /// cargo's sparse index.
    Cargo,
}

impl RegistryKind {
    /// The ecosystem whose packages it serves.
    #[must_use]
    pub const fn ecosystem(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Cargo => "cargo",
        }
    }
}

/// How a registry is told who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// It is not.
    #[default]
    None,
    /// A token. cargo's registries get it as it is, as cargo does.
    Bearer(Secret),
    /// A user and a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
}

/// A private registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// What it is called; the scope of its packages and the origin of what it says.
    pub name: String,
    /// Its protocol.
    pub kind: RegistryKind,
    /// Its address.
    pub url: Url,
    /// Who asks.
    pub credentials: Credentials,
    /// Names that it serves, such as `@acme/*`; `*` stands for anything.
    pub patterns: Vec<String>,
}

impl Registry {
    fn serves(&self, used: &Used) -> bool {
        used.ecosystem == self.kind.ecosystem() && self.patterns.iter().any(|pattern| address::fits(pattern, &used.name))
    }
}

/// What is read, and where.
#[derive(Clone, Debug)]
pub struct Config {
    /// deps.dev; none: it is not asked.
    pub deps_dev: Option<Url>,
    /// OSV; none: it is not asked.
    pub osv: Option<Url>,
    /// endoflife.date; none: it is not asked.
    pub end_of_life: Option<Url>,
    /// Private registries; the first one with a pattern that fits serves a package.
    pub registries: Vec<Registry>,
    /// The file of cached answers; none: they are gone with the process.
    pub cache: Option<PathBuf>,
    /// Requests under way at once.
    pub concurrency: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            deps_dev: "https://api.deps.dev".parse().ok(),
            osv: "https://api.osv.dev".parse().ok(),
            end_of_life: "https://endoflife.date".parse().ok(),
            registries: Vec::new(),
            cache: None,
            concurrency: 8,
        }
    }
}

/// Reads what is published of the packages in use.
pub struct PackagesCollector {
    source: String,
    config: Config,
    in_use: InUse,
    zone: Zone,
    http: Http,
    cache: Option<Arc<Cache>>,
}

impl fmt::Debug for PackagesCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackagesCollector").field("source", &self.source).field("config", &self.config).finish_non_exhaustive()
    }
}

impl PackagesCollector {
    /// A collector of this name in the configuration. A cache that cannot be opened is replaced by one in memory.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, in_use: InUse, zone: Zone, outside: Outside) -> Self {
        let cache = match &config.cache {
            Some(path) => Cache::open(path).or_else(|error| {
                tracing::warn!(%error, "answers of registries are kept in memory only");
                Cache::in_memory()
            }),
            None => Cache::in_memory(),
        };
        let http = Http::new(outside);
        Self { source: source.into(), config, in_use, zone, http, cache: cache.ok().map(Arc::new) }
    }

    fn groups(&self) -> Groups {
        let mut merged: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for used in (self.in_use)() {
            merged.entry((used.ecosystem, used.name)).or_default().extend(used.versions);
        }
        let mut groups = Groups { private: vec![Vec::new(); self.config.registries.len()], ..Groups::default() };
        for ((ecosystem, name), versions) in merged {
            let used = Used { ecosystem, name, versions };
            groups.all += 1;
            if let Some(at) = self.config.registries.iter().position(|registry| registry.serves(&used)) {
                groups.private[at].push(used);
            } else if used.ecosystem == "runtime" {
                groups.runtimes.push(used);
            } else if address::system_of(&used.ecosystem).is_some() {
                groups.public.push(used);
            } else if address::package_url(&used.ecosystem, &used.name, "").is_some() {
                groups.advised.push(used);
            }
            // Of other ecosystems nothing is known anywhere.
        }
        groups
    }

    async fn read(&self, now: Instant, sink: &Sink) -> Result<Summary, Stopped> {
        let session = Session {
            http: self.http.for_run(sink.cancellation().clone()),
            cache: self.cache.as_deref(),
            day: self.zone.day_of(now).number(),
            concurrency: self.config.concurrency.max(1),
            sink,
            unkept: Mutex::default(),
        };
        let groups = self.groups();
        let mut tally = Tally::default();
        // An empty list means that nothing was collected yet, not that all packages are gone.
        if groups.all > 0 {
            let advised: Vec<&Used> = groups.public.iter().chain(&groups.advised).collect();
            let advice = match &self.config.osv {
                Some(base) => osv::read(&session, base, &advised).await?,
                None => osv::Advice::default(),
            };
            if let Some(base) = &self.config.deps_dev {
                deps_dev::state(&session, base, &groups.public, &advice, &mut tally).await?;
            }
            osv::state(&session, &groups.advised, &advice, &mut tally).await?;
            if let Some(base) = &self.config.end_of_life {
                end_of_life::state(&session, base, &groups.runtimes, &mut tally).await?;
            }
            for (registry, used) in self.config.registries.iter().zip(&groups.private) {
                private::state(&session, registry, used, &mut tally).await?;
            }
        }
        let failure = (tally.stated == 0 && tally.unchanged == 0).then_some(tally.first_problem).flatten();
        session.forget();
        Ok(Summary { requests: session.http.asked(), failure })
    }
}

#[derive(Debug, Default)]
struct Groups {
    all: usize,
    public: Vec<Used>,
    advised: Vec<Used>,
    runtimes: Vec<Used>,
    private: Vec<Vec<Used>>,
}

#[async_trait]
impl Collector for PackagesCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn check(&self) -> Vec<Finding> {
        let groups = self.groups();
        let mut findings = Vec::new();
        let sources: [(&str, &Option<Url>, &str); 3] = [
            ("deps.dev", &self.config.deps_dev, "v3/systems/npm/packages/express"),
            ("osv", &self.config.osv, "v1/vulns/GHSA-rv95-896h-c2vc"),
            ("endoflife.date", &self.config.end_of_life, "api/v1/products/nodejs"),
        ];
        for (what, base, path) in sources {
            let finding = match base.as_ref().and_then(|base| address::below(base, path)) {
                None => Finding::new(what, Health::Lacking, "is not asked"),
                // Any answer that is data shows that it is there; a simulated one may not know this very package.
                Some(url) => match self.http.send(Ask::get(url)).await {
                    Ok(answer) if answer.status.is_success() || answer.status == 404 => Finding::new(what, Health::Good, "answers"),
                    Ok(answer) => Finding::new(what, Health::Wrong, format!("answered {}", answer.status.as_u16())),
                    Err(error) => Finding::new(what, Health::Wrong, error.to_string()),
                },
            };
            findings.push(finding);
        }
        for (registry, used) in self.config.registries.iter().zip(&groups.private) {
            findings.push(private::check(&self.http, registry, used).await);
        }
        if groups.all == 0 {
            findings.push(Finding::new("packages", Health::Lacking, "no package is known to be in use; collect repositories first"));
        }
        findings
    }

    async fn collect(&self, now: Instant, _: &Memory, sink: &Sink) -> Summary {
        self.read(now, sink).await.unwrap_or_default()
    }
}

/// What one run shares.
struct Session<'a> {
    http: Http,
    cache: Option<&'a Cache>,
    day: i32,
    concurrency: usize,
    sink: &'a Sink,
    /// What is to be cached with the next others, as bytes by kind and key.
    unkept: Mutex<BTreeMap<(&'static str, String), Vec<u8>>>,
}

/// Answers that are written to the cache together.
const MOST_UNKEPT: usize = 250;

impl Session<'_> {
    /// A cached value with whether it is of today.
    fn cached<T: serde::de::DeserializeOwned>(&self, kind: &'static str, key: &str) -> Option<(T, bool)> {
        if let Some(bytes) = self.unkept.lock().get(&(kind, key.to_owned())) {
            return Some((serde_json::from_slice(bytes).ok()?, true));
        }
        let cached = self.cache?.get(kind, key)?;
        Some((serde_json::from_slice(&cached.value).ok()?, cached.day == self.day))
    }

    fn keep<T: serde::Serialize>(&self, kind: &'static str, key: &str, value: &T) {
        let Ok(bytes) = serde_json::to_vec(value) else { return };
        let mut unkept = self.unkept.lock();
        unkept.insert((kind, key.to_owned()), bytes);
        if unkept.len() >= MOST_UNKEPT {
            self.write(&mut unkept);
        }
    }

    fn write(&self, unkept: &mut BTreeMap<(&'static str, String), Vec<u8>>) {
        let Some(cache) = self.cache else { return };
        let all = std::mem::take(unkept);
        let kinds: BTreeSet<&str> = all.keys().map(|(kind, _)| *kind).collect();
        for kind in kinds {
            let of_kind = all.iter().filter(|((of, _), _)| *of == kind);
            cache.put_all(kind, of_kind.map(|((_, key), bytes)| (key.as_str(), bytes.as_slice())), self.day);
        }
    }

    /// What was asked for in the last 90 days is kept: a package may be in use again.
    fn forget(&self) {
        let Some(cache) = self.cache else { return };
        for kind in [deps_dev::PACKAGES, deps_dev::FACTS, osv::ANSWERS, osv::RECORDS, end_of_life::PRODUCTS, private::PACKAGES] {
            cache.forget_before(kind, self.day - 90);
        }
    }

    async fn progress(&self, scope: &str, done: usize, total: usize) -> Result<(), Stopped> {
        if done.is_multiple_of(250) || done == total {
            self.sink.put(Item::Progress { scope: scope.to_owned(), done: done as u64, total: total as u64 }).await?;
        }
        Ok(())
    }

    async fn problem(&self, tally: &mut Tally, scope: &str, path: Option<String>, message: String) -> Result<(), Stopped> {
        if tally.first_problem.is_none() {
            tally.first_problem = Some(format!("{scope}: {message}"));
        }
        self.sink.put(Item::Problem(Problem { scope: scope.to_owned(), path, line: None, message })).await
    }

    async fn extent(&self, scope: &str, is_full: bool, counted: u64) -> Result<(), Stopped> {
        let reading = if is_full { Reading::Full } else { Reading::Partial };
        let counted = is_full.then_some(counted);
        self.sink.put(Item::Extent(Extent { scope: scope.to_owned(), kind: Some(Kind::Package), reading, counted, evidence: None })).await
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.write(&mut self.unkept.lock());
    }
}

/// What came of a run.
#[derive(Debug, Default)]
struct Tally {
    stated: u64,
    unchanged: u64,
    first_problem: Option<String>,
}

/// What came of asking for one package.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    /// It is cached now.
    Known,
    /// The registry does not know it.
    Absent,
    /// It could not be read.
    NotRead(String),
}

/// Stops asking a source that does not answer: a source that is down must not cost a minute for each of its packages.
#[derive(Debug, Default)]
struct Fuse {
    failures: AtomicU32,
    blown: Mutex<Option<String>>,
}

impl Fuse {
    const MOST_FAILURES: u32 = 5;

    fn blown(&self) -> Option<String> {
        self.blown.lock().clone()
    }

    /// Counts a failure; of a refusal one is enough.
    fn failed(&self, error: &http::Error) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let at_once = match error {
            http::Error::Limited { .. } | http::Error::Stopped => true,
            http::Error::Status { status, .. } => matches!(status, 401 | 403),
            _ => false,
        };
        // An answer that is garbage says nothing about the next one; a server that fails does.
        let counts = match error {
            http::Error::Unreachable { .. } | http::Error::TimedOut { .. } => true,
            http::Error::Status { status, .. } => *status >= 500,
            _ => false,
        };
        if at_once || (counts && failures >= Self::MOST_FAILURES) {
            self.blown.lock().get_or_insert_with(|| error.to_string());
        }
    }

    fn worked(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }
}

/// A package, as it is about to be stated.
struct Stating<'a> {
    used: &'a Used,
    scope: &'a str,
    links: Vec<WebLink>,
    title: Option<String>,
    check: Option<String>,
}

impl Stating<'_> {
    fn resource(&self) -> Arc<Resource> {
        resource(self.used, self.scope)
    }

    fn statement(&self, facet: Facet, origin: &str, body: Option<crate::model::Body>) -> Item {
        Item::Statement(Statement { resource: self.resource(), origin: origin.to_owned(), facet, body, check: self.check.clone() })
    }

    /// What defines the package, and what its registry says of it.
    async fn state(&self, session: &Session<'_>, package: &Package, tally: &mut Tally) -> Result<(), Stopped> {
        self.define(session, self.scope, tally).await?;
        session.sink.put(self.statement(Facet::Package, self.scope, Some(to_body(package)))).await
    }

    async fn define(&self, session: &Session<'_>, origin: &str, tally: &mut Tally) -> Result<(), Stopped> {
        let Ok(reference) = EntityRef::new(Kind::Package, self.used.id()) else { return Ok(()) };
        let title = self.title.clone().or_else(|| Some(self.used.name.clone()));
        let general = General { reference: Some(reference), title, links: self.links.clone(), ..General::default() };
        tally.stated += 1;
        session.sink.put(self.statement(Facet::General, origin, Some(to_body(&general)))).await
    }
}

fn resource(used: &Used, scope: &str) -> Arc<Resource> {
    Arc::new(Resource { id: used.id(), kind: Kind::Package, scope: scope.to_owned() })
}

/// What a registry's answer and licence say, as a body.
fn body_of(used: &Used, registry: &str, internal: bool, known: &Known, facts: &VersionFacts) -> Package {
    convert::package(&used.ecosystem, registry, internal, known, facts, &used.versions)
}
