//! Where in the file something is wrong, and what was probably meant.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::cli::config::ConfigError;

/// What the parser says, with file, line and key, and with a suggestion for a key that is nearly right.
pub(super) fn located(error: &toml::de::Error, text: &str, path: &Path) -> ConfigError {
    let Some(span) = error.span() else { return ConfigError(format!("{}: {}", path.display(), error.message())) };
    let line = line_of(text, span.start);
    let key = DeTable::parse(text).ok().and_then(|table| key_at(table.get_ref(), &span));
    let message = match error.message().split_once("unknown field `").and_then(|(_, rest)| rest.split_once('`')) {
        Some((unknown, rest)) => {
            let known: Vec<String> = rest.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            format!("unknown key {}", hint(unknown, &known))
        }
        None => error.message().trim_end().replace('\n', ", "),
    };
    let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
    ConfigError(format!("{}:{line}: {key}{message}", path.display()))
}

pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The path of the innermost key whose name or value contains `span`.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    for (key, value) in table {
        let key_span = key.span();
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(rest) = key_at(inner, span)
        {
            return Some(format!("{}.{rest}", key.get_ref()));
        }
        let inside = |outer: &Range<usize>| outer.start <= span.start && span.start < outer.end;
        if inside(&key_span) || inside(&value.span()) {
            return Some(key.get_ref().to_string());
        }
    }
    None
}

/// Where the key at a path stands; of a path whose last parts are no keys, the innermost that is.
pub(super) fn span_of(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    if let Some((key, _)) = table.get_key_value(path) {
        return Some(key.span());
    }
    let (first, rest) = path.split_once('.')?;
    let (key, value) = table.get_key_value(first)?;
    let inner = value.get_ref().as_table().and_then(|inner| span_of(inner, rest));
    Some(inner.unwrap_or_else(|| key.span()))
}

/// The unknown word, and the known one that was probably meant, or all of them.
pub(super) fn hint(unknown: &str, known: &[String]) -> String {
    let nearest = known.iter().map(|word| (distance(unknown, word), word)).min();
    match nearest {
        Some((distance, word)) if distance <= 1 + unknown.len() / 4 => format!("`{unknown}`; did you mean `{word}`?"),
        _ => format!("`{unknown}`; expected one of {}", known.join(", ")),
    }
}

/// Letters to insert, drop, replace or swap with their neighbour to turn one word into the other.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.to_lowercase().chars().collect(), right.to_lowercase().chars().collect());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            rows[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                    let swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
                    let best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
                }
            };
        }
    }
    rows[left.len()][right.len()]
}
