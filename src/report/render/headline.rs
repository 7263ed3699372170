//! The first lines: what happened, for somebody who reads no further.

use crate::query::metric::Metric;
use crate::report::facts::{Facts, Figure};
use crate::report::render::document::{Bullet, Line, Tone};
use crate::report::render::words;

/// A line each for the product, its bugs, its customers, delivery and code; of what is unknown none.
pub(super) fn headlines(facts: &Facts, to: impl Fn(&str) -> String) -> Vec<Bullet> {
    let known = |metric| Some((facts.figure(metric)?, facts.figure(metric)?.value?));
    let told = [stability(facts, &known), bugs(&known), support(&known), delivery(&known), code(&known)];
    let lines = told.into_iter().flatten().map(|mut line| {
        // The figure that the line is about leads to the board.
        if let Some(first) = line.0.first_mut() {
            first.link = Some(to(&facts.link));
        }
        Bullet { line, detail: None }
    });
    lines.collect()
}

/// A figure whose value is known.
type Known<'f> = dyn Fn(Metric) -> Option<(&'f Figure, f64)> + 'f;

fn stability(facts: &Facts, known: &Known<'_>) -> Option<Line> {
    let (figure, value) = known(Metric::Stability)?;
    let mut line = Line::default().toned(format!("Stability {}", words::value(figure, value)), Tone::Strong).then(step(figure));
    let all = known(Metric::Incidents).map(|(_, all)| all);
    let critical = known(Metric::CriticalIncidents).map(|(_, critical)| critical);
    let said = match (critical, all) {
        (Some(critical), _) if critical > 0.0 => {
            let long = known(Metric::CriticalIncidentSeconds).map(|(figure, seconds)| words::value(figure, seconds));
            let long = long.map(|long| if critical > 1.0 { format!(", {long} in all") } else { format!(", {long}") }).unwrap_or_default();
            format!(": {}{long}.", things(critical, "critical incident", "critical incidents"))
        }
        (_, Some(0.0)) if facts.incidents.total == 0 => ": no incident.".to_owned(),
        (_, Some(0.0)) => ": no new incident.".to_owned(),
        (Some(_), Some(all)) => format!(": {}, none critical.", things(all, "incident", "incidents")),
        _ => ".".to_owned(),
    };
    line = line.and(said);
    Some(line)
}

fn bugs(known: &Known<'_>) -> Option<Line> {
    let (figure, open) = known(Metric::OpenBugs)?;
    let line = Line::default().toned(things(open, "open bug in production", "open bugs in production"), Tone::Strong).then(step(figure));
    let flows = match (known(Metric::CreatedBugs), known(Metric::ResolvedBugs)) {
        (Some((_, created)), Some((_, resolved))) => format!(": {} created, {} resolved.", words::count(created), words::count(resolved)),
        _ => ".".to_owned(),
    };
    let line = line.and(flows);
    let Some((_, late)) = known(Metric::BugsInBreach) else { return Some(line) };
    let newly = known(Metric::NewlyInBreachBugs).map(|(_, newly)| newly).filter(|newly| *newly > 0.0);
    let newly = newly.map(|newly| format!("; {} newly in the week", words::count(newly))).unwrap_or_default();
    let is = if late == 1.0 { "is past its SLA" } else { "are past their SLA" };
    Some(line.and(match late {
        0.0 => format!(" None is past its SLA{newly}."),
        late => format!(" {} {is}{newly}.", words::count(late)),
    }))
}

fn support(known: &Known<'_>) -> Option<Line> {
    let (figure, cases) = known(Metric::SupportCases)?;
    Some(Line::default().toned(things(cases, "new support case", "new support cases"), Tone::Strong).then(step(figure)).and("."))
}

fn delivery(known: &Known<'_>) -> Option<Line> {
    let (figure, deployments) = known(Metric::Deployments)?;
    let line = Line::default().toned(things(deployments, "deployment to production", "deployments to production"), Tone::Strong);
    let mut line = line.then(step(figure)).and(".");
    if let Some((figure, rate)) = known(Metric::ChangeFailRate) {
        // Recovery is of the services that had a failure; where the middle one had none, it would not belong to it.
        let recovery = known(Metric::RecoverySeconds).filter(|_| rate > 0.0);
        let recovery = recovery.map(|(figure, seconds)| format!("; recovery took {}", words::value(figure, seconds))).unwrap_or_default();
        line = match rate {
            0.0 => line.and(" In the middle service none of them failed."),
            rate => line.and(format!(" In the middle service {} of them failed{recovery}.", words::value(figure, rate))),
        };
    }
    if let Some((figure, seconds)) = known(Metric::LeadTimeSeconds) {
        line = line.and(format!(" A commit took {} to get there.", words::value(figure, seconds)));
    }
    Some(line)
}

fn code(known: &Known<'_>) -> Option<Line> {
    let coverage = known(Metric::Coverage);
    let gates = known(Metric::GatePassShare);
    let mut line = Line::default();
    if let Some((figure, value)) = coverage {
        line = line.toned(format!("Test coverage {}", words::value(figure, value)), Tone::Strong).then(step(figure));
    }
    if let Some((figure, value)) = gates {
        let text = if coverage.is_some() { "; quality gates passing " } else { "Quality gates passing " };
        line = match coverage {
            Some(_) => line.and(format!("{text}{}", words::value(figure, value))),
            None => line.toned(format!("{text}{}", words::value(figure, value)), Tone::Strong),
        };
        line = line.then(step(figure));
    }
    (!line.0.is_empty()).then(|| line.and("."))
}

/// `, down 0.21 points`; nothing if the week before is unknown.
fn step(figure: &Figure) -> Line {
    let Some(change) = figure.change() else { return Line::default() };
    if change == 0.0 {
        return Line::plain(", unchanged");
    }
    let tone = match figure.is_better().filter(|_| figure.stands_out()) {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Plain,
    };
    let size = words::size(figure, change);
    let text = match figure.unit {
        crate::query::metric::Unit::Count => format!("{size}\u{a0}{}", if change > 0.0 { "more" } else { "fewer" }),
        _ => format!("{} {size}", if change > 0.0 { "up" } else { "down" }),
    };
    Line::plain(", ").toned(text, tone)
}

/// A number of things with their name.
fn things(number: f64, one: &str, many: &str) -> String {
    format!("{}\u{a0}{}", words::count(number), if number == 1.0 { one } else { many })
}
