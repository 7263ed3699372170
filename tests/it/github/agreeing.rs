//! Files say the same, whoever reads them: the `git` collector from clones, or this one over HTTP.

use std::collections::BTreeMap;

use serde_json::Value;
use spot::collect::git::{Config, GitCollector};
use spot::collect::{Collector, Item, Memory, Sink};
use spot::demo::company::Company;
use spot::model::Zone;
use tokio_util::sync::CancellationToken;

use crate::github::support::*;

/// What only the forge says.
const OF_THE_FORGE: [&str; 3] = ["github", "custom-property", "team-permission"];

/// The small company, with a repository that holds all kinds of odd files.
pub(crate) fn odd() -> Company {
    let mut company = small();
    let lockfile: String = (0..9_000).map(|number| format!("\n[[package]]\nname = \"crate-{number}\"\nversion = \"1.0.{number}\"\nsource = \"registry+https://registry.example/index\"\n")).collect();
    let files = vec![
        write("README.md", b"\x89PNG\0\0not text at all"),
        write("docs/latin.md", b"# Gr\xfc\xdfe\n"),
        write("docs/unicode.md", "# Grüße 你好\n"),
        write("docs/windows.md", "# Lines\r\nof Windows\r\n"),
        write("docs/marked.md", "\u{feff}# Marked\n"),
        write("docs/empty.md", ""),
        write("CODEOWNERS", "* @acme/finance\n*.rs @ada\n[bad @\n"),
        write("docs/CODEOWNERS", "* @nobody\n"),
        write(
            "catalog-info.yaml",
            format!(
                "{}---\napiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{name: others}}\nspec: {{targets: [./more/api.yaml, ./absent.yaml]}}\n",
                descriptor("odd", "finance")
            ),
        ),
        write(
            "more/api.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: books}\nspec: {type: grpc, lifecycle: production, owner: finance, definition: {$text: ./books.proto}}\n",
        ),
        write("more/books.proto", "syntax = \"proto3\";\n"),
        write("broken/catalog-info.yaml", "kind: Component\n\tmetadata: {name: x}\n"),
        write("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\ncrate-1 = \"1\"\n"),
        write("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\ncrate-1.workspace = true\n"),
        write("Cargo.lock", format!("version = 4\n{lockfile}")),
        write("tools/requirements.txt", "requests==2.31.0\nflask>=3\n"),
        write("node_modules/x/package.json", "{\"dependencies\":{\"y\":\"1\"}}"),
        write("LICENSE", "Apache License\nVersion 2.0, January 2004\n"),
        write("a file with spaces/ä.md", "# Spaces\n"),
    ];
    company.repositories.push(repository(104, "odd", vec![commit("2026-02-02T10:00:00Z", files)]));
    // The same files again: nothing is asked for twice, and nothing is mixed up.
    let twin = company.repositories[0].commits.clone();
    company.repositories.push(repository(105, "twin", twin));
    company
}

type Streams = BTreeMap<(String, String), Value>;

/// Bodies by resource and stream, without what GitHub cannot tell.
fn streams<'a>(items: impl Iterator<Item = &'a Item>) -> Streams {
    let mut streams = Streams::new();
    for item in items {
        let Item::Statement(statement) = item else { continue };
        if OF_THE_FORGE.contains(&statement.origin.as_str()) {
            continue;
        }
        let mut body = statement.body.clone().unwrap();
        body.remove("activity");
        streams.insert((statement.resource.id.clone(), format!("{}/{}", statement.facet, statement.origin)), Value::Object(body));
    }
    streams
}

#[tokio::test(flavor = "multi_thread")]
async fn files_say_the_same_by_git_and_by_github() {
    let mut world = World::new(odd(), "2026-06-01T00:00:00Z").await;
    let told = world.collect().await;
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 5");
    let by_github = streams(told.items.iter());

    let folder = world.folder.path().join("git");
    std::fs::create_dir_all(folder.join("acme")).unwrap();
    for name in ["ledger", "flat", "odd", "twin"] {
        let (url, path) = (format!("{}/acme/{name}.git", world.server.url()), format!("acme/{name}.git"));
        let server = folder.clone();
        let header = format!("http.extraHeader=Authorization: Basic {}", base64(&format!("x:{SECRET}")));
        tokio::task::spawn_blocking(move || git(&server, &["-c", &header, "clone", "--quiet", "--bare", &url, &path])).await.unwrap();
    }
    let collector = GitCollector::new("git", Config { folders: vec![folder], ..Config::default() }, Zone::utc());
    let (sink, mut items) = Sink::new(8, CancellationToken::new());
    let memory = Memory::new();
    let reading = async {
        collector.collect(at("2026-06-01T00:00:00Z"), &memory, &sink).await;
        drop(sink);
    };
    let taking = async {
        let mut taken = Vec::new();
        while let Some(item) = items.recv().await {
            taken.push(item);
        }
        taken
    };
    let ((), items) = tokio::join!(reading, taking);
    let by_git = streams(items.iter());
    assert_eq!(by_github.keys().collect::<Vec<_>>(), by_git.keys().collect::<Vec<_>>());
    for (stream, body) in &by_git {
        assert_eq!(&by_github[stream], body, "{stream:?}");
    }
    assert!(by_git.len() >= 30 && by_git.keys().any(|(id, _)| id == "acme/odd#api:books"), "{:?}", by_git.keys());
    let refused = |problems: Vec<String>| {
        problems.into_iter().filter(|problem| problem.starts_with("acme/")).collect::<std::collections::BTreeSet<_>>()
    };
    let by_git = items.iter().filter_map(|item| match item {
        Item::Problem(problem) => Some(format!("{}: {}", problem.scope, problem.message)),
        _ => None,
    });
    assert_eq!(refused(told.problems()), refused(by_git.collect()), "and the same is refused");
}

pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
