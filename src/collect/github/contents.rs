//! Contents of documents: from what was kept, else from GitHub by their ids.
//!
//! # Invariants
//! - Only blobs of the repository are asked for, by their ids, and their bytes must have that id.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::collect::Memory;
use crate::collect::contents::{Between, Contents, LARGEST_CONTENT, Text, Unavailable};
use crate::collect::git::between::{between_in, committed_in};
use crate::collect::git::descriptor;
use crate::collect::github::Kept;
use crate::collect::github::client::{Client, How};
use crate::collect::github::files::{BLOBS, blob, blob_id, hex, oid};
use crate::collect::github::memory::Remembered;
use crate::collect::github::past::place;
use crate::collect::http::message_of;
use crate::model::{EntityRef, Instant, Zone};

/// What lies between two commits, oldest first, at most 250 of it: `GET /repos/{owner}/{repo}/compare/{basehead}`.
#[derive(Deserialize)]
struct Compared {
    commits: Vec<ComparedCommit>,
}

#[derive(Deserialize)]
struct ComparedCommit {
    commit: GitCommit,
}

#[derive(Deserialize)]
struct GitCommit {
    committer: Option<Committer>,
}

#[derive(Deserialize)]
struct Committer {
    date: Option<Instant>,
}

/// Where contents are read that the collector stated.
pub(crate) struct GitHubContents {
    client: Client,
    cache: Arc<Kept>,
    zone: Zone,
    /// GitHub's numbers of repositories, by name: clones are kept by number.
    numbers: Mutex<BTreeMap<String, u64>>,
}

impl GitHubContents {
    pub(crate) fn new(client: Client, cache: Arc<Kept>, zone: Zone) -> Self {
        Self { client, cache, zone, numbers: Mutex::default() }
    }

    /// Learns the repositories that are remembered.
    pub(crate) fn learn(&self, memory: &Memory) {
        let known = Remembered::all(memory).into_iter().map(|(number, (name, _))| (name, number));
        self.numbers.lock().extend(known);
    }

    /// What the source answers, whether or not there is a runtime around.
    fn wait<T>(repository: &str, asked: impl Future<Output = T>) -> Result<T, Unavailable> {
        match Handle::try_current() {
            Ok(runtime) => Ok(runtime.block_on(asked)),
            Err(_) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => Ok(runtime.block_on(asked)),
                Err(error) => Err(Unavailable::Failed { repository: repository.to_owned(), message: error.to_string() }),
            },
        }
    }

    /// The clone that the past was read from.
    fn clone_of(&self, repository: &str) -> Result<PathBuf, Unavailable> {
        let number = self.numbers.lock().get(repository).copied();
        let folder = number.map(|number| place(&self.client.config().clones, number)).filter(|folder| folder.join("HEAD").is_file());
        folder.ok_or_else(|| Unavailable::NoClone(repository.to_owned()))
    }

    fn blob(&self, repository: &str, id: &str, most: u64) -> Result<Vec<u8>, Unavailable> {
        let absent = || Unavailable::NoObject(repository.to_owned());
        let wanted = oid(id).ok_or_else(absent)?;
        let key = hex(&wanted);
        if !repository.contains('/') {
            return Err(Unavailable::NoRepository(repository.to_owned()));
        }
        let cache = self.cache.open();
        let bytes = match cache.and_then(|cache| cache.get(BLOBS, &key)) {
            Some(kept) => kept.value,
            None => {
                let failed = |message: String| Unavailable::Failed { repository: repository.to_owned(), message };
                let answer = Self::wait(repository, blob(&self.client, repository, &key))?;
                match answer.map_err(|failure| failed(failure.to_string()))? {
                    Ok(bytes) if blob_id(&bytes) == wanted => {
                        if let Some(cache) = cache {
                            cache.put(BLOBS, &key, &bytes, self.zone.day_of(self.client.now()).number());
                        }
                        bytes
                    }
                    Ok(_) => return Err(failed("the content came with other bytes".to_owned())),
                    Err((404, _)) => return Err(absent()),
                    Err((status, message)) => return Err(failed(format!("GitHub answered {status}: {message}"))),
                }
            }
        };
        if bytes.len() as u64 > most { Err(Unavailable::TooLarge { bytes: bytes.len() as u64 }) } else { Ok(bytes) }
    }
}

impl Contents for GitHubContents {
    fn document(&self, resource: &str, blob: &str) -> Result<Text, Unavailable> {
        Text::new(self.blob(resource, blob, LARGEST_CONTENT)?)
    }

    fn definition(&self, resource: &str, blob: &str, api: &str) -> Result<Text, Unavailable> {
        let none = || Unavailable::NoDefinition(api.to_owned());
        let api: EntityRef = api.parse().map_err(|_| none())?;
        let descriptor = self.blob(resource, blob, descriptor::MAX_BYTES as u64)?;
        let text = descriptor::inline_definition(&descriptor, &api).ok_or_else(none)?;
        Text::new(text.into_bytes())
    }

    /// From the clone that the past was read from; what came about since is not in it.
    fn commits(&self, resource: &str, from: &str, to: &str, most: usize) -> Result<Between, Unavailable> {
        between_in(&self.clone_of(resource)?, resource, from, to, most)
    }

    fn committed(&self, resource: &str, pairs: &[(String, String)], most: usize) -> Vec<Result<Vec<Instant>, Unavailable>> {
        match self.clone_of(resource) {
            Ok(folder) => committed_in(&folder, resource, pairs, most),
            Err(why) => pairs.iter().map(|_| Err(why.clone())).collect(),
        }
    }

    fn ask_committed(&self, resource: &str, from: &str, to: &str) -> Result<Vec<Instant>, Unavailable> {
        let failed = |message: String| Unavailable::Failed { repository: resource.to_owned(), message };
        let Some((owner, name)) = resource.split_once('/').filter(|(_, name)| !name.contains('/')) else {
            return Err(Unavailable::NoRepository(resource.to_owned()));
        };
        let url = self.client.rest_url(&["repos", owner, name, "compare", &format!("{from}...{to}")]);
        let answer = Self::wait(resource, self.client.get(owner, url, &How::JSON))?.map_err(|failure| failed(failure.to_string()))?;
        match answer.status.as_u16() {
            200 => {
                let compared: Compared = serde_json::from_slice(&answer.body).map_err(|error| failed(error.to_string()))?;
                let mut times: Vec<Instant> = compared.commits.into_iter().filter_map(|one| one.commit.committer?.date).collect();
                times.reverse();
                Ok(times)
            }
            404 => Err(Unavailable::NoCommit { repository: resource.to_owned(), version: format!("{from} or {to}") }),
            status => Err(failed(format!("GitHub answered {status}: {}", message_of(&answer)))),
        }
    }
}
