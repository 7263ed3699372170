//! Reading the past against reading today.

use std::path::Path;

use serde_json::Value;
use spot::model::{Day, EntityId, Facet, Instant, Kind};
use spot::query::Lens;
use spot::query::timeline::{self, Question};
use spot::store::{Options, Store, View};

use crate::Arguments;
use crate::measure::{Report, calls_ms, median_ms};
use crate::workload::random::Random;
use crate::workload::{FIRST_DAY, drive};

const FIELDS: [(Facet, &str); 10] = [
    (Facet::General, "title"),
    (Facet::General, "description"),
    (Facet::General, "owner"),
    (Facet::General, "type"),
    (Facet::General, "lifecycle"),
    (Facet::General, "topics"),
    (Facet::Quality, "gate"),
    (Facet::Quality, "coverage"),
    (Facet::Quality, "linesOfCode"),
    (Facet::Configuration, "version"),
];

/// A page of 50 services with ten fields by columns; with a filter also sorted by coverage and counted.
pub fn page(view: &View, at: Instant, filter: Option<(Facet, &str, &str)>) -> anyhow::Result<(usize, Vec<Vec<Value>>)> {
    let mut all: Vec<EntityId> = Vec::new();
    for service in view.entities(Kind::Service).iter() {
        if view.exists(*service, at)? {
            all.push(*service);
        }
    }
    if let Some((facet, field, wanted)) = filter {
        let column = view.column(facet, field)?;
        all.retain(|service| column.at(*service, at).is_some_and(|value| value.as_str() == Some(wanted)));
        let coverage = view.column(Facet::Quality, "coverage")?;
        let key = |service: &EntityId| coverage.at(*service, at).and_then(|value| value.as_f64()).unwrap_or(-1.0);
        all.sort_by(|a, b| key(b).total_cmp(&key(a)));
    }
    let columns = FIELDS.iter().map(|(facet, field)| view.column(*facet, field)).collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for service in all.iter().take(50) {
        let mut row = vec![Value::from(view.ref_at(*service, at)?.to_string())];
        row.extend(columns.iter().map(|column| column.at(*service, at).map_or(Value::Null, |value| Value::clone(value))));
        rows.push(row);
    }
    Ok((all.len(), rows))
}

/// Everything that differs between two moments, for the whole organisation.
pub fn difference(view: &View, from: Instant, to: Instant) -> anyhow::Result<usize> {
    let mut found = 0;
    for (_, entity, paths) in view.changes(from, to)? {
        for path in paths {
            let [before, after] = view.values_between(entity, &path, from, to)?;
            found += usize::from(before != after);
        }
    }
    Ok(found)
}

/// The services that a source defines. Others are merely mentioned, and there is nothing to read of them.
pub fn services(view: &View) -> anyhow::Result<Vec<EntityId>> {
    let mut services = Vec::new();
    for service in view.entities(Kind::Service).iter() {
        if view.is_defined(*service, view.newest())? {
            services.push(*service);
        }
    }
    Ok(services)
}

pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let store = Store::open(&Options::new(folder.join("store")))?;
    while store.view().rebuilding().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let view = store.view();
    let mut random = Random::new(arguments.seed + 7);
    let year = arguments.days.min(365);
    let days: Vec<Instant> = (0..41).map(|_| drive::at(2 + random.below(year as usize - 3) as i32, 86_399)).collect();
    let today: Vec<Instant> = vec![view.newest(); days.len()];
    let filter = Some((Facet::General, "lifecycle", "production"));
    let page_today = median_ms(&today, |at| page(&view, *at, None))?;
    let page_then = median_ms(&days, |at| page(&view, *at, None))?;
    report.at_most("page of 50 services, year 1 / today", page_then / page_today, "x", 1.5, format!("today {page_today:.3} ms"));
    let filtered_today = median_ms(&today, |at| page(&view, *at, filter))?;
    let filtered_then = median_ms(&days, |at| page(&view, *at, filter))?;
    report.at_most(
        "filtered, sorted, counted page, year 1 / today",
        filtered_then / filtered_today,
        "x",
        1.5,
        format!("today {filtered_today:.3} ms"),
    );
    let services = services(&view)?;
    let pick = |random: &mut Random| *random.pick(&services);
    let of_today: Vec<_> = today.iter().map(|at| (pick(&mut random), *at)).collect();
    let of_then: Vec<_> = days.iter().map(|at| (pick(&mut random), *at)).collect();
    let assembled = |(service, at): &(EntityId, Instant)| Ok(view.assembled(*service, *at)?);
    let [.., second_today, statements_today] = calls_ms::<3, _, _>(&of_today, assembled)?;
    let [first_then, second_then, statements_then] = calls_ms::<3, _, _>(&of_then, assembled)?;
    // The first call reads megabytes, so the second finds the processor's own caches full of them.
    report.at_most(
        "an entity with its statements, year 1 / today",
        statements_then / statements_today,
        "x",
        1.5,
        format!("{statements_then:.3} / {statements_today:.3} ms, the third time"),
    );
    let detail = format!("{second_then:.3} / {second_today:.3} ms; the first time in year 1 {first_then:.1} ms");
    report.note("the same, the second time", second_then / second_today, "x", detail);
    let year_ago = |at: Instant| at.plus_seconds(-365 * 86_400);
    let lens = Lens::new(view.clone());
    let timeline = median_ms(&of_today, |(service, at)| {
        let question = Question {
            of: &[*service],
            owned_by: None,
            facets: Some(&[]),
            events: None,
            from: year_ago(*at),
            to: *at,
            ascending: false,
            first: 50,
            after: None,
        };
        Ok(timeline::timeline(&lens, &question)?)
    })?;
    report.note("a year's timeline of one entity, 50 shown", timeline, "ms", format!("{:.2} of the page", timeline / page_today));
    let neighbours = median_ms(&days, |at| difference(&view, at.plus_seconds(-86_400), *at))?;
    let found = difference(&view, days[0].plus_seconds(-86_400), days[0])?;
    report.note(
        "two neighbouring days, whole organisation",
        neighbours,
        "ms",
        format!("{:.1} of the page; {found} differences", neighbours / page_today),
    );
    let _ = Day::from_number(FIRST_DAY);
    Ok(())
}
