//! Answers that were given before, as the bytes that were sent.
//!
//! The key is the request's body as it came, and the engine's generation, which grows whenever an answer could
//! differ: so an answer is never wrong, and a hit costs a comparison. The schema does not change within a process.
//! Answers also leave after a minute, because staleness moves with the clock alone.

use std::time::Duration;

use axum::body::Bytes;
use moka::sync::Cache;

/// Longest time for which an answer is repeated.
const KEPT: Duration = Duration::from_secs(60);

/// The answers that are kept.
#[derive(Clone)]
pub(super) struct Answers(Cache<Key, Bytes>);

type Key = (u64, Bytes);

impl Answers {
    /// Keeps about this many bytes of questions and answers.
    pub(super) fn new(bytes: u64) -> Self {
        let weigh = |(_, question): &Key, answer: &Bytes| u32::try_from(question.len() + answer.len() + 128).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).time_to_live(KEPT).build())
    }

    pub(super) fn get(&self, generation: u64, question: &Bytes) -> Option<Bytes> {
        self.0.get(&(generation, question.clone()))
    }

    pub(super) fn keep(&self, generation: u64, question: Bytes, answer: Bytes) {
        self.0.insert((generation, question), answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_another_generation_is_not_given() {
        let answers = Answers::new(1024);
        let question = Bytes::from_static(b"{}");
        answers.keep(1, question.clone(), Bytes::from_static(b"one"));
        assert_eq!(answers.get(1, &question).as_deref(), Some(&b"one"[..]));
        assert_eq!(answers.get(2, &question), None);
    }
}
