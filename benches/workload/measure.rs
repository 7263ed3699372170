//! Clocks, the size of a folder, the memory of a process, and figures against their targets.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

/// Processor seconds that this process has used, all threads together.
pub fn process_cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Processor seconds that this thread has used.
pub fn thread_cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Processor seconds that another process has used so far, in steps of 10 ms; 0 if it is gone.
pub fn cpu_of(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in parentheses, may hold anything. Behind it, user and system time are fields 12 and 13, in ticks of
    // which Linux tells programs 100 a second whatever its own clock does.
    let fields = status.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    let ticks: f64 = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

pub fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// Processor time of this thread for a call, in milliseconds: the median over `inputs`, each called twice and the second counted.
pub fn median_ms<T, R>(inputs: &[T], call: impl FnMut(&T) -> anyhow::Result<R>) -> anyhow::Result<f64> {
    Ok(calls_ms::<2, T, R>(inputs, call)?[1])
}

/// Processor time of this thread for the first, second, ... of `N` calls in a row, in milliseconds: each the median over `inputs`.
pub fn calls_ms<const N: usize, T, R>(inputs: &[T], mut call: impl FnMut(&T) -> anyhow::Result<R>) -> anyhow::Result<[f64; N]> {
    let mut times = [const { Vec::new() }; N];
    for input in inputs {
        for times in &mut times {
            let started = thread_cpu();
            std::hint::black_box(call(input)?);
            times.push((thread_cpu() - started) * 1e3);
        }
    }
    Ok(times.map(median))
}

/// The one in the middle; 0 if there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Wall time of a call, in seconds, and its result.
pub fn timed<R>(call: impl FnOnce() -> R) -> (f64, R) {
    let started = Instant::now();
    let result = call();
    (seconds(started.elapsed()), result)
}

/// Bytes of all files below a folder.
pub fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => folder_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Resident memory of a process in MiB: now and at its peak.
pub fn resident(process: &str) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// A figure, and what it should be.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// At most this, or at least this if `at_least`.
    pub target: Option<f64>,
    pub at_least: bool,
    pub detail: String,
}

impl Figure {
    fn verdict(&self) -> &'static str {
        let Some(target) = self.target else { return "" };
        let is_met = if self.at_least { self.value >= target } else { self.value <= target };
        let excess = if self.at_least { target / self.value } else { self.value / target };
        match excess {
            _ if is_met => "met",
            excess if excess <= 1.5 => "within 1.5x",
            _ => "MISSED",
        }
    }
}

/// All figures of a run, printed as they come.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub figures: Vec<Figure>,
    #[serde(skip)]
    pub quiet: bool,
}

impl Report {
    pub fn at_most(&mut self, name: &str, value: f64, unit: &'static str, target: f64, detail: String) {
        self.add(Figure { name: name.to_owned(), value, unit, target: Some(target), at_least: false, detail });
    }

    pub fn at_least(&mut self, name: &str, value: f64, unit: &'static str, target: f64, detail: String) {
        self.add(Figure { name: name.to_owned(), value, unit, target: Some(target), at_least: true, detail });
    }

    pub fn note(&mut self, name: &str, value: f64, unit: &'static str, detail: String) {
        self.add(Figure { name: name.to_owned(), value, unit, target: None, at_least: false, detail });
    }

    fn add(&mut self, figure: Figure) {
        if !self.quiet {
            let bound = figure.target.map(|target| format!("{} {target}", if figure.at_least { ">=" } else { "<=" })).unwrap_or_default();
            println!(
                "| {:<46} | {:>10.3} {:<4} | {bound:<9} | {:<11} | {} |",
                figure.name,
                figure.value,
                figure.unit,
                figure.verdict(),
                figure.detail
            );
        }
        self.figures.push(figure);
    }
}
