//! Pages as statements about documentation. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::collect::confluence::wire::{Content, Label, Page as ListedPage};
use crate::collect::confluence::{Config, LABELLED};
use crate::model::body::{Documentation, Page, to_body};
use crate::model::{EntityRef, Facet, Hint, Instant, Kind, Resource, Statement};

/// The origin of every statement.
const ORIGIN: &str = "confluence";
/// Words that say what a page is, and not what it is about.
const KINDS_OF_PAGES: [&str; 8] = ["runbook", "architecture", "overview", "api", "documentation", "docs", "readme", "guide"];

/// A page, whichever list it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) space: String,
    pub(super) title: String,
    pub(super) path: String,
    pub(super) version: u64,
    pub(super) edited_at: Option<Instant>,
    /// The number of who edited it, or the name where the list has it.
    pub(super) editor: Option<Editor>,
    /// None: not asked yet.
    pub(super) labels: Option<Vec<String>>,
}

/// Who edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Editor {
    /// Of Cloud, whose names are asked for.
    Account(String),
    /// Of Data Center.
    Name(String),
}

impl Listed {
    /// A page of version 2 in a space.
    pub(super) fn of_page(page: ListedPage, space: &str) -> Self {
        let version = page.version.as_ref();
        Self {
            space: space.to_owned(),
            title: page.title,
            path: page.links.webui.unwrap_or_else(|| format!("/pages/viewpage.action?pageId={}", page.id)),
            version: version.map_or(0, |version| version.number),
            edited_at: version.and_then(|version| version.created_at.as_deref()).and_then(|text| text.parse().ok()),
            editor: version.and_then(|version| version.author_id.clone()).map(Editor::Account),
            id: page.id,
            labels: None,
        }
    }

    /// A page that a search found; none if it does not say in which space.
    pub(super) fn of_content(content: Content) -> Option<Self> {
        let labels = labels(&content);
        let version = content.version.as_ref();
        let by = version.and_then(|version| version.by.as_ref());
        let account = by.and_then(|by| by.account_id.clone()).map(Editor::Account);
        let name = by.and_then(|by| by.display_name.clone().or_else(|| by.username.clone())).map(Editor::Name);
        Some(Self {
            space: content.space?.key,
            title: content.title,
            path: content.links.webui.unwrap_or_else(|| format!("/pages/viewpage.action?pageId={}", content.id)),
            version: version.map_or(0, |version| version.number),
            edited_at: version.and_then(|version| version.when.as_deref()).and_then(|text| text.parse().ok()),
            editor: account.or(name),
            id: content.id,
            labels,
        })
    }
}

/// Labels of a result of a search; none if it was not told.
pub(super) fn labels(content: &Content) -> Option<Vec<String>> {
    Some(names(&content.metadata.as_ref()?.labels.as_ref()?.results))
}

/// Names of labels that everybody sees, sorted.
pub(super) fn names(labels: &[Label]) -> Vec<String> {
    let global = labels.iter().filter(|label| label.prefix.as_deref().is_none_or(|prefix| prefix == "global"));
    global.map(|label| label.name.to_lowercase()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A page as its source names it; `in_space` if its space is read.
pub(super) fn resource(space: &str, id: &str, in_space: bool) -> Arc<Resource> {
    let scope = if in_space { space } else { LABELLED };
    Arc::new(Resource { id: format!("{space}/{id}"), kind: Kind::Service, scope: scope.to_owned() })
}

/// What is said of a page; `people` are names by account.
pub(super) fn statement(config: &Config, resource: &Arc<Resource>, listed: &Listed, people: &BTreeMap<String, String>) -> Statement {
    let url = config.page(&listed.path);
    let page = Page {
        title: listed.title.clone(),
        url: url.clone(),
        space: listed.space.clone(),
        version: listed.version,
        edited_at: listed.edited_at,
        editor: listed.editor.as_ref().map(|editor| match editor {
            Editor::Account(account) => people.get(account).unwrap_or(account).clone(),
            Editor::Name(name) => name.clone(),
        }),
        labels: listed.labels.clone().unwrap_or_default(),
    };
    let body = Documentation { pages: BTreeMap::from([(listed.id.clone(), page)]), ..Documentation::default() };
    let (resource, origin) = (Arc::clone(resource), ORIGIN.to_owned());
    Statement { resource, origin, facet: Facet::Documentation, body: Some(to_body(&body)), check: Some(url) }
}

/// That a page is gone.
pub(super) fn gone(resource: &Arc<Resource>) -> Statement {
    let (resource, origin) = (Arc::clone(resource), ORIGIN.to_owned());
    Statement { resource, origin, facet: Facet::Documentation, body: None, check: None }
}

/// About what a page is.
pub(super) fn hints(config: &Config, listed: &Listed) -> Vec<Hint> {
    let mut hints = vec![Hint::Annotation(format!("{}/{}", listed.space, listed.id)), Hint::Annotation(listed.id.clone())];
    let labels = || listed.labels.iter().flatten();
    let named = |prefixes: &[String]| -> Vec<String> {
        labels()
            .filter_map(|label| prefixes.iter().find_map(|prefix| label.strip_prefix(&prefix.to_lowercase())))
            .map(str::to_owned)
            .collect()
    };
    for name in named(&config.service_labels).into_iter().filter(|name| !name.is_empty()) {
        hints.extend(format!("service:{name}").parse::<EntityRef>().ok().map(|it| Hint::Ref(it.to_string())));
        hints.push(Hint::Name(name));
    }
    for name in named(&config.repository_labels) {
        // A label has no slash: the owner ends at one of the hyphens.
        let splits = name.match_indices('-').filter(|(at, _)| *at > 0 && *at + 1 < name.len()).take(5);
        hints.extend(splits.map(|(at, _)| Hint::Repository(format!("{}/{}", &name[..at], &name[at + 1..]))));
    }
    hints.extend(names_in(&listed.title).into_iter().map(Hint::Name));
    hints.push(Hint::Annotation(listed.space.clone()));
    hints.extend(config.owners.get(&listed.space).cloned().map(Hint::Ref));
    hints
}

/// Names that a title may be: itself, and what is left without words that say what kind of page it is.
fn names_in(title: &str) -> Vec<String> {
    let title = title.trim();
    let words: Vec<&str> = title.split(|c: char| c.is_whitespace() || c == ':').filter(|word| !word.is_empty() && *word != "-").collect();
    let is_kind = |word: &&&str| KINDS_OF_PAGES.contains(&word.to_lowercase().as_str());
    let left = words.iter().filter(|word| !is_kind(word)).copied().collect::<Vec<_>>().join("-");
    let mut names = vec![title.to_owned()];
    if !left.is_empty() && left != title && left.len() < title.len() + 1 {
        names.push(left);
    }
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(title: &str, labels: &[&str]) -> Listed {
        Listed {
            id: "7".into(),
            space: "PAY".into(),
            title: title.into(),
            path: "/spaces/PAY/pages/7".into(),
            version: 3,
            edited_at: None,
            editor: None,
            labels: Some(labels.iter().map(|label| (*label).to_owned()).collect()),
        }
    }

    #[test]
    fn labels_come_before_the_title_and_the_space_comes_last() {
        let mut config = Config::new("https://acme.example".parse().unwrap());
        config.owners.insert("PAY".to_owned(), "team:payments".to_owned());
        assert_eq!(
            hints(&config, &listed("Runbook: billing", &["repo-acme-billing-api", "runbook", "service-billing"])),
            [
                Hint::Annotation("PAY/7".into()),
                Hint::Annotation("7".into()),
                Hint::Ref("service:billing".into()),
                Hint::Name("billing".into()),
                Hint::Repository("acme/billing-api".into()),
                Hint::Repository("acme-billing/api".into()),
                Hint::Name("Runbook: billing".into()),
                Hint::Name("billing".into()),
                Hint::Annotation("PAY".into()),
                Hint::Ref("team:payments".into()),
            ]
        );
    }

    #[test]
    fn a_title_names_what_it_is_about_beside_what_kind_of_page_it_is() {
        assert_eq!(names_in("billing"), ["billing"]);
        assert_eq!(names_in("Quay Ledger architecture"), ["Quay Ledger architecture", "Quay-Ledger"]);
        assert_eq!(names_in("Architecture"), ["Architecture"]);
        assert_eq!(names_in(" "), Vec::<String>::new());
    }

    #[test]
    fn labels_of_one_person_are_nobody_elses() {
        let label = |name: &str, prefix: &str| Label { name: name.into(), prefix: Some(prefix.into()) };
        assert_eq!(names(&[label("b", "global"), label("mine", "my"), label("A", "global")]), ["a", "b"]);
    }
}
