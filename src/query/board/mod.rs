//! The quality board: every figure of a period, the one before, the way that it goes, and the records behind it.
//!
//! # Invariants
//! - What no source covers is unknown, not zero and not perfect. A source covers the time since its first run, and what it
//!   filled in.
//! - A running period counts up to now, and is compared with the same part of the one before.

pub mod bugs;
pub mod cases;
pub mod causes;
pub mod delivery;
pub mod incidents;
pub mod lists;
pub mod movers;
pub(in crate::query) mod places;
pub mod pushed;
pub mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::model::event::TELLS;
use crate::model::{Instant, Period, Span, Spans};
use crate::quality::cuts::Cuts;
use crate::quality::trend::{self, Trend, trend};
use crate::query::metric::{Metric, Split, Whose};
use crate::query::series::{Bucket, Measured, last_instant, measure};
use crate::query::{Error, Lens};
use crate::store::lives::{Counted, Lives};

/// What was measured, by metric.
pub(in crate::query) type Figures = BTreeMap<Metric, Measured>;

/// The cuts around buckets, up to now.
fn cuts(buckets: &[Bucket], now: Instant) -> Cuts {
    let end = now.plus_micros(1);
    let begun = buckets.iter().filter(|bucket| bucket.from < end);
    Cuts::new(begun.flat_map(|bucket| [bucket.from, bucket.to.min(end)]).collect())
}

/// When sources were connected that know of something.
#[derive(Clone, Default)]
pub(in crate::query) struct Coverage(Arc<Spans>);

impl Coverage {
    /// Of the sources that tell of such events, or ever did.
    fn of<L: Counted>(lens: &Lens, lives: &Lives<L>) -> Result<Self, Error> {
        if let Some(known) = lens.coverage.lock().get(&L::KIND) {
            return Ok(known.clone());
        }
        let resources = lives.resources().filter_map(|no| lens.view().resource(no));
        let mut sources: BTreeSet<String> = resources.map(|resource| resource.source.clone()).collect();
        let word = Value::from(L::KIND.word());
        let tells = |kinds: &Value| kinds.as_array().is_some_and(|kinds| kinds.contains(&word));
        sources.extend(lens.view().notes(TELLS).into_iter().filter(|(_, kinds)| tells(kinds)).map(|(source, _)| source));
        let found = Self::of_sources(lens, sources)?;
        lens.coverage.lock().insert(L::KIND, found.clone());
        Ok(found)
    }

    fn of_sources(lens: &Lens, sources: impl IntoIterator<Item = String>) -> Result<Self, Error> {
        let mut spans = Vec::new();
        for source in sources {
            spans.extend(lens.view().filled_by(&source));
            let first = lens.view().first_run(&source)?;
            spans.extend(first.map(|first| Span::new(first, Instant::MAX)));
        }
        Ok(Self(Arc::new(spans.into_iter().collect())))
    }

    fn contains(&self, at: Instant) -> bool {
        self.0.contains(at)
    }

    /// Whether any part of a span is covered.
    fn touches(&self, span: Span) -> bool {
        self.0.share_of(span).is_some_and(|share| share > 0.0)
    }

    /// The values of all buckets, with the covered share of each: levels are known if their moment is covered, flows if any
    /// part of the bucket is.
    fn points(
        &self,
        buckets: &[Bucket],
        now: Instant,
        is_level: bool,
        value: impl Fn(usize) -> Option<f64>,
    ) -> Vec<(Option<f64>, Option<f64>)> {
        let point = |(index, bucket): (usize, &Bucket)| {
            let share = self.0.share_of(Span::new(bucket.from, bucket.to.min(now.plus_micros(1)))).unwrap_or_default();
            let is_known = bucket.from <= now && if is_level { self.contains(last_instant(bucket, now)) } else { share > 0.0 };
            (if is_known { value(index) } else { None }, Some(share))
        };
        buckets.iter().enumerate().map(point).collect()
    }
}

/// A figure of the board.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is.
    pub metric: Metric,
    /// Its value in the period; none if that is unknown.
    pub value: Option<f64>,
    /// The share of the period of which it is known; none for figures that are always known.
    pub covered: Option<f64>,
    /// Its value in the period before; of a running period in the same part of that.
    pub previous: Option<f64>,
    /// The last periods, oldest first, the asked one last: values and covered shares.
    pub points: Vec<(Option<f64>, Option<f64>)>,
    /// What they say. A running period is not among them.
    pub trend: Trend,
}

/// All figures of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// The last periods, oldest first, the asked one last.
    pub buckets: Vec<Bucket>,
    /// The part of the period before with which it is compared.
    pub compared: Option<Span>,
    /// In the order in which they were asked for.
    pub figures: Vec<Figure>,
}

/// Measures a period. Nothing if it has not begun.
///
/// # Errors
/// If the store cannot be read.
pub fn board(lens: &Lens, metrics: &[Metric], of: Whose, period: Period, now: Instant) -> Result<Option<Board>, Error> {
    let zone = lens.view().zone();
    let whose = Whose { split: Split::Whole, ..of };
    let bucket = |period: Period| {
        let span = period.span(&zone);
        // The last day of a period as a moment is its last instant: nothing is still to come.
        let running = span.to > now.plus_micros(1);
        Bucket { first_day: period.first_day(), last_day: period.last_day(), from: span.from, to: span.to, running }
    };
    let buckets: Vec<Bucket> = period.series(trend::PERIODS).into_iter().map(bucket).collect();
    let Some(own) = buckets.last().copied().filter(|own| own.from <= now) else { return Ok(None) };
    let compared = period.compared_with(&zone, now);
    let mut measured = measure(lens, metrics, whose, now, &buckets)?;
    let mut before = match compared.filter(|_| own.running) {
        // Levels of a running period are those of now, and compared with those at the end of the one before.
        Some(span) => {
            let part = Bucket { from: span.from, to: span.to, running: false, ..bucket(period.previous()) };
            let flows: Vec<Metric> = metrics.iter().copied().filter(|metric| !metric.is_level()).collect();
            measure(lens, &flows, whose, now, &[part])?
        }
        None => BTreeMap::new(),
    };
    let figures = metrics.iter().map(|metric| {
        let points = measured.remove(metric).and_then(|mut by_group| by_group.remove(&None)).unwrap_or_default();
        let (value, covered) = points.last().copied().unwrap_or_default();
        let part = before.remove(metric).and_then(|mut by_group| by_group.remove(&None));
        let previous = match part {
            Some(part) => part.last().and_then(|(value, _)| *value),
            None => points.iter().rev().nth(1).and_then(|(value, _)| *value),
        };
        let over = &points[..points.len().saturating_sub(usize::from(own.running))];
        let trend = trend(&over.iter().map(|(value, _)| *value).collect::<Vec<_>>());
        Figure { metric: *metric, value, covered, previous, points, trend }
    });
    Ok(Some(Board { figures: figures.collect(), buckets, compared }))
}
