//! A line above columns, on one axis of weeks, as SVG.

use std::fmt::Write;

use crate::model::Period;
use crate::report::chart::axis::Axis;
use crate::report::chart::{Chart, Error, HEIGHT, WIDTH, raster};
use crate::report::render::words;

/// A line above columns.
pub(super) struct Plot {
    pub(super) name: &'static str,
    pub(super) title: String,
    /// Oldest first.
    pub(super) weeks: Vec<Period>,
    /// The last week is not over.
    pub(super) running: bool,
    pub(super) line: Line,
    pub(super) columns: Columns,
}

/// The line.
pub(super) struct Line {
    pub(super) title: &'static str,
    pub(super) values: Vec<Option<f64>>,
    /// What stands behind a value.
    pub(super) unit: &'static str,
    /// What no value exceeds.
    pub(super) most: Option<f64>,
}

/// Columns of numbers of things, each part with its name.
pub(super) struct Columns {
    pub(super) title: &'static str,
    /// Upwards.
    pub(super) up: Part,
    /// Upwards too, below `up` and darker.
    pub(super) base: Option<Part>,
    /// Downwards.
    pub(super) down: Option<Part>,
}

type Part = (&'static str, Vec<Option<f64>>);

const GROUND: &str = "#ffffff";
const INK: &str = "#111827";
const TEXT: &str = "#4b5563";
const FAINT: &str = "#6b7280";
const GRID: &str = "#e5e7eb";
const BASE: &str = "#9ca3af";
const ACCENT: &str = "#1d4ed8";
const BAND: &str = "#eff4ff";
const DARK: &str = "#475569";
const LIGHT: &str = "#cbd5e1";

const LEFT: f64 = 74.0;
const RIGHT: f64 = 636.0;
const LINE: (f64, f64) = (84.0, 206.0);
const BARS: (f64, f64) = (254.0, 328.0);
const WEEKS: f64 = 350.0;

impl Plot {
    /// The picture and the words for it.
    pub(super) fn chart(&self) -> Result<Chart, Error> {
        Ok(Chart { name: self.name, title: self.title.clone(), alternative: self.in_words(), png: raster::png(&self.svg())? })
    }

    /// What the picture shows, in sentences.
    fn in_words(&self) -> String {
        let mut text = self.title.clone();
        if let (Some(first), Some(last)) = (self.weeks.first(), self.weeks.last()) {
            let _ = write!(text, ", {first} to {last}.");
        }
        let known: Vec<(usize, f64)> = self.line.values.iter().enumerate().filter_map(|(index, value)| Some((index, (*value)?))).collect();
        let lowest = known.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a });
        if let (Some((_, first)), Some((_, last)), Some((week, lowest))) = (known.first(), known.last(), lowest) {
            let [first, last, lowest] = [*first, *last, lowest].map(|value| self.said(value));
            let _ = write!(text, " {}: {first} first, {last} last, lowest {lowest} in {}.", self.line.title, self.weeks[week]);
        }
        let last = |part: &Part| Some(format!("{} {}", part.0, whole(part.1.last().copied().flatten()?)));
        let parts = [Some(&self.columns.up), self.columns.base.as_ref(), self.columns.down.as_ref()];
        let parts: Vec<String> = parts.into_iter().flatten().filter_map(last).collect();
        if !parts.is_empty() {
            let title = self.columns.title.trim_end_matches(" in the week");
            let _ = write!(text, " {title} in the last week: {}.", parts.join(", "));
        }
        text
    }

    /// A value of the line as people write it.
    fn said(&self, value: f64) -> String {
        if self.line.most.is_some() { words::percent(value / 100.0, 2) } else { format!("{}{}", whole(value), self.line.unit) }
    }

    fn svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"Inter\" font-size=\"12\"><rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{GROUND}\"/>"
        );
        svg.push_str(&text(20.0, 33.0, &self.title, &format!("font-family=\"Inter SemiBold\" font-size=\"17\" fill=\"{INK}\"")));
        let weeks = match (self.weeks.first(), self.weeks.last()) {
            (Some(first), Some(last)) => format!("{first} to {last}{}", if self.running { " so far" } else { "" }),
            _ => String::new(),
        };
        svg.push_str(&text(700.0, 33.0, &weeks, &format!("text-anchor=\"end\" fill=\"{FAINT}\"")));
        // The week that is told stands on a ground of its own, through both panels.
        if let Some(last) = self.weeks.len().checked_sub(1) {
            let (from, width) = (self.middle(last) - self.pace() / 2.0, self.pace());
            for (top, bottom) in [LINE, (BARS.0 - 14.0, BARS.1)] {
                let height = bottom - top;
                let _ = write!(svg, "<rect x=\"{from:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{BAND}\"/>");
            }
        }
        self.draw_line(&mut svg);
        self.draw_columns(&mut svg);
        self.draw_weeks(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    fn pace(&self) -> f64 {
        (RIGHT - LEFT) / count(self.weeks.len().max(1))
    }

    fn middle(&self, week: usize) -> f64 {
        LEFT + self.pace() * (count(week) + 0.5)
    }

    fn draw_line(&self, svg: &mut String) {
        let least = if self.line.most.is_some() { 0.001 } else { 1.0 };
        let axis = Axis::around(self.line.values.iter().flatten().copied(), least, self.line.most);
        let digits = axis.digits();
        let y = |value: f64| LINE.1 - (value - axis.from) / (axis.to - axis.from) * (LINE.1 - LINE.0);
        svg.push_str(&text(20.0, LINE.0 - 14.0, self.line.title, &heading()));
        for tick in axis.ticks() {
            let _ = write!(svg, "<path d=\"M{LEFT} {:.1}H{RIGHT}\" stroke=\"{GRID}\"/>", y(tick));
            let label = if digits == 0 { whole(tick) } else { format!("{tick:.digits$}") } + self.line.unit;
            svg.push_str(&text(LEFT - 8.0, y(tick) + 4.0, &label, &format!("text-anchor=\"end\" font-size=\"11\" fill=\"{FAINT}\"")));
        }
        let mut path = String::new();
        let mut is_down = false;
        for (week, value) in self.line.values.iter().enumerate() {
            if let Some(value) = value {
                let _ = write!(path, "{}{:.1} {:.1}", if is_down { 'L' } else { 'M' }, self.middle(week), y(*value));
            }
            is_down = value.is_some();
        }
        let _ = write!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{ACCENT}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>");
        let last = self.line.values.len().saturating_sub(1);
        for (week, value) in self.line.values.iter().enumerate() {
            let Some(value) = *value else { continue };
            let (x, y) = (self.middle(week), y(value));
            let (radius, fill) = match (week == last, self.running) {
                (true, true) => (4.0, GROUND),
                (true, false) => (4.5, ACCENT),
                (false, _) => (2.5, ACCENT),
            };
            let _ = write!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{ACCENT}\" stroke-width=\"1.5\"/>"
            );
            if week == last {
                let style = format!("font-family=\"Inter SemiBold\" font-size=\"13\" fill=\"{ACCENT}\"");
                svg.push_str(&text(RIGHT + 6.0, y + 4.5, &self.said(value), &style));
            }
        }
    }

    fn draw_columns(&self, svg: &mut String) {
        let columns = &self.columns;
        svg.push_str(&text(20.0, BARS.0 - 18.0, columns.title, &heading()));
        let at = |part: Option<&Part>, week: usize| part.and_then(|(_, values)| values.get(week).copied().flatten());
        let tall = |week: usize| at(Some(&columns.up), week).map(|up| up + at(columns.base.as_ref(), week).unwrap_or_default());
        let deep = |week: usize| at(columns.down.as_ref(), week);
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
        let up = most(&mut (0..self.weeks.len()).filter_map(tall));
        let down = most(&mut (0..self.weeks.len()).filter_map(deep));
        // Room for the numbers above the highest and below the deepest.
        let room = BARS.1 - BARS.0 - if columns.down.is_some() { 12.0 } else { 0.0 };
        let unit = room / (up + down).max(1.0);
        let zero = match &columns.down {
            None => BARS.1,
            Some(_) if up + down == 0.0 => BARS.0 + room / 2.0,
            Some(_) => BARS.0 + up * unit,
        };
        let width = self.pace() * 0.56;
        let mut bar = |x: f64, from: f64, to: f64, fill: &str| {
            if to - from > 0.05 {
                let _ =
                    write!(svg, "<rect x=\"{x:.1}\" y=\"{from:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{fill}\"/>", to - from);
            }
        };
        let mut labels = String::new();
        let small = format!("text-anchor=\"middle\" font-size=\"10.5\" fill=\"{TEXT}\"");
        for week in 0..self.weeks.len() {
            let (middle, x) = (self.middle(week), self.middle(week) - width / 2.0);
            let Some(height) = tall(week) else {
                labels.push_str(&text(middle, zero - 4.0, "\u{2013}", &small));
                continue;
            };
            let base = at(columns.base.as_ref(), week).unwrap_or_default();
            let (top, between) = (zero - height * unit, zero - base * unit);
            let is_one_kind = columns.base.is_none();
            bar(x, top, between, if is_one_kind { DARK } else { LIGHT });
            bar(x, between, zero, DARK);
            labels.push_str(&text(middle, top - 4.0, &whole(height), &small));
            if let Some(depth) = deep(week) {
                let bottom = zero + depth * unit;
                bar(x, zero, bottom, LIGHT);
                labels.push_str(&text(middle, bottom + 11.5, &whole(depth), &small));
            }
        }
        let _ = write!(svg, "<path d=\"M{LEFT} {zero:.1}H{RIGHT}\" stroke=\"{BASE}\"/>");
        svg.push_str(&labels);
        let mut names: Vec<(&str, &str)> = Vec::new();
        match (&columns.base, &columns.down) {
            (Some(base), _) => names.extend([(base.0, DARK), (columns.up.0, LIGHT)]),
            (None, Some(down)) => names.extend([(columns.up.0, DARK), (down.0, LIGHT)]),
            (None, None) => {}
        }
        let mut x = RIGHT;
        for (name, fill) in names.into_iter().rev() {
            svg.push_str(&text(x, BARS.0 - 18.0, name, &format!("text-anchor=\"end\" font-size=\"11\" fill=\"{TEXT}\"")));
            x -= width_of(name) + 14.0;
            let _ = write!(svg, "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\" rx=\"1.5\" fill=\"{fill}\"/>", BARS.0 - 26.5);
            x -= 16.0;
        }
    }

    fn draw_weeks(&self, svg: &mut String) {
        let below = if self.columns.down.is_some() { WEEKS + 2.0 } else { WEEKS - 4.0 };
        let mut year = "";
        let names: Vec<String> = self.weeks.iter().map(ToString::to_string).collect();
        for (week, name) in names.iter().enumerate() {
            let (own, label) = name.split_once('-').unwrap_or(("", name));
            let is_last = week + 1 == names.len();
            let style = if is_last { format!("font-family=\"Inter SemiBold\" fill=\"{INK}\"") } else { format!("fill=\"{FAINT}\"") };
            let style = format!("text-anchor=\"middle\" font-size=\"11\" {style}");
            svg.push_str(&text(self.middle(week), below, label, &style));
            if own != year {
                let style = format!("text-anchor=\"middle\" font-size=\"11\" fill=\"{FAINT}\"");
                svg.push_str(&text(self.middle(week), below + 14.0, own, &style));
                year = own;
            }
        }
    }
}

fn heading() -> String {
    format!("font-family=\"Inter SemiBold\" font-size=\"12\" fill=\"{TEXT}\"")
}

fn text(x: f64, y: f64, words: &str, style: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{words}</text>")
}

/// About how wide a word in small letters is, at 11 pixels.
fn width_of(word: &str) -> f64 {
    let width = |letter| match letter {
        'i' | 'l' => 2.7,
        't' | 'r' => 4.0,
        _ => 6.2,
    };
    word.chars().map(width).sum()
}

/// A number of things.
fn whole(value: f64) -> String {
    words::count(value)
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few weeks")]
fn count(number: usize) -> f64 {
    number as f64
}
