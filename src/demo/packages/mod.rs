//! Where the simulated company's packages come from: deps.dev, OSV, endoflife.date and its own registries.
//!
//! Each is written from its published contract: `api.proto` of deps.dev, `osv_service_v1` and the OSV schema, the OpenAPI
//! description of endoflife.date, npm's registry API, PEP 503 and 691, cargo's sparse index.

use crate::demo::company::{Company, Package, Release};
use crate::model::Instant;

pub mod deps_dev;
pub mod end_of_life;
pub mod osv;
pub mod registries;

/// What was published by then.
fn published(package: &Package, now: Instant) -> impl Iterator<Item = &Release> {
    package.releases.iter().filter(move |release| release.at <= now)
}

/// Why a release should not be used, as of now.
fn deprecated(release: &Release, now: Instant) -> Option<&str> {
    release.deprecated.as_ref().filter(|(since, _)| *since <= now).map(|(_, why)| why.as_str())
}

/// What is installed if nobody names a version: the greatest one that is no prerelease and not deprecated, else the
/// greatest.
fn default_release(package: &Package, now: Instant) -> Option<&Release> {
    published(package, now).max_by_key(|release| {
        let (numbers, is_stable) = order(&release.version);
        (is_stable && deprecated(release, now).is_none(), is_stable, numbers)
    })
}

/// A package by ecosystem and name, public or the company's own.
fn find<'a>(company: &'a Company, ecosystem: &str, name: &str, internal: bool) -> Option<&'a Package> {
    company
        .packages
        .iter()
        .find(|package| package.ecosystem.word() == ecosystem && package.internal.is_some() == internal && package.name == name)
}

/// The numbers that a version begins with, and whether it is no prerelease. Enough for the versions that the company
/// invents.
fn order(version: &str) -> (Vec<u64>, bool) {
    let text = version.strip_prefix('v').unwrap_or(version);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let rest = rest.to_ascii_lowercase();
    let rest = rest.trim_start_matches(['-', '.', '+']);
    let early = ["alpha", "beta", "rc", "a", "b", "m", "snapshot", "dev", "next", "canary", "pre", "0."];
    let is_stable = rest.is_empty() || !early.iter().any(|word| rest.starts_with(word));
    let mut numbers: Vec<u64> = numbers.split('.').filter(|part| !part.is_empty()).map(|part| part.parse().unwrap_or(u64::MAX)).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    (numbers, is_stable)
}

/// `%40acme` to `@acme`; what is no UTF-8 is replaced.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match hex.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A short fingerprint of a body, for ETags.
fn fingerprint(body: &[u8]) -> String {
    format!("\"{:016x}\"", xxhash_rust::xxh3::xxh3_64(body))
}
