//! Closing days that have ended.
//!
//! # Invariants
//! - Every day from the first commit on is sealed exactly once, in order, under the zone of its time.
//! - What waits for the seal (volatile differences) is stored in the day in which it was seen.

use crate::model::record::Seal;
use crate::model::{Body, Day, Instant, Layer};
use crate::store::{Error, Store};

/// Seals every ended day that is not sealed yet and packs windows that are complete. Returns the days sealed.
///
/// A new zone starts at the next seal: the first day sealed under it begins where the last one ended, so no
/// instant belongs to two days or to none.
///
/// # Errors
/// [`Error`] of the store; nothing is sealed then.
pub fn seal_ended_days(store: &Store, now: Instant) -> Result<Vec<Day>, Error> {
    let view = store.view();
    if view.newest() == Instant::MIN {
        return Ok(Vec::new());
    }
    let zone = view.zone();
    let last = view.last_seal();
    let recorded = view.unsealed();
    let Some(mut from) = last.as_ref().map(|seal| seal.to).or_else(|| recorded.first().map(|first| zone.start_of(zone.day_of(*first))))
    else {
        return Ok(Vec::new());
    };
    let mut seals = Vec::new();
    let mut day = last.as_ref().map_or_else(|| zone.day_of(from), |seal| seal.day.next().max(zone.day_of(from)));
    while zone.end_of(day) <= now {
        let to = zone.end_of(day);
        if to > from {
            let carried = !recorded.iter().any(|at| *at >= from && *at < to);
            seals.push(Seal { day, zone: zone.clone(), from, to, carried });
            from = to;
        }
        day = day.next();
    }
    if seals.is_empty() {
        return Ok(Vec::new());
    }
    let days: Vec<Day> = seals.iter().map(|seal| seal.day).collect();
    let end = from;
    let mut transaction = store.begin(Layer::Observed)?;
    for (stream, current) in transaction.waiting()? {
        if current.at >= end {
            continue;
        }
        let body = current.body.as_deref().and_then(|text| serde_json::from_str::<Body>(text).ok());
        transaction.version(stream, Some(current.at), body, current.check, false);
    }
    for seal in seals {
        transaction.put_seal(seal);
    }
    transaction.commit(now)?;
    store.pack()?;
    Ok(days)
}
