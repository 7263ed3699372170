//! Scalars and enums of the schema.

use async_graphql::{Enum, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::api::error::Code;
use crate::{model, query};

/// A moment: an RFC 3339 instant such as `2026-03-01T08:30:00Z`, or a date such as `2026-03-01`. A date means the end
/// of that day in the organisation's time zone, and now for today. A moment in the future is the error `MOMENT_IN_FUTURE`.
pub struct Moment(pub model::Moment);

/// A moment: an RFC 3339 instant such as `2026-03-01T08:30:00Z`, or a date such as `2026-03-01`. A date means the end
/// of that day in the organisation's time zone, and now for today. A moment in the future is the error `MOMENT_IN_FUTURE`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Moment {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => match text.parse() {
                Ok(moment) => Ok(Self(moment)),
                Err(error) => Err(InputValueError::custom(error).with_extension("code", Code::InvalidMoment.word())),
            },
            other => Err(InputValueError::expected_type(other).with_extension("code", Code::InvalidMoment.word())),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An instant in UTC, as RFC 3339 with up to microseconds.
#[derive(Clone, Copy)]
pub struct DateTime(pub model::Instant);

/// An instant in UTC, as RFC 3339 with up to microseconds.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => text.parse().map(Self).map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A calendar day of the organisation's time zone, such as `2026-03-01`.
#[derive(Clone, Copy)]
pub struct Date(pub model::Day);

/// A calendar day of the organisation's time zone, such as `2026-03-01`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let error = |error: InputValueError<Self>| error.with_extension("code", Code::InvalidMoment.word());
        match value {
            Value::String(text) => {
                text.parse().map(Self).map_err(|problem: model::time::ParseTimeError| error(InputValueError::custom(problem)))
            }
            other => Err(error(InputValueError::expected_type(other))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A period: a day (2026-03-01), an ISO week (2026-W46), a month (2026-10), a quarter (2026-Q4), or days (2026-10-01..2026-10-15).
#[derive(Clone, Copy)]
pub struct Period(pub model::Period);

/// A period: a day (2026-03-01), an ISO week (2026-W46), a month (2026-10), a quarter (2026-Q4), or days (2026-10-01..2026-10-15).
#[Scalar]
impl ScalarType for Period {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => match text.parse() {
                Ok(period) => Ok(Self(period)),
                Err(error) => Err(InputValueError::custom(error).with_extension("code", Code::InvalidMoment.word())),
            },
            other => Err(InputValueError::expected_type(other).with_extension("code", Code::InvalidMoment.word())),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Any JSON value, as the source states it.
#[derive(Clone)]
pub struct Json(pub serde_json::Value);

/// Any JSON value, as the source states it.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// What an entity is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "model::Kind")]
pub enum Kind {
    /// A source repository.
    Repository,
    /// A component: service, library, website or job by its type.
    Service,
    /// An interface that services provide and consume.
    Api,
    /// Infrastructure that a service needs: a database, a bucket.
    Resource,
    /// A business area that groups systems.
    Domain,
    /// Services and resources that work together.
    System,
    /// A team or, as a parent of teams, a tribe.
    Team,
    /// A person.
    Person,
    /// A software package.
    Package,
    /// A cluster, region or datacenter.
    Cluster,
    /// Something that runs in a cluster.
    Workload,
    /// A page of documentation.
    Document,
}

/// A named group of facts about an entity.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "model::Facet")]
pub enum Facet {
    /// Name, owner, type, lifecycle, description, links.
    General,
    /// Quality gate, coverage and other measures.
    Quality,
    /// Declared and locked packages.
    Dependencies,
    /// Of a package, once for the organisation: versions, licence, advisories.
    Package,
    /// Of a workload: replicas, images, pods.
    Kubernetes,
    /// Depends on, provides, consumes.
    Relations,
    /// Pages and in-repository documents.
    Documentation,
    /// Instances, health checks, key names.
    Configuration,
}

/// Which history a fact belongs to.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "model::Layer")]
pub enum Layer {
    /// Reconstructed from the source's own history.
    Backfilled,
    /// Seen when it was recorded.
    Observed,
}

/// How a ref found the entity that answers for it.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::lens::Holder")]
pub enum Holder {
    /// It has the ref at the moment.
    Holder,
    /// It had the ref last before the moment.
    Earlier,
    /// It was the first to have the ref after the moment.
    Later,
}

/// Whether an entity is there at the moment, and by whose word.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A source defines it.
    Defined,
    /// It is only mentioned by others.
    Referenced,
    /// It is not there: not yet, or not any more.
    Absent,
}

/// What a change does.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The entity, or the value, was not there before.
    Added,
    /// The value became another one.
    Changed,
    /// The entity, or the value, is not there any more.
    Removed,
}

/// The direction of an order.
#[derive(Enum, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// From A to Z, from old to new.
    #[default]
    Asc,
    /// From Z to A, from new to old.
    Desc,
}

/// What a list is sorted by. Entities without the value come last.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::page::Order")]
pub enum OrderField {
    /// The name, without regard to case.
    Name,
    /// The owner's name.
    Owner,
    /// The lifecycle.
    Lifecycle,
    /// The type.
    Type,
    /// The status.
    Status,
    /// When it changed last, at or before the moment.
    LastChange,
    /// When the oldest confirmation among its statements was.
    LastConfirmed,
    /// The share of lines and branches that tests reach.
    Coverage,
    /// Libyears of the direct dependencies; of a package, of its uses.
    Libyears,
    /// The share of direct dependencies that are behind; of a package, of its uses.
    OutdatedShare,
    /// How many packages have a published weakness in the version used; of a package, how many uses.
    Vulnerable,
    /// Of a package, how many manifests use it.
    Uses,
    /// Of a package, when its newest version was published.
    LatestPublished,
}

/// What the entities of a list are counted by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::groups::By")]
pub enum GroupField {
    /// Of packages, the ecosystem.
    Ecosystem,
    /// Each of the languages.
    Language,
    /// The lifecycle.
    Lifecycle,
    /// The owner: the first of the owners.
    Owner,
    /// The status.
    Status,
    /// The system.
    System,
    /// Each of the topics.
    Topic,
    /// The type.
    Type,
    /// The quality gate: passed, warning or failed.
    Gate,
    /// The licence; of a package, that of its newest version.
    Licence,
    /// Of packages, the registry that was asked.
    Registry,
}

/// What a lane of a timeline stands for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::lanes::By")]
pub enum LaneBy {
    /// An entity.
    Entity,
    /// A facet.
    Facet,
}

/// Where a word of a search was found.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::search::Place")]
pub enum MatchPlace {
    /// The name that it has.
    Name,
    /// A name that it had.
    FormerName,
    /// The title.
    Title,
    /// A topic.
    Topic,
    /// The name of an owner.
    Owner,
    /// An annotation's key or value.
    Annotation,
    /// The description.
    Description,
}

/// How well a word of a search was met.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::search::Quality")]
pub enum MatchQuality {
    /// The word itself.
    Exact,
    /// The word begins so.
    Prefix,
    /// The word begins so, but for one or two letters.
    Fuzzy,
}

/// A figure that can be drawn through time.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::metric::Metric")]
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
    /// Share of lines and branches that tests reach, from 0 to 1, projects weighted by their lines of code.
    Coverage,
    /// Share of services and repositories with a known quality gate whose gate does not fail, from 0 to 1.
    GatePassShare,
    /// Lines of code that were measured, without blanks and comments.
    LinesOfCode,
    /// Share of direct dependencies that are behind, of those of which it is known, from 0 to 1. At most 120 points.
    OutdatedDirectShare,
    /// Libyears of the direct dependencies, each once a manifest. At most 120 points.
    Libyears,
    /// Services that use a package, direct or not, with a published weakness in the version used. At most 120 points.
    VulnerableServices,
    /// Services that use a runtime or base image out of support. At most 120 points.
    EndOfLifeServices,
    /// Share of the time in which the product worked, from 0 to 1: what incidents took by their weight, and a fixed cost each.
    Stability,
    /// Incidents that began.
    Incidents,
    /// Critical incidents that began.
    CriticalIncidents,
    /// How long the critical incidents that began went on in all, in seconds.
    CriticalIncidentSeconds,
    /// How long the middle one of them went on, in seconds.
    CriticalIncidentMedianSeconds,
    /// How long it took until somebody acknowledged the middle one of them, in seconds.
    AcknowledgeMedianSeconds,
    /// Open bugs in production, at the end of each bucket.
    OpenBugs,
    /// Open bugs in production that are past the SLA of their priority, at the end of each bucket.
    BugsInBreach,
    /// Bugs in production that came to be past their SLA.
    NewlyInBreachBugs,
    /// Bugs in production that were resolved later than due.
    LateResolvedBugs,
    /// Bugs in production that were reported.
    CreatedBugs,
    /// Resolved bugs in production that were opened again.
    ReopenedBugs,
    /// Open bugs that came to those that count: by another owner, priority, link, or by being seen in production.
    EnteredBugs,
    /// Bugs in production that were resolved.
    ResolvedBugs,
    /// Open bugs that left those that count.
    LeftBugs,
    /// Support cases that customers newly reported.
    SupportCases,
    /// Successful deployments to production; one version in several regions is one.
    Deployments,
    /// The same a day of 24 hours, of the middle service.
    DeploymentsPerDay,
    /// From a commit until it was in production for the first time, of the middle service, in seconds.
    LeadTimeSeconds,
    /// Share of deployments to production that had to be mended at once, of the middle service.
    ChangeFailRate,
    /// From such a deployment until the service was well again, of the middle service, in seconds.
    RecoverySeconds,
    /// Share of deployments to production that were unplanned, of the middle service.
    ReworkRate,
}

/// In what a figure is measured.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::metric::Unit")]
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

/// Where a figure goes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::quality::trend::Direction")]
pub enum TrendDirection {
    /// Up.
    Rising,
    /// Down.
    Falling,
    /// Chance alone would explain it.
    Unclear,
    /// Too few periods are known to tell.
    TooFew,
}

/// How bad an incident is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "model::trouble::Severity")]
pub enum IncidentSeverity {
    /// It degrades little.
    Minor,
    /// A part does not work, or works badly for many.
    Major,
    /// The product does not work.
    Critical,
}

/// How urgent a bug or support case is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "model::trouble::Priority")]
pub enum Priority {
    /// It can wait.
    Low,
    /// In the normal course.
    Medium,
    /// Before other work.
    High,
    /// At once.
    Critical,
}

/// What a series is split by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Not at all: one series.
    Organisation,
    /// One series for each owner.
    Team,
}

/// The length of a bucket.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::series::Every")]
pub enum Interval {
    /// A day of the organisation's time zone.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// A quarter of a year.
    Quarter,
}

/// Whether a quality gate is met.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// All conditions are met.
    Passed,
    /// Some condition is close to not being met; only old servers say so.
    Warning,
    /// Some condition is not met.
    Failed,
}

impl Gate {
    /// The gate that a word of the facet names.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "passed" => Some(Self::Passed),
            "warning" => Some(Self::Warning),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }
}

/// Whether a quality gate is met, or not known.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum GateState {
    /// All conditions are met.
    Passed,
    /// Some condition is close to not being met; only old servers say so.
    Warning,
    /// Some condition is not met.
    Failed,
    /// No gate was ever computed, or no project is linked to it.
    Unknown,
}

impl GateState {
    /// The word of the facet; none for what is not known.
    pub(crate) fn word(self) -> Option<String> {
        let word = match self {
            Self::Passed => "passed",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Unknown => return None,
        };
        Some(word.to_owned())
    }
}

/// A rating, from the best to the worst.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum Rating {
    /// The best.
    A,
    /// The second.
    B,
    /// The third.
    C,
    /// The fourth.
    D,
    /// The worst.
    E,
}

impl Rating {
    /// The rating that a letter names.
    pub(crate) fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "A" => Some(Self::A),
            "B" => Some(Self::B),
            "C" => Some(Self::C),
            "D" => Some(Self::D),
            "E" => Some(Self::E),
            _ => None,
        }
    }
}

/// How far a version is behind the newest stable one: the first part of it that differs. A runtime or base image is compared
/// with the newest one of its release cycle while that is supported; afterwards it is a major version behind.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::judge::Behind")]
pub enum Behind {
    /// It is the newest one, or newer.
    Current,
    /// In a later part.
    Patch,
    /// In the second number.
    Minor,
    /// In the first number.
    Major,
}

/// Whether a release cycle gets security fixes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SupportState {
    /// Support has ended.
    Ended,
    /// Support ends within 180 days.
    Ending,
    /// It is supported.
    Supported,
    /// It is not known when support ends.
    Unknown,
}

/// How severe a published weakness is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Low.
    Low,
    /// Moderate.
    Moderate,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// The severity that a word of the facet names.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "low" => Some(Self::Low),
            "moderate" => Some(Self::Moderate),
            "high" => Some(Self::High),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}

/// What outdatedness is grouped by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "query::outdated::By")]
pub enum OutdatedBy {
    /// Not at all: one group.
    Organisation,
    /// The owner.
    Owner,
    /// The system.
    System,
}

/// What packages of an entity are sorted by. Those of which it is not known come last; equal ones go by manifest, then name.
#[derive(Enum, Clone, Copy, Default, PartialEq, Eq)]
pub enum PackageUseOrderField {
    /// How far it is behind.
    Behind,
    /// Libyears.
    Libyears,
    /// The manifest, then the name.
    #[default]
    Manifest,
    /// The name.
    Name,
}

/// How a run ended.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "model::run::Outcome")]
pub enum Outcome {
    /// Everything that was meant to be read was read.
    Succeeded,
    /// Some parts could not be read; what was read is kept.
    Partial,
    /// Nothing could be read.
    Failed,
    /// Stopped at its time limit; what was read is kept.
    TimedOut,
    /// A defect in the collector; what was read is discarded.
    Panicked,
    /// The process was asked to stop.
    Cancelled,
}

/// Why a run started.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "model::run::Trigger")]
pub enum Trigger {
    /// Its time had come.
    Schedule,
    /// Its time came while spot was not running.
    CatchUp,
    /// A person asked.
    Manual,
    /// Filling in the past.
    Backfill,
    /// Others pushed something.
    Push,
}
