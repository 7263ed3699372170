//! The part of Confluence's query language that is understood: conditions joined by `and`, and an order.

use std::collections::BTreeSet;

/// What a query asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) spaces: Option<BTreeSet<String>>,
    pub(super) not_spaces: BTreeSet<String>,
    pub(super) labels: Option<BTreeSet<String>>,
    pub(super) ids: Option<BTreeSet<String>>,
}

/// Reads a query.
///
/// # Errors
/// What is not understood.
pub(super) fn wanted(query: &str) -> Result<Wanted, String> {
    let lower = query.to_lowercase();
    let query = match lower.find(" order by ") {
        Some(at) if &lower[at..] == " order by lastmodified desc" => &query[..at],
        Some(at) => return Err(format!("the order {:?} is not simulated", &query[at..])),
        None => query,
    };
    let mut found = Wanted::default();
    for condition in query.split(" and ").map(str::trim) {
        if condition == "type = page" {
            continue;
        }
        let (field, negated, values) = parts(condition).ok_or_else(|| format!("the condition {condition:?} is not simulated"))?;
        match (field, negated) {
            ("space", false) => found.spaces = Some(values),
            ("space", true) => found.not_spaces = values,
            ("label", false) => found.labels = Some(values),
            ("id", false) => found.ids = Some(values),
            _ => return Err(format!("the field {field:?} is not simulated")),
        }
    }
    Ok(found)
}

/// A field, whether it must not be, and values.
fn parts(condition: &str) -> Option<(&str, bool, BTreeSet<String>)> {
    if let Some((field, value)) = condition.split_once(" = ") {
        return Some((field, false, BTreeSet::from([unquoted(value)])));
    }
    let (field, list) = condition.split_once(" in (")?;
    let (field, negated) = field.strip_suffix(" not").map_or((field, false), |field| (field, true));
    let values = list.strip_suffix(')')?.split(',').map(unquoted).collect();
    Some((field, negated, values))
}

fn unquoted(value: &str) -> String {
    value.trim().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_told_apart_and_what_is_unknown_is_refused() {
        let found =
            wanted("type = page and label in (\"runbook\", \"api\") and space not in (\"PAY\") order by lastmodified desc").unwrap();
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!((found.labels, found.not_spaces), (Some(set(&["runbook", "api"])), set(&["PAY"])));
        assert_eq!(wanted("type = page and space = \"PAY\"").unwrap().spaces, Some(set(&["PAY"])));
        assert_eq!(wanted("type = page and id in (1, 2)").unwrap().ids, Some(set(&["1", "2"])));
        assert!(wanted("creator = me").is_err() && wanted("type = page order by title").is_err());
    }
}
