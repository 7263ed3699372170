//! A day's collection from the demo company's systems by the real binary, against merely downloading and parsing the
//! same answers.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use spot::demo::company::{Company, Shape};
use spot::demo::serve::{Recorded, Server};
use spot::demo::systems::Systems;
use spot::model::Instant;

use crate::Arguments;
use crate::binary;
use crate::measure::Report;
use crate::program::{Measured, measured};

const REPOSITORIES: usize = 1_000;

pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let place = folder.join("sources");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place)?;
    let runtime = tokio::runtime::Runtime::new()?;
    // The binary reads the real clock, so the company has to live now.
    #[expect(clippy::disallowed_methods, reason = "the binary under test reads the real clock too")]
    let now: Instant = jiff::Timestamp::now().into();
    let repositories = ((REPOSITORIES as f64 * arguments.factor) as usize).clamp(20, 100_000);
    let company = Arc::new(Company::generate(&Shape { seed: arguments.seed, repositories, end: now.plus_seconds(7 * 86_400) }));
    let clock = spot::demo::clock::SimulatedClock::at(now);
    let systems = runtime.block_on(Systems::start(&company, &clock.clock()))?;
    std::fs::write(place.join("spot.toml"), systems.configuration(&company.login, "UTC", ""))?;

    systems.record();
    let first = collect(&place)?;
    let graphql = systems.github.counts().by_path.get("POST /api/graphql").copied().unwrap_or(0);
    let all = systems.github.counts();
    report.at_most("GraphQL requests of a first collection", graphql as f64, "", 60.0, format!("{:?}", all.by_path));
    let downloaded = download(&place, systems.servers())?;
    let detail = format!("{:.1} s of CPU, {:.1} s for downloading and parsing {:.0} MB", first.cpu, downloaded.cpu, all.bytes as f64 / 1e6);
    report.note("first collection against downloading", first.cpu / downloaded.cpu, "x", detail);
    report.note("peak memory of a first collection", first.peak, "MiB", String::new());

    systems.reset();
    collect(&place)?;
    report.at_most(
        "GitHub's requests of an unchanged day",
        systems.github.counts().requests as f64,
        "",
        25.0,
        format!("{:?}", systems.github.counts().by_path),
    );
    report.at_most("SonarQube's requests of a day", systems.sonarqube.counts().requests as f64, "", 40.0, String::new());
    report.at_most(
        "deps.dev's requests on the same day",
        systems.deps_dev.counts().requests as f64,
        "",
        0.0,
        "answers are kept across restarts".to_owned(),
    );

    // A day later at the company; the binary's own clock stands, so what it keeps for a day is taken from it.
    clock.set(now.plus_seconds(86_400));
    std::fs::remove_dir_all(place.join("data/cache/packages")).ok();
    systems.reset();
    systems.record();
    let day = collect(&place)?;
    let detail_of_requests = format!(
        "GitHub {}, SonarQube {}, deps.dev {}, OSV {}",
        systems.github.counts().requests,
        systems.sonarqube.counts().requests,
        systems.deps_dev.counts().requests,
        systems.osv.counts().requests
    );
    let downloaded = download(&place, systems.servers())?;
    // A server opens its store once, not every day.
    let opened = spot(&place, &["query", "{ version }"])?;
    let detail = format!(
        "{:.2} s of CPU, {:.2} s of them to open the store, against {:.2} s; {detail_of_requests}",
        day.cpu, opened.cpu, downloaded.cpu
    );
    report.at_most("a day's collection against downloading", (day.cpu - opened.cpu) / downloaded.cpu, "x", 3.0, detail);
    report.at_most("peak memory of a day's collection", day.peak, "MiB", 300.0, String::new());
    std::fs::remove_dir_all(&place)?;
    Ok(())
}

fn spot(place: &Path, arguments: &[&str]) -> anyhow::Result<Measured> {
    let mut command = binary::spot(place);
    command.arg("--data").arg(place.join("data")).args(arguments);
    measured(&mut command, place)
}

pub fn collect(place: &Path) -> anyhow::Result<Measured> {
    let measured = spot(place, &["collect", "--json"])?;
    ensure!(measured.output.lines().all(|run| !run.contains("\"outcome\":\"failed\"")), "not all was read: {}", measured.output);
    Ok(measured)
}

/// The same requests again, by a program that does nothing with the answers but parse them.
pub fn download<'a>(place: &Path, servers: impl Iterator<Item = &'a Server>) -> anyhow::Result<Measured> {
    let file = place.join("requests.json");
    let all: Vec<(String, Vec<Recorded>)> = servers.map(|server| (server.url(), server.recorded())).collect();
    std::fs::write(&file, serde_json::to_vec(&all)?)?;
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.arg("--child-download").arg(&file);
    measured(&mut command, place)
}

/// See [`download`].
pub fn child_download(file: &Path) -> anyhow::Result<()> {
    let all: Vec<(String, Vec<Recorded>)> = serde_json::from_slice(&std::fs::read(file)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::new();
        for (url, requests) in all {
            for request in requests {
                let mut asked = client.request(request.method.parse()?, format!("{url}{}", request.path)).body(request.body);
                for (name, value) in &request.headers {
                    asked = asked.header(name, value);
                }
                let body = asked.send().await?.bytes().await.context("an answer")?;
                // What is no JSON, such as a file, is only downloaded.
                std::hint::black_box(serde_json::from_slice::<serde_json::Value>(&body).ok());
            }
        }
        Ok(())
    })
}
