//! Packages that the company publishes itself, every few weeks.

use crate::demo::company::packages::Internal;
use crate::demo::company::packages::history::{DAY, seconds, working_hour};
use crate::demo::company::packages::list::{Form, Line, Role};
use crate::demo::company::packages::version::Number;
use crate::demo::company::random::Random;
use crate::demo::company::{Ecosystem, Package, Release};
use crate::model::Instant;

/// The package and the numbers of its versions.
pub(super) fn package(internal: &Internal, login: &str, end: Instant, random: &Random) -> (Package, Vec<Number>) {
    let mut random = random.part("history");
    let pace = random.range(9.0, 40.0);
    let mut number = if random.chance(0.5) { Number::new(0, 1, 0) } else { Number::new(1, 0, 0) };
    let mut at = seconds(internal.since);
    let mut releases = Vec::new();
    let mut numbers = Vec::new();
    while Instant::from_seconds(at) < end || releases.is_empty() {
        let when = Instant::from_seconds(at);
        releases.push(Release {
            version: number.write(internal.ecosystem, Form::Three, "", when, &mut random),
            at: when,
            deprecated: None,
        });
        numbers.push(number);
        let days = pace * (0.3 - 0.7 * (1.0 - random.share()).ln());
        at = working_hour(at + ((days.max(1.0) * DAY as f64) as i64).max(DAY), &mut random);
        let is_go = internal.ecosystem == Ecosystem::Go;
        number = match random.share() {
            share if share < 0.55 => Number::new(number.major, number.minor, number.patch + 1),
            share if share < 0.95 || (is_go && number.major > 0) || releases.len() < 4 => Number::new(number.major, number.minor + 1, 0),
            _ => Number::new(number.major + 1, 0, 0),
        };
    }
    let package = Package {
        ecosystem: internal.ecosystem,
        name: full_name(internal.ecosystem, &internal.name, login),
        internal: Some(internal.repository),
        licence: None,
        releases,
        advisories: Vec::new(),
    };
    (package, numbers)
}

/// The name under which the company publishes something.
pub(super) fn full_name(ecosystem: Ecosystem, name: &str, login: &str) -> String {
    match ecosystem {
        Ecosystem::Npm if !name.starts_with('@') => format!("@{login}/{name}"),
        Ecosystem::Go if !name.contains('/') => format!("github.com/{login}/{name}"),
        Ecosystem::Maven if !name.contains(':') => format!("com.{}:{name}", login.replace('-', "")),
        Ecosystem::Pypi | Ecosystem::Cargo if !name.starts_with(&format!("{login}-")) => format!("{login}-{name}"),
        _ => name.to_owned(),
    }
}

/// Who uses it; npm's are for browsers or servers.
pub(super) fn role(ecosystem: Ecosystem, random: &Random) -> Role {
    if ecosystem != Ecosystem::Npm {
        return Role::Both;
    }
    if is_browser(random) { Role::Browser } else { Role::Server }
}

fn is_browser(random: &Random) -> bool {
    random.part("browser").chance(0.5)
}

/// A few public packages.
pub(super) fn needs(ecosystem: Ecosystem, lines: &[Line], random: &Random) -> Vec<usize> {
    let is_wanted = |line: &Line| match line.role {
        Role::Both => true,
        Role::Browser => is_browser(random),
        Role::Server => !is_browser(random),
        Role::Development | Role::BrowserDevelopment | Role::ServerDevelopment | Role::Own | Role::OwnDevelopment | Role::Needed => false,
    };
    let fitting: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].ecosystem == ecosystem && !lines[*at].is_given_up && is_wanted(&lines[*at])).collect();
    let mut random = random.part("needs");
    let mut needs: Vec<usize> = (0..random.between(1, 4)).map(|_| fitting[random.early(fitting.len())]).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}
