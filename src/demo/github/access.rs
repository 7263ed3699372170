//! Who asks, and what they may see.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use octocrab::jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{App, Asked, GitHub, Grants};
use crate::model::Instant;

/// How long the token of an installation holds.
const TOKEN_SECONDS: i64 = 3600;
/// How far in the future the end of an App's claims may lie.
const CLAIMS_SECONDS: i64 = 600;

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Viewer {
    pub(super) kind: Kind,
    /// The login, or the App's slug; empty if nobody said who they are.
    pub(super) login: String,
    /// Sees every repository that the grants allow.
    owner: bool,
    repositories: Option<BTreeSet<u64>>,
}

/// As what.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Nobody in particular.
    Anonymous,
    /// A person with a classic token.
    Scopes(BTreeSet<String>),
    /// A person with a fine-grained token.
    Permissions(BTreeMap<String, String>),
    /// An App in the organisation.
    Installation(BTreeMap<String, String>),
    /// An App as itself, by its position among the options.
    App(usize),
}

/// Why somebody is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) String);

/// What the token of an installation says.
#[derive(Debug, Serialize, Deserialize)]
struct InstallationClaims {
    app: u64,
    inst: u64,
    exp: i64,
    jti: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    repositories: Option<BTreeSet<u64>>,
    permissions: BTreeMap<String, String>,
}

/// A token that was just made.
pub(super) struct Made {
    pub(super) token: String,
    pub(super) expires: Instant,
}

impl Viewer {
    /// Nobody in particular.
    pub(super) const fn anonymous() -> Self {
        Self { kind: Kind::Anonymous, login: String::new(), owner: false, repositories: None }
    }

    /// A person in a browser, who sees all of the made-up company.
    pub(super) fn reader() -> Self {
        Self { kind: Kind::Permissions(BTreeMap::new()), login: String::new(), owner: true, repositories: None }
    }

    /// The one who sent this.
    pub(super) fn of(github: &GitHub, asked: &Asked) -> Result<Self, Refused> {
        let Some(secret) = asked.header("authorization").and_then(secret_of) else { return Ok(Self::anonymous()) };
        let bad = || Refused("Bad credentials".to_owned());
        if let Some(token) = github.options.tokens.iter().find(|token| token.secret == secret) {
            if token.expires.is_some_and(|end| end <= asked.now) {
                return Err(bad());
            }
            let (kind, repositories) = match &token.grants {
                Grants::Scopes(scopes) => (Kind::Scopes(scopes.clone()), None),
                Grants::Permissions(permissions, repositories) => (Kind::Permissions(permissions.clone()), repositories.clone()),
            };
            return Ok(Self { kind, login: token.login.clone(), owner: token.owner, repositories });
        }
        if let Some(rest) = secret.strip_prefix("ghs_") {
            let claims = rest.split_once('_').and_then(|(_, claims)| installation_claims(github, claims)).ok_or_else(bad)?;
            let position = github.options.apps.iter().position(|app| app.id == claims.app && app.installation == claims.inst);
            let app = position.ok_or_else(bad)?;
            if claims.exp <= seconds(asked.now) {
                return Err(bad());
            }
            let login = format!("{}[bot]", github.options.apps[app].slug);
            let kind = Kind::Installation(claims.permissions);
            return Ok(Self { kind, login, owner: true, repositories: claims.repositories });
        }
        if secret.matches('.').count() == 2 {
            let now = github.options.claims_clock.as_ref().map_or(asked.now, |clock| clock());
            let app = app_of(&github.options.apps, &secret, now)?;
            let login = github.options.apps[app].slug.clone();
            return Ok(Self { kind: Kind::App(app), login, owner: false, repositories: None });
        }
        Err(bad())
    }

    /// What their use is counted under.
    pub(super) fn actor(&self) -> &str {
        &self.login
    }

    /// Whether a classic token has this scope; everybody else needs none.
    pub(super) fn has_scope(&self, scope: &str) -> bool {
        let Kind::Scopes(scopes) = &self.kind else { return true };
        let wider: &[&str] = match scope {
            "read:org" => &["write:org", "admin:org"],
            "read:user" | "user:email" => &["user"],
            "public_repo" => &["repo"],
            _ => &[],
        };
        scopes.contains(scope) || wider.iter().any(|wider| scopes.contains(*wider))
    }

    /// Whether a token with permissions has this one; those with scopes need none.
    pub(super) fn may(&self, permission: &str) -> bool {
        match &self.kind {
            Kind::Permissions(permissions) | Kind::Installation(permissions) => permissions.contains_key(permission),
            Kind::App(_) => false,
            Kind::Anonymous | Kind::Scopes(_) => true,
        }
    }

    /// Whether the numbers that the token was limited to hold this one.
    pub(super) fn reaches(&self, repository: u64) -> bool {
        self.repositories.as_ref().is_none_or(|only| only.contains(&repository))
    }

    /// Whether repositories that are not public are there for them at all.
    pub(super) fn sees_hidden(&self) -> bool {
        match &self.kind {
            Kind::Anonymous | Kind::App(_) => false,
            Kind::Scopes(_) => self.has_scope("repo"),
            Kind::Permissions(_) | Kind::Installation(..) => true,
        }
    }

    /// Whether every repository of the organisation is there for them.
    pub(super) const fn is_owner(&self) -> bool {
        self.owner
    }

    pub(super) const fn is_anonymous(&self) -> bool {
        matches!(self.kind, Kind::Anonymous)
    }

    /// How a missing permission is called: by what they are.
    pub(super) fn not_accessible(&self) -> &'static str {
        match self.kind {
            Kind::Installation(..) | Kind::App(_) => "Resource not accessible by integration",
            _ => "Resource not accessible by personal access token",
        }
    }
}

/// Makes the token of an installation, perhaps for less than the whole.
pub(super) fn make_token(
    github: &GitHub,
    app: &App,
    asked: &Asked,
    repositories: Option<BTreeSet<u64>>,
    permissions: BTreeMap<String, String>,
) -> Option<Made> {
    let expires = Instant::from_seconds(seconds(asked.now) + TOKEN_SECONDS);
    let claims =
        InstallationClaims { app: app.id, inst: app.installation, exp: seconds(expires), jti: asked.number, repositories, permissions };
    let claims = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&github.key)).ok()?;
    Some(Made { token: format!("ghs_{}_{claims}", app.id), expires })
}

fn installation_claims(github: &GitHub, claims: &str) -> Option<InstallationClaims> {
    let decoded = decode(claims, &DecodingKey::from_secret(&github.key), &unjudged(Algorithm::HS256)).ok()?;
    Some(decoded.claims)
}

/// Times are judged here, by the server's clock, not by the library, by the machine's.
fn unjudged(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

fn app_of(apps: &[App], secret: &str, now: Instant) -> Result<usize, Refused> {
    let refused = |message: &str| Refused(message.to_owned());
    for (position, app) in apps.iter().enumerate() {
        let Ok(key) = DecodingKey::from_rsa_pem(app.public_key.as_bytes()) else { continue };
        let Ok(decoded) = decode::<Value>(secret, &key, &unjudged(Algorithm::RS256)) else { continue };
        let claims = decoded.claims;
        let issuer = claims["iss"].as_str().map(str::to_owned).or_else(|| claims["iss"].as_u64().map(|id| id.to_string()));
        if issuer.as_deref() != Some(app.id.to_string().as_str()) {
            return Err(refused("'Issuer' claim ('iss') must be an Integer"));
        }
        let Some(issued) = claims["iat"].as_i64().filter(|issued| *issued <= seconds(now) + 60) else {
            return Err(refused("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"));
        };
        let Some(expires) = claims["exp"].as_i64().filter(|expires| *expires > seconds(now) && *expires > issued) else {
            return Err(refused(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            ));
        };
        if expires > seconds(now) + CLAIMS_SECONDS {
            return Err(refused("'Expiration time' claim ('exp') is too far in the future"));
        }
        return Ok(position);
    }
    Err(refused("A JSON web token could not be decoded"))
}

fn seconds(instant: Instant) -> i64 {
    instant.micros().div_euclid(1_000_000)
}

/// The secret in an `Authorization` header: `Bearer`, `token`, or the password of `Basic`.
fn secret_of(header: &str) -> Option<String> {
    let (scheme, rest) = header.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(rest).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    let secret = if password.is_empty() || password == "x-oauth-basic" { user } else { password };
    Some(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_every_form_of_the_header() {
        assert_eq!(secret_of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(secret_of("token abc").as_deref(), Some("abc"));
        assert_eq!(secret_of("Basic eC1hY2Nlc3MtdG9rZW46YWJj").as_deref(), Some("abc"));
        assert_eq!(secret_of("Basic !!"), None);
        assert_eq!(secret_of("Digest abc"), None);
    }

    #[test]
    fn a_wider_scope_holds_the_narrower() {
        let viewer = |scopes: &[&str]| Viewer {
            kind: Kind::Scopes(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
            login: String::new(),
            owner: true,
            repositories: None,
        };
        assert!(viewer(&["admin:org"]).has_scope("read:org"));
        assert!(viewer(&["repo"]).has_scope("public_repo"));
        assert!(!viewer(&["repo"]).has_scope("read:org"));
        assert!(!viewer(&["public_repo"]).sees_hidden());
    }
}
