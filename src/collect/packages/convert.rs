//! From what sources send to what is stated. Pure.
//!
//! # Invariants
//! - A date, a flag or a name that does not read counts as not said; nothing panics.
//! - What a registry says is brought into one form, [`Known`], which is also what is cached.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::{self, normalised};
use super::wire;
use crate::model::Instant;
use crate::model::body::{Advisory, Cycle, Package, PublishedVersion, WebLink};
use crate::quality::version::{Scheme, Version};

/// Versions of a package that are kept; the newest ones.
const MOST_VERSIONS: usize = 500;

/// Advisories of a package that are kept.
const MOST_ADVISORIES: usize = 500;

/// The longest reason or summary, in characters.
const LONGEST_TEXT: usize = 400;

/// What is said where no reason is given.
const NO_REASON: &str = "no reason given";

/// What a registry says of a package, whichever it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// What is installed if no version is named, as the registry says.
    pub(super) default: Option<String>,
    pub(super) versions: BTreeMap<String, PublishedVersion>,
    pub(super) licence: Option<String>,
    pub(super) links: Vec<WebLink>,
}

impl Known {
    /// Dates that were known before stay known: a published version does not change.
    pub(super) fn keep_dates_of(&mut self, before: &Self) {
        for (text, version) in &mut self.versions {
            if version.at.is_none() {
                version.at = before.versions.get(text).and_then(|before| before.at);
            }
        }
    }
}

/// What a version says beside its date.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct VersionFacts {
    pub(super) licence: Option<String>,
    pub(super) links: Vec<WebLink>,
}

/// deps.dev: a package.
pub(super) fn from_deps_dev(package: wire::DepsPackage) -> Known {
    let mut known = Known::default();
    for version in package.versions {
        // Names may be canonical ones; the version is in its key.
        let text = version.version_key.version;
        if text.is_empty() || text.len() > 256 {
            continue;
        }
        if version.is_default {
            known.default = Some(text.clone());
        }
        let published = PublishedVersion {
            at: version.published_at.as_deref().and_then(instant),
            deprecated: version.is_deprecated.then(|| reason(&version.deprecated_reason)),
        };
        known.versions.insert(text, published);
    }
    known
}

/// deps.dev: licence and links of a version.
pub(super) fn facts_of_deps_dev(version: &wire::DepsVersion) -> VersionFacts {
    let licences: BTreeSet<&str> = version.licenses.iter().map(|licence| licence.trim()).filter(|licence| !licence.is_empty()).collect();
    let links = version.links.iter().filter_map(|link| {
        let title = match link.label.as_str() {
            "HOMEPAGE" => "Homepage",
            "SOURCE_REPO" => "Source",
            "DOCUMENTATION" => "Documentation",
            "ISSUE_TRACKER" => "Issues",
            _ => return None,
        };
        web_link(&link.url, title)
    });
    // Of several their relation is not told, so all of them are named.
    let licence = licences.into_iter().collect::<Vec<_>>().join(", ");
    VersionFacts { licence: (!licence.is_empty()).then(|| shorten(&licence)), links: links.collect() }
}

/// npm: a packument.
pub(super) fn from_packument(packument: &wire::Packument) -> Known {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut known = Known { default: packument.dist_tags.get("latest").and_then(text), ..Known::default() };
    for (version, manifest) in &packument.versions {
        let deprecated = match manifest.get("deprecated") {
            Some(Value::String(why)) if !why.is_empty() => Some(reason(why)),
            Some(Value::Bool(true)) => Some(reason("")),
            _ => None,
        };
        let at = packument.time.get(version).and_then(Value::as_str).and_then(instant);
        known.versions.insert(version.clone(), PublishedVersion { at, deprecated });
    }
    let manifest = known.default.as_ref().and_then(|version| packument.versions.get(version));
    let licence = manifest.and_then(|manifest| manifest.get("license")).unwrap_or(&packument.license);
    // Old packages say {"type": "MIT"}.
    known.licence = licence.as_str().or_else(|| licence.get("type")?.as_str()).map(shorten).filter(|licence| !licence.is_empty());
    known
}

/// Python: the simple index as JSON.
pub(super) fn from_simple_json(project: &wire::SimpleProject, name: &str) -> Known {
    let files = project.files.iter().map(|file| {
        let yanked = match &file.yanked {
            Value::Bool(true) => Some(String::new()),
            Value::String(why) => Some(why.clone()),
            _ => None,
        };
        (file.filename.clone(), file.upload_time.as_deref().and_then(instant), yanked)
    });
    let mut known = from_files(files, name);
    for version in &project.versions {
        known.versions.entry(version.clone()).or_default();
    }
    known
}

/// Python: the simple index as a page. Nothing if it is no such page.
pub(super) fn from_simple_page(page: &str, name: &str) -> Option<Known> {
    let anchors = anchors(page);
    let lower = page.to_ascii_lowercase();
    // A page that is cut lacks its end.
    let is_index = (lower.contains("<html") || lower.contains("<!doctype")) && (lower.contains("</html") || lower.contains("</body"));
    let files: Vec<_> = anchors.into_iter().map(|(text, yanked)| (text, None, yanked)).collect();
    let known = from_files(files.iter().cloned(), name);
    // A page for people, such as a login, has links as well, but not to files of this project.
    (is_index && (!known.versions.is_empty() || files.is_empty() && page.len() < 2_000 && !page.contains("<form"))).then_some(known)
}

/// Files of a project: a version is there from its first file on, and yanked if all of its files are.
fn from_files(files: impl Iterator<Item = (String, Option<Instant>, Option<String>)>, name: &str) -> Known {
    let mut known = Known::default();
    let mut whole: BTreeMap<String, (Option<Instant>, Option<Option<String>>)> = BTreeMap::new();
    for (file, at, yanked) in files {
        let Some(version) = version_of_file(&file, name) else { continue };
        let (first, all_yanked) = whole.entry(version).or_insert((at, Some(yanked.clone())));
        *first = match (*first, at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if yanked.is_none() {
            *all_yanked = None;
        } else if let Some(reason) = all_yanked
            && reason.as_deref().is_none_or(str::is_empty)
        {
            *reason = yanked;
        }
    }
    for (version, (at, yanked)) in whole {
        known.versions.insert(version, PublishedVersion { at, deprecated: yanked.flatten().map(|why| reason(&why)) });
    }
    known
}

/// The version that a file of a Python project is of.
pub(super) fn version_of_file(file: &str, name: &str) -> Option<String> {
    let file = file.trim();
    let lower = file.to_ascii_lowercase();
    let name = normalised(name);
    let version = if let Some(stem) = lower.strip_suffix(".whl").or_else(|| lower.strip_suffix(".egg")) {
        let mut parts = file[..stem.len()].split('-');
        let project = parts.next()?;
        (normalised(project) == name).then(|| parts.next())??.to_owned()
    } else {
        let suffixes = [".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip"];
        let stem = suffixes.iter().find_map(|suffix| lower.strip_suffix(suffix))?;
        let stem = &file[..stem.len()];
        // The name itself may hold hyphens, and a version as well.
        stem.match_indices('-').find(|(at, _)| normalised(&stem[..*at]) == name).map(|(at, _)| stem[at + 1..].to_owned())?
    };
    Scheme::Pypi.parse(&version).map(|_| version)
}

/// Text and `data-yanked` of every link of a page.
fn anchors(page: &str) -> Vec<(String, Option<String>)> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find("<a").map(|at| at + from) {
        let Some(end) = lower[at..].find('>').map(|end| at + end) else { break };
        let Some(close) = lower[end..].find("</a").map(|close| end + close) else { break };
        from = close;
        if !lower[at + 2..].starts_with(|c: char| c.is_ascii_whitespace()) {
            continue;
        }
        let attributes = &page[at + 2..end];
        let yanked = lower[at + 2..end].find("data-yanked").map(|begin| {
            let rest = attributes[begin + "data-yanked".len()..].trim_start();
            let value = rest.strip_prefix('=').map(str::trim_start).unwrap_or_default();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let value = quote.map_or("", |quote| value[1..].split(quote).next().unwrap_or_default());
            unescape(value)
        });
        found.push((unescape(page[end + 1..close].trim()), yanked));
    }
    found
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// Python: dates, yanks and licence of `/NAME/json`, added to what the index says.
pub(super) fn add_project_json(known: &mut Known, project: &wire::ProjectJson) {
    let licence = project.info.license_expression.as_deref().or(project.info.license.as_deref()).map(str::trim);
    // Some paste the whole text of their licence.
    known.licence = licence.filter(|licence| !licence.is_empty() && licence.len() <= 100 && !licence.contains('\n')).map(str::to_owned);
    for (version, files) in &project.releases {
        let Some(entry) = known.versions.get_mut(version) else { continue };
        let first = files.iter().filter_map(|file| instant(file.upload_time_iso_8601.as_deref()?)).min();
        entry.at = entry.at.or(first);
        if entry.deprecated.is_none() && !files.is_empty() && files.iter().all(|file| file.yanked) {
            entry.deprecated = Some(reason(files[0].yanked_reason.as_deref().unwrap_or_default()));
        }
    }
}

/// cargo: a file of the sparse index, one version a line. Nothing if a line is cut or is no JSON at all, or if it is
/// another crate's; a line of a later form is passed over, as cargo does.
pub(super) fn from_index(text: &str, name: &str) -> Option<Known> {
    let mut known = Known::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let value: Value = serde_json::from_str(line).ok()?;
        let Ok(line) = serde_json::from_value::<wire::IndexLine>(value) else { continue };
        if !line.name.replace('_', "-").eq_ignore_ascii_case(&name.replace('_', "-")) {
            continue;
        }
        let at = line.pubtime.as_deref().and_then(instant);
        known.versions.insert(line.vers, PublishedVersion { at, deprecated: line.yanked.then(|| "yanked".to_owned()) });
    }
    (!known.versions.is_empty()).then_some(known)
}

/// The facet `package` without advisories. `facts` are those of the version that [`latest`] names.
pub(super) fn package(
    ecosystem: &str,
    registry: &str,
    internal: bool,
    known: &Known,
    facts: &VersionFacts,
    used: &BTreeSet<String>,
) -> Package {
    let scheme = Scheme::of(ecosystem);
    let latest = latest(ecosystem, known);
    let of_latest = known.default.as_ref().or(latest.as_ref()).and_then(|version| known.versions.get(version));
    let is_all = !known.versions.is_empty() && known.versions.values().all(|version| version.deprecated.is_some());
    Package {
        registry: Some(registry.to_owned()),
        internal: internal.then_some(true),
        // A package whose newest version is given up is given up.
        deprecated: of_latest.and_then(|version| version.deprecated.clone()).or_else(|| {
            let newest = known.versions.iter().filter_map(|(text, version)| Some((scheme.parse(text)?, version)));
            is_all.then(|| newest.max_by(|a, b| a.0.cmp_to(&b.0))?.1.deprecated.clone()).flatten()
        }),
        licence: known.licence.clone().or_else(|| facts.licence.clone()),
        versions: kept_versions(scheme, known, latest.as_deref(), used),
        latest,
        ..Package::default()
    }
}

/// What is installed if no version is named, unless that is a prerelease; else the newest stable version.
pub(super) fn latest(ecosystem: &str, known: &Known) -> Option<String> {
    let scheme = Scheme::of(ecosystem);
    let is_stable = |text: &&String| scheme.parse(text).is_some_and(|version| !version.is_prerelease() && !version.is_dated());
    if let Some(default) = known.default.as_ref().filter(|default| known.versions.contains_key(*default)).filter(is_stable) {
        return Some(default.clone());
    }
    let newest = |deprecated: bool| {
        known
            .versions
            .iter()
            .filter(|(text, version)| version.deprecated.is_some() == deprecated && is_stable(text))
            .filter_map(|(text, _)| Some((text, scheme.parse(text)?)))
            .max_by(|a, b| a.1.cmp_to(&b.1).then_with(|| b.0.cmp(a.0)))
            .map(|(text, _)| text.clone())
    };
    newest(false).or_else(|| newest(true)).or_else(|| known.default.clone())
}

/// Stable versions from the oldest one in use on, those in use, and prereleases only if one is in use.
fn kept_versions(scheme: Scheme, known: &Known, latest: Option<&str>, used: &BTreeSet<String>) -> BTreeMap<String, PublishedVersion> {
    let in_use: Vec<Version> = used.iter().filter_map(|text| scheme.parse(text)).collect();
    let takes_early = in_use.iter().any(|version| version.is_prerelease() && !version.is_pseudo());
    let oldest = in_use.into_iter().min_by(Version::cmp_to).or_else(|| scheme.parse(latest?));
    let mut kept: Vec<(Version, &String, &PublishedVersion)> = known
        .versions
        .iter()
        .filter_map(|(text, published)| Some((scheme.parse(text)?, text, published)))
        .filter(|(version, text, _)| {
            let is_newer = oldest.as_ref().is_some_and(|oldest| version.cmp_to(oldest) != Ordering::Less);
            used.contains(*text) || (is_newer && (takes_early || !version.is_prerelease()))
        })
        .collect();
    kept.sort_by(|a, b| b.0.cmp_to(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut versions = BTreeMap::new();
    for (at, (_, text, published)) in kept.into_iter().enumerate() {
        if at < MOST_VERSIONS || used.contains(text) {
            versions.insert(text.clone(), published.clone());
        }
    }
    // Versions that are no versions, such as branches, if they are in use and the registry knows them.
    for text in used {
        if let Some(published) = known.versions.get(text) {
            versions.entry(text.clone()).or_insert_with(|| published.clone());
        }
    }
    versions
}

/// endoflife.date: a product as a package.
pub(super) fn from_product(product: &wire::EndOfLifeProduct) -> Package {
    let cycles: BTreeMap<String, Cycle> = product
        .releases
        .iter()
        .filter(|release| !release.name.is_empty())
        .map(|release| {
            let cycle = Cycle {
                released: release.release_date.as_deref().and_then(instant),
                end_of_life: release.eol_from.as_deref().and_then(instant),
                lts: release.is_lts == Some(true),
                latest: release.latest.as_ref().map(|latest| latest.name.clone()).filter(|latest| !latest.is_empty()),
            };
            (release.name.clone(), cycle)
        })
        .collect();
    let versions = cycles.values().filter_map(|cycle| {
        let text = cycle.latest.as_deref()?;
        Some((Scheme::Runtime.parse(text)?, text))
    });
    let latest = versions.filter(|(version, _)| !version.is_prerelease()).max_by(|a, b| a.0.cmp_to(&b.0)).map(|(_, text)| text.to_owned());
    Package { registry: Some("endoflife.date".to_owned()), latest, cycles, ..Package::default() }
}

/// Links of a product.
pub(super) fn links_of_product(product: &wire::EndOfLifeProduct) -> Vec<WebLink> {
    let policy = product.links.release_policy.as_deref().and_then(|url| web_link(url, "Release policy"));
    product.links.html.as_deref().and_then(|url| web_link(url, "endoflife.date")).into_iter().chain(policy).collect()
}

/// OSV: the records that affect versions in use, as the facet holds them. `found` are the ids by version.
pub(super) fn advisories(
    ecosystem: &str,
    name: &str,
    found: &BTreeMap<String, Vec<wire::OsvFound>>,
    records: &BTreeMap<String, wire::OsvRecord>,
) -> BTreeMap<String, Advisory> {
    let scheme = Scheme::of(ecosystem);
    let mut affected: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (version, ids) in found {
        for id in ids {
            affected.entry(&id.id).or_default().insert(version);
        }
    }
    let mut advisories = BTreeMap::new();
    for (id, versions) in affected.into_iter().take(MOST_ADVISORIES) {
        let Some(record) = records.get(id).filter(|record| record.withdrawn.is_none()) else { continue };
        let mut versions: Vec<String> = versions.into_iter().map(str::to_owned).collect();
        scheme.sort(&mut versions);
        advisories.insert(id.to_owned(), advisory(ecosystem, name, record, versions));
    }
    advisories
}

fn advisory(ecosystem: &str, name: &str, record: &wire::OsvRecord, affected: Vec<String>) -> Advisory {
    let of_package: Vec<&wire::OsvAffected> =
        record.affected.iter().flatten().filter(|affected| is_of(&affected.package, ecosystem, name)).collect();
    let mut fixed: Vec<String> = of_package
        .iter()
        .flat_map(|affected| &affected.ranges)
        .filter(|range| range.kind != "GIT")
        .flat_map(|range| &range.events)
        .filter_map(|event| event.get("fixed").cloned())
        .collect();
    Scheme::of(ecosystem).sort(&mut fixed);
    fixed.dedup();
    let vectors = record.severity.iter().flatten().chain(of_package.iter().flat_map(|affected| affected.severity.iter().flatten()));
    let score = best_score(vectors);
    let word = record.database_specific.get("severity").and_then(Value::as_str).and_then(severity_word);
    let mut aliases: Vec<String> = record.aliases.iter().flatten().cloned().collect();
    aliases.sort();
    aliases.dedup();
    Advisory {
        summary: Some(shorten(&record.summary)).filter(|summary| !summary.is_empty()),
        severity: word.or_else(|| score.and_then(severity_of_score)).map(str::to_owned),
        score,
        aliases,
        at: record.published.as_deref().and_then(instant),
        affected,
        fixed,
    }
}

/// Whether a record speaks of this package. A record may name packages of several ecosystems; by its package URL they
/// are told apart.
fn is_of(package: &wire::OsvPackage, ecosystem: &str, name: &str) -> bool {
    if let Some(url) = address::package_url(ecosystem, name, "") {
        let kind = url.split('/').next().unwrap_or_default();
        if !package.purl.is_empty() && package.purl.split('/').next() != Some(kind) {
            return false;
        }
    }
    match ecosystem {
        "pypi" => normalised(&package.name) == normalised(name),
        _ => package.name.eq_ignore_ascii_case(name),
    }
}

/// The base score by the newest CVSS that is given.
fn best_score<'a>(vectors: impl Iterator<Item = &'a wire::OsvSeverity>) -> Option<f64> {
    let read = vectors.filter_map(|severity| {
        let score = if severity.kind == "CVSS_V2" {
            severity.score.parse::<cvss::v2::Vector>().ok()?.score().value()
        } else {
            severity.score.parse::<cvss::Cvss>().ok()?.score()
        };
        Some((severity.kind.clone(), (score * 10.0).round() / 10.0))
    });
    read.filter(|(_, score)| (0.0..=10.0).contains(score)).max_by(|a, b| a.0.cmp(&b.0)).map(|(_, score)| score)
}

fn severity_word(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "low" => "low",
        "medium" | "moderate" => "moderate",
        "high" => "high",
        "critical" => "critical",
        _ => return None,
    })
}

fn severity_of_score(score: f64) -> Option<&'static str> {
    Some(match score {
        score if score >= 9.0 => "critical",
        score if score >= 7.0 => "high",
        score if score >= 4.0 => "moderate",
        score if score > 0.0 => "low",
        _ => return None,
    })
}

/// An instant with its offset, or the beginning of a day in UTC.
pub(super) fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let date: Date = if text.len() == 10 { text.parse().ok()? } else { return None };
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().into())
}

fn reason(why: &str) -> String {
    let why = shorten(why);
    if why.is_empty() { NO_REASON.to_owned() } else { why }
}

/// On one line, of bounded length, without control characters.
fn shorten(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect();
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A link for people, if it is one.
pub(super) fn web_link(url: &str, title: &str) -> Option<WebLink> {
    let parsed = url::Url::parse(url.trim()).ok()?;
    let is_safe = matches!(parsed.scheme(), "http" | "https") && parsed.username().is_empty() && parsed.password().is_none();
    is_safe.then(|| WebLink { url: parsed.to_string(), title: Some(title.to_owned()) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn used(versions: &[&str]) -> BTreeSet<String> {
        versions.iter().map(|version| (*version).to_owned()).collect()
    }

    fn deps_dev(value: Value) -> Known {
        from_deps_dev(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn a_package_of_deps_dev_keeps_what_matters_from_the_oldest_use_on() {
        let known = deps_dev(json!({
            "packageKey": {"system": "NPM", "name": "widgets"},
            "versions": [
                {"versionKey": {"version": "1.0.0"}, "publishedAt": "2023-01-01T00:00:00Z"},
                {"versionKey": {"version": "1.1.0"}, "publishedAt": "2023-06-01T00:00:00.123456789Z"},
                {"versionKey": {"version": "2.0.0-rc.1"}, "publishedAt": "2024-01-01T00:00:00Z"},
                {"versionKey": {"version": "2.0.0"}, "publishedAt": "2024-02-01T00:00:00Z", "isDefault": true},
                {"versionKey": {"version": "2.1.0"}, "isDeprecated": true, "deprecatedReason": "broken\nbuild"},
                {"versionKey": {"version": "3.0.0-next.1"}, "publishedAt": "not a date"},
                {"versionKey": {}},
            ],
        }));
        let facts = VersionFacts { licence: Some("MIT".into()), links: vec![] };
        let stated = package("npm", "deps.dev", false, &known, &facts, &used(&["1.1.0", "1.1.0-unknown", "workspace:*"]));
        assert_eq!(stated.latest.as_deref(), Some("2.0.0"));
        assert_eq!(stated.versions.keys().collect::<Vec<_>>(), ["1.1.0", "2.0.0", "2.0.0-rc.1", "2.1.0", "3.0.0-next.1"]);
        let stated = package("npm", "deps.dev", false, &known, &facts, &used(&["1.1.0"]));
        assert_eq!(stated.versions.keys().collect::<Vec<_>>(), ["1.1.0", "2.0.0", "2.1.0"]);
        assert_eq!(stated.versions["2.1.0"], PublishedVersion { at: None, deprecated: Some("broken build".into()) });
        assert_eq!((stated.licence.as_deref(), stated.internal, stated.deprecated), (Some("MIT"), None, None));
        let unused = package("npm", "deps.dev", false, &known, &facts, &used(&[]));
        assert_eq!(unused.versions.keys().collect::<Vec<_>>(), ["2.0.0", "2.1.0"]);
    }

    #[test]
    fn the_default_is_the_latest_unless_it_is_a_prerelease() {
        let known = |default: Option<&str>| Known {
            default: default.map(str::to_owned),
            versions: ["1.0.0", "2.0.0", "3.0.0-rc.1"].map(|text| (text.to_owned(), PublishedVersion::default())).into(),
            ..Known::default()
        };
        for (default, expected) in [(None, "2.0.0"), (Some("1.0.0"), "1.0.0"), (Some("3.0.0-rc.1"), "2.0.0"), (Some("9.9.9"), "2.0.0")] {
            assert_eq!(latest("npm", &known(default)).as_deref(), Some(expected), "{default:?}");
        }
        let early = Known { versions: [("0.1.0-a.1".to_owned(), PublishedVersion::default())].into(), ..Known::default() };
        assert_eq!(latest("npm", &early), None);
    }

    #[test]
    fn a_package_of_which_nothing_should_be_used_is_deprecated() {
        let gone = |why: &str| PublishedVersion { at: None, deprecated: Some(why.into()) };
        let known = Known { versions: [("1.0.0".into(), gone("old")), ("1.1.0".into(), gone("use widgets"))].into(), ..Known::default() };
        assert_eq!(package("npm", "x", false, &known, &VersionFacts::default(), &used(&[])).deprecated.as_deref(), Some("use widgets"));
    }

    #[test]
    fn dates_that_were_known_stay_known() {
        let dated = |at: Option<&str>| Known {
            versions: [("1.0.0".to_owned(), PublishedVersion { at: at.and_then(instant), deprecated: None })].into(),
            ..Known::default()
        };
        let mut now = dated(None);
        now.keep_dates_of(&dated(Some("2024-01-01")));
        assert_eq!(now, dated(Some("2024-01-01T00:00:00Z")));
    }

    #[test]
    fn no_more_than_five_hundred_versions_are_kept_but_all_in_use() {
        let versions = (0..2000).map(|number| (format!("1.{number}.0"), PublishedVersion::default())).collect();
        let known = Known { versions, ..Known::default() };
        let kept = package("npm", "x", false, &known, &VersionFacts::default(), &used(&["1.3.0"])).versions;
        assert_eq!(kept.len(), 501);
        assert!(kept.contains_key("1.3.0") && kept.contains_key("1.1999.0") && kept.contains_key("1.1500.0"));
    }

    #[test]
    fn a_packument_of_any_age_is_read() {
        let packument: wire::Packument = serde_json::from_value(json!({
            "name": "@acme/log",
            "dist-tags": {"latest": "1.1.0", "next": 7},
            "versions": {
                "1.0.0": {"deprecated": "use 1.1"}, "1.1.0": {"license": {"type": "MIT"}, "deprecated": ""}, "1.2.0": {"deprecated": true}, "x": null
            },
            "time": {"created": "2024-01-01T00:00:00.000Z", "1.0.0": "2024-01-01T00:00:00.000Z", "1.1.0": 5, "unpublished": {"name": "x"}},
        }))
        .unwrap();
        let known = from_packument(&packument);
        assert_eq!((known.default.as_deref(), known.licence.as_deref()), (Some("1.1.0"), Some("MIT")));
        assert_eq!(known.versions["1.0.0"], PublishedVersion { at: instant("2024-01-01"), deprecated: Some("use 1.1".into()) });
        assert_eq!(known.versions["1.1.0"], PublishedVersion::default());
        assert_eq!(known.versions["1.2.0"].deprecated.as_deref(), Some("no reason given"));
    }

    #[test]
    fn a_simple_index_is_read_as_json_and_as_a_page() {
        let project: wire::SimpleProject = serde_json::from_value(json!({
            "meta": {"api-version": "1.1"}, "name": "acme-log", "versions": ["1.0", "1.1", "1.2"],
            "files": [
                {"filename": "acme_log-1.0-py3-none-any.whl", "url": "x", "hashes": {}, "upload-time": "2024-01-02T00:00:00.5Z"},
                {"filename": "acme-log-1.0.tar.gz", "url": "x", "hashes": {}, "upload-time": "2024-01-01T00:00:00Z", "yanked": "bad"},
                {"filename": "acme_log-1.1-py3-none-any.whl", "url": "x", "hashes": {}, "yanked": true},
                {"filename": "other-9.0.tar.gz", "url": "x", "hashes": {}},
            ],
        }))
        .unwrap();
        let known = from_simple_json(&project, "Acme.Log");
        assert_eq!(known.versions["1.0"], PublishedVersion { at: instant("2024-01-01"), deprecated: None });
        assert_eq!(known.versions["1.1"].deprecated.as_deref(), Some("no reason given"));
        assert_eq!(known.versions.keys().collect::<Vec<_>>(), ["1.0", "1.1", "1.2"]);

        let page = r##"<!DOCTYPE html><html><body><h1>Links</h1>
            <a href="/packages/acme_log-1.0-py3-none-any.whl#sha256=1">acme_log-1.0-py3-none-any.whl</a><br>
            <A HREF='x' data-yanked="a &gt; b">acme-log-1.1.zip</A>
            <a href="..">up</a></body></html>"##;
        let known = from_simple_page(page, "acme-log").unwrap();
        assert_eq!(known.versions.keys().collect::<Vec<_>>(), ["1.0", "1.1"]);
        assert_eq!(known.versions["1.1"].deprecated.as_deref(), Some("a > b"));
        assert_eq!(from_simple_page("<html><form>Sign in <a href='/help'>help</a></form></html>", "acme-log"), None);
        assert_eq!(from_simple_page("{}", "acme-log"), None);
    }

    #[test]
    fn a_file_tells_its_version() {
        for (file, name, expected) in [
            ("acme_log-1.0.2-cp311-cp311-manylinux_2_17_x86_64.whl", "acme-log", Some("1.0.2")),
            ("Acme.Log-1.0rc1.tar.gz", "acme-log", Some("1.0rc1")),
            ("acme-log-1.0-2.zip", "acme-log", Some("1.0-2")),
            ("acme-log-extra-1.0.tar.gz", "acme-log", None),
            ("acme-log-extra-1.0.tar.gz", "acme-log-extra", Some("1.0")),
            ("acme-log.tar.gz", "acme-log", None),
            ("acme-log-1.0.exe", "acme-log", None),
            ("", "acme-log", None),
        ] {
            assert_eq!(version_of_file(file, name).as_deref(), expected, "{file}");
        }
    }

    #[test]
    fn dates_are_added_from_the_json_beside_the_index() {
        let mut known = Known { versions: [("1.0".into(), PublishedVersion::default())].into(), ..Known::default() };
        let project: wire::ProjectJson = serde_json::from_value(json!({
            "info": {"license": "MIT"},
            "releases": {"1.0": [{"upload_time_iso_8601": "2024-01-01T00:00:00Z", "yanked": true}], "9.0": []},
        }))
        .unwrap();
        add_project_json(&mut known, &project);
        assert_eq!(known.licence.as_deref(), Some("MIT"));
        assert_eq!(known.versions["1.0"], PublishedVersion { at: instant("2024-01-01"), deprecated: Some("no reason given".into()) });
    }

    #[test]
    fn a_sparse_index_is_read_line_by_line() {
        let text = "{\"name\":\"Acme_Log\",\"vers\":\"0.1.0\",\"deps\":[],\"cksum\":\"\",\"features\":{},\"yanked\":true}\n\n{\"v\":9}\n\
                    {\"name\":\"Acme_Log\",\"vers\":\"0.2.0\",\"yanked\":false,\"pubtime\":\"2025-06-01T00:00:00Z\"}";
        let known = from_index(text, "acme_log").unwrap();
        assert_eq!(known.versions["0.1.0"].deprecated.as_deref(), Some("yanked"));
        assert_eq!(known.versions["0.2.0"], PublishedVersion { at: instant("2025-06-01"), deprecated: None });
        assert_eq!(from_index(&text[..text.len() - 9], "acme_log"), None);
        assert_eq!(from_index("<html></html>", "acme_log"), None);
        assert_eq!(from_index(text, "other"), None);
    }

    #[test]
    fn a_product_is_a_package_with_cycles() {
        let product: wire::EndOfLifeProduct = serde_json::from_value(json!({
            "name": "nodejs", "label": "Node.js", "aliases": ["node"], "links": {"html": "https://endoflife.date/nodejs", "releasePolicy": null},
            "releases": [
                {"name": "23", "releaseDate": "2024-10-16", "isLts": false, "eolFrom": null, "isEoes": null, "latest": null},
                {"name": "22", "releaseDate": "2024-04-24", "isLts": true, "eolFrom": "2027-04-30", "latest": {"name": "22.11.0", "date": null, "link": null}},
            ],
        }))
        .unwrap();
        let stated = from_product(&product);
        assert_eq!(stated.latest.as_deref(), Some("22.11.0"));
        assert_eq!((stated.cycles["22"].lts, stated.cycles["22"].end_of_life), (true, instant("2027-04-30")));
        assert_eq!(stated.cycles["23"].end_of_life, None);
        assert_eq!(links_of_product(&product).len(), 1);
    }

    fn record(value: Value) -> wire::OsvRecord {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_advisory_says_whom_it_affects_and_how_badly() {
        let records = BTreeMap::from([
            (
                "GHSA-1".to_owned(),
                record(json!({
                    "id": "GHSA-1", "modified": "2024-02-02T00:00:00Z", "published": "2024-02-01T00:00:00Z", "summary": "Prototype\npollution",
                    "aliases": ["CVE-2024-2", "CVE-2024-1"],
                    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
                    "affected": [
                        {"package": {"ecosystem": "npm", "name": "widgets", "purl": "pkg:npm/widgets"},
                         "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.10.0"}, {"introduced": "2.0.0"}, {"fixed": "2.0.3"}]},
                                    {"type": "GIT", "events": [{"fixed": "c0ffee"}]}]},
                        {"package": {"ecosystem": "PyPI", "name": "widgets", "purl": "pkg:pypi/widgets"},
                         "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "7.0"}]}]},
                    ],
                })),
            ),
            ("GHSA-2".to_owned(), record(json!({"id": "GHSA-2", "withdrawn": "2024-01-01T00:00:00Z", "modified": "x"}))),
            (
                "GHSA-3".to_owned(),
                record(
                    json!({"id": "GHSA-3", "aliases": null, "severity": null, "affected": null, "database_specific": {"severity": "MODERATE"}}),
                ),
            ),
        ]);
        let id = |id: &str| wire::OsvFound { id: id.into(), modified: String::new() };
        let found = BTreeMap::from([
            ("1.9.0".to_owned(), vec![id("GHSA-1"), id("GHSA-2"), id("GHSA-4")]),
            ("1.0.0".to_owned(), vec![id("GHSA-1"), id("GHSA-3")]),
        ]);
        let stated = advisories("npm", "widgets", &found, &records);
        assert_eq!(stated.keys().collect::<Vec<_>>(), ["GHSA-1", "GHSA-3"]);
        let first = &stated["GHSA-1"];
        assert_eq!(
            (first.score, first.severity.as_deref(), first.summary.as_deref()),
            (Some(9.8), Some("critical"), Some("Prototype pollution"))
        );
        assert_eq!(
            (&first.affected, &first.fixed),
            (&vec!["1.0.0".to_owned(), "1.9.0".into()], &vec!["1.10.0".to_owned(), "2.0.3".into()])
        );
        assert_eq!(first.aliases, ["CVE-2024-1", "CVE-2024-2"]);
        assert_eq!((stated["GHSA-3"].severity.as_deref(), stated["GHSA-3"].score), (Some("moderate"), None));
    }

    #[test]
    fn the_newest_kind_of_score_counts() {
        let severity = |kind: &str, score: &str| wire::OsvSeverity { kind: kind.into(), score: score.into() };
        let vectors = [
            severity("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
            severity("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
            severity("CVSS_V4", "CVSS:4.0/not a vector"),
            severity("Ubuntu", "high"),
        ];
        assert_eq!(best_score(vectors.iter()), Some(7.5));
        assert_eq!(best_score(vectors[..1].iter()), Some(7.5));
        assert_eq!(best_score(vectors[2..].iter()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn pages_files_and_lines_of_any_kind_never_panic(text in "(\\PC|<a |</a>|>|data-yanked=|'|\"|<html>|acme-log-1\\.0|\\.whl|\\.zip|é){0,40}") {
            let _ = from_simple_page(&text, "acme-log");
            let _ = version_of_file(&text, &text);
            let _ = from_index(&text, "acme-log");
            let _ = instant(&text);
            let _ = web_link(&text, "x");
            let _ = address::package_url("maven", &text, &text);
        }
    }
}
