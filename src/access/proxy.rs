//! A proxy in front of spot that knows who asks and says so in headers.
//!
//! One rule: the headers count if, and only if, the connection itself comes from one of the configured addresses. What a
//! chain of proxies tells of itself decides nothing. A proxy that is configured here must remove the headers from what
//! it is sent, and set them itself; of a header that comes twice nothing is believed.
//!
//! For counting failed attempts the client is the last entry of `X-Forwarded-For` that is no configured address: whoever
//! reached the outermost proxy that is trusted. Entries before it were written by others.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName};

use crate::access::Role;

/// Addresses that share their first bits, written `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is one of these.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                (u64::from(u32::from(network)) >> shift) == (u64::from(u32::from(address)) >> shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = u128::from(network) ^ u128::from(address);
                differing.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseNetworkError(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse::<u8>().ok().filter(|bits| *bits <= most),
            Some(_) => None,
            None => Some(most),
        };
        Ok(Self { address, bits: bits.ok_or_else(wrong)? })
    }
}

/// A text that is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address nor a network; expected such as 10.0.0.5 or 10.0.0.0/8")]
pub struct ParseNetworkError(String);

/// The proxy that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// From where it connects.
    pub networks: Vec<Network>,
    /// The header that names the person.
    pub user_header: HeaderName,
    /// The header that lists the person's groups, between commas.
    pub groups_header: Option<HeaderName>,
    /// What members of a group may do; of several the strongest counts.
    pub roles: BTreeMap<String, Role>,
    /// What everybody else may do whom the proxy names.
    pub otherwise: Option<Role>,
}

/// What the headers of a request say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// Who asks, and what that person may do.
    Person(String, Option<Role>),
    /// Something, but it counts for nothing; why.
    Ignored(&'static str),
}

impl Proxy {
    fn is_trusted(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Who asks, as the peer of the connection says.
    pub(super) fn read(&self, peer: IpAddr, headers: &HeaderMap) -> Told {
        let mut names = headers.get_all(&self.user_header).iter();
        let groups = self.groups_header.as_ref();
        let Some(first) = names.next() else {
            return match groups.is_some_and(|groups| headers.contains_key(groups)) && !self.is_trusted(peer) {
                true => Told::Ignored("it does not come from the trusted proxy"),
                false => Told::Nothing,
            };
        };
        if !self.is_trusted(peer) {
            return Told::Ignored("it does not come from the trusted proxy");
        }
        if names.next().is_some() || groups.is_some_and(|groups| headers.get_all(groups).iter().count() > 1) {
            return Told::Ignored("a header came twice, so the proxy does not replace what it is sent");
        }
        let name = std::str::from_utf8(first.as_bytes()).unwrap_or_default().trim();
        if name.is_empty() {
            return Told::Nothing;
        }
        if name.chars().any(char::is_control) || name.len() > 256 {
            return Told::Ignored("the name is no name");
        }
        let groups = groups.and_then(|groups| headers.get(groups)).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        let roles = groups.unwrap_or_default().split(',').filter_map(|group| self.roles.get(group.trim())).copied();
        Told::Person(name.to_owned(), roles.max().max(self.otherwise))
    }

    /// From where a request comes, for counting.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_trusted(peer) {
            return peer;
        }
        let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
        for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            match entry.trim().parse::<IpAddr>() {
                Ok(address) if self.is_trusted(address) => {}
                Ok(address) => return address,
                Err(_) => break,
            }
        }
        peer
    }

    /// Whether the browser talks to the proxy over TLS.
    pub(super) fn is_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let mut told = headers.get_all("x-forwarded-proto").iter();
        self.is_trusted(peer) && told.next().is_some_and(|value| value == "https") && told.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proxy() -> Proxy {
        Proxy {
            networks: vec!["10.0.0.0/8".parse().unwrap(), "192.0.2.7".parse().unwrap()],
            user_header: HeaderName::from_static("x-user"),
            groups_header: Some(HeaderName::from_static("x-groups")),
            roles: BTreeMap::from([("ops".to_owned(), Role::Operator), ("platform".to_owned(), Role::Admin)]),
            otherwise: Some(Role::Viewer),
        }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn headers_count_from_the_named_addresses_alone() {
        let read = |peer: &str, lines: &[(&'static str, &str)]| proxy().read(peer.parse().unwrap(), &headers(lines));
        let ada = |role| Told::Person("ada".to_owned(), Some(role));
        assert_eq!(read("10.1.2.3", &[("x-user", "ada")]), ada(Role::Viewer));
        assert_eq!(read("::ffff:10.1.2.3", &[("x-user", "ada")]), ada(Role::Viewer));
        assert_eq!(read("10.1.2.3", &[("x-user", "ada"), ("x-groups", "dev, ops")]), ada(Role::Operator));
        assert_eq!(read("192.0.2.7", &[("x-user", "ada"), ("x-groups", "platform,ops")]), ada(Role::Admin));
        for (peer, lines) in [
            ("192.0.2.8", &[("x-user", "ada"), ("x-groups", "platform")][..]),
            ("192.0.2.8", &[("x-groups", "platform")]),
            ("10.1.2.3", &[("x-user", "ada"), ("x-user", "root")]),
            ("10.1.2.3", &[("x-user", "ada"), ("x-groups", "dev"), ("x-groups", "platform")]),
        ] {
            assert!(matches!(read(peer, lines), Told::Ignored(_)), "{peer} {lines:?}");
        }
        assert_eq!(read("10.1.2.3", &[("x-user", " ")]), Told::Nothing);
        assert_eq!(read("10.1.2.3", &[("x-groups", "platform")]), Told::Nothing, "groups without a person");
        assert_eq!(read("192.0.2.8", &[]), Told::Nothing);
    }

    #[test]
    fn the_client_is_whoever_reached_the_outermost_trusted_proxy() {
        let client = |peer: &str, lines: &[(&'static str, &str)]| proxy().client(peer.parse().unwrap(), &headers(lines)).to_string();
        assert_eq!(client("198.51.100.1", &[("x-forwarded-for", "1.2.3.4")]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, 198.51.100.9, 10.0.0.2")]), "198.51.100.9");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "198.51.100.9")]), "198.51.100.9");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, unknown")]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert!(proxy().is_https("10.0.0.1".parse().unwrap(), &headers(&[("x-forwarded-proto", "https")])));
        assert!(!proxy().is_https("1.2.3.4".parse().unwrap(), &headers(&[("x-forwarded-proto", "https")])));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "::/129", "proxy.example"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("255.0.0.1".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn a_network_holds_the_addresses_that_share_its_bits(address: u32, other: u32, bits in 0_u8..=32) {
            let network = Network { address: IpAddr::from(address.to_be_bytes()), bits };
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            prop_assert_eq!(network.contains(IpAddr::from(other.to_be_bytes())), address & mask == other & mask);
            prop_assert_eq!(network.to_string().parse::<Network>(), Ok(network));
        }

        #[test]
        fn nobody_is_believed_from_elsewhere(peer: u32, name in "[a-z]{1,8}", groups in "(ops|platform|dev)(,(ops|platform))?") {
            let peer = IpAddr::from(peer.to_be_bytes());
            prop_assume!(!proxy().is_trusted(peer));
            let told = proxy().read(peer, &headers(&[("x-user", &name), ("x-groups", &groups)]));
            prop_assert!(matches!(told, Told::Ignored(_)));
        }
    }
}
