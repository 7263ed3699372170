//! Tribes, teams and what each works on, through a year of joining, leaving and reorganising.
//!
//! # Invariants
//! - Somebody belongs to at most one team at a time, and only while employed.
//! - A topic of work has exactly one team at every instant, one that exists; repositories follow their topic.

use std::ops::Range;

use super::calendar::{Calendar, SITES};
use super::people::People;
use super::random::Random;
use super::words::areas::{Area, TeamWords, areas};
use super::words::lines::{Line, lines};
use super::{Membership, Team, Timed};
use crate::model::Instant;

/// The company's structure.
pub(super) struct Organisation {
    pub(super) teams: Vec<Team>,
    /// Teams that are not tribes.
    pub(super) units: Vec<Unit>,
    pub(super) topics: Vec<Topic>,
    /// One for each tribe that there was at the start.
    pub(super) domains: Vec<Domain>,
    pub(super) systems: Vec<System>,
}

/// A team that does work.
pub(super) struct Unit {
    pub(super) team: usize,
    /// Where it began.
    pub(super) domain: usize,
    /// `commerce`, `platform`, ...: the area without the line.
    pub(super) area: &'static str,
    pub(super) line: Option<Line>,
    pub(super) site: usize,
    pub(super) system: usize,
    /// The topics that it began with.
    pub(super) topics: Range<usize>,
}

/// A piece of work that stays together, whoever does it.
pub(super) struct Topic {
    pub(super) word: String,
    /// The word without what its line adds.
    pub(super) stem: &'static str,
    pub(super) meaning: String,
    pub(super) unit: usize,
    /// The team (in [`Organisation::teams`]) that it belongs to.
    pub(super) owner: Timed<usize>,
}

/// A part of the business.
pub(super) struct Domain {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) tribe: usize,
    area: &'static str,
    line: Option<String>,
    /// Teams that began there.
    pub(super) teams: Vec<usize>,
}

/// Services that do one thing together.
pub(super) struct System {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) domain: usize,
    /// The unit that has it at the start.
    pub(super) unit: usize,
}

enum Step {
    Join(usize),
    Leave(usize),
    Switch(usize),
    /// One of the reorganisations, and how many teams it may move.
    Reorganise(usize),
    HandOver,
    Split,
    Merge,
    Rename,
}

impl Organisation {
    /// `count` teams, in tribes of about seven.
    pub(super) fn generate(random: &Random, history: &Range<Instant>, calendar: &Calendar, people: &People, count: usize) -> Self {
        let mut found = Self { teams: Vec::new(), units: Vec::new(), topics: Vec::new(), domains: Vec::new(), systems: Vec::new() };
        found.found(&random.part("teams"), history, count.max(2));
        let mut year = Year::new(&mut found, random.part("year"), people, history);
        for (at, step) in year.steps(history, calendar, count) {
            year.step(at, step);
        }
        let still_there: Vec<usize> = (0..people.people.len()).collect();
        still_there.into_iter().for_each(|person| year.end_membership(person, Instant::MAX));
        for team in &mut found.teams {
            team.members.sort_by_key(|membership| (membership.during.start, membership.person));
        }
        found
    }

    /// The team's name in CODEOWNERS at a time.
    pub(super) fn slug(&self, team: usize, at: Instant) -> &str {
        self.teams[team].slug.at(at)
    }

    fn found(&mut self, random: &Random, history: &Range<Instant>, count: usize) {
        let areas = areas();
        let lines: Vec<Option<Line>> = std::iter::once(None).chain(lines().into_iter().map(Some)).collect();
        let tribes = ((count as f64 / 7.0).round() as usize).max(1);
        // As many tribes as it takes, each with no more teams than its area has words for.
        let all = lines.iter().flat_map(|line| areas.iter().map(move |area| (area, line.clone())));
        // There is one platform for all goods, but perhaps one in every region.
        let shared = |area: &Area| matches!(area.slug, "platform" | "data" | "corporate");
        let all = all.filter(|(area, line)| !(shared(area) && line.as_ref().is_some_and(|line| line.in_front)));
        let mut chosen: Vec<(&Area, Option<Line>, usize)> = Vec::new();
        let mut room = 0;
        for (area, line) in all {
            if chosen.len() >= tribes && room >= count {
                break;
            }
            room += area.teams.len();
            chosen.push((area, line, 0));
        }
        let mut left = count.min(room);
        while left > 0 {
            for (area, _, teams) in chosen.iter_mut().filter(|(area, _, teams)| *teams < area.teams.len()) {
                let _ = area;
                if left > 0 {
                    *teams += 1;
                    left -= 1;
                }
            }
        }
        let random = random.clone();
        for (number, (area, line, teams)) in chosen.into_iter().enumerate() {
            let mut random = random.nth(number);
            let name = line.as_ref().map_or_else(|| area.name.to_owned(), |line| line.name(area.name));
            let slug = line.as_ref().map_or_else(|| area.slug.to_owned(), |line| line.slug(area.slug));
            let description = said_of(area.description, line.as_ref());
            let founded = Instant::from_seconds(history.start.micros() / 1_000_000 - random.between(400, 2400) * 86_400);
            let tribe = self.team(&mut random, format!("tribe-{slug}"), format!("Tribe {name}"), description.clone(), None, founded);
            let own = line.as_ref().map(|line| line.slug.clone());
            self.domains.push(Domain { slug, name, description, tribe, area: area.slug, line: own, teams: Vec::new() });
            for words in &area.teams[..teams] {
                self.unit(&mut random, area.slug, line.as_ref(), words, tribe, founded);
            }
        }
    }

    fn team(&mut self, random: &mut Random, slug: String, name: String, description: String, parent: Option<usize>, at: Instant) -> usize {
        self.teams.push(Team {
            id: 3_100_000 + self.teams.len() as u64 * 9_000 + random.below(8_999) as u64,
            slug: Timed::always(slug),
            name: Timed::always(name),
            description,
            parent: Timed::always(parent),
            members: Vec::new(),
            exists: at..Instant::MAX,
        });
        self.teams.len() - 1
    }

    fn unit(&mut self, random: &mut Random, area: &'static str, line: Option<&Line>, words: &TeamWords, tribe: usize, after: Instant) {
        let with = |word: &str| line.map_or_else(|| word.to_owned(), |line| line.slug(word));
        let name = line.map_or_else(|| words.name.to_owned(), |line| line.name(words.name));
        let description = said_of(words.description, line);
        let founded = after.plus_seconds(random.between(0, 380) * 86_400);
        let team = self.team(random, with(words.slug), name, description.clone(), Some(tribe), founded);
        let (unit, domain) = (self.units.len(), self.domains.len() - 1);
        self.domains[domain].teams.push(team);
        let slug = with(words.system);
        let system = self.systems.iter().position(|system| system.slug == slug).unwrap_or_else(|| {
            self.systems.push(System { name: titled(&slug), slug, description, domain, unit });
            self.systems.len() - 1
        });
        let first = self.topics.len();
        for (word, meaning) in &words.topics {
            let meaning = line.map_or_else(|| (*meaning).to_owned(), |line| format!("{meaning}, {}", line.phrase));
            self.topics.push(Topic { word: with(word), stem: word, meaning, unit, owner: Timed::always(team) });
        }
        let site = random.weighted(&SITES.map(|site| site.share));
        self.units.push(Unit { team, domain, area, line: line.cloned(), site, system, topics: first..self.topics.len() });
    }
}

fn said_of(description: &str, line: Option<&Line>) -> String {
    let Some(line) = line else { return description.to_owned() };
    format!("{}, {}.", description.trim_end_matches('.'), line.phrase)
}

/// `rate-shopping` as a title: `Rate Shopping`.
pub(super) fn titled(slug: &str) -> String {
    let word = |word: &str| match word {
        "api" | "eta" | "sms" | "edi" | "erp" | "vat" | "cms" | "kyc" | "nps" | "asn" | "sso" | "ui" | "hr" | "ml" | "sdk" | "bff"
        | "crm" | "cdc" | "dbt" | "ocr" | "waf" | "db" | "slo" | "plc" | "un" | "etl" | "kpi" => word.to_uppercase(),
        _ => word[..1].to_uppercase() + &word[1..],
    };
    slug.split('-').filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ")
}

/// Other names that teams have been given, or give themselves.
const NEW_NAMES: &[(&str, &str)] = &[
    ("quotes", "Offer Management"),
    ("notifications", "Customer Messaging"),
    ("ledger", "Accounting Core"),
    ("dispatch", "Fleet Operations"),
    ("tracking", "Shipment Tracking"),
    ("billing", "Invoicing"),
    ("capacity", "Capacity and Allotments"),
    ("devex", "Engineering Enablement"),
    ("telematics", "Connected Fleet"),
    ("data-platform", "Data Foundation"),
    ("exceptions", "Disruptions"),
    ("claims", "Claims and Liability"),
];

/// Reorganisations that somebody could have good reasons for: from which area to which one, and the teams that move
/// together. No two of them undo each other.
const REORGANISATIONS: &[(&str, &str, &[&str])] = &[
    // Whoever runs operations sits with those who drive.
    ("visibility", "transport", &["control-tower", "telematics", "exceptions"]),
    // Who may buy, on which terms, and what it earns.
    ("money", "commerce", &["credit-risk", "cost-control", "claims"]),
    // Models live where they are served.
    ("data", "platform", &["ml-platform", "data-platform"]),
    // Everything that customers get to read.
    ("visibility", "commerce", &["notifications", "consignee"]),
    // Numbers about customers, with those who act on them.
    ("data", "commerce", &["customer-insights", "experimentation"]),
    // Terminals are warehouses with more doors.
    ("transport", "warehousing", &["yard-dock", "linehaul"]),
    ("money", "customs", &["tax-duties"]),
    ("corporate", "money", &["finance-systems"]),
];

/// Where teams could belong as well, by area.
const MOVES: &[(&str, &[&str])] = &[
    ("eta", &["data", "transport"]),
    ("route-planning", &["data", "visibility"]),
    ("forecasting", &["transport", "commerce"]),
    ("customer-insights", &["commerce"]),
    ("document-understanding", &["customs", "money"]),
    ("experimentation", &["commerce", "platform"]),
    ("ml-platform", &["platform"]),
    ("data-platform", &["platform"]),
    ("notifications", &["commerce", "platform"]),
    ("consignee", &["commerce"]),
    ("checkout", &["money"]),
    ("pricing", &["money"]),
    ("key-accounts", &["money"]),
    ("partner-api", &["platform"]),
    ("booking-core", &["transport"]),
    ("capacity", &["commerce"]),
    ("carrier-integrations", &["visibility"]),
    ("yard-dock", &["warehousing", "visibility"]),
    ("linehaul", &["warehousing"]),
    ("driver-app", &["visibility"]),
    ("telematics", &["transport", "platform"]),
    ("exceptions", &["transport"]),
    ("control-tower", &["transport"]),
    ("tax-duties", &["customs", "commerce"]),
    ("cost-control", &["transport", "commerce"]),
    ("claims", &["commerce", "visibility"]),
    ("credit-risk", &["commerce"]),
    ("warehouse-billing", &["money"]),
    ("returns", &["visibility", "commerce"]),
    ("labour-planning", &["corporate", "transport"]),
    ("trade-documents", &["commerce"]),
    ("sustainability", &["visibility", "data"]),
    ("support-tools", &["commerce"]),
    ("website", &["commerce"]),
    ("finance-systems", &["money"]),
];

/// The year as it goes: who is where.
struct Year<'a> {
    all: &'a mut Organisation,
    random: Random,
    people: &'a People,
    /// How many people each unit has room for.
    room: Vec<f64>,
    /// Where everybody is, since when, and whether they may change the team.
    now: Vec<Option<(usize, Instant, bool)>>,
    /// How many are in each team.
    sizes: Vec<usize>,
    started: Instant,
    /// Reorganisations that are left, the next one last.
    reasons: Vec<usize>,
}

impl<'a> Year<'a> {
    fn new(all: &'a mut Organisation, mut random: Random, people: &'a People, history: &Range<Instant>) -> Self {
        let room: Vec<f64> = all.units.iter().map(|_| random.range(0.55, 1.5)).collect();
        let scale = people.people.len() as f64 / room.iter().sum::<f64>().max(1.0);
        let room = room.into_iter().map(|room| room * scale).collect();
        let sizes = vec![0; all.teams.len()];
        // Three parts of the business give, three others take; the rest is for those that have no such teams.
        let mut reasons: Vec<usize> = (0..REORGANISATIONS.len()).rev().collect();
        let last = reasons.len() - 3;
        random.part("reasons").shuffle(&mut reasons[last..]);
        Self { all, random, people, room, now: vec![None; people.people.len()], sizes, started: history.start, reasons }
    }

    fn steps(&mut self, history: &Range<Instant>, calendar: &Calendar, count: usize) -> Vec<(Instant, Step)> {
        let mut steps = Vec::new();
        for (number, person) in self.people.people.iter().enumerate().filter(|(number, _)| *number != self.people.bot) {
            steps.push((person.employed.start, Step::Join(number)));
            if person.employed.end < Instant::MAX {
                steps.push((person.employed.end, Step::Leave(number)));
            }
        }
        let length = history.end.micros() - history.start.micros();
        let date = |random: &mut Random, share: f64| {
            let at = history.start.plus_micros((length as f64 * share) as i64);
            calendar.soon(0, at, random).min(history.end.plus_seconds(-1))
        };
        for person in 0..self.people.people.len() {
            if person != self.people.bot && self.random.chance(0.05) {
                let share = self.random.range(0.03, 0.97);
                steps.push((date(&mut self.random, share), Step::Switch(person)));
            }
        }
        let per = |number: usize| (count as f64 / number as f64).round().max(1.0) as usize;
        if count >= 4 {
            for share in [0.19, 0.52, 0.81] {
                let at = date(&mut self.random, share);
                steps.push((at, Step::Reorganise(per(20).max(2))));
                steps.extend((0..per(11)).map(|number| (at.plus_seconds(number as i64 * 71), Step::HandOver)));
            }
            for number in 0..per(40) {
                let spread = number as f64 / per(40) as f64 * 0.25;
                steps.push((date(&mut self.random, 0.34 + spread), Step::Split));
                steps.push((date(&mut self.random, 0.64 + spread), Step::Merge));
                steps.push((date(&mut self.random, 0.45 + spread), Step::Rename));
            }
        }
        steps.sort_by_key(|(at, _)| *at);
        steps
    }

    fn step(&mut self, at: Instant, step: Step) {
        match step {
            Step::Join(person) => self.join(person, at),
            Step::Leave(person) => self.end_membership(person, at),
            Step::Switch(person) => {
                if self.now[person].is_some() && self.people.people[person].employed.contains(&at) {
                    self.end_membership(person, at);
                    self.join(person, at);
                }
            }
            Step::Reorganise(teams) => self.reorganise(at, teams),
            Step::HandOver => self.hand_over(at),
            Step::Split => self.split(at),
            Step::Merge => self.merge(at),
            Step::Rename => self.rename(at),
        }
    }

    fn join(&mut self, person: usize, at: Instant) {
        // Some people lead a tribe and belong to no team of it.
        if self.random.chance(0.045) {
            let domain = self.random.below(self.all.domains.len());
            let tribe = self.all.domains[domain].tribe;
            self.begin_membership(person, tribe, at, true);
            return;
        }
        let site = usize::from(self.people.sites[person]);
        // In a large company one looks at some teams, not at all of them.
        let some: Vec<usize> = match self.all.units.len() {
            all if all > 120 => (0..60).map(|_| self.random.below(all)).collect(),
            all => (0..all).collect(),
        };
        let weight = |unit: &usize| {
            let (room, unit) = (self.room[*unit], &self.all.units[*unit]);
            let left = room - self.sizes[unit.team] as f64;
            let open = self.all.teams[unit.team].exists.end == Instant::MAX;
            if open { left.max(0.04) * if unit.site == site { 5.0 } else { 1.0 } } else { 0.0 }
        };
        let weights: Vec<f64> = some.iter().map(weight).collect();
        let team = self.all.units[some[self.random.weighted(&weights)]].team;
        let is_first = self.sizes[team] == 0;
        let leads = is_first || self.random.chance(0.06);
        self.begin_membership(person, team, at, leads);
    }

    fn begin_membership(&mut self, person: usize, team: usize, at: Instant, maintainer: bool) {
        self.sizes.resize(self.all.teams.len(), 0);
        self.sizes[team] += 1;
        self.now[person] = Some((team, at.max(self.all.teams[team].exists.start), maintainer));
    }

    fn end_membership(&mut self, person: usize, at: Instant) {
        let Some((team, since, maintainer)) = self.now[person].take() else { return };
        self.sizes[team] -= 1;
        if since < at {
            self.all.teams[team].members.push(Membership { person, during: since..at, maintainer });
        }
    }

    /// A unit that exists, with its tribe, which has at least this many teams.
    fn some_unit(&mut self, least: usize) -> Option<(usize, usize)> {
        for _ in 0..40 {
            let unit = self.random.below(self.all.units.len());
            let team = &self.all.teams[self.all.units[unit].team];
            let Some(tribe) = *team.parent.at(Instant::MAX) else { continue };
            let siblings = self.all.units.iter().map(|unit| &self.all.teams[unit.team]);
            let siblings = siblings.filter(|team| team.exists.end == Instant::MAX && *team.parent.at(Instant::MAX) == Some(tribe)).count();
            if team.exists.end == Instant::MAX && siblings >= least {
                return Some((unit, tribe));
            }
        }
        None
    }

    /// The next one that moves anything. In a large company all lines follow the same reason.
    fn reorganise(&mut self, at: Instant, most: usize) {
        while let Some(reason) = self.reasons.pop() {
            let (from, to, slugs) = REORGANISATIONS[reason];
            let mut moved = 0;
            for unit in 0..self.all.units.len() {
                let Unit { team, domain, area, .. } = self.all.units[unit];
                let first = self.all.teams[team].slug.at(self.started);
                let is_meant = area == from && slugs.iter().any(|slug| first.contains(slug));
                if moved >= most || !is_meant || self.all.teams[team].exists.end < Instant::MAX {
                    continue;
                }
                let line = &self.all.domains[domain].line;
                let Some(target) = self.all.domains.iter().find(|other| other.area == to && other.line == *line) else { continue };
                let (home, target) = (self.all.domains[domain].tribe, target.tribe);
                let parent = |team: &Team| (team.exists.end == Instant::MAX).then(|| *team.parent.at(Instant::MAX)).flatten();
                let left = self.all.teams.iter().filter(|team| parent(team) == Some(home)).count();
                if *self.all.teams[team].parent.at(Instant::MAX) == Some(home) && left > 2 {
                    self.all.teams[team].parent.push(at, Some(target));
                    moved += 1;
                }
            }
            if moved > 0 {
                return;
            }
        }
    }

    /// Domains of the same line that a unit could as well belong to.
    fn near(&self, unit: usize) -> Vec<usize> {
        let unit = &self.all.units[unit];
        let home = &self.all.domains[unit.domain];
        let first = self.all.teams[unit.team].slug.at(self.started).as_str();
        let areas = MOVES.iter().find(|(slug, _)| first.contains(slug)).map_or(&[][..], |(_, areas)| areas);
        let fits = |domain: &usize| {
            let other = &self.all.domains[*domain];
            *domain != unit.domain && areas.contains(&other.area) && other.line == home.line
        };
        (0..self.all.domains.len()).filter(fits).collect()
    }

    fn hand_over(&mut self, at: Instant) {
        for _ in 0..20 {
            let topic = self.random.below(self.all.topics.len());
            let Some((unit, _)) = self.some_unit(1) else { return };
            let (to, home) = (self.all.units[unit].team, self.all.topics[topic].unit);
            // Work stays within the tribe more often than not.
            let same = self.all.units[unit].domain == self.all.units[home].domain;
            let close = same || (self.random.chance(0.3) && self.near(home).contains(&self.all.units[unit].domain));
            if close && *self.all.topics[topic].owner.at(Instant::MAX) != to {
                self.all.topics[topic].owner.push(at, to);
                return;
            }
        }
    }

    fn split(&mut self, at: Instant) {
        let Some((unit, tribe)) = self.some_unit(2) else { return };
        let (old, topics) = (self.all.units[unit].team, self.all.units[unit].topics.clone());
        let mine: Vec<usize> = topics.filter(|topic| *self.all.topics[*topic].owner.at(Instant::MAX) == old).collect();
        if mine.len() < 3 {
            return;
        }
        let moved = &mine[mine.len() - mine.len() / 2..];
        let slug = self.all.topics[moved[0]].word.clone();
        if self.all.teams.iter().any(|team| *team.slug.at(at) == slug) {
            return;
        }
        let meaning = &self.all.topics[moved[0]].meaning;
        let description = format!("{}{}.", meaning[..1].to_uppercase(), &meaning[1..]);
        let new = self.all.team(&mut self.random, slug.clone(), titled(&slug), description, Some(tribe), at);
        moved.iter().for_each(|topic| self.all.topics[*topic].owner.push(at, new));
        let Unit { domain, area, site, system, .. } = self.all.units[unit];
        self.all.domains[domain].teams.push(new);
        let line = self.all.units[unit].line.clone();
        self.all.units.push(Unit { team: new, domain, area, line, site, system, topics: 0..0 });
        self.room.push(self.room[unit] * 0.5);
        self.room[unit] *= 0.6;
        let members: Vec<usize> = (0..self.now.len()).filter(|person| self.now[*person].is_some_and(|(team, ..)| team == old)).collect();
        for (number, person) in members.into_iter().enumerate().filter(|(number, _)| number % 2 == 1) {
            self.end_membership(person, at);
            self.begin_membership(person, new, at, number == 1);
        }
    }

    fn merge(&mut self, at: Instant) {
        // The smallest of some teams gives up, and another small one takes over.
        let size = |year: &Self, team: usize| year.sizes[team];
        let some: Vec<(usize, usize)> = (0..6).filter_map(|_| self.some_unit(3)).collect();
        let smallest = some.into_iter().min_by_key(|(unit, _)| (size(self, self.all.units[*unit].team), *unit));
        let Some((unit, tribe)) = smallest else { return };
        let old = self.all.units[unit].team;
        let is_sibling = |team: &Team| team.exists.end == Instant::MAX && *team.parent.at(Instant::MAX) == Some(tribe);
        let siblings: Vec<usize> = self.all.units.iter().map(|unit| unit.team).filter(|team| *team != old).collect();
        let siblings: Vec<usize> = siblings.into_iter().filter(|team| is_sibling(&self.all.teams[*team])).collect();
        let Some(into) = siblings.into_iter().min_by_key(|team| (size(self, *team), *team)) else { return };
        self.all.teams[old].exists.end = at;
        self.room[unit] = 0.0;
        for topic in &mut self.all.topics {
            if *topic.owner.at(Instant::MAX) == old {
                topic.owner.push(at, into);
            }
        }
        for person in 0..self.now.len() {
            if self.now[person].is_some_and(|(team, ..)| team == old) {
                self.end_membership(person, at);
                self.begin_membership(person, into, at, false);
            }
        }
    }

    fn rename(&mut self, at: Instant) {
        let started = self.started;
        let known = self.all.units.iter().filter_map(|unit| {
            let team = &self.all.teams[unit.team];
            let name = NEW_NAMES.iter().find(|(slug, _)| slug == team.slug.at(started))?.1;
            (team.exists.end == Instant::MAX && team.slug.all().len() == 1).then_some((unit.team, name))
        });
        let known: Vec<(usize, &str)> = known.collect();
        if known.is_empty() {
            return;
        }
        let (team, name) = known[self.random.below(known.len())];
        self.all.teams[team].name.push(at, name.to_owned());
        self.all.teams[team].slug.push(at, name.to_lowercase().replace(' ', "-"));
    }
}
