//! What people wrote down in Confluence: spaces of tribes, pages about services and about work, and who edited them when.

use std::ops::Range;

use super::delivery::Delivery;
use super::generate::Drafted;
use super::organisation::titled;
use super::random::Random;
use super::{Repository, Timed};
use crate::model::Instant;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Wiki {
    /// Spaces by number.
    pub spaces: Vec<WikiSpace>,
    /// Pages by number.
    pub pages: Vec<WikiPage>,
}

/// A space.
#[derive(Clone, Debug)]
pub struct WikiSpace {
    /// Confluence's number.
    pub id: u64,
    /// `PAY`.
    pub key: String,
    /// The name for people.
    pub name: String,
    /// Confluence's number of the page that it opens with.
    pub home: u64,
}

/// A page.
#[derive(Clone, Debug)]
pub struct WikiPage {
    /// Confluence's number, which never changes.
    pub id: u64,
    /// In [`Wiki::spaces`].
    pub space: Timed<usize>,
    /// Confluence's number of the page above; none for a space's home.
    pub parent: Option<u64>,
    /// The title.
    pub title: Timed<String>,
    /// Labels, sorted.
    pub labels: Timed<Vec<String>>,
    /// Every version: when, and who, as a position in [`super::Company::people`]. The first one made the page.
    pub versions: Vec<(Instant, usize)>,
    /// From its making to its way into the bin.
    pub exists: Range<Instant>,
    /// When it was put into the archive.
    pub archived: Option<Instant>,
}

const DAY: i64 = 86_400;

/// Who writes, and when pages come to be.
struct Writer<'a> {
    drafted: &'a Drafted<'a>,
    wiki: Wiki,
}

/// Everything that was written down.
pub(super) fn wiki(drafted: &Drafted<'_>, repositories: &[Repository], delivery: &Delivery) -> Wiki {
    let context = drafted.context;
    let random = context.random.part("wiki");
    let mut writer = Writer { drafted, wiki: Wiki::default() };
    let before = context.history.start.plus_seconds(-900 * DAY);
    // A space for each part of the business, one for what concerns all, and one for newcomers.
    let mut spaces: Vec<(usize, usize)> = Vec::new();
    for (number, domain) in context.org.domains.iter().enumerate() {
        let space = writer.space(&key(&domain.slug, &writer.wiki), &domain.name, domain.tribe, before);
        spaces.push((space, domain.tribe));
        writer.of_domain(&mut random.part("domain").nth(number), space, domain.tribe);
    }
    let first = context.org.domains.first().map_or(0, |domain| domain.tribe);
    let engineering = writer.space("ENG", "Engineering", first, before);
    writer.of_company(&mut random.part("engineering"), engineering, first);
    for (position, repository) in repositories.iter().enumerate() {
        let plan = &drafted.plans[position];
        let unit = &context.org.units[context.org.topics[plan.topic].unit];
        let Some((space, _)) = spaces.get(unit.domain).copied() else { continue };
        for service in delivery.services_of(position) {
            let service = &delivery.services[service];
            let mut random = random.part(&service.name);
            writer.of_service(
                &mut random,
                (space, unit.team),
                &service.name,
                &repository_label(context.login, repository),
                &service.exists,
            );
        }
    }
    let mut wiki = writer.wiki;
    wiki.pages.sort_by_key(|page| page.id);
    wiki
}

/// The key of a space: the first letters of its slug that nobody has.
fn key(slug: &str, wiki: &Wiki) -> String {
    let words: Vec<&str> = slug.split('-').collect();
    let short = words.iter().filter_map(|word| word.chars().next()).collect::<String>();
    let tries = [words[0].chars().take(4).collect(), short, slug.replace('-', "")];
    let free =
        tries.iter().map(|key: &String| key.to_uppercase()).find(|key| key.len() > 1 && wiki.spaces.iter().all(|space| space.key != *key));
    free.unwrap_or_else(|| format!("S{}", wiki.spaces.len()))
}

fn repository_label(login: &str, repository: &Repository) -> String {
    format!("repo-{login}-{}", repository.name.at(Instant::MAX))
}

impl Writer<'_> {
    fn space(&mut self, key: &str, name: &str, team: usize, at: Instant) -> usize {
        let number = self.wiki.spaces.len();
        let id = 65_537 + 32_768 * number as u64;
        let home = 131_072 + 65_536 * number as u64;
        self.wiki.spaces.push(WikiSpace { id, key: key.to_owned(), name: name.to_owned(), home });
        let author = self.somebody(&mut Random::new(id), team, at);
        self.wiki.pages.push(WikiPage {
            id: home,
            space: Timed::always(number),
            parent: None,
            title: Timed::always(name.to_owned()),
            labels: Timed::always(Vec::new()),
            versions: vec![(at, author)],
            exists: at..Instant::MAX,
            archived: None,
        });
        number
    }

    /// Somebody of a team at a time, or anybody who was there.
    fn somebody(&self, random: &mut Random, team: usize, at: Instant) -> usize {
        let context = self.drafted.context;
        let of_team = |team: usize| -> Vec<usize> {
            let members = context.org.teams[team].members.iter().filter(|membership| membership.during.contains(&at));
            members.map(|membership| membership.person).collect()
        };
        let mut members = of_team(team);
        if members.is_empty() {
            let below = (0..context.org.teams.len()).filter(|other| *context.org.teams[*other].parent.at(at) == Some(team));
            members = below.flat_map(of_team).collect();
        }
        if members.is_empty() {
            let there = context.people.people.iter().enumerate().filter(|(_, person)| person.employed.contains(&at));
            members = there.map(|(position, _)| position).filter(|position| *position != context.people.bot).collect();
        }
        members.get(random.below(members.len())).copied().unwrap_or(context.people.bot)
    }

    /// A page that somebody wrote at a time, and that is edited every so many days until it is forgotten.
    fn page(
        &mut self,
        random: &mut Random,
        (space, team): (usize, usize),
        title: &str,
        labels: &[String],
        made: Instant,
        every: f64,
    ) -> usize {
        let history = self.drafted.context.history;
        let mut versions = vec![(made, self.somebody(random, team, made))];
        let mut at = made;
        // Most pages are edited much at first, and one day no more.
        let forgotten = made.plus_seconds((random.heavy(220.0, 420.0) * DAY as f64) as i64);
        loop {
            at = at.plus_seconds((random.heavy(every * 0.6, every) * DAY as f64) as i64 + 600);
            if at >= forgotten || at >= history.end {
                break;
            }
            versions.push((at, self.somebody(random, team, at)));
        }
        let mut labels = labels.to_vec();
        labels.sort();
        labels.dedup();
        let home = self.wiki.spaces[space].home;
        let id = 1_000_000 + (made.micros() / 60_000_000).unsigned_abs() % 40_000_000 * 10_000 + self.wiki.pages.len() as u64;
        self.wiki.pages.push(WikiPage {
            id,
            space: Timed::always(space),
            parent: Some(home),
            title: Timed::always(title.to_owned()),
            labels: Timed::always(labels),
            versions,
            exists: made..Instant::MAX,
            archived: None,
        });
        self.wiki.pages.len() - 1
    }

    /// A time from so many days before the year to its end.
    fn some_time(&self, random: &mut Random, days_before: i64) -> Instant {
        let history = self.drafted.context.history;
        let days = (history.end.micros() - history.start.micros()) / 1_000_000 / DAY;
        let day = random.between(-days_before, days - 1);
        history.start.plus_seconds(day * DAY + 9 * 3600 + random.between(0, 8 * 3600)).min(history.end.plus_seconds(-3600))
    }

    fn of_domain(&mut self, random: &mut Random, space: usize, tribe: usize) {
        let label = |text: &str| vec![text.to_owned()];
        let made = self.some_time(random, 700);
        self.page(random, (space, tribe), "Onboarding", &label("onboarding"), made, 40.0);
        let made = self.some_time(random, 500);
        self.page(random, (space, tribe), "Architecture", &label("architecture"), made, 60.0);
        let made = self.some_time(random, 300);
        self.page(random, (space, tribe), "On-call", &label("on-call"), made, 20.0);
        const DECISIONS: [&str; 8] = [
            "Use Kafka for events between domains",
            "One database per service",
            "Retire the nightly export",
            "Feature switches in Consul",
            "Version APIs in the path",
            "Keep customer data in its region",
            "Replace polling by webhooks",
            "Contracts are tested by the consumer",
        ];
        for number in 0..3 + random.below(12) {
            let made = self.some_time(random, 400);
            let title = format!("ADR {:03}: {}", number + 1, DECISIONS[(number + space) % DECISIONS.len()]);
            self.page(random, (space, tribe), &title, &label("decision"), made, 150.0);
        }
        for _ in 0..6 + random.below(14) {
            let made = self.some_time(random, 200);
            let title =
                format!("{} {}", ["Meeting notes", "Retrospective", "Planning", "Postmortem"][random.below(4)], &made.to_string()[..10]);
            let page = self.page(random, (space, tribe), &title, &label("meeting-notes"), made, 400.0);
            self.end(random, page, 0.25);
        }
    }

    fn of_company(&mut self, random: &mut Random, space: usize, team: usize) {
        for (title, label, every) in [
            ("How we review code", "handbook", 90.0),
            ("How we handle incidents", "handbook", 60.0),
            ("Release process", "handbook", 80.0),
            ("Service catalog", "handbook", 50.0),
            ("Security checklist", "handbook", 70.0),
            ("Glossary", "handbook", 25.0),
            ("First week", "onboarding", 45.0),
            ("Coding guidelines", "handbook", 120.0),
        ] {
            let made = self.some_time(random, 800);
            self.page(random, (space, team), title, &[label.to_owned()], made, every);
        }
    }

    /// Pages about one service: labelled with it, with its repository, called like it, or only about it.
    fn of_service(&mut self, random: &mut Random, at: (usize, usize), name: &str, repository: &str, exists: &Range<Instant>) {
        let history = self.drafted.context.history;
        let earliest = history.start.plus_seconds(-700 * DAY).max(exists.start);
        let days = ((history.end.min(exists.end).micros() - earliest.micros()) / 1_000_000 / DAY).max(1);
        for (share, kind, every) in [(0.62, "runbook", 45.0), (0.34, "architecture", 90.0), (0.4, "overview", 70.0), (0.12, "api", 60.0)] {
            if !random.chance(share) {
                continue;
            }
            let made = earliest.plus_seconds(random.between(0, days * 3 / 4) * DAY + 10 * 3600).min(history.end.plus_seconds(-DAY));
            let mut labels = vec![kind.to_owned()];
            match random.below(10) {
                0..=5 => labels.push(format!("service-{name}")),
                6 | 7 => labels.push(repository.to_owned()),
                _ => {}
            }
            let title = match kind {
                "runbook" => format!("Runbook: {name}"),
                "architecture" => format!("{} architecture", titled(name)),
                "api" => format!("{} API", titled(name)),
                _ => name.to_owned(),
            };
            let page = self.page(random, at, &title, &labels, made, every);
            // Some are labelled later than written, some renamed, and those of services that are gone are mostly left.
            if random.chance(0.15) {
                let later = made.plus_seconds(random.between(5, 200) * DAY);
                let found = &mut self.wiki.pages[page];
                found.labels = Timed::steps(vec![(Instant::MIN, vec![kind.to_owned()]), (later, found.labels.at(Instant::MAX).clone())]);
            }
            if exists.end < history.end {
                self.end(random, page, 0.45);
            } else {
                self.end(random, page, 0.08);
            }
        }
    }

    /// Perhaps it is put into the bin, or into the archive.
    fn end(&mut self, random: &mut Random, page: usize, share: f64) {
        if !random.chance(share) {
            return;
        }
        let end = self.drafted.context.history.end;
        let page = &mut self.wiki.pages[page];
        let at = page.versions.last().map_or(end, |(last, _)| last.plus_seconds(random.between(1, 300) * DAY));
        if at >= end {
            return;
        }
        if random.chance(0.6) {
            page.exists.end = at;
        } else {
            page.archived = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::demo::company::{Company, Shape};

    #[test]
    fn a_wiki_has_pages_of_services_and_much_that_nobody_reads_any_more() {
        let company = Company::generate(&Shape { seed: 1, repositories: 200, end: "2026-11-20T00:00:00Z".parse().unwrap() });
        let (wiki, now) = (&company.wiki, company.history.end.plus_seconds(-3600));
        let ids: BTreeSet<u64> = wiki.pages.iter().map(|page| page.id).chain(wiki.spaces.iter().map(|space| space.id)).collect();
        assert_eq!(ids.len(), wiki.pages.len() + wiki.spaces.len(), "numbers are unique");
        let keys: BTreeSet<&str> = wiki.spaces.iter().map(|space| space.key.as_str()).collect();
        assert!(keys.len() == wiki.spaces.len() && keys.contains("ENG"));
        let there: Vec<&WikiPage> =
            wiki.pages.iter().filter(|page| page.exists.contains(&now) && page.archived.is_none_or(|at| at > now)).collect();
        assert!((120..400).contains(&there.len()), "{} pages", there.len());
        let edited = |page: &WikiPage| page.versions.iter().rev().find(|(at, _)| *at <= now).map_or(Instant::MIN, |(at, _)| *at);
        let stale = there.iter().filter(|page| edited(page) < now.plus_seconds(-180 * DAY)).count() as f64 / there.len() as f64;
        assert!((0.2..0.8).contains(&stale), "{stale} are stale");
        let labelled = there.iter().filter(|page| page.labels.at(now).iter().any(|label| label.starts_with("service-")));
        let labelled = labelled.count() as f64 / there.len() as f64;
        assert!((0.2..0.7).contains(&labelled), "{labelled} name their service");
        for page in &wiki.pages {
            assert!(page.versions.is_sorted_by_key(|(at, _)| *at) && page.versions[0].0 == page.exists.start);
            assert!(page.versions.iter().all(|(_, who)| *who < company.people.len()));
        }
        assert!(wiki.pages.iter().any(|page| page.archived.is_some()) && wiki.pages.iter().any(|page| page.exists.end < now));
        let again = Company::generate(&Shape { seed: 1, repositories: 200, end: "2026-11-20T00:00:00Z".parse().unwrap() });
        assert_eq!(format!("{:?}", again.wiki), format!("{wiki:?}"));
    }
}
