//! Charts of the last weeks as PNG, drawn in this process.
//!
//! # Invariants
//! - A chart says only words of its own and numbers, so that its few embedded glyphs are enough; names of teams stand in the
//!   text around it.
//! - The same facts make the same bytes: no clock, no font of the machine, no random order.
//! - What is unknown is a gap in a line and a dash instead of a column, never a zero.
//! - The last week is the one that is told; while it runs its point is hollow.

mod axis;
mod plot;
mod raster;

use crate::query::metric::Metric;
use crate::report::chart::plot::{Columns, Line, Plot};
use crate::report::facts::Facts;

/// What a chart is as wide as in a chat or mail, in CSS pixels; the picture has twice as many.
pub const WIDTH: u32 = 720;
/// The same upwards.
pub const HEIGHT: u32 = 382;
/// Pixels of the picture for each CSS pixel.
const SCALE: u32 = 2;

/// With fewer known weeks a chart would show nothing.
const FEWEST: usize = 2;

/// A chart could not be drawn. None of this happens with what is drawn here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The drawing is not understood.
    #[error("the drawing of a chart is not understood")]
    Drawing(#[from] resvg::usvg::Error),
    /// There is no picture of such a size.
    #[error("there is no picture of {0} times {1} pixels")]
    Size(u32, u32),
    /// It cannot be written as PNG.
    #[error("a chart could not be written as PNG: {0}")]
    Png(String),
}

/// A drawn chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What a file of it is called, without an ending.
    pub name: &'static str,
    /// What stands above it.
    pub title: String,
    /// The same as the picture in words, for those who do not see it.
    pub alternative: String,
    /// The picture.
    pub png: Vec<u8>,
}

/// The charts of a week; such of which too little is known are left out.
///
/// # Errors
/// [`Error`], if one cannot be drawn.
pub fn charts(facts: &Facts) -> Result<Vec<Chart>, Error> {
    [stability(facts), bugs(facts)].into_iter().flatten().map(|plot| plot.chart()).collect()
}

/// How well the product worked, and how often it did not.
fn stability(facts: &Facts) -> Option<Plot> {
    let line = points(facts, Metric::Stability)?;
    let all = points(facts, Metric::Incidents)?;
    let critical = facts.figure(Metric::CriticalIncidents).map_or_else(|| vec![None; all.len()], |figure| figure.points.clone());
    let others = all.iter().zip(&critical).map(|(all, critical)| Some((all.as_ref()? - critical.unwrap_or_default()).max(0.0)));
    Some(Plot {
        name: "stability",
        title: "Stability and incidents".to_owned(),
        weeks: facts.weeks.clone(),
        running: facts.running,
        line: Line {
            title: "Product stability",
            values: line.iter().map(|value| value.map(|value| value * 100.0)).collect(),
            unit: "\u{a0}%",
            most: Some(100.0),
        },
        columns: Columns {
            title: "Incidents that began",
            up: ("others", others.collect()),
            base: Some(("critical", critical)),
            down: None,
        },
    })
}

/// What came and went of bugs in production, and what is left.
fn bugs(facts: &Facts) -> Option<Plot> {
    let open = points(facts, Metric::OpenBugs)?;
    let (created, resolved) = (points(facts, Metric::CreatedBugs)?, points(facts, Metric::ResolvedBugs)?);
    Some(Plot {
        name: "bugs",
        title: "Bugs in production".to_owned(),
        weeks: facts.weeks.clone(),
        running: facts.running,
        line: Line { title: "Open at the end of the week", values: open, unit: "", most: None },
        columns: Columns {
            title: "Created and resolved in the week",
            up: ("created", created),
            base: None,
            down: Some(("resolved", resolved)),
        },
    })
}

/// The values of a figure in the last weeks, if enough of them are known.
fn points(facts: &Facts, metric: Metric) -> Option<Vec<Option<f64>>> {
    let points = &facts.figure(metric)?.points;
    (points.iter().flatten().count() >= FEWEST && points.len() == facts.weeks.len()).then(|| points.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_same_facts_make_the_same_pictures() {
        let facts = sample::facts();
        let (once, again) = (charts(&facts).unwrap(), charts(&facts).unwrap());
        assert_eq!(once, again);
        assert_eq!(once.iter().map(|chart| chart.name).collect::<Vec<_>>(), ["stability", "bugs"]);
        for chart in &once {
            assert_eq!(chart.png[..8], *b"\x89PNG\r\n\x1a\n");
            let size = |at: usize| u32::from_be_bytes(chart.png[at..at + 4].try_into().unwrap());
            assert_eq!((size(16), size(20)), (WIDTH * SCALE, HEIGHT * SCALE));
            assert!(chart.png.len() < 100_000, "{} has {} bytes", chart.name, chart.png.len());
        }
    }

    #[test]
    fn a_week_more_is_another_picture_and_too_few_are_none() {
        let mut facts = sample::facts();
        let before = charts(&facts).unwrap();
        let open = facts.figures.iter_mut().find(|figure| figure.metric == Metric::OpenBugs).unwrap();
        open.points[3] = None;
        let after = charts(&facts).unwrap();
        assert_eq!(before[0], after[0]);
        assert_ne!(before[1].png, after[1].png, "a gap is seen");
        facts.figures.retain(|figure| figure.metric != Metric::Stability);
        assert_eq!(charts(&facts).unwrap().len(), 1);
    }

    #[test]
    fn a_picture_is_told_in_words() {
        let charts = charts(&sample::facts()).unwrap();
        assert_eq!(
            charts[0].alternative,
            "Stability and incidents, 2026-W34 to 2026-W46. Product stability: 99.91\u{a0}% first, 99.62\u{a0}% last, lowest 99.62\u{a0}% in \
             2026-W46. Incidents that began in the last week: others 11, critical 2."
        );
    }
}
