//! Stable codes for whatever can go wrong with a request.

use async_graphql::{Error, ErrorExtensions, Response, ServerError};

use crate::{query, store};

/// What went wrong, for programs. The words never change; new ones may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// The request is no GraphQL.
    ParseFailed,
    /// The request does not fit the schema.
    ValidationFailed,
    /// A moment lies after now.
    MomentInFuture,
    /// A text is no moment or date.
    InvalidMoment,
    /// An argument has a value that it cannot have.
    InvalidArgument,
    /// A cursor was not given out by this field, or for other moments.
    InvalidCursor,
    /// An id or ref that no entity ever had.
    UnknownEntity,
    /// More items on a page than allowed.
    PageTooLarge,
    /// The text of the request is too long.
    RequestTooLarge,
    /// Fields are nested too deep.
    TooDeep,
    /// The request would resolve too many fields.
    TooComplex,
    /// The same field is asked for too often under other names.
    TooManyAliases,
    /// The answer took too long.
    TimedOut,
    /// The index is being rebuilt: today is answered, past moments are in a while.
    Rebuilding,
    /// The store could not be read.
    StoreUnavailable,
    /// It is not known who asks, and somebody unknown may not.
    Unauthenticated,
    /// Whoever asks may not.
    Forbidden,
    /// The request does not show that a page of spot's own sent it.
    Csrf,
    /// What is asked for, or to be changed, does not exist.
    NotFound,
    /// It was tried and failed.
    Failed,
    /// Something is to be done in the past.
    MomentInPast,
    /// An action makes no sense for what is to be acted on, or the cluster refuses it.
    ActionRefused,
    /// Something changed since it was looked at, or was done already.
    Conflict,
    /// The account that spot uses in a cluster may not.
    ClusterForbids,
    /// A cluster does not answer.
    ClusterUnreachable,
}

impl Code {
    /// The word in `extensions.code`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ParseFailed => "PARSE_FAILED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::MomentInFuture => "MOMENT_IN_FUTURE",
            Self::InvalidMoment => "INVALID_MOMENT",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::InvalidCursor => "INVALID_CURSOR",
            Self::UnknownEntity => "UNKNOWN_ENTITY",
            Self::PageTooLarge => "PAGE_TOO_LARGE",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::TooDeep => "TOO_DEEP",
            Self::TooComplex => "TOO_COMPLEX",
            Self::TooManyAliases => "TOO_MANY_ALIASES",
            Self::TimedOut => "TIMED_OUT",
            Self::Rebuilding => "REBUILDING",
            Self::StoreUnavailable => "STORE_UNAVAILABLE",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::Csrf => "CSRF",
            Self::NotFound => "NOT_FOUND",
            Self::Failed => "FAILED",
            Self::MomentInPast => "MOMENT_IN_PAST",
            Self::ActionRefused => "ACTION_REFUSED",
            Self::Conflict => "CONFLICT",
            Self::ClusterForbids => "CLUSTER_FORBIDS",
            Self::ClusterUnreachable => "CLUSTER_UNREACHABLE",
        }
    }

    /// An error of a field.
    pub(crate) fn error(self, message: impl Into<String>) -> Error {
        Error::new(message).extend_with(|_, extensions| extensions.set("code", self.word()))
    }

    /// An answer that is nothing but this error.
    pub(crate) fn response(self, message: impl Into<String>) -> Response {
        let mut error = ServerError::new(message, None);
        mark(&mut error, self);
        Response::from_errors(vec![error])
    }
}

/// The error of a field for what a question could not answer; the log keeps the whole chain.
pub(crate) fn from_query(error: query::Error) -> Error {
    let code = match &error {
        query::Error::Store(source @ store::Error::Rebuilding { .. }) => return Code::Rebuilding.error(source.to_string()),
        query::Error::Cursor(_) => Code::InvalidCursor,
        query::Error::TooManyPoints { .. } | query::Error::Backwards { .. } | query::Error::Unfit { .. } => Code::InvalidArgument,
        query::Error::TimedOut { .. } => Code::TimedOut,
        query::Error::Store(source) => {
            tracing::error!(error = source as &dyn std::error::Error, "a question could not be answered");
            Code::StoreUnavailable
        }
    };
    code.error(error.to_string())
}

/// Gives a code to errors that the GraphQL engine found by itself.
pub(crate) fn complete(response: &mut Response) {
    for error in &mut response.errors {
        let has_code = error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some());
        if !has_code {
            let code = if error.path.is_empty() { Code::ValidationFailed } else { Code::InvalidArgument };
            mark(error, code);
        }
    }
}

fn mark(error: &mut ServerError, code: Code) {
    error.extensions.get_or_insert_default().set("code", code.word());
}
