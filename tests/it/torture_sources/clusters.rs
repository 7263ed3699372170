//! Clusters that are watched, and that disappear in the middle of it.
//!
//! One store lists all clusters every few minutes, the other one lists them once and watches from then on. Clusters vanish
//! from one instant to the next, for less time than an API server remembers versions and for more.

use tokio_util::sync::CancellationToken;

use super::*;

/// Between two looks. An API server remembers versions for longer.
const STEP: i64 = 240;
/// How often what watches noticed is kept.
const KEPT: Duration = Duration::from_millis(20);
/// So often it is looked whether the watches have come so far.
const LOOKS: usize = 1_500;

/// From which step on a cluster is gone, until when, and which one.
type Gone = (i64, i64, usize);

/// Without what is told of a cluster.
fn without(catalog: Catalog, cluster: Option<&str>) -> Catalog {
    let Some(cluster) = cluster else { return catalog };
    catalog.into_iter().filter(|((name, path), value)| !format!("{name} {path} {value}").contains(cluster)).collect()
}

async fn live(steps: i64, gone: &[Gone]) {
    let begin: Instant = "2026-06-01T08:00:00Z".parse().unwrap();
    let company = Arc::new(Company::generate(&Shape { seed: 3, repositories: 30, end: begin.plus_seconds(400 * DAY) }));
    let clock = SimulatedClock::at(begin);
    let systems = Systems::start(&company, &clock.clock()).await.unwrap();
    let calm = Spot::new(&company, &systems, &clock);
    let mut servers = Vec::new();
    for cluster in &systems.clusters {
        servers.push(Server::start(cluster.kubernetes.router()).await.unwrap());
    }
    // A thousand times faster than outside.
    let pause: Pause = Arc::new(|wait| Box::pin(tokio::time::sleep(wait / 1_000)));
    let torn = Spot::with(&company, &systems, &clock, pause, Some(&servers));
    calm.day().await;
    torn.day().await;
    let cancel = CancellationToken::new();
    let watching = tokio::spawn({
        let (ingest, cancel) = (torn.ingest.clone(), cancel.clone());
        async move { ingest.watch(KEPT, cancel).await }
    });
    let mut judge = Judge::default();
    let (mut partial, mut moved, mut last) = (0, 0, Catalog::new());
    for step in 1..=steps {
        clock.set(begin.plus_seconds(step * STEP));
        for (_, _, position) in gone.iter().filter(|(_, until, _)| *until == step) {
            servers[*position].come_back().await.unwrap();
        }
        systems.clusters.iter().for_each(|cluster| cluster.kubernetes.wake());
        for (_, _, position) in gone.iter().filter(|(from, ..)| *from == step) {
            // Much is told just now.
            systems.clusters[*position].kubernetes.storm(200);
            servers[*position].vanish().await;
        }
        let missing = gone.iter().find(|(from, until, _)| (*from..*until).contains(&step));
        let name = missing.map(|(.., position)| systems.clusters[*position].name.as_str());
        let case = format!("step {step}, without {name:?}");
        assert_eq!(calm.run("kubernetes").await, Outcome::Succeeded, "{case}");
        let truth = without(calm.catalog(), name);
        moved += u32::from(truth != last);
        for look in 0.. {
            let told = without(torn.catalog(), name);
            if told == truth {
                break;
            }
            assert!(look < LOOKS, "{case}: the watches do not see it: {:#?}", differing(&truth, &told));
            tokio::time::sleep(KEPT / 2).await;
        }
        last = truth;
        if step % 3 == 0 {
            let outcome = torn.run("kubernetes").await;
            assert_eq!(outcome, if missing.is_some() { Outcome::Partial } else { Outcome::Succeeded }, "{case}");
            partial += u32::from(missing.is_some());
        }
        judge.judge(&company, clock.now(), &case, calm.catalog(), torn.catalog());
    }
    judge.conclude();
    assert!(partial > 0 && moved > 3, "{partial} {moved}");
    cancel.cancel();
    watching.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_disappears_in_mid_watch_is_as_if_it_had_never_been_gone() {
    live(24, &[(4, 5, 0), (10, 16, 1)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: run by `make torture-sources`"]
async fn torture_sources_clusters_that_disappear_in_mid_watch() {
    let gone: Vec<Gone> = (0..20).map(|number| (10 + 15 * number, 11 + 15 * number + number % 9, number as usize % 3)).collect();
    live(330, &gone).await;
}
