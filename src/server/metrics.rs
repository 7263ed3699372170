//! What the server counts about itself, in Prometheus' text format.

use std::time::{Duration, Instant as Stopwatch, SystemTime, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request, State as Shared};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use parking_lot::Mutex;

use crate::server::process::resident_bytes;
use crate::server::{Error, State};

const REQUESTS: &str = "spot_http_requests_total";
const DURATION: &str = "spot_http_request_duration_seconds";
const ANSWERS: &str = "spot_graphql_answers_total";
const BUILD: &str = "spot_build_info";
const READY: &str = "spot_ready";
const GENERATION: &str = "spot_generation";
const START: &str = "process_start_time_seconds";
const MEMORY: &str = "process_resident_memory_bytes";

/// How often collected samples are folded into their buckets when nobody asks.
const UPKEEP: Duration = Duration::from_secs(10);

/// The recorder of this process; every folder counts through the `metrics` macros.
#[derive(Clone)]
pub(super) struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Installs the recorder, once in a process.
    pub(super) fn install() -> Result<Self, Error> {
        static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
        let mut installed = INSTALLED.lock();
        if let Some(handle) = &*installed {
            return Ok(Self { handle: handle.clone() });
        }
        let buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &buckets)
            .map_err(|error| Error::Metrics(error.to_string()))?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|error| Error::Metrics(error.to_string()))?;
        describe();
        *installed = Some(handle.clone());
        Ok(Self { handle })
    }

    /// Folds samples until the task is dropped; without it they pile up while nobody asks for them.
    pub(super) async fn keep_up(self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.handle.run_upkeep();
        }
    }

    pub(super) fn answered_from_cache(&self, hit: bool) {
        counter!(ANSWERS, "cached" => if hit { "yes" } else { "no" }).increment(1);
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; what is lost is far below what matters")]
    pub(super) fn render(&self, state: &State) -> String {
        gauge!(READY).set(if state.app.engine.readiness().ready { 1.0 } else { 0.0 });
        gauge!(GENERATION).set(state.app.engine.generation() as f64);
        if let Some(bytes) = resident_bytes() {
            gauge!(MEMORY).set(bytes as f64);
        }
        self.handle.render()
    }
}

fn describe() {
    describe_counter!(REQUESTS, "HTTP requests answered, by route, method and status.");
    describe_histogram!(DURATION, "Time from the arrival of a request to the start of its answer, in seconds.");
    describe_counter!(ANSWERS, "GraphQL questions answered, by whether the answer was kept from before.");
    describe_counter!("spot_webhook_events_total", "Events that were pushed, by what became of them: recorded, known, ignored, refused.");
    describe_gauge!(BUILD, "Always 1; the labels say which version runs.");
    describe_gauge!(READY, "1 if the store is open and questions can be answered, else 0.");
    describe_gauge!(GENERATION, "Grows whenever an answer could differ from the one given before.");
    describe_gauge!(START, "When the process started, in seconds since the Unix epoch.");
    describe_gauge!(MEMORY, "Memory of the process that is in RAM, in bytes.");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!(START).set(started());
}

#[expect(clippy::disallowed_methods, reason = "the server may read the clock")]
fn started() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Counts a request and its duration. Labels come from small sets: the route's pattern, never the path.
pub(super) async fn measure(Shared(_): Shared<State>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "page".to_owned(), |path| path.as_str().to_owned());
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let stopwatch = Stopwatch::now();
    let response = next.run(request).await;
    counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => response.status().as_str().to_owned()).increment(1);
    histogram!(DURATION, "route" => route, "method" => method).record(stopwatch.elapsed().as_secs_f64());
    response
}
