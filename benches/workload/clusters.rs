//! Ten clusters with 50,000 pods, read by the real binary once and again, and a storm of what happens in them while it
//! watches.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use spot::demo::company::clusters::load;
use spot::demo::kubernetes::{Identity, Kubernetes, Options};
use spot::demo::serve;
use spot::model::Instant;

use crate::Arguments;
use crate::client;
use crate::measure::Report;
use crate::program::Server;
use crate::sources::{collect, download};

const CLUSTERS: usize = 10;
const PODS: usize = 50_000;
/// Events of pods in a second, all clusters together.
const STORM: usize = 1_000;
/// A list and a watch of each of a dozen kinds.
const FEWEST: u64 = 24;
/// How long the storm is measured.
const LASTS: Duration = Duration::from_secs(60);
/// What the workload is scaled to, from a dozen.
const REPLICAS: u32 = 13;
/// After so long somebody gives up.
const PATIENCE: Duration = Duration::from_secs(240);
const TOKEN: &str = "load-token";

type Cluster = (String, Kubernetes, serve::Server);

pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let place = folder.join("clusters");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let pods = ((PODS as f64 * arguments.factor) as usize).max(CLUSTERS);
    let clock: spot::model::Clock = Arc::new(real);
    let mut clusters = Vec::new();
    for content in load(CLUSTERS, pods, real()) {
        let name = content.name.clone();
        let options = Options::knowing(vec![Identity::operator(TOKEN)]);
        let kubernetes = Kubernetes::new(Arc::new(content), Arc::clone(&clock), options);
        let server = runtime.block_on(serve::Server::start(kubernetes.router()))?;
        clusters.push((name, kubernetes, server));
    }
    configure(&place, &clusters)?;

    clusters.iter().for_each(|(_, _, server)| server.record());
    let first = collect(&place)?;
    let requests: u64 = clusters.iter().map(|(_, _, server)| server.counts().requests).sum();
    let bytes: u64 = clusters.iter().map(|(_, _, server)| server.counts().bytes).sum();
    let downloaded = download(&place, clusters.iter().map(|(_, _, server)| server))?;
    let detail = format!("{pods} pods in {CLUSTERS} clusters, {requests} requests, {:.0} MB", bytes as f64 / 1e6);
    report.at_most("CPU of a first reading of clusters", first.cpu, "s", 60.0, detail);
    report.note("the same against downloading and parsing", first.cpu / downloaded.cpu, "x", format!("{:.1} s", downloaded.cpu));
    report.at_most("peak memory of it", first.peak, "MiB", 400.0, String::new());
    let again = collect(&place)?;
    report.note("CPU of a reading that finds nothing new", again.cpu, "s", format!("peak memory {:.0} MiB", again.peak));

    storm(&place, &runtime, &clusters, report)?;
    std::fs::remove_dir_all(&place)?;
    Ok(())
}

/// What happens to pods costs what it costs, and what happens to a workload meanwhile is still shown soon.
fn storm(place: &Path, runtime: &tokio::runtime::Runtime, clusters: &[Cluster], report: &mut Report) -> anyhow::Result<()> {
    clusters.iter().for_each(|(_, _, server)| server.reset());
    let spot = Server::spot(place, &place.join("served"))?;
    let asked = || clusters.iter().map(|(_, _, server)| server.counts().requests).collect::<Vec<u64>>();
    // Watches stay open, so nothing is asked once there is one of every kind.
    let (mut before, mut since) = (asked(), Stopwatch::now());
    wait("every cluster is watched", || {
        let now = asked();
        if now != before {
            (before, since) = (now, Stopwatch::now());
        }
        Ok(before.iter().all(|asked| *asked >= FEWEST) && since.elapsed() > Duration::from_secs(5))
    })?;
    let started = Stopwatch::now();
    let before = spot.cpu();
    let rounds = std::cell::Cell::new(0_u32);
    let go_on = |until: &mut dyn FnMut() -> anyhow::Result<bool>| -> anyhow::Result<()> {
        while !until()? {
            rounds.set(rounds.get() + 1);
            for (_, kubernetes, _) in clusters {
                kubernetes.storm(STORM / 10 / CLUSTERS);
            }
            std::thread::sleep((Duration::from_millis(100) * rounds.get()).saturating_sub(started.elapsed()));
        }
        Ok(())
    };
    go_on(&mut || Ok(started.elapsed() >= LASTS))?;
    let (cpu, took) = (spot.cpu() - before, started.elapsed().as_secs_f64());
    let detail =
        format!("{:.0} a second for {took:.0} s; peak memory {:.0} MiB", f64::from(rounds.get()) * STORM as f64 / 10.0 / took, spot.peak());
    report.at_most("processors for 1,000 events of pods a second", cpu / took, "", 1.0, detail);
    // The storm goes on while somebody scales a workload.
    let (name, _, server) = clusters.first().context("a cluster")?;
    let query = "{ workloads(first: 50, filter: { text: \"service-0000\" }) { nodes { workload { cluster desired } } } }";
    let question = client::question(spot.address, &json!({ "query": query }));
    runtime.block_on(scale(server))?;
    let scaled = Stopwatch::now();
    let mut asked = Stopwatch::now();
    go_on(&mut || {
        ensure!(scaled.elapsed() < PATIENCE, "a workload was scaled {PATIENCE:?} ago, which spot does not show");
        if asked.elapsed() < Duration::from_secs(1) {
            return Ok(false);
        }
        asked = Stopwatch::now();
        let answer = runtime.block_on(client::answer(spot.address, &question))?;
        let nodes = answer.pointer("/data/workloads/nodes").and_then(Value::as_array).context("workloads")?;
        Ok(nodes.iter().any(|node| node["workload"] == json!({ "cluster": name, "desired": REPLICAS })))
    })?;
    let detail = "of which up to 60 s until what was noticed is committed".to_owned();
    report.at_most("a workload scaled in that storm is shown after", scaled.elapsed().as_secs_f64(), "s", 65.0, detail);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the binary under test reads the real clock too")]
fn real() -> Instant {
    jiff::Timestamp::now().into()
}

/// A spot.toml that reads the clusters.
fn configure(place: &Path, clusters: &[Cluster]) -> anyhow::Result<()> {
    let named = |key: &str, value: &dyn Fn(&Cluster) -> Value| -> Vec<Value> {
        clusters.iter().map(|cluster| json!({ "name": cluster.0, key: value(cluster) })).collect()
    };
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": named("cluster", &|(_, _, server)| json!({ "server": server.url() })),
        "users": named("user", &|_| json!({ "token": TOKEN })),
        "contexts": named("context", &|(name, _, _)| json!({ "cluster": name, "user": name })),
    });
    std::fs::write(place.join("kubeconfig"), kubeconfig.to_string())?;
    let section =
        |(name, _, _): &Cluster| format!("[[kubernetes.clusters]]\nname = {name:?}\ncontext = {name:?}\nkubeconfig = \"kubeconfig\"\n");
    let sections: String = clusters.iter().map(section).collect();
    std::fs::write(place.join("spot.toml"), format!("zone = \"UTC\"\n\n[kubernetes]\n\n{sections}"))?;
    Ok(())
}

/// Scales a workload of a cluster.
async fn scale(server: &serve::Server) -> anyhow::Result<()> {
    let url = format!("{}/apis/apps/v1/namespaces/system-00/deployments/service-0000/scale", server.url());
    let body = json!({ "spec": { "replicas": REPLICAS } }).to_string();
    let request = reqwest::Client::new().patch(url).header("authorization", format!("Bearer {TOKEN}"));
    let answer = request.header("content-type", "application/merge-patch+json").body(body).send().await?;
    ensure!(answer.status().is_success(), "not scaled: {}", answer.text().await?);
    Ok(())
}

/// Asks every tenth of a second whether something has come to be.
fn wait(what: &str, mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let started = Stopwatch::now();
    while !is_so()? {
        ensure!(started.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
