//! Tokens: what is shown once, and what is kept of it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::access::Role;
use crate::collect::http::Secret;
use crate::model::{Day, Instant};

/// What every token begins with, so that one that leaked is recognised.
const PREFIX: &str = "spot_";

/// What is kept of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// By which it is recognised.
    pub hash: TokenHash,
    /// What its holder may do.
    pub role: Role,
    /// When it was made.
    pub created: Instant,
    /// Who made it.
    pub created_by: String,
    /// From when on it is no longer taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Instant>,
    /// The last day on which it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Day>,
}

impl Token {
    /// Whether it is still taken.
    #[must_use]
    pub fn is_valid(&self, now: Instant) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// A new token's text out of 256 random bits.
pub(super) fn text_of(random: [u8; 32]) -> Secret {
    Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// The SHA-256 of a token's text, written `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    pub(super) fn is(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash")
    }
}

impl FromStr for TokenHash {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64 && digits.is_ascii()).ok_or(ParseTokenError::Hash)?;
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).map_err(|_| ParseTokenError::Hash)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a token is called: 1 to 64 letters, digits and any of `.`, `_`, `-`, `@`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenName(String);

impl TokenName {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TokenName {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_@".contains(c));
        if is_name { Ok(Self(text.to_owned())) } else { Err(ParseTokenError::Name(text.to_owned())) }
    }
}

/// A text that is no token's name or hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseTokenError {
    /// It is no name.
    #[error("{0:?} is not the name of a token; expected 1 to 64 letters, digits, dots, hyphens, underscores or @")]
    Name(String),
    /// It is no hash.
    #[error("is not the hash of a token; expected sha256: and 64 hexadecimal digits, as `spot token create` prints it")]
    Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_all_its_random_bits_and_is_never_printed() {
        let secret = text_of([255; 32]);
        assert_eq!(secret.expose().len(), PREFIX.len() + 43);
        assert_ne!(secret.expose(), text_of([254; 32]).expose());
        let token = Token {
            hash: TokenHash::of(secret.expose()),
            role: Role::Admin,
            created: Instant::from_seconds(0),
            created_by: "local:a".to_owned(),
            expires: None,
            last_used: None,
        };
        assert!(!serde_json::to_string(&token).unwrap().contains(secret.expose()));
        assert!(!format!("{token:?}").contains("sha256"));
    }

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = TokenHash::of("spot_x");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert!(bool::from(hash.is(&TokenHash::of("spot_x"))) && !bool::from(hash.is(&TokenHash::of("spot_y"))));
        for wrong in ["", "sha256:", "md5:00", &format!("sha256:{}", "g".repeat(64)), &format!("sha256:{}", "é".repeat(32))] {
            assert_eq!(wrong.parse::<TokenHash>(), Err(ParseTokenError::Hash), "{wrong}");
        }
    }

    #[test]
    fn names_are_plain() {
        for name in ["ci", "Ada.Lovelace@acme", "a_b-c"] {
            assert!(name.parse::<TokenName>().is_ok(), "{name}");
        }
        for name in ["", "a b", "a/b", "local:a", &"x".repeat(65)] {
            assert!(name.parse::<TokenName>().is_err(), "{name}");
        }
    }
}
