//! Who may ask: the first thing that happens to a request, and the headers that every answer carries.

use std::net::IpAddr;

use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::access::Access;
use crate::server::{State, identify};

/// What a page of ours may load: its own files, and nothing from anywhere else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Refuses requests for another host or from another origin, and adds the security headers to every answer.
pub(super) async fn check(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let own = Own::of(&state.app.access, &request);
    let mut response = match judge(request.uri(), request.headers(), &own) {
        Ok(()) => next.run(request).await,
        Err((status, code, message)) => refuse(status, code, &message),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

type Refusal = (StatusCode, &'static str, String);

/// What spot is called in a request that is meant for it.
#[derive(Default)]
struct Own<'a> {
    /// Names of the configuration.
    names: &'a [String],
    /// Any address may be meant: spot listens to other machines, and no name can be rebound to reach it unnoticed.
    addresses: bool,
    /// The browser reached it through TLS.
    is_https: bool,
}

impl<'a> Own<'a> {
    fn of(access: &'a Access, request: &Request) -> Self {
        let is_https = access.is_https(identify::peer_of(request), request.headers());
        Self { names: access.hosts(), addresses: access.is_open_to_others(), is_https }
    }

    fn is_host(&self, authority: &str) -> bool {
        let Some((host, address)) = parts_of(authority) else { return false };
        is_loopback(host, address) || (self.addresses && address.is_some()) || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

fn judge(uri: &Uri, headers: &HeaderMap, own: &Own<'_>) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return Err((StatusCode::BAD_REQUEST, "BAD_HOST", "a request needs exactly one Host header".to_owned())),
    };
    // An absolute request target outranks the Host header, so both must be ours.
    for authority in std::iter::once(host).chain(uri.authority().map(|authority| authority.as_str())) {
        if !own.is_host(authority) {
            return Err((
                StatusCode::MISDIRECTED_REQUEST,
                "FOREIGN_HOST",
                format!(
                    "spot answers requests for localhost, 127.0.0.1, [::1] and the names in access.hosts; this one is for {authority:?}"
                ),
            ));
        }
    }
    for origin in headers.get_all(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let scheme = if own.is_https { "https://" } else { "http://" };
        if origin.strip_prefix(scheme).is_none_or(|authority| !authority.eq_ignore_ascii_case(host)) {
            return Err((
                StatusCode::FORBIDDEN,
                "FOREIGN_ORIGIN",
                format!("spot answers its own pages at {scheme}{host}; this request comes from a page at {origin:?}"),
            ));
        }
    }
    Ok(())
}

/// The host of `authority`, which may have a port, and the address that it is, if it is one.
fn parts_of(authority: &str) -> Option<(&str, Option<IpAddr>)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_is_valid = port.is_none_or(|port| port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let address = match (bare, bare.unwrap_or(host).parse::<IpAddr>()) {
        (Some(_), Ok(address @ IpAddr::V6(_))) | (None, Ok(address @ IpAddr::V4(_))) => Some(address),
        (Some(_), _) | (None, Ok(_)) => return None,
        (None, Err(_)) => None,
    };
    port_is_valid.then_some((host, address))
}

/// Whether a host names this machine.
fn is_loopback(host: &str, address: Option<IpAddr>) -> bool {
    match address {
        Some(IpAddr::V4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(IpAddr::V6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => host.eq_ignore_ascii_case("localhost"),
    }
}

/// Lets only JSON pass: a browser sends that to another origin only after asking, and we never consent.
#[expect(clippy::result_large_err, reason = "the error is the answer")]
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let found = if kind.is_empty() { "none".to_owned() } else { format!("{kind:?}") };
    Err(refuse(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UNSUPPORTED_MEDIA_TYPE",
        &format!("the body must be application/json; its content type is {found}"),
    ))
}

/// What a route says to a method that it does not answer.
pub(super) async fn wrong_method(method: Method) -> Response {
    let message = format!("this route does not answer {method}; questions are posted, pages are read by GET");
    refuse(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", &message)
}

/// A refusal in the shape of a GraphQL error, which clients of every route can read.
pub(super) fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, axum::Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own_unless_others_are_named() {
        let is_loopback = |authority| Own::default().is_host(authority);
        for host in ["localhost", "LocalHost:7070", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:7070"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "example.org", "localhost.example.org", "127.0.0.1.example.org", "127.0.0.2", "0.0.0.0", "[::]", "::1", "[127.0.0.1]"]
        {
            assert!(!is_loopback(host), "{host}");
        }
        let names = ["Spot.example".to_owned()];
        let named = Own { names: &names, ..Own::default() };
        assert!(named.is_host("spot.example:443") && !named.is_host("other.example") && !named.is_host("192.0.2.1"));
        let open = Own { addresses: true, ..Own::default() };
        assert!(open.is_host("192.0.2.1:7070") && open.is_host("[2001:db8::1]") && !open.is_host("spot.example"));
        for host in ["localhost:", "localhost:x", "localhost:+1", "localhost:70700", "user@localhost", "localhost:1:2"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn an_origin_must_be_the_very_host_that_is_asked() {
        let judge_origin = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("localhost:7070"));
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            judge(&Uri::from_static("/graphql"), &headers, &Own::default()).map_err(|(status, ..)| status.as_u16())
        };
        assert_eq!(judge_origin("http://localhost:7070"), Ok(()));
        for foreign in ["null", "http://localhost:8080", "https://localhost:7070", "http://127.0.0.1:7070", "http://example.org", ""] {
            assert_eq!(judge_origin(foreign), Err(403), "{foreign}");
        }
    }

    #[test]
    fn an_absolute_target_for_another_host_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        let refused = judge(&Uri::from_static("http://example.org/graphql"), &headers, &Own::default());
        assert_eq!(refused.map_err(|(status, ..)| status.as_u16()), Err(421));
    }
}
