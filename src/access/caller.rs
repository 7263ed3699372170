//! Whoever asks.

use crate::access::Role;
use crate::model::audit::Actor;

/// How it is known who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// It is not known.
    Anonymous,
    /// By a token that came with the request.
    Token,
    /// By a session that began with a token.
    Session,
    /// By a proxy that is trusted.
    Proxy,
    /// By the data folder's socket, which only its owner can open.
    Socket,
}

impl Means {
    /// The word used in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Token => "token",
            Self::Session => "session",
            Self::Proxy => "proxy",
            Self::Socket => "socket",
        }
    }
}

/// Whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    name: String,
    role: Option<Role>,
    means: Means,
    csrf: Csrf,
}

/// The proof that a page of ours sent the request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Csrf {
    /// Not needed: a browser does not send by itself what this caller sent.
    Unneeded,
    /// Needed: the text, and whether the request brought it.
    Needed { text: String, shown: bool },
}

impl Caller {
    /// Somebody unknown, who may look if `role` says so.
    #[must_use]
    pub fn anonymous(role: Option<Role>) -> Self {
        Self { name: "anonymous".to_owned(), role, means: Means::Anonymous, csrf: Csrf::Unneeded }
    }

    /// A user of this machine who may open the data folder: its admin.
    #[must_use]
    pub fn local(user: &str) -> Self {
        Self { name: format!("local:{user}"), role: Some(Role::Admin), means: Means::Socket, csrf: Csrf::Unneeded }
    }

    /// The holder of a token.
    #[must_use]
    pub fn with_token(name: &str, role: Role) -> Self {
        Self { name: name.to_owned(), role: Some(role), means: Means::Token, csrf: Csrf::Unneeded }
    }

    /// Somebody whom the browser's own headers name; changing anything needs `text` beside them.
    pub(super) fn of_browser(name: &str, role: Option<Role>, means: Means, text: String, shown: bool) -> Self {
        Self { name: name.to_owned(), role, means, csrf: Csrf::Needed { text, shown } }
    }

    /// Who it is: a token's name, what the proxy says, or `local:` and a user of this machine.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may do; nothing at all without.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        self.role
    }

    /// The same, for records.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let role = self.role.map(|role| role.word().to_owned());
        Actor { name: self.name.clone(), role, means: self.means.word().to_owned() }
    }

    /// How it is known who it is.
    #[must_use]
    pub const fn means(&self) -> Means {
        self.means
    }

    /// What has to stand in `X-CSRF-Token` when this caller changes something.
    #[must_use]
    pub fn csrf(&self) -> Option<&str> {
        match &self.csrf {
            Csrf::Unneeded => None,
            Csrf::Needed { text, .. } => Some(text),
        }
    }

    /// Whether it may look.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] or [`Denied::Forbidden`].
    pub fn may_look(&self) -> Result<(), Denied> {
        self.require(Role::Viewer)
    }

    /// Whether it may look at what only holders of `role` see.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] or [`Denied::Forbidden`].
    pub fn may_look_as(&self, role: Role) -> Result<(), Denied> {
        self.require(role)
    }

    /// Whether it may change something that needs `role`, which is told to be `what`.
    ///
    /// # Errors
    /// What is missing: see [`Denied`].
    pub fn permit(&self, role: Role) -> Result<(), Denied> {
        self.require(role)?;
        match self.csrf {
            Csrf::Needed { shown: false, .. } => Err(Denied::Csrf),
            _ => Ok(()),
        }
    }

    fn require(&self, needed: Role) -> Result<(), Denied> {
        match self.role {
            Some(role) if role >= needed => Ok(()),
            _ if self.means == Means::Anonymous => Err(Denied::Unauthenticated { needed }),
            role => Err(Denied::Forbidden { needed, role, name: self.name.clone() }),
        }
    }
}

/// Why somebody may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody knows who asks.
    #[error("this needs the role {needed}: sign in, or send a token as `Authorization: Bearer`; `spot token create` makes one")]
    Unauthenticated {
        /// The role that is needed.
        needed: Role,
    },
    /// Whoever asks may do less.
    #[error("this needs the role {needed}; {name} {}", holds(*role))]
    Forbidden {
        /// The role that is needed.
        needed: Role,
        /// The role that is held.
        role: Option<Role>,
        /// Who asks.
        name: String,
    },
    /// The request may have been sent by a page elsewhere.
    #[error("the header X-CSRF-Token is missing or of another session; GET /session tells the right one")]
    Csrf,
}

impl Denied {
    /// The code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated { .. } => "UNAUTHENTICATED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::Csrf => "CSRF",
        }
    }
}

fn holds(role: Option<Role>) -> String {
    role.map_or_else(|| "has none".to_owned(), |role| format!("is {role}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_what_those_below_it_may() {
        for held in Role::ALL {
            for needed in Role::ALL {
                assert_eq!(Caller::with_token("ci", held).permit(needed).is_ok(), held >= needed, "{held} {needed}");
            }
        }
        assert_eq!(
            Caller::with_token("ci", Role::Viewer).permit(Role::Admin).unwrap_err().to_string(),
            "this needs the role admin; ci is viewer"
        );
        assert_eq!(Caller::anonymous(None).may_look().unwrap_err().code(), "UNAUTHENTICATED");
        assert_eq!(Caller::anonymous(Some(Role::Viewer)).permit(Role::Operator).unwrap_err().code(), "UNAUTHENTICATED");
        assert!(Caller::local("ada").permit(Role::Admin).is_ok());
    }

    #[test]
    fn a_browser_may_look_by_itself_and_needs_more_to_change() {
        let caller = |shown| Caller::of_browser("ada", Some(Role::Operator), Means::Session, "x".to_owned(), shown);
        assert!(caller(false).may_look().is_ok());
        assert_eq!(caller(false).permit(Role::Operator), Err(Denied::Csrf));
        assert_eq!(caller(false).permit(Role::Admin).unwrap_err().code(), "FORBIDDEN", "a role is told before a header");
        assert!(caller(true).permit(Role::Operator).is_ok());
    }
}
