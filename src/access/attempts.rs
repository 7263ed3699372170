//! Failed attempts to be somebody, by address.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use crate::model::Instant;

/// Failures that an address may have in a window.
const MOST: u32 = 10;
/// The window, which begins with the first failure.
const WINDOW_SECONDS: i64 = 5 * 60;
/// Addresses that are kept in mind; the one whose window began first goes.
const KEPT: usize = 10_000;

/// Failures by address; those of IPv6 count by their network of 64 bits, which one holder has to itself.
#[derive(Debug, Default)]
pub(super) struct Attempts(BTreeMap<IpAddr, (Instant, u32)>);

impl Attempts {
    /// How long an address has to wait before it may try again.
    pub(super) fn wait_seconds(&self, address: IpAddr, now: Instant) -> Option<u64> {
        let (began, count) = self.0.get(&place(address))?;
        let left = began.plus_seconds(WINDOW_SECONDS).micros().saturating_sub(now.micros());
        (*count >= MOST && left > 0).then(|| u64::try_from(left).unwrap_or(0).div_ceil(1_000_000))
    }

    /// One more failed.
    pub(super) fn failed(&mut self, address: IpAddr, now: Instant) {
        let is_over = |began: Instant| began.plus_seconds(WINDOW_SECONDS) <= now;
        if self.0.len() >= KEPT && !self.0.contains_key(&place(address)) {
            self.0.retain(|_, (began, _)| !is_over(*began));
            if self.0.len() >= KEPT
                && let Some(first) = self.0.iter().min_by_key(|(_, (began, _))| *began).map(|(address, _)| *address)
            {
                self.0.remove(&first);
            }
        }
        let entry = self.0.entry(place(address)).or_insert((now, 0));
        if is_over(entry.0) {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_after_ten_failures_and_others_do_not() {
        let mut attempts = Attempts::default();
        let [a, b]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let at = Instant::from_seconds;
        for second in 0..10 {
            assert_eq!(attempts.wait_seconds(a, at(second)), None);
            attempts.failed(a, at(second));
        }
        assert_eq!(attempts.wait_seconds(a, at(10)), Some(290));
        assert_eq!(attempts.wait_seconds(b, at(10)), None);
        assert_eq!(attempts.wait_seconds(a, at(300)), None);
        attempts.failed(a, at(300));
        assert_eq!(attempts.wait_seconds(a, at(300)), None, "a new window begins");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_memory_is_bounded() {
        let mut attempts = Attempts::default();
        for i in 0..10_u128 {
            attempts.failed(IpAddr::V6(Ipv6Addr::from((0x2001_0db8_u128 << 96) | i)), Instant::from_seconds(0));
        }
        assert!(attempts.wait_seconds("2001:db8::ffff".parse().unwrap(), Instant::from_seconds(1)).is_some());
        for i in 0..20_000_u32 {
            attempts.failed(IpAddr::from(i.to_be_bytes()), Instant::from_seconds(1));
        }
        assert!(attempts.0.len() <= KEPT);
    }
}
