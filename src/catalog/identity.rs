//! Which entity a resource speaks of that claims no ref: by annotation, then by rule, then by name.
//!
//! # Invariants
//! - A name counts only if it is unique in both directions: one entity is called so, and one resource.
//! - What belongs to a repository belongs to its only service, where it has exactly one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EntityId, EntityRef, Kind};

/// An entity that a resource may speak of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The entity.
    pub id: EntityId,
    /// Its ref now.
    pub reference: EntityRef,
    /// Values of the annotations that name resources of the source.
    pub annotated: Vec<String>,
    /// Of a service: the repository that holds it.
    pub repository: Option<EntityRef>,
}

/// How a resource found its entity; the words stand in link records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The names are alike: a guess.
    Name,
    /// The configured rule makes the resource's id from the repository's name.
    Rule,
    /// The entity's annotation names the resource.
    Annotation,
}

impl Rule {
    /// The word in link records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Rule => "rule",
            Self::Annotation => "annotation",
        }
    }

    /// The rule of a word; none for links that a person made or that another rule of spot did.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Name, Self::Rule, Self::Annotation].into_iter().find(|rule| rule.word() == word)
    }
}

/// Finds entities for the resources of one source.
#[derive(Debug)]
pub struct Finder<'a> {
    candidates: &'a [Candidate],
    /// Positions of candidates, services before repositories.
    by_annotation: BTreeMap<&'a str, Vec<usize>>,
    by_rule: BTreeMap<String, Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// The services of each repository, by its ref's key.
    services: BTreeMap<String, Vec<usize>>,
}

impl<'a> Finder<'a> {
    /// One over these entities; `rule` makes ids from `{owner}` and `{repo}`.
    #[must_use]
    pub fn new(candidates: &'a [Candidate], rule: Option<&str>) -> Self {
        let mut finder = Self {
            candidates,
            by_annotation: BTreeMap::new(),
            by_rule: BTreeMap::new(),
            by_name: BTreeMap::new(),
            services: BTreeMap::new(),
        };
        for (position, candidate) in candidates.iter().enumerate() {
            for value in &candidate.annotated {
                finder.by_annotation.entry(value).or_default().push(position);
            }
            if let Some(repository) = &candidate.repository {
                finder.services.entry(repository.key()).or_default().push(position);
            }
            if candidate.reference.kind() == Kind::Repository {
                let name = candidate.reference.name();
                let (owner, repository) = name.rsplit_once('/').unwrap_or(("", name));
                if let Some(rule) = rule {
                    let id = rule.replace("{owner}", owner).replace("{repo}", repository);
                    finder.by_rule.entry(id.to_lowercase()).or_default().push(position);
                }
                let names: BTreeSet<String> = [normal(name), normal(repository)].into();
                for name in names {
                    finder.by_name.entry(name).or_default().push(position);
                }
            }
        }
        finder
    }

    /// The entity of each resource that has one, by the strongest rule.
    #[must_use]
    pub fn find<'b>(&self, resources: &[&'b str]) -> BTreeMap<&'b str, (EntityId, Rule)> {
        let mut found = BTreeMap::new();
        let mut guesses: BTreeMap<usize, Vec<&'b str>> = BTreeMap::new();
        for id in resources {
            if let Some(position) = self.annotated(id) {
                found.insert(*id, (self.candidates[position].id, Rule::Annotation));
            } else if let Some([position]) = self.by_rule.get(&id.to_lowercase()).map(Vec::as_slice) {
                found.insert(*id, (self.in_service(*position), Rule::Rule));
            } else if let [position] = self.named(id).as_slice() {
                guesses.entry(*position).or_default().push(id);
            }
        }
        for (position, ids) in guesses {
            if let [id] = ids.as_slice() {
                found.insert(*id, (self.in_service(position), Rule::Name));
            }
        }
        found
    }

    /// Entities whose names come near a resource's, at most three, for a person to choose from.
    #[must_use]
    pub fn guesses(&self, id: &str) -> Vec<&'a Candidate> {
        let wanted = normal(last_part(id));
        let near = |name: &String| name.len() >= 3 && wanted.len() >= 3 && (name.contains(&wanted) || wanted.contains(name.as_str()));
        let mut all: Vec<(usize, usize)> = self
            .by_name
            .iter()
            .filter(|(name, _)| near(name))
            .flat_map(|(name, positions)| positions.iter().map(|position| (name.len().abs_diff(wanted.len()), *position)))
            .collect();
        all.sort_unstable();
        let mut near: Vec<&Candidate> = Vec::new();
        for (_, position) in all {
            let candidate = &self.candidates[position];
            if !near.iter().any(|known| known.id == candidate.id) {
                near.push(candidate);
            }
        }
        near.truncate(3);
        near
    }

    /// Of several entities with one annotation a service counts before its repository; several services are no answer
    /// but the repository that holds them all.
    fn annotated(&self, id: &str) -> Option<usize> {
        let positions = self.by_annotation.get(id)?;
        let of_kind = |kind: Kind| -> Vec<usize> {
            positions.iter().copied().filter(|position| self.candidates[*position].reference.kind() == kind).collect()
        };
        let services = of_kind(Kind::Service);
        match services.as_slice() {
            [service] => Some(*service),
            [] => of_kind(Kind::Repository).first().or_else(|| positions.first()).copied(),
            [first, rest @ ..] => {
                let home = self.candidates[*first].repository.as_ref()?;
                let is_shared = rest.iter().all(|other| self.candidates[*other].repository.as_ref() == Some(home));
                let mut holders = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.reference == *home);
                if is_shared { holders.next().map(|(position, _)| position) } else { Some(*first) }
            }
        }
    }

    fn named(&self, id: &str) -> Vec<usize> {
        let names: BTreeSet<String> = [normal(id), normal(last_part(id))].into();
        let found: BTreeSet<usize> = names.iter().filter_map(|name| self.by_name.get(name)).flatten().copied().collect();
        found.into_iter().collect()
    }

    /// The only service of a repository, else the repository.
    fn in_service(&self, repository: usize) -> EntityId {
        let candidate = &self.candidates[repository];
        match self.services.get(&candidate.reference.key()).map(Vec::as_slice) {
            Some([service]) => self.candidates[*service].id,
            _ => candidate.id,
        }
    }
}

/// `com.acme:billing` -> `billing`.
fn last_part(id: &str) -> &str {
    id.rsplit([':', '/']).next().unwrap_or(id)
}

/// Letters and digits, in lower case.
fn normal(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: u32, reference: &str, annotated: &[&str], repository: Option<&str>) -> Candidate {
        Candidate {
            id: EntityId(id),
            reference: reference.parse().unwrap(),
            annotated: annotated.iter().map(|text| (*text).to_owned()).collect(),
            repository: repository.map(|text| text.parse().unwrap()),
        }
    }

    fn company() -> Vec<Candidate> {
        vec![
            candidate(1, "repository:acme/billing", &[], None),
            candidate(2, "service:billing", &["acme_bill"], Some("repository:acme/billing")),
            candidate(3, "repository:acme/mono", &[], None),
            candidate(4, "service:one", &["acme_mono"], Some("repository:acme/mono")),
            candidate(5, "service:two", &["acme_mono"], Some("repository:acme/mono")),
            candidate(6, "repository:acme/ledger-api", &[], None),
            candidate(7, "repository:other/ledger-api", &[], None),
        ]
    }

    fn found(rule: Option<&str>, ids: &[&str]) -> Vec<String> {
        let candidates = company();
        let finder = Finder::new(&candidates, rule);
        finder.find(ids).into_iter().map(|(id, (entity, rule))| format!("{id} {} {}", entity.0, rule.word())).collect()
    }

    #[test]
    fn an_annotation_counts_before_a_rule_and_that_before_a_name() {
        assert_eq!(found(Some("{owner}_{repo}"), &["acme_bill", "acme_ledger-api"]), ["acme_bill 2 annotation", "acme_ledger-api 6 rule"]);
        assert_eq!(found(None, &["com.acme:billing"]), ["com.acme:billing 2 name"]);
        assert_eq!(found(None, &["acme_ledger-api"]), ["acme_ledger-api 6 name"]);
    }

    #[test]
    fn several_services_of_one_repository_share_it() {
        assert_eq!(found(None, &["acme_mono"]), ["acme_mono 3 annotation"]);
    }

    #[test]
    fn a_name_that_is_not_unique_in_both_directions_is_no_link() {
        assert!(found(None, &["ledger-api"]).is_empty(), "two repositories");
        assert!(found(None, &["x:billing", "y:billing"]).is_empty(), "two resources");
        let candidates = company();
        let guesses: Vec<String> =
            Finder::new(&candidates, None).guesses("x:ledger").iter().map(|near| near.reference.to_string()).collect();
        assert_eq!(guesses, ["repository:acme/ledger-api", "repository:other/ledger-api"]);
    }
}
