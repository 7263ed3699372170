//! What is to be done for a channel now. Pure.

use crate::ingest::schedule::Schedule;
use crate::model::{Instant, Period, Zone};
use crate::report::send::delivery::{Delivery, State};
use crate::report::week::last_complete;

/// How far back a time is looked for that has passed: a week, and a day for clocks that change.
const LOOK_BACK_SECONDS: i64 = 8 * 86_400;
/// Waits before the next attempts, in seconds; the last one again and again.
const WAITS: [i64; 4] = [60, 300, 900, 3_600];

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, now.
    Nothing,
    /// It is to be sent; so many attempts have failed.
    Send(u32),
}

/// The last time that has come, and the week that was over then. Times that were missed long ago are not made up for, but the
/// last one always is.
#[must_use]
pub fn last_due(schedule: &Schedule, zone: &Zone, now: Instant) -> Option<(Instant, Period)> {
    let mut due = None;
    let mut after = now.plus_seconds(-LOOK_BACK_SECONDS);
    while let Some(next) = schedule.next_after(after, zone)
        && next <= now
    {
        due = Some(next);
        after = next;
    }
    due.map(|due| (due, last_complete(zone, due)))
}

/// What is to be done for what was due and of which this is the newest delivery, at `now`.
#[must_use]
pub fn step(newest: Option<&Delivery>, now: Instant) -> Step {
    let Some(newest) = newest else { return Step::Send(0) };
    match newest.state {
        State::Sent | State::Unclear | State::Sending => Step::Nothing,
        State::Failed => {
            let wait = WAITS[(newest.attempts.max(1) as usize - 1).min(WAITS.len() - 1)];
            if now >= newest.at.plus_seconds(wait) { Step::Send(newest.attempts) } else { Step::Nothing }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::send::delivery::Kind;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_monday_is_due_in_the_organisations_zone() {
        let schedule: Schedule = "0 8 * * 1".parse().unwrap();
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let due = |now: &str| last_due(&schedule, &zone, at(now)).map(|(due, week)| (due.to_string(), week.to_string()));
        let said = |due: &str, week: &str| Some((due.to_owned(), week.to_owned()));
        for (now, expected) in [
            // 08:00 is 07:00 UTC in winter.
            ("2026-11-16T06:59:59Z", said("2026-11-09T07:00:00Z", "2026-W45")),
            ("2026-11-16T07:00:00Z", said("2026-11-16T07:00:00Z", "2026-W46")),
            // Spot was down for days: the last one is made up for.
            ("2026-11-21T12:00:00Z", said("2026-11-16T07:00:00Z", "2026-W46")),
            // Around the change of clocks, and of the year.
            ("2026-03-30T06:00:00Z", said("2026-03-30T06:00:00Z", "2026-W13")),
            ("2027-01-04T07:00:00Z", said("2027-01-04T07:00:00Z", "2026-W53")),
        ] {
            assert_eq!(due(now), expected, "{now}");
        }
    }

    #[test]
    fn what_failed_is_tried_again_later_and_later_and_what_may_have_arrived_never() {
        let delivery = |state: State, attempts: u32| Delivery {
            week: "2026-W46".parse().unwrap(),
            channel: "engineering".to_owned(),
            kind: Kind::Report,
            number: 1,
            of: None,
            target: "slack".to_owned(),
            state,
            at: at("2026-11-16T08:00:00Z"),
            attempts,
            said: String::new(),
            by: None,
        };
        let after = |state, attempts, seconds| step(Some(&delivery(state, attempts)), at("2026-11-16T08:00:00Z").plus_seconds(seconds));
        assert_eq!(step(None, at("2026-11-16T08:00:00Z")), Step::Send(0));
        for (attempts, wait) in [(1, 60), (2, 300), (3, 900), (4, 3_600), (40, 3_600)] {
            assert_eq!(after(State::Failed, attempts, wait - 1), Step::Nothing);
            assert_eq!(after(State::Failed, attempts, wait), Step::Send(attempts));
        }
        assert_eq!(after(State::Sent, 1, 90_000), Step::Nothing);
        assert_eq!(after(State::Unclear, 1, 90_000), Step::Nothing);
        assert_eq!(after(State::Sending, 1, 0), Step::Nothing);
    }
}
