//! Incidents through time: stability, how many, how long, how fast somebody looked at them.
//!
//! # Invariants
//! - Everything is told as it was known at the end of what is counted: later corrections of severity are not known then.
//! - An incident counts in the period in which it began, for whoever owned one of its services then; while it goes on it
//!   takes stability from whoever owns one of them.

use std::sync::Arc;

use crate::model::trouble::Severity;
use crate::model::{Instant, Policy, Span};
use crate::quality::incidents::{Course, Incident, Summary, summary};
use crate::quality::stability;
use crate::query::board::places::grouped;
use crate::query::board::{Coverage, Figures, cuts};
use crate::query::metric::{Metric, Whose};
use crate::query::series::{Bucket, last_instant};
use crate::query::{Error, Lens};

/// Counts incidents by owner, or all together.
pub(in crate::query) fn measured(lens: &Lens, whose: Whose, now: Instant, buckets: &[Bucket]) -> Result<Figures, Error> {
    let cuts = cuts(buckets, now);
    let (Some(first), Some(last)) = (cuts.as_slice().first(), cuts.as_slice().last()) else { return Ok(Figures::new()) };
    let (within, known) = (Span::new(*first, *last), now);
    let courses = lens.view().lives::<Course>()?;
    let coverage = Coverage::of(lens, &courses)?;
    let policies: Vec<Arc<Policy>> = buckets.iter().map(|bucket| lens.view().policy(last_instant(bucket, now))).collect();
    let mut found = Figures::new();
    for (group, courses) in grouped(lens, whose, &courses, within)? {
        let all: Vec<(Incident, _)> =
            courses.into_iter().filter_map(|(course, spans)| Some((course.life.known_at(known)?, spans))).collect();
        let stabilities =
            stability::series(all.iter().map(|(incident, spans)| (incident, &**spans)), &cuts, now, |bucket| &policies[bucket].quality);
        let mut own: Vec<Vec<&Incident>> = vec![Vec::new(); buckets.len()];
        for (incident, _) in all.iter().filter(|(incident, spans)| spans.contains(incident.started())) {
            if let Some(bucket) = cuts.bucket_of(incident.started()) {
                own[bucket].push(incident);
            }
        }
        let begun = |bucket: usize, severity: Option<Severity>| -> Summary {
            let span = Span::new(buckets[bucket].from, buckets[bucket].to.min(now.plus_micros(1)));
            summary(own[bucket].iter().copied(), severity, span, known)
        };
        let criticals: Vec<Summary> = (0..buckets.len()).map(|bucket| begun(bucket, Some(Severity::Critical))).collect();
        let mut put = |metric: Metric, value: &dyn Fn(usize) -> Option<f64>| {
            found.entry(metric).or_default().insert(group, coverage.points(buckets, now, false, value));
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let count = |count: usize| count as f64;
        put(Metric::Stability, &|bucket| stabilities.get(bucket)?.as_ref().map(stability::Stability::value));
        put(Metric::Incidents, &|bucket| Some(count(begun(bucket, None).count)));
        put(Metric::CriticalIncidents, &|bucket| Some(count(criticals[bucket].count)));
        put(Metric::CriticalIncidentSeconds, &|bucket| Some(criticals[bucket].total.as_secs_f64()));
        put(Metric::CriticalIncidentMedianSeconds, &|bucket| criticals[bucket].median.map(|median| median.as_secs_f64()));
        put(Metric::AcknowledgeMedianSeconds, &|bucket| criticals[bucket].median_to_acknowledge.map(|median| median.as_secs_f64()));
    }
    Ok(found)
}
