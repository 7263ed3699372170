//! Ruby: `Gemfile.lock`, with the groups of the `Gemfile` beside it.

use std::collections::{HashMap, HashSet};

use super::reading::{Reading, Scope, Use, inside, quote, spread};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    /// Gems from a registry or a git repository.
    Gems,
    /// Gems that lie in the repository.
    Path,
    Dependencies,
    Other,
}

struct Gem {
    name: String,
    version: String,
    needs: Vec<String>,
}

/// Reads a `Gemfile.lock`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let mut section = Section::Other;
    let mut gems: Vec<Gem> = Vec::new();
    let mut locals: HashSet<String> = HashSet::new();
    let mut declared: HashMap<String, Option<String>> = HashMap::new();
    let mut has_sections = false;
    let mut has_dependencies = false;
    let mut is_in_local = false;
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        let indent = line.len() - line.trim_start_matches(' ').len();
        if content.is_empty() {
            continue;
        }
        if indent == 0 {
            section = match content {
                "GEM" | "GIT" | "PLUGIN SOURCE" => Section::Gems,
                "PATH" => Section::Path,
                "DEPENDENCIES" => Section::Dependencies,
                "PLATFORMS" | "CHECKSUMS" | "RUBY VERSION" | "BUNDLED WITH" => Section::Other,
                _ => {
                    reading.refuse(Some(at + 1), format!("found {}, expected a section such as `GEM`", quote(content)));
                    continue;
                }
            };
            has_sections = true;
            has_dependencies |= section == Section::Dependencies;
            continue;
        }
        match (section, indent) {
            (Section::Gems | Section::Path, 4) => {
                is_in_local = section == Section::Path;
                match name_and_rest(content) {
                    Some((name, _)) if is_in_local => {
                        locals.insert(name.to_owned());
                    }
                    // The platform follows a hyphen, which no version of a gem holds.
                    Some((name, Some(version))) => {
                        let version = version.split('-').next().unwrap_or(version);
                        gems.push(Gem { name: name.to_owned(), version: version.to_owned(), needs: Vec::new() });
                    }
                    _ => reading.refuse(Some(at + 1), format!("found {}, expected `name (version)`", quote(content))),
                }
            }
            (Section::Gems, 6) => {
                if let (Some((name, _)), Some(gem)) = (name_and_rest(content), gems.last_mut()) {
                    gem.needs.push(name.to_owned());
                }
            }
            // What a gem of the repository needs is declared by the project itself.
            (Section::Path, 6) if is_in_local => {
                if let Some((name, requirement)) = name_and_rest(content) {
                    declared.entry(name.to_owned()).or_insert_with(|| requirement.map(str::to_owned));
                }
            }
            (Section::Dependencies, 2) => match name_and_rest(content.trim_end_matches('!')) {
                Some((name, requirement)) => {
                    declared.insert(name.to_owned(), requirement.map(str::to_owned));
                }
                None => reading.refuse(Some(at + 1), format!("found {}, expected `name (requirement)`", quote(content))),
            },
            _ => {}
        }
    }
    if !has_sections {
        return reading.refuse(None, "found no section, expected `GEM` and `DEPENDENCIES`");
    }
    let gemfile = if reading.path.ends_with("gems.locked") { "gems.rb" } else { "Gemfile" };
    let groups = reading.text_of(&inside(reading.folder(), gemfile)).map(|text| groups(&text));
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (node, gem) in gems.iter().enumerate() {
        by_name.entry(&gem.name).or_default().push(node);
    }
    let edges: Vec<Vec<usize>> =
        gems.iter().map(|gem| gem.needs.iter().filter_map(|name| by_name.get(name.as_str())).flatten().copied().collect()).collect();
    let mut roots: Vec<(usize, Scope)> = Vec::new();
    if let Some(groups) = &groups {
        for name in declared.keys() {
            let scope = groups.get(name.as_str()).copied().unwrap_or(Scope::Runtime);
            roots.extend(by_name.get(name.as_str()).into_iter().flatten().map(|node| (*node, scope)));
        }
    }
    for (gem, scope) in gems.iter().zip(spread(&edges, &roots)) {
        if locals.contains(&gem.name) {
            continue;
        }
        let direct = has_dependencies.then(|| declared.contains_key(&gem.name));
        let requirement = declared.get(&gem.name).cloned().flatten();
        reading.add(&gem.name, Use { version: Some(gem.version.clone()), requirement, scope, direct });
    }
}

/// `name (rest)` in two.
fn name_and_rest(content: &str) -> Option<(&str, Option<&str>)> {
    match content.split_once(' ') {
        None => Some((content, None)).filter(|(name, _)| !name.contains(['(', ')', '<', '>', '='])),
        Some((name, rest)) => Some((name, Some(rest.trim().strip_prefix('(')?.strip_suffix(')')?))),
    }
}

/// The scope of each gem that a Gemfile puts into a group, read by its usual lines; Ruby itself is not run.
fn groups(text: &str) -> HashMap<String, Scope> {
    let mut scopes: HashMap<String, Scope> = HashMap::new();
    let mut open: Vec<Option<Scope>> = Vec::new();
    for line in text.lines() {
        let content = line.split(" #").next().unwrap_or_default().trim();
        if content == "end" {
            open.pop();
        } else if let Some(names) = content.strip_prefix("group ").or_else(|| content.strip_prefix("group("))
            && content.ends_with(" do")
        {
            open.push(of_symbols(names));
        } else if content.ends_with(" do") || content.starts_with("if ") || content.starts_with("unless ") || content.starts_with("case ") {
            open.push(None);
        } else if let Some(rest) = content.strip_prefix("gem ").or_else(|| content.strip_prefix("gem(")) {
            let mut quoted = rest.split(['"', '\'']);
            let Some(name) = quoted.nth(1) else { continue };
            let own = ["group:", "groups:", ":group =>", ":groups =>"]
                .iter()
                .find_map(|key| rest.split_once(key))
                .and_then(|(_, names)| of_symbols(names));
            let scope = own.or_else(|| open.iter().rev().find_map(|scope| *scope)).unwrap_or(Scope::Runtime);
            let found = scopes.entry(name.to_owned()).or_insert(scope);
            *found = scope.min(*found);
        }
    }
    scopes
}

/// The strongest scope of `:development, :test`.
fn of_symbols(names: &str) -> Option<Scope> {
    let symbols = names.split([',', ' ', '[', ']', '(', ')']).filter_map(|word| word.strip_prefix(':'));
    symbols.filter(|symbol| !symbol.is_empty()).map(Scope::of_group).min()
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn sections_platforms_and_groups() {
        insta::assert_snapshot!(told("Gemfile.lock", include_str!("fixtures/Gemfile.lock"), &[("Gemfile", include_str!("fixtures/Gemfile"))]), @r#"
        Gemfile.lock
        gem/diff  1.5.1  -  development  indirect
        gem/nokogiri  1.18.2  ~> 1.18  runtime  direct
        gem/pre  1.0.0.pre.2  -  development  direct
        gem/racc  1.8.1  -  runtime  indirect
        gem/rack  3.1.8  -  runtime  indirect
        gem/rails  7.1.5.1  ~> 7.1  runtime  direct
        gem/rspec  3.13.0  ~> 3.13  development  direct
        gem/widget  0.4.0  -  runtime  direct
        ! 30: found `broken 1.0`, expected `name (version)`
        "#);
    }
}
