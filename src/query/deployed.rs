//! Which version stands where at a moment: deployments folded up to it.
//!
//! # Invariants
//! - What stands is what succeeded last. What failed or still goes on is told beside it, never instead of it.
//! - Where a deployment tool speaks of an environment, rollouts that a cluster tells are its echo; they count where
//!   nobody else speaks.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::event::Arrival;
use crate::model::{EntityId, EventKind, Instant, Kind};
use crate::query::event::family;
use crate::query::{Error, Lens};
use crate::store::EventPlace;

/// A version in one region of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The environment: production, staging.
    pub environment: String,
    /// The region, if the source tells one.
    pub region: Option<String>,
    /// The deployment or rollout that brought it; none if none succeeded so far.
    pub brought_by: Option<EventPlace>,
    /// The version, or the short commit.
    pub version: Option<String>,
    /// Since when it stands.
    pub since: Option<Instant>,
    /// What stood there before.
    pub previous: Option<String>,
    /// It stood there before what it replaced: somebody went back.
    pub is_rollback: bool,
    /// A newer one that failed or still goes on.
    pub attempt: Option<Attempt>,
    /// Another region of the environment has had a newer version since then.
    pub behind_since: Option<Instant>,
}

/// A deployment that did not succeed, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The deployment.
    pub event: EventPlace,
    /// The version that it was to bring.
    pub version: Option<String>,
    /// It failed or was given up; else it still goes on.
    pub has_failed: bool,
}

/// What stands where of a service, or of a repository, at a moment: by environment, then region.
///
/// # Errors
/// If the store cannot be read.
pub fn deployed(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Standing>, Error> {
    let (mut told, mut seen) = (Vec::new(), Vec::new());
    for entity in family(lens, id, at)? {
        if lens.kind(entity) == Some(Kind::Workload) {
            seen.extend(lens.view().arrivals_of(entity, EventKind::Rollout, Instant::MIN, at)?);
        } else {
            told.extend(lens.view().arrivals_of(entity, EventKind::Deployment, Instant::MIN, at)?);
        }
    }
    let spoken: BTreeSet<&str> = told.iter().map(|(_, arrival)| arrival.environment.as_str()).collect();
    seen.retain(|(_, arrival)| !spoken.contains(arrival.environment.as_str()));
    told.extend(seen);
    Ok(fold(told, at))
}

/// What arrived somewhere, by environment and region.
type ByRegion = BTreeMap<(String, Option<String>), Vec<(EventPlace, Arrival)>>;

/// Folds arrivals into what stands at a moment.
fn fold(arrivals: Vec<(EventPlace, Arrival)>, at: Instant) -> Vec<Standing> {
    let mut by_place = ByRegion::new();
    for (place, arrival) in arrivals.into_iter().filter(|(place, _)| place.at <= at) {
        by_place.entry((arrival.environment.clone(), arrival.region.clone())).or_default().push((place, arrival));
    }
    let mut all: Vec<Standing> =
        by_place.into_iter().filter_map(|((environment, region), arrivals)| standing(environment, region, arrivals, at)).collect();
    let environments: BTreeSet<String> = all.iter().map(|standing| standing.environment.clone()).collect();
    for environment in environments {
        let regions = || all.iter().filter(|standing| standing.environment == environment);
        let Some(newest) = regions().max_by_key(|standing| standing.since).and_then(|newest| newest.version.clone()) else { continue };
        let first = regions().filter(|standing| standing.version.as_ref() == Some(&newest)).filter_map(|standing| standing.since).min();
        for standing in &mut all {
            if standing.environment == environment && standing.since.is_some() && standing.version.as_ref() != Some(&newest) {
                standing.behind_since = first;
            }
        }
    }
    all
}

fn standing(environment: String, region: Option<String>, mut arrivals: Vec<(EventPlace, Arrival)>, at: Instant) -> Option<Standing> {
    let is_over = |arrival: &Arrival| arrival.succeeded.filter(|succeeded| *succeeded <= at);
    arrivals.sort_by_key(|(place, arrival)| (arrival.succeeded.unwrap_or(Instant::MAX), *place));
    let succeeded: Vec<&(EventPlace, Arrival)> = arrivals.iter().filter(|(_, arrival)| is_over(arrival).is_some()).collect();
    let last = succeeded.last();
    if last.is_some_and(|(_, arrival)| arrival.removed.is_some_and(|removed| removed <= at)) {
        return None;
    }
    // The same version brought again stands since it came first.
    let version = last.and_then(|(_, arrival)| arrival.version.clone());
    let run = succeeded.iter().rev().take_while(|(_, arrival)| arrival.version == version).count();
    let before = &succeeded[..succeeded.len() - run];
    let first = succeeded.get(before.len());
    let previous = before.last().and_then(|(_, arrival)| arrival.version.clone());
    let stood = before.iter().rev().skip_while(|(_, arrival)| arrival.version == previous).any(|(_, arrival)| arrival.version == version);
    let is_newer = |place: &EventPlace| last.is_none_or(|(standing, _)| place.at > standing.at);
    let attempt =
        arrivals.iter().filter(|(place, arrival)| is_over(arrival).is_none() && is_newer(place)).max_by_key(|(place, _)| *place).map(
            |(place, arrival)| Attempt {
                event: *place,
                version: arrival.version.clone(),
                has_failed: arrival.failed.is_some_and(|failed| failed <= at),
            },
        );
    Some(Standing {
        environment,
        region,
        brought_by: last.map(|(place, _)| *place),
        is_rollback: first.is_some_and(|(_, arrival)| arrival.rollback) || (version.is_some() && stood),
        since: first.and_then(|(_, arrival)| is_over(arrival)),
        version,
        previous,
        attempt,
        behind_since: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::EventNo;

    fn arrival(at: i64, region: &str, version: &str, result: &str) -> (EventPlace, Arrival) {
        let instant = Instant::from_seconds;
        let done = |state: &str| (state == result).then(|| instant(at + 5));
        let place = EventPlace { at: instant(at), kind: EventKind::Deployment, no: EventNo(u64::try_from(at).unwrap()) };
        let (environment, region, version) = ("production".to_owned(), Some(region.to_owned()), Some(version.to_owned()));
        (place, Arrival { succeeded: done("success"), failed: done("failure"), environment, region, version, ..Arrival::default() })
    }

    fn at(arrivals: &[(EventPlace, Arrival)], seconds: i64) -> Vec<String> {
        let show = |standing: Standing| {
            let mut text = format!("{} {}", standing.region.unwrap_or_default(), standing.version.as_deref().unwrap_or("nothing"));
            if standing.is_rollback {
                text.push_str(" back");
            }
            if let Some(attempt) = standing.attempt {
                text.push_str(&format!(
                    ", {} {}",
                    attempt.version.unwrap_or_default(),
                    if attempt.has_failed { "failed" } else { "coming" }
                ));
            }
            if let Some(since) = standing.behind_since {
                text.push_str(&format!(", behind since {}", since.micros() / 1_000_000));
            }
            text
        };
        fold(arrivals.to_vec(), Instant::from_seconds(seconds)).into_iter().map(show).collect()
    }

    #[test]
    fn what_succeeded_last_stands_and_what_comes_or_failed_is_told_beside_it() {
        let all = [
            arrival(10, "eu", "1", "success"),
            arrival(20, "eu", "2", "success"),
            arrival(25, "us", "2", "success"),
            arrival(30, "eu", "3", "failure"),
            arrival(40, "eu", "1", "success"),
            arrival(50, "eu", "1", "success"),
        ];
        assert_eq!(at(&all, 9), Vec::<String>::new());
        assert_eq!(at(&all, 12), ["eu nothing, 1 coming"]);
        assert_eq!(at(&all, 24), ["eu 1, 2 coming"]);
        assert_eq!(at(&all, 31), ["eu 2, 3 coming", "us 2"]);
        assert_eq!(at(&all, 36), ["eu 2, 3 failed", "us 2"]);
        assert_eq!(at(&all, 46), ["eu 1 back", "us 2, behind since 45"]);
        assert_eq!(at(&all, 99), ["eu 1 back", "us 2, behind since 45"], "the same once more");
    }
}
