//! What the sources send and take, under their own names; only the fields that are read.
//!
//! Contracts: `api.proto` of deps.dev (v3, and v3alpha for the batch), `osv_service_v1` and the OSV schema, the OpenAPI
//! description of endoflife.date, npm's registry API, PEP 503, 691 and 700, and cargo's sparse index.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// deps.dev: `GetPackage`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DepsPackage {
    pub(super) package_key: DepsKey,
    pub(super) versions: Vec<DepsVersion>,
}

/// deps.dev: a package, or a version of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DepsKey {
    pub(super) system: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) version: String,
}

/// deps.dev: a version as `GetPackage` lists it, or as `GetVersion` answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DepsVersion {
    pub(super) version_key: DepsKey,
    pub(super) published_at: Option<String>,
    pub(super) is_default: bool,
    pub(super) is_deprecated: bool,
    pub(super) deprecated_reason: String,
    pub(super) licenses: Vec<String>,
    pub(super) links: Vec<DepsLink>,
}

/// deps.dev: a link that a version declares.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DepsLink {
    pub(super) label: String,
    pub(super) url: String,
}

/// deps.dev: `GetVersionBatch`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DepsBatch {
    pub(super) requests: Vec<DepsBatchItem>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) page_token: String,
}

/// deps.dev: one version that a batch asks for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DepsBatchItem {
    pub(super) version_key: DepsKey,
}

/// deps.dev: what a batch answers; a version that is not known has none.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DepsBatchAnswer {
    pub(super) responses: Vec<DepsBatchResponse>,
    pub(super) next_page_token: String,
}

/// deps.dev: one version of a batch.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DepsBatchResponse {
    pub(super) request: DepsBatchItem,
    pub(super) version: Option<DepsVersion>,
}

/// OSV: many questions at once.
#[derive(Debug, Serialize)]
pub(super) struct OsvBatch<'a> {
    pub(super) queries: Vec<OsvQuery<'a>>,
}

/// OSV: one question. The version is part of the package URL, and must then stand nowhere else.
#[derive(Debug, Serialize)]
pub(super) struct OsvQuery<'a> {
    pub(super) package: OsvPurl<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) page_token: Option<&'a str>,
}

/// OSV: a package by its URL.
#[derive(Debug, Serialize)]
pub(super) struct OsvPurl<'a> {
    pub(super) purl: &'a str,
}

/// OSV: answers in the order of the questions.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OsvBatchAnswer {
    pub(super) results: Vec<Option<OsvResult>>,
}

/// OSV: the answer to one question; empty if nothing is known against it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OsvResult {
    pub(super) vulns: Vec<OsvFound>,
    pub(super) next_page_token: Option<String>,
}

/// OSV: an id, and when its record changed last.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OsvFound {
    pub(super) id: String,
    pub(super) modified: String,
}

/// OSV: a record, as far as it is read; it is cached in this form.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OsvRecord {
    pub(super) id: String,
    pub(super) modified: String,
    pub(super) published: Option<String>,
    pub(super) withdrawn: Option<String>,
    pub(super) summary: String,
    // The schema allows null for lists.
    pub(super) aliases: Option<Vec<String>>,
    pub(super) severity: Option<Vec<OsvSeverity>>,
    pub(super) affected: Option<Vec<OsvAffected>>,
    pub(super) database_specific: Value,
}

/// OSV: a vector, not a number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OsvSeverity {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) score: String,
}

/// OSV: a package that a record affects.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OsvAffected {
    pub(super) package: OsvPackage,
    pub(super) ranges: Vec<OsvRange>,
    pub(super) severity: Option<Vec<OsvSeverity>>,
}

/// OSV: its name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OsvPackage {
    pub(super) name: String,
    pub(super) purl: String,
}

/// OSV: affected versions by what begins and ends them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OsvRange {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) events: Vec<BTreeMap<String, String>>,
}

/// endoflife.date: every product with its releases.
#[derive(Debug, Deserialize)]
pub(super) struct EndOfLifeProducts {
    pub(super) result: Vec<EndOfLifeProduct>,
}

/// endoflife.date: a product; it is cached in this form.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EndOfLifeProduct {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) aliases: Vec<String>,
    pub(super) links: EndOfLifeLinks,
    pub(super) releases: Vec<EndOfLifeRelease>,
}

/// endoflife.date: links of a product.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EndOfLifeLinks {
    pub(super) html: Option<String>,
    pub(super) release_policy: Option<String>,
}

/// endoflife.date: a release cycle. Booleans may be null where they do not apply.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EndOfLifeRelease {
    pub(super) name: String,
    pub(super) release_date: Option<String>,
    pub(super) is_lts: Option<bool>,
    pub(super) eol_from: Option<String>,
    pub(super) latest: Option<EndOfLifeVersion>,
}

/// endoflife.date: the newest version of a cycle.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EndOfLifeVersion {
    pub(super) name: String,
}

/// npm: a packument. Loose, as registries of many ages answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Packument {
    pub(super) name: String,
    #[serde(rename = "dist-tags")]
    pub(super) dist_tags: BTreeMap<String, Value>,
    pub(super) versions: BTreeMap<String, Value>,
    /// Dates by version, with `created`, `modified` and sometimes `unpublished`, which is an object.
    pub(super) time: BTreeMap<String, Value>,
    pub(super) license: Value,
}

/// PEP 691: a project's files; PEP 700 adds versions and dates.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SimpleProject {
    pub(super) name: String,
    pub(super) versions: Vec<String>,
    pub(super) files: Vec<SimpleFile>,
}

/// PEP 691: a file. `yanked` is a boolean or the reason.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct SimpleFile {
    pub(super) filename: String,
    pub(super) upload_time: Option<String>,
    pub(super) yanked: Value,
}

/// The JSON beside the simple index: `/NAME/json`.
#[derive(Debug, Deserialize)]
pub(super) struct ProjectJson {
    #[serde(default)]
    pub(super) info: ProjectInfo,
    pub(super) releases: BTreeMap<String, Vec<ProjectFile>>,
}

/// What a project says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProjectInfo {
    pub(super) license: Option<String>,
    pub(super) license_expression: Option<String>,
}

/// A file of a release.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProjectFile {
    pub(super) upload_time_iso_8601: Option<String>,
    pub(super) yanked: bool,
    pub(super) yanked_reason: Option<String>,
}

/// cargo: a line of the sparse index.
#[derive(Debug, Deserialize)]
pub(super) struct IndexLine {
    pub(super) name: String,
    pub(super) vers: String,
    #[serde(default)]
    pub(super) yanked: bool,
    /// New in 2025; most registries do not say it.
    #[serde(default)]
    pub(super) pubtime: Option<String>,
}
