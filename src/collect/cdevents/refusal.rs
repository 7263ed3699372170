//! Why a request, or an event in it, is not taken.

use crate::collect::cdevents::{LARGEST_REQUEST, MOST_EVENTS, SKEW_SECONDS};
use crate::model::Instant;

/// Why a request, or an event in it, is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It has more bytes than are read.
    #[error("the body is too large; at most {LARGEST_REQUEST} bytes are read")]
    TooLarge,
    /// It is not signed.
    #[error("the request is not signed; expected X-Spot-Signature and X-Spot-Timestamp, or X-Hub-Signature-256")]
    NoSignature,
    /// It is signed with nobody's secret, or changed on its way.
    #[error("the signature fits no sender's secret, or not this body")]
    WrongSignature,
    /// The time in its headers is none.
    #[error("X-Spot-Timestamp is no time; expected seconds since 1970, or RFC 3339")]
    NoTime,
    /// It was signed too long ago, or is yet to be.
    #[error("the request was signed at {signed}, which is not within {SKEW_SECONDS} s of {now} here: sent again, or a clock is wrong")]
    NotNow {
        /// When it was signed.
        signed: Instant,
        /// When it came.
        now: Instant,
    },
    /// Its content type is not read.
    #[error(
        "the content type {0:?} is not read; expected application/json, application/cloudevents+json or application/cloudevents-batch+json"
    )]
    ContentType(String),
    /// It is no JSON, or none of the expected shape.
    #[error("the body cannot be read: {0}")]
    Malformed(String),
    /// It brings more events than are read at once.
    #[error("the request brings {0} events; at most {MOST_EVENTS} are read at once")]
    TooMany(usize),
    /// An event lacks something, or something in it is wrong.
    #[error("{key}: {problem}")]
    Event {
        /// Where in the event.
        key: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// An event is said to happen later than now.
    #[error("the event is of {at}, which is after {now} here: is a clock wrong? events of the future are not taken")]
    Future {
        /// When it is said to happen.
        at: Instant,
        /// When it came.
        now: Instant,
    },
}

impl Refusal {
    pub(super) fn event(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Event { key: key.into(), problem: problem.into() }
    }

    /// The status of HTTP that says so.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLarge | Self::TooMany(_) => 413,
            Self::NoSignature | Self::WrongSignature | Self::NoTime | Self::NotNow { .. } => 401,
            Self::ContentType(_) => 415,
            Self::Malformed(_) => 400,
            Self::Event { .. } | Self::Future { .. } => 422,
        }
    }

    /// One word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "TOO_LARGE",
            Self::NoSignature => "NOT_SIGNED",
            Self::WrongSignature => "WRONG_SIGNATURE",
            Self::NoTime | Self::NotNow { .. } => "WRONG_TIME",
            Self::ContentType(_) => "UNSUPPORTED_MEDIA_TYPE",
            Self::Malformed(_) => "MALFORMED",
            Self::TooMany(_) => "TOO_MANY",
            Self::Event { .. } => "WRONG_EVENT",
            Self::Future { .. } => "OF_THE_FUTURE",
        }
    }
}
