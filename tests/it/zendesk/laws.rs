//! Whatever tickets go through, and whenever they are read.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use spot::demo::zendesk::{Account, Entry, Options, Ticket, What};
use spot::model::event::value_at;
use spot::model::{Event, Instant};

use super::{DAY, World, at, options, small, ticket};

/// Minutes after the one before, and what.
type Dice = Vec<(i64, u8)>;

fn happened(dice: &Dice) -> Vec<(i64, What)> {
    let (mut minutes, mut all) = (0, Vec::new());
    let (mut is_over, mut is_deleted) = (false, false);
    for (gap, side) in dice {
        minutes += gap;
        let what = match side {
            0 | 1 => What::Status("open"),
            2 | 3 => What::Status("pending"),
            4 => What::Status("hold"),
            5 | 6 => What::Status("solved"),
            7 => What::Status("closed"),
            8 => What::Merge(1),
            9 => What::System,
            10 => What::Priority(Some("low")),
            11 => What::Delete,
            _ => What::Restore,
        };
        // What is closed or merged stays so, and nothing happens to what is deleted.
        let can_be = match what {
            What::System => true,
            What::Restore => is_deleted,
            What::Delete => !is_deleted,
            _ => !is_deleted && !is_over,
        };
        if !can_be {
            continue;
        }
        match what {
            What::Delete => is_deleted = true,
            What::Restore => is_deleted = false,
            What::Status("closed") | What::Merge(_) => is_over = true,
            _ => {}
        }
        all.push((minutes, what));
    }
    all
}

fn account(dice: &[(i64, Dice)]) -> Account {
    let mut tickets: Vec<Ticket> = dice
        .iter()
        .enumerate()
        .map(|(number, (minutes, dice))| {
            let created = at("2026-01-01T00:00:00Z").plus_seconds(minutes * 60).to_string();
            ticket(number as u64 * 2 + 1, &created, Some("high"), &[], &happened(dice))
        })
        .collect();
    tickets.sort_by_key(|ticket| ticket.created);
    Account { tickets, ..small() }
}

/// The state of a ticket at a moment, as it is known at the end.
fn state(ticket: &Ticket, moment: Instant) -> &'static str {
    let deleted = ticket.entries.iter().rev().find(|entry| matches!(entry.what, What::Delete | What::Restore));
    if deleted.is_some_and(|entry| entry.what == What::Delete && entry.at <= moment) {
        return "deleted";
    }
    let known = ticket.entries.iter().take_while(|entry| entry.at <= moment);
    known.fold("open", |state, Entry { what, .. }| match what {
        What::Status("pending") => "waiting",
        What::Status("solved") => "solved",
        What::Status("closed") => "closed",
        What::Status(_) => "open",
        What::Merge(_) => "deleted",
        _ => state,
    })
}

fn dice() -> impl Strategy<Value = Vec<(i64, Dice)>> {
    let entries = prop::collection::vec((1_i64..20_000, 0_u8..14), 0..9);
    prop::collection::vec((0_i64..60 * 1_440, entries), 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn days_add_up_to_what_happened(dice in dice(), days in prop::collection::vec(1_i64..9, 1..12), page in 1_usize..4) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let account = account(&dice);
            let tickets = account.tickets.clone();
            let mut world = World::with(account, Options { page, ..options() }, |_| {}).await;
            let mut by_days: BTreeMap<String, Event> = BTreeMap::new();
            let mut day = 20;
            for more in &days {
                world.set(at("2026-01-01T00:00:00Z").plus_seconds(day * DAY));
                world.collect().await.keep(&mut by_days);
                day += more;
            }
            let end = at("2027-06-01T00:00:00Z");
            world.set(end);
            world.collect().await.keep(&mut by_days);
            world.memory.clear();
            let mut at_once = BTreeMap::new();
            world.backfill(700).await.keep(&mut at_once);
            assert_eq!(at_once.len(), tickets.len());
            assert!(at_once.keys().eq(by_days.keys()));
            for ticket in &tickets {
                let (event, known) = (&at_once[&ticket.id.to_string()], &by_days[&ticket.id.to_string()]);
                let now = |event: &Event| value_at(&event.history, "state", end).and_then(Value::as_str).map(str::to_owned);
                assert_eq!((now(event).as_deref(), now(known).as_deref()), (Some(state(ticket, end)), Some(state(ticket, end))));
                assert_eq!((&known.body, known.ended, known.at), (&event.body, event.ended, event.at));
                // What was emptied meanwhile tells nothing more of what it went through.
                if !event.is_whole {
                    assert_eq!(state(ticket, end), "deleted");
                    continue;
                }
                assert_eq!(known, event);
                for moment in ticket.entries.iter().flat_map(|entry| [entry.at, entry.at.plus_seconds(30)]).chain([ticket.created]) {
                    let told = value_at(&event.history, "state", moment).and_then(Value::as_str);
                    assert_eq!(told, Some(state(ticket, moment)), "{ticket:?} at {moment}");
                }
            }
        });
    }
}
