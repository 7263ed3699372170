//! Requests to one Jira: who asks, lists page by page, changelogs, and what a refusal means.
//!
//! # Invariants
//! - Both products answer through the same [`Listing`]: Cloud by tokens, Data Center by offsets.
//! - A list that brings nothing new any more ends, and says so.
//! - No request asks for a description or a comment, except that Data Center's changelogs cannot be narrowed.
//! - No query is negated: Jira leaves out of what is `NOT` so whatever has nothing in the field.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::http::{Answer, Ask, Error, Http};
use crate::collect::jira::Config;
use crate::collect::jira::shape::Custom;
use crate::collect::jira::sort::Sort;
use crate::collect::jira::wire::{
    Bare, ByNumber, Changelogs, Count, FIELDS, Field, Found, History, Issue, Myself, Named, Project, Refusal, ServerInfo, Status, Values,
};

/// Issues of a page of Cloud; the server makes it smaller where that is much.
const CLOUD_PAGE: u64 = 1000;
/// Issues of a page of Data Center, each with its changelog.
const OWN_PAGE: u64 = 200;
/// Numbers of a page.
const NUMBERS_PAGE: u64 = 5000;
/// Issues whose changelogs are asked for together.
const CHANGELOGS: usize = 1000;
/// Issues that are asked for together by number.
pub(super) const NUMBERED: usize = 100;
/// Pages without anything new, after which a list is not believed any more.
const IDLE_PAGES: u32 = 3;

/// Asks one Jira during one run.
#[derive(Debug)]
pub(super) struct Client<'a> {
    http: Http,
    pub(super) config: &'a Config,
    /// Whether it is Cloud.
    pub(super) is_cloud: bool,
}

/// What an issue is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All that is read.
    Issues,
    /// Its number.
    Numbers,
}

/// Where a list goes on.
#[derive(Clone, Debug)]
enum Position {
    Begin,
    Token(String),
    Offset(u64),
    End,
}

/// A list that is read page by page.
#[derive(Debug)]
pub(super) struct Listing {
    jql: String,
    wanted: Wanted,
    size: u64,
    position: Position,
    /// Numbers that were listed.
    seen: HashSet<u64>,
    tokens: BTreeSet<String>,
    idle: u32,
    /// Why it is not believed to be whole.
    pub(super) doubt: Option<String>,
    /// As the source counts, where it does.
    pub(super) total: Option<u64>,
    /// What the source warns of.
    pub(super) warnings: BTreeSet<String>,
}

/// A page of a list.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) issues: Vec<Value>,
    /// Names of custom fields, where changelogs go by them.
    pub(super) names: BTreeMap<String, String>,
}

/// An issue with all that changed of it.
#[derive(Debug)]
pub(super) struct Full {
    pub(super) issue: Issue,
    pub(super) histories: Vec<History>,
}

impl Listing {
    /// What a query finds.
    pub(super) fn new(jql: String, wanted: Wanted) -> Self {
        Self {
            jql,
            wanted,
            size: u64::MAX,
            position: Position::Begin,
            seen: HashSet::new(),
            tokens: BTreeSet::new(),
            idle: 0,
            doubt: None,
            total: None,
            warnings: BTreeSet::new(),
        }
    }

    /// How many were listed.
    pub(super) fn read(&self) -> u64 {
        self.seen.len() as u64
    }
}

impl<'a> Client<'a> {
    /// One for a Jira of which it is not yet known which product it is.
    pub(super) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        Self { http: http.for_run(cancel), config, is_cloud: true }
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.http.asked()
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.config.url.clone();
        url.set_fragment(None);
        let version = if self.is_cloud { 3 } else { 2 };
        url.set_path(&format!("{}/rest/api/{version}/{path}", self.config.url.path().trim_end_matches('/')));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// An answer of whatever status.
    async fn ask(&self, ask: Ask) -> Result<Answer, Error> {
        let ask = ask.header("accept", "application/json");
        let ask = match (&self.config.email, &self.config.token) {
            (_, None) => ask,
            (Some(email), Some(token)) => ask.basic(email, token),
            (None, Some(token)) => ask.bearer(token),
        };
        let answer = self.http.send(ask).await?;
        // Who is not known may be taken for anybody, who sees nothing.
        let login = answer.header("x-seraph-loginreason").unwrap_or_default();
        if self.config.token.is_some() && (login.contains("AUTHENTICATED_FAILED") || login.contains("AUTHENTICATION_DENIED")) {
            return Err(Error::Status { status: 401, message: format!("X-Seraph-LoginReason: {login}") });
        }
        Ok(answer)
    }

    async fn send(&self, ask: Ask) -> Result<Answer, Error> {
        let answer = self.ask(ask).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        match refusal(&answer) {
            Some(message) => Err(Error::Status { status: answer.status.as_u16(), message }),
            None => answer.success(),
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Error> {
        self.send(Ask::get(self.url(path, query))).await?.json()
    }

    /// None if Jira itself, and not a gateway on the way, says that there is no such thing.
    async fn find<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<T>, Error> {
        let answer = self.ask(Ask::get(self.url(path, query))).await?;
        match (answer.status.as_u16(), refusal(&answer)) {
            (404 | 410, Some(_)) => Ok(None),
            (status, Some(message)) if !answer.status.is_success() => Err(Error::Status { status, message }),
            _ => answer.success()?.json().map(Some),
        }
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Error> {
        self.send(Ask::post_json(self.url(path, &[]), Bytes::from(body.to_string()))).await?.json()
    }

    /// Which product it is; both answer this in the same way.
    pub(super) async fn server(&mut self) -> Result<ServerInfo, Error> {
        self.is_cloud = false;
        let info: ServerInfo = self.get("serverInfo", &[]).await?;
        self.is_cloud = info.deployment_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("cloud"));
        Ok(info)
    }

    /// Who asks.
    pub(super) async fn myself(&self) -> Result<Myself, Error> {
        self.get("myself", &[]).await
    }

    /// Every status, with its category.
    pub(super) async fn statuses(&self) -> Result<Vec<Status>, Error> {
        self.get("status", &[]).await
    }

    /// Every priority, most urgent first.
    pub(super) async fn priorities(&self) -> Result<Vec<Named>, Error> {
        if !self.is_cloud {
            return self.get("priority", &[]).await;
        }
        // More than these nobody has; what is beyond is told as unknown.
        let page: Values<Named> = self.get("priority/search", &[("maxResults", "1000")]).await?;
        Ok(page.values)
    }

    /// Every field.
    pub(super) async fn fields(&self) -> Result<Vec<Field>, Error> {
        self.get("field", &[]).await
    }

    /// A project by its key or number; none if it does not exist, or may not be seen.
    pub(super) async fn project(&self, name: &str) -> Result<Option<Project>, Error> {
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        self.find(&format!("project/{name}"), &[]).await
    }

    /// How many a query finds.
    pub(super) async fn count(&self, jql: &str) -> Result<u64, Error> {
        if self.is_cloud {
            let count: Count = self.post("search/approximate-count", &json!({ "jql": jql })).await?;
            return Ok(count.count);
        }
        let found: Found = self.get("search", &[("jql", jql), ("maxResults", "0")]).await?;
        Ok(found.total.unwrap_or_default())
    }

    fn field_names(&self, wanted: Wanted) -> Vec<&str> {
        match wanted {
            Wanted::Issues => FIELDS.into_iter().chain(self.config.fields()).collect(),
            Wanted::Numbers => vec!["id"],
        }
    }

    /// The next page of a list; none at its end.
    ///
    /// # Errors
    /// The list can be gone on with by asking again.
    pub(super) async fn next(&self, listing: &mut Listing) -> Result<Option<Page>, Error> {
        loop {
            if matches!(listing.position, Position::End) {
                return Ok(None);
            }
            let most = match (listing.wanted, self.is_cloud) {
                (Wanted::Numbers, true) => NUMBERS_PAGE,
                (Wanted::Issues, true) => CLOUD_PAGE,
                (Wanted::Numbers, false) => CLOUD_PAGE,
                (Wanted::Issues, false) => OWN_PAGE,
            };
            listing.size = listing.size.min(most);
            let asked = if self.is_cloud { self.by_token(listing).await } else { self.by_offset(listing).await };
            match asked {
                // Somebody's changelog is long: fewer at once.
                Err(Error::TooLarge { .. } | Error::TimedOut { .. }) if listing.size > 1 => listing.size = listing.size.div_ceil(8),
                Err(Error::TooLarge { .. }) if matches!(listing.position, Position::Begin | Position::Offset(_)) && !self.is_cloud => {
                    let at = if let Position::Offset(at) = listing.position { at } else { 0 };
                    listing.doubt = Some("an issue is too large to be read; it is left out".to_owned());
                    listing.position = Position::Offset(at + 1);
                }
                Err(error) => return Err(error),
                Ok(page) => return Ok(Some(page)),
            }
        }
    }

    /// Notes what is new of a page. False if nothing is any more.
    fn note(listing: &mut Listing, found: &Found) -> bool {
        let numbers = found.issues.iter().filter_map(|issue| serde_json::from_value::<Bare>(issue.clone()).ok()?.id.parse::<u64>().ok());
        let before = listing.seen.len();
        listing.seen.extend(numbers);
        listing.total = found.total.or(listing.total);
        let texts = found.warning_messages.iter().flatten().cloned();
        let warnings = found.warnings.iter().flatten().filter_map(|warning| warning.message.clone());
        listing.warnings.extend(texts.chain(warnings));
        let is_new = listing.seen.len() > before;
        listing.idle = if is_new { 0 } else { listing.idle + 1 };
        is_new
    }

    async fn by_token(&self, listing: &mut Listing) -> Result<Page, Error> {
        let mut body = json!({ "jql": listing.jql, "maxResults": listing.size, "fields": self.field_names(listing.wanted) });
        if let Position::Token(token) = &listing.position {
            body["nextPageToken"] = Value::from(token.as_str());
        }
        let found: Found = self.post("search/jql", &body).await?;
        Self::note(listing, &found);
        let next = found.next_page_token.filter(|token| !token.is_empty() && found.is_last != Some(true));
        listing.position = match next {
            // A page may be empty of what may be seen, and the next one not.
            Some(token) if listing.idle < IDLE_PAGES && listing.tokens.insert(token.clone()) => Position::Token(token),
            Some(_) => {
                listing.doubt = Some(format!("the list repeats itself after {}", listing.read()));
                Position::End
            }
            None => Position::End,
        };
        Ok(Page { issues: found.issues, names: BTreeMap::new() })
    }

    async fn by_offset(&self, listing: &mut Listing) -> Result<Page, Error> {
        let at = if let Position::Offset(at) = listing.position { at } else { 0 };
        let (start, size, fields) = (at.to_string(), listing.size.to_string(), self.field_names(listing.wanted).join(","));
        let mut query = vec![("jql", listing.jql.as_str()), ("startAt", &start), ("maxResults", &size), ("fields", &fields)];
        if listing.wanted == Wanted::Issues {
            query.push(("expand", "changelog,names"));
        }
        let found: Found = self.get("search", &query).await?;
        let (is_new, listed) = (Self::note(listing, &found), found.issues.len() as u64);
        let is_end = listed == 0 || found.total.map_or(listed < listing.size, |total| at + listed >= total);
        listing.position = if is_end {
            Position::End
        } else if is_new {
            Position::Offset(at + listed)
        } else {
            listing.doubt = Some(format!("the list repeats itself after {}", listing.read()));
            Position::End
        };
        Ok(Page { issues: found.issues, names: found.names.unwrap_or_default() })
    }

    /// Issues with all that changed of them.
    ///
    /// # Errors
    /// If some cannot be had, none is.
    pub(super) async fn with_changelogs(&self, issues: Vec<Issue>) -> Result<Vec<Full>, Error> {
        let mut found: BTreeMap<String, Vec<History>> = BTreeMap::new();
        if self.is_cloud {
            for issues in issues.chunks(CHANGELOGS) {
                self.changelogs(issues, &mut found).await?;
            }
        }
        let full = issues.into_iter().map(|mut issue| {
            let own = issue.changelog.take().map(|log| log.histories).unwrap_or_default();
            let histories = found.remove(&issue.id).unwrap_or(own);
            Full { issue, histories }
        });
        Ok(full.collect())
    }

    async fn changelogs(&self, issues: &[Issue], found: &mut BTreeMap<String, Vec<History>>) -> Result<(), Error> {
        let ids: Vec<&str> = issues.iter().map(|issue| issue.id.as_str()).collect();
        let kept = ["status", "resolution", "priority", "labels", "components", "project", "issuetype"];
        let fields: Vec<&str> = kept.into_iter().chain(self.config.fields()).collect();
        let mut body = json!({ "issueIdsOrKeys": ids, "fieldIds": fields });
        let mut tokens = BTreeSet::new();
        loop {
            let page: Changelogs = self.post("changelog/bulkfetch", &body).await?;
            for log in page.issue_change_logs {
                found.entry(log.issue_id).or_default().extend(log.change_histories);
            }
            let Some(token) = page.next_page_token.filter(|token| !token.is_empty()) else { return Ok(()) };
            if !tokens.insert(token.clone()) {
                let message = "the changelogs repeat themselves".to_owned();
                return Err(Error::Status { status: 200, message });
            }
            body["nextPageToken"] = Value::from(token);
        }
    }

    /// Issues by number, whatever they are now. Those that do not exist, or may not be seen, are not among them; of those
    /// that are named apart it is not known.
    pub(super) async fn by_number(&self, ids: &[&str]) -> Result<(Vec<Value>, BTreeSet<String>), Error> {
        if self.is_cloud {
            let body = json!({ "issueIdsOrKeys": ids, "fields": self.field_names(Wanted::Issues) });
            let found: ByNumber = self.post("issue/bulkfetch", &body).await?;
            return Ok((found.issues, found.issue_errors.into_iter().map(|it| it.id).collect()));
        }
        let mut found = Vec::new();
        let fields = self.field_names(Wanted::Issues).join(",");
        for id in ids {
            found.extend(self.find::<Value>(&format!("issue/{id}"), &[("fields", &fields), ("expand", "changelog,names")]).await?);
        }
        Ok((found, BTreeSet::new()))
    }

    /// The custom fields that are read, without names.
    pub(super) fn custom(&self) -> Vec<Custom> {
        self.config.fields().map(|id| Custom { id: id.to_owned(), name: None }).collect()
    }
}

/// What Jira says of why it refuses; none if it is not Jira that says it.
fn refusal(answer: &Answer) -> Option<String> {
    let said: Refusal = serde_json::from_slice(&answer.body).ok()?;
    let errors = said.errors.iter().map(|(field, text)| format!("{field}: {}", text.as_str().unwrap_or_default()));
    let text = said.error_messages.iter().cloned().chain(errors).collect::<Vec<_>>().join("; ");
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|letter| !letter.is_control()).take(300).collect();
    (!line.is_empty()).then_some(line)
}

/// What went wrong, with what can be done about it where that is known.
pub(super) fn describe(error: &Error) -> String {
    describe_query(error, Sort::Bug.rule())
}

/// The same of a search. `query` is the key of what was searched for.
pub(super) fn describe_query(error: &Error, query: &str) -> String {
    let hint = match error {
        Error::Status { status: 400, .. } => {
            return format!("{error}: is {query} right, and may the account see every project and field that it names?");
        }
        Error::Status { status: 401, .. } => ": e-mail address or token is missing, wrong or expired",
        Error::Status { status: 403, .. } => ": the account needs Browse projects; after many wrong passwords Jira wants to see a person",
        Error::Status { status: 404, .. } => ": is this a Jira, and is the context path part of the URL?",
        Error::Status { status: 410, .. } => ": this part of the API was removed; a newer spot may know its successor",
        Error::NotJson { kind, .. } if kind.contains("html") => ": is this a page to sign in?",
        _ => return error.to_string(),
    };
    format!("{error}{hint}")
}

/// A text in a query.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What finds all issues of one sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) sort: Sort,
    /// A query without an order, which may stand in a longer one.
    pub(super) jql: String,
}

/// Everything that is searched for, in the order in which it counts. Bugs are those of these projects.
pub(super) fn searches(config: &Config, projects: &[String]) -> Vec<Search> {
    let rules = [(Sort::Incident, &config.incidents), (Sort::SupportCase, &config.support_cases)];
    let rules = rules.into_iter().filter_map(|(sort, jql)| Some(Search { sort, jql: format!("({})", jql.as_ref()?) }));
    std::iter::once(Search { sort: Sort::Bug, jql: bugs(config, projects) }).chain(rules).collect()
}

/// Everything that counts as a bug, of these projects.
pub(super) fn bugs(config: &Config, projects: &[String]) -> String {
    let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let kind = match &config.jql {
        Some(jql) => format!("({jql})"),
        None => format!("issuetype in ({})", list(&config.types)),
    };
    if projects.is_empty() { kind } else { format!("project in ({}) AND {kind}", list(projects)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_bounded_and_quoted() {
        let mut config = Config::new("https://acme.example".parse().unwrap());
        assert_eq!(bugs(&config, &[]), "issuetype in (\"Bug\")");
        config.jql = Some("labels = \"bug\" OR type = Defect".to_owned());
        assert_eq!(bugs(&config, &["A\"B".to_owned()]), "project in (\"A\\\"B\") AND (labels = \"bug\" OR type = Defect)");
        config.support_cases = Some("project = SUP".to_owned());
        let all = searches(&config, &["PAY".to_owned()]);
        let all: Vec<(Sort, &str)> = all.iter().map(|search| (search.sort, search.jql.as_str())).collect();
        let bugs = "project in (\"PAY\") AND (labels = \"bug\" OR type = Defect)";
        assert_eq!(all, [(Sort::Bug, bugs), (Sort::SupportCase, "(project = SUP)")]);
    }
}
