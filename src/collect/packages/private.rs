//! Private registries: npm's protocol, the Python simple index, cargo's sparse index. One request a package and day,
//! conditional where the registry gives an ETag.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use serde::{Deserialize, Serialize};

use super::convert::{self, Known, VersionFacts};
use super::{Credentials, Fuse, Outcome, Registry, RegistryKind, Session, Stating, Tally, Used, address, body_of, resource, wire};
use crate::collect::http::{Answer, Ask, Error, Http};
use crate::collect::{Finding, Health, Item, Stopped};

pub(super) const PACKAGES: &str = "registry/package";

/// An answer, as it is cached; nothing is known of a package that the registry does not have.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cached {
    etag: Option<String>,
    known: Option<Known>,
}

/// Reads and states the packages that a registry serves.
pub(super) async fn state(session: &Session<'_>, registry: &Registry, used: &[Used], tally: &mut Tally) -> Result<(), Stopped> {
    let scope = registry.name.as_str();
    let fuse = Fuse::default();
    // Whether `/NAME/json` beside a simple index is worth asking for.
    let has_json = AtomicBool::new(true);
    let mut outcomes: Vec<Option<Outcome>> = vec![None; used.len()];
    {
        let asked = futures::stream::iter(0..used.len()).map(|at| {
            let (fuse, has_json) = (&fuse, &has_json);
            async move { (at, read(session, registry, &used[at], fuse, has_json).await) }
        });
        let mut asked = asked.buffer_unordered(session.concurrency);
        let mut done = 0;
        while let Some((at, outcome)) = asked.next().await {
            outcomes[at] = Some(outcome);
            done += 1;
            session.progress(scope, done, used.len()).await?;
        }
    }
    if let Some(reason) = fuse.blown() {
        let count = outcomes.iter().filter(|outcome| matches!(outcome, Some(Outcome::NotRead(_)))).count();
        session.problem(tally, scope, None, format!("{count} packages are not read: {reason}")).await?;
    }
    let (mut stated, mut is_full) = (0, true);
    for (used, outcome) in used.iter().zip(outcomes) {
        match outcome {
            Some(Outcome::Known) => {
                let Some((Cached { known: Some(known), .. }, _)) = session.cached::<Cached>(PACKAGES, &key(registry, used)) else {
                    is_full = false;
                    continue;
                };
                let check = address_of(registry, &used.name).map(|url| url.to_string());
                let stating = Stating { used, scope, links: Vec::new(), title: None, check };
                let body = body_of(used, scope, true, &known, &VersionFacts::default());
                stating.state(session, &body, tally).await?;
                stated += 1;
            }
            Some(Outcome::Absent) => {
                tally.unchanged += 1;
                // Its pattern says that it should be there.
                let message = "is in use, but the registry does not know it".to_owned();
                session.problem(tally, scope, Some(used.id()), message).await?;
                session.sink.put(Item::Unchanged(resource(used, scope))).await?;
            }
            Some(Outcome::NotRead(reason)) => {
                is_full = false;
                if fuse.blown().is_none() {
                    session.problem(tally, scope, Some(used.id()), format!("is not read: {reason}")).await?;
                }
            }
            None => is_full = false,
        }
    }
    session.extent(scope, is_full, stated).await
}

/// Whether the registry answers for a package in use.
pub(super) async fn check(http: &Http, registry: &Registry, used: &[Used]) -> Finding {
    let what = registry.name.clone();
    let Some(first) = used.first() else {
        let patterns = registry.patterns.join(", ");
        return Finding::new(what, Health::Lacking, format!("no package in use fits its patterns ({patterns})"));
    };
    let Some(ask) = ask(registry, &first.name, None) else {
        return Finding::new(what, Health::Wrong, format!("{} is no name that it could have", first.name));
    };
    match http.send(ask).await {
        Ok(answer) if answer.status.is_success() => match parse(registry.kind, &answer, &first.name) {
            Ok(_) => Finding::new(what, Health::Good, format!("answers for {}", first.name)),
            Err(error) => Finding::new(what, Health::Wrong, error.to_string()),
        },
        Ok(answer) if matches!(answer.status.as_u16(), 401 | 403) => {
            let hint = match registry.credentials {
                Credentials::None => "it wants credentials, and none are configured",
                _ => "its credentials are wrong, expired, or may not read",
            };
            Finding::new(what, Health::Wrong, format!("answered {}: {hint}", answer.status.as_u16()))
        }
        Ok(answer) if is_absent(&answer) => {
            Finding::new(what, Health::Lacking, format!("does not know {}, which is in use and fits its patterns", first.name))
        }
        Ok(answer) => Finding::new(what, Health::Wrong, format!("answered {}", answer.status.as_u16())),
        Err(error) => Finding::new(what, Health::Wrong, error.to_string()),
    }
}

fn key(registry: &Registry, used: &Used) -> String {
    format!("{} {} {}", registry.name, registry.url, used.id())
}

/// Where a package is; nothing if a registry can have none of that name.
fn address_of(registry: &Registry, name: &str) -> Option<url::Url> {
    let path = match registry.kind {
        // As npm itself asks: the scope's sign as it is, its slash encoded.
        RegistryKind::Npm => match name.strip_prefix('@') {
            Some(name) => format!("@{}", address::encode(name)),
            None => address::encode(name),
        },
        RegistryKind::Pypi => format!("{}/", address::encode(&address::normalised(name))),
        RegistryKind::Cargo => address::index_path(name)?,
    };
    address::below(&registry.url, &path)
}

fn with_credentials(registry: &Registry, ask: Ask) -> Ask {
    match &registry.credentials {
        Credentials::None => ask,
        Credentials::Bearer(token) if registry.kind == RegistryKind::Cargo => ask.header("authorization", token.expose()),
        Credentials::Bearer(token) => ask.bearer(token),
        Credentials::Basic { user, password } => ask.basic(user, password),
    }
}

fn ask(registry: &Registry, name: &str, etag: Option<&str>) -> Option<Ask> {
    let accept = match registry.kind {
        // The abbreviated form lacks the dates.
        RegistryKind::Npm => "application/json",
        RegistryKind::Pypi => "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1",
        RegistryKind::Cargo => "*/*",
    };
    let ask = with_credentials(registry, Ask::get(address_of(registry, name)?).header("accept", accept));
    Some(match etag {
        Some(etag) => ask.header("if-none-match", etag),
        None => ask,
    })
}

/// cargo's index says so in three ways.
fn is_absent(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 404 | 410 | 451)
}

async fn read(session: &Session<'_>, registry: &Registry, used: &Used, fuse: &Fuse, has_json: &AtomicBool) -> Outcome {
    let key = key(registry, used);
    let outcome = |cached: &Cached| if cached.known.is_some() { Outcome::Known } else { Outcome::Absent };
    let before: Option<(Cached, bool)> = session.cached(PACKAGES, &key);
    if let Some((cached, true)) = &before {
        return outcome(cached);
    }
    if let Some(reason) = fuse.blown() {
        return Outcome::NotRead(reason);
    }
    let before = before.map(|(cached, _)| cached);
    let Some(ask) = ask(registry, &used.name, before.as_ref().and_then(|cached| cached.etag.as_deref())) else { return Outcome::Absent };
    let answer = match session.http.send(ask).await {
        Ok(answer) if is_absent(&answer) => {
            fuse.worked();
            session.keep(PACKAGES, &key, &Cached::default());
            return Outcome::Absent;
        }
        Ok(answer) if answer.status == 304 => match before {
            Some(cached) => {
                fuse.worked();
                session.keep(PACKAGES, &key, &cached);
                return outcome(&cached);
            }
            None => answer.success(),
        },
        Ok(answer) => answer.success(),
        Err(error) => Err(error),
    };
    let read = answer.and_then(|answer| Ok((answer.header("etag").map(str::to_owned), parse(registry.kind, &answer, &used.name)?)));
    match read {
        Ok((etag, (mut known, is_page))) => {
            fuse.worked();
            if is_page && has_json.load(Ordering::Relaxed) {
                add_json(session, registry, &used.name, &mut known, has_json).await;
            }
            if let Some(before) = before.and_then(|before| before.known) {
                known.keep_dates_of(&before);
            }
            session.keep(PACKAGES, &key, &Cached { etag, known: Some(known) });
            Outcome::Known
        }
        Err(error) => {
            fuse.failed(&error);
            Outcome::NotRead(error.to_string())
        }
    }
}

/// Reads an answer; also tells whether it was a page, which has no dates.
fn parse(kind: RegistryKind, answer: &Answer, name: &str) -> Result<(Known, bool), Error> {
    let not_that = |what: &str| Error::NotJson {
        kind: answer.header("content-type").unwrap_or("no type").to_owned(),
        begin: String::from_utf8_lossy(&answer.body[..answer.body.len().min(40)]).chars().filter(|c| !c.is_control()).collect(),
        problem: what.to_owned(),
    };
    match kind {
        RegistryKind::Npm => {
            let packument: wire::Packument = answer.json()?;
            if packument.name != name || packument.versions.is_empty() && packument.time.is_empty() {
                return Err(not_that("it describes no such package"));
            }
            Ok((convert::from_packument(&packument), false))
        }
        RegistryKind::Pypi => {
            let is_page = answer.header("content-type").is_none_or(|kind| kind.contains("html"));
            if is_page {
                let page = String::from_utf8_lossy(&answer.body);
                return convert::from_simple_page(&page, name).map(|known| (known, true)).ok_or_else(|| not_that("it is no index page"));
            }
            let project: wire::SimpleProject = answer.json()?;
            if address::normalised(&project.name) != address::normalised(name) {
                return Err(not_that("it describes no such project"));
            }
            Ok((convert::from_simple_json(&project, name), false))
        }
        RegistryKind::Cargo => {
            let known = convert::from_index(&String::from_utf8_lossy(&answer.body), name);
            known.map(|known| (known, false)).ok_or_else(|| not_that("it is no file of an index"))
        }
    }
}

/// Dates and licence from the JSON that some servers have beside their simple index. A server that has none, or none
/// with dates, is not asked again in this run.
async fn add_json(session: &Session<'_>, registry: &Registry, name: &str, known: &mut Known, has_json: &AtomicBool) {
    let mut base = registry.url.clone();
    let root = base.path().trim_end_matches('/');
    let root = root.strip_suffix("/simple").unwrap_or(root).to_owned();
    base.set_path(&root);
    let path = format!("{}/json", address::encode(&address::normalised(name)));
    let Some(url) = address::below(&base, &path) else { return };
    let ask = with_credentials(registry, Ask::get(url).header("accept", "application/json"));
    let project = session.http.send(ask).await.and_then(|answer| answer.success()?.json::<wire::ProjectJson>());
    match project {
        Ok(project) => {
            convert::add_project_json(known, &project);
            let has_dates = known.versions.values().any(|version| version.at.is_some());
            has_json.store(has_dates || known.licence.is_some(), Ordering::Relaxed);
        }
        Err(_) => has_json.store(false, Ordering::Relaxed),
    }
}
