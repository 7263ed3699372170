//! Requests to one SonarQube: who asks, paging, and what a refusal means.
//!
//! # Invariants
//! - A list that is not known to be whole says so and why: pages that repeat, counts that disagree, limits of the source.
//! - A metric that the server does not know costs that metric alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::Memory;
use crate::collect::http::{Answer, Ask, Error, Http, Secret};
use crate::collect::sonarqube::convert::{Mode, Values, wished};
use crate::collect::sonarqube::wire::{Analyses, Component, Components, History, Measures, Metrics, ModeAnswer, OneComponent, date_time};
use crate::collect::sonarqube::{Config, TokenStyle};
use crate::model::Instant;

/// Entries of a page of projects or metrics.
const PAGE: u64 = 500;
/// Analyses of a page of history.
const HISTORY_PAGE: u64 = 1000;
/// Projects of one question for measures.
pub(crate) const BATCH: usize = 100;
/// What a line of a request may hold on its way through proxies, whose usual limit is 8 KiB.
const LONGEST_QUERY: usize = 6000;
/// The key under which the mode is remembered.
pub(crate) const MODE_KEY: &str = "mode";

/// Asks one SonarQube during one run.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    http: Http,
    config: &'a Config,
    /// The token goes as the user name of Basic authentication.
    basic: AtomicBool,
}

/// A list, as far as it could be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    /// Every entry once, in the order of the source.
    pub(crate) components: Vec<Component>,
    /// As the source counts them.
    pub(crate) total: u64,
    /// Why it is not known to be whole.
    pub(crate) lacking: Option<String>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        let basic = AtomicBool::new(config.token_style == TokenStyle::Basic);
        Self { http: http.for_run(cancel), config, basic }
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> u64 {
        self.http.asked()
    }

    /// The address of a call. Colons and commas stay as they are: they are legal in a query and keys are full of them.
    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.config.url.clone();
        url.set_path(&format!("{}/{path}", self.config.url.path().trim_end_matches('/')));
        url.set_fragment(None);
        let mut text = String::new();
        for (name, value) in query {
            let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            let value = value.replace("%2C", ",").replace("%3A", ":");
            text.push_str(if text.is_empty() { "" } else { "&" });
            text.push_str(&format!("{name}={value}"));
        }
        url.set_query((!text.is_empty()).then_some(text.as_str()));
        url
    }

    fn ask(&self, url: Url, token: Option<&Secret>) -> Ask {
        let ask = Ask::get(url).header("accept", "application/json");
        match token {
            None => ask,
            Some(token) if self.basic.load(Ordering::Relaxed) => ask.basic(token.expose(), &Secret::new("")),
            Some(token) => ask.bearer(token),
        }
    }

    /// The answer to a question, whatever its status.
    pub(crate) async fn send(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Error> {
        let url = self.url(path, query);
        let token = self.config.token.as_ref();
        let answer = self.http.send(self.ask(url.clone(), token)).await?;
        let may_be_old = self.config.token_style == TokenStyle::Auto && token.is_some() && !self.basic.load(Ordering::Relaxed);
        if answer.status.as_u16() != 401 || !may_be_old {
            return Ok(answer);
        }
        self.basic.store(true, Ordering::Relaxed);
        let again = self.http.send(self.ask(url, token)).await;
        if !matches!(&again, Ok(answer) if answer.status.as_u16() != 401) {
            self.basic.store(false, Ordering::Relaxed);
        }
        again
    }

    /// The answer as JSON of the expected shape.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Error> {
        self.send(path, query).await?.success()?.json()
    }

    /// The version, which is public. Servers before 10.0 take a bearer token for nobody's and show what nobody may see,
    /// so it decides how the token is sent.
    pub(crate) async fn version(&self) -> Result<String, Error> {
        let answer = self.http.send(self.ask(self.url("api/server/version", &[]), None)).await?.success()?;
        let text = String::from_utf8_lossy(&answer.body).trim().to_owned();
        if !text.starts_with(|first: char| first.is_ascii_digit()) || text.len() > 40 {
            let kind = answer.header("content-type").unwrap_or("no type").to_owned();
            let begin = text.chars().filter(|c| !c.is_control()).take(80).collect();
            return Err(Error::NotJson { kind, begin, problem: "expected a version".to_owned() });
        }
        Ok(text)
    }

    /// Decides how the token is sent. What goes wrong here goes wrong again with the first question that matters.
    pub(crate) async fn prepare(&self) {
        if self.config.token_style != TokenStyle::Auto || self.config.token.is_none() || self.config.organisation.is_some() {
            return;
        }
        if let Ok(version) = self.version().await {
            self.basic.store(major(&version).is_some_and(|major| major < 10), Ordering::Relaxed);
        }
    }

    /// The parameter that Cloud needs and a server must not get.
    fn organisation(&self) -> Option<(&str, &str)> {
        self.config.organisation.as_deref().map(|organisation| ("organization", organisation))
    }

    /// Every page of a list of projects.
    ///
    /// # Errors
    /// If not even the first page can be read.
    pub(crate) async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        let mut seen = BTreeSet::new();
        let page_size = PAGE.to_string();
        for page in 1_u64.. {
            let number = page.to_string();
            let mut query = query.to_vec();
            query.extend(self.organisation());
            query.extend([("ps", page_size.as_str()), ("p", number.as_str())]);
            let answer: Components = match self.get(path, &query).await {
                Ok(answer) => answer,
                Err(error) if page == 1 => return Err(error),
                Err(error) => {
                    let (read, total) = (seen.len(), listing.total);
                    listing.lacking = Some(format!("{path} gave {read} of {total} projects, then {}", describe(&error)));
                    break;
                }
            };
            listing.total = answer.paging.total;
            let (before, entries) = (seen.len(), answer.components.len());
            listing.components.extend(answer.components.into_iter().filter(|component| seen.insert(component.key.clone())));
            let read = seen.len() as u64;
            if read == listing.total {
                break;
            }
            if seen.len() == before || read > listing.total {
                let what = if entries == 0 { "ends" } else { "repeats itself" };
                listing.lacking = Some(format!("{path} {what} at page {page} with {read} projects, but counts {}", listing.total));
                break;
            }
        }
        Ok(listing)
    }

    /// How many entries a list has.
    pub(crate) async fn list_size(&self, path: &str, query: &[(&str, &str)]) -> Result<u64, Error> {
        let mut query = query.to_vec();
        query.extend(self.organisation());
        query.extend([("ps", "1"), ("p", "1")]);
        Ok(self.get::<Components>(path, &query).await?.paging.total)
    }

    /// Keys of all metrics that the server knows; none if it does not say so in full.
    async fn metrics(&self) -> Result<BTreeSet<String>, Error> {
        let mut known = BTreeSet::new();
        let page_size = PAGE.to_string();
        for page in 1_u64.. {
            let number = page.to_string();
            let answer: Metrics = self.get("api/metrics/search", &[("ps", &page_size), ("p", &number)]).await?;
            let before = known.len();
            known.extend(answer.metrics.into_iter().map(|metric| metric.key));
            if known.len() as u64 >= answer.total || known.len() == before {
                break;
            }
        }
        Ok(known)
    }

    /// How the server rates, and why that is not certain. Cloud is read by the standard metrics, the only ones that it
    /// has everywhere; servers before 10.8 know no other mode.
    async fn mode(&self, memory: &Memory) -> (Mode, Option<String>) {
        if self.config.organisation.is_some() {
            return (Mode::Standard, None);
        }
        let remembered = match memory.get(MODE_KEY).and_then(Value::as_str) {
            Some("mqr") => Mode::MultiQuality,
            _ => Mode::Standard,
        };
        match self.get::<ModeAnswer>("api/v2/clean-code-policy/mode", &[]).await {
            Ok(answer) => match answer.mode.as_str() {
                "MQR" => (Mode::MultiQuality, None),
                "STANDARD_EXPERIENCE" | "STANDARD" => (Mode::Standard, None),
                other => (remembered, Some(format!("the mode is {other:?}, expected MQR or STANDARD_EXPERIENCE"))),
            },
            // A server that had a mode once has not lost it.
            Err(error) if error.status() == Some(404) && remembered == Mode::Standard => (Mode::Standard, None),
            Err(error) => (remembered, Some(format!("the mode could not be read: {}", describe(&error)))),
        }
    }

    /// What to ask for: the mode, the metrics of the wish list that the server knows, and what went wrong.
    pub(crate) async fn wishes(&self, memory: &Memory) -> (Mode, Vec<&'static str>, Vec<String>) {
        let (mode, problem) = self.mode(memory).await;
        let mut problems: Vec<String> = problem.into_iter().collect();
        let mut wishes = wished(mode);
        match self.metrics().await {
            Ok(known) if !known.is_empty() => wishes.retain(|wish| known.contains(*wish)),
            // Then each refusal names what is not known.
            Ok(_) => problems.push("the server names no metric".to_owned()),
            Err(error) => problems.push(format!("the metrics of the server are not known: {}", describe(&error))),
        }
        (mode, wishes, problems)
    }

    /// Values of some projects, by project and metric. Metrics that turn out not to be known leave `metrics`.
    pub(crate) async fn measures(&self, projects: &[String], metrics: &mut Vec<&'static str>) -> Result<BTreeMap<String, Values>, Error> {
        let mut by_project: BTreeMap<String, Values> = BTreeMap::new();
        let mut left: Vec<&[String]> = vec![projects];
        while let Some(batch) = left.pop() {
            let query = [("projectKeys", batch.join(",")), ("metricKeys", metrics.join(","))];
            let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            match self.get::<Measures>("api/measures/search", &query).await {
                Ok(answer) => {
                    for measure in answer.measures {
                        let (component, metric) = (measure.component.clone(), measure.metric.clone());
                        if let Some(value) = measure.into_value() {
                            by_project.entry(component).or_default().insert(metric, value);
                        }
                    }
                }
                Err(error) if drop_unknown(&error, metrics) => left.push(batch),
                Err(error) if is_too_much(&error) && batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    left.extend([second, first]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(by_project)
    }

    /// Whether the measures of a project may be read, even if there are none.
    pub(crate) async fn may_read(&self, project: &str, metric: &str) -> Result<(), Error> {
        let answer: OneComponent = self.get("api/measures/component", &[("component", project), ("metricKeys", metric)]).await?;
        if answer.component.key == project {
            return Ok(());
        }
        let problem = format!("the answer is about {:?}", answer.component.key);
        Err(Error::NotJson { kind: "an answer".to_owned(), begin: answer.component.key, problem })
    }

    /// What the analyses of a project from `from` to before `to` found, all pages of it.
    pub(crate) async fn history(
        &self,
        project: &str,
        from: Option<Instant>,
        to: Instant,
        metrics: &mut Vec<&'static str>,
    ) -> Result<Analyses, Error> {
        let mut analyses = Analyses::new();
        let (page_size, to_text) = (HISTORY_PAGE.to_string(), date_time(to));
        let from_text = from.map(date_time);
        let mut page = 1_u64;
        let mut told = 0;
        loop {
            let (number, keys) = (page.to_string(), metrics.join(","));
            let mut query = vec![("component", project), ("metrics", keys.as_str()), ("to", &to_text), ("ps", &page_size), ("p", &number)];
            query.extend(from_text.as_deref().map(|from| ("from", from)));
            let answer = match self.get::<History>("api/measures/search_history", &query).await {
                Ok(answer) => answer,
                Err(error) if drop_unknown(&error, metrics) => continue,
                Err(error) => return Err(error),
            };
            let total = answer.paging.total;
            let before = analyses.len();
            let (entries, bad) = answer.add_to(&mut analyses);
            if let Some(bad) = bad {
                let problem = format!("{bad:?} is no time");
                return Err(Error::NotJson { kind: "history".to_owned(), begin: bad, problem });
            }
            told += entries;
            if told >= total {
                break;
            }
            // Two analyses of one second are one here, so only a page of nothing new says that the count is wrong.
            if entries == 0 || analyses.len() == before {
                let problem = format!("page {page} brings nothing new after {told} of {total} analyses");
                return Err(Error::NotJson { kind: "history".to_owned(), begin: project.to_owned(), problem });
            }
            page += 1;
        }
        analyses.retain(|at, _| *at < to && from.is_none_or(|from| from <= *at));
        Ok(analyses)
    }
}

/// Projects in groups that one question for measures can name.
pub(crate) fn batches<'b>(projects: &'b [String], metrics: &[&str]) -> Vec<&'b [String]> {
    let room = LONGEST_QUERY.saturating_sub(metrics.iter().map(|metric| metric.len() + 1).sum());
    let mut batches = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (position, project) in projects.iter().enumerate() {
        let takes = project.len() + 1;
        if position > start && (position - start == BATCH || length + takes > room) {
            batches.push(&projects[start..position]);
            (start, length) = (position, 0);
        }
        length += takes;
    }
    if start < projects.len() {
        batches.push(&projects[start..]);
    }
    batches
}

/// Takes out the metrics that a refusal names. False if it names none.
fn drop_unknown(error: &Error, metrics: &mut Vec<&'static str>) -> bool {
    let Error::Status { status: 400 | 404, message } = error else { return false };
    if !message.contains("not found") || !message.to_lowercase().contains("metric") {
        return false;
    }
    let named: BTreeSet<&str> = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let before = metrics.len();
    metrics.retain(|metric| !named.contains(metric));
    metrics.len() < before && !metrics.is_empty()
}

/// Whether fewer projects at once may be answered.
fn is_too_much(error: &Error) -> bool {
    match error {
        Error::Status { status: 413 | 414 | 431, .. } | Error::TooLarge { .. } => true,
        Error::Status { status: 400, message } => message.contains("more than maximum authorized"),
        _ => false,
    }
}

/// The first number of a version.
pub(crate) fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// What went wrong, with what can be done about it where that is known.
pub(crate) fn describe(error: &Error) -> String {
    let hint = match error {
        Error::Status { status: 401, .. } => ": the token is missing, revoked or expired",
        Error::Status { status: 403, .. } => ": the token has not the right",
        Error::Status { status: 404, message } if message.is_empty() || !message.contains("not found") => {
            ": is this SonarQube, and is its context path part of the URL?"
        }
        Error::NotJson { kind, .. } if kind.contains("html") => ": is this a page to sign in?",
        _ => return error.to_string(),
    };
    format!("{error}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, message: &str) -> Error {
        Error::Status { status, message: message.to_owned() }
    }

    #[test]
    fn a_refusal_of_some_metrics_costs_those_alone() {
        let mut metrics = vec!["bugs", "coverage", "new_bugs"];
        assert!(drop_unknown(&status(400, "The following metrics are not found: bugs"), &mut metrics));
        assert_eq!(metrics, ["coverage", "new_bugs"]);
        assert!(drop_unknown(&status(400, "Metrics new_bugs are not found"), &mut metrics));
        assert!(!drop_unknown(&status(400, "Metrics new_bugs are not found"), &mut metrics), "it would be asked for ever");
        assert!(!drop_unknown(&status(404, "Component key 'coverage' not found"), &mut metrics));
        assert!(!drop_unknown(&status(500, "The following metrics are not found: coverage"), &mut metrics));
        assert_eq!(metrics, ["coverage"]);
    }

    #[test]
    fn batches_hold_a_hundred_projects_or_a_line_that_fits() {
        let short: Vec<String> = (0..250).map(|number| format!("p{number:03}")).collect();
        assert_eq!(batches(&short, &["coverage"]).iter().map(|batch| batch.len()).collect::<Vec<_>>(), [100, 100, 50]);
        let long: Vec<String> = (0..30).map(|number| format!("{number:0400}")).collect();
        assert_eq!(batches(&long, &["coverage"]).iter().map(|batch| batch.len()).collect::<Vec<_>>(), [14, 14, 2]);
        assert!(batches(&[], &["coverage"]).is_empty());
    }
}
