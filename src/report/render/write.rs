//! From facts to sentences.
//!
//! # Invariants
//! - What happened is said with its numbers, and what is unknown is not said.
//! - A week's step is called a step; only a trend that the test of Mann and Kendall finds is called rising or falling.

use crate::model::EventKind;
use crate::quality::trend::Direction;
use crate::report::chart::Chart;
use crate::report::facts::{Cause, Facts, Few, Figure, Gap, Mover, Named};
use crate::report::render::document::{Block, Bullet, Column, Document, Line, Table, Tone};
use crate::report::render::headline::headlines;
use crate::report::render::words;

/// The longest text of a source that stands in a line.
const LONGEST: usize = 90;

/// The whole report of a week. `base` is spot's address, without a slash at its end.
#[must_use]
pub fn report(facts: &Facts, charts: &[Chart], base: &str) -> Document {
    let writer = Writer { facts, base };
    let mut blocks = Vec::new();
    if facts.is_incomplete() {
        blocks.push(Block::Notice(writer.gaps()));
    }
    blocks.push(Block::Bullets(headlines(facts, |link| writer.to(link))));
    blocks.extend(charts.iter().cloned().map(Block::Image));
    writer.section(&mut blocks, "What got worse", facts.worse.iter().filter_map(|mover| writer.mover(mover)).collect());
    writer.section(&mut blocks, "What got better", facts.better.iter().filter_map(|mover| writer.mover(mover)).collect());
    writer.incidents(&mut blocks);
    writer.breaches(&mut blocks);
    writer.section(&mut blocks, "Slow drift", writer.drifts());
    writer.section(&mut blocks, "To put in order", writer.chores());
    if !facts.figures.is_empty() {
        blocks.push(Block::Heading("All figures".to_owned()));
        blocks.push(Block::Table(writer.figures()));
    }
    blocks.push(Block::Foot(writer.foot()));
    Document { title: writer.title(), subtitle: writer.subtitle(), link: writer.to(&facts.link), blocks }
}

/// A short word instead of a report whose data is incomplete: what is missing, and where to look meanwhile.
#[must_use]
pub fn held_back(facts: &Facts, base: &str) -> Document {
    let writer = Writer { facts, base };
    let later = Line::plain("The report follows when the data is complete. ");
    let later = later.linked("The board shows what is known", Tone::Plain, writer.to(&facts.link)).and(".");
    let blocks = vec![Block::Notice(writer.gaps()), Block::Paragraph(later)];
    Document { title: writer.title(), subtitle: writer.subtitle(), link: writer.to(&facts.link), blocks }
}

struct Writer<'f> {
    facts: &'f Facts,
    base: &'f str,
}

impl Writer<'_> {
    /// The whole address of a path.
    fn to(&self, link: &str) -> String {
        format!("{}{link}", self.base)
    }

    fn title(&self) -> String {
        let week = self.facts.week.to_string();
        let (_, number) = week.split_once("-W").unwrap_or(("", &week));
        let so_far = if self.facts.running { " so far" } else { "" };
        format!("Quality in week {}{so_far}", number.trim_start_matches('0'))
    }

    fn subtitle(&self) -> String {
        let of = self.facts.of.as_ref().map_or_else(|| "Whole organisation".to_owned(), |of| shortened(&of.name));
        format!("{of} · {}", words::days(self.facts.first_day, self.facts.last_day))
    }

    fn section(&self, blocks: &mut Vec<Block>, title: &str, bullets: Vec<Bullet>) {
        if !bullets.is_empty() {
            blocks.push(Block::Heading(title.to_owned()));
            blocks.push(Block::Bullets(bullets));
        }
    }

    fn gaps(&self) -> Vec<Line> {
        let mut lines = vec![Line::default().toned("The data of this week is incomplete.", Tone::Strong)];
        for gap in &self.facts.gaps {
            lines.push(match gap {
                Gap::Figure { title, covered, .. } if *covered <= 0.0 => Line::plain(format!("{title}: not known for this week.")),
                Gap::Figure { title, covered, .. } => {
                    Line::plain(format!("{title}: known for {} of the week.", words::percent(*covered, 0)))
                }
                Gap::Source { source, last_success, link } => {
                    let line = Line::default().linked(source, Tone::Strong, self.to(link));
                    match last_success {
                        Some(at) => line.and(format!(" was last read in full on {}.", words::moment(*at, &self.facts.zone))),
                        None => line.and(": none of its last runs read all of it."),
                    }
                }
            });
        }
        lines
    }

    fn named(&self, line: Line, named: &Named) -> Line {
        line.linked(shortened(&named.name), Tone::Plain, self.to(&named.link))
    }

    fn mover(&self, mover: &Mover) -> Option<Bullet> {
        let meaning = mover.metric.meaning();
        let figure = self.facts.figure(mover.metric)?;
        let [before, after] = [mover.before, mover.after].map(|value| words::value(figure, value));
        let step = words::size(figure, mover.after - mover.before);
        let is_more = mover.after > mover.before;
        let is_better = meaning.more_is_better == Some(is_more);
        let tone = if is_better { Tone::Good } else { Tone::Bad };
        let name = mover.entity.as_ref().map_or("Without an owner", |entity| &entity.name);
        let line = Line::default().linked(shortened(name), Tone::Strong, self.to(&mover.link));
        let line = line.and(format!(": {} {after}, ", lower(meaning.title)));
        let line = line.toned(format!("{} {step}", if is_more { "up" } else { "down" }), tone).and(format!(" from {before}"));
        Some(Bullet { line, detail: self.causes(&mover.causes) })
    }

    fn causes(&self, causes: &Few<Cause>) -> Option<Line> {
        let mut line = Line::plain("Mostly by ");
        for (index, cause) in causes.first.iter().enumerate() {
            if index > 0 {
                line = line.and("; ");
            }
            line = line.linked(record(cause.key.as_deref(), &cause.title, cause.kind), Tone::Plain, self.to(&cause.link));
            if let Some(service) = &cause.service {
                line = line.and(format!(" ({})", shortened(&service.name)));
            }
        }
        if causes.more() > 0 {
            line = line.and(format!("; and {}", words::many(causes.more(), "more", "more")));
        }
        (!causes.first.is_empty()).then_some(line)
    }

    fn incidents(&self, blocks: &mut Vec<Block>) {
        let incidents = &self.facts.incidents;
        let bullets = incidents.first.iter().map(|incident| {
            let severity = incident.severity.map_or("severity unknown", |severity| severity.word());
            let line = Line::default().linked(record(None, &incident.title, EventKind::Incident), Tone::Strong, self.to(&incident.link));
            let mut line = line.and(format!(": {severity}, {}", words::moment(incident.started, &self.facts.zone)));
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let seconds = incident.seconds as f64;
            line = line.and(format!(", {}{}", words::duration(seconds), if incident.ongoing { " so far" } else { "" }));
            let mut detail = self.names(Line::default(), &incident.services);
            if !incident.features.is_empty() {
                let features: Vec<String> = incident.features.iter().take(3).map(|feature| shortened(feature)).collect();
                let between = if detail.0.is_empty() { "" } else { "; " };
                detail = detail.and(format!("{between}affected: {}", features.join(", ")));
            }
            Bullet { line, detail: (!detail.0.is_empty()).then_some(detail) }
        });
        let mut bullets: Vec<Bullet> = bullets.collect();
        self.more(&mut bullets, incidents.more(), &incidents.link);
        self.section(blocks, "Incidents", bullets);
    }

    fn breaches(&self, blocks: &mut Vec<Block>) {
        let breaches = &self.facts.breaches;
        let bullets = breaches.first.iter().map(|bug| {
            let line = Line::default().linked(record(Some(&bug.key), &bug.title, EventKind::Bug), Tone::Strong, self.to(&bug.link));
            let line = line.and(bug.priority.map_or(": no priority", |priority| match priority {
                crate::model::trouble::Priority::Critical => ": critical",
                crate::model::trouble::Priority::High => ": high",
                crate::model::trouble::Priority::Medium => ": medium",
                crate::model::trouble::Priority::Low => ": low",
            }));
            let due = bug.due.map(|due| format!(", due since {}", words::moment(due, &self.facts.zone))).unwrap_or_default();
            let line = line.and(due).toned(if bug.resolved { ", resolved since" } else { "" }, Tone::Good);
            let detail = match &bug.owner {
                Some(owner) => self.named(Line::plain("Owner: "), owner),
                None => Line::default().toned("Nobody owns it", Tone::Bad),
            };
            let detail = match &bug.service {
                Some(service) => self.named(detail.and("; service: "), service),
                None => detail,
            };
            Bullet { line, detail: Some(detail) }
        });
        let mut bullets: Vec<Bullet> = bullets.collect();
        self.more(&mut bullets, breaches.more(), &breaches.link);
        self.section(blocks, "Newly past their SLA", bullets);
    }

    /// A line that leads to what was cut.
    fn more(&self, bullets: &mut Vec<Bullet>, more: usize, link: &str) {
        if more > 0 {
            let line = Line::default().linked(format!("{} on the board", words::many(more, "more", "more")), Tone::Faint, self.to(link));
            bullets.push(Bullet { line, detail: None });
        }
    }

    fn drifts(&self) -> Vec<Bullet> {
        let told = self.facts.drifts.iter().filter_map(|drift| {
            let figure = self.facts.figure(drift.metric)?;
            let verb = if drift.by > 0.0 { "rose" } else { "fell" };
            let tone = match drift.is_better {
                Some(true) => Tone::Good,
                Some(false) => Tone::Bad,
                None => Tone::Plain,
            };
            let line = Line::default().linked(figure.title.clone(), Tone::Strong, self.to(&drift.link)).and(" ");
            let line = line.toned(format!("{verb} by about {}", words::size(figure, drift.by)), tone);
            let now = figure.value.map(|value| format!(", to {}", words::value(figure, value))).unwrap_or_default();
            let line = line.and(format!(" over {} weeks{now}", drift.weeks));
            let chance = figure.trend.chance.map(|chance| {
                let chance = if chance < 0.001 { "p < 0.001".to_owned() } else { format!("p = {chance:.3}") };
                Line::plain(format!("No single week shows it; a clear trend by the test of Mann and Kendall ({chance})."))
            });
            Some(Bullet { line, detail: chance })
        });
        told.collect()
    }

    /// What nobody has to hurry for and somebody should do.
    fn chores(&self) -> Vec<Bullet> {
        let mut bullets = Vec::new();
        let mut tell = |few: &Option<Few<Named>>, one: &str, many: &str| {
            let Some(few) = few.as_ref().filter(|few| few.total > 0) else { return };
            let line = Line::default().linked(words::many(few.total, one, many), Tone::Strong, self.to(&few.link));
            let mut line = self.names(line.and(": "), &few.first);
            if few.more() > 0 {
                line = line.and(format!(" and {}", words::many(few.more(), "more", "more")));
            }
            bullets.push(Bullet { line, detail: None });
        };
        tell(&self.facts.unowned, "service has no owner", "services have no owner");
        tell(&self.facts.failing_gates, "quality gate fails", "quality gates fail");
        bullets
    }

    fn names(&self, mut line: Line, names: &[Named]) -> Line {
        for (index, named) in names.iter().enumerate() {
            line = self.named(if index > 0 { line.and(", ") } else { line }, named);
        }
        line
    }

    fn figures(&self) -> Table {
        let column = |title, right, only_text| Column { title, right, only_text };
        let columns = vec![
            column("Figure", false, false),
            column(if self.facts.running { "So far" } else { "This week" }, true, false),
            column("Before", true, false),
            column("Change", true, false),
            column("13 weeks", false, true),
            column("Trend", false, false),
        ];
        let is_told = |figure: &&Figure| figure.value.is_some() || figure.previous.is_some();
        let rows = self.facts.figures.iter().filter(is_told).map(|figure| {
            let told = |value: Option<f64>| Line::plain(value.map_or_else(|| "unknown".to_owned(), |value| words::value(figure, value)));
            vec![
                Line::default().linked(figure.title.clone(), Tone::Plain, self.to(&figure.link)),
                Line::default().then(told(figure.value)),
                told(figure.previous),
                change(figure),
                Line::plain(spark(&figure.points)),
                trend(figure),
            ]
        });
        Table { columns, rows: rows.collect() }
    }

    fn foot(&self) -> Line {
        let facts = self.facts;
        let compared = if facts.running { "as much of the week before" } else { "the week before" };
        let text = format!(
            "As known at {} ({}). Changes are against {compared}; better and worse is said of those that are more than twice as large as \
             usual, rising and falling where chance would bring such weeks at most once in twenty.",
            words::moment(facts.as_of, &facts.zone),
            facts.zone,
        );
        Line::default().toned(text, Tone::Faint)
    }
}

/// The step from the week before, with a word for what it means.
fn change(figure: &Figure) -> Line {
    let Some(step) = figure.change() else { return Line::default() };
    let text = words::signed(figure, step);
    match figure.is_better().filter(|_| figure.stands_out()) {
        Some(true) => Line::default().toned(format!("{text}, better"), Tone::Good),
        Some(false) => Line::default().toned(format!("{text}, worse"), Tone::Bad),
        None => Line::default().toned(text, if step == 0.0 { Tone::Faint } else { Tone::Plain }),
    }
}

fn trend(figure: &Figure) -> Line {
    let words = match figure.trend.direction {
        Direction::Rising | Direction::Falling => figure.trend.direction.words(),
        Direction::Unclear | Direction::TooFew => return Line::default(),
    };
    match figure.more_is_better.and_then(|more| figure.trend.is_better(more)) {
        Some(true) => Line::default().toned(words, Tone::Good),
        Some(false) => Line::default().toned(words, Tone::Bad),
        None => Line::plain(words),
    }
}

/// A row of values drawn with letters; unknown ones are gaps.
fn spark(points: &[Option<f64>]) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let known = || points.iter().flatten().copied();
    let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let draw = |point: &Option<f64>| match point {
        None => ' ',
        Some(_) if high <= low => STEPS[0],
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
        Some(value) => STEPS[((value - low) / (high - low) * 7.0).round() as usize],
    };
    points.iter().map(draw).collect()
}

/// A record by its key and title.
fn record(key: Option<&str>, title: &str, kind: EventKind) -> String {
    let title = shortened(title);
    match (key.filter(|key| !key.is_empty()), title.is_empty()) {
        (Some(key), false) => format!("{} {title}", shortened(key)),
        (Some(key), true) => shortened(key),
        (None, false) => title,
        (None, true) => format!("{} without a title", kind.word().replace('_', " ")),
    }
}

/// A text of a source on one line, no longer than people read.
pub(crate) fn shortened(text: &str) -> String {
    // A description may be megabytes long; the first part is enough to see where to cut.
    let mut words = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().take(LONGEST + 1));
        if words.chars().count() > LONGEST {
            let cut: String = words.chars().take(LONGEST - 1).collect();
            return format!("{}…", cut.trim_end());
        }
    }
    words
}

/// With a small letter, for the middle of a sentence; abbreviations stay.
fn lower(title: &str) -> String {
    let mut letters = title.chars();
    let Some(first) = letters.next() else { return String::new() };
    if letters.clone().next().is_some_and(char::is_uppercase) { title.to_owned() } else { first.to_lowercase().chain(letters).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::metric::Metric;
    use crate::report::render::text::{Links, Text, text};
    use crate::report::sample;

    #[test]
    fn what_a_source_says_fits_on_a_line() {
        let long = shortened(&"word ".repeat(1_000_000));
        assert!(long.chars().count() <= LONGEST && long.ends_with('…'), "{long}");
        assert_eq!(shortened(&"x".repeat(1_000_000)).chars().count(), LONGEST);
        assert_eq!(shortened(" a\n\tb\u{1b}[31m "), "a b [31m");
    }

    #[test]
    fn a_week_with_gaps_is_held_back_with_reasons() {
        let mut facts = sample::facts();
        facts.gaps = vec![
            Gap::Source {
                source: "jira".to_owned(),
                last_success: Some("2026-11-12T14:05:00Z".parse().unwrap()),
                link: "/collectors?source=jira".to_owned(),
            },
            Gap::Figure { metric: Metric::Incidents, title: "Incidents".to_owned(), covered: 0.857 },
        ];
        let held = held_back(&facts, "https://spot.example");
        insta::assert_snapshot!(text(&held, &Text { width: 80, colours: false, links: Links::None }).replace('\u{a0}', " "), @r"
        Quality in week 46
        Whole organisation · 9 to 15 November 2026
        https://spot.example/board?period=2026-W46&at=2026-11-15

        ! The data of this week is incomplete.
        ! jira was last read in full on Thu 12 Nov 14:05.
        ! Incidents: known for 86 % of the week.

        The report follows when the data is complete. The board shows what is known.
        ");
        assert!(matches!(report(&facts, &[], "").blocks[0], Block::Notice(_)));
    }

    #[test]
    fn a_quiet_week_says_little() {
        let mut facts = sample::facts();
        facts.figures = vec![sample::figure(Metric::Stability, &[1.0; 13]), sample::figure(Metric::Incidents, &[0.0; 13])];
        (facts.better, facts.worse, facts.drifts) = (Vec::new(), Vec::new(), Vec::new());
        (facts.incidents.total, facts.incidents.first) = (0, Vec::new());
        (facts.breaches.total, facts.breaches.first) = (0, Vec::new());
        (facts.unowned, facts.failing_gates) = (None, None);
        let quiet = report(&facts, &[], "https://spot.example");
        insta::assert_snapshot!(text(&quiet, &Text { width: 80, colours: false, links: Links::None }).replace('\u{a0}', " "), @r"
        Quality in week 46
        Whole organisation · 9 to 15 November 2026
        https://spot.example/board?period=2026-W46&at=2026-11-15

        • Stability 100 %, unchanged: no incident.

        All figures
        Figure             This week  Before     Change  13 weeks       Trend
        Product stability      100 %   100 %  unchanged  ▁▁▁▁▁▁▁▁▁▁▁▁▁
        Incidents                  0       0  unchanged  ▁▁▁▁▁▁▁▁▁▁▁▁▁

        As known at Mon 16 Nov 00:00 (UTC). Changes are against the week before; better
        and worse is said of those that are more than twice as large as usual, rising
        and falling where chance would bring such weeks at most once in twenty.
        ");
    }
}
