//! The commits between two versions, from the object database of a repository.
//!
//! # Invariants
//! - A version is the id of a commit, whole or shortened, or the name of a tag; never a branch, whose commit changes.

use std::path::Path;

use gix::ObjectId;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use crate::collect::contents::{Between, Commit, Unavailable};
use crate::collect::git::history::{describe, instant, open, seconds};
use crate::model::Instant;

/// Commits that are counted at most.
const MOST: usize = 10_000;
/// Letters of a subject that are told.
const SUBJECT: usize = 200;

/// What the version `to` has and `from` has not, and the other way round; of each the newest `most`.
///
/// # Errors
/// [`Unavailable::NoCommit`], [`Unavailable::Failed`].
fn between(objects: &gix::Repository, repository: &str, from: &str, to: &str, most: usize) -> Result<Between, Unavailable> {
    let (from, to) = (known(objects, repository, from)?, known(objects, repository, to)?);
    let failed = |error: &dyn std::error::Error| Unavailable::Failed { repository: repository.to_owned(), message: describe(error) };
    let walk = |from: ObjectId, to: ObjectId| -> Result<(Vec<Commit>, usize), Unavailable> {
        let walk = objects.rev_walk([to]).with_hidden([from]).sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst));
        let (mut commits, mut count) = (Vec::new(), 0);
        for found in walk.all().map_err(|error| failed(&error))?.take(MOST) {
            let id = found.map_err(|error| failed(&error))?.id;
            count += 1;
            if commits.len() < most {
                let object = objects.find_object(id).map_err(|error| failed(&error))?;
                commits.push(read(id, &object.data));
            }
        }
        Ok((commits, count))
    };
    let (commits, total) = walk(from, to)?;
    let (taken_back, taken_back_total) = walk(to, from)?;
    Ok(Between { commits, total, taken_back, taken_back_total })
}

/// The same of the repository in a folder.
pub(crate) fn between_in(folder: &Path, repository: &str, from: &str, to: &str, most: usize) -> Result<Between, Unavailable> {
    let objects = open(folder).map_err(|error| Unavailable::Failed { repository: repository.to_owned(), message: describe(&error) })?;
    between(&objects, repository, from, to, most)
}

/// Committer times of what the later version of each pair has and the earlier one has not, newest first, at most `most` of
/// each.
pub(crate) fn committed_in(
    folder: &Path,
    repository: &str,
    pairs: &[(String, String)],
    most: usize,
) -> Vec<Result<Vec<Instant>, Unavailable>> {
    let failed = |error: &dyn std::error::Error| Unavailable::Failed { repository: repository.to_owned(), message: describe(error) };
    let objects = match open(folder) {
        Ok(objects) => objects,
        Err(error) => return pairs.iter().map(|_| Err(failed(&error))).collect(),
    };
    let one = |(from, to): &(String, String)| {
        let (from, to) = (known(&objects, repository, from)?, known(&objects, repository, to)?);
        let walk = objects.rev_walk([to]).with_hidden([from]).sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst));
        let mut times = Vec::new();
        for found in walk.all().map_err(|error| failed(&error))?.take(most) {
            let found = found.map_err(|error| failed(&error))?;
            times.extend(found.commit_time.map(Instant::from_seconds));
        }
        Ok(times)
    };
    pairs.iter().map(one).collect()
}

fn known(objects: &gix::Repository, repository: &str, version: &str) -> Result<ObjectId, Unavailable> {
    let absent = || Unavailable::NoCommit { repository: repository.to_owned(), version: version.to_owned() };
    commit_of(objects, version).ok_or_else(absent)
}

fn commit_of(objects: &gix::Repository, version: &str) -> Option<ObjectId> {
    let is_id = (4..=40).contains(&version.len()) && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id
        && let Ok(id) = objects.rev_parse_single(version)
        && let Ok(object) = id.object()
        && let Ok(commit) = object.peel_to_commit()
        && commit.id.to_string().starts_with(&version.to_ascii_lowercase())
    {
        return Some(commit.id);
    }
    let is_name = !version.is_empty()
        && version.len() <= 200
        && !version.contains("..")
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+/@".contains(&byte));
    if !is_name {
        return None;
    }
    [format!("refs/tags/{version}"), format!("refs/tags/v{version}")].iter().find_map(|name| {
        let mut reference = objects.try_find_reference(name.as_str()).ok()??;
        Some(reference.peel_to_commit().ok()?.id)
    })
}

fn read(id: ObjectId, data: &[u8]) -> Commit {
    let text = String::from_utf8_lossy(data);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let person = |role: &str| head.lines().find_map(|line| line.strip_prefix(role)?.strip_prefix(' '));
    let author = person("author").and_then(|line| line.split(" <").next()).map(str::trim).filter(|name| !name.is_empty());
    let at = person("committer").and_then(|line| seconds(line.as_bytes())).map_or(Instant::MIN, instant);
    let subject = message.lines().next().unwrap_or_default().trim().chars().take(SUBJECT).collect();
    Commit { id: id.to_string(), at, author: author.map(str::to_owned), subject }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::testing::{Repo, instant as at};

    fn subjects(commits: &[Commit]) -> Vec<&str> {
        commits.iter().map(|commit| commit.subject.as_str()).collect()
    }

    #[test]
    fn what_one_version_has_and_the_other_has_not_is_told_both_ways() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        let commit = |day: u32, message: &str| {
            repo.write("a", message).git(&["add", "--all"]);
            repo.git_on(&format!("2026-01-{day:02}T00:00:00Z"), &["commit", "--quiet", "--message", message]);
            repo.git(&["rev-parse", "HEAD"])
        };
        let first = commit(1, "one\n\nand why");
        repo.git(&["tag", "v1.0.0"]);
        commit(2, "two");
        let third = commit(3, "three");
        repo.git(&["checkout", "--quiet", "-b", "fix", &first]);
        let fix = commit(4, "fix");
        repo.git_on("2026-01-04T00:00:00Z", &["tag", "--annotate", "--message", "x", "1.0.1"]);
        let objects = open(&repo.path).unwrap();
        let between = |from: &str, to: &str| between(&objects, "ledger", from, to, 10);

        let found = between(&first, &third).unwrap();
        assert_eq!((subjects(&found.commits), found.total, found.taken_back_total), (vec!["three", "two"], 2, 0));
        assert_eq!((found.commits[0].id.as_str(), found.commits[0].at), (third.as_str(), at("2026-01-03T00:00:00Z")));
        assert!(found.commits[0].author.is_some());
        assert_eq!(between("1.0.0", &third[..8]).unwrap(), found, "by a tag with its v, and by a short id");

        let back = between(&third, "1.0.1").unwrap();
        assert_eq!((subjects(&back.commits), subjects(&back.taken_back)), (vec!["fix"], vec!["three", "two"]));
        assert_eq!(between(&fix, "1.0.1").unwrap(), Between::default());
        let one = super::between(&objects, "ledger", &first, &third, 1).unwrap();
        assert_eq!((subjects(&one.commits), one.total), (vec!["three"], 2), "the newest, and how many there are");
        let pairs = [(first.clone(), third.clone()), (third.clone(), "1.0.1".to_owned()), (first.clone(), "2.0.0".to_owned())];
        let committed = committed_in(&repo.path, "ledger", &pairs, 10);
        assert_eq!(committed[0], Ok(vec![at("2026-01-03T00:00:00Z"), at("2026-01-02T00:00:00Z")]));
        assert_eq!(committed[1], Ok(vec![at("2026-01-04T00:00:00Z")]), "of a branch beside it");
        assert!(matches!(&committed[2], Err(Unavailable::NoCommit { .. })));
        assert_eq!(committed_in(&repo.path, "ledger", &pairs[..1], 1)[0].as_deref(), Ok(&[at("2026-01-03T00:00:00Z")][..]));
        for version in ["fix", "main", "HEAD", "refs/heads/fix", "@{1}", "../x", "", "c0ffee", "2.0.0"] {
            let absent = Unavailable::NoCommit { repository: "ledger".to_owned(), version: version.to_owned() };
            assert_eq!(between(version, &third), Err(absent), "{version}");
        }
    }
}
