//! The company's account: a service for everything in production, and an incident for each of the company's.

use std::collections::BTreeMap;

use serde_json::Value;

use super::account::{Account, Entry, Incident, Service, Shift, User, What};
use crate::demo::company::Company;
use crate::demo::company::trouble;
use crate::model::Instant;
use crate::model::trouble::Severity;

/// Priorities by the severity that they stand for; the lowest two are the minor ones'.
const PRIORITIES: [&str; 5] = ["P1", "P2", "P3", "P4", "P5"];

/// The id of the service that a component of this name has.
#[must_use]
pub fn service_id(component: &str) -> String {
    id('S', u64::from(crc32c::crc32c(component.as_bytes())))
}

/// Six letters and digits after a P, as PagerDuty's ids are.
fn id(kind: char, number: u64) -> String {
    const LETTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut text = format!("P{kind}");
    let mut left = number;
    for _ in 0..7 {
        text.push(LETTERS[(left % 36) as usize] as char);
        left /= 36;
    }
    text
}

/// What the company has in PagerDuty.
#[must_use]
pub fn account(company: &Company) -> Account {
    let delivery = &company.delivery;
    let services = delivery.services.iter().map(|service| Service {
        id: service_id(&service.name),
        // Every eighth is called as people call it.
        name: if crc32c::crc32c(service.name.as_bytes()).is_multiple_of(8) { spoken(&service.name) } else { service.name.clone() },
        keys: vec![format!("{:032x}", u128::from(crc32c::crc32c(service.name.as_bytes())) * 0x1_0000_0001_0000_0001)],
        created: service.exists.start,
        deleted: (service.exists.end < Instant::MAX).then_some(service.exists.end),
    });
    let users = company.people.iter().enumerate().map(|(number, person)| User { id: id('U', number as u64), name: person.name.clone() });
    let incidents = company.trouble.incidents.iter().enumerate().map(|(number, incident)| told(company, number, incident));
    Account {
        subdomain: company.login.clone(),
        time_zone: "Europe/Berlin".to_owned(),
        priorities: PRIORITIES.map(str::to_owned).to_vec(),
        users: users.collect(),
        services: services.collect(),
        incidents: incidents.collect(),
        on_call: shifts(company),
    }
}

/// `rate-shopping-api` as people call it: `Rate Shopping API`.
fn spoken(name: &str) -> String {
    let word = |word: &str| match word {
        "api" | "edi" | "erp" | "ui" => word.to_uppercase(),
        _ => word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect(),
    };
    name.split('-').map(word).collect::<Vec<_>>().join(" ")
}

fn incident_id(number: usize) -> String {
    id('I', number as u64 * 7 + 1)
}

const fn priority(severity: Severity) -> usize {
    match severity {
        Severity::Critical => 0,
        Severity::Major => 1,
        Severity::Minor => 2,
    }
}

fn told(company: &Company, number: usize, incident: &trouble::Incident) -> Incident {
    let leader = incident.commander as usize;
    let mut entries = vec![Entry { at: incident.started.plus_seconds(2), by: None, what: What::Notify }];
    let mut push = |at, by, what| entries.push(Entry { at, by, what });
    let mut steps = incident.severity.all().iter();
    let first = steps.next().map(|(_, severity)| priority(*severity));
    steps.for_each(|(at, severity)| push(*at, Some(leader), What::Priority(Some(priority(*severity)))));
    if let Some(at) = incident.acknowledged {
        push(at, Some(leader), What::Acknowledge);
    }
    if let Some(at) = incident.resolved {
        match incident.duplicate_of {
            Some(other) => push(at, Some(leader), What::Merge(incident_id(other as usize))),
            // What nobody looked at was over by itself.
            None => push(at, incident.acknowledged.map(|_| leader), What::Resolve),
        }
        if incident.has_postmortem {
            push(at.plus_seconds(86_400), Some(leader), What::Annotate("What happened, and what follows, is written down.".to_owned()));
        }
    }
    entries.sort_by_key(|entry| entry.at);
    let names = incident.features.iter().map(|feature| Value::from(company.trouble.features[usize::from(*feature)].as_str()));
    // A field holds no more than this.
    let names: Vec<Value> = names.take(10).collect();
    let mut fields = BTreeMap::new();
    if !names.is_empty() {
        fields.insert("affected_features".to_owned(), Value::Array(names));
    }
    Incident {
        id: incident_id(number),
        title: incident.title.clone(),
        service: incident.service as usize,
        urgency: if first < Some(2) { "high" } else { "low" },
        // Some of the small ones are as good as nothing.
        priority: first.map(|first| if first == 2 && number.is_multiple_of(5) && entries_are_plain(&entries) { 3 } else { first }),
        created: incident.started,
        entries,
        fields,
    }
}

fn entries_are_plain(entries: &[Entry]) -> bool {
    !entries.iter().any(|entry| matches!(entry.what, What::Priority(_)))
}

/// Every team's members take turns, a week each.
fn shifts(company: &Company) -> Vec<Shift> {
    let week = 7 * 86_400;
    let mut found = Vec::new();
    for team in company.teams.iter().filter(|team| team.parent.at(company.history.start).is_some()) {
        let mut start = company.history.start.max(team.exists.start);
        let mut turn = 0;
        while start < team.exists.end.min(company.history.end) {
            let members: Vec<usize> =
                team.members.iter().filter(|member| member.during.contains(&start)).map(|member| member.person).collect();
            let end = start.plus_seconds(week);
            if !members.is_empty() {
                found.push(Shift { user: members[turn % members.len()], policy: team.slug.at(start).clone(), start, end });
            }
            turn += 1;
            start = end;
        }
    }
    found
}
