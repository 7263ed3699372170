//! Weaknesses that somebody published: made up, with the shape of real ones.

use std::ops::Range;

use crate::demo::company::packages::history::DAY;
use crate::demo::company::packages::list::Line;
use crate::demo::company::packages::version::Number;
use crate::demo::company::random::Random;
use crate::demo::company::{Advisory, Ecosystem, Release};
use crate::model::Instant;

/// Share of packages with at least one.
const SHARE: f64 = 0.08;
const POPULAR_SHARE: f64 = 0.16;

/// Summary up to the package's name, severity and CVSS 3.1 vector that fits it.
const KINDS: &[(&str, &str, &str)] = &[
    ("Denial of service through crafted input", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
    ("Regular expression takes exponential time", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"),
    ("Path traversal allows to read other files", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"),
    ("Cross-site scripting through unescaped output", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"),
    ("Uncontrolled use of memory while parsing", "MODERATE", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H"),
    ("Request smuggling through malformed headers", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N"),
    ("Timing difference reveals secrets", "LOW", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"),
    ("Sensitive data ends up in log files", "LOW", "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N"),
    ("Deserialisation of untrusted data runs code", "CRITICAL", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
    ("Signature check can be bypassed", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"),
    ("Credentials are sent along with redirects", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N"),
];
const PROTOTYPE: (&str, &str, &str) = ("Prototype pollution through nested keys", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L");

/// The weaknesses of a package, by publication.
pub(super) fn advisories(
    line: &Line,
    rank: usize,
    releases: &[(Number, Release)],
    years: &Range<Instant>,
    random: &Random,
) -> Vec<Advisory> {
    let mut random = random.part("advisories");
    let share = if rank < 40 { POPULAR_SHARE } else { SHARE * 0.9 };
    // Types and plain data have nothing to attack.
    let is_harmless = ["@types/", "types-", "csstype", "caniuse-", "mdn-data", "tzdata", "undici-types", "node-releases", "@tsconfig/"];
    if is_harmless.iter().any(|start| line.name.starts_with(start)) || !random.chance(share) {
        return Vec::new();
    }
    let count = if random.chance(0.22) { 2 } else { 1 };
    let mut found: Vec<Advisory> = (0..count).filter_map(|_| advisory(line, releases, years, &mut random)).collect();
    found.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    found.dedup_by(|one, other| one.fixed == other.fixed);
    found
}

fn advisory(line: &Line, releases: &[(Number, Release)], years: &Range<Instant>, random: &mut Random) -> Option<Advisory> {
    let since = years.end.plus_seconds(-730 * DAY);
    let newest_before =
        |position: usize| releases[..position].iter().filter(|(number, _)| !number.is_preview()).map(|(number, _)| *number).max();
    // Fixed by a version that was the greatest when it came out.
    let fixes: Vec<usize> = (1..releases.len())
        .filter(|at| {
            let (number, release) = &releases[*at];
            release.at >= since && !number.is_preview() && newest_before(*at).is_some_and(|before| before < *number)
        })
        .collect();
    let (at, fixed) = if fixes.is_empty() || line.is_given_up || random.chance(0.06) {
        (years.end.plus_seconds(-random.between(10, 720) * DAY - random.between(0, DAY)), None)
    } else {
        let fix = fixes[random.below(fixes.len())];
        let at = releases[fix].1.at.plus_seconds(random.between(3_600, 9 * DAY));
        (at, Some(fix))
    };
    if at >= years.end {
        return None;
    }
    let end = fixed.unwrap_or(releases.len());
    let stable = |position: &usize| !releases[*position].0.is_preview();
    let introduced = if random.chance(0.45) {
        let earlier: Vec<usize> =
            (0..end / 2).filter(stable).filter(|at| fixed.is_none_or(|fix| releases[*at].0 < releases[fix].0)).collect();
        if earlier.is_empty() { None } else { Some(releases[earlier[random.below(earlier.len())]].1.version.clone()) }
    } else {
        None
    };
    let prototypes = line.ecosystem == Ecosystem::Npm && random.chance(0.2);
    let (what, severity, vector) = if prototypes { PROTOTYPE } else { KINDS[random.below(KINDS.len())] };
    Some(Advisory {
        id: id(random),
        summary: format!("{what} in {}", line.name),
        severity,
        vector,
        at,
        introduced,
        fixed: fixed.map(|fix| releases[fix].1.version.clone()),
    })
}

/// `GHSA-2v4c-...`, of the letters that GitHub uses.
fn id(random: &mut Random) -> String {
    const LETTERS: &[u8] = b"23456789cfghjmpqrvwx";
    let mut id = String::from("GHSA");
    for at in 0..12 {
        if at % 4 == 0 {
            id.push('-');
        }
        id.push(char::from(LETTERS[random.below(LETTERS.len())]));
    }
    id
}
