//! Repositories as their plans and fates have them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::activity::{self, Given, Work};
use super::calendar::Calendar;
use super::dependencies;
use super::descriptors::{self, Described};
use super::fates::Fate;
use super::files::{self, Subject};
use super::lockfiles::Habit;
use super::messages::{Style, new_owner};
use super::organisation::Organisation;
use super::ownership::{self, Ownership};
use super::packages::Universe;
use super::people::People;
use super::plan::{Language, Plan, Purpose};
use super::random::Random;
use super::{Commit, Content, FileChange, Repository, Tag, Timed};
use crate::model::Instant;

/// What repositories are made from.
pub(super) struct Context<'a> {
    pub(super) random: &'a Random,
    pub(super) org: &'a Organisation,
    pub(super) people: &'a People,
    pub(super) calendar: &'a Calendar,
    pub(super) history: &'a Range<Instant>,
    pub(super) login: &'a str,
    pub(super) company: &'a str,
    pub(super) universe: &'a Arc<Universe>,
    /// How each unit writes messages.
    pub(super) styles: Vec<Style>,
    /// How well each unit looks after what its repositories use.
    pub(super) upkeep: Vec<Timed<Habit>>,
}

/// How a team of this area writes messages.
pub(super) fn styles(random: &Random, org: &Organisation) -> Vec<Style> {
    let style = |(number, unit): (usize, &super::organisation::Unit)| {
        let word = org.topics.get(unit.topics.start).map_or("team", |topic| topic.word.as_str());
        Style::of_team(&mut random.part("messages").nth(number), word)
    };
    org.units.iter().enumerate().map(style).collect()
}

/// One repository.
pub(super) fn repository(context: &Context<'_>, number: usize, plan: &Plan, fate: &Fate, described: Option<&Described>) -> Repository {
    let random = context.random.part("repository").part(&plan.name);
    let open = fate.open();
    let ownership = ownership(context, &random, plan, fate, described.is_some());
    let unit = context.org.topics[plan.topic].unit;
    let style = &context.styles[unit];
    let subject = subject(context, &random, plan, fate, described);
    let mut given = Vec::new();
    if !fate.empty {
        follow_up(&random, &ownership, described, style, &mut given);
        given.extend(dependencies::commits(context, &random, plan, &open));
        if plan.purpose == Purpose::Catalog {
            given.extend(catalog(context));
        }
        given.retain(|given| given.at < context.history.end.min(open.end));
        given.sort_by_key(|given| given.at);
    }
    let site = context.org.units[unit].site;
    let commits = if fate.empty {
        Vec::new()
    } else {
        let sources = files::sources(&subject, &mut random.part("sources"));
        let has_api = described.is_some_and(|described| described.provides.is_some());
        let activity = activity::Context { org: context.org, people: context.people, calendar: context.calendar, history: context.history };
        activity::commits(&activity, Work { subject: &subject, plan, site, style, open, sources, has_api }, given)
    };
    assembled(context, number, plan, fate, ownership, commits)
}

/// Who a repository says it belongs to.
pub(super) fn ownership(context: &Context<'_>, random: &Random, plan: &Plan, fate: &Fate, described: bool) -> Ownership {
    let context = ownership::Context { org: context.org, calendar: context.calendar, history: context.history, login: context.login };
    Ownership::generate(&context, random, plan, &fate.open(), described, fate.unowned)
}

fn subject(context: &Context<'_>, random: &Random, plan: &Plan, fate: &Fate, described: Option<&Described>) -> Arc<Subject> {
    let topic = &context.org.topics[plan.topic];
    let team = &context.org.teams[*topic.owner.at(fate.exists.start)];
    let mut draws = random.part("subject");
    // What people try out, and what they fork, has little to do with their work.
    let word = match plan.purpose {
        Purpose::Trial | Purpose::Fork => own_word(&plan.name),
        _ => topic.word.clone(),
    };
    Arc::new(Subject {
        random: random.part("files"),
        login: context.login.to_owned(),
        company: context.company.to_owned(),
        name: fate.renamed.as_ref().map_or_else(|| plan.name.clone(), |(_, name)| name.clone()),
        purpose: plan.purpose,
        language: plan.language,
        nouns: files::nouns(&word, &topic.meaning, &mut draws),
        word,
        meaning: topic.meaning.clone(),
        description: plan.description.clone(),
        team: (team.slug.at(fate.exists.start).clone(), team.name.at(fate.exists.start).clone()),
        neighbours: described.map(|described| described.neighbours.clone()).unwrap_or_default(),
    })
}

/// What a trial is about: its name without what marks it as one.
fn own_word(name: &str) -> String {
    let name = name.replace(['_', '.'], "-");
    let starts = ["hackday-", "spike-", "poc-", "workshop-", "kata-", "playground-", "try-", "dojo-"];
    let word = starts.iter().find_map(|start| name.strip_prefix(start)).unwrap_or(&name);
    let word = word.trim_start_matches(|first: char| first.is_ascii_digit() || first == '-');
    if word.starts_with(|first: char| first.is_ascii_alphabetic()) { word.to_owned() } else { "notes".to_owned() }
}

/// Commits of CODEOWNERS and the descriptor.
fn follow_up(random: &Random, ownership: &Ownership, described: Option<&Described>, style: &Style, given: &mut Vec<Given>) {
    let mut random = random.part("follow-up");
    let (path, texts) = &ownership.codeowners;
    for (number, (at, text)) in texts.iter().enumerate() {
        let message = if number == 0 {
            style.say(&mut random, "chore", "Add CODEOWNERS", 3)
        } else {
            let slug = text.split('/').nth(1).unwrap_or_default().split_whitespace().next().unwrap_or_default();
            let what = new_owner(&mut random, slug);
            style.say(&mut random, "chore", &what, 60 + number)
        };
        given.push(given_text(*at, message, path, text.clone()));
    }
    let Some(described) = described else { return };
    for (number, pair) in ownership.described.windows(2).enumerate() {
        let ((_, before), (at, after)) = (&pair[0], &pair[1]);
        let what = if before.lifecycle != after.lifecycle {
            match after.lifecycle {
                "production" => "Lifecycle: production".to_owned(),
                _ => "Mark as deprecated".to_owned(),
            }
        } else if before.owner != after.owner {
            format!("Catalog: {}", new_owner(&mut random, after.owner.as_deref().unwrap_or("nobody").trim_start_matches("group:")))
        } else {
            "Complete catalog-info.yaml".to_owned()
        };
        let message = style.say(&mut random, "chore", &what, 61 + number);
        given.push(given_text(*at, message, "catalog-info.yaml", described.text(after)));
    }
    if let Some((at, state)) = ownership.described.first() {
        let message = style.say(&mut random, "chore", "Describe this repository for the catalog", 4);
        given.push(given_text(*at, message, "catalog-info.yaml", described.text(state)));
    }
}

fn given_text(at: Instant, message: String, path: &str, text: String) -> Given {
    Given { at, message, changes: vec![FileChange { path: path.to_owned(), content: Some(Content::text(text)) }], by_bot: false }
}

/// Files of the software catalog: at the beginning, and whenever a team moves or is called otherwise.
fn catalog(context: &Context<'_>) -> Vec<Given> {
    let org = context.org;
    let mut times = vec![context.history.start.plus_seconds(-40 * 86_400)];
    for team in &org.teams {
        times.extend(team.parent.all().iter().skip(1).map(|(at, _)| *at));
        times.extend(team.slug.all().iter().skip(1).map(|(at, _)| *at));
    }
    times.sort();
    times.dedup();
    let mut random = context.random.part("catalog");
    let by_tribe: BTreeMap<usize, usize> = org.domains.iter().enumerate().map(|(position, domain)| (domain.tribe, position)).collect();
    let mut before: BTreeMap<String, String> = BTreeMap::new();
    let mut given = Vec::new();
    for (number, at) in times.into_iter().enumerate() {
        let late = if number == 0 { 0 } else { random.between(4, 12) };
        let written = if number == 0 { at } else { context.calendar.soon(0, at.plus_seconds(late * 86_400), &mut random) };
        let slug = |team: usize| org.slug(team, at).to_owned();
        let domain_of = |team: usize| org.teams[team].parent.at(at).and_then(|tribe| by_tribe.get(&tribe).copied()).unwrap_or(0);
        let mut files = BTreeMap::from([("domains.yaml".to_owned(), descriptors::domains(org, slug))]);
        for (domain, text) in org.domains.iter().zip(descriptors::systems(org, slug, domain_of)) {
            files.insert(format!("systems/{}.yaml", domain.slug), text);
        }
        let mut location =
            "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: software-catalog\nspec:\n  targets:\n".to_owned();
        files.keys().for_each(|path| location.push_str(&format!("    - ./{path}\n")));
        files.insert("catalog-info.yaml".to_owned(), location);
        files.retain(|_, text| !text.is_empty());
        let changed = files.iter().filter(|(path, text)| before.get(*path) != Some(*text));
        let changes: Vec<FileChange> =
            changed.map(|(path, text)| FileChange { path: path.clone(), content: Some(Content::text(text.clone())) }).collect();
        if !changes.is_empty() {
            let message = if number == 0 { "Domains and systems" } else { "Follow the reorganisation" };
            given.push(Given { at: written, message: message.to_owned(), changes, by_bot: false });
        }
        before = files;
    }
    given
}

fn assembled(context: &Context<'_>, number: usize, plan: &Plan, fate: &Fate, ownership: Ownership, commits: Vec<Commit>) -> Repository {
    let mut random = context.random.part("settings").part(&plan.name);
    let always = plan.name.clone();
    let name = match &fate.renamed {
        Some((at, before)) => Timed::steps(vec![(Instant::MIN, before.clone()), (*at, always)]),
        None => Timed::always(always),
    };
    let archived = match fate.archived {
        Some(at) => Timed::steps(vec![(Instant::MIN, false), (at, true)]),
        None => Timed::always(false),
    };
    let mut description = Timed::always(plan.description.clone());
    if let Some(at) = fate.archived.filter(|at| *at > context.history.start && random.chance(0.5)) {
        description.push(at.plus_seconds(-600), format!("[ARCHIVED] {}", plan.description));
    } else if plan.description.is_empty() && plan.is_main && fate.open().end == Instant::MAX && random.chance(0.3) {
        let at = context
            .history
            .start
            .plus_micros(((context.history.end.micros() - context.history.start.micros()) as f64 * random.range(0.1, 0.9)) as i64);
        let topic = &context.org.topics[plan.topic];
        description.push(at.max(fate.exists.start), format!("{}{}.", topic.meaning[..1].to_uppercase(), &topic.meaning[1..]));
    }
    let tags = tags(context, &mut random, plan, &commits);
    let account = 71_000_000.0 + (number as f64) * 640_000.0 * (1000.0 / (context.org.topics.len() as f64 * 4.0).max(40.0)).min(40.0);
    Repository {
        id: account as u64 + random.below(20_000) as u64,
        name,
        description,
        visibility: fate.visibility.clone(),
        archived,
        topics: Timed::always(topics(&mut random, context, plan)),
        properties: properties(&mut random, context, plan, &ownership),
        teams: ownership.teams,
        is_fork: plan.purpose == Purpose::Fork,
        default_branch: ["main", "master", "develop", "trunk"][random.weighted(&[81.0, 16.0, 2.0, 1.0])].to_owned(),
        exists: fate.exists.clone(),
        commits,
        tags,
    }
}

fn topics(random: &mut Random, context: &Context<'_>, plan: &Plan) -> Vec<String> {
    let unit = &context.org.units[context.org.topics[plan.topic].unit];
    let mut found = Vec::new();
    if random.chance(0.55) {
        let language = match plan.language {
            Language::TypeScript => "typescript",
            Language::JavaScript => "javascript",
            Language::Java => "java",
            Language::Kotlin => "kotlin",
            Language::Python => "python",
            Language::Go => "golang",
            Language::Rust => "rust",
            Language::Terraform => "terraform",
            Language::Markdown => "docs",
        };
        found.push(language.to_owned());
        for (topic, chance) in [(unit.area, 0.5), (context.org.systems[unit.system].slug.as_str(), 0.35)] {
            if random.chance(chance) {
                found.push(topic.to_owned());
            }
        }
        if plan.purpose == Purpose::Worker && random.chance(0.4) {
            found.push("kafka".to_owned());
        }
        if plan.purpose == Purpose::Web && random.chance(0.4) {
            found.push("react".to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}

fn properties(random: &mut Random, context: &Context<'_>, plan: &Plan, ownership: &Ownership) -> Timed<BTreeMap<String, String>> {
    let unit = context.org.topics[plan.topic].unit;
    let mut base = BTreeMap::new();
    if random.chance(0.85) {
        let tier = if plan.purpose.is_service() { 1 + random.weighted(&[12.0, 30.0, 40.0, 18.0]) } else { 4 };
        base.insert("tier".to_owned(), tier.to_string());
    }
    if random.chance(0.8) {
        base.insert("cost-center".to_owned(), format!("CC-{}", 4100 + context.org.units[unit].domain * 100 + unit % 40));
    }
    let steps = ownership.property.all().iter().map(|(at, owner)| {
        let mut all = base.clone();
        all.extend(owner.iter().map(|owner| ("owner-team".to_owned(), owner.clone())));
        (*at, all)
    });
    Timed::steps(steps.collect())
}

/// Versions: libraries have them, some services too.
fn tags(context: &Context<'_>, random: &mut Random, plan: &Plan, commits: &[Commit]) -> Vec<Tag> {
    let every = match plan.purpose {
        Purpose::Library => 3,
        Purpose::Tool | Purpose::Mobile => 6,
        _ if random.chance(0.22) => 9,
        _ => return Vec::new(),
    };
    let (mut major, mut minor, mut patch) = (random.below(4), random.below(12), random.below(5));
    let released = random.chance(0.7);
    let mut tags = Vec::new();
    for (number, commit) in commits.iter().enumerate().skip(1) {
        if random.below(every) > 0 {
            continue;
        }
        match random.weighted(&[5.0, 45.0, 50.0]) {
            0 => (major, minor, patch) = (major + 1, 0, 0),
            1 => (minor, patch) = (minor + 1, 0),
            _ => patch += 1,
        }
        let at = commit.at.plus_seconds(random.between(120, 2400));
        if at < context.history.end && commits.get(number + 1).is_none_or(|next| next.at > at) {
            tags.push(Tag { name: format!("v{major}.{minor}.{patch}"), at, commit: number, released });
        }
    }
    tags
}
