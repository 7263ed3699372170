//! Sessions of browsers: begun with a token, kept in memory as the hash of their id.

use std::collections::BTreeMap;

use crate::access::TokenHash;
use crate::model::Instant;

/// How long a session lasts.
pub const SESSION_SECONDS: i64 = 12 * 3600;
/// Sessions at once; the one that ends first goes.
const KEPT: usize = 10_000;

/// A session, by the hash of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// The token with which it began; it lasts no longer than that.
    pub(super) token: TokenHash,
    /// When it ends.
    pub(super) ends: Instant,
}

/// The sessions of this process.
#[derive(Debug, Default)]
pub(super) struct Sessions(BTreeMap<TokenHash, Session>);

impl Sessions {
    pub(super) fn begin(&mut self, id: TokenHash, session: Session, now: Instant) {
        self.0.retain(|_, session| now < session.ends);
        if self.0.len() >= KEPT
            && let Some(first) = self.0.iter().min_by_key(|(_, session)| session.ends).map(|(id, _)| *id)
        {
            self.0.remove(&first);
        }
        self.0.insert(id, session);
    }

    /// By the hash of the id: what is looked for is no secret, so how long it takes tells nothing.
    pub(super) fn find(&self, id: &TokenHash, now: Instant) -> Option<Session> {
        self.0.get(id).copied().filter(|session| now < session.ends)
    }

    pub(super) fn end(&mut self, id: &TokenHash) {
        self.0.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_itself_and_when_it_is_ended() {
        let mut sessions = Sessions::default();
        let (id, at) = (TokenHash::of("id"), Instant::from_seconds);
        let session = Session { token: TokenHash::of("token"), ends: at(10) };
        sessions.begin(id, session, at(0));
        assert_eq!(sessions.find(&id, at(9)), Some(session));
        assert_eq!(sessions.find(&id, at(10)), None);
        sessions.end(&id);
        assert_eq!(sessions.find(&id, at(0)), None);
        for i in 0..KEPT + 5 {
            sessions.begin(TokenHash::of(&i.to_string()), Session { ends: at(100 + i64::try_from(i).unwrap()), ..session }, at(0));
        }
        assert_eq!(sessions.0.len(), KEPT);
        assert!(sessions.find(&TokenHash::of("0"), at(0)).is_none());
    }
}
