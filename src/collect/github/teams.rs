//! Teams, people, permissions and custom properties of an organisation.
//!
//! # Invariants
//! - What could not be read is none, never empty: the caller then says again what it remembers.
//! - A list counts as read only if it has as many as GitHub counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::collect::cache::Cache;
use crate::collect::github::client::{Client, Failure, How, next_page, quoted};
use crate::collect::github::convert::{Permission, Person, Team, property_text};
use crate::collect::github::inventory::reasons;
use crate::collect::github::queries::{self, RATE};
use crate::collect::github::wire::{Aliased, PermissionPage, PersonPage, PropertyValues, TeamNode, TeamsByAlias, TeamsData};
use crate::collect::http::message_of;

/// Teams that are asked for at once; each brings two lists.
const TEAMS: usize = 50;
/// People or repositories in a page of theirs.
const PAGE: usize = 100;

/// What an organisation says of its teams and people.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// In order of their slugs; none if they could not be listed at all.
    pub(crate) teams: Option<Vec<Team>>,
    /// By login.
    pub(crate) people: BTreeMap<String, Person>,
    /// Every team was read with everybody in it.
    pub(crate) teams_complete: bool,
    /// Everybody was read.
    pub(crate) people_complete: bool,
    /// What every team may do was read.
    pub(crate) permissions_complete: bool,
    pub(crate) problems: Vec<String>,
}

/// The kind of [`More::ahead`] in the cache, by the team's number.
const CURSORS: &str = "team";
/// Pages that are asked for at once.
const MOST_PAGES: usize = 60;

/// Lists whose pages go on.
struct More {
    team: usize,
    members: Option<String>,
    repositories: Option<String>,
    /// Where the pages of repositories after the next one began the last time. While a list is as it was they begin there
    /// again, and all of them are asked for at once; a page that does not follow the one before is left out.
    ahead: Vec<String>,
}

/// Reads teams and people. What ends the run is an error; everything else is told in the answer.
pub(crate) async fn members(client: &Client, organisation: &str, cache: &Cache, day: i32) -> Result<Members, Failure> {
    let mut members = read(client, organisation, cache, day).await?;
    if members.teams.is_some() && !members.teams_complete && members.problems.is_empty() {
        // Somebody was faster than we: a team came or went between two pages.
        members = read(client, organisation, cache, day).await?;
        if !members.teams_complete && members.problems.is_empty() {
            members.problems.push("GitHub counts other teams than it lists".to_owned());
        }
    }
    Ok(members)
}

async fn read(client: &Client, organisation: &str, cache: &Cache, day: i32) -> Result<Members, Failure> {
    let document = queries::teams();
    let mut members = Members::default();
    let mut teams: Vec<Team> = Vec::new();
    let mut more: Vec<More> = Vec::new();
    let (mut counted_teams, mut counted_people) = (None, None);
    let (mut after_teams, mut after_people): (Option<String>, Option<String>) = (None, None);
    let (mut done_teams, mut done_people) = (false, false);
    let mut lists_complete = true;
    let (mut size, mut inner) = (TEAMS, PAGE);
    while !done_teams || !done_people {
        // A list that has ended is asked for nothing more than its end.
        let variables = json!({
            "owner": organisation,
            "teams": if done_teams { 1 } else { size }, "teamsAfter": after_teams, "inner": if done_teams { 1 } else { inner },
            "people": if done_people { 1 } else { inner }, "peopleAfter": after_people,
        });
        let reply = match client.query::<TeamsData>(organisation, &document, variables).await {
            Ok(reply) if reply.is_cut() && inner > 1 => {
                (size, inner) = smaller(size, inner);
                continue;
            }
            Ok(reply) => reply,
            Err(Failure::TooMuch(_)) if inner > 1 => {
                (size, inner) = smaller(size, inner);
                continue;
            }
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(failure) => {
                members.problems.push(format!("teams and people cannot be read: {failure}"));
                return Ok(members);
            }
        };
        if let Some(message) = reasons(&reply.errors) {
            let what = "teams and people can only be read in part (a token needs read:org, an App the right to read members)";
            members.problems.push(format!("{what}: {message}"));
            lists_complete = false;
        }
        let Some(organization) = reply.data.organization else { return Ok(members) };
        match organization.teams {
            Some(page) if !done_teams => {
                counted_teams = Some(page.total_count);
                for node in page.nodes.unwrap_or_default() {
                    match node {
                        Some(node) => lists_complete &= take_team(node, &mut teams, &mut more, &mut members.people),
                        None => lists_complete = false,
                    }
                }
                let next = page.page_info.end_cursor.filter(|_| page.page_info.has_next_page);
                done_teams = next.is_none() || next == after_teams;
                after_teams = next.or(after_teams);
            }
            Some(_) => {}
            None => done_teams = true,
        }
        match organization.members_with_role {
            Some(page) if !done_people => {
                counted_people = Some(page.total_count);
                let next = page.page_info.end_cursor.clone().filter(|_| page.page_info.has_next_page);
                take_people(page, &mut members.people);
                done_people = next.is_none() || next == after_people;
                after_people = next.or(after_people);
            }
            Some(_) => {}
            None => done_people = true,
        }
    }
    for part in &mut more {
        let kept = cache.get(CURSORS, &teams[part.team].id.to_string());
        let kept: Vec<String> = kept.and_then(|kept| serde_json::from_slice(&kept.value).ok()).unwrap_or_default();
        if part.repositories.is_some() && kept.first() == part.repositories.as_ref() {
            part.ahead = kept[1..].to_vec();
        }
    }
    let (parts, cursors) = parts(client, organisation, &mut teams, more, inner, &mut members.people).await?;
    for (team, cursors) in cursors {
        if let Ok(value) = serde_json::to_vec(&cursors) {
            cache.put(CURSORS, &teams[team].id.to_string(), &value, day);
        }
    }
    teams.sort_by(|one, other| one.slug.cmp(&other.slug));
    let before = teams.len();
    teams.dedup_by(|one, other| one.slug == other.slug);
    members.teams_complete = counted_teams == Some(teams.len() as u64) && before == teams.len() && lists_complete && parts;
    members.permissions_complete = members.teams_complete;
    members.people_complete = counted_people.is_some_and(|counted| counted <= members.people.len() as u64) && members.teams_complete;
    members.teams = counted_teams.map(|_| teams);
    Ok(members)
}

/// Less than was too much: fewer teams, and of a single one shorter pages.
fn smaller(teams: usize, inner: usize) -> (usize, usize) {
    if teams > 1 { (teams / 2, inner) } else { (1, (inner / 2).max(1)) }
}

/// Takes a team of a page. False if a part of it is missing.
fn take_team(node: TeamNode, teams: &mut Vec<Team>, more: &mut Vec<More>, people: &mut BTreeMap<String, Person>) -> bool {
    let Some(id) = node.database_id else { return false };
    let mut team = Team {
        id,
        slug: node.slug,
        name: node.name,
        description: node.description,
        url: node.url,
        parent: node.parent_team.map(|parent| parent.slug),
        ..Team::default()
    };
    let (members, repositories) = (node.members, node.repositories);
    let complete = members.is_some() && repositories.is_some();
    let members = members.and_then(|page| take_members(page, &mut team.members, people));
    let repositories = repositories.and_then(|page| take_permissions(page, &mut team.permissions));
    if members.is_some() || repositories.is_some() {
        more.push(More { team: teams.len(), members, repositories, ahead: Vec::new() });
    }
    teams.push(team);
    complete
}

/// Takes a page of a team's members; where the next one begins.
fn take_members(page: PersonPage, members: &mut BTreeSet<String>, people: &mut BTreeMap<String, Person>) -> Option<String> {
    let next = page.page_info.end_cursor.clone().filter(|_| page.page_info.has_next_page);
    members.extend(page.nodes.iter().flatten().flatten().map(|person| person.login.clone()));
    take_people(page, people);
    next
}

fn take_people(page: PersonPage, people: &mut BTreeMap<String, Person>) {
    for node in page.nodes.unwrap_or_default().into_iter().flatten() {
        if let Some(id) = node.database_id.filter(|_| !node.login.is_empty()) {
            people.insert(node.login.clone(), Person { id, login: node.login, name: node.name });
        }
    }
}

fn take_permissions(page: PermissionPage, permissions: &mut BTreeMap<u64, Permission>) -> Option<String> {
    for edge in page.edges.unwrap_or_default().into_iter().flatten() {
        if let (Some(permission), Some(id)) = (edge.permission, edge.node.and_then(|node| node.database_id)) {
            permissions.insert(id, Permission::of(&permission));
        }
    }
    page.page_info.end_cursor.filter(|_| page.page_info.has_next_page)
}

/// Where the pages of teams' repositories began, by the team's place.
type Cursors = BTreeMap<usize, Vec<String>>;

/// Reads the further pages of teams' lists, those of many teams at once. False if some could not be read.
async fn parts(
    client: &Client,
    organisation: &str,
    teams: &mut [Team],
    mut more: Vec<More>,
    mut inner: usize,
    people: &mut BTreeMap<String, Person>,
) -> Result<(bool, Cursors), Failure> {
    let mut size = TEAMS;
    let mut complete = true;
    let mut cursors = Cursors::new();
    while !more.is_empty() {
        let mut pages = 0;
        let fits = |part: &&More| {
            pages += 1 + part.ahead.len();
            pages <= MOST_PAGES
        };
        let asked = more.iter().take(size).take_while(fits).count();
        if asked == 0 {
            // A list of that many pages by itself.
            more[0].ahead.truncate(MOST_PAGES - 1);
            continue;
        }
        let document = document(organisation, teams, &more[..asked], inner);
        let mut answers = match client.query::<Aliased<TeamsByAlias>>(organisation, &document, json!({})).await {
            Ok(reply) if reply.is_cut() && inner > 1 => {
                (size, inner) = smaller(asked, inner);
                more.iter_mut().for_each(|part| part.ahead.clear());
                continue;
            }
            Err(Failure::TooMuch(_)) if inner > 1 => {
                (size, inner) = smaller(asked, inner);
                more.iter_mut().for_each(|part| part.ahead.clear());
                continue;
            }
            Ok(reply) => {
                complete &= reply.errors.is_empty();
                reply.data.answers.into_values().next().flatten().unwrap_or_default()
            }
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(_) => TeamsByAlias::new(),
        };
        let mut again = Vec::new();
        for (number, part) in more.drain(..asked).enumerate() {
            let Some(node) = answers.remove(&format!("t{number}")).flatten() else {
                complete = false;
                continue;
            };
            let team = &mut teams[part.team];
            complete &= part.members.is_none() == node.members.is_none() && part.repositories.is_none() == node.repositories.is_none();
            let members = node.members.and_then(|page| take_members(page, &mut team.members, people));
            let members = members.filter(|next| part.members.as_ref() != Some(next));
            let mut repositories = node.repositories.and_then(|page| take_permissions(page, &mut team.permissions));
            repositories = repositories.filter(|next| part.repositories.as_ref() != Some(next));
            let began = cursors.entry(part.team).or_default();
            began.extend(part.repositories);
            for (place, cursor) in part.ahead.into_iter().enumerate() {
                let page = answers.remove(&format!("t{number}p{place}")).flatten().and_then(|node| node.repositories);
                let Some(page) = page.filter(|_| repositories.as_ref() == Some(&cursor)) else { break };
                repositories = take_permissions(page, &mut team.permissions).filter(|next| *next != cursor);
                began.push(cursor);
            }
            if members.is_some() || repositories.is_some() {
                again.push(More { team: part.team, members, repositories, ahead: Vec::new() });
            }
        }
        more.splice(0..0, again);
    }
    cursors.retain(|_, began| !began.is_empty());
    Ok((complete, cursors))
}

/// The question for these pages.
fn document(organisation: &str, teams: &[Team], parts: &[More], inner: usize) -> String {
    let mut document = format!("query TeamPages {{ o: organization(login: {}) {{", quoted(organisation));
    for (number, part) in parts.iter().enumerate() {
        let slug = quoted(&teams[part.team].slug);
        document.push_str(&format!("\n  t{number}: team(slug: {slug}) {{ slug"));
        if let Some(after) = &part.members {
            document.push_str(&format!(" members(first: {inner}, after: {}, membership: IMMEDIATE) {{ ...M }}", quoted(after)));
        }
        if let Some(after) = &part.repositories {
            document.push_str(&format!(" repositories(first: {inner}, after: {}) {{ ...P }}", quoted(after)));
        }
        document.push_str(" }");
        for (place, after) in part.ahead.iter().enumerate() {
            let page = format!("repositories(first: {inner}, after: {}) {{ ...P }}", quoted(after));
            document.push_str(&format!("\n  t{number}p{place}: team(slug: {slug}) {{ slug {page} }}"));
        }
    }
    document.push_str(&format!("\n}} {RATE} }}\n"));
    // A fragment that nobody uses is an error.
    let is_used = |fragment: &&str| {
        let is_of_members = fragment.contains("fragment M on");
        parts.iter().any(|part| if is_of_members { part.members.is_some() } else { part.repositories.is_some() })
    };
    let fragments = queries::TEAM_PARTS.split_inclusive("\n}\n").filter(|text| text.contains("fragment "));
    document.extend(fragments.filter(is_used));
    document
}

/// A page of a list as it was read the last time, which GitHub confirms without counting it.
#[derive(Debug, Serialize, Deserialize)]
struct KeptPage {
    etag: String,
    next: Option<String>,
    values: Vec<(u64, BTreeMap<String, String>)>,
}

/// The kind of [`KeptPage`] in the cache.
const PAGES: &str = "page";

/// Custom properties of repositories by the repository's number.
pub(crate) type Properties = BTreeMap<u64, BTreeMap<String, String>>;

/// Reads the custom properties of all repositories; none if they cannot be read, and why.
pub(crate) async fn properties(
    client: &Client,
    organisation: &str,
    cache: &Cache,
    day: i32,
) -> Result<Result<Properties, String>, Failure> {
    let mut url = client.rest_url(&["orgs", organisation, "properties", "values"]);
    url.set_query(Some("per_page=100"));
    let mut properties = Properties::new();
    let mut seen = BTreeSet::new();
    loop {
        // A page that leads to an earlier one would be read for ever.
        if !seen.insert(url.to_string()) {
            return Ok(Err("the pages of custom properties lead in a circle".to_owned()));
        }
        let key = url.to_string();
        let kept: Option<KeptPage> = cache.get(PAGES, &key).and_then(|kept| serde_json::from_slice(&kept.value).ok());
        let how = How { etag: kept.as_ref().map(|kept| kept.etag.as_str()), ..How::JSON };
        let answer = match client.get(organisation, url.clone(), &how).await {
            Ok(answer) => answer,
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(failure) => return Ok(Err(format!("custom properties cannot be read: {failure}"))),
        };
        let page = match (answer.status.as_u16(), kept) {
            (304, Some(kept)) => {
                cache.touch(PAGES, [key.as_str()], day);
                kept
            }
            (200, _) => {
                let read: Vec<PropertyValues> = match answer.json() {
                    Ok(read) => read,
                    Err(error) => return Ok(Err(format!("custom properties cannot be read: {error}"))),
                };
                let values = read.into_iter().map(|values| (values.repository_id, texts(values))).collect();
                let next = next_page(&answer, &client.config().api).map(String::from);
                let page = KeptPage { etag: answer.header("etag").unwrap_or_default().to_owned(), next, values };
                if !page.etag.is_empty()
                    && let Ok(value) = serde_json::to_vec(&page)
                {
                    cache.put(PAGES, &key, &value, day);
                }
                page
            }
            (status, _) => {
                let what = "custom properties cannot be read (a token needs read:org, an App the right to read custom properties)";
                return Ok(Err(format!("{what}: GitHub answered {status}: {}", message_of(&answer))));
            }
        };
        properties.extend(page.values);
        match page.next.and_then(|next| next.parse::<Url>().ok()) {
            Some(next) => url = next,
            None => return Ok(Ok(properties)),
        }
    }
}

fn texts(values: PropertyValues) -> BTreeMap<String, String> {
    let text = |value: &Value| property_text(value);
    values.properties.into_iter().filter_map(|property| Some((property.property_name, text(&property.value)?))).collect()
}
