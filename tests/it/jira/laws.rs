//! Laws: the past is as Jira showed it, and it does not matter when one reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use spot::demo::jira::Options;
use spot::demo::jira::content::{Category, Content, Issue};
use spot::model::event::fields_at;
use spot::model::{Event, Instant, Reading};

use super::{DAY, DUPLICATE, NOW, World, at, content, life, rules, thrown, told, unite};

/// A company's bugs over half a year, by dice.
fn dice() -> impl Strategy<Value = Vec<Issue>> {
    let change = (0..8_u8, 0..5_usize, 1..170_i64, 0..86_400_i64);
    let issue = (1..180_i64, 0..86_400_i64, proptest::collection::vec(change, 0..9));
    proptest::collection::vec(issue, 1..12).prop_map(|drafts| {
        drafts.into_iter().enumerate().map(|(number, (days, second, changes))| thrown(number as u64, days, second, changes)).collect()
    })
}

/// How an issue stands by what Jira shows at an instant.
fn truth(content: &Content, issue: &Issue, when: Instant) -> Value {
    let by_resolution = issue.resolution.all().iter().any(|(_, value)| value.is_some());
    let done = content.statuses[*issue.status.at(when)].category == Category::Done;
    let state = match issue.resolution.at(when) {
        _ if *issue.kind.at(when) != 0 => "deleted",
        Some(DUPLICATE) => "deleted",
        Some(_) => "resolved",
        None if !by_resolution && done => "resolved",
        None => "open",
    };
    let labels = issue.labels.at(when);
    let key = &content.projects[issue.key.at(when).0].key;
    let resource = match issue.components.at(when).iter().min() {
        _ if labels.iter().any(|label| label == "service-billing") => "service/billing".to_owned(),
        Some(component) => format!("project/{key}/component/{component}"),
        None => format!("project/{key}"),
    };
    let priority = issue.priority.at(when).and_then(|position| ["critical", "high", "medium", "low"].get(position).copied());
    json!({ "state": state, "production": labels.iter().any(|label| label == "production"), "resource": resource, "priority": priority })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn every_past_instant_is_as_jira_showed_it_then(issues in dice(), is_own in any::<bool>(), most in prop::sample::select(vec![2_usize, 100])) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let all = content(issues);
            let options = Options { data_center: is_own, most_issues: most, most_changes: most, ..Options::default() };
            let mut world = World::with(all.clone(), options, rules).await;
            let mut events = world.collect().await.events();
            events.extend(world.backfill(365, usize::MAX).await.events());
            assert_eq!(events.len(), all.issues.len());
            for issue in &all.issues {
                let event = &events[&issue.id.to_string()];
                assert_eq!(event.at, issue.exists.start);
                for moment in issue.moments().into_iter().chain([issue.exists.start, at(NOW)]) {
                    for when in [moment.plus_micros(-1), moment, moment.plus_seconds(1)] {
                        if when >= issue.exists.start && when <= at(NOW) {
                            assert_eq!(told(event, when), truth(&all, issue, when), "{} at {when}: {:?}", issue.id, event.history);
                        }
                    }
                }
                let fields = fields_at(&event.body, &event.history, at(NOW));
                assert!(event.body.iter().all(|(name, value)| fields.get(name) == Some(value)), "the body is as of now");
                assert_eq!(event.ended.is_some(), fields["state"] != "open");
            }
        });
    }

    #[test]
    fn a_backfill_gives_what_reading_day_by_day_gives(issues in dice(), lags in prop::sample::select(vec![0_i64, 600]), ahead in prop::sample::select(vec![-7200_i64, 0, 7200])) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = Options { search_lags: lags, ahead, zone: Some("America/New_York".to_owned()), ..Options::default() };
            let mut daily = World::with(content(issues.clone()), options.clone(), rules).await;
            let mut known = BTreeMap::new();
            daily.pass(-181 * DAY);
            for _ in 0..182 {
                daily.pass(DAY);
                let said = daily.collect().await;
                assert!(said.reading() == Some(Reading::Full), "{:?}", said.problems());
                unite(&mut known, said.events());
            }
            let mut once = World::with(content(issues), options, rules).await;
            once.pass(DAY);
            let mut filled = once.collect().await.events();
            filled.extend(once.backfill(400, usize::MAX).await.events());
            let lives = |events: &BTreeMap<String, Event>| -> BTreeMap<String, _> {
                events.iter().map(|(id, it)| (id.clone(), (it.at, it.ended, life(it), it.body.clone(), it.resource.clone()))).collect()
            };
            let (mut daily, mut once) = (lives(&known), lives(&filled));
            for all in [&mut daily, &mut once] {
                all.values_mut().for_each(|it| it.4 = Arc::new(spot::model::Resource { scope: String::new(), ..(*it.4).clone() }));
            }
            assert_eq!(daily, once);
        });
    }
}
