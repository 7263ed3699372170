//! The door: who a request comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use sha2::Sha256;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::access::attempts::Attempts;
use crate::access::proxy::Told;
use crate::access::session::{Session, Sessions};
use crate::access::token::text_of;
use crate::access::{Caller, Means, Proxy, Role, SESSION_SECONDS, Token, TokenHash, TokenName};
use crate::collect::http::Secret;
use crate::model::{Clock, Day, Instant, Layer};
use crate::store::{self, Store};

/// The cookie that holds a session's id.
pub const SESSION_COOKIE: &str = "spot_session";
/// The header in which a page shows that it is ours.
const CSRF_HEADER: &str = "x-csrf-token";
/// The kind of note under which tokens are kept.
const NOTE: &str = "token";

/// Makes 256 random bits.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Whether other machines can reach an address.
#[must_use]
pub fn is_open_to_others(address: SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}

/// A token of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredToken {
    /// What it is called.
    pub name: TokenName,
    /// By which it is recognised.
    pub hash: TokenHash,
    /// What its holder may do.
    pub role: Role,
}

/// Who is let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What somebody unknown may do. Unset: look, if spot is reached from this machine alone and no proxy stands in
    /// front of it; else nothing.
    pub anonymous: Option<Option<Role>>,
    /// Names by which spot is reached, beside those of this machine and bare addresses.
    pub hosts: Vec<String>,
    /// Tokens beside those that `spot token` makes.
    pub tokens: Vec<ConfiguredToken>,
    /// A proxy that knows who asks.
    pub proxy: Option<Proxy>,
}

/// Why a request is turned away before anything is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token is none of ours.
    #[error("the token is not known, has expired or was revoked")]
    Unknown,
    /// Too many wrong ones from that address.
    #[error("too many failed attempts from this address; try again in {seconds} seconds")]
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
}

/// Why a token could not be made or revoked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is one of that name.
    #[error("there is a token {0} already; revoke it first, or choose another name")]
    Taken(TokenName),
    /// There is none of that name.
    #[error("there is no token {0}")]
    Missing(TokenName),
    /// It stands in the configuration.
    #[error("the token {0} stands in the configuration; remove it there")]
    Configured(TokenName),
    /// The store could not keep it.
    #[error("the token could not be recorded")]
    Store(#[from] store::Error),
}

/// What was found out about a request.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Who asks.
    pub caller: Caller,
    /// The token that was used today for the first time: see [`Access::record_use`].
    pub first_use: Option<TokenName>,
    /// Why a header that names somebody does not count, where that is worth a warning.
    pub warning: Option<String>,
}

/// A session that began.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Goes into the cookie.
    pub id: Secret,
    /// When the session ends.
    pub ends: Instant,
    /// The holder, as later requests of the session will be judged.
    pub signed: Signed,
    /// See [`Judged::first_use`].
    pub first_use: Option<TokenName>,
}

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The token's name.
    pub name: TokenName,
    /// The token's role.
    pub role: Role,
    /// What goes into `X-CSRF-Token`.
    pub csrf: String,
}

/// Decides who asks. One for a process.
pub struct Access {
    config: Config,
    open_to_others: bool,
    store: Arc<Store>,
    clock: Clock,
    random: Random,
    /// Of this process: sessions and what belongs to them end with it.
    key: [u8; 32],
    kept: Mutex<(u64, Arc<BTreeMap<TokenName, Token>>)>,
    sessions: Mutex<Sessions>,
    attempts: Mutex<Attempts>,
    used: Mutex<BTreeSet<(TokenName, Day)>>,
    warned: Mutex<BTreeSet<IpAddr>>,
}

/// A token, wherever it is kept.
#[derive(Clone, Debug)]
struct Found {
    name: TokenName,
    hash: TokenHash,
    role: Role,
    is_kept: bool,
    expires: Option<Instant>,
}

impl Access {
    /// Addresses whose headers were warned of; then it is known that something is wrong.
    const WARNED: usize = 1000;

    /// A door to what the store holds.
    #[must_use]
    pub fn new(config: Config, listens: SocketAddr, store: Arc<Store>, clock: Clock, random: Random) -> Self {
        let key = random();
        Self {
            config,
            open_to_others: is_open_to_others(listens),
            store,
            clock,
            random,
            key,
            kept: Mutex::new((u64::MAX, Arc::default())),
            sessions: Mutex::default(),
            attempts: Mutex::default(),
            used: Mutex::default(),
            warned: Mutex::default(),
        }
    }

    /// Whether anybody can be recognised: by a token that is valid, or by a proxy.
    #[must_use]
    pub fn knows_anybody(&self) -> bool {
        self.config.proxy.is_some() || self.has_tokens()
    }

    /// Whether a token is valid now.
    #[must_use]
    pub fn has_tokens(&self) -> bool {
        let now = (self.clock)();
        !self.config.tokens.is_empty() || self.kept().values().any(|token| token.is_valid(now))
    }

    /// Names by which spot is reached beside those of this machine.
    #[must_use]
    pub fn hosts(&self) -> &[String] {
        &self.config.hosts
    }

    /// Whether other machines can reach spot by itself.
    #[must_use]
    pub const fn is_open_to_others(&self) -> bool {
        self.open_to_others
    }

    /// Whether the browser reached a trusted proxy over TLS.
    #[must_use]
    pub fn is_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        self.config.proxy.as_ref().is_some_and(|proxy| proxy.is_https(peer, headers))
    }

    /// What somebody unknown may do.
    #[must_use]
    pub fn anonymous(&self) -> Caller {
        let is_private = !self.open_to_others && self.config.proxy.is_none();
        Caller::anonymous(self.config.anonymous.unwrap_or(is_private.then_some(Role::Viewer)))
    }

    /// Who asks: the holder of the token that the request brings, else of the session, else whom the proxy names, else
    /// somebody unknown.
    ///
    /// # Errors
    /// [`Refusal`] for a token that is not valid: it is never taken for no token.
    pub fn judge(&self, peer: IpAddr, headers: &HeaderMap) -> Result<Judged, Refusal> {
        let now = (self.clock)();
        if let Some(secret) = bearer(headers) {
            let found = self.try_secret(&secret, self.client(peer, headers), now)?;
            let caller = Caller::with_token(found.name.as_str(), found.role);
            return Ok(Judged { caller, first_use: self.first_use(&found, now), warning: None });
        }
        let shown = headers.get(CSRF_HEADER).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        let is_shown = |text: &str| bool::from(text.as_bytes().ct_eq(&shown));
        if let Some(signed) = session_id(headers).and_then(|id| self.signed(&id, now)) {
            let is_shown = is_shown(&signed.csrf);
            let caller = Caller::of_browser(signed.name.as_str(), Some(signed.role), Means::Session, signed.csrf, is_shown);
            return Ok(Judged { caller, first_use: None, warning: None });
        }
        let mut warning = None;
        match self.config.proxy.as_ref().map(|proxy| proxy.read(peer, headers)) {
            Some(Told::Person(name, role)) => {
                let csrf = self.csrf("proxy", name.as_bytes());
                let is_shown = is_shown(&csrf);
                let caller = Caller::of_browser(&name, role, Means::Proxy, csrf, is_shown);
                return Ok(Judged { caller, first_use: None, warning: None });
            }
            Some(Told::Ignored(why)) => warning = self.warn(peer, why),
            Some(Told::Nothing) | None => {}
        }
        Ok(Judged { caller: self.anonymous(), first_use: None, warning })
    }

    /// Begins a session with a token.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn sign_in(&self, secret: &Secret, peer: IpAddr, headers: &HeaderMap) -> Result<Begun, Refusal> {
        let now = (self.clock)();
        let found = self.try_secret(secret, self.client(peer, headers), now)?;
        let id = text_of((self.random)());
        let hash = TokenHash::of(id.expose());
        let ends = found.expires.map_or(Instant::MAX, |expires| expires).min(now.plus_seconds(SESSION_SECONDS));
        self.sessions.lock().begin(hash, Session { token: found.hash, ends }, now);
        let first_use = self.first_use(&found, now);
        let signed = Signed { csrf: self.csrf("session", hash.bytes()), name: found.name, role: found.role };
        Ok(Begun { id, ends, signed, first_use })
    }

    /// Ends the session of a request, if it is in one.
    pub fn sign_out(&self, headers: &HeaderMap) {
        if let Some(id) = session_id(headers) {
            self.sessions.lock().end(&TokenHash::of(id.expose()));
        }
    }

    /// Makes a token and returns its text, which is not kept.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Store`].
    pub fn create(&self, name: &TokenName, role: Role, expires: Option<Instant>, by: &str) -> Result<(Secret, Token), Error> {
        let now = (self.clock)();
        let secret = text_of((self.random)());
        let hash = TokenHash::of(secret.expose());
        let token = Token { hash, role, created: now, created_by: by.to_owned(), expires, last_used: None };
        let mut transaction = self.store.begin(Layer::Observed)?;
        if self.is_configured(name) || transaction.note(NOTE, name.as_str()).is_some() {
            return Err(Error::Taken(name.clone()));
        }
        transaction.put_note(NOTE, name.as_str(), serde_json::to_value(&token).unwrap_or_default());
        transaction.commit(now)?;
        Ok((secret, token))
    }

    /// Every token with its name; those of the configuration have no more than a hash and a role.
    #[must_use]
    pub fn tokens(&self) -> (Arc<BTreeMap<TokenName, Token>>, &[ConfiguredToken]) {
        (self.kept(), &self.config.tokens)
    }

    /// From now on a token is no longer taken, nor any session that began with it.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Configured`], [`Error::Store`].
    pub fn revoke(&self, name: &TokenName) -> Result<(), Error> {
        let mut transaction = self.store.begin(Layer::Observed)?;
        if transaction.note(NOTE, name.as_str()).is_none() {
            return Err(if self.is_configured(name) { Error::Configured(name.clone()) } else { Error::Missing(name.clone()) });
        }
        transaction.put_note(NOTE, name.as_str(), serde_json::Value::Null);
        transaction.commit((self.clock)())?;
        Ok(())
    }

    /// Records that a token was used today.
    ///
    /// # Errors
    /// [`store::Error`].
    pub fn record_use(&self, name: &TokenName) -> Result<(), store::Error> {
        let now = (self.clock)();
        let day = self.store.view().zone().day_of(now);
        let mut transaction = self.store.begin(Layer::Observed)?;
        // Read where nobody else writes: one that was revoked meanwhile does not come back.
        let Some(mut token) = transaction.note(NOTE, name.as_str()).and_then(|value| serde_json::from_value::<Token>(value).ok()) else {
            return Ok(());
        };
        if token.last_used != Some(day) {
            token.last_used = Some(day);
            transaction.put_note(NOTE, name.as_str(), serde_json::to_value(&token).unwrap_or_default());
            transaction.commit(now)?;
        }
        Ok(())
    }

    fn kept(&self) -> Arc<BTreeMap<TokenName, Token>> {
        let view = self.store.view();
        let mut kept = self.kept.lock();
        if kept.0 != view.generation() {
            let tokens =
                view.notes(NOTE).into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, serde_json::from_value(value).ok()?)));
            *kept = (view.generation(), Arc::new(tokens.collect()));
        }
        Arc::clone(&kept.1)
    }

    fn is_configured(&self, name: &TokenName) -> bool {
        self.config.tokens.iter().any(|token| token.name == *name)
    }

    fn all(&self) -> Vec<Found> {
        let configured = self.config.tokens.iter().map(|token| Found {
            name: token.name.clone(),
            hash: token.hash,
            role: token.role,
            is_kept: false,
            expires: None,
        });
        let kept = self.kept();
        let kept = kept.iter().map(|(name, token)| Found {
            name: name.clone(),
            hash: token.hash,
            role: token.role,
            is_kept: true,
            expires: token.expires,
        });
        configured.chain(kept).collect()
    }

    /// The token of that hash. Every one is looked at, so that the time it takes tells nothing.
    fn find(&self, hash: &TokenHash, now: Instant) -> Option<Found> {
        let mut all = self.all();
        let mut place = u64::MAX;
        for (i, found) in all.iter().enumerate() {
            let is_it: Choice = found.hash.is(hash);
            place.conditional_assign(&(i as u64), is_it);
        }
        let place = usize::try_from(place).ok().filter(|place| *place < all.len())?;
        let found = all.swap_remove(place);
        found.expires.is_none_or(|expires| now < expires).then_some(found)
    }

    fn try_secret(&self, secret: &Secret, client: IpAddr, now: Instant) -> Result<Found, Refusal> {
        if let Some(seconds) = self.attempts.lock().wait_seconds(client, now) {
            return Err(Refusal::TooMany { seconds });
        }
        self.find(&TokenHash::of(secret.expose()), now).ok_or_else(|| {
            self.attempts.lock().failed(client, now);
            Refusal::Unknown
        })
    }

    fn signed(&self, id: &Secret, now: Instant) -> Option<Signed> {
        let hash = TokenHash::of(id.expose());
        let session = self.sessions.lock().find(&hash, now)?;
        let found = self.find(&session.token, now)?;
        Some(Signed { name: found.name, role: found.role, csrf: self.csrf("session", hash.bytes()) })
    }

    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        self.config.proxy.as_ref().map_or(peer, |proxy| proxy.client(peer, headers))
    }

    /// Known to whoever can read answers of ours, and to nobody else; nothing needs to be kept of it.
    fn csrf(&self, means: &str, whose: &[u8]) -> String {
        // An HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { unreachable!("an HMAC takes a key of any length") };
        mac.update(means.as_bytes());
        mac.update(&[0]);
        mac.update(whose);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn first_use(&self, found: &Found, now: Instant) -> Option<TokenName> {
        if !found.is_kept {
            return None;
        }
        let day = self.store.view().zone().day_of(now);
        let mut used = self.used.lock();
        used.retain(|(_, of)| *of == day);
        used.insert((found.name.clone(), day)).then(|| found.name.clone())
    }

    /// The warning, once for an address.
    fn warn(&self, peer: IpAddr, why: &str) -> Option<String> {
        let mut warned = self.warned.lock();
        let is_new = warned.len() < Self::WARNED && warned.insert(peer);
        is_new.then(|| format!("a header of a request from {peer} names a person or groups and is ignored: {why}"))
    }
}

/// The token of `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(secret))
}

/// The id of the session in the cookie.
fn session_id(headers: &HeaderMap) -> Option<Secret> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, id)| Secret::new(id))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

    use axum::http::HeaderName;

    use super::*;
    use crate::store::Options;

    /// A door whose clock a test moves.
    struct World {
        access: Access,
        seconds: Arc<AtomicI64>,
        store: Arc<Store>,
        _folder: tempfile::TempDir,
    }

    fn world(config: Config, listens: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&Options::new(folder.path())).unwrap());
        let seconds = Arc::new(AtomicI64::new(1_000_000));
        let (clock, count) = (Arc::clone(&seconds), AtomicU8::new(0));
        let clock: Clock = Arc::new(move || Instant::from_seconds(clock.load(Ordering::Relaxed)));
        let random: Random = Arc::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]);
        let access = Access::new(config, listens.parse().unwrap(), Arc::clone(&store), clock, random);
        World { access, seconds, store, _folder: folder }
    }

    fn here() -> World {
        world(Config::default(), "127.0.0.1:7070")
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn name(text: &str) -> TokenName {
        text.parse().unwrap()
    }

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    impl World {
        fn judge(&self, lines: &[(&'static str, &str)]) -> Result<Caller, Refusal> {
            self.access.judge(PEER, &headers(lines)).map(|judged| judged.caller)
        }

        fn pass(&self, seconds: i64) {
            self.seconds.fetch_add(seconds, Ordering::Relaxed);
        }
    }

    #[test]
    fn somebody_unknown_may_look_on_this_machine_alone_unless_told_otherwise() {
        let role = |config: Config, listens: &str| world(config, listens).judge(&[]).unwrap().role();
        assert_eq!(role(Config::default(), "127.0.0.1:7070"), Some(Role::Viewer));
        assert_eq!(role(Config::default(), "[::1]:7070"), Some(Role::Viewer));
        assert_eq!(role(Config::default(), "0.0.0.0:7070"), None);
        assert_eq!(role(Config { anonymous: Some(None), ..Config::default() }, "127.0.0.1:7070"), None);
        assert_eq!(role(Config { anonymous: Some(Some(Role::Viewer)), ..Config::default() }, "0.0.0.0:7070"), Some(Role::Viewer));
    }

    #[test]
    fn a_token_is_known_until_it_expires_or_is_revoked() {
        let world = here();
        assert!(!world.access.knows_anybody());
        let expires = Instant::from_seconds(1_000_100);
        let (secret, token) = world.access.create(&name("ci"), Role::Operator, Some(expires), "local:ada").unwrap();
        assert!(world.access.knows_anybody());
        assert_eq!(token.hash, TokenHash::of(secret.expose()));
        let with = format!("Bearer {}", secret.expose());
        let caller = world.judge(&[("authorization", &with)]).unwrap();
        assert_eq!((caller.name(), caller.role(), caller.csrf()), ("ci", Some(Role::Operator), None));
        assert!(matches!(world.access.create(&name("ci"), Role::Admin, None, "x"), Err(Error::Taken(_))));
        world.pass(100);
        assert_eq!(world.judge(&[("authorization", &with)]), Err(Refusal::Unknown));
        assert!(!world.access.knows_anybody());
        world.access.revoke(&name("ci")).unwrap();
        assert!(matches!(world.access.revoke(&name("ci")), Err(Error::Missing(_))));

        let (secret, _) = world.access.create(&name("ci"), Role::Viewer, None, "local:ada").unwrap();
        let with = format!("bearer  {}", secret.expose());
        assert!(world.judge(&[("authorization", &with)]).is_ok());
        world.access.revoke(&name("ci")).unwrap();
        assert_eq!(world.judge(&[("authorization", &with)]), Err(Refusal::Unknown));
        assert!(world.judge(&[("authorization", "Basic eDp5")]).is_ok(), "another scheme is somebody else's");
    }

    #[test]
    fn nothing_that_is_kept_holds_a_token() {
        let world = here();
        let (secret, _) = world.access.create(&name("ci"), Role::Operator, None, "local:ada").unwrap();
        let mut kept = Vec::new();
        store::export_to(&world.store, &mut kept).unwrap();
        let text = String::from_utf8(kept).unwrap();
        assert!(text.contains("sha256:") && !text.contains(secret.expose()));
    }

    #[test]
    fn the_last_use_is_recorded_once_a_day() {
        let world = here();
        let (secret, _) = world.access.create(&name("ci"), Role::Operator, None, "local:ada").unwrap();
        let with = format!("Bearer {}", secret.expose());
        let first_use = || world.access.judge(PEER, &headers(&[("authorization", &with)])).unwrap().first_use;
        assert_eq!(first_use(), Some(name("ci")));
        assert_eq!(first_use(), None);
        world.access.record_use(&name("ci")).unwrap();
        let generation = world.store.generation();
        world.access.record_use(&name("ci")).unwrap();
        assert_eq!(world.store.generation(), generation, "nothing is written twice");
        assert_eq!(world.access.tokens().0[&name("ci")].last_used.unwrap().to_string(), "1970-01-12");
        world.pass(86_400);
        assert_eq!(first_use(), Some(name("ci")));
        world.access.revoke(&name("ci")).unwrap();
        world.access.record_use(&name("ci")).unwrap();
        assert!(world.access.tokens().0.is_empty(), "a use does not bring a revoked token back");
    }

    #[test]
    fn a_session_needs_its_own_proof_and_ends_with_its_token() {
        let world = here();
        let (secret, _) = world.access.create(&name("ada"), Role::Operator, None, "local:ada").unwrap();
        let begun = world.access.sign_in(&secret, PEER, &HeaderMap::new()).unwrap();
        let other = world.access.sign_in(&secret, PEER, &HeaderMap::new()).unwrap();
        assert_ne!(begun.id, other.id);
        assert_ne!(begun.signed.csrf, other.signed.csrf);
        let cookie = format!("theme=dark; spot_session={}", begun.id.expose());
        let permit = |lines: &[(&'static str, &str)]| world.judge(lines).unwrap().permit(Role::Operator).map_err(|denied| denied.code());
        assert_eq!(permit(&[("cookie", &cookie)]), Err("CSRF"));
        assert_eq!(permit(&[("cookie", &cookie), ("x-csrf-token", &other.signed.csrf)]), Err("CSRF"));
        assert_eq!(permit(&[("cookie", &cookie), ("x-csrf-token", "")]), Err("CSRF"));
        assert_eq!(permit(&[("cookie", &cookie), ("x-csrf-token", &begun.signed.csrf)]), Ok(()));
        assert_eq!(permit(&[("x-csrf-token", &begun.signed.csrf)]), Err("UNAUTHENTICATED"));
        assert_eq!(permit(&[("cookie", "spot_session=x")]), Err("UNAUTHENTICATED"));

        world.access.sign_out(&headers(&[("cookie", &cookie)]));
        assert_eq!(permit(&[("cookie", &cookie), ("x-csrf-token", &begun.signed.csrf)]), Err("UNAUTHENTICATED"));
        let cookie = format!("spot_session={}", other.id.expose());
        assert_eq!(world.judge(&[("cookie", &cookie)]).unwrap().name(), "ada");
        world.access.revoke(&name("ada")).unwrap();
        assert_eq!(world.judge(&[("cookie", &cookie)]).unwrap().name(), "anonymous");

        let expires = Instant::from_seconds(1_000_100);
        let (secret, _) = world.access.create(&name("eve"), Role::Viewer, Some(expires), "local:ada").unwrap();
        assert_eq!(world.access.sign_in(&secret, PEER, &HeaderMap::new()).unwrap().ends, expires);
        let (secret, _) = world.access.create(&name("bob"), Role::Viewer, None, "local:ada").unwrap();
        let begun = world.access.sign_in(&secret, PEER, &HeaderMap::new()).unwrap();
        let cookie = format!("spot_session={}", begun.id.expose());
        world.pass(SESSION_SECONDS - 1);
        assert_eq!(world.judge(&[("cookie", &cookie)]).unwrap().name(), "bob");
        world.pass(1);
        assert_eq!(world.judge(&[("cookie", &cookie)]).unwrap().name(), "anonymous");
    }

    #[test]
    fn who_guesses_has_to_wait_and_others_do_not() {
        let world = here();
        let (secret, _) = world.access.create(&name("ci"), Role::Viewer, None, "local:ada").unwrap();
        let right = format!("Bearer {}", secret.expose());
        for i in 0..10 {
            let guess = format!("Bearer spot_{i}");
            assert_eq!(world.judge(&[("authorization", &guess)]), Err(Refusal::Unknown));
        }
        assert_eq!(world.judge(&[("authorization", &right)]), Err(Refusal::TooMany { seconds: 300 }));
        assert!(matches!(world.access.sign_in(&secret, PEER, &HeaderMap::new()), Err(Refusal::TooMany { .. })));
        let elsewhere = "192.0.2.1".parse().unwrap();
        assert!(world.access.judge(elsewhere, &headers(&[("authorization", &right)])).is_ok());
        assert!(world.judge(&[]).is_ok(), "looking needs no attempt");
        world.pass(300);
        assert!(world.judge(&[("authorization", &right)]).is_ok());
    }

    #[test]
    fn a_proxy_names_people_from_its_own_address_alone() {
        let proxy = Proxy {
            networks: vec!["10.0.0.1".parse().unwrap()],
            user_header: HeaderName::from_static("x-user"),
            groups_header: None,
            roles: BTreeMap::new(),
            otherwise: Some(Role::Operator),
        };
        let world = world(Config { proxy: Some(proxy), ..Config::default() }, "127.0.0.1:7070");
        assert!(world.access.knows_anybody());
        let judge = |peer: &str| world.access.judge(peer.parse().unwrap(), &headers(&[("x-user", "ada")])).unwrap();
        let ada = judge("10.0.0.1").caller;
        assert_eq!((ada.name(), ada.role(), ada.means()), ("ada", Some(Role::Operator), Means::Proxy));
        assert_eq!(ada.permit(Role::Operator).unwrap_err().code(), "CSRF", "the proxy's cookie is sent by itself too");
        let proof = ada.csrf().unwrap().to_owned();
        let proved = world.access.judge("10.0.0.1".parse().unwrap(), &headers(&[("x-user", "ada"), ("x-csrf-token", &proof)])).unwrap();
        assert!(proved.caller.permit(Role::Operator).is_ok());
        let bob = world.access.judge("10.0.0.1".parse().unwrap(), &headers(&[("x-user", "bob"), ("x-csrf-token", &proof)])).unwrap();
        assert!(bob.caller.permit(Role::Operator).is_err(), "one person's proof is not another's");
        let first = judge("10.0.0.2");
        assert_eq!(first.caller.role(), None, "behind a proxy nobody is unknown by being near");
        assert!(first.warning.unwrap().contains("from 10.0.0.2"));
        assert_eq!(judge("10.0.0.2").warning, None, "once is enough");
    }

    #[test]
    fn tokens_of_the_configuration_are_known_and_stay_there() {
        let configured = ConfiguredToken { name: name("ci"), hash: TokenHash::of("a secret of the house"), role: Role::Admin };
        let world = world(Config { tokens: vec![configured], ..Config::default() }, "0.0.0.0:1");
        assert!(world.access.knows_anybody());
        assert_eq!(world.judge(&[("authorization", "Bearer a secret of the house")]).unwrap().role(), Some(Role::Admin));
        assert!(matches!(world.access.create(&name("ci"), Role::Viewer, None, "x"), Err(Error::Taken(_))));
        assert!(matches!(world.access.revoke(&name("ci")), Err(Error::Configured(_))));
    }
}
