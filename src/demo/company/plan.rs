//! Which repositories there are, before anything is in them.
//!
//! # Invariants
//! - Shares of kinds and languages are met by quota, not by luck, so that they hold for small companies too.
//! - No two repositories ever have the same name.

use std::collections::BTreeSet;
use std::ops::Range;

use super::organisation::{Organisation, titled};
use super::people::People;
use super::random::Random;
use super::words::naming::{
    BFFS, COMMON, DOCS, FORKS, IN_HAND, INFRAS, LIBRARIES, MOBILES, NATIVE, ON_SCANNERS, PIPELINES, PLATFORM_SERVICES, PLATFORM_WORKERS,
    ROLES, SERVICES, TESTS, TOOLS, TRIALS, WEBS, WORKERS,
};
use crate::model::Instant;

/// What a repository is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    Service,
    Worker,
    Web,
    Bff,
    Mobile,
    Library,
    Tool,
    Pipeline,
    Tests,
    Trial,
    Fork,
    Infra,
    Docs,
    Catalog,
}

/// What most of it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Language {
    TypeScript,
    JavaScript,
    Java,
    Kotlin,
    Python,
    Go,
    Rust,
    Terraform,
    Markdown,
}

/// A repository to be.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) purpose: Purpose,
    pub(super) language: Language,
    /// In [`Organisation::topics`]: what it follows when work moves.
    pub(super) topic: usize,
    pub(super) description: String,
    /// The word of its topic is its whole name.
    pub(super) is_main: bool,
    /// The word of its topic with nothing behind it, but perhaps with something in front.
    pub(super) is_bare: bool,
    pub(super) created: Instant,
}

const PURPOSES: [(Purpose, f64); 11] = [
    (Purpose::Service, 0.335),
    (Purpose::Worker, 0.125),
    (Purpose::Web, 0.15),
    (Purpose::Bff, 0.025),
    (Purpose::Mobile, 0.012),
    (Purpose::Library, 0.095),
    (Purpose::Tool, 0.032),
    (Purpose::Pipeline, 0.06),
    (Purpose::Tests, 0.026),
    (Purpose::Infra, 0.042),
    (Purpose::Docs, 0.022),
];

/// TypeScript and JavaScript, Java and Kotlin, Python, Go, Rust: shares that the company ends up with.
pub(super) const LANGUAGES: [f64; 5] = [0.35, 0.22, 0.17, 0.14, 0.04];

impl Purpose {
    /// How much more or less of it an area has.
    fn in_area(self, area: &str) -> f64 {
        match (self, area) {
            (Self::Pipeline | Self::Mobile, "platform") | (Self::Mobile, "data") => 0.0,
            (Self::Web | Self::Bff, "platform" | "data") => 0.25,
            (Self::Pipeline, "data") => 9.0,
            (Self::Pipeline, "visibility" | "transport") => 0.7,
            (Self::Pipeline, _) => 0.25,
            (Self::Library | Self::Tool, "platform") => 3.0,
            (Self::Infra, "platform") => 5.0,
            (Self::Service, "data") => 0.6,
            (Self::Mobile, "transport" | "warehousing") => 4.0,
            (Self::Mobile, _) => 0.3,
            _ => 1.0,
        }
    }

    /// Something that runs, or is meant to.
    pub(super) fn is_service(self) -> bool {
        matches!(self, Self::Service | Self::Worker | Self::Web | Self::Bff | Self::Mobile | Self::Pipeline)
    }
}

fn preferences(area: &str) -> [f64; 5] {
    match area {
        "commerce" => [5.0, 6.0, 1.2, 2.0, 0.2],
        "transport" => [3.0, 6.0, 1.5, 3.0, 0.5],
        "visibility" => [3.0, 4.0, 2.5, 4.0, 1.2],
        "money" => [2.0, 8.0, 1.2, 1.0, 0.2],
        "platform" => [2.5, 1.5, 2.5, 6.0, 2.5],
        "data" => [1.0, 1.5, 8.0, 1.5, 0.5],
        "warehousing" => [3.0, 6.0, 1.5, 2.0, 0.8],
        "customs" => [3.0, 6.0, 2.0, 1.0, 0.1],
        _ => [5.0, 2.0, 4.0, 1.0, 0.0],
    }
}

/// All repositories, oldest first.
pub(super) fn repositories(random: &Random, org: &Organisation, people: &People, history: &Range<Instant>, count: usize) -> Vec<Plan> {
    let mut random = random.part("plan");
    let mut names = Names { taken: BTreeSet::new(), plans: Vec::with_capacity(count) };
    common(&mut random, org, &mut names, count);
    trials(&mut random, org, people, history, &mut names, count);
    while names.plans.len() < count {
        of_teams(&mut random, org, &mut names, count, history.start);
    }
    let mut plans = names.plans;
    languages(&mut random, org, &mut plans);
    dates(&mut random, org, history, &mut plans);
    plans
}

struct Names {
    taken: BTreeSet<String>,
    plans: Vec<Plan>,
}

impl Names {
    fn add(&mut self, name: String, purpose: Purpose, language: Language, topic: usize, description: String) -> bool {
        if !self.taken.insert(name.clone()) {
            return false;
        }
        self.plans.push(Plan { name, purpose, language, topic, description, is_main: false, is_bare: false, created: Instant::MIN });
        true
    }
}

fn language(word: &str) -> Language {
    match word {
        "typescript" => Language::TypeScript,
        "javascript" => Language::JavaScript,
        "java" => Language::Java,
        "kotlin" => Language::Kotlin,
        "python" => Language::Python,
        "go" => Language::Go,
        "rust" => Language::Rust,
        "infra" => Language::Terraform,
        _ => Language::Markdown,
    }
}

/// What belongs to everybody lies with platform teams, if there are any.
fn common(random: &mut Random, org: &Organisation, names: &mut Names, count: usize) {
    let platform: Vec<usize> = org.units.iter().filter(|unit| unit.area == "platform").flat_map(|unit| unit.topics.clone()).collect();
    let all: Vec<usize> = (0..org.topics.len()).collect();
    let owners = if platform.is_empty() { &all } else { &platform };
    for (name, word, description) in COMMON.iter().take((count / 12).clamp(1, COMMON.len())) {
        let purpose = match *word {
            "catalog" => Purpose::Catalog,
            "infra" => Purpose::Infra,
            "docs" => Purpose::Docs,
            _ if name.ends_with("-bot") => Purpose::Tool,
            _ => Purpose::Library,
        };
        let topic = owners[random.below(owners.len())];
        names.add((*name).to_owned(), purpose, language(word), topic, (*description).to_owned());
    }
}

fn trials(random: &mut Random, org: &Organisation, people: &People, history: &Range<Instant>, names: &mut Names, count: usize) {
    let mut forks: Vec<_> = FORKS.iter().collect();
    random.shuffle(&mut forks);
    for (name, word, description) in forks.into_iter().take((count as f64 * 0.015).round() as usize) {
        let topic = random.below(org.topics.len());
        names.add((*name).to_owned(), Purpose::Fork, language(word), topic, (*description).to_owned());
    }
    let wanted = (count as f64 * 0.055).round() as usize;
    let mut made = 0;
    for _ in 0..wanted * 20 {
        if made >= wanted {
            break;
        }
        let (pattern, description) = TRIALS[random.below(TRIALS.len())];
        let login = &people.people[random.below(people.people.len().max(2) - 1)].login;
        // The hack days of the last years are over.
        let last = super::calendar::civil(super::calendar::day_number(history.end)).0;
        let years: Vec<i64> = (last - 3..=last).filter(|year| hack_day(*year) < super::calendar::day_number(history.end) - 2).collect();
        let name = pattern.replace("{login}", login).replace("{year}", &years[random.below(years.len())].to_string());
        let topic = random.below(org.topics.len());
        let description = if random.chance(0.3) { "" } else { description };
        made += usize::from(names.add(name, Purpose::Trial, Language::TypeScript, topic, description.to_owned()));
    }
}

/// One round: every team makes its repositories, in proportion to how many it tends to have.
fn of_teams(random: &mut Random, org: &Organisation, names: &mut Names, count: usize, at: Instant) {
    let units: Vec<_> = org.units.iter().filter(|unit| !unit.topics.is_empty()).collect();
    // Large teams have more, but not in proportion.
    let size = |team: usize| org.teams[team].members.iter().filter(|member| member.during.contains(&at)).count();
    let mut weights: Vec<f64> = units.iter().map(|unit| (size(unit.team) as f64 + 1.5).powf(0.8) * random.range(0.65, 1.4)).collect();
    // Parts of the business differ less than teams do.
    let mut domains = vec![(0.0, 0.0); org.domains.len()];
    for (unit, weight) in units.iter().zip(&weights) {
        let (sum, count) = domains[unit.domain];
        domains[unit.domain] = (sum + weight, count + 1.0);
    }
    for (unit, weight) in units.iter().zip(&mut weights) {
        let (sum, count): (f64, f64) = domains[unit.domain];
        *weight *= (count / sum).powf(0.75);
    }
    let total: f64 = weights.iter().sum();
    let left = count - names.plans.len();
    let mut quotas = PURPOSES.map(|(_, share)| share * left as f64 / 0.924);
    for (unit, weight) in units.iter().zip(&weights) {
        let mine = (left as f64 * weight / total).ceil() as usize;
        for _ in 0..mine {
            if names.plans.len() >= count {
                return;
            }
            let has_app = org.topics[unit.topics.clone()].iter().any(|topic| IN_HAND.contains(&topic.stem));
            let chance = |(purpose, quota): (Purpose, &f64)| match purpose {
                Purpose::Mobile if !has_app => 0.0,
                _ => quota.max(0.01) * purpose.in_area(unit.area),
            };
            let chances: Vec<f64> = PURPOSES.iter().map(|(purpose, _)| *purpose).zip(&quotas).map(chance).collect();
            let chosen = PURPOSES[random.weighted(&chances)].0;
            let made = one(random, org, names, chosen, unit.topics.clone());
            if let Some(quota) = PURPOSES.iter().position(|(purpose, _)| Some(*purpose) == made) {
                quotas[quota] -= 1.0;
            }
        }
    }
}

/// Makes one, and says what it is for: what a topic is called by itself may be no service.
fn one(random: &mut Random, org: &Organisation, names: &mut Names, purpose: Purpose, topics: Range<usize>) -> Option<Purpose> {
    type Ends = &'static [(&'static str, &'static [&'static str])];
    let area = org.units[org.topics[topics.start].unit].area;
    let ends: Ends = match purpose {
        Purpose::Service if area == "platform" => PLATFORM_SERVICES,
        Purpose::Worker if area == "platform" => PLATFORM_WORKERS,
        Purpose::Pipeline if !matches!(area, "data" | "visibility") => &PIPELINES[..3],
        Purpose::Worker => WORKERS,
        Purpose::Web => WEBS,
        Purpose::Bff => BFFS,
        Purpose::Mobile => MOBILES,
        Purpose::Library => LIBRARIES,
        Purpose::Tool => TOOLS,
        Purpose::Pipeline => PIPELINES,
        Purpose::Tests => TESTS,
        Purpose::Docs => DOCS,
        _ => SERVICES,
    };
    let writing = if matches!(purpose, Purpose::Docs) { Language::Markdown } else { Language::TypeScript };
    for attempt in 0..24 {
        let topic = topics.start + random.early(topics.len());
        let what = &org.topics[topic];
        if purpose == Purpose::Infra {
            let (front, end, descriptions) = INFRAS[random.early(INFRAS.len())];
            let name = format!("{front}{}{end}", what.word);
            if names.add(name, purpose, Language::Terraform, topic, said(random.pick(descriptions), &what.word, &what.meaning)) {
                return Some(purpose);
            }
            continue;
        }
        // The first ends are taken first; a few older names follow no convention at all.
        let reach = if purpose == Purpose::Service { 1 + attempt / 2 } else { 4 + attempt };
        let (end, descriptions) = ends[random.early(reach.min(ends.len()))];
        let repeats = what.stem.rsplit('-').next() == Some(end.trim_start_matches('-'));
        if repeats || !goes_with(what.stem, end, purpose) {
            continue;
        }
        let native = native(what.stem).map(|(purpose, _)| purpose).filter(|_| end.is_empty());
        let purpose = native.unwrap_or(purpose);
        let name = match random.below(90 + attempt * 60) {
            0 if end.is_empty() => format!("legacy-{}", what.word),
            1 if end.is_empty() => format!("{}-v2", what.word),
            2 if purpose == Purpose::Service && !what.word.starts_with("bq-") => format!("bq-{}{end}", what.word),
            3 if end.is_empty() && purpose == Purpose::Service && !is_role(what.stem) => format!("{}-svc", what.word),
            _ => format!("{}{end}", what.word),
        };
        let is_main = name == what.word;
        let description = match random.below(20) {
            0 => String::new(),
            _ if name.starts_with("legacy-") => format!("The old {}. Please do not build on it.", what.word.replace('-', " ")),
            _ if native.is_some_and(|purpose| purpose != Purpose::Service) => said("{M}.", &what.word, &what.meaning),
            _ => said(random.pick(descriptions), &what.word, &what.meaning),
        };
        if names.add(name, purpose, writing, topic, description) {
            if let Some(plan) = names.plans.last_mut() {
                plan.is_main = is_main;
                plan.is_bare = end.is_empty();
            }
            return Some(purpose);
        }
    }
    None
}

/// Whether the last word says already what it is: `sms-gateway`, `training-jobs`.
fn is_role(stem: &str) -> bool {
    stem.rsplit('-').next().is_some_and(|last| ROLES.contains(&last))
}

/// Whether an end makes sense behind a word: nothing is two things, and nobody carries the ledger in the pocket.
fn goes_with(stem: &str, end: &str, purpose: Purpose) -> bool {
    let is_page = native(stem).is_some_and(|(purpose, _)| matches!(purpose, Purpose::Web | Purpose::Mobile));
    match purpose {
        Purpose::Mobile if end == "-scanner" => ON_SCANNERS.contains(&stem),
        Purpose::Mobile => IN_HAND.contains(&stem),
        Purpose::Web if is_page => matches!(end, "-widgets" | "-admin"),
        Purpose::Tests => native(stem).is_none_or(|(purpose, _)| purpose != Purpose::Pipeline),
        Purpose::Docs | Purpose::Bff => true,
        _ if end.is_empty() || end == "-client" => true,
        Purpose::Service if is_page => matches!(end, "-api" | "-query" | "-search"),
        _ if is_page => !matches!(purpose, Purpose::Pipeline),
        _ if is_role(stem) => {
            matches!(end, "-api" | "-ui" | "-web" | "-admin" | "-events" | "-testkit" | "-contracts" | "-model" | "-worker")
        }
        _ => true,
    }
}

/// What is meant by the word of a topic alone, where it is no service, or one that is always written in the same language.
pub(super) fn native(stem: &str) -> Option<(Purpose, Language)> {
    NATIVE.iter().find(|(_, stems)| stems.contains(&stem)).map(|(what, _)| *what)
}

/// A sentence about a topic.
fn said(pattern: &str, word: &str, meaning: &str) -> String {
    let question = ["who ", "what ", "where ", "which ", "how ", "why ", "when ", "if "].iter().any(|start| meaning.starts_with(start));
    let title = titled(word);
    let capital = format!("{}{}", meaning[..1].to_uppercase(), &meaning[1..]);
    // A question follows a colon as it is, and a name in brackets anywhere else.
    let meaning = if question && !pattern.contains(": {m}") { &format!("{} ({meaning})", title.to_lowercase()) } else { meaning };
    pattern
        .replace("{m}", meaning)
        .replace("{M}", &capital)
        .replace("{T}", &title)
        .replace("{t}", &word.replace('-', " ").replace(" service", ""))
}

/// Languages by what teams prefer, until the shares of the company are used up.
fn languages(random: &mut Random, org: &Organisation, plans: &mut [Plan]) {
    let mut left = LANGUAGES.map(|share| share * plans.len() as f64);
    let group = |language: Language| match language {
        Language::TypeScript | Language::JavaScript => Some(0),
        Language::Java | Language::Kotlin => Some(1),
        Language::Python => Some(2),
        Language::Go => Some(3),
        Language::Rust => Some(4),
        Language::Terraform | Language::Markdown => None,
    };
    let habits: Vec<([f64; 5], bool)> = org.units.iter().map(|unit| habit(random, unit.area)).collect();
    let habit_of = |plan: &Plan| &habits[org.topics[plan.topic].unit];
    let mut open = Vec::new();
    for (number, plan) in plans.iter_mut().enumerate() {
        let stem = org.topics[plan.topic].stem;
        match plan.purpose {
            _ if fixed(plan, stem).is_some() => plan.language = fixed(plan, stem).unwrap_or(plan.language),
            Purpose::Web | Purpose::Bff => plan.language = if random.chance(0.14) { Language::JavaScript } else { Language::TypeScript },
            Purpose::Mobile => plan.language = if plan.name.ends_with("-mobile") { Language::TypeScript } else { Language::Kotlin },
            Purpose::Pipeline => plan.language = Language::Python,
            Purpose::Service | Purpose::Worker | Purpose::Tool | Purpose::Tests | Purpose::Trial => open.push(number),
            Purpose::Library if !COMMON.iter().any(|(name, ..)| *name == plan.name) => open.push(number),
            _ => {}
        }
        if open.last() != Some(&number)
            && let Some(group) = group(plan.language)
        {
            left[group] -= 1.0;
        }
    }
    random.shuffle(&mut open);
    for number in open {
        let (preferred, kotlin) = habit_of(&plans[number]);
        let chances: Vec<f64> = preferred.iter().zip(&left).map(|(weight, left)| (weight + 0.02) * left.max(0.02).powf(1.15)).collect();
        let chosen = random.weighted(&chances);
        left[chosen] -= 1.0;
        plans[number].language = match chosen {
            0 if random.chance(0.12) => Language::JavaScript,
            0 => Language::TypeScript,
            1 if *kotlin != random.chance(0.15) => Language::Kotlin,
            1 => Language::Java,
            2 => Language::Python,
            3 => Language::Go,
            _ => Language::Rust,
        };
    }
}

/// The language that a name settles.
fn fixed(plan: &Plan, stem: &str) -> Option<Language> {
    let ends = |end: &str| plan.name.ends_with(end);
    match plan.purpose {
        Purpose::Trial | Purpose::Fork | Purpose::Docs | Purpose::Catalog | Purpose::Infra => None,
        Purpose::Mobile if ends("-android") || ends("-scanner") => Some(Language::Kotlin),
        Purpose::Mobile if ends("-mobile") => Some(Language::TypeScript),
        Purpose::Tests if ends("-e2e") => Some(Language::TypeScript),
        Purpose::Tests if ends("-loadtest") => Some(Language::JavaScript),
        Purpose::Service if ends("-controller") || ends("-webhook") => Some(Language::Go),
        Purpose::Tool if ends("-exporter-prometheus") => Some(Language::Go),
        purpose => {
            let (own, language) = native(stem)?;
            (own == purpose && plan.is_bare).then_some(language)
        }
    }
}

/// In autumn of every year.
fn hack_day(year: i64) -> i64 {
    super::calendar::number(year, 10, 8)
}

/// What a team likes to write, and whether it means Kotlin when it says JVM.
fn habit(random: &mut Random, area: &str) -> ([f64; 5], bool) {
    let mut weights = preferences(area).map(|weight| weight * random.heavy(0.8, 1.0));
    let favourite = random.weighted(&weights);
    weights[favourite] *= 4.0;
    (weights, random.chance(0.4))
}

/// When each was made: about one in twelve in the year, the others before, and none before its team.
fn dates(random: &mut Random, org: &Organisation, history: &Range<Instant>, plans: &mut [Plan]) {
    let mut order: Vec<usize> = (0..plans.len()).collect();
    random.shuffle(&mut order);
    let new = (plans.len() as f64 * 0.08).round() as usize;
    let can_be_new = |plan: &Plan| !plan.name.starts_with("legacy-") && plan.purpose != Purpose::Catalog && plan.name != ".github";
    let mut made = 0;
    for number in order {
        let plan = &mut plans[number];
        let year = plan.name.split('-').find_map(|part| part.parse::<i64>().ok().filter(|year| (2000..2100).contains(year)));
        if made < new && can_be_new(plan) && year.is_none() {
            made += 1;
            let share = random.range(0.01, 0.96);
            let length = (history.end.micros() - history.start.micros()) as f64;
            plan.created = history.start.plus_micros((length * share) as i64);
            continue;
        }
        if let Some(year) = year {
            plan.created = Instant::from_seconds((hack_day(year) + random.between(0, 1)) * 86_400 + random.between(8 * 3600, 15 * 3600));
            continue;
        }
        let days = 6 + (-760.0 * (1.0 - random.share() * 0.97).ln()) as i64;
        let founded = org.teams[*org.topics[plan.topic].owner.at(Instant::MIN)].exists.start;
        let earliest = founded.plus_seconds(-200 * 86_400);
        plan.created =
            history.start.plus_seconds(-days * 86_400 - random.between(0, 40_000)).max(earliest.min(history.start.plus_seconds(-86_400)));
    }
    plans.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.name.cmp(&b.name)));
}
