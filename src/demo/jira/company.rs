//! What stands in the company's Jira: a project for each system, with a component for each of its services.

use std::collections::BTreeMap;

use super::content::{Category, Content, Issue, Person, Project, Status};
use crate::demo::company::trouble::{Bug, BugKey, BugState, FoundBy, Resolution};
use crate::demo::company::{Company, Timed};
use crate::model::Instant;
use crate::model::trouble::Priority;

const RESOLUTIONS: [Resolution; 4] = [Resolution::Fixed, Resolution::WontDo, Resolution::Duplicate, Resolution::CannotReproduce];

impl Content {
    /// The bugs of a company that it keeps in Jira.
    #[must_use]
    pub fn of_company(company: &Company) -> Self {
        let trouble = &company.trouble;
        let numbered = |names: &[&str], first: u64| (first..).zip(names).map(|(id, name)| (id, (*name).to_owned())).collect();
        let status = |id: u64, name: &str, category| Status { id, name: name.to_owned(), category };
        let projects = trouble.projects.iter().enumerate();
        let people = company.people.iter().map(|person| Person {
            account: format!("712020:{:08x}-0000-4000-8000-{:012x}", person.id, person.id),
            login: person.login.clone(),
            name: person.name.clone(),
        });
        let bugs = trouble.bugs.iter().enumerate();
        Self {
            projects: projects
                .map(|(at, project)| Project { id: 10_000 + at as u64, key: project.key.clone(), name: project.name.clone() })
                .collect(),
            types: numbered(&["Bug"], 10_004),
            statuses: vec![
                status(10_000, "Open", Category::New),
                status(3, "In Progress", Category::Indeterminate),
                status(10_001, "In Review", Category::Indeterminate),
                status(10_002, "Done", Category::Done),
            ],
            resolutions: numbered(&RESOLUTIONS.map(Resolution::word), 10_000),
            priorities: numbered(&["Highest", "High", "Medium", "Low", "Lowest"], 1),
            fields: Vec::new(),
            people: people.collect(),
            issues: bugs.filter_map(|(position, bug)| issue(company, position, bug)).collect(),
        }
    }
}

/// A bug as an issue; none if it is kept elsewhere.
fn issue(company: &Company, position: usize, bug: &Bug) -> Option<Issue> {
    let mut keys = Vec::new();
    for (at, key) in bug.key.all() {
        let BugKey::Jira { project, number } = key else { return None };
        keys.push((*at, (usize::from(*project), u64::from(*number))));
    }
    let services = bug.service.all().iter();
    let component = |service: u32| vec![company.delivery.services[service as usize].name.clone()];
    let ranked = |priority: Priority| Priority::ALL.iter().position(|known| *known == priority);
    let (mut status, mut resolution) = (Timed::always(0), Timed::always(None));
    for transition in &bug.transitions {
        let (to, because) = match transition.to {
            BugState::Open => (0, None),
            BugState::InProgress => (1, None),
            BugState::InReview => (2, None),
            BugState::Resolved(why) => (3, RESOLUTIONS.iter().position(|known| *known == why)),
        };
        status.push(transition.at, to);
        resolution.push(transition.at, because);
    }
    let found = match bug.found_by {
        FoundBy::Customer => "A customer wrote to us.",
        FoundBy::Monitoring => "An alert fired.",
        FoundBy::Testing => "Found while testing.",
        FoundBy::Colleague => "Seen in the code.",
    };
    Some(Issue {
        id: 10_000 + position as u64,
        exists: bug.created..bug.deleted.unwrap_or(Instant::MAX),
        summary: bug.title.clone(),
        description: format!("{found} {}", bug.title),
        reporter: bug.reporter as usize,
        key: Timed::steps(keys),
        kind: Timed::always(0),
        status,
        resolution,
        priority: Timed::steps(bug.priority.all().iter().map(|(at, priority)| (*at, priority.and_then(ranked))).collect()),
        assignee: Timed::always(bug.assignee.map(|person| person as usize)),
        labels: Timed::always(bug.labels.iter().map(|label| (*label).to_owned()).collect()),
        components: Timed::steps(services.map(|(at, service)| (*at, component(*service))).collect()),
        custom: BTreeMap::new(),
        resolved: None,
    })
}
