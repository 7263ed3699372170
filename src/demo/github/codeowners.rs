//! What GitHub finds wrong with a CODEOWNERS file.

use super::visit::{Membership, Visit};
use crate::demo::company::Permission;

/// A line that is skipped, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) kind: &'static str,
    pub(super) source: String,
    pub(super) suggestion: Option<String>,
    pub(super) message: String,
    pub(super) path: String,
}

/// Where the file may stand; the first one counts.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/// A file of this size or more is ignored as a whole.
const LARGEST: usize = 3 << 20;

/// None if there is no such file at that revision.
pub(super) fn errors(visit: &Visit, index: usize, revision: &str) -> Option<Vec<Wrong>> {
    for path in PLACES {
        let Some(super::objects::Object::Blob(blob)) = visit.resolve(index, &format!("{revision}:{path}")) else { continue };
        if blob.size >= LARGEST {
            return Some(Vec::new());
        }
        let text = visit.github.content(index, blob);
        return Some(check(path, &String::from_utf8_lossy(&text), &|owner| known(visit, index, owner)));
    }
    None
}

/// Why an owner cannot own; none if they can.
fn known(visit: &Visit, index: usize, owner: &str) -> Option<&'static str> {
    let Some(name) = owner.strip_prefix('@') else {
        let known = visit.people().any(|person| visit.company().people[person].email.eq_ignore_ascii_case(owner));
        return (!known).then_some("make sure the email is associated with a user who has write access to the repository");
    };
    let Some((organization, slug)) = name.split_once('/') else {
        return visit.find_person(name).is_none().then_some("make sure the user exists and has write access to the repository");
    };
    let team = visit.find_team(slug).filter(|_| organization.eq_ignore_ascii_case(&visit.company().login));
    let writes = |team: usize| visit.grants(team).get(&index).is_some_and(|permission| *permission >= Permission::Write);
    let owns = team.is_some_and(|team| writes(team) && !visit.members(team, Membership::All).is_empty());
    (!owns).then_some("make sure the team exists, is publicly visible, and has write access to the repository")
}

fn check(path: &str, text: &str, known: &dyn Fn(&str) -> Option<&'static str>) -> Vec<Wrong> {
    let mut errors = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let mut words = words(line).into_iter();
        let Some((start, pattern)) = words.next() else { continue };
        let mut wrong = |kind: &'static str, column: usize, suggestion: Option<String>, detail: &str| {
            let hint = match &suggestion {
                Some(suggestion) => format!("Did you mean `{suggestion}`?"),
                None => detail.to_owned(),
            };
            let message = format!("{kind} on line {number}: {hint}\n\n  {line}\n  {}^", " ".repeat(column));
            errors.push(Wrong {
                line: number,
                column: column + 1,
                kind,
                source: line.to_owned(),
                suggestion,
                message,
                path: path.to_owned(),
            });
        };
        if pattern.contains("***") {
            wrong("Invalid pattern", start, Some(pattern.replace("***", "**")), "");
            continue;
        }
        if pattern.starts_with('!') || pattern.contains('[') || pattern.starts_with("\\#") {
            wrong("Invalid pattern", start, None, "");
            continue;
        }
        for (column, owner) in words {
            let valid = match owner.strip_prefix('@') {
                Some(name) => !name.is_empty() && !name.starts_with('/') && !name.ends_with('/') && name.matches('/').count() <= 1,
                None => owner.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
            };
            if !valid {
                wrong("Invalid owner", column, None, "");
            } else if let Some(why) = known(&owner) {
                wrong("Unknown owner", column, None, why);
            }
        }
    }
    errors
}

/// Words with their columns; a backslash keeps a space inside one, a `#` begins a comment.
fn words(line: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    let mut characters = line.char_indices().peekable();
    while let Some((column, character)) = characters.next() {
        if character == '#' && !open {
            break;
        }
        if character.is_whitespace() {
            open = false;
            continue;
        }
        if !open {
            words.push((column, String::new()));
            open = true;
        }
        if let Some((_, word)) = words.last_mut() {
            word.push(character);
            if character == '\\'
                && let Some((_, escaped)) = characters.next()
            {
                word.push(escaped);
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(usize, usize, &'static str)> {
        let known = |owner: &str| (owner == "@acme/gone").then_some("make sure the team exists");
        check("CODEOWNERS", text, &known).into_iter().map(|wrong| (wrong.line, wrong.column, wrong.kind)).collect()
    }

    #[test]
    fn what_github_does_not_take_is_named_with_line_and_column() {
        let text = "# all\n* @acme/core\n***/x @acme/core\n!a @acme/core\n*.txt docs@\n/a @acme/gone # why\n/unowned\n";
        assert_eq!(kinds(text), [(3, 1, "Invalid pattern"), (4, 1, "Invalid pattern"), (5, 7, "Invalid owner"), (6, 4, "Unknown owner")]);
        assert_eq!(kinds("/with\\ space @acme/core ada@acme.example\n"), []);
        let wrong = &check("CODEOWNERS", "***/*.rb @ada", &|_| None)[0];
        assert_eq!(wrong.message, "Invalid pattern on line 1: Did you mean `**/*.rb`?\n\n  ***/*.rb @ada\n  ^");
        assert_eq!(wrong.suggestion.as_deref(), Some("**/*.rb"));
    }
}
