//! Printing: data to standard output, everything else to standard error, colours on a terminal only.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::Value;

use crate::cli::config::Environment;

/// Where a command prints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    colours: bool,
}

/// How a piece of text stands out on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Strong,
    Faint,
    Good,
    Bad,
    Attention,
}

impl Output {
    /// Colours if they are wanted and standard output is a terminal.
    pub(super) fn new(colours_wanted: bool) -> Self {
        Self { colours: colours_wanted && io::stdout().is_terminal() }
    }

    /// Output without colours.
    #[cfg(test)]
    pub(super) const fn plain() -> Self {
        Self { colours: false }
    }

    /// `text` in `style`, if colours are on.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if !self.colours || text.is_empty() {
            return text.to_owned();
        }
        let code = match style {
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Good => "32",
            Style::Bad => "31",
            Style::Attention => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Whether colours are on, and with them whatever else only a terminal understands.
    pub(super) const fn has_colours(self) -> bool {
        self.colours
    }

    /// Letters in a line of the terminal; where there is none, as many as are read with ease.
    pub(super) fn width(self) -> usize {
        const EASY: usize = 100;
        let columns = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
        if columns == 0 { EASY } else { columns.clamp(40, EASY) }
    }

    /// Prints data, ending the line if it does not.
    pub(super) fn data(self, text: &str) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            stdout.write_all(b"\n")?;
        }
        Ok(stdout.flush()?)
    }

    /// Prints one object on one line.
    pub(super) fn json(self, value: &impl Serialize) -> anyhow::Result<()> {
        self.data(&serde_json::to_string(value)?)
    }

    /// Prints an object for people to read: on several lines on a terminal, on one line otherwise.
    pub(super) fn readable_json(self, value: &impl Serialize) -> anyhow::Result<()> {
        let text = if io::stdout().is_terminal() { serde_json::to_string_pretty(value)? } else { serde_json::to_string(value)? };
        self.data(&text)
    }

    /// Prints what came out of a command: as JSON, or the fields of each object as lines for people.
    pub(super) fn result(self, result: &Value, as_json: bool) -> anyhow::Result<()> {
        let objects = match result {
            Value::Array(objects) => objects.as_slice(),
            Value::Null => return Ok(()),
            object => std::slice::from_ref(object),
        };
        for object in objects {
            if as_json {
                self.json(object)?;
                continue;
            }
            match object {
                Value::Object(fields) => {
                    for (name, value) in fields {
                        self.data(&format!("{} {}", self.paint(Style::Faint, &format!("{name}:")), plain(value)))?;
                    }
                }
                other => self.data(&plain(other))?,
            }
        }
        Ok(())
    }

    /// Tells a person something.
    pub(super) fn note(self, text: &str) {
        // Nobody may be listening, and there is nowhere else to say so.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Says why the command failed.
    pub(super) fn error(self, text: &str) {
        self.note(&format!("spot: {text}"));
    }
}

/// A value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => fields.values().map(plain).collect::<Vec<_>>().join(": "),
        other => other.to_string(),
    }
}

/// Whether the log may use colours.
pub(super) fn colours_stderr(environment: &Environment) -> bool {
    !environment.no_color() && io::stderr().is_terminal()
}

/// Whether the reader of our output has gone, as `head` does: no failure.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
