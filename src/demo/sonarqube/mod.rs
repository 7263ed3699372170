//! A simulated SonarQube: the Web API over what a company's analyses measured, as of a clock.
//!
//! Written from what SonarSource publishes: the response examples, parameters and messages of the web services in the
//! repository SonarSource/sonarqube, `server/sonar-webserver-webapi`, in their state of version 10.8.
//!
//! # Invariants
//! - GET and form POST mean the same. Limits, messages and statuses are those of the published services.
//! - Only main branches exist. A project that was never analysed has no measure; one that may not be browsed shows in no
//!   answer but the administrator's list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};

use self::metrics::{METRICS, Metric};
use crate::demo::company::{Analysis, Company, Project};
use crate::model::{Clock, Instant};

mod metrics;
mod services;

/// Which product it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edition {
    /// A server or Community Build.
    Server {
        /// As `api/server/version` prints it: `2025.4.2.12345`.
        version: String,
    },
    /// Cloud, which asks for the organisation.
    Cloud {
        /// The only organisation there is.
        organisation: String,
    },
}

/// What it is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tokens that it accepts; none: everybody may read.
    pub tokens: Vec<String>,
    /// When they end.
    pub tokens_end: Option<Instant>,
    /// Bearer tokens are understood: servers since 10.0.
    pub bearer: bool,
    /// The product.
    pub edition: Edition,
    /// Multi-quality rules are on.
    pub multi_quality: bool,
    /// Metrics that it does not know, of those that it would.
    pub unknown_metrics: BTreeSet<String>,
    /// Whoever asks may administer.
    pub administers: bool,
    /// Keys of projects that may not be browsed.
    pub hidden: BTreeSet<String>,
    /// The search index does not know yet what may not be browsed, so those projects are still listed.
    pub index_lags: bool,
    /// Results of a search in the index beyond which it answers nothing.
    pub most_results: usize,
    /// Projects of one question for measures.
    pub most_projects: usize,
    /// The context path, `/sonar`; empty for none.
    pub context: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            tokens_end: None,
            bearer: true,
            edition: Edition::Server { version: "2025.4.2.112048".to_owned() },
            multi_quality: false,
            unknown_metrics: BTreeSet::new(),
            administers: false,
            hidden: BTreeSet::new(),
            index_lags: false,
            most_results: 10_000,
            most_projects: 100,
            context: String::new(),
        }
    }
}

/// The server's router.
pub fn router(company: Arc<Company>, clock: Clock, options: Options) -> Router {
    let mut by_name: Vec<usize> = (0..company.projects.len()).collect();
    by_name.sort_by(|a, b| {
        (&company.projects[*a].name, &company.projects[*a].key).cmp(&(&company.projects[*b].name, &company.projects[*b].key))
    });
    let by_key = company.projects.iter().enumerate().map(|(position, project)| (project.key.clone(), position)).collect();
    let sonar = Arc::new(Sonar { by_name, by_key, company, clock, context: options.context.clone(), options });
    let services = Router::new()
        .route("/api/server/version", any(version))
        .route("/api/system/status", any(status))
        .route("/api/authentication/validate", any(validate))
        .route("/api/v2/clean-code-policy/mode", any(mode))
        .route("/api/components/search", any(components))
        .route("/api/components/search_projects", any(search_projects))
        .route("/api/projects/search", any(all_projects))
        .route("/api/metrics/search", any(metrics_search))
        .route("/api/measures/search", any(measures_search))
        .route("/api/measures/component", any(measures_component))
        .route("/api/measures/search_history", any(search_history))
        .route("/api/qualitygates/project_status", any(project_status))
        .route("/api/project_analyses/search", any(project_analyses))
        .route("/api/webservices/list", any(services::list))
        .route("/dashboard", any(dashboard))
        .fallback(unknown);
    let context = sonar.context.clone();
    let services = services.layer(middleware::from_fn_with_state(Arc::clone(&sonar), guarded)).with_state(sonar);
    if context.is_empty() { services } else { Router::new().nest(&context, services) }
}

/// What answers.
struct Sonar {
    company: Arc<Company>,
    clock: Clock,
    options: Options,
    context: String,
    /// Positions of projects by name, the order of lists.
    by_name: Vec<usize>,
    by_key: BTreeMap<String, usize>,
}

/// A refusal.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, json_headers(), json!({ "errors": [{ "msg": self.1 }] }).to_string()).into_response()
    }
}

type Answer = Result<Response, Refusal>;

fn bad(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.into())
}

const fn json_headers() -> [(header::HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, "application/json")]
}

fn ok(value: &Value) -> Answer {
    Ok((json_headers(), value.to_string()).into_response())
}

/// What is asked, from the query or the form.
struct Params(Vec<(String, String)>);

impl Params {
    fn of(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Self {
        let mut all: Vec<(String, String)> = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let is_form = headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if *method == Method::POST && is_form {
            all.extend(url::form_urlencoded::parse(body).into_owned());
        }
        Self(all)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| bad(format!("The '{name}' parameter is missing")))
    }

    fn list(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        Ok(self.need(name)?.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        let Some(text) = self.get(name) else { return Ok(default) };
        text.parse().map_err(|_| bad(format!("The '{name}' parameter cannot be parsed as an integer value: {text}")))
    }

    /// Page and page size.
    fn page(&self, most: usize) -> Result<(usize, usize), Refusal> {
        let (page, size) = (self.number("p", 1)?, self.number("ps", 100)?);
        if size > most {
            return Err(bad(format!("'ps' value ({size}) must be less than {most}")));
        }
        if page == 0 || size == 0 {
            return Err(bad("Page index and page size must be strictly positive"));
        }
        Ok((page, size))
    }

    /// An instant of a parameter that may be a date or a date and time; a date ends with its day if `ending`.
    fn time(&self, name: &str, ending: bool) -> Result<Option<Instant>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if let Ok(day) = text.parse::<jiff::civil::Date>()
            && text.len() == 10
        {
            let start = day.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| Instant::from(zoned.timestamp()));
            let start = start.map_err(|error| bad(error.to_string()))?;
            return Ok(Some(if ending { start.plus_seconds(86_400) } else { start }));
        }
        let parsed = jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text);
        parsed.map(|at| Some(at.into())).map_err(|_| bad(format!("Date '{text}' cannot be parsed as either a date or date+time")))
    }
}

fn date_time(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// The value of a metric; multi-quality rules take over the standard's where an analysis has none of its own.
fn value_of<'a>(measures: &'a BTreeMap<&'static str, String>, metric: &Metric) -> Option<&'a str> {
    measures.get(metric.key).or_else(|| measures.get(metric.like?)).map(String::as_str)
}

fn is_best(metric: &Metric, value: &str) -> Option<bool> {
    let best: f64 = metric.best?.parse().ok()?;
    Some(value.parse::<f64>().is_ok_and(|value| value.total_cmp(&best).is_eq()))
}

/// A measure as the measures services write it.
fn measure(metric: &Metric, value: &str, with_index: bool) -> Value {
    let mut inner = json!({ "value": value });
    if let Some(best) = is_best(metric, value) {
        inner["bestValue"] = best.into();
    }
    if metric.key.starts_with("new_") {
        if with_index {
            inner["index"] = 1.into();
        }
        return json!({ "metric": metric.key, "period": inner });
    }
    inner["metric"] = metric.key.into();
    inner
}

impl Sonar {
    fn now(&self) -> Instant {
        (self.clock)()
    }

    fn exists(&self, position: usize) -> bool {
        self.company.projects[position].exists.contains(&self.now())
    }

    fn may_browse(&self, position: usize) -> bool {
        !self.options.hidden.contains(&self.company.projects[position].key)
    }

    /// Analyses until now.
    fn analyses(&self, project: &Project) -> usize {
        let now = self.now();
        project.analyses.partition_point(|analysis| analysis.at <= now)
    }

    fn newest<'a>(&self, project: &'a Project) -> Option<&'a Analysis> {
        project.analyses[..self.analyses(project)].last()
    }

    /// A project that may be browsed.
    fn project(&self, key: &str) -> Result<&Project, Refusal> {
        let missing = || Refusal(StatusCode::NOT_FOUND, format!("Component key '{key}' not found"));
        let position = *self.by_key.get(key).filter(|position| self.exists(**position)).ok_or_else(missing)?;
        if !self.may_browse(position) {
            return Err(Refusal(StatusCode::FORBIDDEN, "Insufficient privileges".to_owned()));
        }
        Ok(&self.company.projects[position])
    }

    fn metrics(&self) -> impl Iterator<Item = &'static Metric> {
        let is_known = |metric: &&Metric| match &self.options.edition {
            Edition::Cloud { .. } => !metric.is_multi_quality,
            Edition::Server { version } => !metric.is_multi_quality || is_since_10_8(version),
        };
        METRICS.iter().filter(is_known).filter(|metric| !self.options.unknown_metrics.contains(metric.key))
    }

    /// The metrics of these keys, and the keys that are none, sorted.
    fn metrics_of(&self, keys: &[&str]) -> (Vec<&'static Metric>, Vec<String>) {
        let known: BTreeMap<&str, &'static Metric> = self.metrics().map(|metric| (metric.key, metric)).collect();
        let wanted: BTreeSet<&str> = keys.iter().copied().collect();
        let unknown = wanted.iter().filter(|key| !known.contains_key(*key)).map(|key| (*key).to_owned()).collect();
        (wanted.iter().filter_map(|key| known.get(key).copied()).collect(), unknown)
    }

    /// The organisation that must be named on Cloud and must not on a server.
    fn organisation(&self, params: &Params) -> Result<Option<&str>, Refusal> {
        let Edition::Cloud { organisation } = &self.options.edition else { return Ok(None) };
        let asked = params.need("organization")?;
        if asked != organisation {
            return Err(Refusal(StatusCode::NOT_FOUND, format!("No organization with key '{asked}'")));
        }
        Ok(Some(organisation))
    }

    /// A page of a list as the index answers it, with what `item` makes of each project.
    fn listed(&self, params: &Params, of_index: bool, positions: &[usize], item: impl Fn(&Project) -> Value) -> Result<Value, Refusal> {
        let (page, size) = params.page(500)?;
        let asked = page.saturating_mul(size);
        if of_index && asked > self.options.most_results {
            return Err(bad(format!("Can return only the first {} results. {asked}th result asked.", self.options.most_results)));
        }
        let wanted = params.get("q").map(str::to_lowercase);
        let fits = |project: &Project| {
            let partly = |text: &str| wanted.as_ref().is_none_or(|wanted| text.to_lowercase().contains(wanted));
            partly(&project.name) || if of_index { params.get("q") == Some(&project.key) } else { partly(&project.key) }
        };
        let projects: Vec<&Project> =
            positions.iter().map(|position| &self.company.projects[*position]).filter(|project| fits(project)).collect();
        let components: Vec<Value> = projects.iter().skip(asked - size).take(size).map(|project| item(project)).collect();
        Ok(json!({ "paging": { "pageIndex": page, "pageSize": size, "total": projects.len() }, "components": components }))
    }

    /// Projects that exist, by name; those alone that may be browsed as far as the index knows.
    fn visible(&self) -> Vec<usize> {
        let shows = |position: &usize| self.exists(*position) && (self.options.index_lags || self.may_browse(*position));
        self.by_name.iter().copied().filter(shows).collect()
    }

    fn is_authentic(&self, headers: &HeaderMap) -> Option<bool> {
        use base64::Engine as _;
        let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let now = self.now();
        let is_valid =
            |token: &str| self.options.tokens.iter().any(|known| known == token) && self.options.tokens_end.is_none_or(|end| now < end);
        if let Some(token) = text.strip_prefix("Bearer ") {
            // Servers that do not know bearer tokens take them for nobody's.
            return self.options.bearer.then(|| is_valid(token));
        }
        let decoded = base64::engine::general_purpose::STANDARD.decode(text.strip_prefix("Basic ")?).ok();
        let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        Some(pair.as_deref().and_then(|pair| pair.split_once(':')).is_some_and(|(user, password)| password.is_empty() && is_valid(user)))
    }
}

/// Versions that are named by the year, such as 25.1 and 2025.1, came after 10.8.
fn is_since_10_8(version: &str) -> bool {
    let mut parts = version.split('.').filter_map(|part| part.parse::<u32>().ok());
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (10, 8)
}

/// Lets those in who may ask, and says when their token ends.
async fn guarded(State(sonar): State<Arc<Sonar>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_public = ["/api/server/version", "/api/system/status", "/api/authentication/validate", "/api/webservices/list", "/dashboard"]
        .iter()
        .any(|public| path.ends_with(public));
    let authentic = sonar.is_authentic(request.headers());
    let is_refused = match authentic {
        Some(valid) => !valid && !path.ends_with("/validate"),
        None => !is_public && !sonar.options.tokens.is_empty(),
    };
    if is_refused {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut response = next.run(request).await;
    if let (Some(true), Some(end)) = (authentic, sonar.options.tokens_end)
        && let Ok(value) = HeaderValue::from_str(&date_time(end))
    {
        response.headers_mut().insert("SonarQube-Authentication-Token-Expiration", value);
    }
    response
}

async fn unknown(uri: Uri) -> Refusal {
    Refusal(StatusCode::NOT_FOUND, format!("Unknown url : {}", uri.path()))
}

async fn version(State(sonar): State<Arc<Sonar>>) -> Response {
    let version = match &sonar.options.edition {
        Edition::Server { version } => version.clone(),
        // Cloud goes on with a number of its own.
        Edition::Cloud { .. } => "8.0.0.72390".to_owned(),
    };
    ([(header::CONTENT_TYPE, "text/plain")], version).into_response()
}

async fn status(State(sonar): State<Arc<Sonar>>, headers: HeaderMap) -> Answer {
    let mut status = json!({ "status": "UP" });
    if let (Edition::Server { version }, true) =
        (&sonar.options.edition, sonar.is_authentic(&headers) == Some(true) || sonar.options.tokens.is_empty())
    {
        status["id"] = "A7C2B1D4-AZDEMO".into();
        status["version"] = version.as_str().into();
    }
    ok(&status)
}

async fn validate(State(sonar): State<Arc<Sonar>>, headers: HeaderMap) -> Answer {
    let valid = sonar.is_authentic(&headers).unwrap_or(sonar.options.tokens.is_empty());
    ok(&json!({ "valid": valid }))
}

async fn mode(State(sonar): State<Arc<Sonar>>, uri: Uri) -> Answer {
    match &sonar.options.edition {
        Edition::Server { version } if is_since_10_8(version) => {
            let mode = if sonar.options.multi_quality { "MQR" } else { "STANDARD_EXPERIENCE" };
            ok(&json!({ "mode": mode, "modified": false }))
        }
        _ => Err(Refusal(StatusCode::NOT_FOUND, format!("Unknown url : {}", uri.path()))),
    }
}

async fn components(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let organisation = sonar.organisation(&params)?;
    let qualifiers = params.list("qualifiers")?;
    let positions = if qualifiers.contains(&"TRK") { sonar.visible() } else { Vec::new() };
    let list = sonar.listed(&params, true, &positions, |project| {
        let mut item = json!({ "key": project.key, "name": project.name, "qualifier": "TRK", "project": project.key });
        if let Some(organisation) = organisation {
            item["organization"] = organisation.into();
        }
        item
    });
    ok(&list?)
}

async fn search_projects(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let organisation = sonar.organisation(&params)?;
    let fields: Vec<&str> = params.get("f").map(|text| text.split(',').collect()).unwrap_or_default();
    let with_date = fields.contains(&"analysisDate") || fields.contains(&"_all");
    let mut list = sonar.listed(&params, true, &sonar.visible(), |project| {
        let mut item = json!({
            "key": project.key, "name": project.name, "qualifier": "TRK", "isFavorite": false, "tags": [], "visibility": "private",
            "isAiCodeAssured": false, "isAiCodeFixEnabled": false,
        });
        if let (true, Some(newest)) = (with_date, sonar.newest(project)) {
            item["analysisDate"] = date_time(newest.at).into();
        }
        if let Some(organisation) = organisation {
            item["organization"] = organisation.into();
        }
        item
    })?;
    list["facets"] = json!([]);
    ok(&list)
}

async fn all_projects(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let organisation = sonar.organisation(&params)?;
    if !sonar.options.administers {
        return Err(Refusal(StatusCode::FORBIDDEN, "Insufficient privileges".to_owned()));
    }
    let wanted: Option<BTreeSet<&str>> = params.get("projects").map(|keys| keys.split(',').collect());
    if wanted.as_ref().is_some_and(|wanted| wanted.len() > 1000) {
        return Err(bad("'projects' can contains only 1000 values"));
    }
    let is_wanted = |position: &usize| wanted.as_ref().is_none_or(|keys| keys.contains(sonar.company.projects[*position].key.as_str()));
    let positions: Vec<usize> = sonar.by_name.iter().copied().filter(|position| sonar.exists(*position)).filter(is_wanted).collect();
    let list = sonar.listed(&params, false, &positions, |project| {
        let mut item = json!({ "key": project.key, "name": project.name, "qualifier": "TRK", "visibility": "private", "managed": false });
        if let Some(newest) = sonar.newest(project) {
            item["lastAnalysisDate"] = date_time(newest.at).into();
            item["revision"] = revision(project, newest).into();
        }
        if let Some(organisation) = organisation {
            item["organization"] = organisation.into();
        }
        item
    });
    ok(&list?)
}

/// The id of an analysed commit. No system tells both, so it need only be the same each time.
fn revision(project: &Project, analysis: &Analysis) -> String {
    format!("{:016x}{:024x}", xxhash_rust::xxh3::xxh3_64(project.key.as_bytes()), analysis.commit)
}

async fn metrics_search(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let (page, size) = params.page(500)?;
    let all: Vec<&Metric> = sonar.metrics().collect();
    let items: Vec<Value> = all
        .iter()
        .enumerate()
        .skip((page - 1).saturating_mul(size))
        .take(size)
        .map(|(position, metric)| {
            let mut item = described(metric);
            item["id"] = format!("AZmetric{position:04}").into();
            item["direction"] = metric.direction.into();
            if let Some(fields) = item.as_object_mut() {
                fields.remove("higherValuesAreBetter");
            }
            item
        })
        .collect();
    ok(&json!({ "metrics": items, "total": all.len(), "p": page, "ps": size }))
}

fn described(metric: &Metric) -> Value {
    json!({
        "key": metric.key, "name": metric.name, "description": metric.name, "domain": metric.domain, "type": metric.kind,
        "higherValuesAreBetter": metric.direction > 0, "qualitative": metric.direction != 0, "hidden": metric.kind == "DATA",
    })
}

async fn measures_search(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let (metric_keys, project_keys) = (params.list("metricKeys")?, params.list("projectKeys")?);
    let most = sonar.options.most_projects;
    if project_keys.len() > most {
        return Err(bad(format!("{} projects provided, more than maximum authorized ({most})", project_keys.len())));
    }
    let (metrics, unknown) = sonar.metrics_of(&metric_keys);
    if !unknown.is_empty() {
        return Err(bad(format!("The following metrics are not found: {}", unknown.join(", "))));
    }
    let wanted: BTreeSet<usize> = project_keys.iter().filter_map(|key| sonar.by_key.get(*key).copied()).collect();
    let mut projects: Vec<&Project> = wanted
        .into_iter()
        .filter(|position| sonar.exists(*position) && sonar.may_browse(*position))
        .map(|position| &sonar.company.projects[position])
        .collect();
    projects.sort_by(|a, b| (&a.name, &a.key).cmp(&(&b.name, &b.key)));
    let measured: Vec<_> = projects.iter().filter_map(|project| Some((project, sonar.newest(project)?.measures()))).collect();
    let mut all = Vec::new();
    for metric in metrics {
        for (project, measures) in &measured {
            if let Some(value) = value_of(measures, metric) {
                let mut item = measure(metric, value, true);
                item["component"] = project.key.as_str().into();
                all.push(item);
            }
        }
    }
    ok(&json!({ "measures": all }))
}

async fn measures_component(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let project = sonar.project(params.need("component")?)?;
    let (metrics, unknown) = sonar.metrics_of(&params.list("metricKeys")?);
    if !unknown.is_empty() {
        return Err(Refusal(StatusCode::NOT_FOUND, format!("The following metric keys are not found: {}", unknown.join(", "))));
    }
    let mut component = json!({ "key": project.key, "name": project.name, "qualifier": "TRK", "measures": [] });
    let newest = sonar.newest(project);
    if let Some(newest) = newest {
        let measures = newest.measures();
        let told: Vec<Value> =
            metrics.iter().filter_map(|metric| value_of(&measures, metric).map(|value| measure(metric, value, false))).collect();
        component["measures"] = told.into();
    }
    let mut answer = json!({ "component": component });
    let more: Vec<&str> = params.get("additionalFields").map(|text| text.split(',').collect()).unwrap_or_default();
    if more.contains(&"metrics") {
        answer["metrics"] = metrics.iter().map(|metric| described(metric)).collect();
    }
    if let (true, Some(newest)) = (more.contains(&"period"), newest) {
        answer["period"] = period(newest);
    }
    ok(&answer)
}

/// New code is that of the last thirty days.
fn period(newest: &Analysis) -> Value {
    json!({ "mode": "NUMBER_OF_DAYS", "date": date_time(newest.at.plus_seconds(-30 * 86_400)), "parameter": "30" })
}

async fn search_history(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let (page, size) = params.page(1000)?;
    let project = sonar.project(params.need("component")?)?;
    let (from, to) = (params.time("from", false)?, params.time("to", true)?);
    let (metrics, unknown) = sonar.metrics_of(&params.list("metrics")?);
    if !unknown.is_empty() {
        return Err(bad(format!("Metrics {} are not found", unknown.join(", "))));
    }
    // Both ends belong to it, the last to the second.
    let is_within =
        |analysis: &&Analysis| from.is_none_or(|from| from <= analysis.at) && to.is_none_or(|to| analysis.at < to.plus_seconds(1));
    let all: Vec<&Analysis> = project.analyses[..sonar.analyses(project)].iter().filter(is_within).collect();
    let told: Vec<_> =
        all.iter().skip((page - 1).saturating_mul(size)).take(size).map(|analysis| (date_time(analysis.at), analysis.measures())).collect();
    // Written as text: a year of every project passes through here, and as values it would take most of the demo's start.
    let mut text = json!({ "paging": { "pageIndex": page, "pageSize": size, "total": all.len() } }).to_string();
    text.pop();
    text.push_str(",\"measures\":[");
    for (position, metric) in metrics.iter().enumerate() {
        text.push_str(if position == 0 { "{\"metric\":\"" } else { ",{\"metric\":\"" });
        text.push_str(metric.key);
        text.push_str("\",\"history\":[");
        for (position, (date, measures)) in told.iter().enumerate() {
            text.push_str(if position == 0 { "{\"date\":\"" } else { ",{\"date\":\"" });
            text.push_str(date);
            text.push('"');
            if let Some(value) = value_of(measures, metric) {
                text.push_str(",\"value\":");
                text.push_str(&Value::from(value).to_string());
            }
            text.push('}');
        }
        text.push_str("]}");
    }
    text.push_str("]}");
    Ok((json_headers(), text).into_response())
}

/// The key of an analysis.
fn analysis_key(sonar: &Sonar, project: &Project, number: usize) -> String {
    let position = sonar.by_key.get(&project.key).copied().unwrap_or_default();
    format!("AZ{position:08x}{number:08x}")
}

async fn project_status(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let analysis = match (params.get("analysisId"), params.get("projectKey").or_else(|| params.get("projectId"))) {
        (Some(id), None) => {
            let missing = || Refusal(StatusCode::NOT_FOUND, format!("Analysis with id '{id}' is not found"));
            let number = |range: std::ops::Range<usize>| usize::from_str_radix(id.get(range)?, 16).ok();
            let (position, number) = number(2..10).zip(number(10..18)).ok_or_else(missing)?;
            let project = sonar.company.projects.get(position).ok_or_else(missing)?;
            let project = sonar.project(&project.key)?;
            Some(project.analyses[..sonar.analyses(project)].get(number).ok_or_else(missing)?)
        }
        (None, Some(key)) => {
            let project = sonar.project(key)?;
            sonar.newest(project)
        }
        _ => return Err(bad("Either 'analysisId', 'projectId' or 'projectKey' must be provided")),
    };
    let measures = analysis.map(Analysis::measures);
    let value = |key: &str| measures.as_ref().and_then(|measures| measures.get(key)).map(String::as_str);
    let details: Value = value("quality_gate_details").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let conditions: Vec<Value> = details["conditions"].as_array().into_iter().flatten().map(condition).collect();
    let mut status = json!({
        "status": value("alert_status").unwrap_or("NONE"), "conditions": conditions,
        "ignoredConditions": details["ignoredConditions"].as_bool().unwrap_or(false), "caycStatus": "compliant",
    });
    if let Some(analysis) = analysis {
        status["period"] = period(analysis);
    }
    ok(&json!({ "projectStatus": status }))
}

/// A condition of `quality_gate_details` as `project_status` writes it.
fn condition(details: &Value) -> Value {
    let mut condition = json!({ "status": details["level"], "metricKey": details["metric"], "comparator": details["op"] });
    for (name, key) in [("errorThreshold", "error"), ("actualValue", "actual")] {
        if let Some(text) = details[key].as_str().filter(|text| !text.is_empty()) {
            condition[name] = text.into();
        }
    }
    condition
}

async fn project_analyses(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let params = Params::of(&method, &uri, &headers, &body);
    let (page, size) = params.page(500)?;
    let project = sonar.project(params.need("project")?)?;
    let (from, to) = (params.time("from", false)?, params.time("to", true)?);
    let is_within = |number: &usize| {
        let at = project.analyses[*number].at;
        from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to.plus_seconds(1))
    };
    let all: Vec<usize> = (0..sonar.analyses(project)).rev().filter(is_within).collect();
    let told: Vec<Value> = all
        .iter()
        .skip((page - 1).saturating_mul(size))
        .take(size)
        .map(|number| {
            let analysis = &project.analyses[*number];
            json!({
                "key": analysis_key(&sonar, project, *number), "date": date_time(analysis.at), "events": [],
                "projectVersion": "not provided", "revision": revision(project, analysis), "manualNewCodePeriodBaseline": false,
            })
        })
        .collect();
    ok(&json!({ "paging": { "pageIndex": page, "pageSize": size, "total": all.len() }, "analyses": told }))
}

/// A small page for people, so that links lead somewhere.
async fn dashboard(State(sonar): State<Arc<Sonar>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let params = Params::of(&method, &uri, &headers, &body);
    let project = match params.need("id").and_then(|key| sonar.project(key)) {
        Ok(project) => project,
        Err(Refusal(status, message)) => {
            return (status, Html(format!("<!DOCTYPE html><title>SonarQube</title><p>{}</p>\n", escaped(&message)))).into_response();
        }
    };
    let name = escaped(&project.name);
    let mut page =
        format!("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{name} - SonarQube</title>\n<h1>{name}</h1>\n");
    match sonar.newest(project) {
        None => page.push_str("<p>This project is not analysed yet.</p>\n"),
        Some(newest) => {
            page.push_str(&format!("<p>Analysed {}</p>\n<table>\n", escaped(&date_time(newest.at))));
            let measures = newest.measures();
            for metric in sonar.metrics().filter(|metric| metric.kind != "DATA") {
                if let Some(value) = value_of(&measures, metric) {
                    page.push_str(&format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(metric.name), escaped(value)));
                }
            }
            page.push_str("</table>\n");
        }
    }
    Html(page + "</html>\n").into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
