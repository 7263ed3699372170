//! From what GitHub says of repositories, teams and people to statements. Pure.
//!
//! # Invariants
//! - What only the forge says has origins of its own: `github`, `custom-property`, `team-permission`. What files say comes
//!   from [`crate::collect::git::convert`] and is the same whoever reads them.
//! - An owner by permission is stated only where exactly one team has the highest one; a guess would look like a fact.
//! - Names of teams and people are those that CODEOWNERS uses: `team:SLUG`, `person:LOGIN`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::collect::git::codeowners::owner_of;
use crate::collect::git::descriptor::parse_ref;
use crate::collect::github::wire::{NewestDeployment, RepositoryNode, TagPage, TagTarget, TreeEntry};
use crate::model::body::{General, LastCommit, TaggedVersion, WebLink, to_body};
use crate::model::{EntityRef, Facet, Instant, Kind, Resource, Statement};

/// Modes of git, as GraphQL tells them.
const MODE_LINK: u32 = 0o120_000;

/// A repository as it was listed.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// GitHub's number, which stays through renames and transfers.
    pub(crate) id: u64,
    /// The id in GraphQL.
    pub(crate) node: String,
    /// `acme/billing`.
    pub(crate) name: String,
    /// The scope of its own resource.
    pub(crate) scope: String,
    /// The address for people.
    pub(crate) web: String,
    /// The default branch and its newest commit; none if there is none, or it was not told.
    pub(crate) head: Option<Head>,
    /// It says itself that it has no commit.
    pub(crate) is_empty: bool,
    /// The files and folders in its root, with the root's own id.
    pub(crate) root: Option<(String, Vec<TreeEntry>)>,
    /// The newest tags.
    pub(crate) tags: ListedTags,
    pub(crate) is_archived: bool,
    pub(crate) is_fork: bool,
    description: Option<String>,
    homepage: Option<String>,
    visibility: Option<String>,
    created: Option<Instant>,
    language: Option<String>,
    topics: Vec<String>,
    has_release: bool,
    /// When anything was last pushed, to whatever branch.
    pub(crate) pushed: Option<Instant>,
    /// The newest deployment; none if there is none, or it was not told.
    pub(crate) deployment: Option<NewestDeployment>,
    /// Why its deployments are not told, if they are not.
    pub(crate) untold: Option<String>,
}

/// The newest commit of the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) branch: String,
    pub(crate) commit: String,
    /// The committer's time.
    pub(crate) at: Option<Instant>,
}

/// The newest tags and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListedTags {
    pub(crate) counted: u64,
    /// Tags that name commits.
    pub(crate) newest: BTreeMap<String, TaggedVersion>,
    /// Tags that name something else, or that were not told.
    pub(crate) others: u64,
    /// Where the listing goes on.
    pub(crate) after: Option<String>,
}

impl ListedTags {
    pub(crate) fn of(page: Option<TagPage>) -> Self {
        let page = page.unwrap_or_default();
        let mut tags = Self { counted: page.total_count, ..Self::default() };
        if page.page_info.has_next_page {
            tags.after = page.page_info.end_cursor;
        }
        for node in page.nodes.unwrap_or_default() {
            match node.and_then(|node| Some((node.name, tagged(node.target?)?))) {
                Some((name, version)) => {
                    tags.newest.insert(name, version);
                }
                None => tags.others += 1,
            }
        }
        tags
    }
}

/// The commit behind a tag with the outermost tagger's time, else the committer's, as git itself is read.
fn tagged(target: TagTarget) -> Option<TaggedVersion> {
    let mut tagger = None;
    let mut target = target;
    loop {
        tagger = tagger.or(target.tagger.and_then(|tagger| tagger.date));
        if target.kind == "Commit" {
            return Some(TaggedVersion { commit: target.oid, at: tagger.or(target.committed_date)? });
        }
        target = *target.target?;
    }
}

impl Listed {
    /// A repository of which its number, name and address are known.
    pub(crate) fn of(node: RepositoryNode, scope: &str) -> Option<Self> {
        let (owner, name) = node.name_with_owner.split_once('/')?;
        if owner.is_empty() || name.is_empty() || EntityRef::new(Kind::Repository, node.name_with_owner.as_str()).is_err() {
            return None;
        }
        let head = node.default_branch_ref.and_then(|branch| {
            let target = branch.target?;
            Some(Head { branch: branch.name, commit: target.oid, at: target.committed_date })
        });
        let topics: BTreeSet<String> = node
            .repository_topics
            .and_then(|topics| topics.nodes)
            .unwrap_or_default()
            .into_iter()
            .flatten()
            .map(|node| node.topic.name)
            .collect();
        let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Some(Self {
            id: node.database_id?,
            node: node.id,
            web: node.url.filter(|url| is_web(url))?,
            scope: scope.to_owned(),
            head,
            is_empty: node.is_empty,
            root: node.root.and_then(|root| Some((root.oid, root.entries?))),
            tags: ListedTags::of(node.tags),
            is_archived: node.is_archived,
            is_fork: node.is_fork,
            description: filled(node.description),
            homepage: filled(node.homepage_url).filter(|url| is_web(url)),
            visibility: node.visibility.map(|word| word.to_lowercase()),
            created: node.created_at,
            language: node.primary_language.map(|language| language.name),
            topics: topics.into_iter().collect(),
            has_release: node.latest_release.is_some(),
            pushed: node.pushed_at,
            deployment: node.newest_deployment.and_then(|found| found.nodes).unwrap_or_default().into_iter().flatten().next(),
            untold: None,
            name: node.name_with_owner,
        })
    }

    pub(crate) fn owner(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    pub(crate) fn short_name(&self) -> &str {
        self.name.split_once('/').map_or(self.name.as_str(), |(_, name)| name)
    }

    pub(crate) fn resource(&self) -> Arc<Resource> {
        Arc::new(Resource { id: self.name.clone(), kind: Kind::Repository, scope: self.scope.clone() })
    }

    pub(crate) fn last_commit(&self) -> Option<LastCommit> {
        let head = self.head.as_ref()?;
        Some(LastCommit { id: head.commit.clone(), at: head.at? })
    }

    /// What the forge alone says, as one body.
    fn general(&self, tells_languages: bool) -> General {
        let mut annotations = BTreeMap::new();
        if let Some(created) = self.created {
            annotations.insert("github.com/created-at".to_owned(), created.to_string());
        }
        if self.is_fork {
            annotations.insert("github.com/fork".to_owned(), "true".to_owned());
        }
        let link = |url: String, title: &str| WebLink { url, title: Some(title.to_owned()) };
        let mut links = vec![link(self.web.clone(), "Repository")];
        links.extend(self.homepage.clone().map(|url| link(url, "Homepage")));
        if self.has_release {
            links.push(link(format!("{}/releases", self.web), "Releases"));
        }
        General {
            reference: EntityRef::new(Kind::Repository, self.name.as_str()).ok(),
            description: self.description.clone(),
            status: self.is_archived.then(|| "archived".to_owned()),
            languages: if tells_languages { self.language.iter().cloned().collect() } else { Vec::new() },
            topics: self.topics.clone(),
            visibility: self.visibility.clone(),
            default_branch: self.head.as_ref().map(|head| head.branch.clone()),
            links,
            annotations,
            ..General::default()
        }
    }

    /// A text that differs when anything but the head and the facts of the organisation differs.
    pub(crate) fn fingerprint(&self) -> String {
        let mut text = serde_json::to_string(&to_body(&self.general(true))).unwrap_or_default();
        text.push_str(&format!("\0{}\0{}\0{}\0{}", self.scope, self.web, self.is_empty, self.tags.counted));
        for (name, version) in &self.tags.newest {
            text.push_str(&format!("\0{name}\0{}\0{}", version.commit, version.at.micros()));
        }
        text
    }
}

fn is_web(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(['"', '<', '>', ' ', '\\'])
}

/// Whether an entry of a tree is a file, a link, a folder, or none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Link,
    Folder,
}

/// What an entry is; none for a submodule.
pub(crate) fn entry_kind(kind: &str, mode: u32) -> Option<EntryKind> {
    match kind {
        "tree" => Some(EntryKind::Folder),
        "blob" if mode == MODE_LINK => Some(EntryKind::Link),
        "blob" => Some(EntryKind::File),
        _ => None,
    }
}

/// What the organisation says of a repository beside the repository itself. Remembered, so that a run which may not or
/// cannot read it says again what was known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OrganisationFacts {
    /// Custom properties as text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) properties: BTreeMap<String, String>,
    /// The owner that one of them names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) owner: Vec<EntityRef>,
    /// The slug of the team that owns it by its permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) team: Option<String>,
}

/// Everything that the forge says of a repository beside its files.
pub(crate) fn repository(listed: &Listed, facts: &OrganisationFacts, tells_languages: bool) -> Vec<Statement> {
    let resource = listed.resource();
    let mut statements = Vec::new();
    let mut put = |origin: &str, general: &General, check: String| {
        let body = to_body(general);
        if !body.is_empty() {
            let resource = Arc::clone(&resource);
            statements.push(Statement { resource, origin: origin.to_owned(), facet: Facet::General, body: Some(body), check: Some(check) });
        }
    };
    put("github", &listed.general(tells_languages), listed.web.clone());
    let by_property = General { owner: facts.owner.clone(), labels: facts.properties.clone(), ..General::default() };
    put("custom-property", &by_property, listed.web.clone());
    if let Some(slug) = &facts.team
        && let Ok(team) = EntityRef::new(Kind::Team, slug.as_str())
    {
        let base = listed.web.strip_suffix(&format!("/{}", listed.name)).unwrap_or(&listed.web);
        let check = format!("{base}/orgs/{}/teams/{slug}", listed.owner());
        put("team-permission", &General { owner: vec![team], ..General::default() }, check);
    }
    statements
}

/// A custom property's value as text; none if it says nothing.
pub(crate) fn property_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::trim).collect::<Vec<_>>().join(", "),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The owners that custom properties name: by the first of `names` that names any.
pub(crate) fn property_owner(properties: &BTreeMap<String, String>, names: &[String], teams: &TeamNames) -> Vec<EntityRef> {
    for name in names {
        let Some(text) = properties.iter().find(|(property, _)| property.eq_ignore_ascii_case(name)).map(|(_, text)| text) else {
            continue;
        };
        let mut owners: Vec<EntityRef> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let owner = teams.team(part).or_else(|| owner_of(part)).or_else(|| parse_ref(part, Some(Kind::Team), None).ok());
            if let Some(owner) = owner.filter(|owner| matches!(owner.kind(), Kind::Team | Kind::Person))
                && !owners.contains(&owner)
            {
                owners.push(owner);
            }
        }
        if !owners.is_empty() {
            return owners;
        }
    }
    Vec::new()
}

/// Teams by their slugs and names, for values that people typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct TeamNames(BTreeMap<String, String>);

impl TeamNames {
    pub(crate) fn new<'a>(teams: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let mut names = BTreeMap::new();
        let teams: Vec<_> = teams.into_iter().collect();
        for (slug, name) in &teams {
            if let Some(name) = name {
                names.insert(name.to_lowercase(), (*slug).to_owned());
            }
        }
        // A slug is exact; a name may be that of another team's slug.
        for (slug, _) in teams {
            names.insert(slug.to_lowercase(), slug.to_owned());
        }
        Self(names)
    }

    fn team(&self, text: &str) -> Option<EntityRef> {
        EntityRef::new(Kind::Team, self.0.get(&text.to_lowercase())?.as_str()).ok()
    }
}

/// A team as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) id: u64,
    pub(crate) slug: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) parent: Option<String>,
    /// Logins of those who are in it directly.
    pub(crate) members: BTreeSet<String>,
    /// What it may do, by the repository's number.
    pub(crate) permissions: BTreeMap<u64, Permission>,
}

/// What a team may do, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Permission {
    /// Anything below maintaining.
    Less,
    Maintain,
    Admin,
}

impl Permission {
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "ADMIN" => Self::Admin,
            "MAINTAIN" => Self::Maintain,
            _ => Self::Less,
        }
    }
}

/// The team that owns each repository by its permission: the only one with admin, else the only one that maintains it.
///
/// Teams inherit what the teams above them may do, so of a team and those above it only the highest counts.
pub(crate) fn owners_by_permission(teams: &[Team]) -> BTreeMap<u64, String> {
    let by_slug: BTreeMap<&str, &Team> = teams.iter().map(|team| (team.slug.as_str(), team)).collect();
    let mut candidates: BTreeMap<u64, BTreeMap<&str, Permission>> = BTreeMap::new();
    for team in teams {
        for (repository, permission) in &team.permissions {
            if *permission > Permission::Less {
                candidates.entry(*repository).or_default().insert(&team.slug, *permission);
            }
        }
    }
    let mut owners = BTreeMap::new();
    for (repository, teams) in candidates {
        let Some(highest) = teams.values().max() else { continue };
        let holds = |slug: &str| teams.get(slug) == Some(highest);
        let inherits = |slug: &str| {
            let mut above = by_slug.get(slug).and_then(|team| team.parent.as_deref());
            // A circle of parents cannot be, but must not hang us.
            for _ in 0..32 {
                match above {
                    Some(parent) if holds(parent) => return true,
                    Some(parent) => above = by_slug.get(parent).and_then(|team| team.parent.as_deref()),
                    None => return false,
                }
            }
            false
        };
        let mut holders = teams.keys().filter(|slug| holds(slug) && !inherits(slug));
        if let (Some(owner), None) = (holders.next(), holders.next()) {
            owners.insert(repository, (*owner).to_owned());
        }
    }
    owners
}

/// The resource of a team or person of an organisation.
pub(crate) fn member_resource(organisation: &str, kind: Kind, name: &str) -> Arc<Resource> {
    let id = format!("{organisation}#{}:{}", kind.word(), name.to_lowercase());
    Arc::new(Resource { id, kind, scope: teams_scope(organisation) })
}

/// The scope of teams and people. No repository can have this name.
pub(crate) fn teams_scope(organisation: &str) -> String {
    format!("{organisation}#teams")
}

/// A person as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) name: Option<String>,
}

/// What an organisation says of its teams and people. `web` is the address of GitHub's pages, without a slash at its end.
pub(crate) fn teams_and_people(organisation: &str, web: &str, teams: &[Team], people: &BTreeMap<String, Person>) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut put = |kind: Kind, name: &str, general: &General, check: String| {
        let resource = member_resource(organisation, kind, name);
        let origin = "github".to_owned();
        statements.push(Statement { resource, origin, facet: Facet::General, body: Some(to_body(general)), check: Some(check) });
    };
    let team_ref = |slug: &str| EntityRef::new(Kind::Team, slug).ok();
    for team in teams {
        let url = team.url.clone().filter(|url| is_web(url)).unwrap_or_else(|| format!("{web}/orgs/{organisation}/teams/{}", team.slug));
        let general = General {
            reference: team_ref(&team.slug),
            title: team.name.clone(),
            description: team.description.clone().map(|text| text.trim().to_owned()),
            parent: team.parent.as_deref().and_then(team_ref),
            links: vec![WebLink { url: url.clone(), title: Some("Team".to_owned()) }],
            ..General::default()
        };
        put(Kind::Team, &team.slug, &general, url);
    }
    for person in people.values() {
        let mut member_of: Vec<EntityRef> =
            teams.iter().filter(|team| team.members.contains(&person.login)).filter_map(|team| team_ref(&team.slug)).collect();
        member_of.sort();
        let url = format!("{web}/{}", person.login);
        let general = General {
            reference: EntityRef::new(Kind::Person, person.login.as_str()).ok(),
            title: person.name.clone().map(|name| name.trim().to_owned()),
            member_of,
            links: vec![WebLink { url: url.clone(), title: Some("Profile".to_owned()) }],
            ..General::default()
        };
        put(Kind::Person, &person.login, &general, url);
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(slug: &str, parent: Option<&str>, permissions: &[(u64, Permission)]) -> Team {
        Team {
            slug: slug.to_owned(),
            parent: parent.map(str::to_owned),
            permissions: permissions.iter().copied().collect(),
            ..Team::default()
        }
    }

    #[test]
    fn the_only_team_with_the_highest_permission_owns_a_repository() {
        use Permission::{Admin, Less, Maintain};
        let teams = [
            team("money", None, &[(4, Admin)]),
            team("payments", Some("money"), &[(1, Admin), (2, Maintain), (3, Admin), (4, Admin), (5, Less)]),
            team("cards", Some("money"), &[(1, Maintain), (2, Less), (3, Admin), (4, Admin)]),
        ];
        let owners = owners_by_permission(&teams);
        let told: Vec<_> = owners.iter().map(|(id, slug)| (*id, slug.as_str())).collect();
        assert_eq!(told, [(1, "payments"), (2, "payments"), (4, "money")], "two teams with admin own nothing; heirs do not count");
    }

    #[test]
    fn a_circle_of_parents_ends() {
        let teams = [team("a", Some("b"), &[(1, Permission::Admin)]), team("b", Some("a"), &[])];
        assert_eq!(owners_by_permission(&teams).len(), 0);
    }

    #[test]
    fn custom_properties_name_owners_in_the_words_of_people() {
        let teams = TeamNames::new([("payments", Some("Payments & Billing")), ("cards", None)]);
        let names = ["owner".to_owned(), "team".to_owned()];
        let owner = |pairs: &[(&str, &str)]| {
            let properties = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            property_owner(&properties, &names, &teams).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(owner(&[("Owner", "Payments & Billing")]), "team:payments");
        assert_eq!(owner(&[("team", "cards"), ("owner", " ")]), "team:cards");
        assert_eq!(owner(&[("owner", "@acme/cards, @ada")]), "team:cards person:ada");
        assert_eq!(owner(&[("owner", "user:ada")]), "person:ada");
        assert_eq!(owner(&[("owner", "group:default/new-team")]), "team:new-team");
        assert_eq!(owner(&[("owner", "component:x"), ("team", "some words")]), "");
        assert_eq!(property_text(&serde_json::json!(["a", "b"])).as_deref(), Some("a, b"));
        assert_eq!(property_text(&Value::Null), None);
    }

    #[test]
    fn a_tag_of_a_tag_names_the_commit_and_the_outermost_time() {
        let page: TagPage = serde_json::from_value(serde_json::json!({"totalCount": 3, "nodes": [
            {"name": "v1", "target": {"__typename": "Commit", "oid": "c1", "committedDate": "2026-01-01T00:00:00Z"}},
            {"name": "v2", "target": {"__typename": "Tag", "oid": "t", "tagger": {"date": "2026-02-02T00:00:00Z"},
                "target": {"__typename": "Commit", "oid": "c2", "committedDate": "2026-01-01T00:00:00Z"}}},
            {"name": "tree", "target": {"__typename": "Tree", "oid": "x"}},
        ]}))
        .unwrap();
        let tags = ListedTags::of(Some(page));
        let told: Vec<_> = tags.newest.iter().map(|(name, tag)| format!("{name} {} {}", tag.commit, tag.at)).collect();
        assert_eq!(told, ["v1 c1 2026-01-01T00:00:00Z", "v2 c2 2026-02-02T00:00:00Z"]);
        assert_eq!(tags.others, 1);
    }
}
