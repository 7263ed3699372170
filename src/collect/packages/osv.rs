//! OSV: questions a thousand at a time, records once as long as they are not modified.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use url::Url;

use super::deps_dev::state_advice;
use super::{Fuse, OSV, Session, Stating, Tally, Used, address, convert, wire};
use crate::collect::Stopped;
use crate::collect::http::Ask;
use crate::model::body::Advisory;
use crate::quality::version::Scheme;

/// Answers to questions, a batch in a row, numbered from 0 on.
pub(super) const ANSWERS: &str = "osv/answers";
pub(super) const RECORDS: &str = "osv/record";

/// Questions in one batch.
const MOST_IN_BATCH: usize = 1_000;

/// Pages of one question that are read before it counts as endless.
const MOST_PAGES: u32 = 100;

/// Everything that OSV says of the packages in use.
#[derive(Debug, Default)]
pub(super) struct Advice {
    is_asked: bool,
    /// By package URL with version.
    found: BTreeMap<String, Vec<wire::OsvFound>>,
    records: BTreeMap<String, wire::OsvRecord>,
    /// Ids whose record could not be read.
    unread: BTreeSet<String>,
    /// What could not be read, and why; shown with the scopes that lack it.
    problems: Vec<(Option<String>, String)>,
}

impl Advice {
    /// What is known against the versions in use; nothing if some of it could not be read. Where OSV is not asked at all,
    /// nothing is known against anything.
    pub(super) fn of(&self, used: &Used) -> Option<BTreeMap<String, Advisory>> {
        let mut found = BTreeMap::new();
        if self.is_asked {
            for (version, url) in questions(used) {
                let ids = self.found.get(&url)?;
                if ids.iter().any(|id| self.unread.contains(&id.id)) {
                    return None;
                }
                found.insert(version.to_owned(), ids.clone());
            }
        }
        Some(convert::advisories(&used.ecosystem, &used.name, &found, &self.records))
    }
}

/// The versions that can be asked for: what is no version, such as a branch or an address, is none.
fn questions(used: &Used) -> impl Iterator<Item = (&str, String)> {
    let scheme = Scheme::of(&used.ecosystem);
    used.versions
        .iter()
        .filter(move |version| scheme.parse(version).is_some())
        .filter_map(|version| Some((version.as_str(), address::package_url(&used.ecosystem, &used.name, version)?)))
}

#[derive(Clone, Debug)]
struct Query {
    url: String,
    token: Option<String>,
    pages: u32,
}

/// Asks for every version in use that was not asked for today.
pub(super) async fn read(session: &Session<'_>, base: &Url, used: &[&Used]) -> Result<Advice, Stopped> {
    let mut advice = Advice { is_asked: true, ..Advice::default() };
    let mut batches = 0;
    while let Some((answers, true)) = session.cached::<BTreeMap<String, Vec<wire::OsvFound>>>(ANSWERS, &batches.to_string()) {
        advice.found.extend(answers);
        batches += 1;
    }
    let open: BTreeSet<String> =
        used.iter().copied().flat_map(questions).map(|(_, url)| url).filter(|url| !advice.found.contains_key(url)).collect();
    let open: Vec<Query> = open.into_iter().map(|url| Query { url, token: None, pages: 0 }).collect();
    let total = open.len();
    let mut work: Vec<Vec<Query>> = open.chunks(MOST_IN_BATCH).rev().map(<[Query]>::to_vec).collect();
    let mut partial: BTreeMap<String, Vec<wire::OsvFound>> = BTreeMap::new();
    let mut done = 0;
    while let Some(queries) = work.pop() {
        if session.sink.is_stopped() {
            return Err(Stopped);
        }
        let more = match ask(session, base, &queries).await {
            Ok(results) => {
                let (answers, more) = take(&queries, results, &mut advice, &mut partial);
                session.keep(ANSWERS, &batches.to_string(), &answers);
                batches += 1;
                advice.found.extend(answers);
                done += queries.len() - more.len();
                more
            }
            Err(error) if error.status() == Some(400) && queries.len() > 1 => {
                // One odd question spoils a batch; halves find it.
                let (first, second) = queries.split_at(queries.len() / 2);
                work.push(second.to_vec());
                work.push(first.to_vec());
                continue;
            }
            Err(error) if error.status() == Some(400) => {
                advice.problems.push((Some(queries[0].url.clone()), format!("is refused: {error}")));
                continue;
            }
            Err(error) => {
                let count = queries.len() + work.iter().map(Vec::len).sum::<usize>();
                advice.problems.push((None, format!("{count} versions are not read: {error}")));
                break;
            }
        };
        work.extend(more.chunks(MOST_IN_BATCH).map(<[Query]>::to_vec));
        session.progress(OSV, done, total).await?;
    }
    read_records(session, base, &mut advice).await?;
    Ok(advice)
}

async fn ask(session: &Session<'_>, base: &Url, queries: &[Query]) -> Result<Vec<Option<wire::OsvResult>>, crate::collect::http::Error> {
    let Some(url) = address::below(base, "v1/querybatch") else { return Ok(Vec::new()) };
    let queries_sent = queries
        .iter()
        .map(|query| wire::OsvQuery { package: wire::OsvPurl { purl: &query.url }, page_token: query.token.as_deref() })
        .collect();
    let body = serde_json::to_vec(&wire::OsvBatch { queries: queries_sent }).unwrap_or_default();
    let answer = session.http.send(Ask::post_json(url, body.into())).await?.success()?;
    Ok(answer.json::<wire::OsvBatchAnswer>()?.results)
}

/// Takes the answers, which are in the order of the questions; returns those that are complete, and the questions that
/// have further pages.
fn take(
    queries: &[Query],
    results: Vec<Option<wire::OsvResult>>,
    advice: &mut Advice,
    partial: &mut BTreeMap<String, Vec<wire::OsvFound>>,
) -> (BTreeMap<String, Vec<wire::OsvFound>>, Vec<Query>) {
    let mut answers = BTreeMap::new();
    if results.len() != queries.len() {
        // Whose answer is missing cannot be told.
        advice.problems.push((None, format!("{} versions are not read: found {} answers", queries.len(), results.len())));
        return (answers, Vec::new());
    }
    let mut more = Vec::new();
    for (query, result) in queries.iter().zip(results) {
        let result = result.unwrap_or_default();
        let found = partial.entry(query.url.clone()).or_default();
        found.extend(result.vulns.into_iter().filter(|found| !found.id.is_empty()));
        match result.next_page_token.filter(|token| !token.is_empty()) {
            Some(token) if query.token.as_ref() == Some(&token) || query.pages >= MOST_PAGES => {
                advice.problems.push((Some(query.url.clone()), "is not read: the pages do not end".to_owned()));
            }
            Some(token) => more.push(Query { url: query.url.clone(), token: Some(token), pages: query.pages + 1 }),
            None => {
                let mut found = partial.remove(&query.url).unwrap_or_default();
                found.sort();
                found.dedup_by(|a, b| a.id == b.id);
                answers.insert(query.url.clone(), found);
            }
        }
    }
    (answers, more)
}

/// Records that are new or modified.
async fn read_records(session: &Session<'_>, base: &Url, advice: &mut Advice) -> Result<(), Stopped> {
    let mut wanted: BTreeMap<&str, &str> = BTreeMap::new();
    for found in advice.found.values().flatten() {
        let modified = wanted.entry(&found.id).or_default();
        *modified = (*modified).max(&found.modified);
    }
    let mut records = BTreeMap::new();
    let mut open: Vec<(String, String)> = Vec::new();
    let mut used_again = Vec::new();
    for (id, modified) in wanted {
        match session.cached::<wire::OsvRecord>(RECORDS, id) {
            // An id without a time of change is asked for once a day.
            Some((record, is_today)) if is_today || (record.modified == modified && !modified.is_empty()) => {
                if !is_today {
                    used_again.push(id);
                }
                records.insert(id.to_owned(), record);
            }
            _ => open.push((id.to_owned(), modified.to_owned())),
        }
    }
    if let Some(cache) = session.cache {
        // Today's records that are modified again are read tomorrow; so is what is touched today.
        cache.touch(RECORDS, used_again, session.day - 1);
    }
    let fuse = Fuse::default();
    let asked = futures::stream::iter(0..open.len()).map(|at| {
        let (fuse, (id, modified)) = (&fuse, &open[at]);
        async move {
            let Some(url) = address::below(base, &format!("v1/vulns/{}", address::encode(id))) else { return (id, Ok(None)) };
            if let Some(reason) = fuse.blown() {
                return (id, Err(reason));
            }
            let answer = match session.http.send(Ask::get(url)).await {
                // Withdrawn since the question was answered.
                Ok(answer) if answer.status == 404 => return (id, Ok(None)),
                Ok(answer) => answer.success().and_then(|answer| answer.json::<wire::OsvRecord>()),
                Err(error) => Err(error),
            };
            match answer {
                Ok(record) if record.id != *id => (id, Err("the answer is another record".to_owned())),
                Ok(mut record) => {
                    fuse.worked();
                    // The question's time decides whether it is asked for again, however its own is written.
                    record.modified.clone_from(modified);
                    (id, Ok(Some(record)))
                }
                Err(error) => {
                    fuse.failed(&error);
                    (id, Err(error.to_string()))
                }
            }
        }
    });
    let mut asked = asked.buffer_unordered(session.concurrency);
    let mut failures: Vec<(String, String)> = Vec::new();
    while let Some((id, outcome)) = asked.next().await {
        match outcome {
            Ok(Some(record)) => {
                session.keep(RECORDS, id, &record);
                records.insert(id.clone(), record);
            }
            Ok(None) => {}
            Err(reason) => failures.push((id.clone(), reason)),
        }
        if session.sink.is_stopped() {
            return Err(Stopped);
        }
    }
    drop(asked);
    failures.sort();
    if let Some(reason) = fuse.blown() {
        advice.problems.push((None, format!("{} records are not read: {reason}", failures.len())));
    }
    for (id, reason) in failures {
        if fuse.blown().is_none() {
            advice.problems.push((Some(id.clone()), format!("is not read: {reason}")));
        }
        advice.unread.insert(id);
    }
    advice.records = records;
    Ok(())
}

/// States packages of which OSV alone knows something, and tells what could not be read.
pub(super) async fn state(session: &Session<'_>, used: &[Used], advice: &Advice, tally: &mut Tally) -> Result<(), Stopped> {
    for (path, message) in &advice.problems {
        session.problem(tally, OSV, path.clone(), message.clone()).await?;
    }
    if !advice.is_asked {
        return Ok(());
    }
    let is_full = used.iter().all(|used| advice.of(used).is_some());
    let mut stated = 0;
    for used in used {
        if advice.of(used).is_some_and(|advisories| !advisories.is_empty()) {
            let stating = Stating { used, scope: OSV, links: Vec::new(), title: None, check: None };
            stating.define(session, OSV, tally).await?;
            state_advice(session, used, OSV, advice, is_full).await?;
            stated += 1;
        }
    }
    session.extent(OSV, is_full, stated).await
}
