//! Jenkins' own JSON under its own names; only the fields that are read.

use serde::Deserialize;
use serde_json::Value;

use crate::collect::null::or_default;

/// Properties of a build that are asked for.
pub(super) const BUILD: &str = "number,timestamp,duration,result,building,actions[lastBuiltRevision[SHA1,branch[name]],remoteUrls,causes[shortDescription,userId,userName,upstreamProject,upstreamBuild],parameters[name,value]]";

/// A folder, or Jenkins itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Folder {
    pub(super) jobs: Vec<Item>,
}

/// A job or a folder in a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    pub(super) name: String,
    #[serde(default)]
    pub(super) last_build: Option<LastBuild>,
    /// Of folders; those of the last level that is asked for are cut to one.
    #[serde(default)]
    pub(super) jobs: Option<Vec<Item>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct LastBuild {
    pub(super) number: u64,
}

/// A slice of a job's builds.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Builds {
    pub(super) all_builds: Vec<Value>,
}

/// A build.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Build {
    pub(super) number: u64,
    /// Milliseconds since 1970.
    pub(super) timestamp: i64,
    /// Milliseconds; 0 until it is over.
    #[serde(default)]
    pub(super) duration: i64,
    /// None until it is over.
    #[serde(default)]
    pub(super) result: Option<String>,
    #[serde(default)]
    pub(super) building: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) actions: Vec<Option<Action>>,
}

/// What plugins say of a build; each says something else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Action {
    #[serde(default)]
    pub(super) last_built_revision: Option<Revision>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) remote_urls: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) causes: Vec<Cause>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Revision {
    #[serde(rename = "SHA1", default)]
    pub(super) sha: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) branch: Vec<Branch>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Branch {
    #[serde(default)]
    pub(super) name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cause {
    #[serde(rename = "_class", default)]
    pub(super) class: String,
    #[serde(default)]
    pub(super) short_description: Option<String>,
    #[serde(default)]
    pub(super) user_id: Option<String>,
    #[serde(default)]
    pub(super) user_name: Option<String>,
    #[serde(default)]
    pub(super) upstream_project: Option<String>,
    #[serde(default)]
    pub(super) upstream_build: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Parameter {
    #[serde(default)]
    pub(super) name: String,
    /// Text, number, true or false; absent for passwords and files.
    #[serde(default)]
    pub(super) value: Value,
}
