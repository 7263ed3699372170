//! The simulated company and its systems: servers on loopback that speak the sources' own protocols.
//!
//! # Invariants
//! - Same seed and size, same company, to the byte.
//! - A server is written from the contract that its source publishes, never from our own client; it knows `model` alone.
//! - Servers answer as of the clock that they are given and reveal nothing of what comes later.

pub mod argocd;
pub mod cdevents;
pub mod clock;
pub mod company;
pub mod confluence;
pub mod consul;
pub mod github;
pub mod jenkins;
pub mod jira;
pub mod kubernetes;
pub mod mattermost;
pub mod packages;
pub mod pagerduty;
pub mod serve;
pub mod sonarqube;
pub mod statuspage;
pub mod systems;
pub mod zendesk;
