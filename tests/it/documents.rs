//! Documents and definitions of APIs: what a repository says of them on a past day is what git shows of that day, and
//! nothing is read but what the store names.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::ToSpan;
use serde_json::{Value, json};
use spot::collect::contents::{Contents, LARGEST_CONTENT, Text, Unavailable};
use spot::model::Facet;

use crate::support::company::{Company, general};
use crate::support::repository::Repository;
use crate::support::{Server, now, run};

const NOW: &str = "2026-03-31T12:00:00Z";

/// A data folder beside a folder of clones, configured as a person would.
struct Place {
    _folder: tempfile::TempDir,
    home: PathBuf,
    clones: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_owned();
        std::fs::write(home.join("spot.toml"), "[git]\nfolders = [\"clones\"]\nbackfill = \"1y\"\n").unwrap();
        let clones = home.join("clones");
        std::fs::create_dir(&clones).unwrap();
        Self { _folder: folder, home, clones }
    }

    fn collect(&self) -> Value {
        let ended = run(&self.home, ["collect", "--backfill", "1y", "--data", "data", "--json"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Value::Array(lines)
    }

    /// By a command of its own, without a server.
    fn ask(&self, question: &str) -> Value {
        let ended = run(&self.home, ["query", question, "--data", "data"]);
        assert_eq!(ended.code, Some(0), "{question}: {ended:?}");
        serde_json::from_str::<Value>(&ended.stdout).unwrap()["data"].clone()
    }

    fn serve(&self) -> Server {
        Server::start_on(&self.home.join("data"))
    }
}

fn api(name: &str, definition: &str) -> String {
    format!(
        "---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: {name}\nspec:\n  type: openapi\n  lifecycle: production\n  owner: payments\n  definition: {definition}\n"
    )
}

fn descriptor(inline: &str) -> String {
    let component = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: ledger\nspec:\n  type: service\n  lifecycle: production\n  owner: payments\n";
    let apis = [
        api("beside", "{$text: ./openapi.yaml}"),
        api("inline", &format!("|\n    openapi: 3.1.0\n    info: {{title: {inline}}}")),
        api("escaping", "{$text: ../../../etc/passwd}"),
        api("elsewhere", "{$text: 'https://acme.example/openapi.yaml'}"),
    ];
    format!("{component}{}", apis.concat())
}

fn openapi(title: &str) -> String {
    format!("openapi: 3.1.0\ninfo:\n  title: {title}\n  version: '1'\npaths: {{}}\n")
}

/// Two weeks of a repository, most of it in the second commit of a day.
fn build(folder: &Path, start: jiff::civil::Date) -> Repository {
    let repository = Repository::new(folder, start);
    repository.write("README.md", "# Shop\n\nSells things.\n");
    repository.commit(0, "begin");
    repository.write("ledger/catalog-info.yaml", &descriptor("One"));
    repository.write("ledger/openapi.yaml", &openapi("Ledger"));
    repository.write("ledger/README.md", "# Ledger\n");
    repository.commit(2, "the ledger");
    repository.write("README.md", "# Shop\n\nSells *many* things, ümlauts too.\r\n");
    repository.commit(4, "a slip");
    repository.write("README.md", "# The shop\n\nSells many things, ümlauts too.\n\n```\n  as they are\n```\n");
    repository.write("ledger/openapi.yaml", &openapi("The ledger"));
    repository.commit(4, "say more");
    repository.write("ledger/catalog-info.yaml", &descriptor("Two"));
    repository.write("docs/how.md", "# How\n");
    repository.commit(8, "and more");
    repository.git(11, &["rm", "--quiet", "docs/how.md"]);
    repository.commit(11, "less");
    repository
}

const DOCUMENT: &str = "path title format check since readme content { text bytes reason }";

#[tokio::test]
async fn a_document_of_any_past_day_is_what_git_shows_of_that_day() {
    let place = Place::new();
    let start = now().to_zoned(jiff::tz::TimeZone::UTC).date().checked_sub(30.days()).unwrap();
    let repository = build(&place.clones.join("shop"), start);
    let said = place.collect().to_string();
    assert!(said.contains("leaves the repository and is not followed; the API has no definition"), "{said}");
    let server = place.serve();
    let mut compared = 0;
    for day in 0..14 {
        let at = repository.date(day).to_string();
        let answer = server
            .ask(&format!(
                r#"{{ repository: entity(ref: "repository:shop", at: "{at}") {{ entity {{ ... on Repository {{
                       readme: document(path: "README.md") {{ {DOCUMENT} }} how: document(path: "docs/how.md") {{ {DOCUMENT} }}
                       absent: document(path: "absent.md") {{ path }} outside: document(path: "../../etc/passwd") {{ path }}
                       documents {{ path }} }} }} }}
                     service: entity(ref: "service:ledger", at: "{at}") {{ entity {{ ... on Service {{ documents {{ path readme }} document(path: "README.md") {{ path }} }} }} }}
                     apis(at: "{at}") {{ nodes {{ name definition {{ {DOCUMENT} }} }} }} }}"#
            ))
            .await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        let answer = &answer["data"];
        let shop = &answer["repository"]["entity"];
        let readme = repository.show(day, "README.md").unwrap();
        assert_eq!(shop["readme"]["content"], json!({ "text": readme, "bytes": readme.len(), "reason": null }), "README on {at}");
        assert_eq!(shop["readme"]["readme"], true);
        assert_eq!(shop["readme"]["format"], "MARKDOWN");
        assert_eq!(shop["readme"]["title"], if day < 4 { "Shop" } else { "The shop" });
        let since = repository.date(if day < 4 { 0 } else { 4 });
        assert_eq!(shop["readme"]["since"], format!("{since}T12:00:00Z"), "on {at}");
        let check = shop["readme"]["check"].as_str().unwrap();
        let (commit, path) = check.split_once(':').unwrap();
        assert_eq!((repository.git(0, &["show", check]), path), (readme, "README.md"), "{commit}");
        assert_eq!(shop["how"]["content"]["text"].as_str().map(str::to_owned), repository.show(day, "docs/how.md"), "on {at}");
        assert_eq!((&shop["absent"], &shop["outside"]), (&Value::Null, &Value::Null));

        let definition = |name: &str| {
            let apis = answer["apis"]["nodes"].as_array().unwrap();
            apis.iter().find(|api| api["name"] == name).map(|api| api["definition"].clone())
        };
        if day < 2 {
            assert_eq!(definition("beside"), None);
            continue;
        }
        let beside = definition("beside").unwrap();
        assert_eq!(beside["content"]["text"], repository.show(day, "ledger/openapi.yaml").unwrap(), "on {at}");
        assert_eq!((&beside["path"], &beside["format"]), (&json!("ledger/openapi.yaml"), &json!("OPENAPI")));
        assert_eq!(beside["since"], format!("{}T12:00:00Z", repository.date(if day < 4 { 2 } else { 4 })));
        let inline = definition("inline").unwrap();
        let title = if day < 8 { "One" } else { "Two" };
        assert_eq!(inline["content"]["text"], format!("openapi: 3.1.0\ninfo: {{title: {title}}}\n"), "on {at}");
        assert_eq!(inline["path"], "ledger/catalog-info.yaml");
        assert_eq!(definition("escaping"), Some(Value::Null));
        let elsewhere = definition("elsewhere").unwrap();
        assert_eq!((&elsewhere["path"], &elsewhere["content"]["text"]), (&json!("https://acme.example/openapi.yaml"), &Value::Null));
        assert!(elsewhere["content"]["reason"].as_str().unwrap().contains("does not fetch"));
        let ledger = &answer["service"]["entity"];
        let expected = json!([{ "path": "ledger/README.md", "readme": true }, { "path": "ledger/openapi.yaml", "readme": false }]);
        assert_eq!((&ledger["documents"], &ledger["document"]), (&expected, &Value::Null));
        compared += 1;
    }
    assert_eq!(compared, 12);

    let history = server
        .ask(r#"{ entity(ref: "repository:shop") { entity { history(field: "documentation.documents[README.md]") { totalCount } } } }"#);
    assert_eq!(history.await["data"]["entity"]["entity"]["history"]["totalCount"], 2, "an edited document is a change");
}

#[tokio::test]
async fn a_renamed_repository_keeps_its_documents_and_one_that_is_gone_says_so() {
    let place = Place::new();
    let start = now().to_zoned(jiff::tz::TimeZone::UTC).date().checked_sub(30.days()).unwrap();
    let mut repository = build(&place.clones.join("shop"), start);
    place.collect();
    let at = repository.date(3).to_string();
    let question = format!(
        r#"{{ entity(ref: "repository:shop", at: "{at}") {{ holder entity {{ ref ... on Repository {{ document(path: "README.md") {{ title content {{ text reason }} }} }} }} }}
             api: entity(ref: "api:inline", at: "{at}") {{ entity {{ ... on Api {{ definition {{ content {{ text reason }} }} }} }} }} }}"#
    );
    let readme = repository.show(3, "README.md").unwrap();
    let before = place.ask(&question);
    assert_eq!(before["entity"]["entity"]["document"]["content"]["text"], readme);

    let store = place.clones.join("store");
    std::fs::rename(&repository.folder, &store).unwrap();
    repository.folder.clone_from(&store);
    place.collect();
    let after = place.ask(&question);
    assert_eq!(after["entity"]["entity"]["document"]["content"]["text"], readme, "{after:#}");
    assert_eq!(after["api"], before["api"]);

    // The folder is gone: the catalog knows the document, nobody has its content, and that is not kept as an answer.
    let server = place.serve();
    let other = r#"{ repositories { nodes { document(path: "README.md") { content { reason } } } } }"#;
    assert_eq!(server.ask(other).await["data"]["repositories"]["nodes"][0]["document"]["content"]["reason"], Value::Null);
    let hidden = place.home.join("hidden");
    std::fs::rename(&store, &hidden).unwrap();
    let document = |answer: &Value| answer["data"]["entity"]["entity"]["document"].clone();
    let gone = document(&server.ask(&question).await);
    assert_eq!((&gone["title"], &gone["content"]["text"]), (&json!("Shop"), &Value::Null));
    let reason = gone["content"]["reason"].as_str().unwrap();
    assert!(reason.ends_with("is no longer among those that are read; its documents were not kept"), "{reason}");
    std::fs::rename(&hidden, &store).unwrap();
    assert_eq!(document(&server.ask(&question).await)["content"]["text"], readme);

    // It ends; its past is there, with what can still be said.
    drop(server);
    std::fs::rename(&store, &hidden).unwrap();
    place.collect();
    place.collect();
    let ended = place.ask(&question);
    assert_eq!(ended["entity"]["entity"]["document"]["title"], "Shop");
    assert!(ended["entity"]["entity"]["document"]["content"]["reason"].as_str().unwrap().contains("no longer among"));
}

/// Remembers what it was asked for.
#[derive(Default)]
struct Asked {
    blobs: Mutex<Vec<String>>,
}

impl Contents for Asked {
    fn document(&self, resource: &str, blob: &str) -> Result<Text, Unavailable> {
        self.blobs.lock().unwrap().push(format!("{resource} {blob}"));
        match blob {
            "gone" => Err(Unavailable::NoObject(resource.to_owned())),
            "binary" => Err(Unavailable::NotText { bytes: 7 }),
            "huge" => Text::new(vec![b'a'; usize::try_from(LARGEST_CONTENT).unwrap()]),
            _ => Text::new(format!("text of {blob}").into_bytes()),
        }
    }

    fn definition(&self, resource: &str, blob: &str, api: &str) -> Result<Text, Unavailable> {
        self.document(resource, &format!("{blob} {api}"))
    }
}

fn documents(documents: Value) -> Option<Value> {
    Some(json!({ "documents": documents }))
}

#[tokio::test]
async fn documents_of_an_earlier_version_have_a_title_and_their_ids_are_no_change() {
    let company = Company::new(NOW);
    company.observe("2026-03-01T10:00:00Z", &[("repository:shop", Facet::General, general("repository:shop", json!({})))]);
    let said = |value: Value| [("repository:shop", Facet::Documentation, documents(json!({ "docs/a.rst": "A", "README.md": value })))];
    company.observe("2026-03-01T11:00:00Z", &said(json!("Shop")));
    company.observe("2026-03-02T11:00:00Z", &said(json!({ "title": "Shop", "blob": "one", "format": "markdown" })));
    company.observe("2026-03-03T11:00:00Z", &said(json!({ "title": "Shop", "blob": "two", "format": "markdown" })));
    let question = |at: &str| {
        format!(
            r#"{{ entity(ref: "repository:shop", at: "{at}") {{ entity {{ ... on Repository {{ documents {{ path title format content {{ text reason }} }} }} }} }} }}"#
        )
    };
    let answer = company.ask(&question("2026-03-01")).await;
    let reason = "an earlier version of spot recorded this document, and not which content it had";
    assert_eq!(
        answer["entity"]["entity"]["documents"],
        json!([
            { "path": "README.md", "title": "Shop", "format": "MARKDOWN", "content": { "text": null, "reason": reason } },
            { "path": "docs/a.rst", "title": "A", "format": "RESTRUCTURED_TEXT", "content": { "text": null, "reason": reason } },
        ])
    );
    let changes =
        company.ask(r#"{ timeline(from: "2026-03-01", to: "2026-03-31", facets: [DOCUMENTATION]) { nodes { ... on Change { at field isChange } } } }"#).await;
    let changes: Vec<&Value> = changes["timeline"]["nodes"].as_array().unwrap().iter().filter(|node| node["isChange"] == true).collect();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["at"], "2026-03-03T11:00:00Z");
}

#[tokio::test]
async fn only_what_the_store_names_is_read_and_only_while_it_can_be_is_the_answer_kept() {
    let asked = Arc::new(Asked::default());
    let company = Company::reading(NOW, Some(Arc::clone(&asked) as Arc<dyn Contents>));
    let said = json!({
        "README.md": { "title": "Shop", "blob": "one", "format": "markdown" },
        "docs/gone.md": { "title": "Gone", "blob": "gone", "format": "markdown" },
        "docs/binary.md": { "title": "Binary", "blob": "binary", "format": "markdown" },
    });
    company.observe(
        "2026-03-01T10:00:00Z",
        &[
            ("repository:shop", Facet::General, general("repository:shop", json!({}))),
            ("repository:shop", Facet::Documentation, documents(said)),
            (
                "api:ledger",
                Facet::General,
                general(
                    "api:ledger",
                    json!({ "repository": "repository:shop", "definition": { "path": "catalog-info.yaml", "blob": "d", "inline": true } }),
                ),
            ),
        ],
    );
    let ask = async |path: &str| {
        let question = format!(
            r#"{{ entity(ref: "repository:shop") {{ entity {{ ... on Repository {{ document(path: "{path}") {{ content {{ text bytes reason }} }} }} }} }} }}"#
        );
        let response = company.api.execute(question.as_str().into()).await;
        let age = response.cache_control.max_age;
        (serde_json::to_value(response).unwrap()["data"]["entity"]["entity"]["document"]["content"].clone(), age)
    };
    assert_eq!(ask("README.md").await, (json!({ "text": "text of one", "bytes": 11, "reason": null }), 0));
    assert_eq!(ask("one").await, (Value::Null, 0));
    let (gone, age) = ask("docs/gone.md").await;
    assert_eq!((gone["reason"].as_str().unwrap().contains("no longer holds this content"), age), (true, -1));
    let (binary, age) = ask("docs/binary.md").await;
    assert_eq!((binary, age), (json!({ "text": null, "bytes": 7, "reason": "the document is no text in UTF-8" }), 0));
    let api = company.ask(r#"{ apis { nodes { definition { check content { text } } } } }"#).await;
    assert_eq!(
        api["apis"]["nodes"][0]["definition"],
        json!({ "check": "abc123:catalog-info.yaml:1", "content": { "text": "text of d api:ledger" } })
    );
    let all = asked.blobs.lock().unwrap().clone();
    assert_eq!(
        all,
        ["repository:shop one", "repository:shop gone", "repository:shop binary", "repository:shop d api:ledger"],
        "a document without content is not read"
    );
    company.ask(r#"{ repositories { nodes { documents { path title check } } } }"#).await;
    assert_eq!(asked.blobs.lock().unwrap().len(), all.len());
}

#[tokio::test]
async fn a_question_gets_so_many_bytes_of_documents_and_no_more() {
    let company = Company::reading(NOW, Some(Arc::new(Asked::default())));
    let many = (0..9).map(|number| (format!("docs/{number}.md"), json!({ "title": "x", "blob": "huge", "format": "markdown" })));
    let many = Value::Object(many.collect());
    company.observe(
        "2026-03-01T10:00:00Z",
        &[
            ("repository:shop", Facet::General, general("repository:shop", json!({}))),
            ("repository:shop", Facet::Documentation, documents(many)),
        ],
    );
    let (code, message) = company.refusal(r#"{ repositories { nodes { documents { content { text } } } } }"#).await;
    assert_eq!(code, "TOO_COMPLEX");
    assert!(message.contains("over 16777216 bytes of documents, at least 2097152 over the limit"), "{message}");
}
