//! The part of Jira's query language that is understood. What is not understood is refused, as Jira refuses it.
//!
//! Fields: project, issuetype, status, statusCategory, resolution, priority, labels, component, key, id, created, updated, and
//! custom ones as `cf[number]` or by their names. Operators: `= != in`, `not in`, `is`, `is not`, and `< <= > >=` of times. `AND`, `OR`, `NOT`, parentheses, `ORDER BY`.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::content::{Content, Issue};
use crate::model::Instant;

/// A query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// None: everything.
    condition: Option<Condition>,
    /// Fields and whether they run downwards.
    order: Vec<(String, bool)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Is { field: String, operator: Operator, values: Vec<Operand> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    Empty,
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
}

/// Who asks, when, of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// Everything there is.
    pub(super) content: &'a Content,
    /// As it was then.
    pub(super) at: Instant,
    /// By the clock, from which relative times count.
    pub(super) now: Instant,
    /// The zone of who asks.
    pub(super) zone: &'a TimeZone,
    /// Projects that may not be seen, by key.
    pub(super) hidden: &'a std::collections::BTreeSet<String>,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const SIGNS: [&str; 10] = ["!=", ">=", "<=", "=", "<", ">", "(", ")", ",", "~"];
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let (mut value, mut letters, mut end) = (String::new(), rest.char_indices().skip(1), None);
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                    letter if letter == first => {
                        end = Some(at + 1);
                        break;
                    }
                    letter => value.push(letter),
                }
            }
            let end = end.ok_or_else(|| format!("Error in the JQL Query: The quoted string '{value}' has not been completed."))?;
            all.push(Token::Quoted(value));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            all.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let end = rest.find(|letter: char| letter.is_whitespace() || "!=<>(),~\"'".contains(letter)).unwrap_or(rest.len());
            let end = if end == 0 {
                return Err(format!("Error in the JQL Query: The character '{first}' is a reserved JQL character."));
            } else {
                end
            };
            all.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(all)
}

/// Reads a query.
///
/// # Errors
/// What is not understood, as Jira says it.
pub(super) fn read(text: &str) -> Result<Query, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0 };
    let is_order = parser.is_word("order");
    let condition = if tokens.is_empty() || is_order { None } else { Some(parser.any()?) };
    let mut order = Vec::new();
    if parser.takes("order") {
        if !parser.takes("by") {
            return Err("Error in the JQL Query: Expecting 'by' after 'order'.".to_owned());
        }
        loop {
            let field = parser.name()?.to_lowercase();
            let downwards = parser.takes("desc");
            if !downwards {
                parser.takes("asc");
            }
            order.push((field, downwards));
            if !parser.takes_sign(",") {
                break;
            }
        }
        if order.len() > 7 {
            return Err("The maximum number of fields in an order by clause is 7.".to_owned());
        }
    }
    match parser.tokens.get(parser.at) {
        None => Ok(Query { condition, order }),
        Some(token) => Err(format!("Error in the JQL Query: Expecting either 'OR' or 'AND' but got {token:?}.")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    fn is_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Result<String, String> {
        let found = match self.tokens.get(self.at) {
            Some(Token::Word(text) | Token::Quoted(text)) => text.clone(),
            other => return Err(format!("Error in the JQL Query: Expecting a field name or a value but got {other:?}.")),
        };
        self.at += 1;
        Ok(found)
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.all()?];
        while self.takes("or") {
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::Any(all) })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.one()?];
        while self.takes("and") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::All(all) })
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.takes("not") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.takes_sign("(") {
            let inner = self.any()?;
            if !self.takes_sign(")") {
                return Err("Error in the JQL Query: Expecting ')' before the end of the query.".to_owned());
            }
            return Ok(inner);
        }
        let field = self.name()?;
        let operator = if self.takes("in") {
            return self.list(field, Operator::In);
        } else if self.takes("not") {
            if !self.takes("in") {
                return Err("Error in the JQL Query: Expecting operator 'in' after 'not'.".to_owned());
            }
            return self.list(field, Operator::NotIn);
        } else if self.takes("is") {
            if self.takes("not") { Operator::NotIn } else { Operator::In }
        } else {
            let signs = [
                ("=", Operator::In),
                ("!=", Operator::NotIn),
                ("<=", Operator::LessOrEqual),
                ("<", Operator::Less),
                (">=", Operator::GreaterOrEqual),
                (">", Operator::Greater),
            ];
            let found = signs.into_iter().find(|(sign, _)| self.takes_sign(sign));
            found.ok_or_else(|| format!("Error in the JQL Query: Expecting an operator after '{field}'."))?.1
        };
        let value = self.value()?;
        Ok(Condition::Is { field, operator, values: vec![value] })
    }

    fn value(&mut self) -> Result<Operand, String> {
        if self.takes("empty") || self.takes("null") {
            return Ok(Operand::Empty);
        }
        self.name().map(Operand::Text)
    }

    fn list(&mut self, field: String, operator: Operator) -> Result<Condition, String> {
        if !self.takes_sign("(") {
            return Err("Error in the JQL Query: Expecting '(' after 'in'.".to_owned());
        }
        let mut values = vec![self.value()?];
        while self.takes_sign(",") {
            values.push(self.value()?);
        }
        if !self.takes_sign(")") {
            return Err("Error in the JQL Query: Expecting ')' at the end of a list.".to_owned());
        }
        Ok(Condition::Is { field, operator, values })
    }
}

impl Query {
    /// Whether it restricts what is searched for.
    #[must_use]
    pub(super) fn is_bounded(&self) -> bool {
        self.condition.is_some()
    }

    /// What it finds, in its order.
    ///
    /// # Errors
    /// Fields and values that there are not, as Jira says it.
    pub(super) fn find<'a>(&self, seen: &Seen<'a>) -> Result<Vec<&'a Issue>, String> {
        if let Some(condition) = &self.condition {
            condition.check(seen)?;
        }
        let content = seen.content;
        let is_there = |issue: &&Issue| {
            let project = &content.projects[issue.key.at(seen.at).0].key;
            issue.exists.start <= seen.at && seen.now < issue.exists.end && !seen.hidden.contains(project)
        };
        let fits = |issue: &&Issue| self.condition.as_ref().is_none_or(|condition| condition.fits(issue, seen));
        let mut found: Vec<&Issue> = content.issues.iter().filter(is_there).filter(fits).collect();
        let mut comparisons: Vec<Comparison> = Vec::new();
        for (field, downwards) in &self.order {
            let compare: fn(&Issue, &Issue, &Seen<'_>) -> Ordering = match field.as_str() {
                "key" | "issuekey" => |one, other, seen| by_key(one, seen).cmp(&by_key(other, seen)),
                "created" => |one, other, _| one.exists.start.cmp(&other.exists.start),
                "updated" => |one, other, seen| one.updated(seen.at).cmp(&other.updated(seen.at)),
                "id" => |one, other, _| one.id.cmp(&other.id),
                _ => return Err(format!("Field '{field}' does not exist or this field cannot be viewed by anonymous users.")),
            };
            comparisons.push((compare, *downwards));
        }
        found.sort_by(|one, other| {
            for (compare, downwards) in &comparisons {
                let found = compare(one, other, seen);
                let found = if *downwards { found.reverse() } else { found };
                if found != Ordering::Equal {
                    return found;
                }
            }
            // Without an order what was made last comes first.
            other.exists.start.cmp(&one.exists.start).then(one.id.cmp(&other.id))
        });
        Ok(found)
    }
}

type Comparison = (fn(&Issue, &Issue, &Seen<'_>) -> Ordering, bool);

fn by_key<'a>(issue: &Issue, seen: &Seen<'a>) -> (&'a str, u64) {
    let (project, number) = issue.key.at(seen.at);
    (seen.content.projects[*project].key.as_str(), *number)
}

/// What may be asked of an issue's field: names by which its values are known.
fn names(field: &str, issue: &Issue, seen: &Seen<'_>) -> Option<Vec<String>> {
    let (content, at) = (seen.content, seen.at);
    let of = |list: &[(u64, String)], position: usize| vec![list[position].0.to_string(), list[position].1.clone()];
    Some(match field {
        "project" => {
            let project = &content.projects[issue.key.at(at).0];
            vec![project.id.to_string(), project.key.clone(), project.name.clone()]
        }
        "issuetype" | "type" => of(&content.types, *issue.kind.at(at)),
        "status" => vec![content.statuses[*issue.status.at(at)].id.to_string(), content.statuses[*issue.status.at(at)].name.clone()],
        "statuscategory" => {
            let (id, key, name, _) = content.statuses[*issue.status.at(at)].category.words();
            vec![id.to_string(), key.to_owned(), name.to_owned()]
        }
        "resolution" => issue.resolution.at(at).map(|position| of(&content.resolutions, position)).unwrap_or_default(),
        "priority" => issue.priority.at(at).map(|position| of(&content.priorities, position)).unwrap_or_default(),
        "labels" => issue.labels.at(at).clone(),
        "component" => issue.components.at(at).clone(),
        "key" | "issuekey" | "id" => vec![issue.id.to_string(), issue.key_at(content, at)],
        _ => {
            let position = custom(field, content)?;
            issue.custom.get(&position).and_then(|value| value.at(at).clone()).into_iter().collect()
        }
    })
}

/// The position of a custom field.
fn custom(field: &str, content: &Content) -> Option<usize> {
    let id: Option<u64> = field.strip_prefix("cf[").and_then(|field| field.strip_suffix(']')?.parse().ok());
    content.fields.iter().position(|(known, name)| id == Some(*known) || name.eq_ignore_ascii_case(field))
}

fn is_time(field: &str) -> bool {
    matches!(field, "created" | "createddate" | "updated" | "updateddate")
}

/// A time as queries write it: in the asker's zone, or so long ago.
fn time(text: &str, seen: &Seen<'_>) -> Option<Instant> {
    let ago =
        text.strip_prefix('-').and_then(|ago| Some((ago.get(..ago.len().checked_sub(1)?)?.parse::<i64>().ok()?, ago.chars().last()?)));
    if let Some((number, unit)) = ago {
        let seconds = match unit {
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        return Some(seen.now.plus_seconds(-number * seconds));
    }
    let text = text.replace('/', "-");
    let full = if text.len() == 10 { format!("{text}T00:00:00") } else { format!("{}:00", text.replace(' ', "T")) };
    let civil: DateTime = full.parse().ok()?;
    Some(civil.to_zoned(seen.zone.clone()).ok()?.timestamp().into())
}

impl Condition {
    /// Whether its fields and values exist.
    fn check(&self, seen: &Seen<'_>) -> Result<(), String> {
        let (field, operator, values) = match self {
            Self::All(all) | Self::Any(all) => return all.iter().try_for_each(|it| it.check(seen)),
            Self::Not(inner) => return inner.check(seen),
            Self::Is { field, operator, values } => (field.to_lowercase(), operator, values),
        };
        let content = seen.content;
        let is_order = !matches!(operator, Operator::In | Operator::NotIn);
        if is_order != is_time(&field) {
            return Err(format!("The operator is not supported by the '{field}' field."));
        }
        let of =
            |list: &[(u64, String)], text: &str| list.iter().any(|(id, name)| id.to_string() == text || name.eq_ignore_ascii_case(text));
        for value in values {
            let Operand::Text(text) = value else { continue };
            let exists = match field.as_str() {
                "project" => content.projects.iter().any(|project| {
                    let is_it = project.key.eq_ignore_ascii_case(text)
                        || project.id.to_string() == *text
                        || project.name.eq_ignore_ascii_case(text);
                    is_it && !seen.hidden.contains(&project.key)
                }),
                "issuetype" | "type" => of(&content.types, text),
                "resolution" => of(&content.resolutions, text),
                "priority" => of(&content.priorities, text),
                "status" => content.statuses.iter().any(|status| status.id.to_string() == *text || status.name.eq_ignore_ascii_case(text)),
                "statuscategory" => {
                    ["2", "3", "4", "new", "indeterminate", "done", "to do", "in progress"].contains(&text.to_lowercase().as_str())
                }
                "component" => content.issues.iter().any(|it| it.components.all().iter().any(|(_, names)| names.contains(text))),
                "labels" => true,
                "key" | "issuekey" | "id" => {
                    let there = |it: &&Issue| {
                        it.exists.contains(&seen.now) && (it.id.to_string() == *text || it.key_at(content, seen.now) == *text)
                    };
                    if !content.issues.iter().any(|it| there(&it)) {
                        return Err(format!("An issue with key '{text}' does not exist for field '{field}'."));
                    }
                    true
                }
                time_ if is_time(time_) => {
                    if time(text, seen).is_none() {
                        return Err(format!(
                            "Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
                        ));
                    }
                    true
                }
                other => match custom(other, content) {
                    Some(_) => true,
                    None => return Err(format!("Field '{other}' does not exist or you do not have permission to view it.")),
                },
            };
            if !exists {
                return Err(format!("The value '{text}' does not exist for the field '{field}'."));
            }
        }
        Ok(())
    }

    fn fits(&self, issue: &Issue, seen: &Seen<'_>) -> bool {
        let (field, operator, values) = match self {
            Self::All(all) => return all.iter().all(|it| it.fits(issue, seen)),
            Self::Any(all) => return all.iter().any(|it| it.fits(issue, seen)),
            Self::Not(inner) => return !inner.fits(issue, seen),
            Self::Is { field, operator, values } => (field.to_lowercase(), *operator, values),
        };
        if is_time(&field) {
            let at = if field.starts_with("created") { issue.exists.start } else { issue.updated(seen.at) };
            let Some(Operand::Text(text)) = values.first() else { return false };
            let Some(bound) = time(text, seen) else { return false };
            return match operator {
                Operator::Less => at < bound,
                Operator::LessOrEqual => at <= bound,
                Operator::Greater => at > bound,
                _ => at >= bound,
            };
        }
        let own = names(&field, issue, seen).unwrap_or_default();
        let is = |value: &Operand| match value {
            Operand::Empty => own.is_empty(),
            Operand::Text(text) => own.iter().any(|name| name.eq_ignore_ascii_case(text)),
        };
        match operator {
            // What is empty is neither one nor another.
            Operator::NotIn => !values.iter().any(is) && (values.contains(&Operand::Empty) || !own.is_empty()),
            _ => values.iter().any(is),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "project = ",
            "project in A",
            "(project = A",
            "project = \"A",
            "project A",
            "project = A project = B",
            "project = A ORDER key",
            "updated NOT \"x\"",
            "= A",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(!read("ORDER BY key").unwrap().is_bounded());
        assert!(read("project = A and (labels != \"x y\" OR NOT type is empty) order by key ASC, created desc").unwrap().is_bounded());
    }
}
