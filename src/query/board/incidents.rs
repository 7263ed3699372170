//! Incidents through time: stability, how many, how long, how fast somebody looked at them.
//!
//! # Invariants
//! - Everything is told as it was known at the end of what is counted: later corrections of severity are not known then.
//! - An incident counts in the period in which it began, for whoever owned one of its services then; while it goes on it
//!   takes stability from whoever owns one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::trouble::Severity;
use crate::model::{EntityId, Instant, Policy, Span, Spans};
use crate::quality::chronicle::Told;
use crate::quality::cuts::Cuts;
use crate::quality::incidents::{Course, Incident, Summary};
use crate::quality::stability::{self, Stability};
use crate::query::board::places::grouped;
use crate::query::board::{Coverage, Figures, cuts};
use crate::query::metric::{Metric, Split, Whose};
use crate::query::series::{Bucket, last_instant};
use crate::query::{Error, Lens};
use crate::store::lives::{Lived, Lives};

/// Counts incidents by owner, or all together.
pub(in crate::query) fn measured(lens: &Lens, whose: Whose, now: Instant, buckets: &[Bucket]) -> Result<Figures, Error> {
    let cuts = cuts(buckets, now);
    if cuts.buckets() == 0 {
        return Ok(Figures::new());
    }
    let courses = lens.view().lives::<Course>()?;
    let coverage = Coverage::of(lens, &courses)?;
    let policies: Vec<Arc<Policy>> = buckets.iter().map(|bucket| lens.view().policy(last_instant(bucket, now))).collect();
    let mut found = Figures::new();
    for (group, Told { stability, begun, criticals }) in told(lens, whose, &courses, &cuts, now, &policies)? {
        let criticals: Vec<Summary> = criticals.into_iter().map(Summary::of).collect();
        let mut put = |metric: Metric, value: &dyn Fn(usize) -> Option<f64>| {
            found.entry(metric).or_default().insert(group, coverage.points(buckets, now, false, value));
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let count = |count: usize| count as f64;
        put(Metric::Stability, &|bucket| stability.get(bucket)?.as_ref().map(Stability::value));
        put(Metric::Incidents, &|bucket| Some(f64::from(*begun.get(bucket)?)));
        put(Metric::CriticalIncidents, &|bucket| Some(count(criticals.get(bucket)?.count)));
        put(Metric::CriticalIncidentSeconds, &|bucket| Some(criticals.get(bucket)?.total.as_secs_f64()));
        put(Metric::CriticalIncidentMedianSeconds, &|bucket| criticals.get(bucket)?.median.map(|median| median.as_secs_f64()));
        put(Metric::AcknowledgeMedianSeconds, &|bucket| criticals.get(bucket)?.median_to_acknowledge.map(|median| median.as_secs_f64()));
    }
    Ok(found)
}

/// What the incidents come to in each bucket, by group: from the chronicle for everything, else one by one.
fn told(
    lens: &Lens,
    whose: Whose,
    courses: &Lives<Course>,
    cuts: &Cuts,
    now: Instant,
    policies: &[Arc<Policy>],
) -> Result<BTreeMap<Option<EntityId>, Told>, Error> {
    let policy = |bucket: usize| &policies[bucket].quality;
    if whose.of.is_none() && whose.split == Split::Whole {
        let after = now.plus_micros(1);
        let unsettled = courses.resources().flat_map(|no| courses.during(no, Span::new(after, after))).map(|lived| &lived.life);
        let told = lens.view().chronicle(courses).told(unsettled, cuts, now, policy);
        return Ok(BTreeMap::from([(None, told)]));
    }
    let of_group = |courses: Vec<(&Lived<Course>, Arc<Spans>)>| {
        let known: Vec<(Incident, Arc<Spans>)> =
            courses.into_iter().filter_map(|(course, spans)| Some((course.life.known_at(now)?, spans))).collect();
        let stability = stability::series(known.iter().map(|(incident, spans)| (incident, &**spans)), cuts, now, policy);
        let (mut begun, mut criticals) = (vec![0; cuts.buckets()], vec![Vec::new(); cuts.buckets()]);
        for (incident, _) in known.iter().filter(|(incident, spans)| spans.contains(incident.started())) {
            let Some(bucket) = cuts.bucket_of(incident.started()) else { continue };
            begun[bucket] += 1;
            if incident.severity() == Some(Severity::Critical) {
                criticals[bucket].push(incident.brief(now));
            }
        }
        Told { stability, begun, criticals }
    };
    let groups = grouped(lens, whose, courses, cuts.whole())?;
    Ok(groups.into_iter().map(|(group, courses)| (group, of_group(courses))).collect())
}
