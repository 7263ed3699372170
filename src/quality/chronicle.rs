//! Many incidents in order of time, so that what a bucket holds is found by halving and not by going through the incidents.
//!
//! # Invariants
//! - At every moment and for all buckets it tells what going through the incidents one by one tells (property test).
//! - It holds those of which the course is over. One that went on at the asked moment is taken out again for that answer,
//!   and counted as it was known then.

use crate::model::policy::QualityPolicy;
use crate::model::trouble::Severity;
use crate::model::{Instant, Span, Spans};
use crate::quality::cuts::Cuts;
use crate::quality::incidents::{Brief, Course, Incident};
use crate::quality::stability::{Edge, Lasted, Stability, Standing, begun, class_of};

/// Edges between two places of which it is known what went on up to there.
const STRIDE: usize = 64;

/// Many incidents in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chronicle {
    /// When those of each class began, in order.
    starts: [Box<[Instant]>; 4],
    /// In order of their start, each with when its course was over.
    criticals: Box<[(Brief, Instant)]>,
    /// In order.
    edges: Box<[Edge]>,
    /// What stands before each [`STRIDE`]-th edge.
    standings: Box<[Standing]>,
}

/// What incidents come to in buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The stability of each bucket; nothing of one that has not begun.
    pub stability: Vec<Option<Stability>>,
    /// How many began in each bucket.
    pub begun: Vec<u32>,
    /// Those of them that were critical, in no order.
    pub criticals: Vec<Vec<Brief>>,
}

impl Chronicle {
    /// Of all courses that are over; others are passed over.
    #[must_use]
    pub fn of<'c>(courses: impl IntoIterator<Item = &'c Course>) -> Self {
        let mut starts: [Vec<Instant>; 4] = Default::default();
        let (mut criticals, mut edges) = (Vec::new(), Vec::new());
        for course in courses {
            let Some((incident, end)) = outcome(course) else { continue };
            starts[class_of(incident.severity())].push(incident.started());
            if incident.severity() == Some(Severity::Critical) {
                criticals.push((incident.brief(end), end));
            }
            edges.extend(Edge::of(&incident, Span::ALWAYS));
        }
        criticals.sort_unstable_by_key(|(brief, end)| (brief.started, *end));
        edges.sort_unstable();
        let mut standing = Standing::at(Instant::MIN);
        let standings = edges.chunks(STRIDE).map(|chunk| {
            let before = standing;
            chunk.iter().for_each(|edge| standing.pass(*edge));
            before
        });
        let sorted = |mut some: Vec<Instant>| {
            some.sort_unstable();
            some.into_boxed_slice()
        };
        Self { standings: standings.collect(), starts: starts.map(sorted), criticals: criticals.into(), edges: edges.into() }
    }

    /// Tells of buckets as known at `now`. `unsettled` are the courses that had begun and were not over then, also such that
    /// ended since.
    #[must_use]
    pub fn told<'c, 'p>(
        &self,
        unsettled: impl IntoIterator<Item = &'c Course>,
        cuts: &Cuts,
        now: Instant,
        policy: impl Fn(usize) -> &'p QualityPolicy,
    ) -> Told {
        let until = begun(cuts, now);
        let settled = |(brief, end): &(Brief, Instant)| (*end <= now).then_some(*brief);
        let to_now = Span::new(Instant::MIN, now.plus_micros(1));
        let mut started: Vec<[u32; 4]> = cuts.spans().map(|span| self.started_in(span.and(to_now))).collect();
        let mut criticals: Vec<Vec<Brief>> =
            cuts.spans().map(|span| self.criticals_in(span).iter().filter_map(settled).collect()).collect();
        let (mut corrections, mut corrected) = (Vec::new(), Vec::new());
        let mut touch = |incident: &Incident| {
            corrected.extend(incident.pieces().iter().map(|piece| piece.span));
            let bucket = cuts.bucket_of(incident.started());
            (Edge::of(incident, until.whole()).collect::<Vec<Edge>>(), bucket)
        };
        for course in unsettled {
            if let Some((incident, _)) = outcome(course) {
                let (edges, bucket) = touch(&incident);
                corrections.extend(edges.into_iter().map(Edge::reversed));
                if let Some(bucket) = bucket {
                    started[bucket][class_of(incident.severity())] -= 1;
                }
            }
            let Some(incident) = course.known_at(now) else { continue };
            let (edges, bucket) = touch(&incident);
            corrections.extend(edges);
            if let Some(bucket) = bucket {
                started[bucket][class_of(incident.severity())] += 1;
                if incident.severity() == Some(Severity::Critical) {
                    criticals[bucket].push(incident.brief(now));
                }
            }
        }
        corrections.sort_unstable();
        let corrected: Spans = corrected.into_iter().collect();
        let stability = until.spans().zip(&started).enumerate().map(|(bucket, (span, started))| {
            let lasted = if corrected.micros_in(span) == 0 {
                self.standing_at(span.to).since(&self.standing_at(span.from))
            } else {
                self.corrected_in(span, &corrections)
            };
            Some(Stability::of(span, &lasted, *started, policy(bucket)))
        });
        let mut stability: Vec<Option<Stability>> = stability.collect();
        stability.resize(cuts.buckets(), None);
        Told { stability, begun: started.iter().map(|counts| counts.iter().sum()).collect(), criticals }
    }

    fn started_in(&self, span: Span) -> [u32; 4] {
        std::array::from_fn(|class| {
            let before = |at: Instant| self.starts[class].partition_point(|start| *start < at);
            u32::try_from(before(span.to).saturating_sub(before(span.from))).unwrap_or(u32::MAX)
        })
    }

    fn criticals_in(&self, span: Span) -> &[(Brief, Instant)] {
        let place = |at: Instant| self.criticals.partition_point(|(brief, _)| brief.started < at);
        &self.criticals[place(span.from)..place(span.to)]
    }

    fn standing_at(&self, at: Instant) -> Standing {
        let before = self.edges.partition_point(|edge| edge.at < at);
        let chunk = (before / STRIDE).min(self.standings.len().saturating_sub(1));
        let mut standing = self.standings.get(chunk).copied().unwrap_or(Standing::at(Instant::MIN));
        self.edges[chunk * STRIDE..before].iter().for_each(|edge| standing.pass(*edge));
        standing.move_to(at);
        standing
    }

    fn corrected_in(&self, span: Span, corrections: &[Edge]) -> Lasted {
        let [from, to] = [span.from, span.to].map(|end| corrections.partition_point(|edge| edge.at < end));
        let [first, last] = [span.from, span.to].map(|end| self.edges.partition_point(|edge| edge.at < end));
        let mut standing = self.standing_at(span.from);
        corrections[..from].iter().for_each(|edge| standing.apply(*edge));
        let before = standing;
        let mut edges = [&self.edges[first..last], &corrections[from..to]].concat();
        edges.sort_unstable();
        edges.into_iter().for_each(|edge| standing.pass(edge));
        standing.move_to(span.to);
        standing.since(&before)
    }
}

/// What came of a course, and when it was over; nothing if it is not, or was none.
fn outcome(course: &Course) -> Option<(Incident, Instant)> {
    let end = course.end();
    if end == Instant::MAX { None } else { Some((course.known_at(end)?, end)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::model::event::Step;
    use crate::quality::stability::series;

    const fn at(minute: i64) -> Instant {
        Instant::from_seconds(minute * 60)
    }

    fn any_course() -> impl Strategy<Value = Course> {
        let step = (-5..60_i64, 0..9_usize).prop_map(|(minute, what)| {
            let (field, value) = [
                ("state", "triggered"),
                ("state", "acknowledged"),
                ("state", "resolved"),
                ("state", "resolved"),
                ("state", "resolved"),
                ("state", "cancelled"),
                ("severity", "critical"),
                ("severity", "minor"),
                ("severity", "?"),
            ][what];
            (minute, Step { at: Instant::MIN, set: [(field.to_owned(), Value::from(value))].into() })
        });
        let steps = proptest::collection::vec(step, 0..5);
        (0..100_i64, proptest::option::of(-5..60_i64), steps).prop_map(|(begin, ended, steps)| {
            let steps: Vec<Step> = steps.into_iter().map(|(minute, step)| Step { at: at(begin + minute), ..step }).collect();
            let body: Map<String, Value> = [("severity".to_owned(), Value::from("major"))].into_iter().collect();
            Course::of_event(at(begin), ended.map(|minute| at(begin + minute)), &steps, &body)
        })
    }

    proptest! {
        #[test]
        fn a_chronicle_tells_what_the_incidents_tell(
            courses in proptest::collection::vec(any_course(), 0..12),
            copies in 1..60_usize,
            cuts in proptest::collection::vec(-10..200_i64, 0..7),
            now in 0..200_i64,
        ) {
            let courses: Vec<Course> = courses.iter().cycle().take(courses.len() * copies).cloned().collect();
            let (cuts, now) = (Cuts::new(cuts.into_iter().map(at).collect()), at(now));
            let policies: Vec<QualityPolicy> =
                (0..7).map(|index| QualityPolicy { fixed_cost_minutes: index, ..QualityPolicy::default() }).collect();
            let known: Vec<Incident> = courses.iter().filter_map(|course| course.known_at(now)).collect();
            let always = Spans::always();
            let stability = series(known.iter().map(|incident| (incident, &always)), &cuts, now, |bucket| &policies[bucket]);
            let unsettled = courses.iter().filter(|course| course.started() <= now && course.end() > now);
            let told = Chronicle::of(&courses).told(unsettled, &cuts, now, |bucket| &policies[bucket]);
            prop_assert_eq!(&told.stability, &stability);
            for (index, span) in cuts.spans().enumerate() {
                let began = |incident: &&Incident| span.contains(incident.started());
                prop_assert_eq!(told.begun[index] as usize, known.iter().filter(began).count());
                let is_critical = |incident: &&Incident| began(incident) && incident.severity() == Some(Severity::Critical);
                let mut expected: Vec<Brief> = known.iter().filter(is_critical).map(|incident| incident.brief(now)).collect();
                let mut found = told.criticals[index].clone();
                let key = |brief: &Brief| (brief.started, brief.is_open, brief.micros, brief.waited);
                found.sort_by_key(key);
                expected.sort_by_key(key);
                prop_assert_eq!(found, expected);
            }
        }
    }
}
