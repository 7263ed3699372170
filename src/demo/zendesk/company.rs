//! The company's account: a ticket for each of its support cases.

use std::collections::BTreeMap;

use serde_json::Value;

use super::account::{Account, Entry, Field, Ticket, What};
use crate::demo::company::Company;
use crate::demo::company::trouble::{CaseState, SupportCase};
use crate::model::Instant;
use crate::model::trouble::Priority;

/// The number of the field that names the part of the product.
const AREA: u64 = 360_012_345;
/// What people call it.
pub const AREA_TITLE: &str = "Product area";
/// How long it takes until somebody knows which service is to blame.
const TRIAGE_SECONDS: i64 = 900;

/// What the company has in Zendesk.
#[must_use]
pub fn account(company: &Company) -> Account {
    let options = company.trouble.features.iter().map(|name| (value(name), name.clone()));
    Account {
        subdomain: company.login.clone(),
        fields: vec![
            Field { id: AREA - 12, title: "Customer number".to_owned(), kind: "text", options: Vec::new() },
            Field { id: AREA, title: AREA_TITLE.to_owned(), kind: "tagger", options: options.collect() },
        ],
        tickets: company.trouble.cases.iter().map(|case| ticket(company, case)).collect(),
    }
}

/// `Rate shopping` -> `area_rate_shopping`; it is a tag, too.
fn value(feature: &str) -> String {
    let plain: String = feature.chars().map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' }).collect();
    format!("area_{plain}")
}

const fn word(priority: Option<Priority>) -> Option<&'static str> {
    match priority {
        Some(Priority::Critical) => Some("urgent"),
        Some(Priority::High) => Some("high"),
        Some(Priority::Medium) => Some("normal"),
        Some(Priority::Low) => Some("low"),
        None => None,
    }
}

fn ticket(company: &Company, case: &SupportCase) -> Ticket {
    let trouble = &company.trouble;
    let mut entries: Vec<Entry> = Vec::new();
    let mut push = |at: Instant, what| entries.push(Entry { at, what });
    for (at, state) in &case.steps {
        push(
            *at,
            What::Status(match state {
                CaseState::New => "new",
                CaseState::Open => "open",
                CaseState::Pending => "pending",
                CaseState::Solved => "solved",
                CaseState::Closed => "closed",
            }),
        );
    }
    for (at, priority) in case.priority.all().iter().skip(1) {
        push(*at, What::Priority(word(*priority)));
    }
    // Whoever finds out what is wrong names the service.
    let closed = case.steps.iter().find(|(_, state)| *state == CaseState::Closed).map_or(Instant::MAX, |(at, _)| *at);
    let blamed = [
        case.incident.map(|at| &trouble.incidents[at as usize]).map(|incident| (incident.started, incident.service)),
        case.bug.map(|at| &trouble.bugs[at as usize]).map(|bug| (bug.created, *bug.service.at(bug.created))),
    ];
    for (since, service) in blamed.into_iter().flatten() {
        let at = since.max(case.created).plus_seconds(TRIAGE_SECONDS);
        if at < closed && at < company.history.end {
            push(at, What::Tag(format!("service-{}", company.delivery.services[service as usize].name)));
            break;
        }
    }
    if let Some(deleted) = case.deleted {
        entries.retain(|entry| entry.at < deleted);
        entries.push(Entry { at: deleted, what: What::Delete });
    }
    entries.sort_by_key(|entry| entry.at);
    let area = case.feature.map(|feature| value(&trouble.features[usize::from(feature)]));
    let mut fields =
        BTreeMap::from([(AREA - 12, Value::from(format!("C-{:05}", crc32c::crc32c(case.customer.as_bytes()) % 90_000 + 10_000)))]);
    fields.extend(area.clone().map(|area| (AREA, Value::from(area))));
    Ticket {
        id: u64::from(case.number),
        subject: case.subject.clone(),
        description: format!("{} wrote: {}", case.customer, case.subject),
        priority: word(case.priority.all().first().and_then(|(_, priority)| *priority)),
        tags: area.into_iter().collect(),
        fields,
        created: case.created,
        entries,
    }
}
