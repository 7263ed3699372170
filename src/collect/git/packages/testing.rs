//! Telling in a few lines what a file said, for tests.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use super::{Parsed, parse};

/// Parses a file beside other files.
pub(super) fn parse_beside(path: &str, text: &str, others: &[(&str, &str)]) -> Parsed {
    let others: HashMap<&str, Arc<[u8]>> = others.iter().map(|(path, text)| (*path, Arc::from(text.as_bytes()))).collect();
    parse(path, text.as_bytes(), &mut |path| others.get(path).cloned())
}

/// One line for the rule, one per package (versions, requirement, scope, direct) and one per refusal.
pub(super) fn told(path: &str, text: &str, others: &[(&str, &str)]) -> String {
    let parsed = parse_beside(path, text, others);
    let mut told = format!("{}\n", parsed.rule);
    for (key, found) in &parsed.packages {
        let name = key.strip_prefix(&format!("{path}#")).unwrap();
        let versions = if found.versions.is_empty() { "-".to_owned() } else { found.versions.join(",") };
        let requirement = found.requirement.as_deref().unwrap_or("-");
        let scope = found.scope.as_deref().unwrap_or("-");
        let direct = found.direct.map_or("unknown", |direct| if direct { "direct" } else { "indirect" });
        writeln!(told, "{name}  {versions}  {requirement}  {scope}  {direct}").unwrap();
    }
    for refusal in &parsed.refusals {
        assert_eq!(refusal.path, path);
        writeln!(told, "! {}: {}", refusal.line.map_or("-".to_owned(), |line| line.to_string()), refusal.message).unwrap();
    }
    told
}
