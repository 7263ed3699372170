//! What the company delivers, as GitHub knows it: of deployments only those that its workflows make.

use serde_json::{Value, json};

use crate::demo::company::Company;
use crate::demo::company::delivery::{Deployment, Environment, Outcome, PullRequest, Tool, Versioning};
use crate::demo::github::issues::{Issue, Issues, State as IssueState};
use crate::demo::github::visit::Visit;
use crate::model::Instant;

/// How a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Queued,
    InProgress,
    Success,
    Failure,
    Error,
    Inactive,
}

/// GitHub's number of a deployment.
pub(super) const fn deployment_id(position: usize) -> u64 {
    210_000_000 + position as u64 * 13
}

/// GitHub's number of a status.
pub(super) const fn status_id(position: usize, number: usize) -> u64 {
    deployment_id(position) * 8 + number as u64
}

/// Positions of the deployments of a repository that GitHub was told of, oldest first.
pub(super) fn deployments(visit: &Visit, repository: usize) -> Vec<u32> {
    let delivery = &visit.company().delivery;
    let services = delivery.services_of(repository).filter(|service| delivery.services[*service].tool == Tool::GitHub);
    let mut found: Vec<u32> = services.flat_map(|service| delivery.deployments_of(service, visit.now)).copied().collect();
    found.sort_unstable();
    found
}

/// How a deployment went, as far as the clock has come, oldest first. What was replaced outside production is told to be
/// inactive; in production it never is.
pub(super) fn statuses(visit: &Visit, position: usize) -> Vec<(Instant, State)> {
    let delivery = &visit.company().delivery;
    let deployment = &delivery.deployments[position];
    let end = match deployment.outcome {
        Outcome::Success => State::Success,
        Outcome::Failure => State::Failure,
        Outcome::Cancelled => State::Error,
    };
    let mut all = vec![(deployment.queued, State::Queued), (deployment.started(), State::InProgress), (deployment.finished(), end)];
    if end == State::Success && delivery.environment_of(deployment) != Environment::Production {
        let here = delivery.deployments_at(deployment.service as usize, usize::from(deployment.placement), visit.now);
        let after = here.partition_point(|other| *other as usize <= position);
        let later = here[after..].iter().map(|other| &delivery.deployments[*other as usize]);
        let replaced = later.filter(|other| other.outcome == Outcome::Success).map(Deployment::finished).next();
        all.extend(replaced.map(|at| (at, State::Inactive)));
    }
    all.retain(|(at, _)| *at <= visit.now);
    all
}

/// The environment's name; a component of its own begins it in some teams.
pub(super) fn environment(company: &Company, deployment: &Deployment) -> String {
    let delivery = &company.delivery;
    let (service, region) = (delivery.service_of(deployment), delivery.region_of(deployment));
    service.environment_names.name(delivery.environment_of(deployment), region.name)
}

/// What the workflow hands on: of several components which one.
pub(super) fn payload(company: &Company, deployment: &Deployment) -> Value {
    let service = company.delivery.service_of(deployment);
    if service.is_main { json!({}) } else { json!({ "component": service.name }) }
}

/// The task.
pub(super) fn task(deployment: &Deployment) -> &'static str {
    // Some have a workflow of its own for going back, others deploy what was there before.
    if deployment.undoes().is_some() && deployment.commit.is_multiple_of(2) { "rollback" } else { "deploy" }
}

/// What the workflow says about it.
pub(super) fn description(deployment: &Deployment) -> Option<String> {
    match (deployment.undoes(), deployment.is_hotfix) {
        (Some(_), _) => Some("Roll back".to_owned()),
        (None, true) => Some("Hotfix".to_owned()),
        (None, false) => None,
    }
}

/// The position of the tag from which it was made.
pub(super) fn tag(company: &Company, deployment: &Deployment) -> Option<usize> {
    let service = company.delivery.service_of(deployment);
    let tags = &company.repositories[service.repository].tags;
    let here = |tag: &crate::demo::company::Tag| tag.commit == deployment.commit as usize && tag.at <= deployment.queued;
    (service.versioning == Versioning::Numbers).then(|| tags.iter().position(here)).flatten()
}

/// Where the deployed thing answers.
pub(super) fn url(company: &Company, deployment: &Deployment) -> Option<String> {
    let delivery = &company.delivery;
    let service = delivery.service_of(deployment);
    let environment = delivery.environment_of(deployment).word();
    let region = delivery.region_of(deployment).name;
    (deployment.service.is_multiple_of(2)).then(|| format!("https://{}.{region}.{environment}.{}.example", service.name, company.login))
}

/// Where the log is.
pub(super) fn log(visit: &Visit, repository: usize, position: usize) -> String {
    format!("{}/{}/actions/runs/{}", visit.base, visit.full_name(repository), 17_900_000_000 + position as u64 * 1_009)
}

/// When somebody last did something about a pull request.
pub(super) fn updated(request: &PullRequest, now: Instant) -> Instant {
    let reviews = request.reviews.iter().map(|review| review.at);
    let all = reviews.chain(request.closed).chain(request.draft_until);
    all.filter(|at| *at <= now).fold(request.opened, Instant::max)
}

/// The branch of a pull request.
pub(super) fn head_branch(company: &Company, request: &PullRequest) -> String {
    let author = &company.people[request.author as usize].login;
    let title = company.delivery.title(request, &company.repositories[request.repository as usize]);
    let slug: String = title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let slug = slug.split('-').filter(|word| !word.is_empty()).take(6).collect::<Vec<_>>().join("-");
    match (author.ends_with("-bot"), request.repository % 3) {
        (true, _) => format!("dependencies/{slug}"),
        (_, 0) => format!("{author}/{slug}"),
        (_, 1) => format!("feature/{slug}"),
        _ => slug,
    }
}

/// The newest commit of its branch, which is not on the default branch.
pub(super) fn head_oid(request: &PullRequest) -> String {
    super::objects::Oid::of(super::objects::Kind::Commit, &request.id.to_be_bytes()).to_string()
}

/// What is searched for.
#[derive(Debug, Default)]
pub(super) struct Search {
    owners: Vec<String>,
    repositories: Vec<String>,
    is_pull_request: bool,
    is_issue: bool,
    is_open: Option<bool>,
    /// Labels, of which one is enough.
    labels: Option<Vec<String>>,
    /// Types, of which one is enough.
    types: Option<Vec<String>>,
    updated: Option<(Instant, Instant)>,
    created: Option<(Instant, Instant)>,
    pub(super) descending: bool,
    pub(super) by_created: bool,
}

impl Search {
    /// The qualifiers of a query; none if one is not understood.
    pub(super) fn parse(query: &str) -> Option<Self> {
        let mut found = Self { descending: true, by_created: true, ..Self::default() };
        for word in words(query) {
            match word.split_once(':')? {
                ("org" | "user", owner) => found.owners.push(owner.to_lowercase()),
                ("repo", name) => found.repositories.push(name.to_lowercase()),
                ("is" | "type", "pr") => found.is_pull_request = true,
                ("is" | "type", "issue") => found.is_issue = true,
                ("is" | "state", state @ ("open" | "closed")) => found.is_open = Some(state == "open"),
                ("label", names) => found.labels = Some(named(names)),
                ("type", names) => found.types = Some(named(names)),
                ("updated", range) => found.updated = Some(stretch(range)?),
                ("created", range) => found.created = Some(stretch(range)?),
                ("sort", order) => {
                    let (by, direction) = order.rsplit_once('-').unwrap_or((order, "desc"));
                    (found.by_created, found.descending) = (by == "created", direction != "asc");
                }
                _ => return None,
            }
        }
        Some(found)
    }

    pub(super) fn has_repository(&self, owner: &str, full_name: &str) -> bool {
        let everywhere = self.owners.is_empty() && self.repositories.is_empty();
        everywhere || self.owners.contains(&owner.to_lowercase()) || self.repositories.contains(&full_name.to_lowercase())
    }

    pub(super) const fn is_of_pull_requests(&self) -> bool {
        self.is_pull_request
    }

    pub(super) const fn is_of_issues(&self) -> bool {
        self.is_issue
    }

    /// Whether the state, the labels and the type of an issue are those that are asked for.
    pub(super) fn fits(&self, issue: &Issue, issues: &Issues, now: Instant) -> bool {
        let any = |wanted: &Option<Vec<String>>, has: &dyn Fn(&str) -> bool| wanted.as_ref().is_none_or(|all| all.iter().any(|it| has(it)));
        self.is_open.is_none_or(|open| open == (issue.state(now) == IssueState::Open))
            && any(&self.labels, &|name| issue.labels.at(now).iter().any(|label| issues.label(label, now).eq_ignore_ascii_case(name)))
            && any(&self.types, &|name| issue.kind.at(now).as_ref().is_some_and(|kind| kind.eq_ignore_ascii_case(name)))
    }

    pub(super) fn matches(&self, updated: Instant, created: Instant) -> bool {
        let within = |range: &Option<(Instant, Instant)>, at: Instant| range.is_none_or(|(from, to)| (from..=to).contains(&at));
        within(&self.updated, updated) && within(&self.created, created)
    }
}

/// The words of a query; what stands in quotes is one.
fn words(query: &str) -> Vec<String> {
    let (mut all, mut is_quoted) = (vec![String::new()], false);
    for c in query.chars() {
        is_quoted ^= c == '"';
        match all.last_mut() {
            Some(word) if is_quoted || !c.is_whitespace() => word.push(c),
            _ => all.push(String::new()),
        }
    }
    all.retain(|word| !word.is_empty());
    all
}

/// `bug,"type: bug"`.
fn named(names: &str) -> Vec<String> {
    names.split(',').map(|name| name.trim_matches('"').to_owned()).collect()
}

/// `2026-11-01T00:00:00Z..2026-11-15`, `>=2026-11-01`, `<2026-11-01`; to the second, both ends included.
pub(super) fn stretch(text: &str) -> Option<(Instant, Instant)> {
    let begin =
        |text: &str| -> Option<Instant> { if text.contains('T') { text.parse().ok() } else { format!("{text}T00:00:00Z").parse().ok() } };
    let end = |text: &str| -> Option<Instant> {
        if text.contains('T') {
            return Some(begin(text)?.plus_micros(999_999));
        }
        Some(begin(text)?.plus_seconds(86_400).plus_micros(-1))
    };
    if let Some((from, to)) = text.split_once("..") {
        let from = if from == "*" { Instant::MIN } else { begin(from)? };
        return Some((from, if to == "*" { Instant::MAX } else { end(to)? }));
    }
    if let Some(from) = text.strip_prefix(">=") {
        return Some((begin(from)?, Instant::MAX));
    }
    if let Some(to) = text.strip_prefix("<=") {
        return Some((Instant::MIN, end(to)?));
    }
    if let Some(from) = text.strip_prefix('>') {
        return Some((end(from)?.plus_micros(1), Instant::MAX));
    }
    if let Some(to) = text.strip_prefix('<') {
        return Some((Instant::MIN, begin(to)?.plus_micros(-1)));
    }
    Some((begin(text)?, end(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_understood_as_github_understands_it() {
        let at = |text: &str| -> Instant { text.parse().unwrap() };
        let search = Search::parse("org:acme is:pr updated:2026-11-01T00:00:00Z..2026-11-02 sort:updated-asc").unwrap();
        assert!(search.has_repository("Acme", "acme/ledger") && search.is_of_pull_requests() && !search.descending);
        assert!(search.matches(at("2026-11-02T23:59:59Z"), at("2020-01-01T00:00:00Z")));
        assert!(!search.matches(at("2026-11-03T00:00:00Z"), at("2026-11-01T12:00:00Z")));
        assert!(
            Search::parse("repo:acme/ledger created:>=2026-11-01").unwrap().matches(at("2026-12-01T00:00:00Z"), at("2026-11-01T00:00:00Z"))
        );
        let search = Search::parse("repo:acme/ledger is:issue is:closed label:\"type: bug\",bug").unwrap();
        assert!(search.is_of_issues() && search.labels == Some(vec!["type: bug".to_owned(), "bug".to_owned()]));
        assert!(Search::parse("is:flying").is_none() && Search::parse("word").is_none());
    }
}
