//! Code health through time: gates, coverage, and how far packages are behind, at the end of each bucket.
//!
//! # Invariants
//! - What is not known is left out of a figure, and the share of which it is known stands beside it: no value is not zero.
//! - The history of dependencies is read once, bodies of packages and projects are read together, and a package is judged
//!   once for each bucket and set of versions in use, however many rows use them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::model::body::package_of_key;
use crate::model::{EntityId, Facet, Instant, Kind};
use crate::query::judge::{Figures, PackageAt, Verdict, assess, dates};
use crate::query::metric::{Ask, Metric, Split};
use crate::query::series::{Bucket, Measured, Scope, last_instant};
use crate::query::{Error, Lens, outdated, quality};

/// The most points of a series about packages: each needs the state of all of them.
pub const MOST_POINTS: usize = 120;

/// Packages whose bodies are read together.
const AT_ONCE: usize = 2_000;

fn moments(buckets: &[Bucket], now: Instant) -> Vec<Instant> {
    buckets.iter().map(|bucket| last_instant(bucket, now)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What is summed up for one group and bucket.
type Sums<T> = BTreeMap<Option<EntityId>, Vec<T>>;

fn sums<T: Clone + Default>(ask: Ask, buckets: usize) -> Sums<T> {
    if ask.whose.split == Split::Whole { Sums::from([(None, vec![T::default(); buckets])]) } else { Sums::new() }
}

fn measured<T>(sums: Sums<T>, value: impl Fn(&T) -> (Option<f64>, Option<f64>)) -> Measured {
    sums.into_iter().map(|(group, sums)| (group, sums.iter().map(&value).collect())).collect()
}

/// The share of known gates that do not fail.
pub(super) fn gates(lens: &Lens, ask: Ask, buckets: &[Bucket]) -> Result<Measured, Error> {
    #[derive(Clone, Default)]
    struct Gates {
        passed: usize,
        known: usize,
        all: usize,
    }
    let column = lens.view().column(Facet::Quality, "gate")?;
    let mut scope = Scope::new(lens, ask.whose)?;
    let mut found: Sums<Gates> = sums(ask, buckets.len());
    for (index, at) in moments(buckets, ask.now).into_iter().enumerate() {
        for kind in [Kind::Service, Kind::Repository] {
            for &id in lens.view().entities(kind).iter() {
                let gate = column.at(id, at).and_then(|value| value.as_str());
                // A repository counts only with a project of its own: the others belong to its services.
                if (gate.is_none() && kind == Kind::Repository) || !lens.exists(id, at)? || !scope.holds(id, at)? {
                    continue;
                }
                let sum = &mut found.entry(scope.group(id, at)?).or_insert_with(|| vec![Gates::default(); buckets.len()])[index];
                sum.all += 1;
                sum.known += usize::from(gate.is_some());
                sum.passed += usize::from(gate.is_some_and(|gate| gate != "failed"));
            }
        }
    }
    Ok(measured(found, |sum| (ratio(sum.passed, sum.known), ratio(sum.known, sum.all))))
}

/// Coverage or lines of code: each project counts once.
pub(super) fn measures(lens: &Lens, ask: Ask, buckets: &[Bucket]) -> Result<Measured, Error> {
    #[derive(Clone, Default)]
    struct Lines {
        all: f64,
        with_coverage: f64,
        covered: f64,
        projects: usize,
        measured: usize,
    }
    let ids = quality::ever_measured(lens)?;
    let moments = moments(buckets, ask.now);
    let mut scope = Scope::new(lens, ask.whose)?;
    let mut found: Sums<Lines> = sums(ask, buckets.len());
    for ids in ids.chunks(AT_ONCE) {
        let projects = quality::measured(lens, ids, &moments)?;
        for &id in ids {
            let Some(states) = projects.get(&id) else { continue };
            for (index, (&at, projects)) in moments.iter().zip(states).enumerate() {
                if projects.is_empty() || !lens.exists(id, at)? || !scope.holds(id, at)? {
                    continue;
                }
                let group = scope.group(id, at)?;
                let sum = &mut found.entry(group).or_insert_with(|| vec![Lines::default(); buckets.len()])[index];
                for project in projects {
                    sum.projects += 1;
                    let Some(lines) = project.lines else { continue };
                    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                    let lines = lines as f64;
                    sum.measured += 1;
                    sum.all += lines;
                    if let Some(coverage) = project.coverage {
                        sum.with_coverage += lines;
                        sum.covered += coverage * lines;
                    }
                }
            }
        }
    }
    Ok(measured(found, |sum| {
        if ask.metric == Metric::LinesOfCode {
            ((sum.measured > 0).then_some(sum.all), ratio(sum.measured, sum.projects))
        } else {
            let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
            (share(sum.covered, sum.with_coverage), share(sum.with_coverage, sum.all))
        }
    }))
}

/// From a bucket on, an entry of an entity's dependencies is so, or gone.
struct Step {
    bucket: usize,
    entry: u32,
    /// Which pair of package and versions, and whether it is direct.
    used: Option<(u32, bool)>,
}

/// A package and a set of versions of it, and the buckets between the first and last use.
struct Pair {
    package: EntityId,
    versions: Vec<String>,
    first: usize,
    last: usize,
}

/// All that was in use in some bucket.
#[derive(Default)]
struct History {
    users: Vec<(EntityId, Vec<Step>)>,
    pairs: Vec<Pair>,
}

/// Figures about packages.
pub(super) fn packages(lens: &Lens, ask: Ask, buckets: &[Bucket]) -> Result<Measured, Error> {
    #[derive(Clone, Default)]
    struct Uses {
        figures: Figures,
        services: usize,
        troubled: usize,
    }
    if buckets.len() > MOST_POINTS {
        return Err(Error::TooManyPoints { asked: buckets.len(), limit: MOST_POINTS });
    }
    let moments = moments(buckets, ask.now);
    let services_only = matches!(ask.metric, Metric::VulnerableServices | Metric::EndOfLifeServices);
    let history = history(lens, &moments, if services_only { &[Kind::Service] } else { &[Kind::Service, Kind::Repository] })?;
    let judged = judge(lens, &history.pairs, &moments)?;
    let mut scope = Scope::new(lens, ask.whose)?;
    let mut found: Sums<Uses> = sums(ask, buckets.len());
    for (id, steps) in &history.users {
        let mut used: BTreeMap<u32, (u32, bool)> = BTreeMap::new();
        let mut steps = steps.iter().peekable();
        for (index, &at) in moments.iter().enumerate() {
            while let Some(step) = steps.next_if(|step| step.bucket <= index) {
                match step.used {
                    Some(pair) => used.insert(step.entry, pair),
                    None => used.remove(&step.entry),
                };
            }
            if used.is_empty() || !lens.exists(*id, at)? || !scope.holds(*id, at)? {
                continue;
            }
            let group = scope.group(*id, at)?;
            let sum = &mut found.entry(group).or_insert_with(|| vec![Uses::default(); buckets.len()])[index];
            let before = (sum.figures.vulnerable, sum.figures.end_of_life);
            for (pair, direct) in used.values() {
                if services_only || *direct {
                    let number = *pair as usize;
                    let place = index - history.pairs[number].first;
                    sum.figures.add(judged[number].get(place).copied().unwrap_or_default());
                }
            }
            sum.services += 1;
            let troubled = match ask.metric {
                Metric::EndOfLifeServices => sum.figures.end_of_life > before.1,
                _ => sum.figures.vulnerable > before.0,
            };
            sum.troubled += usize::from(troubled);
        }
    }
    Ok(measured(found, |sum| {
        let figures = &sum.figures;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let troubled = sum.troubled as f64;
        match ask.metric {
            Metric::OutdatedDirectShare => (figures.share(), ratio(figures.known(), figures.packages)),
            Metric::Libyears => (figures.libyears(), ratio(figures.dated, figures.packages)),
            Metric::EndOfLifeServices => ((figures.supported > 0).then_some(troubled), None),
            _ => ((figures.asked > 0).then_some(troubled), ratio(figures.asked, figures.packages)),
        }
    }))
}

fn history(lens: &Lens, moments: &[Instant], kinds: &[Kind]) -> Result<History, Error> {
    let mut history = History::default();
    let Some(&end) = moments.last() else { return Ok(history) };
    let mut packages: HashMap<String, Option<EntityId>> = HashMap::new();
    let mut numbers: HashMap<(EntityId, Vec<String>), u32> = HashMap::new();
    for kind in kinds {
        for &id in lens.view().entities(*kind).iter() {
            let rows = lens.view().entry_rows(id, Facet::Dependencies, "packages", end)?;
            let mut entries: HashMap<String, u32> = HashMap::new();
            let mut open: HashMap<u32, (u32, usize)> = HashMap::new();
            let mut steps: Vec<Step> = Vec::with_capacity(rows.len());
            for row in rows {
                let Some(key) = row.path.key else { continue };
                let bucket = moments.partition_point(|at| *at < row.at);
                let name = key.rsplit_once('#').map_or(key.as_str(), |(_, name)| name);
                let package = match packages.get(name) {
                    Some(package) => *package,
                    None => {
                        let reference = package_of_key(&key).map(|reference| reference.to_string());
                        let found = reference.map(|reference| lens.resolve(&reference, end)).transpose()?.flatten().map(|(id, _)| id);
                        packages.insert(name.to_owned(), found);
                        found
                    }
                };
                let next = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                let entry = *entries.entry(key).or_insert(next);
                if let Some((pair, _)) = open.remove(&entry) {
                    let pair = &mut history.pairs[pair as usize];
                    pair.last = pair.last.max(bucket);
                }
                let used = row.after.and_then(|value| {
                    let versions = texts(value.get("versions"));
                    let direct = value.get("direct").and_then(Value::as_bool) == Some(true);
                    let package = package?;
                    let next = u32::try_from(history.pairs.len()).unwrap_or(u32::MAX);
                    let number = *numbers.entry((package, versions)).or_insert_with_key(|(package, versions)| {
                        history.pairs.push(Pair { package: *package, versions: versions.clone(), first: bucket, last: bucket });
                        next
                    });
                    let pair = &mut history.pairs[number as usize];
                    pair.first = pair.first.min(bucket);
                    open.insert(entry, (number, bucket));
                    Some((number, direct))
                });
                steps.push(Step { bucket, entry, used });
            }
            for (pair, _) in open.into_values() {
                history.pairs[pair as usize].last = moments.len() - 1;
            }
            if !steps.is_empty() {
                history.users.push((id, steps));
            }
        }
    }
    Ok(history)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What each pair is worth in each bucket from its first to its last use.
fn judge(lens: &Lens, pairs: &[Pair], moments: &[Instant]) -> Result<Vec<Vec<Verdict>>, Error> {
    let mut judged: Vec<Vec<Verdict>> = pairs.iter().map(|_| Vec::new()).collect();
    let mut of_package: BTreeMap<EntityId, Vec<usize>> = BTreeMap::new();
    for (number, pair) in pairs.iter().enumerate() {
        of_package.entry(pair.package).or_default().push(number);
    }
    let packages: Vec<EntityId> = of_package.keys().copied().collect();
    for ids in packages.chunks(AT_ONCE) {
        let found = outdated::packages_at(lens, ids, moments)?;
        for (&id, states) in &found {
            let mut differs = vec![true; states.len()];
            let mut dated: Option<(&PackageAt, Vec<Instant>)> = None;
            for index in 1..states.len() {
                match (&states[index - 1], &states[index]) {
                    (None, None) => differs[index] = false,
                    (Some(before), Some(now)) if Arc::ptr_eq(&before.told, &now.told) && before.restated == now.restated => {
                        let (_, dates) = match dated.take() {
                            Some((of, dates)) if Arc::ptr_eq(&of.told, &now.told) => dated.insert((of, dates)),
                            _ => dated.insert((now, dates(&now.told.package))),
                        };
                        let passed = |at: Instant| dates.partition_point(|date| *date <= at);
                        differs[index] = passed(moments[index - 1]) != passed(moments[index]);
                    }
                    _ => {}
                }
            }
            for &number in of_package.get(&id).map_or(&[][..], Vec::as_slice) {
                let pair = &pairs[number];
                let last = pair.last.min(moments.len().saturating_sub(1));
                for index in pair.first..=last {
                    let verdict = match judged[number].last() {
                        Some(verdict) if !differs[index] => *verdict,
                        _ => {
                            let state = states[index].as_ref();
                            state.map(|state| assess(state, &pair.versions, moments[index]).verdict()).unwrap_or_default()
                        }
                    };
                    judged[number].push(verdict);
                }
            }
        }
    }
    Ok(judged)
}
