//! Answers that were given before, as the bytes that were sent.
//!
//! The key is the request's body as it came, the role of whoever asks, and the engine's generation, which grows whenever an
//! answer could differ: so an answer is never wrong, and a hit costs a comparison. The schema does not change within a process.
//! Answers also leave after a minute, because staleness moves with the clock alone.

use std::time::Duration;

use axum::body::Bytes;
use moka::sync::Cache;

use crate::access::Role;

/// Longest time for which an answer is repeated.
const KEPT: Duration = Duration::from_secs(60);

/// The answers that are kept.
#[derive(Clone)]
pub(super) struct Answers(Cache<Key, Bytes>);

/// The generation, and the role of whoever asks.
pub(super) type To = (u64, Option<Role>);

type Key = (To, Bytes);

impl Answers {
    /// Keeps about this many bytes of questions and answers.
    pub(super) fn new(bytes: u64) -> Self {
        let weigh = |(_, question): &Key, answer: &Bytes| u32::try_from(question.len() + answer.len() + 128).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).time_to_live(KEPT).build())
    }

    pub(super) fn get(&self, to: To, question: &Bytes) -> Option<Bytes> {
        self.0.get(&(to, question.clone()))
    }

    pub(super) fn keep(&self, to: To, question: Bytes, answer: Bytes) {
        self.0.insert((to, question), answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_another_generation_or_to_another_role_is_not_given() {
        let answers = Answers::new(1024);
        let question = Bytes::from_static(b"{}");
        let viewer = Some(Role::Viewer);
        answers.keep((1, viewer), question.clone(), Bytes::from_static(b"one"));
        assert_eq!(answers.get((1, viewer), &question).as_deref(), Some(&b"one"[..]));
        assert_eq!(answers.get((2, viewer), &question), None);
        assert_eq!(answers.get((1, Some(Role::Admin)), &question), None);
    }
}
