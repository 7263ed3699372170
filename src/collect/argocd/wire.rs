//! Argo CD's own JSON under its own names; only the fields that are read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::collect::null::or_default;
use crate::model::Instant;

/// `v1alpha1ApplicationList`. Each item is read by itself, so that one that cannot be costs that one alone.
#[derive(Debug, Deserialize)]
pub(crate) struct List<'a> {
    /// Null, not empty, from some versions.
    #[serde(borrow)]
    pub(crate) items: Option<Vec<&'a RawValue>>,
    /// Told by every list; a page of another kind has none.
    #[expect(dead_code, reason = "its presence is what counts")]
    pub(crate) metadata: ListMeta,
}

/// `v1ListMeta`.
#[derive(Debug, Deserialize)]
pub(crate) struct ListMeta {}

/// What can be read of an application that cannot be read.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) metadata: Meta,
}

/// `v1alpha1Application`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Application {
    pub(crate) metadata: Meta,
    pub(crate) spec: Spec,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) status: Status,
}

/// `v1ObjectMeta`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Meta {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    #[serde(default)]
    pub(crate) uid: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// `v1alpha1ApplicationSpec`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spec {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) destination: Destination,
    #[serde(default)]
    pub(crate) source: Option<Source>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) sources: Vec<Source>,
    #[serde(default)]
    pub(crate) revision_history_limit: Option<u64>,
}

/// `v1alpha1ApplicationDestination`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Destination {
    /// The cluster's name, if it was given by name.
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
}

/// `v1alpha1ApplicationSource`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source {
    #[serde(default, rename = "repoURL")]
    pub(crate) repo_url: String,
    #[serde(default)]
    pub(crate) chart: Option<String>,
    #[serde(default)]
    pub(crate) target_revision: Option<String>,
    /// It only lends files to the others.
    #[serde(default, rename = "ref")]
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) helm: Option<Helm>,
    #[serde(default)]
    pub(crate) kustomize: Option<Kustomize>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Helm {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Parameter {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Kustomize {
    /// `name=new-name:tag`, `name:tag`.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) images: Vec<String>,
}

/// `v1alpha1ApplicationStatus`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) history: Vec<Synced>,
    #[serde(default)]
    pub(crate) operation_state: Option<OperationState>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) summary: AppSummary,
    /// The namespace of Argo CD itself.
    #[serde(default)]
    pub(crate) controller_namespace: Option<String>,
}

/// `v1alpha1RevisionHistory`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Synced {
    #[serde(default)]
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) revision: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) revisions: Vec<String>,
    pub(crate) deployed_at: Instant,
    #[serde(default)]
    pub(crate) deploy_started_at: Option<Instant>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) initiated_by: Initiator,
    #[serde(default)]
    pub(crate) source: Option<Source>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) sources: Vec<Source>,
}

/// `v1alpha1OperationInitiator`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Initiator {
    #[serde(default)]
    pub(crate) username: Option<String>,
    #[serde(default)]
    pub(crate) automated: bool,
}

/// `v1alpha1OperationState`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationState {
    pub(crate) phase: String,
    pub(crate) started_at: Instant,
    #[serde(default)]
    pub(crate) finished_at: Option<Instant>,
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) sync_result: Option<SyncResult>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) operation: Operation,
}

/// `v1alpha1SyncOperationResult`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct SyncResult {
    #[serde(default)]
    pub(crate) revision: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) revisions: Vec<String>,
    #[serde(default)]
    pub(crate) source: Option<Source>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) sources: Vec<Source>,
}

/// `v1alpha1Operation`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    #[serde(default)]
    pub(crate) sync: Option<SyncOperation>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) initiated_by: Initiator,
}

/// `v1alpha1SyncOperation`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncOperation {
    #[serde(default)]
    pub(crate) revision: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) revisions: Vec<String>,
    #[serde(default)]
    pub(crate) dry_run: bool,
    /// Only some of the application's objects.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) resources: Vec<serde::de::IgnoredAny>,
}

/// `v1alpha1ApplicationSummary`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct AppSummary {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) images: Vec<String>,
}

/// `versionVersionMessage`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Version {
    pub(crate) version: String,
}

/// `sessionGetUserInfoResponse`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserInfo {
    #[serde(default)]
    pub(crate) logged_in: bool,
    #[serde(default)]
    pub(crate) username: String,
}

/// `sessionSessionResponse`.
#[derive(Debug, Deserialize)]
pub(crate) struct Session {
    pub(crate) token: String,
}
