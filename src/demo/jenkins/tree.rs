//! `tree`: which properties are answered, and which slice of a list.

use std::collections::BTreeMap;
use std::ops::Range;

/// Deeper than anybody asks.
const DEEPEST: usize = 60;

/// Properties by name; those of something below stand in brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree(pub(super) BTreeMap<String, Below>);

/// What is wanted of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Below {
    pub(super) tree: Tree,
    /// Of a list: from the first to before the last.
    pub(super) range: Option<Range<usize>>,
}

impl Tree {
    /// `jobs[name,url],views[name]{0,10}`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let tree = list(&mut rest, 0)?;
        if rest.is_empty() { Ok(tree) } else { Err(format!("Unexpected token: {rest}")) }
    }

    /// What is answered where nothing is asked for.
    pub(super) fn usual() -> Self {
        let text = "mode,name,fullName,url,color,buildable,nextBuildNumber,number,id,displayName,fullDisplayName,timestamp,duration,building,result,\
             jobs[name,url,color],builds[number,url],lastBuild[number,url],actions[*[*[*]]]";
        Self::parse(text).unwrap_or_default()
    }
}

fn list(rest: &mut &str, depth: usize) -> Result<Tree, String> {
    if depth > DEEPEST {
        return Err("too deep".to_owned());
    }
    let mut tree = Tree::default();
    loop {
        let end = rest.find(['[', ']', '{', '}', ',']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        if name.is_empty() {
            return Err(format!("Expected a name: {rest}"));
        }
        *rest = &rest[end..];
        let mut below = Below::default();
        if let Some(after) = rest.strip_prefix('[') {
            *rest = after;
            below.tree = list(rest, depth + 1)?;
            *rest = rest.strip_prefix(']').ok_or("Expected ]")?;
        }
        if let Some(after) = rest.strip_prefix('{') {
            let (range, after) = after.split_once('}').ok_or("Expected }")?;
            *rest = after;
            below.range = Some(range_of(range)?);
        }
        tree.0.insert(name.to_owned(), below);
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Ok(tree),
        }
    }
}

/// `{M,N}`, `{M,}`, `{,N}` and `{N}`, which is the Nth alone.
fn range_of(text: &str) -> Result<Range<usize>, String> {
    let number = |text: &str, absent: usize| match text.trim() {
        "" => Ok(absent),
        text => text.parse::<usize>().map_err(|_| format!("Expected a number: {text}")),
    };
    match text.split_once(',') {
        Some((from, to)) => Ok(number(from, 0)?..number(to, usize::MAX)?),
        None => {
            let only = number(text, 0)?;
            Ok(only..only.saturating_add(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_as_jenkins_reads_them() {
        let tree = Tree::parse("jobs[name,builds[number]{10,20}],views[name]{5},x{,3},y{7,}").unwrap();
        assert_eq!(tree.0.keys().collect::<Vec<_>>(), ["jobs", "views", "x", "y"]);
        assert_eq!(tree.0["jobs"].tree.0["builds"].range, Some(10..20));
        assert_eq!(
            [&tree.0["views"], &tree.0["x"], &tree.0["y"]].map(|below| below.range.clone()),
            [Some(5..6), Some(0..3), Some(7..usize::MAX)]
        );
        for wrong in ["", "a[", "a[]", "a]", "a{x}", "a{1", "a,,b"] {
            assert!(Tree::parse(wrong).is_err(), "{wrong}");
        }
    }
}
