//! Who sent a request: the sender with whose secret it is signed.
//!
//! Two signatures are read, both HMAC-SHA256 in hexadecimal digits after `sha256=`:
//! - `X-Spot-Signature`, of the value of `X-Spot-Timestamp`, a dot, and the body as it was sent. The timestamp is the time
//!   of sending in seconds since 1970 (or RFC 3339), and must be within five minutes of now: what was overheard cannot be
//!   sent again later.
//! - `X-Hub-Signature-256`, of the body alone, as GitHub signs. Sent again it changes nothing, since the events in it are
//!   known by then.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use sha2::Sha256;

use crate::collect::cdevents::{Refusal, SKEW_SECONDS, Sender};
use crate::model::Instant;

const SIGNATURE: &str = "x-spot-signature";
const TIMESTAMP: &str = "x-spot-timestamp";
const HUB: &str = "x-hub-signature-256";

/// The sender of a request.
pub(super) fn sender<'a>(headers: &HeaderMap, body: &[u8], senders: &'a [Sender], now: Instant) -> Result<&'a Sender, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let (given, timestamp) = match (header(SIGNATURE), header(TIMESTAMP), header(HUB)) {
        (Some(given), Some(timestamp), _) => (given, Some(timestamp)),
        (None, _, Some(given)) => (given, None),
        _ => return Err(Refusal::NoSignature),
    };
    let digits = given.strip_prefix("sha256=").ok_or(Refusal::WrongSignature)?;
    let given = bytes(digits).ok_or(Refusal::WrongSignature)?;
    let signed = |sender: &&Sender| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(sender.secret.expose().as_bytes()) else { return false };
        if let Some(timestamp) = timestamp {
            mac.update(timestamp.as_bytes());
            mac.update(b".");
        }
        mac.update(body);
        // Takes as long whatever the difference. A sender without a secret is none.
        mac.verify_slice(&given).is_ok() && !sender.secret.expose().is_empty()
    };
    let sender = senders.iter().find(signed).ok_or(Refusal::WrongSignature)?;
    if let Some(timestamp) = timestamp {
        let signed = time(timestamp).ok_or(Refusal::NoTime)?;
        if now.micros().abs_diff(signed.micros()) > SKEW_SECONDS.unsigned_abs() * 1_000_000 {
            return Err(Refusal::NotNow { signed, now });
        }
    }
    Ok(sender)
}

fn time(text: &str) -> Option<Instant> {
    text.parse::<i64>().ok().filter(|seconds| seconds.unsigned_abs() < 1 << 40).map(Instant::from_seconds).or_else(|| text.parse().ok())
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    pairs.map(|pair| if let [high, low] = pair { u8::try_from(digit(high)? * 16 + digit(low)?).ok() } else { None }).collect()
}
