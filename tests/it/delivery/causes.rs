//! Which deployments brought incidents about: shown with the evidence, corrected by whoever may, and counted so.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::cdevents::SECRET;
use super::webhook::{push, start};
use crate::support::repository::Repository;
use crate::support::{Server, code_of, json_of, now, run as spot};

/// A server with the service billing, three versions of it in production, the last of them in two regions, and an incident a
/// quarter of an hour after that.
struct Company {
    server: Server,
    admin: String,
    viewer: String,
    incident: String,
    /// By version and region.
    deployments: Vec<(String, String)>,
    period: String,
}

impl Company {
    async fn start(folder: &Path) -> Self {
        let repository = Repository::new(&folder.join("clones/billing"), jiff::civil::date(2026, 1, 1));
        repository.write(
            "catalog-info.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: billing\nspec:\n  type: service\n  lifecycle: production\n  owner: payments\n",
        );
        repository.commit(0, "Describe it");
        let present = now();
        let before = |minutes: i64| -> Timestamp { present.checked_sub(SignedDuration::from_mins(minutes)).unwrap() };
        let incident =
            format!("id,title,severity,service,started,ended\n1,Nobody can pay,critical,billing,{},{}\n", before(45), before(30));
        std::fs::write(folder.join("incidents.csv"), incident).unwrap();
        let server = start(folder, "[git]\nfolders = [\"clones\"]\n[csv]\nincidents = \"incidents.csv\"\nbackfill = \"1y\"\n");
        for (version, region, minutes) in [("1.0", "eu", 300), ("1.1", "eu", 120), ("1.2", "eu", 60), ("1.2", "us", 50)] {
            let told = json!({
                "id": format!("{version}-{region}"),
                "service": "billing",
                "environment": format!("production-{region}"),
                "version": version,
                "at": before(minutes).to_string(),
            });
            let response = push(&server, told.to_string().as_bytes(), SECRET).await;
            assert_eq!(response.status(), StatusCode::OK);
        }
        let (incident, deployments) = settled(&server, &present).await;
        let token = |role: &str| {
            let made = spot(folder, ["token", "create", role, "--role", role, "--data", server.data.to_str().unwrap()]);
            assert_eq!(made.code, Some(0), "{made:?}");
            made.stdout.trim().to_owned()
        };
        let (admin, viewer) = (token("admin"), token("viewer"));
        let period = format!("{}..{}", day(before(24 * 60)), day(present));
        Self { server, admin, viewer, incident, deployments, period }
    }

    fn id(&self, version: &str, region: &str) -> &str {
        let place = format!("{version} {region}");
        &self.deployments.iter().find(|(name, _)| *name == place).unwrap().1
    }

    /// The answer to whoever holds a token.
    async fn post(&self, secret: &str, question: &str) -> reqwest::Response {
        self.server.post("/graphql").bearer_auth(secret).json(&json!({ "query": question })).send().await.unwrap()
    }

    fn judgement(&self, version: &str, region: &str, word: &str) -> String {
        let (deployment, incident) = (self.id(version, region), &self.incident);
        format!("mutation {{ judgeCause(deployment: \"{deployment}\", incident: \"{incident}\"{word}) {{ by isCause reason }} }}")
    }

    /// What an admin says.
    async fn say(&self, version: &str, region: &str, word: &str) -> Value {
        let answer = json_of(self.post(&self.admin, &self.judgement(version, region, word)).await).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["judgeCause"].clone()
    }

    /// The change fail rate, and the versions that make it.
    async fn rate(&self) -> (Value, Vec<Value>) {
        let question = format!(
            "{{ board(period: \"{}\", metrics: [CHANGE_FAIL_RATE]) {{ figures {{ value records(first: 9) {{ nodes {{ deployment {{ version }} }} }} }} }} }}",
            self.period
        );
        let answer = self.server.ask(&question).await;
        let figure = &answer["data"]["board"]["figures"][0];
        let records = figure["records"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
        (figure["value"].clone(), records.iter().map(|record| record["deployment"]["version"].clone()).collect())
    }

    /// The evidence at the incident: version, whether it is a cause, by what, and how many minutes before; then candidates.
    async fn evidence(&self) -> (Value, Value) {
        let question = format!(
            "{{ event(id: \"{}\") {{ incident {{ broughtAboutBy {{ isCause basis secondsBefore deployment {{ deployment {{ version }} }} }} \
             candidates {{ deployment {{ version }} }} }} }} }}",
            self.incident
        );
        let answer = self.server.ask(&question).await;
        let incident = &answer["data"]["event"]["incident"];
        let causes = incident["broughtAboutBy"].as_array().unwrap_or_else(|| panic!("{answer}")).iter().map(|cause| {
            let minutes = cause["secondsBefore"].as_u64().map(|seconds| seconds / 60);
            json!([cause["deployment"]["deployment"]["version"], cause["isCause"], cause["basis"], minutes])
        });
        let candidates = incident["candidates"].as_array().unwrap().iter().map(|candidate| candidate["deployment"]["version"].clone());
        (causes.collect(), candidates.collect())
    }
}

fn day(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// The incident and the deployments, once all belong to the service.
async fn settled(server: &Server, present: &Timestamp) -> (String, Vec<(String, String)>) {
    let question = format!(
        "{{ events(kinds: [INCIDENT, DEPLOYMENT], from: \"{}\", to: \"{}\", first: 50) {{ nodes {{ id kind entity {{ ref }} deployment {{ version region }} }} }} }}",
        present.checked_sub(SignedDuration::from_hours(48)).unwrap(),
        present
    );
    loop {
        let answer = server.ask(&question).await;
        let nodes = answer["data"]["events"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
        let linked: Vec<&Value> = nodes.iter().filter(|node| node["entity"]["ref"] == "service:billing").collect();
        if linked.len() == 5 {
            let id = |node: &Value| node["id"].as_str().unwrap().to_owned();
            let incident = linked.iter().find(|node| node["kind"] == "INCIDENT").map(|node| id(node)).unwrap();
            let place = |node: &Value| {
                let deployment = &node["deployment"];
                format!("{} {}", deployment["version"].as_str().unwrap(), deployment["region"].as_str().unwrap())
            };
            let deployments = linked.iter().filter(|node| node["kind"] == "DEPLOYMENT").map(|node| (place(node), id(node))).collect();
            return (incident, deployments);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_says_of_a_cause_counts_until_it_is_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let company = Company::start(folder.path()).await;
    let third = json!(1.0 / 3.0);
    let by_rule = json!([["1.2", true, "RULE", 15]]);
    assert_eq!(company.rate().await, (third.clone(), vec![json!("1.2")]));
    assert_eq!(company.evidence().await, (by_rule.clone(), json!(["1.1", "1.0"])));

    // The same version in another region is the same deployment.
    let said = company.say("1.2", "us", ", isCause: false, reason: \" a full disk \"").await;
    assert_eq!(said, json!({ "by": "admin", "isCause": false, "reason": "a full disk" }));
    assert_eq!(company.rate().await, (json!(0.0), vec![]));
    assert_eq!(company.evidence().await, (json!([["1.2", false, "PERSON", 15]]), json!(["1.1", "1.0"])));
    let question = format!(
        "{{ event(id: \"{}\") {{ broughtAbout {{ isCause incident {{ incident {{ title }} }} word {{ by reason deployment {{ id }} }} }} }} }}",
        company.id("1.2", "eu")
    );
    let told = company.server.ask(&question).await["data"]["event"]["broughtAbout"].clone();
    let word = json!({ "by": "admin", "reason": "a full disk", "deployment": { "id": company.id("1.2", "us") } });
    assert_eq!(told, json!([{ "isCause": false, "incident": { "incident": { "title": "Nobody can pay" } }, "word": word }]));

    company.say("1.2", "us", "").await;
    assert_eq!(company.rate().await, (third.clone(), vec![json!("1.2")]));
    assert_eq!(company.evidence().await.0, by_rule);

    // Longer ago than the rule allows.
    company.say("1.0", "eu", ", isCause: true").await;
    assert_eq!(company.rate().await, (third, vec![json!("1.0")]));
    assert_eq!(company.evidence().await, (json!([["1.0", true, "PERSON", 255]]), json!(["1.2", "1.1"])));

    let question = "{ causes { by role isCause } audit(first: 1) { mutation detail } }";
    let told = json_of(company.post(&company.admin, question).await).await["data"].clone();
    assert_eq!(told["causes"][0], json!({ "by": "admin", "role": "admin", "isCause": true }));
    assert_eq!((told["causes"].as_array().unwrap().len(), &told["causes"][1]["isCause"]), (3, &Value::Null), "every word is kept");
    assert_eq!(told["audit"][0]["mutation"], "judgeCause");
    assert!(told["audit"][0]["detail"].as_str().unwrap().starts_with("1.0 caused \"Nobody can pay\""), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_and_whatever_makes_no_sense_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let company = Company::start(folder.path()).await;
    let before = (company.rate().await, company.evidence().await);
    let (not, incident, deployment) = (", isCause: false", &company.incident, company.id("1.2", "eu"));
    assert_eq!(code_of(company.post(&company.viewer, &company.judgement("1.2", "eu", not)).await).await, "FORBIDDEN");
    let anonymous = company.server.post("/graphql").json(&json!({ "query": company.judgement("1.2", "eu", not) }));
    assert_eq!(code_of(anonymous.send().await.unwrap()).await, "UNAUTHENTICATED");
    let refused = async |deployment: &str, incident: &str, word: &str| {
        let question = format!("mutation {{ judgeCause(deployment: \"{deployment}\", incident: \"{incident}\"{word}) {{ at }} }}");
        code_of(company.post(&company.admin, &question).await).await
    };
    assert_eq!(refused("nonsense", incident, not).await, "UNKNOWN_ENTITY");
    assert_eq!(refused("event-0000000000000007", incident, not).await, "NOT_FOUND");
    assert_eq!(refused(incident, incident, not).await, "INVALID_ARGUMENT");
    assert_eq!(refused(deployment, deployment, not).await, "INVALID_ARGUMENT");
    assert_eq!(refused(deployment, incident, "").await, "NOT_FOUND", "there is nothing to withdraw");
    let long = format!("{not}, reason: \"{}\"", "x".repeat(501));
    assert_eq!(refused(deployment, incident, &long).await, "INVALID_ARGUMENT");
    assert_eq!((company.rate().await, company.evidence().await), before);
    assert_eq!(company.server.ask("{ causes { by } }").await["data"]["causes"], json!([]));

    // The same on the command line.
    let data = company.server.data.to_str().unwrap();
    let cause = |words: &[&str]| spot(folder.path(), [&["cause"], words, &["--data", data]].concat());
    let nobody = cause(&[]);
    assert_eq!((nobody.code, nobody.stderr.contains("nobody has said anything")), (Some(0), true), "{nobody:?}");
    assert_eq!(cause(&[deployment]).code, Some(2), "of which incident has to be said");
    assert_eq!(cause(&[deployment, deployment]).code, Some(2));
    assert_eq!(cause(&[deployment, incident, "--undo"]).code, Some(3));
    let said = cause(&[deployment, incident, "--not", "--reason", "a full disk"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(company.rate().await.0, json!(0.0));
    let listed = cause(&[]);
    assert!(listed.stdout.contains("service:billing 1.2") && listed.stdout.contains("did not cause Nobody can pay"), "{listed:?}");
    assert!(listed.stdout.contains("by local:") && listed.stdout.contains(": a full disk"), "{listed:?}");
    let listed: Value = serde_json::from_str(&cause(&["--json"]).stdout).unwrap();
    assert_eq!((&listed["isCause"], &listed["deployment"]["id"]), (&json!(false), &json!(deployment)));
    assert_eq!(cause(&[deployment, incident, "--undo"]).code, Some(0));
    assert_eq!((company.rate().await, company.evidence().await), before);
}
