//! The company as of one instant, for one who asks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use parking_lot::{Mutex, MutexGuard};

use super::access::Viewer;
use super::language::language;
use super::objects::{Line, Object, Oid, TreeAt, commits_until, is_annotated};
use super::{Asked, GitHub};
use crate::demo::company::{Company, Permission, Repository, Tag, Visibility};
use crate::model::Instant;

/// The instants at which anything changes that is listed or looked up by name.
pub(super) struct Epochs {
    instants: Vec<Instant>,
    newest: Mutex<Option<(usize, Arc<Listing>)>>,
}

/// What exists, and under which names, between two such instants.
pub(super) struct Listing {
    /// Positions of repositories.
    pub(super) repositories: Vec<usize>,
    /// Positions of teams.
    pub(super) teams: Vec<usize>,
    names: HashMap<String, usize>,
    former_names: HashMap<String, usize>,
    slugs: HashMap<String, usize>,
    grants: OnceLock<Vec<BTreeMap<usize, Permission>>>,
}

impl Epochs {
    pub(super) fn of(company: &Company) -> Self {
        let mut instants = BTreeSet::new();
        for repository in &company.repositories {
            instants.extend([repository.exists.start, repository.exists.end]);
            instants.extend(repository.name.all().iter().map(|(at, _)| *at));
            instants.extend(repository.teams.all().iter().map(|(at, _)| *at));
        }
        for team in &company.teams {
            instants.extend([team.exists.start, team.exists.end]);
            instants.extend(team.slug.all().iter().map(|(at, _)| *at));
            instants.extend(team.parent.all().iter().map(|(at, _)| *at));
        }
        Self { instants: instants.into_iter().collect(), newest: Mutex::default() }
    }

    fn at(&self, company: &Company, now: Instant) -> Arc<Listing> {
        let epoch = self.instants.partition_point(|at| *at <= now);
        let mut newest = self.newest.lock();
        match &*newest {
            Some((known, listing)) if *known == epoch => Arc::clone(listing),
            _ => {
                let listing = Arc::new(Listing::of(company, now));
                *newest = Some((epoch, Arc::clone(&listing)));
                listing
            }
        }
    }
}

impl Listing {
    fn of(company: &Company, now: Instant) -> Self {
        let mut listing = Self {
            repositories: Vec::new(),
            teams: Vec::new(),
            names: HashMap::new(),
            former_names: HashMap::new(),
            slugs: HashMap::new(),
            grants: OnceLock::new(),
        };
        for (index, repository) in company.repositories.iter().enumerate() {
            if !repository.exists.contains(&now) {
                continue;
            }
            listing.repositories.push(index);
            for (_, name) in repository.name.all().iter().filter(|(at, _)| *at <= now) {
                listing.former_names.insert(name.to_lowercase(), index);
            }
            listing.names.insert(repository.name.at(now).to_lowercase(), index);
        }
        for (index, team) in company.teams.iter().enumerate() {
            if team.exists.contains(&now) {
                listing.teams.push(index);
                listing.slugs.insert(team.slug.at(now).to_lowercase(), index);
            }
        }
        listing
    }

    /// What each team may do in which repository, from the teams above it too.
    fn grants(&self, company: &Company, now: Instant) -> &[BTreeMap<usize, Permission>] {
        self.grants.get_or_init(|| {
            let mut own: Vec<BTreeMap<usize, Permission>> = vec![BTreeMap::new(); company.teams.len()];
            for index in &self.repositories {
                for (team, permission) in company.repositories[*index].teams.at(now) {
                    let granted = own[*team].entry(*index).or_insert(*permission);
                    *granted = (*granted).max(*permission);
                }
            }
            let mut all = own.clone();
            for team in &self.teams {
                let mut above = *company.teams[*team].parent.at(now);
                // A cycle would be the generator's mistake; it must not hang the server.
                for _ in 0..16 {
                    let Some(parent) = above else { break };
                    for (repository, permission) in &own[parent] {
                        let granted = all[*team].entry(*repository).or_insert(*permission);
                        *granted = (*granted).max(*permission);
                    }
                    above = *company.teams[parent].parent.at(now);
                }
            }
            all
        })
    }
}

/// One request: an instant, one who asks, and what was spent on the answer.
pub(super) struct Visit {
    pub(super) github: Arc<GitHub>,
    pub(super) now: Instant,
    pub(super) viewer: Viewer,
    /// What links begin with.
    pub(super) base: String,
    pub(super) listing: Arc<Listing>,
    spent: AtomicUsize,
    /// Whose repositories they see besides those that all members see.
    teams: Vec<usize>,
}

/// What a name led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) index: usize,
    /// It bears another name by now.
    pub(super) renamed: bool,
}

/// How members of a team are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    All,
    Immediate,
    ChildTeam,
}

impl Visit {
    pub(super) fn new(github: &Arc<GitHub>, asked: &Asked, viewer: Viewer) -> Self {
        let company = &github.company;
        let listing = github.epochs.at(company, asked.now);
        let person = company.people.iter().position(|person| person.login == viewer.login);
        let teams = match person {
            Some(person) if !viewer.is_owner() => {
                let belongs = |team: &usize| {
                    company.teams[*team].members.iter().any(|member| member.person == person && member.during.contains(&asked.now))
                };
                listing.teams.iter().copied().filter(belongs).collect()
            }
            _ => Vec::new(),
        };
        Self { github: Arc::clone(github), now: asked.now, viewer, base: asked.base.clone(), listing, spent: AtomicUsize::new(0), teams }
    }

    pub(super) fn company(&self) -> &Company {
        &self.github.company
    }

    pub(super) fn repository(&self, index: usize) -> &Repository {
        &self.company().repositories[index]
    }

    /// Counts what the answer is made of; false if that is more than the server is willing to gather.
    pub(super) fn spend(&self, count: usize) -> bool {
        let spent = self.spent.fetch_add(count, Ordering::Relaxed) + count;
        self.github.options.resources.is_none_or(|limit| spent <= limit)
    }

    /// Whether a repository is there for the one who asks.
    pub(super) fn sees(&self, index: usize) -> bool {
        let repository = self.repository(index);
        if !repository.exists.contains(&self.now) {
            return false;
        }
        let visibility = *repository.visibility.at(self.now);
        if visibility == Visibility::Public {
            return true;
        }
        if !self.viewer.sees_hidden() || !self.viewer.reaches(repository.id) {
            return false;
        }
        visibility == Visibility::Internal
            || self.viewer.is_owner()
            || self.teams.iter().any(|team| self.grants(*team).contains_key(&index))
    }

    /// Repositories that the one who asks may see, in the order in which they were made.
    pub(super) fn repositories(&self) -> impl Iterator<Item = usize> + '_ {
        self.listing.repositories.iter().copied().filter(|index| self.sees(*index))
    }

    /// The repository with this name now, or else the one that had it.
    pub(super) fn find(&self, owner: &str, name: &str) -> Option<Found> {
        if !owner.eq_ignore_ascii_case(&self.company().login) {
            return None;
        }
        let name = name.to_lowercase();
        let found = match self.listing.names.get(&name) {
            Some(index) => Found { index: *index, renamed: false },
            None => Found { index: *self.listing.former_names.get(&name)?, renamed: true },
        };
        self.sees(found.index).then_some(found)
    }

    pub(super) fn find_by_id(&self, id: u64) -> Option<usize> {
        self.listing.repositories.iter().copied().find(|index| self.repository(*index).id == id && self.sees(*index))
    }

    pub(super) fn find_team(&self, slug: &str) -> Option<usize> {
        self.listing.slugs.get(&slug.to_lowercase()).copied()
    }

    pub(super) fn find_person(&self, login: &str) -> Option<usize> {
        self.people().find(|person| self.company().people[*person].login.eq_ignore_ascii_case(login))
    }

    /// Those who work there now.
    pub(super) fn people(&self) -> impl Iterator<Item = usize> + '_ {
        self.company().people.iter().enumerate().filter(|(_, person)| person.employed.contains(&self.now)).map(|(index, _)| index)
    }

    pub(super) fn name(&self, index: usize) -> &str {
        self.repository(index).name.at(self.now)
    }

    pub(super) fn full_name(&self, index: usize) -> String {
        format!("{}/{}", self.company().login, self.name(index))
    }

    pub(super) fn visibility(&self, index: usize) -> Visibility {
        *self.repository(index).visibility.at(self.now)
    }

    /// What a team may do where.
    pub(super) fn grants(&self, team: usize) -> &BTreeMap<usize, Permission> {
        &self.listing.grants(self.company(), self.now)[team]
    }

    pub(super) fn parent(&self, team: usize) -> Option<usize> {
        self.company().teams[team].parent.at(self.now).filter(|parent| self.company().teams[*parent].exists.contains(&self.now))
    }

    pub(super) fn children(&self, team: usize) -> Vec<usize> {
        self.listing.teams.iter().copied().filter(|child| self.parent(*child) == Some(team)).collect()
    }

    /// People of a team, by login, and whether they maintain it.
    pub(super) fn members(&self, team: usize, membership: Membership) -> Vec<(usize, bool)> {
        let mut members: BTreeMap<usize, bool> = BTreeMap::new();
        if membership != Membership::ChildTeam {
            for member in &self.company().teams[team].members {
                if member.during.contains(&self.now) && self.company().people[member.person].employed.contains(&self.now) {
                    members.insert(member.person, member.maintainer);
                }
            }
        }
        if membership != Membership::Immediate {
            for child in self.children(team) {
                for (person, _) in self.members(child, Membership::All) {
                    members.entry(person).or_insert(false);
                }
            }
        }
        let mut members: Vec<(usize, bool)> = members.into_iter().collect();
        members.sort_by(|a, b| self.company().people[a.0].login.cmp(&self.company().people[b.0].login));
        members
    }

    /// How many commits there are.
    pub(super) fn count(&self, index: usize) -> usize {
        commits_until(self.repository(index), self.now)
    }

    /// The newest commit; none in an empty repository.
    pub(super) fn head(&self, index: usize) -> Option<usize> {
        self.count(index).checked_sub(1)
    }

    /// The objects up to now.
    pub(super) fn line(&self, index: usize) -> MutexGuard<'_, Line> {
        self.github.line(index, self.count(index))
    }

    pub(super) fn pushed_at(&self, index: usize) -> Instant {
        let repository = self.repository(index);
        let commit = self.head(index).map(|head| repository.commits[head].at);
        let tag = self.tags(index).last().map(|tag| repository.tags[*tag].at);
        commit.max(tag).unwrap_or(repository.exists.start)
    }

    pub(super) fn updated_at(&self, index: usize) -> Instant {
        let repository = self.repository(index);
        let mut newest = repository.exists.start.max(self.pushed_at(index));
        let mut look = |at: Instant| {
            if at <= self.now {
                newest = newest.max(at);
            }
        };
        repository.name.all().iter().for_each(|step| look(step.0));
        repository.description.all().iter().for_each(|step| look(step.0));
        repository.visibility.all().iter().for_each(|step| look(step.0));
        repository.archived.all().iter().for_each(|step| look(step.0));
        repository.topics.all().iter().for_each(|step| look(step.0));
        newest
    }

    /// Since when it is archived; none if it is not.
    pub(super) fn archived_at(&self, index: usize) -> Option<Instant> {
        let repository = self.repository(index);
        let steps = repository.archived.all();
        let now = steps.partition_point(|(at, _)| *at <= self.now).saturating_sub(1);
        steps[now].1.then(|| steps[now].0.max(repository.exists.start))
    }

    /// Positions of the tags that exist, oldest first.
    pub(super) fn tags(&self, index: usize) -> Vec<usize> {
        let repository = self.repository(index);
        let count = self.count(index);
        let there = |tag: &Tag| tag.at <= self.now && tag.commit < count;
        (0..repository.tags.len()).filter(|tag| there(&repository.tags[*tag])).collect()
    }

    /// Positions of the tags with a release, oldest first.
    pub(super) fn releases(&self, index: usize) -> Vec<usize> {
        let tags = &self.repository(index).tags;
        self.tags(index).into_iter().filter(|tag| tags[*tag].released).collect()
    }

    /// What a tag's name points to.
    pub(super) fn tag_target(&self, index: usize, tag: usize) -> Object {
        let tag_data = &self.repository(index).tags[tag];
        if is_annotated(tag_data) { Object::Tag(tag) } else { Object::Commit(tag_data.commit) }
    }

    /// The id of anything.
    pub(super) fn oid(&self, index: usize, object: &Object) -> Oid {
        match object {
            Object::Blob(blob) => blob.oid,
            Object::Tree(tree) => tree.oid,
            Object::Commit(commit) => self.line(index).commit(*commit),
            Object::Tag(tag) => {
                let repository = self.repository(index);
                let bytes = self.line(index).tag_bytes(self.company(), repository, &repository.tags[*tag]);
                Oid::of(super::objects::Kind::Tag, &bytes)
            }
        }
    }

    /// The object with this id, if it can be reached by now.
    pub(super) fn locate(&self, index: usize, oid: Oid) -> Option<Object> {
        let found = self.line(index).locate(oid, self.count(index));
        found.or_else(|| {
            let mut tags = self.tags(index).into_iter().map(|tag| self.tag_target(index, tag));
            tags.find(|target| matches!(target, Object::Tag(_)) && self.oid(index, target) == oid)
        })
    }

    /// What git's words for a revision lead to: `HEAD`, a branch, a tag, an id, each with `~2`, `^`, `:path`.
    pub(super) fn resolve(&self, index: usize, expression: &str) -> Option<Object> {
        let (revision, path) = match expression.split_once(':') {
            Some((revision, path)) => (revision, Some(path)),
            None => (expression, None),
        };
        let object = self.revision(index, revision)?;
        let Some(path) = path else { return Some(object) };
        let path = path.strip_prefix("./").unwrap_or(path);
        if path.starts_with('/') {
            return None;
        }
        let (commit, folder) = match object {
            Object::Commit(commit) => (commit, String::new()),
            Object::Tag(tag) => (self.repository(index).tags[tag].commit, String::new()),
            Object::Tree(TreeAt { commit, path, .. }) => (commit, path),
            Object::Blob(_) => return None,
        };
        self.line(index).find(commit, &super::objects::join(&folder, path))
    }

    /// The commit that a revision leads to.
    pub(super) fn commit(&self, index: usize, revision: &str) -> Option<usize> {
        match self.revision(index, revision)? {
            Object::Commit(commit) => Some(commit),
            Object::Tag(tag) => Some(self.repository(index).tags[tag].commit),
            Object::Tree(_) | Object::Blob(_) => None,
        }
    }

    fn revision(&self, index: usize, revision: &str) -> Option<Object> {
        let repository = self.repository(index);
        if let Some(base) = revision.strip_suffix("^{commit}") {
            return self.commit(index, base).map(Object::Commit);
        }
        if let Some(base) = revision.strip_suffix("^{tree}") {
            let commit = self.commit(index, base)?;
            return self.line(index).find(commit, "");
        }
        if let Some((base, steps)) = revision.rsplit_once('~') {
            let steps: usize = if steps.is_empty() { 1 } else { steps.parse().ok()? };
            return self.commit(index, base)?.checked_sub(steps).map(Object::Commit);
        }
        if let Some(base) = revision.strip_suffix('^') {
            return self.commit(index, base)?.checked_sub(1).map(Object::Commit);
        }
        let branch = revision.strip_prefix("refs/heads/").or_else(|| revision.strip_prefix("heads/")).unwrap_or(revision);
        if matches!(revision, "HEAD" | "@") || branch == repository.default_branch {
            return self.head(index).map(Object::Commit);
        }
        let name = revision.strip_prefix("refs/tags/").or_else(|| revision.strip_prefix("tags/")).unwrap_or(revision);
        if let Some(tag) = self.tags(index).into_iter().find(|tag| repository.tags[*tag].name == name) {
            return Some(self.tag_target(index, tag));
        }
        Oid::parse(revision).and_then(|oid| self.locate(index, oid))
    }

    /// The bytes of a file at the newest commit.
    pub(super) fn file(&self, index: usize, path: &str) -> Option<Bytes> {
        let head = self.head(index)?;
        let found = self.line(index).find(head, path);
        match found {
            Some(Object::Blob(blob)) => Some(self.github.content(index, blob)),
            _ => None,
        }
    }

    /// Bytes of each programming language at the newest commit, most first.
    pub(super) fn languages(&self, index: usize) -> Vec<(&'static str, &'static str, usize)> {
        let Some(head) = self.head(index) else { return Vec::new() };
        let mut sizes: BTreeMap<&'static str, (&'static str, usize)> = BTreeMap::new();
        self.line(index).walk(head, "", &mut |path, entry| {
            if let super::objects::EntryObject::File(blob) = entry.object
                && let Some((name, colour)) = language(path)
            {
                sizes.entry(name).or_insert((colour, 0)).1 += blob.size;
            }
        });
        let mut sizes: Vec<_> = sizes.into_iter().map(|(name, (colour, size))| (name, colour, size)).collect();
        sizes.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(b.0)));
        sizes
    }

    /// What the licence file says: key, name, SPDX id.
    pub(super) fn licence(&self, index: usize) -> Option<(&'static str, &'static str, &'static str)> {
        let text = ["LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING"].iter().find_map(|path| self.file(index, path))?;
        let start = String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned();
        let known = [
            ("Apache License", ("apache-2.0", "Apache License 2.0", "Apache-2.0")),
            ("MIT License", ("mit", "MIT License", "MIT")),
            ("BSD 3-Clause", ("bsd-3-clause", "BSD 3-Clause \"New\" or \"Revised\" License", "BSD-3-Clause")),
            ("Mozilla Public License", ("mpl-2.0", "Mozilla Public License 2.0", "MPL-2.0")),
        ];
        let found = known.iter().find(|(words, _)| start.contains(words)).map(|(_, licence)| *licence);
        Some(found.unwrap_or(("other", "Other", "NOASSERTION")))
    }
}

/// Whether git and GitHub take this for something else than text.
pub(super) fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(8000)].contains(&0)
}
