//! Contents of documents, from the object databases of the repositories that are read.
//!
//! # Invariants
//! - Only blobs are read, by their id, and never more than [`LARGEST_CONTENT`] bytes of one are handed on.
//! - Where a repository is, is found out as when it is collected; a name that nobody knows does not make the folders be
//!   looked through again and again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use gix::ObjectId;
use parking_lot::Mutex;

use crate::collect::contents::{Between, Contents, LARGEST_CONTENT, Text, Unavailable};
use crate::collect::git::between::{between_in, committed_in};
use crate::collect::git::collector::Config;
use crate::collect::git::descriptor;
use crate::collect::git::discover::{discover, is_repository};
use crate::collect::git::history::{self, describe};
use crate::model::{EntityRef, Instant};

/// For so long a name that was not found is not looked for again.
const LOOKED: Duration = Duration::from_secs(10);

/// Where contents are read that the collector stated.
#[derive(Debug)]
pub(crate) struct GitContents {
    config: Config,
    places: Mutex<Places>,
}

/// Where repositories are or were, by name.
#[derive(Debug, Default)]
struct Places {
    paths: BTreeMap<String, PathBuf>,
    looked: Option<std::time::Instant>,
}

impl GitContents {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, places: Mutex::default() }
    }

    fn place(&self, name: &str) -> Option<PathBuf> {
        // Whoever else asks meanwhile waits, rather than looking through the same folders.
        let mut places = self.places.lock();
        if let Some(path) = places.paths.get(name)
            && is_repository(path)
        {
            return Some(path.clone());
        }
        if places.looked.is_none_or(|looked| looked.elapsed() > LOOKED) {
            let Config { folders, urls, clones } = &self.config;
            let found = discover(folders, urls, clones).found;
            // What is not found now keeps its place, in case that it comes back.
            places.paths.extend(found.into_iter().map(|found| (found.name, found.path)));
            places.looked = Some(std::time::Instant::now());
        }
        places.paths.get(name).filter(|path| is_repository(path)).cloned()
    }

    /// The blob, if it has at most `most` bytes.
    fn blob(&self, repository: &str, blob: &str, most: u64) -> Result<Vec<u8>, Unavailable> {
        let path = self.place(repository).ok_or_else(|| Unavailable::NoRepository(repository.to_owned()))?;
        let failed = |error: &dyn std::error::Error| Unavailable::Failed { repository: repository.to_owned(), message: describe(error) };
        let absent = || Unavailable::NoObject(repository.to_owned());
        let objects = history::open(&path).map_err(|error| failed(&error))?;
        let id = ObjectId::from_hex(blob.as_bytes()).map_err(|_| absent())?;
        let header = objects.try_find_header(id).map_err(|error| failed(&error))?;
        let header = header.filter(|header| header.kind() == gix::object::Kind::Blob).ok_or_else(absent)?;
        if header.size() > most {
            return Err(Unavailable::TooLarge { bytes: header.size() });
        }
        let mut object = objects.find_object(id).map_err(|error| failed(&error))?;
        Ok(std::mem::take(&mut object.data))
    }
}

impl Contents for GitContents {
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

    fn commits(&self, resource: &str, from: &str, to: &str, most: usize) -> Result<Between, Unavailable> {
        let path = self.place(resource).ok_or_else(|| Unavailable::NoRepository(resource.to_owned()))?;
        between_in(&path, resource, from, to, most)
    }

    fn committed(&self, resource: &str, pairs: &[(String, String)], most: usize) -> Vec<Result<Vec<Instant>, Unavailable>> {
        match self.place(resource) {
            Some(path) => committed_in(&path, resource, pairs, most),
            None => pairs.iter().map(|_| Err(Unavailable::NoRepository(resource.to_owned()))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::testing::Repo;

    fn contents(folder: &std::path::Path) -> GitContents {
        GitContents::new(Config { folders: vec![folder.to_owned()], ..Config::default() })
    }

    #[test]
    fn a_blob_is_read_as_git_shows_it_and_nothing_but_a_blob() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        let most = usize::try_from(LARGEST_CONTENT).unwrap();
        repo.write("README.md", "# Grüße\n").write("latin.md", b"Gr\xfc\xdfe").write("large.md", vec![b'a'; most + 1]);
        let commit = repo.commit("2026-01-01T00:00:00Z");
        let id = |path: &str| repo.git(&["rev-parse", &format!("{commit}:{path}")]);
        let contents = contents(folder.path());
        let read = |blob: &str| contents.document("ledger", blob);
        assert_eq!(read(&id("README.md")), Ok(Text { text: "# Grüße\n".into(), bytes: 10 }));
        assert_eq!(read(&id("latin.md")), Err(Unavailable::NotText { bytes: 5 }));
        assert_eq!(read(&id("large.md")), Err(Unavailable::TooLarge { bytes: LARGEST_CONTENT + 1 }));
        for absent in [commit.as_str(), &id(""), &"c0".repeat(20), "c0ffee", "../README.md", ""] {
            assert_eq!(read(absent), Err(Unavailable::NoObject("ledger".into())), "{absent}");
        }
        assert_eq!(contents.document("other", &id("README.md")), Err(Unavailable::NoRepository("other".into())));
    }

    #[test]
    fn an_object_that_was_cleaned_up_and_a_repository_that_went_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        repo.write("README.md", "one").commit("2026-01-01T00:00:00Z");
        let one = repo.git(&["rev-parse", "HEAD:README.md"]);
        let contents = contents(folder.path());
        assert!(contents.document("ledger", &one).is_ok());
        repo.write("README.md", "two").git(&["add", "--all"]);
        repo.git(&["commit", "--quiet", "--amend", "--message", "rewritten"]);
        repo.git(&["reflog", "expire", "--expire=now", "--all"]);
        repo.git(&["gc", "--quiet", "--prune=now"]);
        assert_eq!(contents.document("ledger", &one), Err(Unavailable::NoObject("ledger".into())));
        let two = repo.git(&["rev-parse", "HEAD:README.md"]);
        assert!(contents.document("ledger", &two).is_ok());
        std::fs::rename(&repo.path, folder.path().join("elsewhere")).unwrap();
        assert_eq!(contents.document("ledger", &two), Err(Unavailable::NoRepository("ledger".into())));
    }
}
