//! Lists of entities of one kind: filtered, sorted, counted and paged, at any moment, from columns alone.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::model::{EntityId, Facet, Instant, Kind};
use crate::query::judge::Figures;
use crate::query::lens::{Known, Name, first_text, texts};
use crate::query::series::Scope;
use crate::query::{Cursor, Error, Lens, Ownership, graph, outdated, package};
use crate::store::column::Column;

/// What a list keeps. Everything given must hold; of several values one is enough. Letter case never matters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Part of the name, title or description.
    pub text: Option<String>,
    /// The owner: a team or person.
    pub owner: Option<EntityId>,
    /// Count what the teams below the owner own, as the tree stood at the moment.
    pub owner_tree: bool,
    /// Has no owner (true), or has one (false).
    pub unowned: Option<bool>,
    /// Any of these types.
    pub types: Vec<String>,
    /// Any of these lifecycles.
    pub lifecycles: Vec<String>,
    /// Any of these statuses.
    pub statuses: Vec<String>,
    /// Any of these languages.
    pub languages: Vec<String>,
    /// Any of these topics.
    pub topics: Vec<String>,
    /// Belongs to this system.
    pub system: Option<EntityId>,
    /// Belongs to this domain.
    pub domain: Option<EntityId>,
    /// Stands in this repository.
    pub repository: Option<EntityId>,
    /// Is below this team or domain.
    pub parent: Option<EntityId>,
    /// Is a member of this team.
    pub member_of: Option<EntityId>,
    /// A source defines it (true), or it is only mentioned (false).
    pub defined: Option<bool>,
    /// Some source states these fields.
    pub has: Vec<(Facet, String)>,
    /// No source states these fields.
    pub lacks: Vec<(Facet, String)>,
    /// A package of any of these ecosystems.
    pub ecosystems: Vec<String>,
    /// Its newest change is at this instant or later.
    pub changed_since: Option<Instant>,
    /// Its newest change is before this instant. What never changed is not kept.
    pub changed_before: Option<Instant>,
    /// Some statement that holds for it is stale (true), or none is (false).
    pub stale: Option<bool>,
    /// The quality gate is any of these words; none stands for a gate that is not known.
    pub gates: Vec<Option<String>>,
    /// The coverage is at least this.
    pub coverage_at_least: Option<f64>,
    /// The coverage is below this.
    pub coverage_below: Option<f64>,
    /// Some direct dependency is behind (true), or none is known to be (false); of a package, some use.
    pub outdated: Option<bool>,
    /// Some package in use has a published weakness (true), or none is known to have (false); of a package, in some use.
    pub vulnerable: Option<bool>,
    /// Some package in use is deprecated (true), or none is known to be (false); of a package, itself or in some use.
    pub deprecated: Option<bool>,
    /// Some runtime in use is out of support (true), or none is known to be (false); of a package, in some use.
    pub end_of_life: Option<bool>,
    /// A package that the organisation publishes itself (true), or does not (false).
    pub internal: Option<bool>,
    /// A package that this uses: a service or repository, or what a team and the teams below it own.
    pub used_by: Option<EntityId>,
}

/// What a list is sorted by. Entities without the value come last; equal ones go by name, then by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The name, without regard to case.
    #[default]
    Name,
    /// The owner's name.
    Owner,
    /// The lifecycle.
    Lifecycle,
    /// The type.
    Type,
    /// The status.
    Status,
    /// When it changed last, at or before the moment.
    LastChange,
    /// When the oldest confirmation among its statements was.
    LastConfirmed,
    /// The coverage.
    Coverage,
    /// Libyears of the direct dependencies; of a package, of its uses.
    Libyears,
    /// The share of direct dependencies that are behind; of a package, of its uses.
    OutdatedShare,
    /// How many packages in use have a published weakness; of a package, how many uses.
    Vulnerable,
    /// Of a package, how many manifests use it.
    Uses,
    /// Of a package, when its newest version was published.
    LatestPublished,
}

/// A question for a list.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The kind of entity.
    pub kind: Kind,
    /// What to keep.
    pub filter: &'a Filter,
    /// The order.
    pub order: Order,
    /// Turns the order around; those without a value stay last.
    pub descending: bool,
    /// At most so many.
    pub first: usize,
    /// Where the page before ended.
    pub after: Option<&'a Cursor>,
    /// The moment.
    pub at: Instant,
}

/// A page of entities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// All that the filter keeps, by id.
    pub kept: Vec<EntityId>,
    /// Those on this page, in order.
    pub items: Vec<EntityId>,
    /// There is a page before.
    pub has_previous: bool,
    /// There is a page after.
    pub has_next: bool,
}

/// Answers a question for a list.
///
/// # Errors
/// If the store cannot be read.
pub fn page(lens: &Lens, question: &Question<'_>) -> Result<Page, Error> {
    let kept = select(lens, question.kind, question.filter, question.at)?;
    let sorter = Sorter::new(lens, question, &kept)?;
    let mut keyed = kept.iter().map(|id| sorter.key(*id)).collect::<Result<Vec<_>, _>>()?;
    let start = match question.after {
        Some(cursor) => {
            let last = sorter.key(cursor.entity)?;
            let before = keyed.len();
            keyed.retain(|key| sorter.compare(key, &last).is_gt());
            before - keyed.len()
        }
        None => 0,
    };
    let wanted = question.first.min(keyed.len());
    let has_next = keyed.len() > wanted;
    if wanted == 0 {
        return Ok(Page { kept, items: Vec::new(), has_previous: start > 0, has_next });
    }
    if has_next {
        keyed.select_nth_unstable_by(wanted - 1, |a, b| sorter.compare(a, b));
        keyed.truncate(wanted);
    }
    keyed.sort_unstable_by(|a, b| sorter.compare(a, b));
    Ok(Page { kept, items: keyed.into_iter().map(|key| key.id).collect(), has_previous: start > 0, has_next })
}

/// How many entities a filter keeps.
///
/// # Errors
/// If the store cannot be read.
pub fn count(lens: &Lens, kind: Kind, filter: &Filter, at: Instant) -> Result<usize, Error> {
    Ok(select(lens, kind, filter, at)?.len())
}

/// The entities of a kind that exist at `at` and that the filter keeps, in order of id.
///
/// # Errors
/// If the store cannot be read.
pub fn select(lens: &Lens, kind: Kind, filter: &Filter, at: Instant) -> Result<Vec<EntityId>, Error> {
    let mut tests = Tests::new(lens, filter, at)?;
    let mut kept = Vec::new();
    for &id in lens.view().entities(kind).iter() {
        if lens.exists(id, at)? && tests.keep(id)? {
            kept.push(id);
        }
    }
    // Dearer than a column, hence last.
    if filter.changed_since.is_some() || filter.changed_before.is_some() {
        keep_changed(lens, filter, at, &mut kept)?;
    }
    if let Some(stale) = filter.stale {
        let mut freshness = lens.view().freshness(at)?;
        let mut same = Vec::with_capacity(kept.len());
        for id in kept {
            if freshness.is_stale(id)? == stale {
                same.push(id);
            }
        }
        kept = same;
    }
    keep_by_packages(lens, kind, filter, at, &mut kept)?;
    Ok(kept)
}

/// Keeps those whose packages, or whose uses, are as the filter says.
fn keep_by_packages(lens: &Lens, kind: Kind, filter: &Filter, at: Instant, kept: &mut Vec<EntityId>) -> Result<(), Error> {
    let wanted = [filter.outdated, filter.vulnerable, filter.deprecated, filter.end_of_life];
    if wanted == [None; 4] && filter.used_by.is_none() {
        return Ok(());
    }
    let registries = outdated::registries(lens, at);
    if wanted != [None; 4] {
        let table = registries.table(lens)?;
        let mut same = Vec::with_capacity(kept.len());
        for &id in kept.iter() {
            let found = if kind == Kind::Package {
                let figures = table.packages.get(&id).map(|of| &of.figures);
                let deprecated = figures.is_some_and(|figures| figures.deprecated > 0)
                    || lens.view().column(Facet::Package, "deprecated")?.at(id, at).is_some();
                let some = |count: fn(&Figures) -> usize| figures.is_some_and(|figures| count(figures) > 0);
                [some(Figures::outdated), some(|of| of.vulnerable), deprecated, some(|of| of.end_of_life)]
            } else {
                let usage = table.users.get(&id);
                let some = |count: fn(&Figures) -> usize| usage.is_some_and(|usage| count(&usage.all) > 0);
                let outdated = usage.is_some_and(|usage| usage.direct.outdated() > 0);
                [outdated, some(|of| of.vulnerable), some(|of| of.deprecated), some(|of| of.end_of_life)]
            };
            if wanted.iter().zip(found).all(|(wanted, found)| wanted.is_none_or(|wanted| wanted == found)) {
                same.push(id);
            }
        }
        *kept = same;
    }
    if let Some(of) = filter.used_by {
        let mut scope = Scope::of(lens, Some(of))?;
        let mut used = HashSet::new();
        for kind in [Kind::Service, Kind::Repository] {
            for &user in lens.view().entities(kind).iter() {
                if lens.exists(user, at)? && scope.holds(user, at)? {
                    for usage in graph::packages(lens, user, at)? {
                        used.extend(lens.resolve(&usage.package.to_string(), at)?.map(|(id, _)| id));
                    }
                }
            }
        }
        kept.retain(|id| used.contains(id));
    }
    Ok(())
}

/// Keeps those whose newest change at or before `at` falls where the filter says.
fn keep_changed(lens: &Lens, filter: &Filter, at: Instant, kept: &mut Vec<EntityId>) -> Result<(), Error> {
    const DAY: i64 = 86_400;
    let until = filter.changed_before.map_or(at, |before| before.plus_micros(-1).min(at));
    let mut open: HashSet<EntityId> = kept.iter().copied().collect();
    lens.view().for_each_changed(until, at, |id| {
        open.remove(&id);
    })?;
    kept.retain(|id| open.contains(id));
    let Some(earliest) = lens.earliest()? else { return Ok(()) };
    // Stretches are half open at their start: from the microsecond before the first instant that counts.
    let start = filter.changed_since.unwrap_or(earliest).max(earliest).plus_micros(-1);
    let (mut to, mut days) = (until, 30);
    while !open.is_empty() && to > start {
        let from = to.plus_seconds(-days * DAY).max(start);
        lens.view().for_each_changed(from, to, |id| {
            open.remove(&id);
        })?;
        to = from;
        days *= 2;
    }
    kept.retain(|id| !open.contains(id));
    Ok(())
}

/// A filter made ready for one moment. Verdicts on values are kept by value: columns share equal ones.
struct Tests<'l> {
    lens: &'l Lens,
    at: Instant,
    text: Option<String>,
    defined: Option<bool>,
    unowned: Option<bool>,
    columns: Vec<ColumnTest<'l>>,
    fields: Vec<(FieldSource, bool)>,
    ecosystems: &'l [String],
    gates: Option<(Arc<Column>, &'l [Option<String>])>,
    /// At least the first, below the second.
    coverage: Option<(Arc<Column>, Option<f64>, Option<f64>)>,
    internal: Option<(Arc<Column>, bool)>,
}

struct ColumnTest<'l> {
    column: &'l Column,
    wanted: Wanted<'l>,
    verdicts: HashMap<*const Value, bool>,
}

enum Wanted<'l> {
    /// Any text of the value is any of these.
    Words(&'l [String]),
    /// The first ref of the value resolves to one of these.
    First(HashSet<EntityId>),
    /// Some ref of the value resolves to this.
    Any(EntityId),
}

enum FieldSource {
    Column(Arc<Column>),
    Entries(Facet, String),
}

impl<'l> Tests<'l> {
    fn new(lens: &'l Lens, filter: &'l Filter, at: Instant) -> Result<Self, Error> {
        let mut columns = Vec::new();
        let mut add = |known: Known, wanted: Wanted<'l>| -> Result<(), Error> {
            columns.push(ColumnTest { column: lens.column(known)?, wanted, verdicts: HashMap::new() });
            Ok(())
        };
        if let Some(owner) = filter.owner {
            let tree = Ownership::new(lens, owner, filter.owner_tree)?.tree(at)?;
            add(Known::Owner, Wanted::First(tree.as_ref().clone()))?;
        }
        for (known, words) in [
            (Known::Type, &filter.types),
            (Known::Lifecycle, &filter.lifecycles),
            (Known::Status, &filter.statuses),
            (Known::Languages, &filter.languages),
            (Known::Topics, &filter.topics),
        ] {
            if !words.is_empty() {
                add(known, Wanted::Words(words))?;
            }
        }
        for (known, target) in [
            (Known::System, filter.system),
            (Known::Domain, filter.domain),
            (Known::Repository, filter.repository),
            (Known::Parent, filter.parent),
            (Known::MemberOf, filter.member_of),
        ] {
            if let Some(target) = target {
                add(known, Wanted::Any(target))?;
            }
        }
        let mut fields = Vec::new();
        for (wanted, list) in [(true, &filter.has), (false, &filter.lacks)] {
            for (facet, field) in list {
                let source = if is_keyed(*facet, field) {
                    FieldSource::Entries(*facet, field.clone())
                } else {
                    FieldSource::Column(lens.view().column(*facet, field)?)
                };
                fields.push((source, wanted));
            }
        }
        let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_lowercase);
        let Filter { defined, unowned, ref ecosystems, ref gates, coverage_at_least, coverage_below, internal, .. } = *filter;
        let column = |facet, field| lens.view().column(facet, field);
        let gates = if gates.is_empty() { None } else { Some((column(Facet::Quality, "gate")?, &gates[..])) };
        let coverage = match (coverage_at_least, coverage_below) {
            (None, None) => None,
            (least, below) => Some((column(Facet::Quality, "coverage")?, least, below)),
        };
        let internal = internal.map(|internal| column(Facet::Package, "internal").map(|column| (column, internal))).transpose()?;
        Ok(Self { lens, at, text, defined, unowned, columns, fields, ecosystems, gates, coverage, internal })
    }

    fn keep(&mut self, id: EntityId) -> Result<bool, Error> {
        for test in &mut self.columns {
            let Some(value) = test.column.at(id, self.at) else { return Ok(false) };
            let verdict = match test.verdicts.get(&Arc::as_ptr(value)) {
                Some(verdict) => *verdict,
                None => {
                    let verdict = test.wanted.holds(self.lens, value, self.at)?;
                    test.verdicts.insert(Arc::as_ptr(value), verdict);
                    verdict
                }
            };
            if !verdict {
                return Ok(false);
            }
        }
        if let Some(defined) = self.defined
            && self.lens.is_defined(id, self.at)? != defined
        {
            return Ok(false);
        }
        if let Some(unowned) = self.unowned
            && self.lens.value(Known::Owner, id, self.at)?.is_none() != unowned
        {
            return Ok(false);
        }
        if !self.ecosystems.is_empty() {
            let name = self.lens.name(id, self.at)?;
            let ecosystem = name.ecosystem();
            if !ecosystem.is_some_and(|ecosystem| self.ecosystems.iter().any(|wanted| wanted.eq_ignore_ascii_case(ecosystem))) {
                return Ok(false);
            }
        }
        if let Some((column, wanted)) = &self.gates {
            let gate = column.at(id, self.at).and_then(|value| value.as_str());
            if !wanted.iter().any(|wanted| wanted.as_deref() == gate) {
                return Ok(false);
            }
        }
        if let Some((column, least, below)) = &self.coverage {
            let Some(coverage) = column.at(id, self.at).and_then(|value| value.as_f64()) else { return Ok(false) };
            if least.is_some_and(|least| coverage < least) || below.is_some_and(|below| coverage >= below) {
                return Ok(false);
            }
        }
        if let Some((column, internal)) = &self.internal
            && column.at(id, self.at).and_then(|value| value.as_bool()) != Some(*internal)
        {
            return Ok(false);
        }
        if let Some(text) = &self.text
            && !self.mentions(id, text)?
        {
            return Ok(false);
        }
        for (source, wanted) in &self.fields {
            let has = match source {
                FieldSource::Column(column) => column.at(id, self.at).is_some(),
                FieldSource::Entries(facet, field) => !self.lens.view().entries(id, *facet, field, self.at)?.is_empty(),
            };
            if has != *wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn mentions(&self, id: EntityId, text: &str) -> Result<bool, Error> {
        if contains_folded(self.lens.name(id, self.at)?.name(), text) {
            return Ok(true);
        }
        for known in [Known::Title, Known::Description] {
            if self.lens.text(known, id, self.at)?.is_some_and(|value| contains_folded(value, text)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Wanted<'_> {
    fn holds(&self, lens: &Lens, value: &Value, at: Instant) -> Result<bool, Error> {
        match self {
            Self::Words(words) => Ok(texts(value).any(|text| words.iter().any(|word| word.to_lowercase() == text.to_lowercase()))),
            Self::First(wanted) => match first_text(value) {
                Some(text) => Ok(lens.resolve(text, at)?.is_some_and(|(id, _)| wanted.contains(&id))),
                None => Ok(false),
            },
            Self::Any(wanted) => {
                for text in texts(value) {
                    if lens.resolve(text, at)?.is_some_and(|(id, _)| id == *wanted) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

/// Fields whose entries are dated one by one; they have no column.
#[must_use]
pub(crate) fn is_keyed(facet: Facet, field: &str) -> bool {
    match facet {
        Facet::General => matches!(field, "annotations" | "versions" | "languageBytes" | "definition"),
        Facet::Dependencies => field == "packages",
        Facet::Relations => true,
        Facet::Documentation => field == "documents",
        Facet::Package => matches!(field, "advisories" | "cycles" | "versions"),
        _ => false,
    }
}

/// Whether `text` holds `part`, which is in lower case.
fn contains_folded(text: &str, part: &str) -> bool {
    if text.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        part.is_empty() || text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
    } else {
        text.to_lowercase().contains(part)
    }
}

/// Compares without regard to case, then by case so that the order is total.
pub(crate) fn compare_folded(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        let folded = a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()));
        return folded.then_with(|| a.cmp(b));
    }
    a.chars().flat_map(char::to_lowercase).cmp(b.chars().flat_map(char::to_lowercase)).then_with(|| a.cmp(b))
}

struct Key<'l> {
    id: EntityId,
    name: Name<'l>,
    value: SortValue<'l>,
}

enum SortValue<'l> {
    Absent,
    Text(&'l str),
    Name(Name<'l>),
    Time(Instant),
    Number(f64),
}

struct Sorter<'l> {
    lens: &'l Lens,
    at: Instant,
    order: Order,
    descending: bool,
    times: HashMap<EntityId, Instant>,
    numbers: HashMap<EntityId, f64>,
}

impl<'l> Sorter<'l> {
    fn new(lens: &'l Lens, question: &Question<'_>, kept: &[EntityId]) -> Result<Self, Error> {
        let Question { order, descending, at, .. } = *question;
        let times = match order {
            Order::LastChange => last_changes(lens, question, kept)?,
            Order::LastConfirmed => last_confirmations(lens, question, kept)?,
            Order::LatestPublished => latest_published(lens, question, kept)?,
            _ => HashMap::new(),
        };
        let numbers = numbers(lens, question, kept)?;
        Ok(Self { lens, at, order, descending, times, numbers })
    }

    fn key(&self, id: EntityId) -> Result<Key<'l>, Error> {
        let lens = self.lens;
        let text = |known| -> Result<SortValue<'l>, Error> {
            Ok(lens.value(known, id, self.at)?.and_then(|value| first_text(value)).map_or(SortValue::Absent, SortValue::Text))
        };
        let value = match self.order {
            Order::Name => SortValue::Absent,
            Order::Type => text(Known::Type)?,
            Order::Lifecycle => text(Known::Lifecycle)?,
            Order::Status => text(Known::Status)?,
            Order::Owner => match lens.owner(id, self.at)? {
                Some(owner) => SortValue::Name(lens.name(owner, self.at)?),
                None => SortValue::Absent,
            },
            Order::Coverage | Order::Libyears | Order::OutdatedShare | Order::Vulnerable | Order::Uses => {
                self.numbers.get(&id).copied().map_or(SortValue::Absent, SortValue::Number)
            }
            Order::LastChange | Order::LastConfirmed | Order::LatestPublished => {
                self.times.get(&id).copied().map_or(SortValue::Absent, SortValue::Time)
            }
        };
        Ok(Key { id, name: lens.name(id, self.at)?, value })
    }

    fn compare(&self, a: &Key<'_>, b: &Key<'_>) -> Ordering {
        let turn = |order: Ordering| if self.descending { order.reverse() } else { order };
        let by_value = match (&a.value, &b.value) {
            (SortValue::Absent, SortValue::Absent) => Ordering::Equal,
            (SortValue::Absent, _) => Ordering::Greater,
            (_, SortValue::Absent) => Ordering::Less,
            (SortValue::Text(a), SortValue::Text(b)) => turn(compare_folded(a, b)),
            (SortValue::Name(a), SortValue::Name(b)) => turn(compare_folded(a.name(), b.name())),
            (SortValue::Time(a), SortValue::Time(b)) => turn(a.cmp(b)),
            (SortValue::Number(a), SortValue::Number(b)) => turn(a.total_cmp(b)),
            _ => Ordering::Equal,
        };
        let by_name = || {
            let order = compare_folded(a.name.name(), b.name.name());
            if self.order == Order::Name { turn(order) } else { order }
        };
        by_value.then_with(by_name).then_with(|| a.id.cmp(&b.id))
    }
}

/// When entities changed last, at or before the moment, read backwards from there. If the newest come first, only as
/// far as the page needs: whoever is not found is older than everyone found.
fn last_changes(lens: &Lens, question: &Question<'_>, kept: &[EntityId]) -> Result<HashMap<EntityId, Instant>, Error> {
    const DAY: i64 = 86_400;
    let mut open: HashSet<EntityId> = kept.iter().copied().collect();
    let wanted: HashSet<EntityId> = open.clone();
    let mut found = HashMap::new();
    let Some(earliest) = lens.earliest()? else { return Ok(found) };
    let (mut to, mut days) = (question.at, 7);
    while !open.is_empty() && to >= earliest {
        let from = to.plus_seconds(-days * DAY);
        for (at, id, _) in lens.view().changes(from, to)?.into_iter().rev() {
            open.remove(&id);
            if wanted.contains(&id) || question.after.is_some_and(|cursor| cursor.entity == id) {
                found.entry(id).or_insert(at);
            }
        }
        let enough = match question.after {
            None => found.len() > question.first,
            Some(cursor) => found
                .get(&cursor.entity)
                .is_some_and(|last| found.values().filter(|at| *at <= last).count() > question.first.saturating_add(1)),
        };
        if question.descending && enough {
            break;
        }
        to = from;
        days *= 2;
    }
    Ok(found)
}

/// The figures by which a list is sorted.
fn numbers(lens: &Lens, question: &Question<'_>, kept: &[EntityId]) -> Result<HashMap<EntityId, f64>, Error> {
    let mut found = HashMap::new();
    let ids = || kept.iter().chain(question.after.map(|cursor| &cursor.entity)).copied();
    match question.order {
        Order::Coverage => {
            let column = lens.view().column(Facet::Quality, "coverage")?;
            found.extend(ids().filter_map(|id| Some((id, column.at(id, question.at)?.as_f64()?))));
        }
        Order::Libyears | Order::OutdatedShare | Order::Vulnerable | Order::Uses => {
            let registries = outdated::registries(lens, question.at);
            let table = registries.table(lens)?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let count = |count: usize| Some(count as f64);
            for id in ids() {
                let (direct, all, uses) = match (table.users.get(&id), table.packages.get(&id)) {
                    (Some(usage), _) => (&usage.direct, &usage.all, None),
                    (None, Some(of)) => (&of.figures, &of.figures, count(of.uses)),
                    (None, None) => continue,
                };
                let number = match question.order {
                    Order::Libyears => direct.libyears(),
                    Order::OutdatedShare => direct.share(),
                    Order::Vulnerable => count(all.vulnerable).filter(|_| all.asked > 0),
                    _ => uses,
                };
                found.extend(number.map(|number| (id, number)));
            }
        }
        _ => {}
    }
    Ok(found)
}

fn latest_published(lens: &Lens, question: &Question<'_>, kept: &[EntityId]) -> Result<HashMap<EntityId, Instant>, Error> {
    let mut found = HashMap::with_capacity(kept.len());
    for &id in kept.iter().chain(question.after.map(|cursor| &cursor.entity)) {
        if let Some(published) = package::latest_published(lens, id, question.at)? {
            found.insert(id, published);
        }
    }
    Ok(found)
}

fn last_confirmations(lens: &Lens, question: &Question<'_>, kept: &[EntityId]) -> Result<HashMap<EntityId, Instant>, Error> {
    let mut freshness = lens.view().freshness(question.at)?;
    let mut found = HashMap::with_capacity(kept.len());
    for &id in kept.iter().chain(question.after.map(|cursor| &cursor.entity)) {
        if let Some(last) = freshness.of(id)?.last {
            found.insert(id, last);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_and_found_without_regard_to_case() {
        assert_eq!(compare_folded("alpha", "Beta"), Ordering::Less);
        assert!(compare_folded("Äpfel", "äpfel").is_ne(), "the order is total");
        assert!(contains_folded("Payment-Ledger", "ledger"));
        assert!(contains_folded("Überweisung", "über"));
        assert!(!contains_folded("ab", "abc"));
    }
}
