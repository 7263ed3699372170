//! The facts of an invented week, for tests.

use crate::model::trouble::{Priority, Severity};
use crate::model::{EventKind, Instant, Period, Zone};
use crate::quality::trend::trend;
use crate::query::metric::Metric;
use crate::report::facts::{Bug, Cause, Facts, Few, Figure, Incident, Mover, Named, drifts};

/// A figure with these values in the last weeks.
pub(crate) fn figure(metric: Metric, values: &[f64]) -> Figure {
    let points: Vec<Option<f64>> = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
    let meaning = metric.meaning();
    Figure {
        metric,
        title: meaning.title.to_owned(),
        unit: meaning.unit,
        more_is_better: meaning.more_is_better,
        value: points.last().copied().flatten(),
        previous: points.iter().rev().nth(1).copied().flatten(),
        covered: Some(1.0),
        trend: trend(&points),
        points,
        link: board(),
    }
}

fn board() -> String {
    "/board?period=2026-W46&at=2026-11-15".to_owned()
}

/// Something with a page.
pub(crate) fn named(reference: &str) -> Named {
    let (kind, name) = reference.split_once(':').unwrap();
    Named { reference: reference.to_owned(), name: name.to_owned(), link: format!("/{kind}/{name}?at=2026-11-15") }
}

fn few<T>(total: usize, first: Vec<T>) -> Few<T> {
    Few { total, first, link: board() }
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn bug(key: &str, title: &str, priority: Priority, of: &str, owner: Option<&str>, due: &str) -> Bug {
    Bug {
        key: key.to_owned(),
        title: title.to_owned(),
        priority: Some(priority),
        service: Some(named(of)),
        owner: owner.map(named),
        due: Some(at(due)),
        resolved: false,
        link: named(of).link,
        check: Some(format!("https://jira.example/browse/{key}")),
    }
}

fn incident(title: &str, severity: Severity, of: &str, started: &str, minutes: i64) -> Incident {
    Incident {
        title: title.to_owned(),
        severity: Some(severity),
        services: vec![named(of)],
        started: at(started),
        seconds: minutes * 60,
        ongoing: false,
        features: vec!["Payment".to_owned()],
        link: named(of).link,
        check: None,
    }
}

fn mover(metric: Metric, owner: &str, before: f64, after: f64, causes: &[(EventKind, Option<&str>, &str, &str)]) -> Mover {
    let cause = |(kind, key, title, of): &(EventKind, Option<&str>, &str, &str)| Cause {
        kind: *kind,
        key: key.map(str::to_owned),
        title: (*title).to_owned(),
        service: Some(named(of)),
        link: named(of).link,
        check: None,
    };
    Mover {
        metric,
        entity: Some(named(owner)),
        before,
        after,
        causes: few(causes.len(), causes.iter().map(cause).collect()),
        link: format!("{}&of={owner}", board()),
    }
}

/// A week in which payments broke twice.
pub(crate) fn facts() -> Facts {
    let week: Period = "2026-W46".parse().unwrap();
    let figures = vec![
        figure(
            Metric::Stability,
            &[0.9991, 0.9984, 0.9989, 0.9978, 0.9995, 0.9992, 0.9969, 0.9987, 0.9990, 0.9982, 0.9991, 0.9983, 0.9962],
        ),
        figure(Metric::CriticalIncidents, &[1.0, 1.0, 0.0, 2.0, 0.0, 0.0, 2.0, 1.0, 0.0, 1.0, 0.0, 1.0, 2.0]),
        figure(
            Metric::CriticalIncidentSeconds,
            &[3600.0, 5400.0, 0.0, 9000.0, 0.0, 0.0, 12000.0, 4000.0, 0.0, 3900.0, 0.0, 3000.0, 11400.0],
        ),
        figure(Metric::Incidents, &[9.0, 12.0, 8.0, 14.0, 6.0, 9.0, 15.0, 11.0, 8.0, 12.0, 7.0, 10.0, 13.0]),
        figure(Metric::OpenBugs, &[188.0, 190.0, 189.0, 193.0, 196.0, 195.0, 199.0, 203.0, 202.0, 207.0, 209.0, 211.0, 215.0]),
        figure(Metric::BugsInBreach, &[14.0, 16.0, 12.0, 15.0, 17.0, 13.0, 15.0, 18.0, 14.0, 16.0, 15.0, 17.0, 18.0]),
        figure(Metric::NewlyInBreachBugs, &[4.0, 5.0, 2.0, 6.0, 5.0, 3.0, 4.0, 6.0, 3.0, 5.0, 4.0, 5.0, 3.0]),
        figure(Metric::LateResolvedBugs, &[3.0, 3.0, 6.0, 3.0, 3.0, 7.0, 2.0, 3.0, 7.0, 3.0, 5.0, 3.0, 2.0]),
        figure(Metric::CreatedBugs, &[31.0, 28.0, 25.0, 33.0, 30.0, 24.0, 31.0, 34.0, 26.0, 35.0, 29.0, 30.0, 33.0]),
        figure(Metric::ResolvedBugs, &[29.0, 26.0, 26.0, 29.0, 27.0, 25.0, 27.0, 30.0, 27.0, 30.0, 27.0, 28.0, 29.0]),
        figure(Metric::SupportCases, &[44.0, 51.0, 39.0, 48.0, 42.0, 40.0, 57.0, 46.0, 41.0, 50.0, 43.0, 47.0, 41.0]),
        figure(
            Metric::Deployments,
            &[1180.0, 1204.0, 1168.0, 1231.0, 1190.0, 1222.0, 1249.0, 1207.0, 1215.0, 1260.0, 1228.0, 1244.0, 1251.0],
        ),
        figure(
            Metric::LeadTimeSeconds,
            &[16200.0, 15300.0, 17100.0, 16800.0, 15000.0, 14700.0, 15900.0, 16100.0, 14900.0, 15200.0, 14400.0, 15600.0, 14700.0],
        ),
        figure(Metric::ChangeFailRate, &[0.041, 0.044, 0.038, 0.05, 0.04, 0.039, 0.052, 0.043, 0.04, 0.046, 0.038, 0.042, 0.047]),
        figure(
            Metric::RecoverySeconds,
            &[2700.0, 3000.0, 2500.0, 3300.0, 2600.0, 2800.0, 3600.0, 2900.0, 2600.0, 3100.0, 2500.0, 2900.0, 3240.0],
        ),
        figure(Metric::Coverage, &[0.741, 0.739, 0.738, 0.736, 0.735, 0.733, 0.731, 0.730, 0.728, 0.727, 0.725, 0.724, 0.723]),
        figure(Metric::GatePassShare, &[0.88, 0.89, 0.87, 0.88, 0.89, 0.88, 0.87, 0.89, 0.88, 0.88, 0.89, 0.87, 0.88]),
        figure(Metric::UnownedServices, &[12.0, 12.0, 11.0, 11.0, 12.0, 11.0, 12.0, 11.0, 11.0, 12.0, 11.0, 12.0, 11.0]),
    ];
    let drifts = drifts(&figures, 5);
    Facts {
        week,
        first_day: week.first_day(),
        last_day: week.last_day(),
        zone: Zone::utc(),
        as_of: at("2026-11-16T00:00:00Z"),
        running: false,
        of: None,
        link: board(),
        gaps: Vec::new(),
        weeks: week.series(13),
        figures,
        incidents: few(
            13,
            vec![
                incident("Card payments are declined", Severity::Critical, "service:payment-gateway", "2026-11-10T09:12:00Z", 145),
                incident("Nobody can sign in", Severity::Critical, "service:identity", "2026-11-12T14:40:00Z", 45),
                incident("Quotes take a minute", Severity::Major, "service:quoting", "2026-11-13T07:05:00Z", 95),
            ],
        ),
        better: vec![
            mover(
                Metric::Stability,
                "team:booking",
                0.9958,
                1.0,
                &[(EventKind::Incident, None, "Bookings are lost", "service:booking-api")],
            ),
            mover(
                Metric::BugsInBreach,
                "team:search",
                6.0,
                2.0,
                &[
                    (EventKind::Bug, Some("SRCH-101"), "Empty page for accents", "service:search"),
                    (EventKind::Bug, Some("SRCH-87"), "Index is a day late", "service:indexer"),
                ],
            ),
        ],
        worse: vec![
            mover(
                Metric::Stability,
                "team:payments",
                0.9996,
                0.9842,
                &[(EventKind::Incident, None, "Card payments are declined", "service:payment-gateway")],
            ),
            mover(Metric::Stability, "team:access", 1.0, 0.9940, &[(EventKind::Incident, None, "Nobody can sign in", "service:identity")]),
        ],
        breaches: few(
            3,
            vec![
                bug(
                    "PAY-412",
                    "Refunds are booked twice",
                    Priority::Critical,
                    "service:payment-gateway",
                    Some("team:payments"),
                    "2026-11-11T13:20:00Z",
                ),
                bug("QUO-77", "Quote PDF | wrong <currency>", Priority::High, "service:quoting", None, "2026-11-12T08:00:00Z"),
                bug(
                    "BOOK-1290",
                    "Calendar shows the day before",
                    Priority::Medium,
                    "service:booking-api",
                    Some("team:booking"),
                    "2026-11-13T00:00:00Z",
                ),
            ],
        ),
        drifts,
        unowned: Some(few(11, vec![named("service:legacy-import"), named("service:pdf-worker"), named("service:sms-bridge")])),
        failing_gates: Some(few(58, vec![named("service:quoting"), named("service:identity"), named("service:indexer")])),
    }
}
