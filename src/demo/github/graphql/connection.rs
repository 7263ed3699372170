//! Pages of lists: GitHub's connections with their cursors.

use async_graphql::{Error, ErrorExtensions as _, SimpleObject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Which part of a list is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

/// Where a page begins and ends.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct PageInfo {
    end_cursor: Option<String>,
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
}

/// A part of a list.
pub(super) struct Page<T> {
    pub(super) items: Vec<(String, T)>,
    pub(super) info: PageInfo,
    pub(super) total: usize,
}

impl<T> Page<T> {
    /// The same page of something else.
    pub(super) fn map<U>(self, mut convert: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(|(cursor, item)| (cursor, convert(item))).collect();
        Page { items, info: self.info, total: self.total }
    }
}

/// An error with GitHub's word for its kind.
pub(super) fn problem(kind: &'static str, message: impl Into<String>) -> Error {
    Error::new(message.into()).extend_with(|_, extensions| extensions.set("type", kind))
}

/// What is asked for of a list in order of its keys. Cursors hold a key, so they stand where they were while the list
/// changes around them.
pub(super) fn page<T>(items: Vec<(String, T)>, descending: bool, bounds: &Bounds, largest: usize) -> Result<Page<T>, Error> {
    let total = items.len();
    let mut range = 0..total;
    let beyond = |cursor: &String, or_equal: bool| -> Result<usize, Error> {
        let key = decode_cursor(cursor)
            .ok_or_else(|| problem("INVALID_CURSOR_ARGUMENTS", format!("`{cursor}` does not appear to be a valid cursor.")))?;
        let earlier = |item: &(String, T)| if descending { item.0 > key } else { item.0 < key };
        Ok(items.partition_point(|item| earlier(item) || (or_equal && item.0 == key)))
    };
    if let Some(after) = &bounds.after {
        range.start = beyond(after, true)?;
    }
    if let Some(before) = &bounds.before {
        range.end = beyond(before, false)?.max(range.start);
    }
    if let Some(first) = bounds.first {
        range.end = range.end.min(range.start + largest.min(first.max(0) as usize));
    }
    if let Some(last) = bounds.last {
        range.start = range.start.max(range.end.saturating_sub(largest.min(last.max(0) as usize)));
    }
    let (start, end) = (range.start, range.end);
    let mut page: Vec<(String, T)> = items.into_iter().skip(start).take(end - start).collect();
    for (key, _) in &mut page {
        *key = encode_cursor(key);
    }
    let info = PageInfo {
        end_cursor: page.last().map(|(cursor, _)| cursor.clone()),
        has_next_page: end < total,
        has_previous_page: start > 0,
        start_cursor: page.first().map(|(cursor, _)| cursor.clone()),
    };
    Ok(Page { items: page, info, total })
}

fn encode_cursor(key: &str) -> String {
    STANDARD.encode(format!("cursor:v2:{key}"))
}

fn decode_cursor(cursor: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?.strip_prefix("cursor:v2:").map(str::to_owned)
}

/// A connection, its edges, and how a page becomes one.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty) => {
        #[derive(async_graphql::SimpleObject)]
        pub(super) struct $edge {
            cursor: String,
            node: Option<$node>,
        }

        #[derive(async_graphql::SimpleObject)]
        pub(super) struct $connection {
            edges: Option<Vec<Option<$edge>>>,
            nodes: Option<Vec<Option<$node>>>,
            page_info: $crate::demo::github::graphql::connection::PageInfo,
            total_count: i64,
        }

        impl $connection {
            pub(super) fn of(page: $crate::demo::github::graphql::connection::Page<$node>) -> Self {
                Self {
                    nodes: Some(page.items.iter().map(|(_, node)| Some(node.clone())).collect()),
                    edges: Some(page.items.into_iter().map(|(cursor, node)| Some($edge { cursor, node: Some(node) })).collect()),
                    page_info: page.info,
                    total_count: page.total as i64,
                }
            }
        }
    };
}
pub(super) use connection;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(page: &Page<()>) -> Vec<String> {
        page.items.iter().map(|(cursor, ())| decode_cursor(cursor).unwrap()).collect()
    }

    fn items(keys: &[&str]) -> Vec<(String, ())> {
        keys.iter().map(|key| ((*key).to_owned(), ())).collect()
    }

    #[test]
    fn pages_follow_each_other_and_what_vanishes_between_them_shifts_nothing() {
        let first = page(items(&["a", "b", "c", "d", "e"]), false, &Bounds { first: Some(2), ..Bounds::default() }, 100).unwrap();
        assert_eq!((keys(&first), first.total, first.info.has_next_page), (vec!["a".to_owned(), "b".to_owned()], 5, true));
        let bounds = Bounds { first: Some(9), after: first.info.end_cursor.clone(), ..Bounds::default() };
        let next = page(items(&["a", "c", "d", "e"]), false, &bounds, 100).unwrap();
        assert_eq!(
            (keys(&next), next.info.has_next_page, next.info.has_previous_page),
            (vec!["c".into(), "d".into(), "e".into()], false, true)
        );
    }

    #[test]
    fn the_end_of_a_list_can_be_asked_for_and_the_longest_page_is_the_servers_choice() {
        let last = page(items(&["e", "d", "c"]), true, &Bounds { last: Some(2), ..Bounds::default() }, 100).unwrap();
        assert_eq!(keys(&last), ["d", "c"]);
        let short = page(items(&["a", "b", "c"]), false, &Bounds { first: Some(3), ..Bounds::default() }, 2).unwrap();
        assert_eq!((keys(&short).len(), short.info.has_next_page), (2, true));
    }

    #[test]
    fn a_cursor_from_elsewhere_is_refused() {
        let bounds = Bounds { first: Some(1), after: Some("nonsense".to_owned()), ..Bounds::default() };
        assert!(page(items(&["a"]), false, &bounds, 100).is_err());
    }
}
