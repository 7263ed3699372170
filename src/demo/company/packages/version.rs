//! Numbers of versions, and how each ecosystem writes them.

use crate::demo::company::Ecosystem;
use crate::demo::company::packages::list::Form;
use crate::demo::company::random::Random;
use crate::model::Instant;

/// A version without its writing; the order is that of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Number {
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) patch: u32,
    /// 0 alpha, 1 beta, 2 candidate, with its count; the greatest number for a release.
    pub(crate) stage: (u32, u32),
}

const RELEASED: (u32, u32) = (u32::MAX, 0);

impl Number {
    /// A release.
    pub(super) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch, stage: RELEASED }
    }

    pub(super) const fn before(self, stage: u32, count: u32) -> Self {
        Self { stage: (stage, count), ..self }
    }

    /// Whether it is a preview of what comes.
    pub(crate) fn is_preview(self) -> bool {
        self.stage != RELEASED
    }

    /// What a caret allows to move within: `^1.2.3` stays at 1, `^0.3.1` at 0.3.
    pub(crate) const fn caret(self) -> (u32, u32) {
        if self.major > 0 { (self.major, 0) } else { (0, self.minor) }
    }

    /// As the ecosystem writes it. `at` and `random` give what depends on the day or the commit.
    pub(super) fn write(self, ecosystem: Ecosystem, form: Form, suffix: &str, at: Instant, random: &mut Random) -> String {
        let Self { major, minor, patch, stage } = self;
        let numbers = match form {
            Form::Date => {
                let date = at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
                return format!("{}.{}.{}", date.year(), date.month(), date.day());
            }
            Form::Pseudo => {
                let time = at.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
                return format!("v0.0.0-{}-{}", time.strftime("%Y%m%d%H%M%S"), random.hex(12));
            }
            Form::Short if patch == 0 => format!("{major}.{minor}"),
            Form::Short | Form::Three => format!("{major}.{minor}.{patch}"),
        };
        let preview = match (ecosystem, stage) {
            (_, RELEASED) => String::new(),
            (Ecosystem::Pypi, (0, count)) => format!("a{count}"),
            (Ecosystem::Pypi, (1, count)) => format!("b{count}"),
            (Ecosystem::Pypi, (_, count)) => format!("rc{count}"),
            (Ecosystem::Maven, (stage @ (0 | 1), count)) => return format!("{numbers}-M{}", stage + count),
            (Ecosystem::Maven, (_, count)) => return format!("{numbers}-RC{count}"),
            (_, (0, count)) => format!("-alpha.{count}"),
            (_, (1, count)) => format!("-beta.{count}"),
            (_, (_, count)) => format!("-rc.{count}"),
        };
        let v = if ecosystem == Ecosystem::Go { "v" } else { "" };
        format!("{v}{numbers}{preview}{suffix}")
    }
}
