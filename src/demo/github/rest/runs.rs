//! Runs of workflows, newest first.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Found, api, bodies, demand, fail, not_found, ok, page};
use crate::demo::company::delivery::{Outcome, Trigger, Workflow, WorkflowRun};
use crate::demo::github::visit::Visit;
use crate::demo::github::{Asked, delivered, node_id, seconds_text};

/// No filtered list leads further than this.
const MOST_FOUND: usize = 1000;

/// What stands behind `/actions/runs`.
pub(super) fn answer(visit: &Arc<Visit>, asked: &Asked, index: usize, rest: &[&str]) -> Answer {
    demand(visit, "actions")?;
    let delivery = &visit.company().delivery;
    let all = delivery.workflow_runs_of(index, visit.now).rev();
    match rest {
        [] => {
            let created = asked.query("created").map(|text| delivered::stretch(&text));
            if created == Some(None) {
                return fail(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed");
            }
            let created = created.flatten();
            let (branch, event, status) = (asked.query("branch"), asked.query("event"), asked.query("status"));
            let wanted = |run: &WorkflowRun| {
                let told = told(visit, run);
                let is = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
                created.is_none_or(|(from, to)| (from..=to).contains(&run.created))
                    && is(&branch, &told.branch)
                    && is(&event, told.event)
                    && status.as_ref().is_none_or(|wanted| wanted == told.status || Some(wanted.as_str()) == told.conclusion)
            };
            let mut found: Vec<&WorkflowRun> = all.map(|position| &delivery.workflow_runs[position]).filter(|run| wanted(run)).collect();
            let count = found.len();
            if created.is_some() || branch.is_some() || event.is_some() || status.is_some() {
                found.truncate(MOST_FOUND);
            }
            let (found, link) = page(visit, asked, found, &format!("/repositories/{}/actions/runs", visit.repository(index).id));
            let repository = if found.is_empty() { Value::Null } else { bodies::minimal_repository(visit, index) };
            let runs: Vec<Value> = found.into_iter().map(|run| body(visit, index, run, &repository)).collect();
            Ok(Found::Page(json!({"total_count": count, "workflow_runs": runs}), link))
        }
        [id] => {
            let mut all = all.map(|position| &delivery.workflow_runs[position]);
            match all.find(|run| run.id.to_string() == *id) {
                Some(run) => ok(body(visit, index, run, &bodies::minimal_repository(visit, index))),
                None => not_found(),
            }
        }
        _ => not_found(),
    }
}

/// What is told of a run as of now.
struct Told {
    event: &'static str,
    branch: String,
    sha: String,
    status: &'static str,
    conclusion: Option<&'static str>,
}

fn told(visit: &Visit, run: &WorkflowRun) -> Told {
    let index = run.repository as usize;
    let (event, branch, sha) = match run.trigger {
        Trigger::PullRequest(position) => {
            let request = &visit.company().delivery.pull_requests[position as usize];
            ("pull_request", delivered::head_branch(visit.company(), request), delivered::head_oid(request))
        }
        trigger => {
            let event = if trigger == Trigger::Schedule { "schedule" } else { "push" };
            let sha = visit.line(index).commit(run.commit as usize).to_string();
            (event, visit.repository(index).default_branch.clone(), sha)
        }
    };
    let (status, conclusion) = match () {
        () if run.finished() <= visit.now => {
            let conclusion = match run.outcome {
                Outcome::Success => "success",
                Outcome::Failure => "failure",
                Outcome::Cancelled => "cancelled",
            };
            ("completed", Some(conclusion))
        }
        () if run.started() <= visit.now => ("in_progress", None),
        () => ("queued", None),
    };
    Told { event, branch, sha, status, conclusion }
}

fn body(visit: &Visit, index: usize, run: &WorkflowRun, repository: &Value) -> Value {
    let told = told(visit, run);
    let (name, file) = match run.workflow {
        Workflow::Ci => ("CI", "ci.yml"),
        Workflow::Deploy => ("Deploy", "deploy.yml"),
        Workflow::Nightly => ("Nightly", "nightly.yml"),
    };
    let commit = &visit.repository(index).commits[run.commit as usize];
    let title = match run.trigger {
        Trigger::PullRequest(position) => {
            let request = &visit.company().delivery.pull_requests[position as usize];
            visit.company().delivery.title(request, visit.repository(index)).to_owned()
        }
        Trigger::Push => commit.message.lines().next().unwrap_or_default().to_owned(),
        Trigger::Schedule => name.to_owned(),
    };
    let url = format!("{}/repos/{}/actions/runs/{}", api(visit), visit.full_name(index), run.id);
    let workflow = visit.repository(index).id % 90_000_000 * 4 + run.workflow as u64;
    let updated = [run.finished(), run.started(), run.created].into_iter().find(|at| *at <= visit.now).unwrap_or(run.created);
    let is_over = told.conclusion.is_some();
    let author = &visit.company().people[commit.author];
    let signature = json!({"name": author.name, "email": author.email});
    let tree = visit.line(index).root(run.commit as usize).to_string();
    json!({
        "id": run.id, "name": name, "node_id": node_id::encode("WFR", &[run.id], None),
        "check_suite_id": run.id * 2 + 1, "check_suite_node_id": node_id::encode("CS", &[run.id * 2 + 1], None),
        "head_branch": told.branch, "head_sha": told.sha, "path": format!(".github/workflows/{file}"),
        "display_title": title, "run_number": run.number, "run_attempt": if is_over { run.attempt } else { 1 },
        "event": told.event, "status": told.status, "conclusion": told.conclusion, "workflow_id": workflow,
        "url": url, "html_url": format!("{}/{}/actions/runs/{}", visit.base, visit.full_name(index), run.id),
        "pull_requests": [], "created_at": seconds_text(run.created), "updated_at": seconds_text(updated),
        "run_started_at": seconds_text(run.started().min(visit.now.max(run.created))),
        "actor": bodies::simple_user(visit, run.by as usize), "triggering_actor": bodies::simple_user(visit, run.by as usize),
        "referenced_workflows": [], "previous_attempt_url": (is_over && run.attempt > 1).then(|| format!("{url}/attempts/{}", run.attempt - 1)),
        "jobs_url": format!("{url}/jobs"), "logs_url": format!("{url}/logs"), "artifacts_url": format!("{url}/artifacts"),
        "check_suite_url": format!("{}/repos/{}/check-suites/{}", api(visit), visit.full_name(index), run.id * 2 + 1),
        "cancel_url": format!("{url}/cancel"), "rerun_url": format!("{url}/rerun"),
        "workflow_url": format!("{}/repos/{}/actions/workflows/{workflow}", api(visit), visit.full_name(index)),
        "head_commit": {
            "id": told.sha, "tree_id": tree, "message": commit.message, "timestamp": seconds_text(commit.at),
            "author": signature.clone(), "committer": signature,
        },
        "repository": repository, "head_repository": repository, "head_repository_id": visit.repository(index).id,
    })
}
