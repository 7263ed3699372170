//! How far long work has come: a bar where standard error is a terminal, a line now and then where it is not.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant as Stopwatch};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output::Output;
use crate::server::AdminLine;

/// Shortest time between two lines about the same thing.
const BETWEEN_LINES: Duration = Duration::from_secs(2);

/// Shows the lines of one command.
pub(super) struct Reporter {
    output: Output,
    bar: Option<ProgressBar>,
    last: Option<(String, Stopwatch)>,
}

impl Reporter {
    pub(super) fn new(output: Output) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::no_length().with_style(style)
        });
        Self { output, bar, last: None }
    }

    /// Shows one line; the result and the error are for the caller.
    pub(super) fn show(&mut self, line: &AdminLine) {
        match line {
            AdminLine::Note(text) => match &self.bar {
                Some(bar) => bar.suspend(|| self.output.note(text)),
                None => self.output.note(text),
            },
            AdminLine::Progress { what, done, total } => self.step(what, *done, *total),
            AdminLine::Result(_) | AdminLine::Error(_) => {
                if let Some(bar) = &self.bar {
                    bar.finish_and_clear();
                }
            }
        }
    }

    fn step(&mut self, what: &str, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            if total > 0 {
                bar.set_length(total);
            }
            bar.set_message(what.to_owned());
            bar.set_position(done);
            return;
        }
        let is_end = total > 0 && done >= total;
        let is_due = self.last.as_ref().is_none_or(|(last, when)| last != what || when.elapsed() >= BETWEEN_LINES);
        if is_due || is_end {
            let of_total = if total > 0 { format!(" of {total}") } else { String::new() };
            self.output.note(&format!("{what}: {done}{of_total}"));
            self.last = Some((what.to_owned(), Stopwatch::now()));
        }
    }
}
