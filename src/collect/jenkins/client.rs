//! Requests to one Jenkins: who asks, folders, slices of builds, and what a refusal means.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::http::{Answer, Ask, Error, Http};
use crate::collect::jenkins::Config;
use crate::collect::jenkins::wire::{BUILD, Build, Builds, Folder, Item};

/// Levels of folders that one call reads.
const LEVELS: usize = 5;
/// Builds of one slice.
pub(super) const SLICE: u64 = 100;

/// Asks one Jenkins during one run.
#[derive(Debug)]
pub(super) struct Client<'a> {
    http: Http,
    config: &'a Config,
}

/// A job: the names of its folders, its own last, as Jenkins writes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JobPath(Vec<String>);

impl JobPath {
    /// Its full name, with branches as people write them.
    pub(super) fn name(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|name| decoded(name)).collect();
        names.join("/")
    }

    /// Its full name as Jenkins writes it.
    pub(super) fn full_name(&self) -> String {
        self.0.join("/")
    }
}

/// Every job that was found, and the number of its last build.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) jobs: BTreeMap<JobPath, Option<u64>>,
    /// Folders that could not be read, and why.
    pub(super) lacking: Vec<String>,
}

impl<'a> Client<'a> {
    pub(super) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        Self { http: http.for_run(cancel), config }
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.http.asked()
    }

    /// The address of something in a folder: every name is encoded, so that a branch `feature%2Fx` is `feature%252Fx`.
    pub(super) fn address(&self, path: &[String], last: &[&str]) -> Url {
        let mut url = self.config.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            for name in path {
                segments.push("job").push(name);
            }
            segments.extend(last);
        }
        url
    }

    /// Where a person looks at a build.
    pub(super) fn check(&self, job: &JobPath, number: u64) -> String {
        let mut url = self.address(&job.0, &[&number.to_string(), ""]);
        // A password in the address is nobody's to read.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }

    pub(super) async fn send(&self, mut url: Url, tree: &str) -> Result<Answer, Error> {
        url.set_query(Some(&format!("tree={tree}")));
        let ask = Ask::get(url).header("accept", "application/json");
        let ask = match &self.config.user {
            Some((user, token)) => ask.basic(user, token),
            None => ask,
        };
        self.http.send(ask).await?.success()
    }

    async fn get<T: DeserializeOwned>(&self, path: &[String], tree: &str) -> Result<T, Error> {
        self.send(self.address(path, &["api", "json"]), tree).await?.json()
    }

    /// Every job of the folders that are configured.
    ///
    /// # Errors
    /// If no folder can be read.
    pub(super) async fn jobs(&self) -> Result<Listing, Error> {
        let split = |name: &String| name.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let mut folders: VecDeque<Vec<String>> = self.config.folders.iter().map(split).collect();
        if folders.is_empty() {
            folders.push_back(Vec::new());
        }
        let mut seen: BTreeSet<Vec<String>> = folders.iter().cloned().collect();
        let mut listing = Listing::default();
        let (mut read, mut first_error) = (0, None);
        while let Some(folder) = folders.pop_front() {
            match self.get::<Folder>(&folder, &tree(LEVELS)).await {
                Ok(found) => {
                    read += 1;
                    for deep in listing.add(&folder, found.jobs, LEVELS) {
                        if seen.insert(deep.clone()) {
                            folders.push_back(deep);
                        }
                    }
                }
                Err(Error::Stopped) => return Err(Error::Stopped),
                Err(error) => {
                    let name = if folder.is_empty() { "the root".to_owned() } else { format!("the folder {}", folder.join("/")) };
                    listing.lacking.push(format!("{name} cannot be read: {}", describe(&error)));
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) if read == 0 => Err(error),
            _ => Ok(listing),
        }
    }

    /// The builds of a job in a slice, newest first, and those that cannot be read.
    pub(super) async fn builds(&self, job: &JobPath, from: u64, to: u64) -> Result<(Vec<Build>, usize, u64), Error> {
        let page: Builds = self.get(&job.0, &format!("allBuilds[{BUILD}]{{{from},{to}}}")).await?;
        let listed = page.all_builds.len() as u64;
        let read: Vec<Build> = page.all_builds.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect();
        let odd = usize::try_from(listed).unwrap_or(usize::MAX) - read.len();
        Ok((read, odd, listed))
    }
}

impl Listing {
    /// Adds what a folder holds. Returns the folders that are too deep to be seen.
    fn add(&mut self, folder: &[String], items: Vec<Item>, levels: usize) -> Vec<Vec<String>> {
        let mut deep = Vec::new();
        for item in items {
            let mut path = folder.to_vec();
            path.push(item.name);
            match item.jobs {
                Some(jobs) if levels > 1 => deep.extend(self.add(&path, jobs, levels - 1)),
                Some(jobs) if !jobs.is_empty() => deep.push(path),
                Some(_) => {}
                None => {
                    self.jobs.insert(JobPath(path), item.last_build.map(|build| build.number));
                }
            }
        }
        deep
    }
}

/// Jobs with their last builds, some levels deep; of the last level only whether there is more.
fn tree(levels: usize) -> String {
    let below = if levels > 1 { tree(levels - 1) } else { "jobs[name]{0,1}".to_owned() };
    format!("jobs[name,lastBuild[number],{below}]")
}

fn decoded(name: &str) -> String {
    if !name.contains('%') {
        return name.to_owned();
    }
    let encoded = name.replace('+', "%2B").replace('&', "%26");
    url::form_urlencoded::parse(format!("n={encoded}").as_bytes()).next().map_or_else(|| name.to_owned(), |(_, name)| name.into_owned())
}

/// What went wrong, with what can be done about it where that is known.
pub(super) fn describe(error: &Error) -> String {
    let hint = match error {
        Error::Status { status: 401, .. } => ": the user or the API token is wrong, or the token was revoked",
        Error::Status { status: 403, .. } => ": the user needs Overall/Read and Job/Read",
        Error::Status { status: 404, .. } => ": is it there, may the user see it, and is the context path part of the URL?",
        Error::NotJson { kind, .. } if kind.contains("html") => ": is this a page to sign in?",
        _ => return error.to_string(),
    };
    format!("{error}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::http::{Outside, Patience};
    use crate::model::Instant;

    #[test]
    fn names_are_encoded_once_more_than_they_are_written() {
        let outside = Outside {
            clock: std::sync::Arc::new(|| Instant::from_seconds(0)),
            pause: std::sync::Arc::new(|_| Box::pin(std::future::ready(()))),
            jitter: std::sync::Arc::new(|| 0.0),
            patience: Patience::default(),
        };
        let config = Config::new("https://ci.example/jenkins/".parse().unwrap());
        let http = Http::new(outside);
        let client = Client::new(&http, &config, CancellationToken::new());
        let job = JobPath(["teams", "web shop", "feature%2Fx"].map(str::to_owned).into());
        assert_eq!(client.check(&job, 7), "https://ci.example/jenkins/job/teams/job/web%20shop/job/feature%252Fx/7/");
        assert_eq!((job.name(), job.full_name()), ("teams/web shop/feature/x".to_owned(), "teams/web shop/feature%2Fx".to_owned()));
        assert_eq!(tree(2), "jobs[name,lastBuild[number],jobs[name,lastBuild[number],jobs[name]{0,1}]]");
    }
}
