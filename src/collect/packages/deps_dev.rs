//! deps.dev: one request a package and day, and one for the licences of five thousand new versions.

use futures::StreamExt;
use url::Url;

use super::convert::{self, Known, VersionFacts};
use super::{DEPS_DEV, Fuse, OSV, Outcome, Session, Stating, Tally, Used, address, body_of, osv, resource, wire};
use crate::collect::http::{Ask, Error};
use crate::collect::{Item, Stopped};
use crate::model::Facet;
use crate::model::body::{Package, to_body};

pub(super) const PACKAGES: &str = "deps.dev/package";
pub(super) const FACTS: &str = "deps.dev/facts";

/// Versions in one batch.
const MOST_IN_BATCH: usize = 5_000;

/// Pages of one batch that are read before it counts as endless.
const MOST_PAGES: usize = 1_000;

/// Versions that are asked for one by one where there is no batch, a run.
const MOST_SINGLE: usize = 1_000;

/// Licence and links of a package, and of which version they are.
type Facts = (String, VersionFacts);

/// Reads and states the public packages in use.
pub(super) async fn state(
    session: &Session<'_>,
    base: &Url,
    used: &[Used],
    advice: &osv::Advice,
    tally: &mut Tally,
) -> Result<(), Stopped> {
    let fuse = Fuse::default();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; used.len()];
    let mut wanted: Vec<(usize, wire::DepsKey)> = Vec::new();
    let mut used_again: Vec<String> = Vec::new();
    {
        let asked = futures::stream::iter(0..used.len()).map(|at| {
            let fuse = &fuse;
            async move { (at, read(session, base, &used[at], fuse).await) }
        });
        let mut asked = asked.buffer_unordered(session.concurrency);
        let mut done = 0;
        while let Some((at, (outcome, latest))) = asked.next().await {
            outcomes[at] = Some(outcome);
            if let (Some(version), Some(system)) = (latest, address::system_of(&used[at].ecosystem)) {
                let kept = session.cached::<Facts>(FACTS, &key(&used[at]));
                if kept.as_ref().is_some_and(|(_, is_today)| !is_today) {
                    used_again.push(key(&used[at]));
                }
                let has = kept.is_some_and(|((of, facts), is_today)| {
                    // A version that just came out may get its licence only later.
                    of == version && (is_today || facts.licence.is_some())
                });
                if !has {
                    wanted.push((at, wire::DepsKey { system: system.to_owned(), name: used[at].name.clone(), version }));
                }
            }
            done += 1;
            session.progress(DEPS_DEV, done, used.len()).await?;
        }
    }
    if let Some(cache) = session.cache {
        // As of yesterday, for what is of today was asked for today.
        cache.touch(FACTS, used_again.iter().map(String::as_str), session.day - 1);
    }
    wanted.sort_by_key(|(at, _)| *at);
    if fuse.blown().is_none() {
        read_facts(session, base, used, wanted, tally).await?;
    }
    let mut is_full = fuse.blown().is_none();
    let mut stated = 0;
    if let Some(reason) = fuse.blown() {
        let count = outcomes.iter().filter(|outcome| matches!(outcome, Some(Outcome::NotRead(_)))).count();
        session.problem(tally, DEPS_DEV, None, format!("{count} packages are not read: {reason}")).await?;
    }
    let is_read = |outcome: &Option<Outcome>| !matches!(outcome, None | Some(Outcome::NotRead(_)));
    is_full &= outcomes.iter().all(is_read) && used.iter().all(|used| advice.of(used).is_some());
    for (used, outcome) in used.iter().zip(outcomes) {
        let stating = Stating {
            used,
            scope: DEPS_DEV,
            links: Vec::new(),
            title: None,
            check: Some(format!("https://deps.dev/{}/{}", used.ecosystem.replace("gem", "rubygems"), address::encode(&used.name))),
        };
        match outcome {
            Some(Outcome::Known) => {
                let Some((Some(known), _)) = session.cached::<Option<Known>>(PACKAGES, &key(used)) else {
                    is_full = false;
                    continue;
                };
                let facts = session.cached::<Facts>(FACTS, &key(used)).map(|((_, facts), _)| facts).unwrap_or_default();
                let body = body_of(used, DEPS_DEV, false, &known, &facts);
                Stating { links: facts.links.clone(), ..stating }.state(session, &body, tally).await?;
                stated += 1;
                state_advice(session, used, DEPS_DEV, advice, is_full).await?;
            }
            Some(Outcome::Absent) => {
                tally.unchanged += 1;
                session.sink.put(Item::Unchanged(resource(used, DEPS_DEV))).await?;
            }
            Some(Outcome::NotRead(reason)) if fuse.blown().is_none() => {
                session.problem(tally, DEPS_DEV, Some(used.id()), format!("is not read: {reason}")).await?;
            }
            Some(Outcome::NotRead(_)) | None => {}
        }
    }
    session.extent(DEPS_DEV, is_full, stated).await
}

/// What OSV says of a package; what it could not be asked for is not touched.
pub(super) async fn state_advice(
    session: &Session<'_>,
    used: &Used,
    scope: &str,
    advice: &osv::Advice,
    is_full: bool,
) -> Result<bool, Stopped> {
    let Some(advisories) = advice.of(used) else { return Ok(false) };
    let has_some = !advisories.is_empty();
    if !has_some && is_full {
        // In what is read in full silence says as much.
        return Ok(false);
    }
    let check = has_some.then(|| format!("https://osv.dev/list?q={}", address::encode(&used.name)));
    let body = has_some.then(|| to_body(&Package { advisories, ..Package::default() }));
    let stating = Stating { used, scope, links: Vec::new(), title: None, check };
    session.sink.put(stating.statement(Facet::Package, OSV, body)).await?;
    Ok(has_some)
}

fn key(used: &Used) -> String {
    used.id()
}

/// One package, from today's cache or from deps.dev; with the version whose licence counts.
async fn read(session: &Session<'_>, base: &Url, used: &Used, fuse: &Fuse) -> (Outcome, Option<String>) {
    let of = |known: &Option<Known>| match known {
        Some(known) => (Outcome::Known, convert::latest(&used.ecosystem, known)),
        None => (Outcome::Absent, None),
    };
    let before: Option<(Option<Known>, bool)> = session.cached(PACKAGES, &key(used));
    if let Some((known, true)) = &before {
        return of(known);
    }
    if let Some(reason) = fuse.blown() {
        return (Outcome::NotRead(reason), None);
    }
    let system = address::system_of(&used.ecosystem).unwrap_or_default().to_ascii_lowercase();
    let Some(url) = address::below(base, &format!("v3/systems/{system}/packages/{}", address::encode(&used.name))) else {
        return (Outcome::Absent, None);
    };
    let answer = match session.http.send(Ask::get(url)).await {
        Ok(answer) if answer.status == 404 => {
            fuse.worked();
            session.keep(PACKAGES, &key(used), &None::<Known>);
            return (Outcome::Absent, None);
        }
        Ok(answer) => answer.success().and_then(|answer| answer.json::<wire::DepsPackage>()),
        Err(error) => Err(error),
    };
    match answer {
        Ok(package) if package.package_key.name.is_empty() => (Outcome::NotRead("the answer names no package".to_owned()), None),
        Ok(package) => {
            fuse.worked();
            let mut known = convert::from_deps_dev(package);
            if let Some((Some(before), _)) = &before {
                known.keep_dates_of(before);
            }
            let known = Some(known);
            session.keep(PACKAGES, &key(used), &known);
            of(&known)
        }
        Err(error) => {
            fuse.failed(&error);
            (Outcome::NotRead(error.to_string()), None)
        }
    }
}

/// Licences and links of new versions, by batches; one by one if the batch, which is alpha, is gone.
async fn read_facts(
    session: &Session<'_>,
    base: &Url,
    used: &[Used],
    wanted: Vec<(usize, wire::DepsKey)>,
    tally: &mut Tally,
) -> Result<(), Stopped> {
    for chunk in wanted.chunks(MOST_IN_BATCH) {
        match read_batch(session, base, used, chunk).await {
            Ok(()) => {}
            Err(error) if matches!(error.status(), Some(400 | 404 | 405 | 410 | 501)) => {
                let message = format!("licences are read one by one, for there is no batch any more: {error}");
                session.problem(tally, DEPS_DEV, None, message).await?;
                read_singly(session, base, used, &wanted[..wanted.len().min(MOST_SINGLE)]).await;
                return Ok(());
            }
            Err(error) => {
                session.problem(tally, DEPS_DEV, None, format!("licences of {} new versions are not read: {error}", chunk.len())).await?;
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn read_batch(session: &Session<'_>, base: &Url, used: &[Used], wanted: &[(usize, wire::DepsKey)]) -> Result<(), Error> {
    let Some(url) = address::below(base, "v3alpha/versionbatch") else { return Ok(()) };
    let mut batch = wire::DepsBatch {
        requests: wanted.iter().map(|(_, key)| wire::DepsBatchItem { version_key: key.clone() }).collect(),
        page_token: String::new(),
    };
    let by_key: std::collections::BTreeMap<(&str, &str, &str), usize> =
        wanted.iter().map(|(at, key)| ((key.system.as_str(), key.name.as_str(), key.version.as_str()), *at)).collect();
    for _ in 0..MOST_PAGES {
        let body = serde_json::to_vec(&batch).unwrap_or_default();
        let answer = session.http.send(Ask::post_json(url.clone(), body.into())).await?.success()?;
        let answer: wire::DepsBatchAnswer = answer.json()?;
        for response in answer.responses {
            let key = response.request.version_key;
            let Some(at) = by_key.get(&(key.system.as_str(), key.name.as_str(), key.version.as_str())) else { continue };
            let facts = response.version.as_ref().map(convert::facts_of_deps_dev).unwrap_or_default();
            keep_facts(session, &used[*at], key.version.clone(), facts);
        }
        // A token that comes again would never end.
        if answer.next_page_token.is_empty() || answer.next_page_token == batch.page_token {
            return Ok(());
        }
        batch.page_token = answer.next_page_token;
    }
    Ok(())
}

async fn read_singly(session: &Session<'_>, base: &Url, used: &[Used], wanted: &[(usize, wire::DepsKey)]) {
    let fuse = Fuse::default();
    let asked = futures::stream::iter(0..wanted.len()).map(|index| {
        let (fuse, (at, key)) = (&fuse, &wanted[index]);
        async move {
            let system = key.system.to_ascii_lowercase();
            let path = format!("v3/systems/{system}/packages/{}/versions/{}", address::encode(&key.name), address::encode(&key.version));
            let url = address::below(base, &path).filter(|_| fuse.blown().is_none())?;
            match session.http.send(Ask::get(url)).await.and_then(|answer| answer.success()?.json::<wire::DepsVersion>()) {
                Ok(version) => keep_facts(session, &used[*at], key.version.clone(), convert::facts_of_deps_dev(&version)),
                Err(error) => fuse.failed(&error),
            }
            Some(())
        }
    });
    asked.buffer_unordered(session.concurrency).collect::<Vec<_>>().await;
}

/// A licence that a new version does not say yet is still that of the version before.
fn keep_facts(session: &Session<'_>, used: &Used, version: String, mut facts: VersionFacts) {
    if facts == VersionFacts::default()
        && let Some(((_, before), _)) = session.cached::<Facts>(FACTS, &key(used))
    {
        facts = before;
    }
    session.keep::<Facts>(FACTS, &key(used), &(version, facts));
}
