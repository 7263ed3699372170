//! The objects of the API server under their own names: only the fields that are read.
//!
//! # Invariants
//! - Unknown fields are skipped without being kept; what is absent or null is the default.
//! - Times stay text: one that is no time does not make the object unreadable.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::model::Instant;

/// Go writes an empty list or map as null.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A page of a list.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    #[serde(default, deserialize_with = "nullable")]
    pub(crate) metadata: ListMeta,
    pub(crate) items: Option<Vec<T>>,
}

/// The same, with its objects unread.
#[derive(Deserialize)]
pub(crate) struct RawPage<'a> {
    #[serde(default, deserialize_with = "nullable")]
    pub(crate) metadata: ListMeta,
    #[serde(borrow)]
    pub(crate) items: Option<Vec<&'a RawValue>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListMeta {
    #[serde(rename = "continue")]
    pub(crate) next: Option<String>,
    pub(crate) resource_version: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Meta {
    #[serde(deserialize_with = "nullable")]
    pub(crate) name: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) namespace: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) uid: String,
    pub(crate) resource_version: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) generation: i64,
    pub(crate) creation_timestamp: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) annotations: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) owner_references: Vec<Owner>,
}

impl Meta {
    /// When it was created, if that is told.
    pub(crate) fn created(&self) -> Option<Instant> {
        time(self.creation_timestamp.as_deref())
    }

    /// The object that controls it.
    pub(crate) fn controller(&self) -> Option<&Owner> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }
}

/// A time as the API server writes it.
pub(crate) fn time(text: Option<&str>) -> Option<Instant> {
    text?.parse().ok()
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Owner {
    #[serde(deserialize_with = "nullable")]
    pub(crate) uid: String,
    pub(crate) controller: Option<bool>,
}

/// An object that can be listed and watched.
pub(crate) trait Object: DeserializeOwned + Clone + Send + 'static {
    /// Its metadata.
    fn meta(&self) -> &Meta;
}

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(crate) struct $name {
            #[serde(deserialize_with = "nullable")]
            pub(crate) metadata: Meta,
            $(#[serde(deserialize_with = "nullable")] pub(crate) $field: $type,)*
        }

        impl Object for $name {
            fn meta(&self) -> &Meta {
                &self.metadata
            }
        }
    )*};
}

objects! {
    /// `apps/v1`.
    Deployment { spec: ReplicatedSpec, status: DeploymentStatus }
    /// `apps/v1`.
    StatefulSet { spec: ReplicatedSpec, status: StatefulSetStatus }
    /// `apps/v1`.
    DaemonSet { spec: ReplicatedSpec, status: DaemonSetStatus }
    /// `batch/v1`.
    CronJob { spec: CronJobSpec, status: CronJobStatus }
    /// `batch/v1`: read for whose pods are whose.
    Job {}
    /// `apps/v1`.
    ReplicaSet { spec: ReplicatedSpec }
    /// `apps/v1`.
    ControllerRevision { data: RevisionData, revision: i64 }
    /// `v1`.
    Pod { spec: PodSpec, status: PodStatus }
    /// `v1`.
    Node {}
    /// `v1`.
    Service { spec: ServiceSpec }
    /// `networking.k8s.io/v1`.
    Ingress { spec: IngressSpec }
    /// `autoscaling/v2`, or `v1`: what is read of it is the same.
    HorizontalPodAutoscaler { spec: AutoscalerSpec }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReplicatedSpec {
    pub(crate) replicas: Option<i64>,
    pub(crate) paused: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) template: Template,
    #[serde(deserialize_with = "nullable")]
    pub(crate) update_strategy: UpdateStrategy,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateStrategy {
    #[serde(deserialize_with = "nullable")]
    pub(crate) rolling_update: RollingUpdate,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RollingUpdate {
    #[serde(deserialize_with = "nullable")]
    pub(crate) partition: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Template {
    #[serde(deserialize_with = "nullable")]
    pub(crate) metadata: TemplateMeta,
    #[serde(deserialize_with = "nullable")]
    pub(crate) spec: PodSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TemplateMeta {
    #[serde(deserialize_with = "nullable")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) annotations: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodSpec {
    pub(crate) node_name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) init_containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) overhead: BTreeMap<String, Quantity>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) resources: Resources,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Container {
    #[serde(deserialize_with = "nullable")]
    pub(crate) name: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) image: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) resources: Resources,
    pub(crate) restart_policy: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resources {
    #[serde(deserialize_with = "nullable")]
    pub(crate) requests: BTreeMap<String, Quantity>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) limits: BTreeMap<String, Quantity>,
}

/// A quantity as it is written; a bare number is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quantity(pub(crate) String);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Number(serde_json::Number),
            Nothing(()),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Number(number) => number.to_string(),
            Written::Nothing(()) => String::new(),
        }))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DeploymentStatus {
    #[serde(deserialize_with = "nullable")]
    pub(crate) observed_generation: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) replicas: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) updated_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) ready_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) available_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Condition {
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub(crate) type_: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) last_update_time: Option<String>,
    pub(crate) last_transition_time: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StatefulSetStatus {
    #[serde(deserialize_with = "nullable")]
    pub(crate) observed_generation: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) replicas: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) updated_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) ready_replicas: i64,
    pub(crate) available_replicas: Option<i64>,
    pub(crate) current_revision: Option<String>,
    pub(crate) update_revision: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DaemonSetStatus {
    #[serde(deserialize_with = "nullable")]
    pub(crate) observed_generation: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) desired_number_scheduled: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) updated_number_scheduled: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) number_ready: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) number_available: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CronJobSpec {
    pub(crate) schedule: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) suspend: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) job_template: JobTemplate,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct JobTemplate {
    #[serde(deserialize_with = "nullable")]
    pub(crate) spec: JobSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct JobSpec {
    #[serde(deserialize_with = "nullable")]
    pub(crate) template: Template,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CronJobStatus {
    pub(crate) last_schedule_time: Option<String>,
    pub(crate) last_successful_time: Option<String>,
}

/// The part of a StatefulSet or DaemonSet that a ControllerRevision keeps.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RevisionData {
    #[serde(deserialize_with = "nullable")]
    pub(crate) spec: JobSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodStatus {
    #[serde(deserialize_with = "nullable")]
    pub(crate) phase: String,
    pub(crate) reason: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContainerStatus {
    #[serde(deserialize_with = "nullable")]
    pub(crate) name: String,
    #[serde(rename = "imageID")]
    pub(crate) image_id: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) restart_count: i64,
    #[serde(deserialize_with = "nullable")]
    pub(crate) state: ContainerState,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ContainerState {
    pub(crate) waiting: Option<Reason>,
    pub(crate) terminated: Option<Reason>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reason {
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServiceSpec {
    #[serde(deserialize_with = "nullable")]
    pub(crate) selector: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct IngressSpec {
    #[serde(deserialize_with = "nullable")]
    pub(crate) default_backend: Backend,
    #[serde(deserialize_with = "nullable")]
    pub(crate) rules: Vec<IngressRule>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) tls: Vec<IngressTls>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct IngressRule {
    pub(crate) host: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) http: HttpRule,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HttpRule {
    #[serde(deserialize_with = "nullable")]
    pub(crate) paths: Vec<HttpPath>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HttpPath {
    #[serde(deserialize_with = "nullable")]
    pub(crate) backend: Backend,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Backend {
    pub(crate) service: Option<Named>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    #[serde(deserialize_with = "nullable")]
    pub(crate) name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct IngressTls {
    #[serde(deserialize_with = "nullable")]
    pub(crate) hosts: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AutoscalerSpec {
    #[serde(deserialize_with = "nullable")]
    pub(crate) scale_target_ref: Target,
    pub(crate) min_replicas: Option<i64>,
    pub(crate) max_replicas: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Target {
    #[serde(deserialize_with = "nullable")]
    pub(crate) kind: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) name: String,
}

/// What an API server says of a request that failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Status {
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) code: u16,
    #[serde(deserialize_with = "nullable")]
    pub(crate) message: String,
}
