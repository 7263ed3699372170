//! Which repositories there are, and what they are called.
//!
//! # Invariants
//! - Same folders, same order: folders as configured, entries by name.
//! - Nothing inside a repository is looked at: submodules and clones inside a clone are not repositories of their own.
//! - No name or address that leaves here holds a user or a password.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::collect::git::history;
use crate::model::{EntityRef, Kind, Problem};

/// How deep below a folder clones are looked for.
const DEEPEST: usize = 6;

/// A repository to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What to open.
    pub(crate) path: PathBuf,
    /// The repository's name: `acme/billing`.
    pub(crate) name: String,
    /// The address for people: `https://github.com/acme/billing`.
    pub(crate) web: Option<String>,
    /// The scope that it was found in.
    pub(crate) folder: String,
    /// The URL to fetch it from first.
    pub(crate) url: Option<String>,
}

/// How completely a folder was looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Repositories found, readable or not.
    pub(crate) counted: u64,
    /// Whether every folder was listed and every repository opened.
    pub(crate) complete: bool,
}

/// Everything that was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Discovery {
    pub(crate) found: Vec<Found>,
    pub(crate) folders: BTreeMap<String, Looked>,
    pub(crate) problems: Vec<Problem>,
}

/// Looks through `folders`, then takes `urls`, whose clones lie in `clones`.
pub(crate) fn discover(folders: &[PathBuf], urls: &[String], clones: &Path) -> Discovery {
    let mut discovery = Discovery::default();
    let mut seen = BTreeSet::new();
    for folder in folders {
        let scope = folder.display().to_string();
        if discovery.folders.contains_key(&scope) {
            continue;
        }
        let mut walk = Walk { paths: Vec::new(), problems: Vec::new(), scope: &scope };
        walk.folder(folder, 0);
        let mut looked = Looked { counted: 0, complete: walk.problems.is_empty() };
        let paths = walk.paths;
        discovery.problems.append(&mut walk.problems);
        for path in paths {
            let repository = match history::open(&path) {
                Ok(repository) => repository,
                Err(error) => {
                    looked.counted += 1;
                    looked.complete = false;
                    discovery.problem(&scope, Some(&path), history::describe(&error));
                    continue;
                }
            };
            let common = repository.common_dir();
            // Several work trees of one repository are one repository.
            if !seen.insert(common.canonicalize().unwrap_or_else(|_| common.to_owned())) {
                continue;
            }
            let remote = repository.config_snapshot().string("remote.origin.url").map(|url| url.to_string());
            let remote = remote.as_deref().and_then(Remote::parse);
            let fallback = folder_name(&path, &repository);
            looked.counted += discovery.add(Found {
                path,
                name: remote.as_ref().map(|remote| remote.path.clone()).and_then(valid).unwrap_or(fallback),
                web: remote.and_then(|remote| remote.web()),
                folder: scope.clone(),
                url: None,
            });
        }
        discovery.folders.insert(scope, looked);
    }
    for url in urls {
        let scope = redact(url);
        if discovery.folders.contains_key(&scope) {
            continue;
        }
        let remote = Remote::parse(url);
        let name = remote.as_ref().map(|remote| remote.path.clone()).and_then(valid);
        let name = name.unwrap_or_else(|| without_git(url.trim_end_matches('/').rsplit(['/', ':', '\\']).next().unwrap_or(url)));
        let path = clones.join(clone_folder(&name, &scope));
        let found = Found { path, name, web: remote.and_then(|remote| remote.web()), folder: scope.clone(), url: Some(url.clone()) };
        let counted = discovery.add(found);
        discovery.folders.insert(scope, Looked { counted, complete: true });
    }
    discovery
}

impl Discovery {
    /// Adds a repository, unless its name is taken; how many were added.
    fn add(&mut self, found: Found) -> u64 {
        let key = found.name.to_lowercase();
        let Some(first) = self.found.iter().find(|other| other.name.to_lowercase() == key) else {
            self.found.push(found);
            return 1;
        };
        let message = format!("the repository {:?} was already found in {}; only that one counts", found.name, first.path.display());
        let path = found.path.clone();
        self.problem(&found.folder, Some(&path), message);
        0
    }

    fn problem(&mut self, scope: &str, path: Option<&Path>, message: String) {
        let path = path.map(|path| path.display().to_string());
        self.problems.push(Problem { scope: scope.to_owned(), path, line: None, message });
    }
}

/// Whether this folder is a work tree or a bare repository.
pub(crate) fn is_repository(folder: &Path) -> bool {
    let git = folder.join(".git");
    // A `.git` folder without HEAD is a broken clone, which is worth a problem, or an empty folder, which is not.
    git.is_file() || git.join("HEAD").exists() || git.join("objects").is_dir() || is_bare(folder)
}

fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

struct Walk<'a> {
    paths: Vec<PathBuf>,
    problems: Vec<Problem>,
    scope: &'a str,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) {
        if is_repository(folder) {
            self.paths.push(folder.to_owned());
            return;
        }
        if depth >= DEEPEST {
            return;
        }
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => entries,
            Err(error) => {
                self.problems.push(Problem {
                    scope: self.scope.to_owned(),
                    path: Some(folder.display().to_string()),
                    line: None,
                    message: format!("the folder cannot be listed: {error}"),
                });
                return;
            }
        };
        let mut entries: Vec<_> = entries.into_iter().map(|entry| (entry.file_name(), entry)).collect();
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        for (name, entry) in entries {
            let hidden = name.as_encoded_bytes().starts_with(b".");
            if hidden || name == "node_modules" || name == "target" {
                continue;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            // A link counts if it leads to a repository. Following it further could go in circles or anywhere.
            if kind.is_dir() {
                self.folder(&path, depth + 1);
            } else if kind.is_symlink() && is_repository(&path) {
                self.paths.push(path);
            }
        }
    }
}

/// The name of a repository without a telling remote: that of its folder.
fn folder_name(path: &Path, repository: &gix::Repository) -> String {
    let common = repository.common_dir();
    // For a linked work tree, the folder of the repository it belongs to.
    let linked = path.join(".git").is_file() && common.file_name().is_some_and(|name| name == ".git");
    let folder = if linked { common.parent().unwrap_or(path) } else { path };
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = match folder.file_name() {
        Some(name) if name == ".git" => folder.parent().and_then(Path::file_name),
        name => name,
    };
    name.map(|name| without_git(&name.to_string_lossy())).and_then(valid).unwrap_or_else(|| "repository".to_owned())
}

fn without_git(name: &str) -> String {
    name.strip_suffix(".git").filter(|name| !name.is_empty()).unwrap_or(name).to_owned()
}

/// The name, if it can name a repository.
fn valid(name: String) -> Option<String> {
    EntityRef::new(Kind::Repository, name.as_str()).is_ok().then_some(name)
}

/// The folder of a URL's clone: readable, and different for different URLs.
fn clone_folder(name: &str, url: &str) -> String {
    let readable: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    format!("{}-{:016x}.git", readable.trim_start_matches(['.', '-']), xxhash_rust::xxh3::xxh3_64(url.as_bytes()))
}

/// Where a clone comes from, without user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Remote {
    scheme: &'static str,
    /// With the port, if it is one of a web address.
    host: String,
    /// Without leading slash and `.git`.
    path: String,
}

impl Remote {
    /// Understands `https`, `http`, `ssh` and `git` URLs and `user@host:path`; a path or another URL names no forge.
    fn parse(url: &str) -> Option<Self> {
        let (scheme, authority, path) = if let Some((scheme, rest)) = url.split_once("://") {
            let scheme = ["https", "http", "ssh", "git"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
            let (authority, path) = rest.split_once('/')?;
            (scheme, authority, path)
        } else {
            let (authority, path) = url.split_once(':')?;
            // `C:\folder` and `./a:b` are paths.
            if authority.len() < 2 || authority.contains(['/', '\\']) || path.starts_with(':') {
                return None;
            }
            ("ssh", authority, path)
        };
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = if matches!(scheme, "http" | "https") { host } else { host.split(':').next().unwrap_or(host) };
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let path = without_git(path.trim_matches('/'));
        let path = path.strip_prefix("~").map(str::to_owned).unwrap_or(path);
        if host.is_empty() || path.is_empty() {
            return None;
        }
        Some(Self { scheme, host: host.to_lowercase(), path })
    }

    /// The web address of the repository, if the host is a forge whose addresses are known.
    fn web(&self) -> Option<String> {
        const FORGES: [&str; 6] = ["github", "gitlab", "bitbucket", "codeberg", "gitea", "forgejo"];
        if !FORGES.iter().any(|forge| self.host.contains(forge)) || self.path.contains(['"', '<', '>', ' ', '\\']) {
            return None;
        }
        let scheme = if self.scheme == "http" { "http" } else { "https" };
        Some(format!("{scheme}://{}/{}", self.host, self.path))
    }
}

/// The URL without user and password, and without a query, which may hold a token.
pub(crate) fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_are_named_by_their_path() {
        let named = |url: &str| Remote::parse(url).map(|remote| (remote.path.clone(), remote.web()));
        let github = Some(("acme/billing".to_owned(), Some("https://github.com/acme/billing".to_owned())));
        for url in [
            "https://github.com/acme/billing.git",
            "https://user:token@github.com/acme/billing",
            "git@github.com:acme/billing.git",
            "ssh://git@github.com:22/acme/billing.git/",
            "git://GitHub.com/acme/billing.git?x=y",
        ] {
            assert_eq!(named(url), github, "{url}");
        }
        assert_eq!(named("http://gitlab.local:8080/a/b/c.git"), Some(("a/b/c".into(), Some("http://gitlab.local:8080/a/b/c".into()))));
        assert_eq!(named("ssh://git@host/x"), Some(("x".into(), None)));
        for url in ["/srv/git/x.git", "../x", "file:///srv/x", "C:\\x", "ext::sh -c x", "https://host", "./a:b"] {
            assert_eq!(named(url), None, "{url}");
        }
    }

    #[test]
    fn addresses_lose_their_credentials() {
        assert_eq!(redact("https://me:pw@host/a/b?private_token=x"), "https://host/a/b");
        assert_eq!(redact("ssh://git@host:22/a"), "ssh://host:22/a");
        assert_eq!(redact("git@host:a/b"), "git@host:a/b");
    }
}
