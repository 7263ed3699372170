//! The history of repositories, from bare clones.
//!
//! # Invariants
//! - Names, scopes and origins are those of the present, so both are the same streams.
//! - The token goes to git by the environment, and git talks to the configured host alone.
//! - A repository whose past is delivered up to its newest commit is not fetched, nor one whose newest commit is older than
//!   the range: what it says was read already.
//!
//! A clone costs two to three requests of git's protocol, which count against no budget of the API, and brings every day at
//! once. By the API a year of a busy repository would be up to 250 requests for trees, and as many for contents. Without blobs
//! (`--filter=blob:none`) a clone is smaller, but then git asks for the files of each day by themselves.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use gix::ObjectId;
use tokio::runtime::Handle;

use crate::collect::cache::Cache;
use crate::collect::git::clone::{Origin, mirror};
use crate::collect::git::convert::{About, Converter};
use crate::collect::git::discover::Found;
use crate::collect::git::history::{Tag, describe};
use crate::collect::git::past::{Filled, Newest, Replay, replay};
use crate::collect::github::client::Client;
use crate::collect::github::files::{HEADS, KeptHead, Reading, Whole};
use crate::collect::github::memory::Remembered;
use crate::collect::{Memory, Sink, Summary};
use crate::model::{Instant, Zone};

/// What it can do, its branches, and their content.
const REQUESTS_OF_A_CLONE: u64 = 3;

/// Delivers what is not yet delivered of `range`, of the repositories that the last run read.
pub(crate) fn backfill(
    client: &Client,
    runtime: &Handle,
    cache: Option<&Cache>,
    zone: &Zone,
    range: &Range<Instant>,
    memory: &Memory,
    sink: &Sink,
) -> Summary {
    let config = client.config();
    let web = config.web.as_str().trim_end_matches('/');
    let mut known: Vec<(String, Remembered)> = Remembered::all(memory).into_values().collect();
    known.sort_by(|one, other| one.0.cmp(&other.0));
    known.retain(|(name, known)| {
        let is_read = config.organisations.contains(&known.scope)
            || config.repositories.iter().any(|listed| known.scope == format!("{web}/{listed}"));
        let is_done = Filled::of(memory, name).is_some_and(|filled| filled.from <= range.start && Some(&filled.tip) == known.head.as_ref());
        is_read && known.gone.is_none() && known.head.is_some() && !is_done
    });
    let by_name: BTreeMap<&str, &Remembered> = known.iter().map(|(name, known)| (name.as_str(), known)).collect();
    let found: Vec<Found> = known
        .iter()
        .map(|(name, known)| Found {
            path: place(&config.clones, known.id),
            name: name.clone(),
            web: Some(known.web.clone()),
            folder: known.scope.clone(),
            url: Some(format!("{web}/{name}.git")),
        })
        .collect();
    let asked = AtomicU64::new(0);
    let prepare = |found: &Found| {
        let known = by_name.get(found.name.as_str()).copied();
        // Whether history was rewritten since it was delivered, only a clone can tell.
        let is_known = |known: &&Remembered| {
            let filled = Filled::of(memory, &found.name);
            let is_older = known.committed.is_some_and(|at| at < range.start);
            is_older && filled.is_none_or(|filled| Some(&filled.tip) == known.head.as_ref())
        };
        if let (Some(known), Some(cache)) = (known.filter(is_known), cache)
            && let Some(newest) = newest(found, known, cache)
        {
            return Ok(Some(newest));
        }
        let owner = found.name.split('/').next().unwrap_or_default();
        let token = runtime.block_on(client.token(owner)).map_err(|failure| failure.to_string())?;
        let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
        // Any name will do with a token; this one is what Apps are told to use.
        let authorization = token.map(|token| format!("Basic {}", encode(format!("x-access-token:{}", token.expose()))));
        let origin = Origin {
            url: found.url.as_deref().unwrap_or_default(),
            authorization: authorization.as_deref(),
            branch: known.and_then(|known| known.branch.as_deref()).unwrap_or("main"),
        };
        asked.fetch_add(REQUESTS_OF_A_CLONE, Ordering::Relaxed);
        mirror(&origin, &found.path, &|| sink.is_stopped()).map_err(|error| describe(&error))?;
        Ok(None)
    };
    let summary = replay(&found, zone, range, memory, sink, &Replay { prepare: &prepare, activity: false });
    // What is opened in a clone asks nobody.
    Summary { requests: asked.into_inner(), ..summary }
}

/// What a repository says in which nothing happened in the range, if all of it was kept: then no clone is needed.
fn newest(found: &Found, known: &Remembered, cache: &Cache) -> Option<Newest> {
    let kept = cache.get(HEADS, &known.id.to_string())?;
    let kept: KeptHead = serde_json::from_slice(&kept.value).ok()?;
    if Some(&kept.commit) != known.head.as_ref() || known.in_part {
        return None;
    }
    let listing = kept.listing(cache)?;
    let language_bytes = listing.language_bytes();
    // Which contents are read is known by reading.
    let contents = HashMap::new();
    let reading = Reading::new(&listing, &contents, cache);
    let about = About {
        name: &found.name,
        scope_folder: &found.folder,
        commit: &kept.commit,
        default_branch: known.branch.as_deref(),
        last_commit: None,
        activity: None,
        language_bytes: BTreeMap::new(),
        tags: &BTreeMap::new(),
        web: found.web.as_deref(),
    };
    Converter::new().convert(&about, &reading);
    let (used, wanted) = (reading.used.take(), reading.wanted.take());
    if !wanted.is_empty() {
        return None;
    }
    let mut tags: Vec<Tag> = kept.tags.into_iter().map(|(name, version)| Tag { name, version }).collect();
    tags.sort_by(|one, other| (one.version.at, &one.name).cmp(&(other.version.at, &other.name)));
    Some(Newest {
        commit: ObjectId::from_hex(kept.commit.as_bytes()).ok()?,
        committed: known.committed?,
        branch: known.branch.clone()?,
        tags,
        files: Box::new(Whole::new(listing, used, cache)),
        language_bytes,
    })
}

/// The folder of a repository's clone, which stays through renames.
pub(crate) fn place(clones: &std::path::Path, id: u64) -> PathBuf {
    clones.join(format!("{id}.git"))
}
