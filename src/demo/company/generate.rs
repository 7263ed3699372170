//! From a shape to a company.

use std::ops::Range;

use super::calendar::Calendar;
use super::dependencies;
use super::descriptors::{self, Described};
use super::fates::{self, Fate};
use super::organisation::Organisation;
use super::packages::{Internal, Universe};
use super::people::People;
use super::plan::{self, Language, Plan, Purpose};
use super::products::products;
use super::random::Random;
use super::repositories::{self, Context};
use super::{Company, Ecosystem, delivery, mesh, quality, trouble, wiki};
use crate::model::Instant;

/// How large a company is, and when its history ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Another seed, another company.
    pub seed: u64,
    /// Everything else follows: a person for four repositories, a team for twenty-five, a tribe for seven teams.
    pub repositories: usize,
    /// Its history is the year before.
    pub end: Instant,
}

impl Shape {
    /// A company of 1,000 repositories.
    #[must_use]
    pub fn until(end: Instant) -> Self {
        Self { seed: 1, repositories: 1000, end }
    }
}

const LOGIN: &str = "brightquay";
const NAME: &str = "Brightquay";

impl Company {
    /// The company of a shape: the same one, to the byte, whenever it is asked for.
    #[must_use]
    pub fn generate(shape: &Shape) -> Self {
        with(shape, |drafted| {
            let Drafted { context, plans, fates, described, projects: project_plans } = drafted;
            let all = plans.iter().zip(*fates).zip(*described).enumerate();
            let mut found: Vec<_> = all
                .map(|(number, ((plan, fate), described))| repositories::repository(context, number, plan, fate, described.as_ref()))
                .collect();
            number(&mut found);
            let habits = quality::habits(context.random, context.org);
            let project = |project: &quality::ProjectPlan| {
                let (plan, fate) = (&plans[project.repository], &fates[project.repository]);
                let habit = habits[context.org.topics[plan.topic].unit];
                quality::project(
                    context.random,
                    context.calendar,
                    context.history,
                    project,
                    (fate, plan.purpose, &found[project.repository].commits),
                    habit,
                )
            };
            let projects = project_plans.iter().map(project).collect();
            let delivery = delivery::delivery(drafted, &found);
            let trouble = trouble::trouble(drafted, &delivery);
            let (mesh, wiki) = (mesh::mesh(drafted, &delivery), wiki::wiki(drafted, &found, &delivery));
            Self {
                login: LOGIN.to_owned(),
                name: NAME.to_owned(),
                history: context.history.clone(),
                people: context.people.people.clone(),
                teams: context.org.teams.clone(),
                repositories: found,
                projects,
                packages: context.universe.packages.clone(),
                products: products(),
                delivery,
                trouble,
                mesh: mesh.into(),
                wiki: wiki.into(),
            }
        })
    }
}

/// Everything that is settled before the repositories are made.
pub(super) struct Drafted<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) plans: &'a [Plan],
    pub(super) fates: &'a [Fate],
    pub(super) described: &'a [Option<Described>],
    pub(super) projects: &'a [quality::ProjectPlan],
}

/// Settles what comes before the repositories, and hands it on.
pub(super) fn with<T>(shape: &Shape, make: impl FnOnce(&Drafted<'_>) -> T) -> T {
    let history = shape.end.plus_seconds(-365 * 86_400)..shape.end;
    let random = Random::new(shape.seed);
    let count = shape.repositories.max(1);
    let calendar = Calendar::new(&history);
    let people = People::generate(&random, &history, &calendar, (count / 4).max(4), LOGIN);
    let org = Organisation::generate(&random, &history, &calendar, &people, (count as f64 / 25.0).round() as usize);
    let plans = plan::repositories(&random, &org, &people, &history, count);
    let mut described = descriptors::describe(&random, &org, &plans, LOGIN);
    let has_descriptor: Vec<bool> = described.iter().map(Option::is_some).collect();
    let fates = fates::fates(&random, &calendar, &history, &plans, &has_descriptor);
    let projects = quality::projects(&random, &plans, &described, &fates, LOGIN);
    annotate(&mut described, &projects, &fates);
    let universe = Universe::generate(shape.seed, &history, LOGIN, &internal(&random, &plans, &fates, &history));
    let context = Context {
        random: &random,
        org: &org,
        people: &people,
        calendar: &calendar,
        history: &history,
        login: LOGIN,
        company: NAME,
        universe: &universe,
        styles: repositories::styles(&random, &org),
        upkeep: dependencies::upkeep(&random, &org, &calendar, &history),
    };
    make(&Drafted { context: &context, plans: &plans, fates: &fates, described: &described, projects: &projects })
}

/// GitHub's numbers grow with time.
fn number(repositories: &mut [super::Repository]) {
    let mut ids: Vec<u64> = repositories.iter().map(|repository| repository.id).collect();
    ids.sort_unstable();
    for at in 1..ids.len() {
        ids[at] = ids[at].max(ids[at - 1] + 1);
    }
    repositories.iter_mut().zip(ids).for_each(|(repository, id)| repository.id = id);
}

/// Descriptors name the project, and the repository as it was called.
fn annotate(described: &mut [Option<Described>], projects: &[quality::ProjectPlan], fates: &[Fate]) {
    for project in projects.iter().filter(|project| project.annotated) {
        if let Some(described) = &mut described[project.repository] {
            described.annotate(Some(project.key.clone()));
        }
    }
    for (described, fate) in described.iter_mut().zip(fates) {
        if let (Some(described), Some((_, before))) = (described, &fate.renamed) {
            described.called(format!("{LOGIN}/{before}"));
        }
    }
}

/// Packages that libraries publish.
fn internal(random: &Random, plans: &[Plan], fates: &[Fate], history: &Range<Instant>) -> Vec<Internal> {
    let mut random = random.part("internal");
    let mut found = Vec::new();
    for (repository, (plan, fate)) in plans.iter().zip(fates).enumerate() {
        let ecosystem = match plan.language {
            Language::TypeScript | Language::JavaScript => Ecosystem::Npm,
            Language::Java | Language::Kotlin => Ecosystem::Maven,
            Language::Python => Ecosystem::Pypi,
            Language::Go => Ecosystem::Go,
            Language::Rust => Ecosystem::Cargo,
            Language::Terraform | Language::Markdown => continue,
        };
        let alive = fate.archived.is_none_or(|archived| archived > history.start);
        if plan.purpose == Purpose::Library && alive && random.chance(0.85) {
            let name = dependencies::short_name(plan).to_owned();
            found.push(Internal { ecosystem, name, repository, since: fate.exists.start.plus_seconds(3 * 86_400) });
        }
    }
    found
}
