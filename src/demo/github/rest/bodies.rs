//! The JSON of each thing, with every field that GitHub's description requires.

use serde_json::{Map, Value, json};

use super::api;
use crate::demo::company::Visibility;
use crate::demo::github::visit::Visit;
use crate::demo::github::{App, ORGANIZATION_ID, node_id, seconds_text};

/// The account of a person or of the organisation.
fn account(visit: &Visit, login: &str, id: u64, prefix: &str, kind: &str) -> Map<String, Value> {
    let url = format!("{}/users/{login}", api(visit));
    let mut account = Map::new();
    let mut put = |name: &str, value: Value| account.insert(name.to_owned(), value);
    put("login", json!(login));
    put("id", json!(id));
    put("node_id", json!(node_id::encode(prefix, &[id], None)));
    put("avatar_url", json!(format!("{}/avatars/u/{id}", visit.base)));
    put("gravatar_id", json!(""));
    put("url", json!(url));
    put("html_url", json!(format!("{}/{login}", visit.base)));
    for (name, rest) in [
        ("followers_url", "followers"),
        ("following_url", "following{/other_user}"),
        ("gists_url", "gists{/gist_id}"),
        ("starred_url", "starred{/owner}{/repo}"),
        ("subscriptions_url", "subscriptions"),
        ("organizations_url", "orgs"),
        ("repos_url", "repos"),
        ("events_url", "events{/privacy}"),
        ("received_events_url", "received_events"),
    ] {
        put(name, json!(format!("{url}/{rest}")));
    }
    put("type", json!(kind));
    put("site_admin", json!(false));
    account
}

/// A commit of the default branch.
fn commit(visit: &Visit, index: usize, position: usize) -> Value {
    let made = &visit.repository(index).commits[position];
    let person = &visit.company().people[made.author];
    let (line, name) = (visit.line(index), visit.full_name(index));
    let (sha, tree) = (line.commit(position).to_string(), line.root(position).to_string());
    let repository = format!("{}/repos/{name}", api(visit));
    let parents: Vec<Value> = position.checked_sub(1).map(|parent| line.commit(parent).to_string()).map(|parent| {
        json!({
            "sha": parent, "url": format!("{repository}/commits/{parent}"), "html_url": format!("{}/{name}/commit/{parent}", visit.base),
        })
    }).into_iter().collect();
    let who = json!({"name": person.name, "email": person.email, "date": seconds_text(made.at)});
    json!({
        "sha": sha, "node_id": node_id::encode("C", &[visit.repository(index).id], Some(&sha)),
        "url": format!("{repository}/commits/{sha}"), "html_url": format!("{}/{name}/commit/{sha}", visit.base),
        "comments_url": format!("{repository}/commits/{sha}/comments"),
        "commit": {
            "url": format!("{repository}/git/commits/{sha}"), "author": who, "committer": who, "message": made.message,
            "comment_count": 0, "tree": {"sha": tree, "url": format!("{repository}/git/trees/{tree}")},
        },
        "author": simple_user(visit, made.author), "committer": simple_user(visit, made.author), "parents": parents,
    })
}

/// What lies between the commits at two positions, of which `listed` are told.
pub(super) fn comparison(visit: &Visit, index: usize, basehead: &str, (from, to): (usize, usize), total: usize, listed: &[usize]) -> Value {
    let name = visit.full_name(index);
    let web = format!("{}/{name}/compare/{basehead}", visit.base);
    let status = match from.cmp(&to) {
        std::cmp::Ordering::Less => "ahead",
        std::cmp::Ordering::Equal => "identical",
        std::cmp::Ordering::Greater => "behind",
    };
    json!({
        "url": format!("{}/repos/{name}/compare/{basehead}", api(visit)), "html_url": web, "permalink_url": web,
        "diff_url": format!("{web}.diff"), "patch_url": format!("{web}.patch"),
        "base_commit": commit(visit, index, from), "merge_base_commit": commit(visit, index, from.min(to)),
        "status": status, "ahead_by": total, "behind_by": from.saturating_sub(to), "total_commits": total,
        "commits": listed.iter().map(|position| commit(visit, index, *position)).collect::<Vec<_>>(), "files": [],
    })
}

/// Somebody who did something.
pub(super) fn simple_user(visit: &Visit, person: usize) -> Value {
    let person = &visit.company().people[person];
    Value::Object(account(visit, &person.login, person.id, "U", "User"))
}

fn owner(visit: &Visit) -> Value {
    Value::Object(account(visit, &visit.company().login, ORGANIZATION_ID, "O", "Organization"))
}

pub(super) fn current_user(visit: &Visit) -> Value {
    let person = visit.find_person(&visit.viewer.login).map(|person| &visit.company().people[person]);
    let id = person.map_or(ORGANIZATION_ID + 1, |person| person.id);
    let mut user = account(visit, &visit.viewer.login, id, "U", "User");
    let mut put = |name: &str, value: Value| user.insert(name.to_owned(), value);
    put("name", json!(person.map(|person| &person.name)));
    put("email", json!(person.map(|person| &person.email)));
    for name in ["company", "location", "hireable", "bio"] {
        put(name, Value::Null);
    }
    put("blog", json!(""));
    for name in ["public_repos", "public_gists", "followers", "following"] {
        put(name, json!(0));
    }
    let since = seconds_text(visit.company().history.start);
    put("created_at", json!(since));
    put("updated_at", json!(since));
    Value::Object(user)
}

pub(super) fn organization(visit: &Visit) -> Value {
    let company = visit.company();
    let url = format!("{}/orgs/{}", api(visit), company.login);
    let public = visit.listing.repositories.iter().filter(|index| visit.visibility(**index) == Visibility::Public).count();
    let since = seconds_text(company.history.start);
    let mut body = json!({
        "login": company.login, "id": ORGANIZATION_ID, "node_id": node_id::encode("O", &[ORGANIZATION_ID], None), "url": url,
        "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events"), "hooks_url": format!("{url}/hooks"),
        "issues_url": format!("{url}/issues"), "members_url": format!("{url}/members{{/member}}"),
        "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": format!("{}/avatars/u/{ORGANIZATION_ID}", visit.base), "description": null, "name": company.name,
        "html_url": format!("{}/{}", visit.base, company.login), "has_organization_projects": true, "has_repository_projects": true,
        "public_repos": public, "public_gists": 0, "followers": 0, "following": 0, "type": "Organization", "created_at": since,
        "updated_at": since, "archived_at": null, "is_verified": false,
    });
    // Only members are told how much is hidden.
    if visit.viewer.is_owner() && visit.viewer.sees_hidden() {
        let hidden = visit.listing.repositories.len() - public;
        body["total_private_repos"] = json!(hidden);
        body["owned_private_repos"] = json!(hidden);
    }
    body
}

pub(super) fn team(visit: &Visit, index: usize) -> Value {
    let mut body = simple_team(visit, index);
    body["parent"] = visit.parent(index).map_or(Value::Null, |parent| simple_team(visit, parent));
    body
}

fn simple_team(visit: &Visit, index: usize) -> Value {
    let team = &visit.company().teams[index];
    let url = format!("{}/organizations/{ORGANIZATION_ID}/team/{}", api(visit), team.id);
    let slug = team.slug.at(visit.now);
    json!({
        "id": team.id, "node_id": node_id::encode("T", &[ORGANIZATION_ID, team.id], None), "url": url,
        "members_url": format!("{url}/members{{/member}}"), "name": team.name.at(visit.now),
        "description": (!team.description.is_empty()).then_some(&team.description), "permission": "pull", "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "html_url": format!("{}/orgs/{}/teams/{slug}", visit.base, visit.company().login),
        "repositories_url": format!("{url}/repos"), "slug": slug, "type": "organization", "organization_id": ORGANIZATION_ID,
    })
}

fn visibility_word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
        Visibility::Private => "private",
    }
}

pub(super) fn minimal_repository(visit: &Visit, index: usize) -> Value {
    let repository = visit.repository(index);
    let full_name = visit.full_name(index);
    let url = format!("{}/repos/{full_name}", api(visit));
    let html = format!("{}/{full_name}", visit.base);
    let visibility = visit.visibility(index);
    let description = repository.description.at(visit.now);
    let size: usize = visit.head(index).map_or(0, |head| {
        let mut bytes = 0;
        visit.line(index).walk(head, "", &mut |_, entry| {
            if let crate::demo::github::objects::EntryObject::File(blob) = entry.object {
                bytes += blob.size;
            }
        });
        bytes.div_ceil(1024)
    });
    let mut body = json!({
        "id": repository.id, "node_id": node_id::encode("R", &[repository.id], None), "name": visit.name(index),
        "full_name": full_name, "owner": owner(visit), "private": visibility != Visibility::Public, "html_url": html,
        "description": (!description.is_empty()).then_some(description), "fork": repository.is_fork, "url": url,
        "visibility": visibility_word(visibility), "default_branch": repository.default_branch, "homepage": null,
        "language": visit.languages(index).first().map(|(name, ..)| *name), "archived": repository.archived.at(visit.now),
        "topics": repository.topics.at(visit.now), "size": size, "created_at": seconds_text(repository.exists.start),
        "updated_at": seconds_text(visit.updated_at(index)), "pushed_at": seconds_text(visit.pushed_at(index)),
    });
    let licence = visit.licence(index).map(|(key, name, spdx)| {
        json!({"key": key, "name": name, "spdx_id": spdx, "url": null, "node_id": node_id::encode("L", &[], Some(key))})
    });
    let more = json!({
        "disabled": false, "has_issues": true, "has_projects": true, "has_wiki": false,
        "has_pages": false, "has_discussions": false, "is_template": false, "forks_count": 0, "forks": 0,
        "stargazers_count": 0, "watchers_count": 0, "watchers": 0, "open_issues_count": 0, "open_issues": 0,
        "clone_url": format!("{html}.git"), "mirror_url": null, "svn_url": html,
        "git_url": format!("git:{}.git", html.split_once(':').map_or("", |(_, rest)| rest)),
        "ssh_url": format!("git@{}:{full_name}.git", host(&visit.base)),
        "license": licence,
        "permissions": {"admin": false, "maintain": false, "push": false, "triage": false, "pull": true},
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut body, more) {
        fields.extend(more);
        for (name, rest) in [
            ("archive_url", "{archive_format}{/ref}"),
            ("assignees_url", "assignees{/user}"),
            ("blobs_url", "git/blobs{/sha}"),
            ("branches_url", "branches{/branch}"),
            ("collaborators_url", "collaborators{/collaborator}"),
            ("comments_url", "comments{/number}"),
            ("commits_url", "commits{/sha}"),
            ("compare_url", "compare/{base}...{head}"),
            ("contents_url", "contents/{+path}"),
            ("contributors_url", "contributors"),
            ("deployments_url", "deployments"),
            ("downloads_url", "downloads"),
            ("events_url", "events"),
            ("forks_url", "forks"),
            ("git_commits_url", "git/commits{/sha}"),
            ("git_refs_url", "git/refs{/sha}"),
            ("git_tags_url", "git/tags{/sha}"),
            ("hooks_url", "hooks"),
            ("issue_comment_url", "issues/comments{/number}"),
            ("issue_events_url", "issues/events{/number}"),
            ("issues_url", "issues{/number}"),
            ("keys_url", "keys{/key_id}"),
            ("labels_url", "labels{/name}"),
            ("languages_url", "languages"),
            ("merges_url", "merges"),
            ("milestones_url", "milestones{/number}"),
            ("notifications_url", "notifications{?since,all,participating}"),
            ("pulls_url", "pulls{/number}"),
            ("releases_url", "releases{/id}"),
            ("stargazers_url", "stargazers"),
            ("statuses_url", "statuses/{sha}"),
            ("subscribers_url", "subscribers"),
            ("subscription_url", "subscription"),
            ("tags_url", "tags"),
            ("teams_url", "teams"),
            ("trees_url", "git/trees{/sha}"),
        ] {
            fields.insert(name.to_owned(), json!(format!("{url}/{rest}")));
        }
    }
    body
}

pub(super) fn full_repository(visit: &Visit, index: usize) -> Value {
    let mut body = minimal_repository(visit, index);
    body["network_count"] = json!(0);
    body["subscribers_count"] = json!(0);
    // Gone in the later version of the API; both descriptions allow it.
    body["has_downloads"] = json!(true);
    body["organization"] = owner(visit);
    body["custom_properties"] = json!(visit.repository(index).properties.at(visit.now));
    body
}

fn host(base: &str) -> &str {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    host.split(['/', ':']).next().unwrap_or(host)
}

pub(super) fn properties_schema(visit: &Visit) -> Value {
    let mut names = std::collections::BTreeSet::new();
    for index in &visit.listing.repositories {
        names.extend(visit.repository(*index).properties.at(visit.now).keys());
    }
    let property = |name: &&String| {
        json!({
            "property_name": name, "source_type": "organization", "value_type": "string", "required": false, "default_value": null,
            "description": null, "allowed_values": null, "values_editable_by": "org_actors",
            "url": format!("{}/orgs/{}/properties/schema/{name}", api(visit), visit.company().login),
        })
    };
    names.iter().map(property).collect()
}

pub(super) fn property_values(visit: &Visit, index: usize) -> Value {
    let repository = visit.repository(index);
    let properties: Vec<Value> =
        repository.properties.at(visit.now).iter().map(|(name, value)| json!({"property_name": name, "value": value})).collect();
    json!({
        "repository_id": repository.id, "repository_name": visit.name(index), "repository_full_name": visit.full_name(index),
        "properties": properties,
    })
}

pub(super) fn app(visit: &Visit, app: &App) -> Value {
    let since = seconds_text(visit.company().history.start);
    json!({
        "id": app.id, "slug": app.slug, "node_id": node_id::encode("A", &[app.id], None), "owner": owner(visit), "name": app.slug,
        "description": null, "external_url": visit.base, "html_url": format!("{}/apps/{}", visit.base, app.slug),
        "created_at": since, "updated_at": since, "permissions": app.permissions, "events": [], "installations_count": 1,
    })
}

pub(super) fn installation(visit: &Visit, app: &App) -> Value {
    let since = seconds_text(visit.company().history.start);
    let url = format!("{}/app/installations/{}", api(visit), app.installation);
    json!({
        "id": app.installation, "account": owner(visit), "app_id": app.id, "app_slug": app.slug, "target_id": ORGANIZATION_ID,
        "target_type": "Organization", "single_file_name": null, "has_multiple_single_files": false, "single_file_paths": [],
        "repository_selection": if app.repositories.is_some() { "selected" } else { "all" },
        "access_tokens_url": format!("{url}/access_tokens"),
        "repositories_url": format!("{}/installation/repositories", api(visit)),
        "html_url": format!("{}/organizations/{}/settings/installations/{}", visit.base, visit.company().login, app.installation),
        "permissions": app.permissions, "events": [], "created_at": since, "updated_at": since, "suspended_by": null,
        "suspended_at": null,
    })
}
