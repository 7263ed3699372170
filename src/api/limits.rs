//! How much one request may ask for. Every refusal says by how much it was too much.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet, TypeKind, TypeSystemDefinition};
use async_graphql::{Positioned, Value, Variables};

use crate::api::error::Code;

/// The limits of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of query text.
    pub bytes: usize,
    /// Levels of nested fields.
    pub depth: usize,
    /// Fields to resolve, a page counted as often as it may have items.
    pub complexity: usize,
    /// How often one field may stand beside itself under other names.
    pub aliases: usize,
    /// Entities and changes that lists below the root may bring up.
    pub items: u32,
    /// Bytes of documents.
    pub contents: u64,
    /// Time for the whole request.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            depth: 16,
            complexity: 50_000,
            aliases: 30,
            items: 100_000,
            contents: 16 * 1024 * 1024,
            time: Duration::from_secs(20),
        }
    }
}

/// Items on a page, unless asked otherwise.
pub const DEFAULT_PAGE: usize = 50;
/// The most items on a page.
pub const LARGEST_PAGE: usize = 500;

/// The number of items for the argument `first`.
pub(crate) fn page_size(first: Option<i32>) -> async_graphql::Result<usize> {
    let Some(first) = first else { return Ok(DEFAULT_PAGE) };
    let Ok(first) = usize::try_from(first) else {
        return Err(Code::InvalidArgument.error(format!("first is {first}; expected 0 to {LARGEST_PAGE}")));
    };
    if first > LARGEST_PAGE {
        let over = first - LARGEST_PAGE;
        return Err(
            Code::PageTooLarge.error(format!("first is {first}, {over} over the limit of {LARGEST_PAGE}; ask for the rest with after"))
        );
    }
    Ok(first)
}

/// The names of the fields that take `first`. A field of another name that has `nodes`, as a cluster has, is no page.
#[derive(Debug, Default)]
pub(crate) struct Paged(HashSet<String>);

impl Paged {
    /// Those of a schema.
    pub(crate) fn of(sdl: &str) -> Self {
        let mut found = HashSet::new();
        let definitions = parse_schema(sdl).map(|document| document.definitions).unwrap_or_default();
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let TypeKind::Object(object) = definition.node.kind else { continue };
            let paged = object.fields.iter().filter(|field| field.node.arguments.iter().any(|argument| argument.node.name.node == "first"));
            found.extend(paged.map(|field| field.node.name.node.to_string()));
        }
        Self(found)
    }
}

/// Refuses a request that asks for too much, before anything is resolved.
pub(crate) fn check(document: &ExecutableDocument, variables: &Variables, limits: &Limits, paged: &Paged) -> Result<(), (Code, String)> {
    let mut walk = Walk { document, variables, limits, paged, visited: 0 };
    for (_, operation) in document.operations.iter() {
        let cost = walk.cost(&operation.node.selection_set.node, 1)?;
        if cost > limits.complexity {
            let over = cost - limits.complexity;
            return Err((
                Code::TooComplex,
                format!(
                    "the request may resolve {cost} fields, {over} over the limit of {}; ask for smaller pages or fewer fields",
                    limits.complexity
                ),
            ));
        }
    }
    Ok(())
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    limits: &'a Limits,
    paged: &'a Paged,
    visited: usize,
}

impl Walk<'_> {
    fn cost(&mut self, set: &SelectionSet, depth: usize) -> Result<usize, (Code, String)> {
        let Limits { depth: deepest, aliases, complexity, .. } = *self.limits;
        if depth > deepest {
            return Err((
                Code::TooDeep,
                format!("fields are nested deeper than the limit of {deepest} levels, at least {} too deep", depth - deepest),
            ));
        }
        let mut seen: Vec<(&str, usize)> = Vec::new();
        let mut cost = 0_usize;
        for item in &set.items {
            self.visited += 1;
            if self.visited > complexity {
                return Err((Code::TooComplex, format!("the request selects over {complexity} fields, the limit")));
            }
            let below = match &item.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    let times = match seen.iter_mut().find(|(seen, _)| *seen == name) {
                        Some((_, times)) => {
                            *times += 1;
                            *times
                        }
                        None => {
                            seen.push((name, 1));
                            1
                        }
                    };
                    if times > aliases {
                        let all = set
                            .items
                            .iter()
                            .filter(|item| matches!(&item.node, Selection::Field(other) if other.node.name.node == name))
                            .count();
                        return Err((
                            Code::TooManyAliases,
                            format!("{name} is asked for {all} times side by side, {} over the limit of {aliases}", all - aliases),
                        ));
                    }
                    // The schema describes itself; how deep that goes does not depend on what is stored.
                    let down = if name.starts_with("__") { 0 } else { depth + 1 };
                    let below =
                        if field.node.selection_set.node.items.is_empty() { 0 } else { self.cost(&field.node.selection_set.node, down)? };
                    below.saturating_mul(self.items(&field.node)).saturating_add(1)
                }
                Selection::InlineFragment(fragment) => self.cost(&fragment.node.selection_set.node, depth)?,
                Selection::FragmentSpread(spread) => match self.document.fragments.get(&spread.node.fragment_name.node) {
                    // A fragment is a level, so that one that spreads itself ends somewhere.
                    Some(fragment) => self.cost(&fragment.node.selection_set.node, depth + 1)?,
                    None => 0,
                },
            };
            cost = cost.saturating_add(below);
        }
        Ok(cost)
    }

    /// How often what is selected below a field may be resolved.
    fn items(&self, field: &Field) -> usize {
        if !self.paged.0.contains(field.name.node.as_str()) {
            return 1;
        }
        let is_page = |item: &Positioned<Selection>| matches!(&item.node, Selection::Field(below) if matches!(below.node.name.node.as_str(), "nodes" | "edges"));
        let pages = field.selection_set.node.items.iter().any(is_page);
        let first = field.get_argument("first").and_then(|first| {
            let value = first.node.clone().into_const_with(|name| self.variables.get(&name).cloned().ok_or(())).ok()?;
            if let Value::Number(number) = value { number.as_u64() } else { None }
        });
        match first {
            Some(first) => usize::try_from(first).unwrap_or(usize::MAX).max(1),
            None if pages => DEFAULT_PAGE,
            None => 1,
        }
    }
}

/// What is left to a request while it is answered.
#[derive(Debug)]
pub(crate) struct Budget {
    items: AtomicI64,
    most: u32,
    contents: AtomicI64,
    most_contents: u64,
    started: Instant,
    time: Duration,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            items: AtomicI64::new(i64::from(limits.items)),
            most: limits.items,
            contents: AtomicI64::new(i64::try_from(limits.contents).unwrap_or(i64::MAX)),
            most_contents: limits.contents,
            started: Instant::now(),
            time: limits.time,
        }
    }

    /// Takes bytes of documents from the budget; fails when there are none left or the time is up.
    pub(crate) fn charge_contents(&self, bytes: u64) -> async_graphql::Result<()> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let left = self.contents.fetch_sub(bytes, Ordering::Relaxed).saturating_sub(bytes);
        if left < 0 {
            let most = self.most_contents;
            return Err(Code::TooComplex.error(format!(
                "the answer would hold over {most} bytes of documents, at least {} over the limit; ask for the content of fewer of them",
                -left
            )));
        }
        self.charge(0)
    }

    /// Takes `items` from the budget; fails when there are none left or the time is up.
    pub(crate) fn charge(&self, items: usize) -> async_graphql::Result<()> {
        let items = i64::try_from(items).unwrap_or(i64::MAX);
        let left = self.items.fetch_sub(items, Ordering::Relaxed).saturating_sub(items);
        if left < 0 {
            let most = self.most;
            return Err(Code::TooComplex
                .error(format!("the answer would hold over {most} items, at least {} over the limit; ask for smaller pages", -left)));
        }
        let spent = self.started.elapsed();
        if spent > self.time {
            return Err(Code::TimedOut.error(format!(
                "the answer took longer than the limit of {} ms, {} ms over; ask for less",
                self.time.as_millis(),
                (spent - self.time).as_millis()
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn refused(query: &str) -> String {
        match check(&parse_query(query).unwrap(), &Variables::default(), &Limits::default(), &Paged::of(&crate::api::sdl())) {
            Ok(()) => "fine".to_owned(),
            Err((code, message)) => format!("{}: {message}", code.word()),
        }
    }

    #[test]
    fn a_request_of_ordinary_size_is_fine() {
        assert_eq!(refused("{ services(first: 50) { nodes { id name owner { name } } } }"), "fine");
    }

    #[test]
    fn refusals_say_by_how_much() {
        let deep = format!("{}id{}", "{ a ".repeat(20), "}".repeat(20)).replace("id}", "{ id }}");
        assert!(refused(&deep).starts_with("TOO_DEEP: fields are nested deeper than the limit of 16"), "{}", refused(&deep));
        let aliases = (0..40).map(|i| format!("a{i}: services {{ totalCount }}")).collect::<Vec<_>>().join(" ");
        assert_eq!(
            refused(&format!("{{ {aliases} }}")),
            "TOO_MANY_ALIASES: services is asked for 40 times side by side, 10 over the limit of 30"
        );
        let wide = "{ services(first: 500) { nodes { packages(first: 500) { nodes { manifest } } } } }";
        assert!(refused(wide).starts_with("TOO_COMPLEX: the request may resolve 501001 fields"), "{}", refused(wide));
    }

    #[test]
    fn only_what_takes_a_page_counts_as_one() {
        let cost = |query: &str| {
            let limits = Limits::default();
            let document = parse_query(query).unwrap();
            let (variables, paged) = (Variables::default(), Paged::of(&crate::api::sdl()));
            let mut walk = Walk { document: &document, variables: &variables, limits: &limits, paged: &paged, visited: 0 };
            let operation = document.operations.iter().next().unwrap().1;
            walk.cost(&operation.node.selection_set.node, 1).unwrap()
        };
        assert_eq!(cost("{ clusters { nodes { cluster { nodes { zone nodes } } } } }"), 1 + 50 * (1 + 1 + 1 + 2));
        assert_eq!(cost("{ services(first: 10) { nodes { name } } }"), 1 + 10 * 2);
        assert_eq!(cost("{ services { totalCount } }"), 2);
        assert_eq!(cost("{ impact(of: \"a\") { nodes { distance } } }"), 1 + 50 * 2);
    }

    #[test]
    fn fragments_that_spread_themselves_are_refused() {
        assert!(refused("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }").starts_with("TOO_DEEP"));
    }

    #[test]
    fn a_page_over_the_limit_says_so() {
        assert_eq!(page_size(Some(600)).unwrap_err().message, "first is 600, 100 over the limit of 500; ask for the rest with after");
        assert_eq!(page_size(None).unwrap(), 50);
    }
}
