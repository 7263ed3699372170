//! What the company delivers: where its services run, what was deployed there and when, and the pull requests and
//! workflow runs on the way.
//!
//! # Invariants
//! - Everything follows from the commits of the repositories: a deployment is of a commit that was there when it was
//!   queued, and a merged pull request is one commit of the default branch.
//! - At one placement (a service in a cluster) deployments follow each other; none begins before the last one is over.
//! - A service reaches staging first, then production region by region, each in its own working hours.
//! - Lists are in order of time where they say so, and every lookup is a binary search.

mod deployments;
mod generate;
mod index;
mod places;
mod pull_requests;
mod runs;
mod services;
mod staff;
#[cfg(test)]
mod tests;

pub(super) use generate::delivery;
pub use index::{Delivery, Running};
pub(super) use staff::member;

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use super::Timed;
use crate::model::Instant;

/// A region of a cloud, or a datacenter of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// `eu-central-1`, `hamburg`.
    pub name: &'static str,
    /// Failure zones: `eu-central-1a`; racks of rooms in a datacenter.
    pub zones: Vec<String>,
    /// IANA time zone; people deploy in the working hours there.
    pub time_zone: &'static str,
    /// The company's own machines.
    pub is_datacenter: bool,
}

/// What a cluster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// Tried out by the company itself.
    Staging,
    /// Used by customers.
    Production,
    /// Used by engineers: build machines, dashboards.
    Tools,
}

impl Environment {
    /// The word in names: `production`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Production => "production",
            Self::Tools => "tools",
        }
    }
}

/// A Kubernetes cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// `prod-eu-central-1`.
    pub name: String,
    /// In [`Delivery::regions`].
    pub region: usize,
    /// What it is for.
    pub environment: Environment,
    /// From its making to its end.
    pub exists: Range<Instant>,
}

/// What brings a service to its clusters, and remembers that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Workflows of GitHub, which record deployments there.
    GitHub,
    /// Argo CD; GitHub records nothing.
    ArgoCd,
    /// Jobs of Jenkins; GitHub records nothing.
    Jenkins,
    /// A tool of its own, which tells others by CDEvents.
    Webhook,
}

/// How a service names what it deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Versioning {
    /// `1.42.0`.
    Numbers,
    /// The first seven digits of the commit.
    Commit,
}

/// What kind of workload runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Workload {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A CronJob: it runs now and then; replicas are the pods of one run.
    CronJob,
}

/// A component that runs somewhere.
#[derive(Clone, Debug)]
pub struct DeployedService {
    /// In [`super::Company::repositories`].
    pub repository: usize,
    /// The component's name, as in `catalog-info.yaml` where there is one; it never changes. Workloads, images,
    /// applications and jobs are called so, too.
    pub name: String,
    /// Its repository's only or first component.
    pub is_main: bool,
    /// The slug of its system, which is its namespace in clusters.
    pub system: String,
    /// What brings it to its clusters.
    pub tool: Tool,
    /// How its versions are named.
    pub versioning: Versioning,
    /// How GitHub's environments of its team are called: see [`EnvironmentNames`].
    pub environment_names: EnvironmentNames,
    /// What runs it.
    pub workload: Workload,
    /// From its first deployment to its shutdown.
    pub exists: Range<Instant>,
    /// Where it runs, in the order in which versions reach it.
    pub placements: Vec<Placement>,
}

/// How a team calls environments in GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnvironmentNames {
    /// `production/eu-central-1`.
    Slash,
    /// `production-eu-central-1`.
    Dash,
    /// `prod-eu-central-1`.
    Short,
    /// `production (eu-central-1)`.
    Parentheses,
}

impl EnvironmentNames {
    /// The name of an environment in a region.
    #[must_use]
    pub fn name(self, environment: Environment, region: &str) -> String {
        let word = environment.word();
        match self {
            Self::Slash => format!("{word}/{region}"),
            Self::Dash => format!("{word}-{region}"),
            Self::Parentheses => format!("{word} ({region})"),
            Self::Short => {
                let word = match environment {
                    Environment::Production => "prod",
                    Environment::Staging => "stage",
                    Environment::Tools => "tools",
                };
                format!("{word}-{region}")
            }
        }
    }
}

/// A service in a cluster.
#[derive(Clone, Debug)]
pub struct Placement {
    /// In [`Delivery::clusters`].
    pub cluster: usize,
    /// While it runs there.
    pub exists: Range<Instant>,
    /// How many pods are wanted.
    pub replicas: Timed<u16>,
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// Well.
    Success,
    /// Not well; what ran before still runs.
    Failure,
    /// Somebody stopped it.
    Cancelled,
}

/// Somebody brought a version of a service to a cluster, or meant to.
///
/// There are many, so it is small: positions are `u32`, and times follow from when it was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// When it was asked for.
    pub queued: Instant,
    /// Seconds until it began.
    pub waited: u32,
    /// Seconds from beginning to end.
    pub took: u32,
    /// In [`Delivery::services`].
    pub service: u32,
    /// In [`super::Repository::commits`] of the service's repository.
    pub commit: u32,
    /// Who: in [`super::Company::people`].
    pub by: u32,
    /// The number of the pull request that brought the commit.
    pub pull_request: Option<NonZeroU32>,
    /// The deployment that it undoes, one more than its position in [`Delivery::deployments`]: see [`Self::undoes`].
    pub(super) rollback_of: Option<NonZeroU32>,
    /// In [`DeployedService::placements`].
    pub placement: u16,
    /// Major, minor, patch; of services whose versions are numbers.
    pub version: (u16, u16, u16),
    /// How it ended.
    pub outcome: Outcome,
    /// It was made in a hurry because the one before was bad.
    pub is_hotfix: bool,
}

impl Deployment {
    /// When it began.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.queued.plus_seconds(self.waited as i64)
    }

    /// When it was over.
    #[must_use]
    pub const fn finished(&self) -> Instant {
        self.started().plus_seconds(self.took as i64)
    }

    /// The position in [`Delivery::deployments`] of the deployment that this one undoes, by bringing back what was before.
    #[must_use]
    pub fn undoes(&self) -> Option<usize> {
        self.rollback_of.map(|after| after.get() as usize - 1)
    }
}

/// A pull request of a repository.
#[derive(Clone, Debug, PartialEq)]
pub struct PullRequest {
    /// In [`super::Company::repositories`].
    pub repository: u32,
    /// Its number in the repository; numbers grow with time.
    pub number: u32,
    /// GitHub's number of it.
    pub id: u64,
    /// Who: in [`super::Company::people`]; the company's bot for updates of dependencies.
    pub author: u32,
    /// When it was opened.
    pub opened: Instant,
    /// It was a draft until then.
    pub draft_until: Option<Instant>,
    /// Reviews in order of time.
    pub reviews: Vec<Review>,
    /// When it was merged or closed; none: it is open at the end of the company's history.
    pub closed: Option<Instant>,
    /// The commit that it became, in [`super::Repository::commits`]; none: not merged.
    pub commit: Option<u32>,
    /// Who merged or closed it.
    pub closed_by: u32,
    /// Lines added.
    pub additions: u32,
    /// Lines deleted.
    pub deletions: u32,
    /// Files changed.
    pub files: u32,
    /// Names of labels.
    pub labels: Vec<&'static str>,
    /// The title where no commit has it.
    pub(super) own_title: Option<Box<str>>,
}

/// What a reviewer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    /// When.
    pub at: Instant,
    /// Who: in [`super::Company::people`].
    pub by: u32,
    /// The verdict.
    pub verdict: Verdict,
}

/// The verdict of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// May be merged.
    Approved,
    /// May not be merged as it is.
    ChangesRequested,
    /// Only said something.
    Commented,
}

/// What a workflow does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Workflow {
    /// Builds and tests.
    Ci,
    /// Deploys.
    Deploy,
    /// Looks every night for known weaknesses.
    Nightly,
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// A push to the default branch.
    Push,
    /// A pull request, by its position in [`Delivery::pull_requests`].
    PullRequest(u32),
    /// The time of day.
    Schedule,
}

/// A run of a workflow. Small, for there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkflowRun {
    /// GitHub's number of it.
    pub id: u64,
    /// When it was asked for.
    pub created: Instant,
    /// In [`super::Company::repositories`].
    pub repository: u32,
    /// The commit that it ran on, in [`super::Repository::commits`]. Of a pull request: the commit that it began from.
    pub commit: u32,
    /// Who started it: in [`super::Company::people`].
    pub by: u32,
    /// How often this workflow of this repository ran until then, this one included.
    pub number: u32,
    /// Seconds until it began.
    pub waited: u32,
    /// Seconds from the beginning to the end of its last attempt.
    pub took: u32,
    /// Which attempt was the last: 2 if somebody ran it once more.
    pub attempt: u8,
    /// What it does.
    pub workflow: Workflow,
    /// What started it.
    pub trigger: Trigger,
    /// How its last attempt ended.
    pub outcome: Outcome,
}

impl WorkflowRun {
    /// When it began.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.created.plus_seconds(self.waited as i64)
    }

    /// When it was over.
    #[must_use]
    pub const fn finished(&self) -> Instant {
        self.started().plus_seconds(self.took as i64)
    }
}

/// Full object ids of commits: (repository, commit) to 40 hexadecimal digits. The simulated GitHub makes the true ones,
/// [`crate::demo::github::GitHub::commit_ids`].
#[derive(Clone)]
pub struct CommitIds(Arc<dyn Fn(usize, usize) -> String + Send + Sync>);

impl CommitIds {
    /// Asks this.
    pub fn asking(ask: impl Fn(usize, usize) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    /// Ids that git never computed, for a server that is tried out alone.
    #[must_use]
    pub fn made_up() -> Self {
        Self::asking(|repository, commit| super::random::Random::new(17).nth(repository).nth(commit).hex(40))
    }

    /// The id of a commit.
    #[must_use]
    pub fn of(&self, repository: usize, commit: usize) -> String {
        (self.0)(repository, commit)
    }
}

impl fmt::Debug for CommitIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitIds")
    }
}
