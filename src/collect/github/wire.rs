//! GitHub's own JSON under its own names; only the fields that are read.
//!
//! # Invariants
//! - Everything that may be absent, forbidden or not answered is an `Option`: a null is never a fact by itself.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::model::Instant;

/// What GraphQL answers, with status 200 also if it is an error.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(crate) struct Envelope<T> {
    #[serde(default = "nothing")]
    pub(crate) data: Option<T>,
    #[serde(default)]
    pub(crate) errors: Option<Vec<GraphQlError>>,
}

fn nothing<T>() -> Option<T> {
    None
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct GraphQlError {
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) path: Option<Vec<Value>>,
}

impl GraphQlError {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    /// The server stopped in the middle of the query.
    pub(crate) fn is_resource_limit(&self) -> bool {
        self.is("RESOURCE_LIMITS_EXCEEDED") || self.message.starts_with("Resource limits for this query exceeded")
    }

    /// Nothing at all is answered until some time.
    pub(crate) fn is_rate_limit(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        self.is("RATE_LIMITED")
            || self.is("RATE_LIMIT")
            || message.contains("api rate limit exceeded")
            || message.contains("secondary rate limit")
    }

    /// Whether it concerns this place or something below or above it.
    pub(crate) fn touches(&self, place: &[&str]) -> bool {
        let Some(path) = &self.path else { return false };
        path.iter().zip(place).all(|(part, name)| match part {
            Value::String(text) => text == name,
            Value::Number(number) => number.to_string() == *name,
            _ => false,
        })
    }
}

/// Answers that tell what they cost.
pub(crate) trait Rated {
    fn rate(&self) -> Option<&RateLimit> {
        None
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RateLimit {
    pub(crate) cost: u64,
    pub(crate) node_count: u64,
    pub(crate) limit: Option<u64>,
    pub(crate) remaining: Option<u64>,
    pub(crate) reset_at: Option<Instant>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) token: String,
    pub(crate) expires_at: Instant,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) account: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Account {
    #[serde(default)]
    pub(crate) login: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PageInfo {
    pub(crate) has_next_page: bool,
    pub(crate) end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InventoryData {
    #[serde(default)]
    pub(crate) organization: Option<InventoryOrganization>,
    #[serde(default)]
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Rated for InventoryData {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct InventoryOrganization {
    #[serde(default)]
    pub(crate) repositories: Option<RepositoryPage>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RepositoryPage {
    #[serde(default)]
    pub(crate) total_count: u64,
    #[serde(default)]
    pub(crate) page_info: PageInfo,
    #[serde(default)]
    pub(crate) nodes: Option<Vec<Option<RepositoryNode>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RepositoryNode {
    pub(crate) id: String,
    pub(crate) database_id: Option<u64>,
    pub(crate) name_with_owner: String,
    pub(crate) url: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) homepage_url: Option<String>,
    pub(crate) visibility: Option<String>,
    pub(crate) is_archived: bool,
    pub(crate) is_fork: bool,
    pub(crate) is_empty: bool,
    pub(crate) created_at: Option<Instant>,
    pub(crate) primary_language: Option<Named>,
    pub(crate) repository_topics: Option<Nodes<TopicNode>>,
    pub(crate) latest_release: Option<Release>,
    pub(crate) default_branch_ref: Option<Branch>,
    pub(crate) root: Option<TreeObject>,
    pub(crate) tags: Option<TagPage>,
    pub(crate) pushed_at: Option<Instant>,
    pub(crate) newest_deployment: Option<Nodes<NewestDeployment>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewestDeployment {
    pub(crate) database_id: Option<u64>,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Nodes<T> {
    #[serde(default = "none")]
    pub(crate) nodes: Option<Vec<Option<T>>>,
}

fn none<T>() -> Option<Vec<Option<T>>> {
    None
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TopicNode {
    pub(crate) topic: Named,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Release {}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Branch {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) target: Option<CommitObject>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommitObject {
    pub(crate) oid: String,
    #[serde(default)]
    pub(crate) committed_date: Option<Instant>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TreeObject {
    pub(crate) oid: String,
    #[serde(default)]
    pub(crate) entries: Option<Vec<TreeEntry>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TreeEntry {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) mode: u32,
    pub(crate) oid: String,
    #[serde(default)]
    pub(crate) size: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TagPage {
    pub(crate) total_count: u64,
    pub(crate) page_info: PageInfo,
    pub(crate) nodes: Option<Vec<Option<TagNode>>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TagNode {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) target: Option<TagTarget>,
}

/// What a tag names: a commit, or a tag again.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagTarget {
    #[serde(rename = "__typename")]
    pub(crate) kind: String,
    pub(crate) oid: String,
    #[serde(default)]
    pub(crate) committed_date: Option<Instant>,
    #[serde(default)]
    pub(crate) tagger: Option<Tagger>,
    #[serde(default)]
    pub(crate) target: Option<Box<TagTarget>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tagger {
    #[serde(default)]
    pub(crate) date: Option<Instant>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LookupData {
    #[serde(default)]
    pub(crate) nodes: Option<Vec<Option<LookupNode>>>,
    #[serde(default)]
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Rated for LookupData {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LookupNode {
    pub(crate) id: String,
    pub(crate) name_with_owner: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamsData {
    #[serde(default)]
    pub(crate) organization: Option<TeamsOrganization>,
    #[serde(default)]
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Rated for TeamsData {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamsOrganization {
    #[serde(default)]
    pub(crate) teams: Option<TeamPage>,
    #[serde(default)]
    pub(crate) members_with_role: Option<PersonPage>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamPage {
    #[serde(default)]
    pub(crate) total_count: u64,
    #[serde(default)]
    pub(crate) page_info: PageInfo,
    #[serde(default)]
    pub(crate) nodes: Option<Vec<Option<TeamNode>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TeamNode {
    pub(crate) database_id: Option<u64>,
    pub(crate) slug: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) parent_team: Option<Slug>,
    pub(crate) members: Option<PersonPage>,
    pub(crate) repositories: Option<PermissionPage>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Slug {
    pub(crate) slug: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PersonPage {
    pub(crate) total_count: u64,
    pub(crate) page_info: PageInfo,
    pub(crate) nodes: Option<Vec<Option<PersonNode>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PersonNode {
    pub(crate) database_id: Option<u64>,
    pub(crate) login: String,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PermissionPage {
    pub(crate) total_count: u64,
    pub(crate) page_info: PageInfo,
    pub(crate) edges: Option<Vec<Option<PermissionEdge>>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PermissionEdge {
    #[serde(default)]
    pub(crate) permission: Option<String>,
    #[serde(default)]
    pub(crate) node: Option<Numbered>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Numbered {
    #[serde(default)]
    pub(crate) database_id: Option<u64>,
}

/// Of a query of our own making, whose answers stand under aliases.
#[derive(Debug)]
pub(crate) struct Aliased<T> {
    pub(crate) answers: BTreeMap<String, Option<T>>,
    pub(crate) rate_limit: Option<RateLimit>,
}

impl<T> Rated for Aliased<T> {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Aliased<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Answers<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Answers<T> {
            type Value = Aliased<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("answers by alias")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut aliased = Aliased { answers: BTreeMap::new(), rate_limit: None };
                while let Some(alias) = map.next_key::<String>()? {
                    if alias == "rateLimit" {
                        aliased.rate_limit = map.next_value()?;
                    } else if alias == "__typename" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        aliased.answers.insert(alias, map.next_value()?);
                    }
                }
                Ok(aliased)
            }
        }
        deserializer.deserialize_map(Answers(std::marker::PhantomData))
    }
}

/// A blob in GraphQL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BlobObject {
    pub(crate) oid: String,
    pub(crate) is_truncated: bool,
    pub(crate) text: Option<String>,
}

/// The files of one repository by alias.
pub(crate) type BlobsByAlias = BTreeMap<String, Option<BlobObject>>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagsOnly {
    #[serde(default)]
    pub(crate) tags: Option<TagPage>,
}

/// The next pages of teams, under the alias of the organisation.
pub(crate) type TeamsByAlias = BTreeMap<String, Option<TeamNode>>;

/// A tree in REST.
#[derive(Debug, Deserialize)]
pub(crate) struct RestTree {
    pub(crate) tree: Vec<RestEntry>,
    #[serde(default)]
    pub(crate) truncated: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RestEntry {
    pub(crate) path: String,
    pub(crate) mode: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) sha: String,
    #[serde(default)]
    pub(crate) size: Option<u64>,
}

/// Custom properties of one repository.
#[derive(Debug, Deserialize)]
pub(crate) struct PropertyValues {
    pub(crate) repository_id: u64,
    #[serde(default)]
    pub(crate) properties: Vec<Property>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Property {
    pub(crate) property_name: String,
    #[serde(default)]
    pub(crate) value: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckData {
    #[serde(default)]
    pub(crate) viewer: Option<Viewer>,
    #[serde(default)]
    pub(crate) organization: Option<CheckedOrganization>,
    #[serde(default)]
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Rated for CheckData {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Viewer {
    pub(crate) login: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CheckedOrganization {
    #[serde(default)]
    pub(crate) repositories: Option<Counted>,
    #[serde(default)]
    pub(crate) teams: Option<Counted>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counted {
    #[serde(default)]
    pub(crate) total_count: u64,
}

/// `GET /rate_limit`.
#[derive(Debug, Deserialize)]
pub(crate) struct RateState {
    #[serde(default)]
    pub(crate) resources: BTreeMap<String, RateResource>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RateResource {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    pub(crate) reset: i64,
}
