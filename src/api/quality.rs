//! What SonarQube measured, as GraphQL types.
//!
//! # Invariants
//! - What changes with every analysis stands in statements only, which are read once such a field is asked for; everything
//!   else, and so every list, comes from columns.

use std::sync::{Arc, OnceLock};

use async_graphql::{Object, Result, SimpleObject};
use serde_json::Value;

use crate::api::entity::Item;
use crate::api::error::from_query;
use crate::api::scalar::{DateTime, Gate, Rating};
use crate::model::body;
use crate::query::quality::{self, Measured};

/// What SonarQube measured on the main branch, by the newest analysis at the moment. Ratios run from 0 to 1; what was not
/// measured is null, which is not zero.
#[derive(Clone)]
pub struct Quality {
    item: Item,
    projects: Arc<OnceLock<Arc<Vec<Measured>>>>,
    /// Only what this one of the projects says.
    only: Option<usize>,
}

/// What was measured of an entity, each field by the strongest of its projects.
pub(crate) fn of(item: &Item) -> Result<Option<Quality>> {
    let there = quality::is_measured(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?;
    Ok(there.then(|| Quality { item: item.clone(), projects: Arc::default(), only: None }))
}

/// What was measured of each project of an entity, by the project's key.
pub(crate) fn each_of(item: &Item) -> Result<Vec<Quality>> {
    let found = quality::projects(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?;
    item.pinned.present.budget.charge(found.len())?;
    let mut order: Vec<usize> = (0..found.len()).collect();
    let name = |number: &usize| (found[*number].quality.project.clone(), found[*number].statement.resource.clone());
    order.sort_by_key(name);
    let projects = Arc::new(OnceLock::from(Arc::new(found)));
    Ok(order.into_iter().map(|number| Quality { item: item.clone(), projects: Arc::clone(&projects), only: Some(number) }).collect())
}

impl Quality {
    fn projects(&self) -> Result<&[Measured]> {
        if let Some(projects) = self.projects.get() {
            return Ok(projects);
        }
        let found = quality::projects(self.item.pinned.lens(), self.item.id, self.item.pinned.at).map_err(from_query)?;
        Ok(self.projects.get_or_init(|| Arc::new(found)))
    }

    /// The projects that this is about, the strongest first.
    fn those(&self) -> Result<&[Measured]> {
        let all = self.projects()?;
        Ok(match self.only {
            Some(number) => all.get(number..=number).unwrap_or_default(),
            None => all,
        })
    }

    /// A field that changes with every analysis.
    fn volatile<T>(&self, field: impl Fn(&body::Quality) -> Option<T>) -> Result<Option<T>> {
        Ok(self.those()?.iter().find_map(|project| field(&project.quality)))
    }

    /// A field that has a column.
    fn field<T>(&self, name: &str, read: impl Fn(&Value) -> Option<T>, typed: impl Fn(&body::Quality) -> Option<T>) -> Result<Option<T>> {
        if self.only.is_some() {
            return self.volatile(typed);
        }
        let value = quality::value(self.item.pinned.lens(), self.item.id, name, self.item.pinned.at).map_err(from_query)?;
        Ok(value.as_deref().and_then(read))
    }

    fn number(&self, name: &str, typed: impl Fn(&body::Quality) -> Option<u64>) -> Result<Option<u64>> {
        self.field(name, Value::as_u64, typed)
    }

    fn ratio(&self, name: &str, typed: impl Fn(&body::Quality) -> Option<f64>) -> Result<Option<f64>> {
        self.field(name, Value::as_f64, typed)
    }

    fn text(&self, name: &str, typed: impl Fn(&body::Quality) -> Option<String>) -> Result<Option<String>> {
        self.field(name, |value| value.as_str().map(str::to_owned), typed)
    }

    fn rating(&self, name: &str, typed: impl Fn(&body::Quality) -> Option<String>) -> Result<Option<Rating>> {
        Ok(self.text(name, typed)?.and_then(|letter| Rating::from_letter(&letter)))
    }
}

/// What SonarQube measured on the main branch, by the newest analysis at the moment. Ratios run from 0 to 1; what was not
/// measured is null, which is not zero.
#[Object]
impl Quality {
    /// The key of the project; of several the strongest.
    async fn project(&self) -> Result<Option<String>> {
        self.text("project", |quality| quality.project.clone())
    }

    /// Whether the quality gate is met; null if none was ever computed, which is unknown and not failed.
    async fn gate(&self) -> Result<Option<Gate>> {
        Ok(self.text("gate", |quality| quality.gate.clone())?.and_then(|word| Gate::from_word(&word)))
    }

    /// Conditions of the gate that are not met, by metric.
    async fn failed_conditions(&self) -> Result<Vec<GateCondition>> {
        let read = |value: &Value| serde_json::from_value::<Vec<body::GateCondition>>(value.clone()).ok();
        let conditions = self.field("failedConditions", read, |quality| Some(quality.failed_conditions.clone()))?;
        Ok(conditions.unwrap_or_default().into_iter().map(GateCondition::from).collect())
    }

    /// standard, or mqr (multi-quality rules): ratings of the two modes do not compare.
    async fn mode(&self) -> Result<Option<String>> {
        self.text("mode", |quality| quality.mode.clone())
    }

    /// Share of lines and branches that tests reach.
    async fn coverage(&self) -> Result<Option<f64>> {
        self.ratio("coverage", |quality| quality.coverage)
    }

    /// Share of lines that are duplicated.
    async fn duplication(&self) -> Result<Option<f64>> {
        self.ratio("duplication", |quality| quality.duplication)
    }

    /// Lines of code without blanks and comments.
    async fn lines(&self) -> Result<Option<u64>> {
        self.volatile(|quality| quality.lines)
    }

    /// Open issues of type bug; in MQR mode those that touch reliability.
    async fn bugs(&self) -> Result<Option<u64>> {
        self.number("bugs", |quality| quality.bugs)
    }

    /// Open issues of type vulnerability; in MQR mode those that touch security.
    async fn vulnerabilities(&self) -> Result<Option<u64>> {
        self.number("vulnerabilities", |quality| quality.vulnerabilities)
    }

    /// Open issues of type code smell; in MQR mode those that touch maintainability.
    async fn code_smells(&self) -> Result<Option<u64>> {
        self.volatile(|quality| quality.code_smells)
    }

    /// Security hotspots to review.
    async fn hotspots(&self) -> Result<Option<u64>> {
        self.number("hotspots", |quality| quality.hotspots)
    }

    /// A (best) to E, for bugs.
    async fn reliability(&self) -> Result<Option<Rating>> {
        self.rating("reliability", |quality| quality.reliability.clone())
    }

    /// A (best) to E, for vulnerabilities.
    async fn security(&self) -> Result<Option<Rating>> {
        self.rating("security", |quality| quality.security.clone())
    }

    /// A (best) to E, for code smells.
    async fn maintainability(&self) -> Result<Option<Rating>> {
        self.rating("maintainability", |quality| quality.maintainability.clone())
    }

    /// A (best) to E: share of hotspots that were reviewed.
    async fn security_review(&self) -> Result<Option<Rating>> {
        self.rating("securityReview", |quality| quality.security_review.clone())
    }

    /// Estimated work to fix all code smells, in minutes.
    async fn debt_minutes(&self) -> Result<Option<u64>> {
        self.volatile(|quality| quality.debt_minutes)
    }

    /// The same of new code.
    async fn new_code(&self) -> NewCodeQuality {
        NewCodeQuality(self.clone())
    }

    /// When the newest analysis was made.
    async fn analysed_at(&self) -> Result<Option<DateTime>> {
        Ok(self.volatile(|quality| quality.analysed_at)?.map(DateTime))
    }

    /// Since when all of it is exactly so, as far as it was stored.
    async fn since(&self) -> Result<Option<DateTime>> {
        Ok(self.those()?.iter().map(|project| project.statement.since).max().map(DateTime))
    }

    /// Last confirmed more than two of the source's intervals before the moment; of several projects, some.
    async fn stale(&self) -> Result<bool> {
        Ok(self.those()?.iter().any(|project| project.statement.stale))
    }

    /// The end of the last run, at or before the moment, that read it; of several projects the oldest.
    async fn last_confirmed(&self) -> Result<Option<DateTime>> {
        let confirmed: Option<Vec<_>> = self.those()?.iter().map(|project| project.statement.last_confirmed).collect();
        Ok(confirmed.and_then(|all| all.into_iter().min()).map(DateTime))
    }

    /// Where a person can check; of several projects the strongest.
    async fn check(&self) -> Result<Option<&str>> {
        Ok(self.those()?.iter().find_map(|project| project.statement.check.as_deref()))
    }

    /// The source's name in the configuration; of several projects that of the strongest.
    async fn source(&self) -> Result<Option<&str>> {
        Ok(self.those()?.first().map(|project| project.statement.source.as_str()))
    }

    /// What the source calls the project; of several the strongest.
    async fn resource(&self) -> Result<Option<&str>> {
        Ok(self.those()?.first().map(|project| project.statement.resource.as_str()))
    }
}

/// What SonarQube measured of new code.
#[derive(Clone)]
pub struct NewCodeQuality(Quality);

/// What SonarQube measured of new code.
#[Object]
impl NewCodeQuality {
    /// Share of lines and branches that tests reach.
    async fn coverage(&self) -> Result<Option<f64>> {
        self.0.ratio("newCoverage", |quality| quality.new_coverage)
    }

    /// Share of lines that are duplicated.
    async fn duplication(&self) -> Result<Option<f64>> {
        self.0.ratio("newDuplication", |quality| quality.new_duplication)
    }

    /// Lines, whether tests can reach them or not.
    async fn lines(&self) -> Result<Option<u64>> {
        self.0.volatile(|quality| quality.new_lines)
    }

    /// Issues of all types.
    async fn issues(&self) -> Result<Option<u64>> {
        self.0.number("newIssues", |quality| quality.new_issues)
    }

    /// Open issues of type bug; in MQR mode those that touch reliability.
    async fn bugs(&self) -> Result<Option<u64>> {
        self.0.number("newBugs", |quality| quality.new_bugs)
    }

    /// Open issues of type vulnerability; in MQR mode those that touch security.
    async fn vulnerabilities(&self) -> Result<Option<u64>> {
        self.0.number("newVulnerabilities", |quality| quality.new_vulnerabilities)
    }

    /// Open issues of type code smell; in MQR mode those that touch maintainability.
    async fn code_smells(&self) -> Result<Option<u64>> {
        self.0.number("newCodeSmells", |quality| quality.new_code_smells)
    }

    /// A (best) to E, for bugs.
    async fn reliability(&self) -> Result<Option<Rating>> {
        self.0.rating("newReliability", |quality| quality.new_reliability.clone())
    }

    /// A (best) to E, for vulnerabilities.
    async fn security(&self) -> Result<Option<Rating>> {
        self.0.rating("newSecurity", |quality| quality.new_security.clone())
    }

    /// A (best) to E, for code smells.
    async fn maintainability(&self) -> Result<Option<Rating>> {
        self.0.rating("newMaintainability", |quality| quality.new_maintainability.clone())
    }
}

/// A condition of a quality gate that is not met.
#[derive(SimpleObject, Clone)]
pub struct GateCondition {
    /// The metric's key.
    pub metric: String,
    /// `<` if the value must not be below the threshold, `>` if not above it.
    pub operator: String,
    /// As configured.
    pub threshold: String,
    /// As measured; null if there is no value.
    pub actual: Option<String>,
    /// Failed, or only warned of.
    pub level: Option<Gate>,
}

impl From<body::GateCondition> for GateCondition {
    fn from(condition: body::GateCondition) -> Self {
        let body::GateCondition { metric, operator, threshold, actual, level } = condition;
        Self { metric, operator, threshold, actual, level: Gate::from_word(&level) }
    }
}
