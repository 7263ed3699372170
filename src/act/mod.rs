//! Acting on workloads of Kubernetes: restart, scale, roll back, delete a pod.
//!
//! # Invariants
//! - In two steps: a plan, which the cluster tried without keeping anything, then the act, by the same person, if the
//!   workload is still as it was planned for.
//! - Every attempt leaves a record on the workload's timeline, written before the call, so that a crash leaves a trace too.
//!   What cannot be recorded is not done.
//! - Planning is pure: objects as the cluster tells them go in, a request or a refusal comes out.
//! - Every write is guarded: it does nothing if the object changed since it was read.
//! - Only the present is acted on; nothing here knows another moment.

pub mod cluster;
pub mod desk;
pub mod difference;
pub mod plan;
pub mod target;
pub mod warning;
pub mod write;

pub use cluster::{CallError, Cluster};
pub use desk::{Clusters, Desk, Done, Error, Outcome, Plan, Who};
pub use difference::Difference;
pub use plan::Refusal;
pub use target::{Act, Target, WorkloadKind};
