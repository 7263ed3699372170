//! What can be counted through time, in which unit, and what it means.
//!
//! # Invariants
//! - `docs/metrics.md` has every definition in full, with examples that are tests; here is what fits beside a figure.

use serde::{Deserialize, Serialize};

use crate::model::{EntityId, Instant};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Metric {
    /// Services that exist.
    Services,
    /// Repositories that exist.
    Repositories,
    /// Teams that exist.
    Teams,
    /// Different packages in use.
    Packages,
    /// Services without an owner.
    UnownedServices,
    /// Services without a descriptor.
    UndeclaredServices,
    /// Declared packages, each once a manifest.
    DirectDependencies,
    /// Changes of the timeline.
    Changes,
    /// Share of lines and branches that tests reach, projects weighted by their lines of code.
    Coverage,
    /// Share of services and repositories with a known gate whose gate does not fail.
    GatePassShare,
    /// Lines of code that were measured.
    LinesOfCode,
    /// Share of direct dependencies that are behind, of those of which it is known.
    OutdatedDirectShare,
    /// Libyears of the direct dependencies.
    Libyears,
    /// Services that use a package with a published weakness in the version used.
    VulnerableServices,
    /// Services that use a runtime or base image out of support.
    EndOfLifeServices,
    /// Share of the time in which the product worked.
    Stability,
    /// Incidents that began.
    Incidents,
    /// Critical incidents that began.
    CriticalIncidents,
    /// How long the critical incidents that began went on in all, in seconds.
    CriticalIncidentSeconds,
    /// How long the middle one of them went on, in seconds.
    CriticalIncidentMedianSeconds,
    /// How long it took until somebody looked at the middle one of them, in seconds.
    AcknowledgeMedianSeconds,
    /// Open bugs in production.
    OpenBugs,
    /// Open bugs in production that are past their SLA.
    BugsInBreach,
    /// Bugs in production that came to be past their SLA.
    NewlyInBreachBugs,
    /// Bugs in production that were resolved later than due.
    LateResolvedBugs,
    /// Bugs in production that were reported.
    CreatedBugs,
    /// Resolved bugs in production that were opened again.
    ReopenedBugs,
    /// Open bugs that came to those that count.
    EnteredBugs,
    /// Bugs in production that were resolved.
    ResolvedBugs,
    /// Open bugs that left those that count.
    LeftBugs,
    /// Support cases that were created.
    SupportCases,
    /// Successful deployments to production.
    Deployments,
    /// The same a day, of the middle service.
    DeploymentsPerDay,
    /// From a commit until it was in production, of the middle service, in seconds.
    LeadTimeSeconds,
    /// Share of deployments that had to be mended at once, of the middle service.
    ChangeFailRate,
    /// From such a deployment until the service was well again, of the middle service, in seconds.
    RecoverySeconds,
    /// Share of deployments that were unplanned, of the middle service.
    ReworkRate,
}

/// In what a figure is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Things that were counted.
    Count,
    /// A share from 0 to 1.
    Ratio,
    /// Seconds.
    Seconds,
    /// Years.
    Years,
    /// How often a day of 24 hours.
    PerDay,
}

/// How a figure is told to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// In a few words.
    pub title: &'static str,
    /// What exactly is counted, in a sentence or two.
    pub definition: &'static str,
    /// In what.
    pub unit: Unit,
    /// Whether more of it is better; nothing if neither can be said.
    pub more_is_better: Option<bool>,
}

/// Metrics that are counted together, in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Family {
    Incidents,
    Bugs,
    SupportCases,
    Delivery,
    /// Each by itself.
    Alone(Metric),
}

impl Metric {
    /// How dear a point is, in entities that a list could show instead.
    #[must_use]
    pub const fn effort(self) -> usize {
        match self {
            Self::OutdatedDirectShare | Self::Libyears | Self::VulnerableServices | Self::EndOfLifeServices => 200,
            Self::Coverage | Self::LinesOfCode => 50,
            _ => match self.family() {
                Family::Delivery => 50,
                Family::Incidents | Family::Bugs | Family::SupportCases => 5,
                Family::Alone(_) => 0,
            },
        }
    }

    pub(super) const fn family(self) -> Family {
        match self {
            Self::Stability
            | Self::Incidents
            | Self::CriticalIncidents
            | Self::CriticalIncidentSeconds
            | Self::CriticalIncidentMedianSeconds
            | Self::AcknowledgeMedianSeconds => Family::Incidents,
            Self::OpenBugs
            | Self::BugsInBreach
            | Self::NewlyInBreachBugs
            | Self::LateResolvedBugs
            | Self::CreatedBugs
            | Self::ReopenedBugs
            | Self::EnteredBugs
            | Self::ResolvedBugs
            | Self::LeftBugs => Family::Bugs,
            Self::SupportCases => Family::SupportCases,
            Self::Deployments
            | Self::DeploymentsPerDay
            | Self::LeadTimeSeconds
            | Self::ChangeFailRate
            | Self::RecoverySeconds
            | Self::ReworkRate => Family::Delivery,
            _ => Family::Alone(self),
        }
    }

    /// Whether it tells how things stand at the end of a period; else what happened in it.
    #[must_use]
    pub const fn is_level(self) -> bool {
        matches!(self, Self::OpenBugs | Self::BugsInBreach) || matches!(self.family(), Family::Alone(_)) && !matches!(self, Self::Changes)
    }

    /// How it is told to people.
    #[must_use]
    pub const fn meaning(self) -> Meaning {
        const fn said(title: &'static str, unit: Unit, more_is_better: Option<bool>, definition: &'static str) -> Meaning {
            Meaning { title, definition, unit, more_is_better }
        }
        use Unit::{Count, PerDay, Ratio, Seconds, Years};
        let (up, down) = (Some(true), Some(false));
        match self {
            Self::Services => said("Services", Count, None, "Services that exist at the end."),
            Self::Repositories => said("Repositories", Count, None, "Repositories that exist at the end."),
            Self::Teams => said("Teams", Count, None, "Teams that exist at the end."),
            Self::Packages => said("Packages in use", Count, None, "Different packages that services and repositories use at the end."),
            Self::UnownedServices => {
                said("Services without an owner", Count, down, "Services that exist at the end and whose owner nobody states.")
            }
            Self::UndeclaredServices => said("Undeclared services", Count, down, "Services at the end that no descriptor declares."),
            Self::DirectDependencies => {
                said("Direct dependencies", Count, None, "Packages that manifests declare at the end, each once a manifest.")
            }
            Self::Changes => said("Changes", Count, None, "Changes of the timeline in the period."),
            Self::Coverage => {
                said("Test coverage", Ratio, up, "Share of lines and branches that tests reach, projects weighted by their lines of code.")
            }
            Self::GatePassShare => said(
                "Passing quality gates",
                Ratio,
                up,
                "Share of services and repositories with a known quality gate whose gate does not fail.",
            ),
            Self::LinesOfCode => said("Lines of code", Count, None, "Lines of code that were measured."),
            Self::OutdatedDirectShare => {
                said("Outdated dependencies", Ratio, down, "Share of direct dependencies that are behind, of those of which it is known.")
            }
            Self::Libyears => {
                said("Libyears", Years, down, "How much older the direct dependencies are than their newest versions, in years in all.")
            }
            Self::VulnerableServices => {
                said("Vulnerable services", Count, down, "Services that use a package with a published weakness in the version used.")
            }
            Self::EndOfLifeServices => said("Out of support", Count, down, "Services that use a runtime or base image out of support."),
            Self::Stability => said(
                "Product stability",
                Ratio,
                up,
                "1 - impact / length of the period. Impact: the time in which incidents went on, by the weight of the worst at each moment (what \
                 overlaps counts once), and a fixed cost for each that began.",
            ),
            Self::Incidents => said("Incidents", Count, down, "Incidents of any severity that began in the period."),
            Self::CriticalIncidents => {
                said("Critical incidents", Count, down, "Incidents that began in the period and ever were critical.")
            }
            Self::CriticalIncidentSeconds => said(
                "Critical incidents, in all",
                Seconds,
                down,
                "How long the critical incidents that began in the period went on in all.",
            ),
            Self::CriticalIncidentMedianSeconds => said(
                "Critical incidents, median",
                Seconds,
                down,
                "Half of the critical incidents that began in the period were over sooner.",
            ),
            Self::AcknowledgeMedianSeconds => said(
                "Time to acknowledge",
                Seconds,
                down,
                "Half of the critical incidents that began in the period and were acknowledged were so sooner.",
            ),
            Self::OpenBugs => said("Open bugs", Count, down, "Bugs in production that are open at the end."),
            Self::BugsInBreach => said(
                "Bugs in breach",
                Count,
                down,
                "Open bugs in production that are later than created + the SLA of their priority, by the policy then. Reopening does not restart \
                 the clock.",
            ),
            Self::NewlyInBreachBugs => {
                said("Newly in breach", Count, down, "Bugs in production that came to be later than their SLA in the period.")
            }
            Self::LateResolvedBugs => {
                said("Resolved late", Count, down, "Bugs in production that were resolved in the period, later than due.")
            }
            Self::CreatedBugs => said("Created bugs", Count, down, "Bugs in production that were reported in the period."),
            Self::ReopenedBugs => said("Reopened bugs", Count, down, "Resolved bugs in production that were opened again in the period."),
            Self::EnteredBugs => said(
                "Bugs that came in",
                Count,
                None,
                "Open bugs that came to those that count: by another owner, link or project, or by being seen in production.",
            ),
            Self::ResolvedBugs => said("Resolved bugs", Count, up, "Bugs in production that were resolved in the period."),
            Self::LeftBugs => said(
                "Bugs that went out",
                Count,
                None,
                "Open bugs that left those that count: by another owner, link or project, by not being seen in production, or deleted.",
            ),
            Self::SupportCases => said("Support cases", Count, down, "Support cases that customers newly reported in the period."),
            Self::Deployments => {
                said("Deployments", Count, up, "Successful deployments to production in the period; one version in several regions is one.")
            }
            Self::DeploymentsPerDay => said(
                "Deployments a day",
                PerDay,
                up,
                "Successful deployments to production a day of 24 hours, of the middle service (DORA).",
            ),
            Self::LeadTimeSeconds => said(
                "Change lead time",
                Seconds,
                down,
                "From the committer's time of each commit to the first deployment to production that contains it; the median over the commits, \
                 of the middle service (DORA).",
            ),
            Self::ChangeFailRate => said(
                "Change fail rate",
                Ratio,
                down,
                "Share of deployments to production that an incident is linked to or that a rollback took away, of the middle service (DORA).",
            ),
            Self::RecoverySeconds => said(
                "Failed deployment recovery",
                Seconds,
                down,
                "From a failed deployment until the rollback or the end of its incidents; the median, of the middle service (DORA).",
            ),
            Self::ReworkRate => said(
                "Rework rate",
                Ratio,
                down,
                "Share of deployments to production that were unplanned: rollbacks, hotfixes, and the first one during an incident that a \
                 deployment caused, of the middle service (DORA).",
            ),
        }
    }
}

/// For whom something is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whose {
    /// Only what belongs to this team (and the teams below), system, domain or repository, or is this entity.
    pub of: Option<EntityId>,
    /// How that is told apart.
    pub split: Split,
}

/// Of what there is one figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// Of all in all.
    #[default]
    Whole,
    /// Of each owner.
    Owner,
    /// Of each entity.
    Entity,
}

/// What to count, for whom, and up to when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub metric: Metric,
    pub whose: Whose,
    /// The present: nothing is counted beyond it.
    pub now: Instant,
}
