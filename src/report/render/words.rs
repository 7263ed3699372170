//! Numbers, steps and times as people write them.
//!
//! # Invariants
//! - Between a number and its unit stands a space at which no line breaks.
//! - A share below one is never written as 100 %, and one above zero never as 0 %.

use crate::model::{Day, Instant, Zone};
use crate::query::metric::Unit;
use crate::report::facts::Figure;

/// A space at which no line breaks.
const NARROW: char = '\u{a0}';

/// A number of things: `1,204`; of what is not whole one digit more.
pub(crate) fn count(value: f64) -> String {
    let rounded = if is_whole(value) { format!("{value:.0}") } else { format!("{value:.1}") };
    let (sign, digits) = rounded.strip_prefix('-').map_or(("", rounded.as_str()), |digits| ("\u{2212}", digits));
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-9
}

/// A share of one in percent, with at least so many digits behind the point.
pub(crate) fn percent(ratio: f64, digits: usize) -> String {
    let percent = ratio * 100.0;
    let is_exact = is_whole(percent);
    let is_honest = |text: &str| is_exact || !matches!(text.parse::<f64>(), Ok(shown) if shown == 0.0 || (shown - 100.0).abs() < 1e-12);
    let text = (digits..digits + 4).map(|digits| format!("{percent:.digits$}")).find(|text| is_honest(text));
    let text = text.unwrap_or_else(|| format!("{percent:.digits$}"));
    // Nothing and all need no digits.
    let text = if is_exact && (percent == 0.0 || ratio >= 1.0) { format!("{percent:.0}") } else { text };
    format!("{text}{NARROW}%")
}

/// A length of time by its two largest units: `3 h 10 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round();
    let parts = [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0)];
    let Some(first) = parts.iter().position(|(_, length)| seconds >= *length) else { return format!("0{NARROW}s") };
    let (unit, length) = parts[first];
    // Seconds are told only of what is shorter than ten minutes.
    let second = parts.get(first + 1).filter(|(name, _)| *name != "s" || seconds < 600.0);
    let smallest = second.map_or(length, |(_, length)| *length);
    let rounded = (seconds / smallest).round() * smallest;
    let (large, rest) = ((rounded / length).floor(), rounded % length);
    match second {
        Some((name, length)) if rest >= *length => format!("{large:.0}{NARROW}{unit}{NARROW}{:.0}{NARROW}{name}", rest / length),
        _ => format!("{large:.0}{NARROW}{unit}"),
    }
}

/// How many digits behind the point shares of a figure have: of what is nearly one the second matters.
fn digits(figure: &Figure) -> usize {
    if figure.metric == crate::query::metric::Metric::Stability { 2 } else { 1 }
}

/// A value of a figure.
pub(crate) fn value(figure: &Figure, value: f64) -> String {
    match figure.unit {
        Unit::Ratio => percent(value, digits(figure)),
        unit => of_unit(unit, value),
    }
}

fn of_unit(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => count(value),
        Unit::Ratio => percent(value, 1),
        Unit::Seconds => duration(value),
        Unit::Years => format!("{value:.1}{NARROW}years"),
        Unit::PerDay => {
            let digits = if value == 0.0 || value >= 10.0 { 0 } else { [1.0, 0.1].into_iter().filter(|least| value < *least).count() + 1 };
            format!("{value:.digits$}{NARROW}a{NARROW}day")
        }
    }
}

/// The size of a step, without its direction: `0.21 points`, `8`, `25 min`.
pub(crate) fn size(figure: &Figure, step: f64) -> String {
    match figure.unit {
        Unit::Ratio => {
            let points = (step * 100.0).abs();
            let least = digits(figure);
            let text = (least..least + 3).map(|digits| format!("{points:.digits$}")).find(|text| text.parse() != Ok(0.0));
            let text = text.unwrap_or_else(|| "0".to_owned());
            format!("{text}{NARROW}{}", if text == "1" { "point" } else { "points" })
        }
        // A step is no finer than the values that it stands beside.
        Unit::Seconds if [figure.value, figure.previous].into_iter().flatten().any(|seconds| seconds >= 600.0) => {
            duration((step.abs() / 60.0).round() * 60.0)
        }
        Unit::Count if step.abs() >= 1.0 => count(step.abs().round()),
        unit => of_unit(unit, step.abs()),
    }
}

/// A step with its sign, for a table; `unchanged` if there is none.
pub(crate) fn signed(figure: &Figure, step: f64) -> String {
    if step == 0.0 {
        return "unchanged".to_owned();
    }
    format!("{}{}", if step > 0.0 { '+' } else { '\u{2212}' }, size(figure, step))
}

/// `1 incident`, `2 incidents`.
pub(crate) fn many(number: usize, one: &str, many: &str) -> String {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let shown = count(number as f64);
    format!("{shown}{NARROW}{}", if number == 1 { one } else { many })
}

/// A moment in a zone: `Tue 10 Nov 09:12`.
pub(crate) fn moment(at: Instant, zone: &Zone) -> String {
    at.timestamp().to_zoned(zone.time_zone().clone()).strftime("%a %-d %b %H:%M").to_string().replace(' ', "\u{a0}")
}

/// From one day to another, with the year: `9 to 15 November 2026`.
pub(crate) fn days(first: Day, last: Day) -> String {
    let (first, last) = (first.date(), last.date());
    let format = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => "%-d",
        (true, false) => "%-d %B",
        (false, _) => "%-d %B %Y",
    };
    format!("{} to {}", first.strftime(format), last.strftime("%-d %B %Y"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::metric::Metric;
    use crate::report::sample;

    fn plain(text: &str) -> String {
        text.replace(NARROW, " ")
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0.0, 7.0, 999.0, 1204.0, -1_234_567.0, 2.5].map(count), ["0", "7", "999", "1,204", "\u{2212}1,234,567", "2.5"]);
    }

    #[test]
    fn what_is_not_all_is_not_called_all() {
        let shown = [1.0, 0.0, 0.9962, 0.99996, 0.999_999, 0.00004, 0.5].map(|ratio| plain(&percent(ratio, 2)));
        assert_eq!(shown, ["100 %", "0 %", "99.62 %", "99.996 %", "99.9999 %", "0.004 %", "50.00 %"]);
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let shown = [0.0, 45.0, 90.0, 2_700.0, 11_400.0, 7_200.0, 90_000.0, 86_399.0, 3_599.0].map(|seconds| plain(&duration(seconds)));
        assert_eq!(shown, ["0 s", "45 s", "1 min 30 s", "45 min", "3 h 10 min", "2 h", "1 d 1 h", "24 h", "60 min"]);
    }

    #[test]
    fn steps_are_told_in_points_or_things() {
        let of = |metric| sample::figure(metric, &[0.0, 1.0]);
        let (stability, bugs, gates) = (of(Metric::Stability), of(Metric::OpenBugs), of(Metric::GatePassShare));
        assert_eq!(plain(&signed(&stability, -0.0021)), "\u{2212}0.21 points");
        assert_eq!(plain(&signed(&stability, -0.00002)), "\u{2212}0.002 points");
        assert_eq!(plain(&signed(&bugs, 8.0)), "+8");
        assert_eq!(plain(&signed(&gates, 0.012)), "+1.2 points");
        assert_eq!(signed(&bugs, 0.0), "unchanged");
        let often = of(Metric::DeploymentsPerDay);
        assert_eq!(
            [0.0, 0.004, 0.43, 4.0, 12.0].map(|times| plain(&value(&often, times))),
            ["0 a day", "0.004 a day", "0.43 a day", "4.0 a day", "12 a day"]
        );
    }

    #[test]
    fn a_week_has_a_month_or_two() {
        let days = |first: &str, last: &str| days(first.parse().unwrap(), last.parse().unwrap());
        assert_eq!(days("2026-11-09", "2026-11-15"), "9 to 15 November 2026");
        assert_eq!(days("2026-09-28", "2026-10-04"), "28 September to 4 October 2026");
        assert_eq!(days("2026-12-28", "2027-01-03"), "28 December 2026 to 3 January 2027");
    }
}
