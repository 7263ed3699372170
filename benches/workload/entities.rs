//! Ten times the entities: what that does to writing a day and to reading one entity.
//!
//! Packages are the same in both, as those that are in use do not grow with the organisation; the counts stand beside
//! the figures. Each store stays open while both are read in turn.

use std::path::Path;

use spot::model::{EntityId, Facet, FieldPath, Instant};
use spot::store::{Options, Store, View};

use crate::Arguments;
use crate::measure::{Report, median, median_ms, process_cpu};
use crate::reads::services;
use crate::workload::random::Random;
use crate::workload::{Workload, drive};

/// The smaller organisation, as a share of the one that `--factor` names.
const SMALL: f64 = 0.3;
/// Days that are written, unless fewer are asked for.
const DAYS: i32 = 12;
const ROUNDS: usize = 7;
const POINTS: usize = 101;

/// A store and what it took to write it.
struct Grown {
    store: Store,
    /// Processor seconds for the first import, and for the days after it.
    import: f64,
    days: f64,
    counts: String,
}

impl Grown {
    fn new(arguments: &Arguments, days: i32, factor: f64, place: &Path) -> anyhow::Result<Self> {
        let _ = std::fs::remove_dir_all(place);
        let mut workload = Workload::new(arguments.seed, factor);
        let store = Store::open(&Options::new(place))?;
        let started = process_cpu();
        let mut versions = drive::begin(&store, &workload)?;
        let import = process_cpu() - started;
        let mut spent = 0.0;
        for day in 0..days {
            let (cost, _) = drive::day(&store, &mut workload, day)?;
            spent += cost.commit + cost.pack;
            versions += cost.versions;
        }
        let services = services(&store.view())?.len();
        let counts = format!("{services} services, {} streams, {versions} versions", workload.streams.len());
        Ok(Self { store, import, days: spent, counts })
    }
}

pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let (days, factor) = (arguments.days.min(DAYS), arguments.factor * SMALL);
    let places = [folder.join("small"), folder.join("large")];
    let small = Grown::new(arguments, days, factor, &places[0])?;
    let large = Grown::new(arguments, days, factor * 10.0, &places[1])?;
    let took = |grown: &Grown| grown.import + grown.days;
    let detail = format!("{:.2} s for {}; {:.2} s for {}", took(&small), small.counts, took(&large), large.counts);
    report.at_most("10x entities: CPU of ingest", took(&large) / took(&small), "x", 12.0, detail);
    report.note("10x entities: first import", large.import / small.import, "x", format!("{:.2} s", large.import));
    report.note("10x entities: days after it", large.days / small.days, "x", format!("{:.2} s, {days} days", large.days));

    let mut random = Random::new(arguments.seed + 9);
    let (small_view, large_view) = (small.store.view(), large.store.view());
    let (small_services, large_services) = (services(&small_view)?, services(&large_view)?);
    let coverage = FieldPath::whole(Facet::Quality, "coverage");
    let (mut statements, mut values) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (of_small, of_large) = (points(&small_services, days, &mut random), points(&large_services, days, &mut random));
        let assembled = |view: &View, points: &[_]| median_ms(points, |(entity, at)| Ok(view.assembled(*entity, *at)?));
        statements.push((assembled(&small_view, &of_small)?, assembled(&large_view, &of_large)?));
        let value = |view: &View, points: &[_]| median_ms(points, |(entity, at)| Ok(view.value(*entity, &coverage, *at)?));
        values.push((value(&small_view, &of_small)?, value(&large_view, &of_large)?));
    }
    for (what, times) in [("an entity with its statements", statements), ("a value", values)] {
        let ratio = median(times.iter().map(|(small, large)| large / small).collect());
        let detail = format!("{:.4} ms of the larger one, warm", median(times.iter().map(|(_, large)| *large).collect()));
        report.at_most(&format!("10x entities: {what}"), ratio, "x", 1.5, detail);
    }
    drop((small, large));
    for place in places {
        std::fs::remove_dir_all(place)?;
    }
    Ok(())
}

/// Random services at random moments.
fn points(services: &[EntityId], days: i32, random: &mut Random) -> Vec<(EntityId, Instant)> {
    let mut point = || (*random.pick(services), drive::at(1 + random.below(days as usize) as i32, 0));
    (0..POINTS).map(|_| point()).collect()
}
