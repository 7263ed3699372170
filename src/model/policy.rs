//! The rules that turn statements into values. Policies are dated: the past is judged by its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Zone;

/// The effective policy from the commit that records it until the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Where a day ends.
    #[serde(default)]
    pub zone: Zone,
    /// Order of origins per field (`general.owner`), strongest first. Origins that are not named follow, by name.
    #[serde(default)]
    pub precedence: BTreeMap<String, Vec<String>>,
}

impl Policy {
    /// The order of origins for fields that `precedence` does not name.
    pub const DEFAULT_ORDER: [&'static str; 7] =
        ["catalog-info.yaml", "custom-property", "CODEOWNERS", "team-permission", "repository", "github", "readme"];

    /// Rank of `origin` for `field`: smaller is stronger.
    #[must_use]
    pub fn rank(&self, field: &str, origin: &str) -> usize {
        match self.precedence.get(field) {
            Some(order) => order.iter().position(|name| name == origin).unwrap_or(order.len()),
            None => Self::DEFAULT_ORDER.iter().position(|name| *name == origin).unwrap_or(Self::DEFAULT_ORDER.len()),
        }
    }
}
