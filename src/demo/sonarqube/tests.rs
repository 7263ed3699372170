//! The answers against what is published: keys and types, limits and messages.
//!
//! The shapes are noted from the response examples in SonarSource/sonarqube, folder
//! `server/sonar-webserver-webapi/src/main/resources/org/sonar/server`, from the services' sources beside it, and from
//! rows that apache/incubator-devlake recorded of a live server (`backend/plugins/sonarqube/e2e/raw_tables`).

use axum::body::Body;
use tower::ServiceExt as _;

use super::*;

const DETAILS: &str = r#"{"level":"ERROR","conditions":[{"metric":"new_coverage","op":"LT","period":1,"warning":"","error":"80","actual":"61.5","level":"ERROR"},{"metric":"new_violations","op":"GT","period":1,"warning":"","error":"0","actual":"0","level":"OK"}],"ignoredConditions":false}"#;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn analysis(time: &str, measures: &[(&'static str, &str)]) -> Analysis {
    Analysis::stated(at(time), 0, measures.iter().map(|(key, value)| (*key, (*value).to_owned())).collect())
}

/// Two analysed projects, one that never was, one that is gone.
fn company() -> Company {
    let always = at("2025-01-01T00:00:00Z")..at("2030-01-01T00:00:00Z");
    let project = |key: &str, name: &str, analyses: Vec<Analysis>| Project {
        key: key.to_owned(),
        name: name.to_owned(),
        repository: 0,
        analyses,
        exists: always.clone(),
    };
    let billing = vec![
        analysis("2026-03-01T08:00:00Z", &[("alert_status", "OK"), ("ncloc", "1200"), ("bugs", "0")]),
        analysis(
            "2026-03-02T09:30:00Z",
            &[
                ("alert_status", "ERROR"),
                ("quality_gate_details", DETAILS),
                ("ncloc", "1250"),
                ("coverage", "81.4"),
                ("bugs", "2"),
                ("reliability_rating", "3.0"),
                ("new_coverage", "61.5"),
                ("new_violations", "0"),
            ],
        ),
        analysis("2026-03-09T09:30:00Z", &[("alert_status", "OK")]),
    ];
    let mut gone = project("harbour_gone", "gone", Vec::new());
    gone.exists = at("2025-01-01T00:00:00Z")..at("2026-01-01T00:00:00Z");
    let ledger = vec![analysis("2026-03-03T07:00:00Z", &[("alert_status", "OK"), ("ncloc", "90"), ("bugs", "0")])];
    Company {
        login: "harbour".to_owned(),
        name: "Harbour".to_owned(),
        history: always.clone(),
        people: Vec::new(),
        teams: Vec::new(),
        repositories: Vec::new(),
        projects: vec![
            project("harbour_ledger", "ledger", ledger),
            project("harbour_billing", "billing", billing),
            project("harbour_new", "new & shiny", Vec::new()),
            gone,
        ],
        packages: Vec::new(),
        products: Vec::new(),
        delivery: Default::default(),
        trouble: Default::default(),
        mesh: Default::default(),
        wiki: Default::default(),
    }
}

struct World(Router);

impl World {
    fn new(options: Options) -> Self {
        Self(router(Arc::new(company()), Arc::new(|| at("2026-03-05T12:00:00Z")), options))
    }

    async fn ask(&self, request: axum::http::request::Builder, body: &str) -> (u16, HeaderMap, String) {
        let response = self.0.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn text(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.ask(Request::builder().uri(path), "").await;
        (status, body)
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.text(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn refused(&self, path: &str) -> (u16, String) {
        let (status, body) = self.text(path).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        (status, body["errors"][0]["msg"].as_str().unwrap().to_owned())
    }
}

/// Every path in a value with its type.
fn shape(value: &Value, path: &str, shapes: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            items.iter().for_each(|item| shape(item, &format!("{path}[]"), shapes));
            "array"
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| shape(value, &format!("{path}.{key}"), shapes));
            "object"
        }
    };
    shapes.insert(format!("{path} {kind}"));
}

/// An answer holds every published path that is always there, and none that is not published.
fn assert_shape(answer: &Value, always: &str, sometimes: &str) {
    let mut found = BTreeSet::new();
    shape(answer, "", &mut found);
    let paths = |text: &str| text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect::<BTreeSet<_>>();
    let (always, sometimes) = (paths(always), paths(sometimes));
    let missing: Vec<_> = always.difference(&found).collect();
    let invented: Vec<_> =
        found.iter().filter(|path| !always.contains(*path) && !sometimes.contains(*path) && !path.starts_with(' ')).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing {missing:?}, not published {invented:?} in {answer:#}");
}

const PAGING: &str = ".paging object\n.paging.pageIndex number\n.paging.pageSize number\n.paging.total number\n";

#[tokio::test]
async fn lists_of_projects_have_the_published_shape() {
    let world = World::new(Options { administers: true, ..Options::default() });
    let item =
        ".components array\n.components[] object\n.components[].key string\n.components[].name string\n.components[].qualifier string\n";
    // component/ws/search-components-example.json
    let list = world.get("/api/components/search?qualifiers=TRK").await;
    assert_shape(&list, &format!("{PAGING}{item}.components[].project string"), ".components[].organization string");
    let keys: Vec<_> = list["components"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["harbour_billing", "harbour_ledger", "harbour_new"]);
    // component/ws/search_projects-example.json; analysisDate from SearchProjectsAction.java
    assert_shape(
        &world.get("/api/components/search_projects?f=analysisDate").await,
        &format!(
            "{PAGING}{item}.components[].isFavorite boolean\n.components[].tags array\n.components[].visibility string\n.components[].analysisDate string\n.facets array"
        ),
        ".components[].isAiCodeAssured boolean\n.components[].isAiCodeFixEnabled boolean",
    );
    // project/ws/search-example.json; devlake's _raw_sonarqube_projects.csv, which has no more than this
    assert_shape(
        &world.get("/api/projects/search").await,
        &format!("{PAGING}{item}.components[].visibility string\n.components[].lastAnalysisDate string\n.components[].revision string"),
        ".components[].managed boolean",
    );
}

#[tokio::test]
async fn measures_have_the_published_shape() {
    let world = World::new(Options::default());
    let metrics = "alert_status,coverage,bugs,new_coverage";
    // measure/ws/search-example.json; bestValue only where a metric has a best value, as devlake recorded it
    assert_shape(
        &world.get(&format!("/api/measures/search?projectKeys=harbour_billing,harbour_ledger,harbour_new&metricKeys={metrics}")).await,
        ".measures array\n.measures[] object\n.measures[].metric string\n.measures[].component string\n.measures[].value string\n\
         .measures[].period object\n.measures[].period.index number\n.measures[].period.value string",
        ".measures[].bestValue boolean\n.measures[].period.bestValue boolean",
    );
    // measure/ws/component-example.json
    assert_shape(
        &world
            .get(&format!("/api/measures/component?component=harbour_billing&metricKeys={metrics}&additionalFields=metrics,period"))
            .await,
        ".component object\n.component.key string\n.component.name string\n.component.qualifier string\n.component.measures array\n\
         .component.measures[] object\n.component.measures[].metric string\n.component.measures[].value string\n\
         .component.measures[].period object\n.component.measures[].period.value string\n.component.measures[].period.bestValue boolean\n\
         .metrics array\n.metrics[] object\n.metrics[].key string\n.metrics[].name string\n.metrics[].description string\n\
         .metrics[].domain string\n.metrics[].type string\n.metrics[].higherValuesAreBetter boolean\n.metrics[].qualitative boolean\n\
         .metrics[].hidden boolean\n.period object\n.period.mode string\n.period.date string\n.period.parameter string",
        ".component.measures[].bestValue boolean",
    );
    // SearchHistoryResponseFactory.java: an entry for each analysis, with or without a value
    let history = world.get("/api/measures/search_history?component=harbour_billing&metrics=coverage,bugs,new_coverage").await;
    assert_shape(
        &history,
        &format!(
            "{PAGING}.measures array\n.measures[] object\n.measures[].metric string\n.measures[].history array\n\
             .measures[].history[] object\n.measures[].history[].date string\n.measures[].history[].value string"
        ),
        "",
    );
    let coverage = history["measures"].as_array().unwrap().iter().find(|measure| measure["metric"] == "coverage").unwrap();
    let expected = json!([{ "date": "2026-03-01T08:00:00+0000" }, { "date": "2026-03-02T09:30:00+0000", "value": "81.4" }]);
    assert_eq!(coverage["history"], expected, "and nothing of what comes after now");
    // metric/ws/example-search.json; `custom` has gone with custom metrics
    assert_shape(
        &world.get("/api/metrics/search").await,
        ".metrics array\n.metrics[] object\n.metrics[].id string\n.metrics[].key string\n.metrics[].name string\n.metrics[].description string\n\
         .metrics[].domain string\n.metrics[].type string\n.metrics[].direction number\n.metrics[].qualitative boolean\n.metrics[].hidden boolean\n\
         .total number\n.p number\n.ps number",
        "",
    );
}

#[tokio::test]
async fn gates_and_analyses_have_the_published_shape() {
    let world = World::new(Options::default());
    // qualitygate/ws/project_status-example.json
    let status = world.get("/api/qualitygates/project_status?projectKey=harbour_billing").await;
    assert_shape(
        &status,
        ".projectStatus object\n.projectStatus.status string\n.projectStatus.ignoredConditions boolean\n.projectStatus.caycStatus string\n\
         .projectStatus.conditions array\n.projectStatus.conditions[] object\n.projectStatus.conditions[].status string\n\
         .projectStatus.conditions[].metricKey string\n.projectStatus.conditions[].comparator string\n\
         .projectStatus.conditions[].errorThreshold string\n.projectStatus.conditions[].actualValue string\n.projectStatus.period object\n\
         .projectStatus.period.mode string\n.projectStatus.period.date string\n.projectStatus.period.parameter string",
        "",
    );
    assert_eq!(
        (&status["projectStatus"]["status"], &status["projectStatus"]["conditions"][0]["actualValue"]),
        (&json!("ERROR"), &json!("61.5"))
    );
    let never = world.get("/api/qualitygates/project_status?projectKey=harbour_new").await;
    assert_eq!(never["projectStatus"]["status"], "NONE");
    // projectanalysis/ws/search-example.json
    let analyses = world.get("/api/project_analyses/search?project=harbour_billing").await;
    assert_shape(
        &analyses,
        &format!(
            "{PAGING}.analyses array\n.analyses[] object\n.analyses[].key string\n.analyses[].date string\n.analyses[].projectVersion string\n\
             .analyses[].revision string\n.analyses[].manualNewCodePeriodBaseline boolean\n.analyses[].events array"
        ),
        "",
    );
    // The gate as it was then.
    let oldest = analyses["analyses"][1]["key"].as_str().unwrap();
    let then = world.get(&format!("/api/qualitygates/project_status?analysisId={oldest}")).await;
    assert_eq!(then["projectStatus"]["status"], "OK");
}

#[tokio::test]
async fn refusals_are_those_of_the_published_services() {
    let world = World::new(Options { hidden: BTreeSet::from(["harbour_ledger".to_owned()]), most_results: 1000, ..Options::default() });
    let many: Vec<String> = (0..101).map(|number| format!("p{number}")).collect();
    for (path, status, message) in [
        ("/api/measures/search?metricKeys=bugs", 400, "The 'projectKeys' parameter is missing"),
        ("/api/measures/search?projectKeys=a&metricKeys=bugs,zeal,awe", 400, "The following metrics are not found: awe, zeal"),
        (
            &format!("/api/measures/search?projectKeys={}&metricKeys=bugs", many.join(",")),
            400,
            "101 projects provided, more than maximum authorized (100)",
        ),
        ("/api/measures/component?component=harbour_billing&metricKeys=zeal", 404, "The following metric keys are not found: zeal"),
        ("/api/measures/component?component=nobody&metricKeys=bugs", 404, "Component key 'nobody' not found"),
        ("/api/measures/component?component=harbour_ledger&metricKeys=bugs", 403, "Insufficient privileges"),
        ("/api/measures/component?component=harbour_gone&metricKeys=bugs", 404, "Component key 'harbour_gone' not found"),
        ("/api/measures/search_history?component=harbour_billing&metrics=zeal", 400, "Metrics zeal are not found"),
        (
            "/api/measures/search_history?component=harbour_billing&metrics=bugs&from=soon",
            400,
            "Date 'soon' cannot be parsed as either a date or date+time",
        ),
        ("/api/components/search?qualifiers=TRK&ps=501", 400, "'ps' value (501) must be less than 500"),
        ("/api/components/search?qualifiers=TRK&ps=500&p=3", 400, "Can return only the first 1000 results. 1500th result asked."),
        ("/api/qualitygates/project_status", 400, "Either 'analysisId', 'projectId' or 'projectKey' must be provided"),
        ("/api/projects/search", 403, "Insufficient privileges"),
        ("/api/nothing", 404, "Unknown url : /api/nothing"),
    ] {
        assert_eq!(world.refused(path).await, (status, message.to_owned()), "{path}");
    }
    // Left out silently, and not even counted.
    let measures = world.get("/api/measures/search?projectKeys=harbour_ledger,harbour_billing,nobody&metricKeys=bugs").await;
    assert_eq!(measures["measures"].as_array().unwrap().len(), 1);
    assert_eq!(world.get("/api/components/search?qualifiers=TRK").await["paging"]["total"], 2);
}

#[tokio::test]
async fn the_ends_of_a_history_belong_to_it() {
    let world = World::new(Options::default());
    let total = async |range: &str| {
        world.get(&format!("/api/measures/search_history?component=harbour_billing&metrics=bugs&{range}")).await["paging"]["total"].clone()
    };
    assert_eq!(total("from=2026-03-01T08:00:00%2B0000&to=2026-03-02T09:30:00%2B0000").await, 2);
    assert_eq!(total("from=2026-03-01T08:00:01%2B0000").await, 1);
    assert_eq!(total("to=2026-03-01").await, 1);
    assert_eq!(total("from=2026-03-02&to=2026-03-02").await, 1);
}

#[tokio::test]
async fn a_form_means_the_same_as_a_query() {
    let world = World::new(Options::default());
    let query = "projectKeys=harbour_billing&metricKeys=bugs,new_coverage";
    let form = Request::builder().method("POST").uri("/api/measures/search").header("content-type", "application/x-www-form-urlencoded");
    let (status, _, body) = world.ask(form, query).await;
    assert_eq!((status, body), world.text(&format!("/api/measures/search?{query}")).await);
}

#[tokio::test]
async fn a_token_is_asked_for_and_its_end_is_told() {
    use base64::Engine as _;
    let options = Options { tokens: vec!["secret".to_owned()], tokens_end: Some(at("2026-04-01T00:00:00Z")), ..Options::default() };
    let world = World::new(options.clone());
    let list = || Request::builder().uri("/api/components/search?qualifiers=TRK");
    let (status, headers, _) = world.ask(list().header("authorization", "Bearer secret"), "").await;
    assert_eq!((status, headers["sonarqube-authentication-token-expiration"].to_str().unwrap()), (200, "2026-04-01T00:00:00+0000"));
    let basic = |pair: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    assert_eq!(world.ask(list().header("authorization", basic("secret:")), "").await.0, 200);
    for wrong in ["Bearer guess".to_owned(), basic("guess:"), basic("secret:x")] {
        let (status, _, body) = world.ask(list().header("authorization", wrong), "").await;
        assert_eq!((status, body.as_str()), (401, ""));
    }
    assert_eq!(world.ask(list(), "").await.0, 401);
    let valid = Request::builder().uri("/api/authentication/validate").header("authorization", "Bearer guess");
    assert_eq!(world.ask(valid, "").await.2, r#"{"valid":false}"#);
    assert_eq!(world.text("/api/system/status").await.1, r#"{"status":"UP"}"#);
    let ended = World::new(Options { tokens_end: Some(at("2026-03-01T00:00:00Z")), ..options });
    assert_eq!(ended.ask(list().header("authorization", "Bearer secret"), "").await.0, 401);
}

#[tokio::test]
async fn editions_differ() {
    let cloud = World::new(Options { edition: Edition::Cloud { organisation: "harbour".to_owned() }, ..Options::default() });
    assert_eq!(cloud.refused("/api/components/search?qualifiers=TRK").await.1, "The 'organization' parameter is missing");
    let list = cloud.get("/api/components/search?qualifiers=TRK&organization=harbour").await;
    assert_eq!(list["components"][0]["organization"], "harbour");
    assert_eq!(cloud.refused("/api/v2/clean-code-policy/mode").await.0, 404);
    let services = cloud.get("/api/webservices/list?include_internals=true").await;
    let gates = services["webServices"].as_array().unwrap().iter().find(|service| service["path"] == "api/qualitygates").unwrap().clone();
    assert_eq!(gates["actions"][0]["deprecatedSince"], "2025-09-16");

    let multi = World::new(Options { multi_quality: true, context: "/sonar".to_owned(), ..Options::default() });
    assert_eq!(multi.get("/sonar/api/v2/clean-code-policy/mode").await["mode"], "MQR");
    let query = "projectKeys=harbour_billing&metricKeys=software_quality_reliability_rating";
    assert_eq!(multi.get(&format!("/sonar/api/measures/search?{query}")).await["measures"][0]["value"], "3.0");
    assert_eq!(multi.text("/api/server/version").await.0, 404);

    let old = World::new(Options { edition: Edition::Server { version: "9.9.4.87374".to_owned() }, ..Options::default() });
    assert_eq!(old.refused(&format!("/api/measures/search?{query}")).await.0, 400);
    assert_eq!(old.text("/api/server/version").await.1, "9.9.4.87374");
}

#[tokio::test]
async fn a_link_leads_to_a_page() {
    let world = World::new(Options::default());
    let (status, page) = world.text("/dashboard?id=harbour_billing").await;
    assert!(status == 200 && page.contains("<h1>billing</h1>") && page.contains("81.4"), "{page}");
    assert!(world.text("/dashboard?id=harbour_new").await.1.contains("<h1>new &amp; shiny</h1>"));
    assert_eq!(world.text("/dashboard?id=nobody").await.0, 404);
}

#[test]
fn metrics_are_known_once_and_in_order() {
    assert!(METRICS.windows(2).all(|pair| pair[0].key < pair[1].key));
}
