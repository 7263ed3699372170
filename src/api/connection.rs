//! Pages as Relay wants them: edges with cursors, nodes, and what lies beyond.

use async_graphql::SimpleObject;

/// Whether there is more, and from where to go on.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct PageInfo {
    /// There are items after this page; pass `endCursor` as `after`.
    pub has_next_page: bool,
    /// There are items before this page.
    pub has_previous_page: bool,
    /// The cursor of the first item.
    pub start_cursor: Option<String>,
    /// The cursor of the last item.
    pub end_cursor: Option<String>,
}

/// Which list a cursor belongs to.
pub(crate) mod list {
    pub(crate) const ENTITIES: u8 = 1;
    pub(crate) const SEARCH: u8 = 2;
    pub(crate) const TIMELINE: u8 = 3;
    pub(crate) const DIFF: u8 = 4;
    pub(crate) const HISTORY: u8 = 5;
    pub(crate) const DEPENDENTS: u8 = 6;
    pub(crate) const PACKAGES: u8 = 7;
    pub(crate) const VERSIONS: u8 = 8;
    pub(crate) const UNLINKED: u8 = 9;
    pub(crate) const EVENTS: u8 = 10;
    pub(crate) const DEPLOYED: u8 = 11;
    pub(crate) const RECORDS: u8 = 12;
    pub(crate) const INCIDENTS: u8 = 13;
    pub(crate) const BUGS: u8 = 14;
    pub(crate) const SUPPORT_CASES: u8 = 15;
}

/// A slice of a list that is in memory: start, end.
pub(crate) fn window(total: usize, start: usize, first: usize) -> std::ops::Range<usize> {
    start.min(total)..start.saturating_add(first).min(total)
}

/// A connection over rendered items: each with its cursor. It may keep the question that it answers, for fields of its own.
macro_rules! connection {
    ($(#[doc = $doc:literal])* $connection:ident, $edge:ident, $node:ty $(, $question:ident: $asked:ty, { $($own:tt)* })?) => {
        #[doc = concat!("An item of a ", stringify!($connection), " and its cursor.")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// Pass it as `after` to go on behind this item.
            pub cursor: String,
            /// The item.
            pub node: $node,
        }

        $(#[doc = $doc])*
        pub struct $connection {
            pub(crate) page: $crate::api::connection::Rendered<$node>,
            $(pub(crate) $question: $asked,)?
        }

        $(#[doc = $doc])*
        #[async_graphql::Object]
        impl $connection {
            /// How many there are on all pages.
            async fn total_count(&self) -> usize {
                self.page.total
            }

            /// Whether there is more, and from where to go on.
            async fn page_info(&self) -> $crate::api::connection::PageInfo {
                self.page.info()
            }

            /// The items of this page.
            async fn nodes(&self) -> &[$node] {
                &self.page.nodes
            }

            /// The items of this page, each with its cursor.
            async fn edges(&self) -> Vec<$edge> {
                self.page.nodes.iter().zip(&self.page.cursors).map(|(node, cursor)| $edge { cursor: cursor.encode(), node: node.clone() }).collect()
            }

            /// Why the answer is empty or incomplete, where that is not evident.
            async fn hint(&self) -> Option<&str> {
                self.page.hint.as_deref()
            }

            $($($own)*)?
        }
    };
}
pub(crate) use connection;

/// A page whose items are ready.
#[derive(Clone)]
pub(crate) struct Rendered<T> {
    pub(crate) total: usize,
    pub(crate) has_previous: bool,
    pub(crate) has_next: bool,
    pub(crate) nodes: Vec<T>,
    pub(crate) cursors: Vec<crate::query::Cursor>,
    pub(crate) hint: Option<String>,
}

impl<T> Rendered<T> {
    pub(crate) fn info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.cursors.first().map(crate::query::Cursor::encode),
            end_cursor: self.cursors.last().map(crate::query::Cursor::encode),
        }
    }
}
