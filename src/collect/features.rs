//! Names of the parts of the product that incidents and support cases are about, as people write them into fields and labels.

/// Names that are kept, and the characters of each.
const MOST: (usize, usize) = (50, 100);

/// The names that are kept of these: each once, without space around and without control characters.
pub(crate) fn kept<'n>(found: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in found.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(MOST.1).collect();
        if names.len() < MOST.0 && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
