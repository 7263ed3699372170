//! What there is to tell of a week, as plain data: no sentence, no colour, no chart.
//!
//! # Invariants
//! - Figures are as the quality board has them, and mean what `docs/metrics.md` says; unknown is neither zero nor perfect.
//! - Links are paths into spot, of the day that they are about; whoever renders puts spot's address before them.
//! - Lists are cut to what a reader takes in, and say how long they are uncut.

use serde::{Deserialize, Serialize};

use crate::model::trouble::{Priority, Severity};
use crate::model::{Day, EventKind, Instant, Period, Zone};
use crate::quality::trend::{Direction, FEWEST, SIGNIFICANCE, Trend};
use crate::query::metric::{Metric, Unit};

/// The facts of an ISO week, of the organisation or a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// The week.
    pub week: Period,
    /// Its Monday.
    pub first_day: Day,
    /// Its Sunday.
    pub last_day: Day,
    /// In which zone its days begin.
    pub zone: Zone,
    /// The moment as of which all is told: the end of the week, or the present while it runs.
    pub as_of: Instant,
    /// It is not over: it counts so far, and is compared with as much of the week before.
    pub running: bool,
    /// Of whom; none for the organisation.
    pub of: Option<Named>,
    /// The board of the week.
    pub link: String,
    /// What is missing in the data of the week; empty if nothing is.
    pub gaps: Vec<Gap>,
    /// The weeks of [`Figure::points`], oldest first, this one last.
    pub weeks: Vec<Period>,
    /// The figures, in the order of the board. Such as no source ever told of are left out.
    pub figures: Vec<Figure>,
    /// What troubled the product in the week, the worst first.
    pub incidents: Few<Incident>,
    /// For whom it became better, the largest step first; at most three.
    pub better: Vec<Mover>,
    /// For whom it became worse, the largest step first; at most three.
    pub worse: Vec<Mover>,
    /// Bugs that came to be past their SLA in the week, the most urgent first.
    pub breaches: Few<Bug>,
    /// What drifts: figures that clearly rise or fall although the week's own step is small.
    pub drifts: Vec<Drift>,
    /// Services without an owner; none for a part of the organisation, which owns what it has.
    pub unowned: Option<Few<Named>>,
    /// Services and repositories whose quality gate fails; none if no gate is known.
    pub failing_gates: Option<Few<Named>>,
}

/// Something with a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// Its ref at the time.
    pub reference: String,
    /// What people call it.
    pub name: String,
    /// Its page.
    pub link: String,
}

/// The first of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Few<T> {
    /// How many there are.
    pub total: usize,
    /// The first of them.
    pub first: Vec<T>,
    /// Where all of them are listed.
    pub link: String,
}

impl<T> Few<T> {
    /// How many are not among the first.
    #[must_use]
    pub const fn more(&self) -> usize {
        self.total.saturating_sub(self.first.len())
    }
}

/// A figure of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// Which one.
    pub metric: Metric,
    /// What people call it.
    pub title: String,
    /// In what it is measured.
    pub unit: Unit,
    /// Whether more of it is better; none if neither can be said.
    pub more_is_better: Option<bool>,
    /// Its value; none if it is unknown.
    pub value: Option<f64>,
    /// Its value in the week before, or in as much of it while the week runs.
    pub previous: Option<f64>,
    /// The share of the week, or of what it is about, of which it is known; none for figures that are always known.
    pub covered: Option<f64>,
    /// Its values in the last weeks, oldest first, this one last.
    pub points: Vec<Option<f64>>,
    /// What those weeks say; a running week is not among them.
    pub trend: Trend,
    /// The board with the records behind it.
    pub link: String,
}

impl Figure {
    /// The step from the week before.
    #[must_use]
    pub fn change(&self) -> Option<f64> {
        Some(self.value? - self.previous?)
    }

    /// Whether that step is for the better; none if there is none, or neither can be said.
    #[must_use]
    pub fn is_better(&self) -> Option<bool> {
        let change = self.change().filter(|change| *change != 0.0)?;
        self.more_is_better.map(|more| (change > 0.0) == more)
    }

    /// How far it came by its trend over the weeks that are known, and no further than its values lie apart; none without a
    /// clear trend.
    #[must_use]
    pub fn drifted(&self) -> Option<f64> {
        let known: Vec<usize> = self.points.iter().enumerate().filter_map(|(index, value)| value.map(|_| index)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a row has few weeks")]
        let weeks = (known.last()? - known.first()?) as f64;
        match self.trend.direction {
            Direction::Rising | Direction::Falling => {
                let values = || self.points.iter().flatten().copied();
                let apart = values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min);
                Some((self.trend.slope? * weeks).clamp(-apart, apart))
            }
            Direction::Unclear | Direction::TooFew => None,
        }
    }

    /// Its largest step from one known week to the next known one.
    fn leap(&self) -> f64 {
        let known: Vec<f64> = self.points.iter().flatten().copied().collect();
        known.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max)
    }

    /// Whether the step is no everyday one: more than twice as large as the middle step of the weeks before, of which at
    /// least [`FEWEST`] are known.
    #[must_use]
    pub fn stands_out(&self) -> bool {
        let Some(change) = self.change() else { return false };
        let before = &self.points[..self.points.len().saturating_sub(1)];
        let mut steps: Vec<f64> = before.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?).abs())).collect();
        steps.sort_unstable_by(f64::total_cmp);
        steps.len() + 1 >= FEWEST && change.abs() > 2.0 * steps[steps.len() / 2]
    }
}

/// What drifts among these figures, the clearest first, at most `most`: figures whose trend is clear, that have somewhere good
/// to go, and of which no step is half of the way that the trend came, so that no single week tells of it.
///
/// With many figures one rises by chance almost every week; so chance may bring a row as clear as a drift only once in twenty
/// reports, not once in twenty figures (Bonferroni).
#[must_use]
pub fn drifts(figures: &[Figure], most: usize) -> Vec<Drift> {
    #[expect(clippy::cast_precision_loss, reason = "there are few figures")]
    let limit = SIGNIFICANCE / figures.len().max(1) as f64;
    let drift = |figure: &Figure| {
        let chance = figure.trend.chance.filter(|chance| *chance <= limit)?;
        let by = figure.drifted().filter(|by| *by != 0.0)?;
        let is_better = figure.trend.is_better(figure.more_is_better?);
        let is_slow = figure.leap().max(figure.change().unwrap_or_default().abs()) < by.abs() / 2.0;
        let drift = Drift { metric: figure.metric, by, weeks: figure.trend.known, is_better, link: figure.link.clone() };
        is_slow.then_some((chance, drift))
    };
    let mut found: Vec<(f64, Drift)> = figures.iter().filter_map(drift).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().take(most).map(|(_, drift)| drift).collect()
}

/// A slow movement of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Of which figure.
    pub metric: Metric,
    /// How far it came over the known weeks, by the middle slope, in the figure's unit.
    pub by: f64,
    /// Over how many known weeks.
    pub weeks: usize,
    /// Whether that is for the better.
    pub is_better: Option<bool>,
    /// The board with the records behind it.
    pub link: String,
}

/// Something that is missing in the data of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Gap {
    /// A figure is known for a part of the week only, or not at all although it was before.
    Figure {
        /// Which one.
        metric: Metric,
        /// What people call it.
        title: String,
        /// The share of the week of which it is known.
        covered: f64,
    },
    /// A source was not read in full since the end of the week, as it was before; while that runs, since two of its intervals.
    Source {
        /// Its name in the configuration.
        source: String,
        /// When it was last read in full; none if never.
        last_success: Option<Instant>,
        /// Where its state is shown.
        link: String,
    },
}

/// An incident of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// What it is called.
    pub title: String,
    /// The worst that it was; none if its source does not tell.
    pub severity: Option<Severity>,
    /// What it happened to.
    pub services: Vec<Named>,
    /// When it began.
    pub started: Instant,
    /// How long it went on up to the moment of the facts, in seconds.
    pub seconds: i64,
    /// It still goes on then.
    pub ongoing: bool,
    /// What customers could not do.
    pub features: Vec<String>,
    /// Where spot shows it.
    pub link: String,
    /// Where its source shows it.
    pub check: Option<String>,
}

/// A bug past its SLA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bug {
    /// What people call it.
    pub key: String,
    /// Its title.
    pub title: String,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Where it is.
    pub service: Option<Named>,
    /// Whose that is.
    pub owner: Option<Named>,
    /// Since when it is due.
    pub due: Option<Instant>,
    /// It was resolved by the moment of the facts.
    pub resolved: bool,
    /// Where spot shows it.
    pub link: String,
    /// Where its source shows it.
    pub check: Option<String>,
}

/// For whom a figure moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mover {
    /// Which figure.
    pub metric: Metric,
    /// A team, or a service of a team; none for what nobody owns.
    pub entity: Option<Named>,
    /// In the week before.
    pub before: f64,
    /// In the week.
    pub after: f64,
    /// The first of the records without which more than half of the difference would not be there.
    pub causes: Few<Cause>,
    /// Its board.
    pub link: String,
}

/// A record that moved a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// What kind of record.
    pub kind: EventKind,
    /// Of a bug or case its key.
    pub key: Option<String>,
    /// What it is called.
    pub title: String,
    /// What it happened to.
    pub service: Option<Named>,
    /// Where spot shows it.
    pub link: String,
    /// Where its source shows it.
    pub check: Option<String>,
}

impl Facts {
    /// A figure, if it is among those that are told.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.metric == metric)
    }

    /// Whether something is missing in the data of the week.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// Whether data is missing that may still come.
    #[must_use]
    pub fn awaits_data(&self) -> bool {
        self.gaps.iter().any(|gap| matches!(gap, Gap::Source { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn facts_are_read_as_they_are_written() {
        let facts = sample::facts();
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
    }

    #[test]
    fn a_clear_trend_with_small_steps_is_a_drift_and_a_leap_is_none() {
        let falling = [0.70, 0.69, 0.69, 0.68, 0.67, 0.66, 0.65, 0.64, 0.63, 0.62, 0.62, 0.61, 0.60];
        let mut figure = sample::figure(Metric::Coverage, &falling);
        let found = drifts(std::slice::from_ref(&figure), 5);
        assert_eq!((found.len(), found[0].is_better, found[0].weeks), (1, Some(false), 13));
        assert!((found[0].by + 0.10).abs() < 0.01, "{found:?}");
        figure.previous = Some(0.70);
        assert_eq!(drifts(&[figure], 5), [], "the week's own step tells of it");
        let leap = [4.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 30.0, 30.0, 30.0, 31.0, 31.0];
        assert_eq!(drifts(&[sample::figure(Metric::OpenBugs, &leap)], 5), [], "one week told of it");
        let noise = sample::figure(Metric::Coverage, &[0.6, 0.7, 0.5, 0.6, 0.7, 0.5, 0.6, 0.7, 0.5, 0.6, 0.7, 0.5, 0.6]);
        let services = sample::figure(Metric::Services, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(drifts(&[noise, services], 5), [], "one goes nowhere, of the other neither way is better");
    }

    #[test]
    fn among_many_figures_a_drift_has_to_be_clearer() {
        // Of six weeks chance alone brings one row in 360 that goes one way.
        let weak = sample::figure(Metric::OpenBugs, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert!(weak.drifted().is_some() && weak.trend.chance.unwrap() > SIGNIFICANCE / 20.0);
        assert_eq!(drifts(std::slice::from_ref(&weak), 5).len(), 1);
        assert_eq!(drifts(&vec![weak; 20], 5), []);
    }

    #[test]
    fn a_step_stands_out_against_those_before() {
        let usual = sample::figure(Metric::OpenBugs, &[20.0, 22.0, 21.0, 23.0, 22.0, 24.0, 22.0, 20.0]);
        let leap = sample::figure(Metric::OpenBugs, &[20.0, 22.0, 21.0, 23.0, 22.0, 24.0, 22.0, 40.0]);
        assert!(!usual.stands_out() && leap.stands_out());
        assert!(!sample::figure(Metric::OpenBugs, &[20.0, 40.0]).stands_out(), "nobody knows what is usual");
    }
}
