//! How few requests a company of a thousand repositories takes.

use std::collections::BTreeMap;

use spot::demo::company::{Company, Permission, Repository, Timed};

use crate::github::support::*;

const REPOSITORIES: usize = 1_000;

/// A lockfile of so many packages.
fn lockfile(packages: usize, seed: usize) -> String {
    let mut text = String::from("version = 4\n");
    for number in 0..packages {
        text.push_str(&format!(
            "\n[[package]]\nname = \"crate-{number}\"\nversion = \"1.{}.{}\"\nsource = \"registry+https://registry.example/index\"\nchecksum = \"{:064x}\"\n",
            seed % 17,
            number % 9,
            seed * 1_000 + number
        ));
    }
    text
}

fn thousand() -> Company {
    let repository = |number: usize| -> Repository {
        let name = format!("service-{number:04}");
        let mut files = vec![
            write("README.md", format!("# {name}\n\n{}\n", "Words about it. ".repeat(40 + number % 200))),
            write(".github/CODEOWNERS", format!("* @acme/{}\n", ["payments", "finance"][number % 2])),
            write("catalog-info.yaml", descriptor(&name, "payments")),
            write("src/main.rs", format!("fn main() {{ println!(\"{number}\"); }}\n")),
            write("docs/how.md", format!("# How {name} works\n")),
        ];
        if number % 10 < 7 {
            files
                .push(write("Cargo.toml", format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n[dependencies]\ncrate-1 = \"1\"\n")));
            files.push(write("Cargo.lock", lockfile(100 + number % 150, number)));
        }
        if number % 10 == 9 {
            files.retain(|file| !file.path.contains('/'));
        }
        let mut repository = repository(1_000 + number as u64, &name, vec![commit("2026-02-01T10:00:00Z", files)]);
        repository.teams = Timed::always(vec![(number % 2, Permission::Admin)]);
        repository.properties = Timed::always(BTreeMap::from([("tier".to_owned(), (number % 3).to_string())]));
        // One in a hundred changes in the night.
        if number.is_multiple_of(100) {
            repository.commits.push(commit("2026-06-01T12:00:00Z", vec![write("README.md", format!("# {name}, again\n"))]));
        }
        repository
    };
    company((0..REPOSITORIES).map(repository).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_repositories_take_few_requests_and_an_unchanged_day_almost_none() {
    let mut world = World::new(thousand(), "2026-06-01T00:00:00Z").await;
    world.config.pipeline_runs = true;
    let started = std::time::Instant::now();
    let told = world.collect().await;
    let took = started.elapsed();
    let bytes = world.server.counts().bytes;
    let (graphql, rest) = world.asked();
    println!("first: {graphql} GraphQL, {rest} REST, {bytes} bytes, {took:?}");
    assert_eq!(told.problems(), Vec::<String>::new());
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 1000");
    let trees = (0..REPOSITORIES).filter(|number| number % 10 != 9).count() as u64;
    assert_eq!(rest, trees + 10, "one listing a repository with folders, and ten pages of custom properties");
    assert!(graphql <= 60, "{graphql} GraphQL requests");
    let contents: u64 = 1_000 * 4_000 + 700 * 30_000;
    let batches = graphql - 10 - 10;
    println!("{batches} batches at most, of at least {} bytes on average", contents / batches);
    assert!(contents / batches >= 2 << 20);

    let told = world.collect().await;
    let (graphql, rest) = world.asked();
    println!("unchanged: {graphql} GraphQL, {rest} REST");
    assert_eq!(told.unchanged().len(), REPOSITORIES);
    assert!(graphql + rest <= 25, "{graphql} + {rest} requests");

    world.set("2026-06-02T00:00:00Z");
    let told = world.collect().await;
    let (graphql, rest) = world.asked();
    println!("ten changed: {graphql} GraphQL, {rest} REST");
    assert_eq!((told.unchanged().len(), told.stated().iter().filter(|id| !id.contains('#')).count()), (990, 10));
    // One page of custom properties is asked for by its tag like the others; no folder differs, and all files come at once.
    // Each of the ten is asked for its runs.
    assert!(graphql + rest <= 36, "{graphql} + {rest} requests");
}
