//! Contents of documents, read from their source when somebody asks for them.
//!
//! # Invariants
//! - An id names one content for ever, so what was read may be kept; that it could not be read may not.
//! - Nothing here decides who may read what: whoever asks names an id that the store states.

use crate::model::Instant;

/// What is read at most.
pub const LARGEST_CONTENT: u64 = 2 * 1024 * 1024;

/// Where a source keeps the contents of what it stated. Blocks; not for the threads of an executor.
pub trait Contents: Send + Sync {
    /// The text that the repository `resource` holds under the object id `blob`.
    ///
    /// # Errors
    /// Why there is no text.
    fn document(&self, resource: &str, blob: &str) -> Result<Text, Unavailable>;

    /// The definition of the API of the ref `api` in the descriptor that the repository `resource` holds under `blob`.
    ///
    /// # Errors
    /// Why there is no text.
    fn definition(&self, resource: &str, blob: &str, api: &str) -> Result<Text, Unavailable>;

    /// The commits between two versions of the repository `resource`: ids of commits, or tags. Of each way the newest `most`.
    ///
    /// # Errors
    /// Why they are not known.
    fn commits(&self, resource: &str, from: &str, to: &str, most: usize) -> Result<Between, Unavailable> {
        let _ = (from, to, most);
        Err(Unavailable::NoRepository(resource.to_owned()))
    }

    /// Committer times of what the later version of each pair has and the earlier one has not, newest first, at most `most`
    /// of each. Only from what is on this machine.
    fn committed(&self, resource: &str, pairs: &[(String, String)], most: usize) -> Vec<Result<Vec<Instant>, Unavailable>> {
        let _ = most;
        pairs.iter().map(|_| Err(Unavailable::NoRepository(resource.to_owned()))).collect()
    }

    /// The same of one pair by asking the source, which costs it a request.
    ///
    /// # Errors
    /// Why they are not known.
    fn ask_committed(&self, resource: &str, from: &str, to: &str) -> Result<Vec<Instant>, Unavailable> {
        let _ = (from, to);
        Err(Unavailable::NoRepository(resource.to_owned()))
    }
}

/// A commit, as its repository has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its full object id.
    pub id: String,
    /// The committer's time.
    pub at: Instant,
    /// The author's name.
    pub author: Option<String>,
    /// The first line of its message.
    pub subject: String,
}

/// The commits between two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// What the later version has and the earlier one has not, newest first.
    pub commits: Vec<Commit>,
    /// How many those are in all.
    pub total: usize,
    /// What the earlier version has and the later one has not, newest first.
    pub taken_back: Vec<Commit>,
    /// How many those are in all.
    pub taken_back_total: usize,
}

/// A content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The content, byte by byte.
    pub text: String,
    /// Its length.
    pub bytes: u64,
}

impl Text {
    /// A content, if it is text and not too long.
    ///
    /// # Errors
    /// [`Unavailable::TooLarge`], [`Unavailable::NotText`].
    pub fn new(content: Vec<u8>) -> Result<Self, Unavailable> {
        let bytes = content.len() as u64;
        if bytes > LARGEST_CONTENT {
            return Err(Unavailable::TooLarge { bytes });
        }
        if content.contains(&0) {
            return Err(Unavailable::NotText { bytes });
        }
        let text = String::from_utf8(content).map_err(|_| Unavailable::NotText { bytes })?;
        Ok(Self { text, bytes })
    }
}

/// Why there is no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// The source does not know the repository any more.
    #[error("the repository {0} is no longer among those that are read; its documents were not kept")]
    NoRepository(String),
    /// The past of the repository was not fetched, so that its commits are not here.
    #[error("the repository {0} is not cloned; it is when its past is read")]
    NoClone(String),
    /// The repository does not hold the object any more.
    #[error("the repository {0} no longer holds this content, as after a force-push and the clean-up that follows it")]
    NoObject(String),
    /// The repository as it was fetched last does not hold a version.
    #[error("the repository {repository}, as it was fetched last, has no commit or tag {version:?}")]
    NoCommit {
        /// The repository.
        repository: String,
        /// The version.
        version: String,
    },
    /// The repository cannot be read now.
    #[error("the content could not be read from the repository {repository}: {message}")]
    Failed {
        /// The repository.
        repository: String,
        /// What went wrong.
        message: String,
    },
    /// The descriptor holds no definition of that API.
    #[error("the descriptor holds no definition of {0}")]
    NoDefinition(String),
    /// Longer than [`LARGEST_CONTENT`].
    #[error("the document is {bytes} bytes long; at most {LARGEST_CONTENT} are shown")]
    TooLarge {
        /// Its length.
        bytes: u64,
    },
    /// Not UTF-8, or it holds NUL bytes.
    #[error("the document is no text in UTF-8")]
    NotText {
        /// Its length.
        bytes: u64,
    },
}

impl Unavailable {
    /// The length of the content, where it is known.
    #[must_use]
    pub const fn bytes(&self) -> Option<u64> {
        match self {
            Self::TooLarge { bytes } | Self::NotText { bytes } => Some(*bytes),
            _ => None,
        }
    }

    /// Whether it stays so: the content is there, and is not text or too long.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::NotText { .. } | Self::NoDefinition(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_text_of_at_most_the_largest_length() {
        assert_eq!(Text::new("ä\n".into()), Ok(Text { text: "ä\n".into(), bytes: 3 }));
        assert_eq!(Text::new(vec![0xff]), Err(Unavailable::NotText { bytes: 1 }));
        assert_eq!(Text::new(b"a\0".to_vec()), Err(Unavailable::NotText { bytes: 2 }));
        let most = usize::try_from(LARGEST_CONTENT).unwrap();
        assert!(Text::new(vec![b'a'; most]).is_ok());
        assert_eq!(Text::new(vec![b'a'; most + 1]), Err(Unavailable::TooLarge { bytes: LARGEST_CONTENT + 1 }));
    }
}
