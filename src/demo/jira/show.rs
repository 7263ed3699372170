//! How a simulated Jira writes what stands in it.

use serde_json::{Map, Value, json};

use super::Site;
use super::content::{Issue, Project, Status, component_id, option_id};
use crate::model::Instant;

/// What is written where no other address is.
const BASE: &str = "https://site.example";
/// Fields that an issue has beside custom ones.
const FIELDS: [&str; 14] = [
    "summary",
    "description",
    "issuetype",
    "project",
    "status",
    "resolution",
    "resolutiondate",
    "priority",
    "created",
    "updated",
    "labels",
    "components",
    "assignee",
    "reporter",
];

impl Site {
    /// `2026-11-19T10:01:02.000+0100`.
    fn time(&self, at: Instant) -> String {
        at.timestamp().to_zoned(self.writer.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
    }

    fn version(&self) -> u8 {
        if self.options.data_center { 2 } else { 3 }
    }

    fn address(&self, path: &str) -> String {
        format!("{BASE}/rest/api/{}/{path}", self.version())
    }

    pub(super) fn named(&self, what: &str, (id, name): &(u64, String)) -> Value {
        let (self_, id) = (self.address(&format!("{what}/{id}")), id.to_string());
        match what {
            "priority" => json!({ "self": self_, "iconUrl": format!("{BASE}/images/icons/{id}.svg"), "name": name, "id": id }),
            "issuetype" => json!({ "self": self_, "id": id, "description": "", "name": name, "subtask": false }),
            _ => json!({ "self": self_, "id": id, "description": "", "name": name }),
        }
    }

    pub(super) fn status(&self, status: &Status) -> Value {
        let (id, key, name, colour) = status.category.words();
        json!({
            "self": self.address(&format!("status/{}", status.id)),
            "description": "",
            "iconUrl": format!("{BASE}/images/icons/statuses/generic.png"),
            "name": status.name,
            "id": status.id.to_string(),
            "statusCategory": { "self": self.address(&format!("statuscategory/{id}")), "id": id, "key": key, "colorName": colour, "name": name },
        })
    }

    pub(super) fn project(&self, project: &Project) -> Value {
        json!({
            "self": self.address(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
        })
    }

    fn person(&self, position: usize) -> Value {
        let person = &self.content.people[position];
        let pictures: Map<String, Value> = ["16x16", "24x24", "32x32", "48x48"]
            .into_iter()
            .map(|size| (size.to_owned(), json!(format!("{BASE}/avatar/{size}.png"))))
            .collect();
        match self.options.data_center {
            true => json!({
                "self": self.address(&format!("user?username={}", person.login)),
                "name": person.login,
                "key": format!("JIRAUSER{}", 10_000 + position),
                "displayName": person.name,
                "active": true,
                "avatarUrls": pictures,
            }),
            false => json!({
                "self": self.address(&format!("user?accountId={}", person.account)),
                "accountId": person.account,
                "accountType": "atlassian",
                "displayName": person.name,
                "active": !person.name.is_empty(),
                "avatarUrls": pictures,
            }),
        }
    }

    pub(super) fn server_info(&self) -> Value {
        let now = self.now().plus_seconds(self.options.ahead);
        let (version, numbers, kind) = match self.options.data_center {
            true => ("10.3.5", json!([10, 3, 5]), "Server"),
            false => ("1001.0.0-SNAPSHOT", json!([1001, 0, 0]), "Cloud"),
        };
        json!({
            "baseUrl": BASE,
            "version": version,
            "versionNumbers": numbers,
            "deploymentType": kind,
            "buildNumber": 100_287,
            "buildDate": "2026-01-05T00:00:00.000+0000",
            "serverTime": self.time(now),
            "scmInfo": "0123456789abcdef0123456789abcdef01234567",
            "serverTitle": "Jira",
        })
    }

    pub(super) fn myself(&self) -> Value {
        let mut me = if self.content.people.is_empty() { json!({ "active": true }) } else { self.person(0) };
        if let Some(zone) = &self.options.zone {
            me["timeZone"] = json!(zone);
        }
        me["locale"] = json!("en_US");
        me["groups"] = json!({ "size": 1, "items": [] });
        me["applicationRoles"] = json!({ "size": 1, "items": [] });
        me["expand"] = json!("groups,applicationRoles");
        me
    }

    pub(super) fn fields(&self) -> Value {
        let own = FIELDS.iter().map(|id| {
            json!({ "id": id, "key": id, "name": id, "custom": false, "orderable": true, "navigable": true, "searchable": true, "clauseNames": [id] })
        });
        let custom = self.content.fields.iter().map(|(id, name)| {
            json!({
                "id": format!("customfield_{id}"),
                "key": format!("customfield_{id}"),
                "name": name,
                "custom": true,
                "orderable": true,
                "navigable": true,
                "searchable": true,
                "clauseNames": [format!("cf[{id}]"), name],
                "schema": { "type": "option", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:select", "customId": id },
            })
        });
        own.chain(custom).collect()
    }

    /// Names of fields by their numbers.
    pub(super) fn names(&self) -> Value {
        let custom = self.content.fields.iter().map(|(id, name)| (format!("customfield_{id}"), json!(name)));
        let own = FIELDS.iter().map(|id| ((*id).to_owned(), json!(id)));
        Value::Object(own.chain(custom).collect())
    }

    /// An issue as it was at an instant, with the fields that are asked for: of Cloud none, of Data Center all, if none is named.
    pub(super) fn show(&self, issue: &Issue, at: Instant, fields: &[&str], has_log: bool) -> Value {
        let content = &self.content;
        let has = |name: &str| fields.contains(&name) || fields.contains(&"*all") || (fields.is_empty() && self.options.data_center);
        let mut shown = Map::new();
        let own = FIELDS.into_iter().filter(|name| has(name)).map(|name| (name.to_owned(), self.field(issue, at, name)));
        shown.extend(own);
        for (position, (id, _)) in content.fields.iter().enumerate().filter(|(_, (id, _))| has(&format!("customfield_{id}"))) {
            let value = issue.custom.get(&position).and_then(|value| value.at(at).clone());
            let option = value.map(|text| json!({ "self": self.address("customFieldOption/1"), "id": option_id(&text), "value": text }));
            shown.insert(format!("customfield_{id}"), option.unwrap_or_default());
        }
        let mut found = json!({ "id": issue.id.to_string() });
        if fields == ["id"] && !self.options.data_center {
            return found;
        }
        found["key"] = json!(issue.key_at(content, at));
        found["self"] = json!(self.address(&format!("issue/{}", issue.id)));
        found["expand"] = json!("operations,editmeta,changelog,renderedFields");
        if !shown.is_empty() {
            found["fields"] = Value::Object(shown);
        }
        if has_log {
            let histories: Vec<Value> = self.histories(issue, at, &[]).into_iter().map(|(_, history)| history).collect();
            let total = histories.len();
            found["changelog"] = json!({ "startAt": 0, "maxResults": total, "total": total, "histories": histories });
        }
        found
    }

    fn field(&self, issue: &Issue, at: Instant, name: &str) -> Value {
        let content = &self.content;
        match name {
            "summary" => json!(issue.summary),
            "description" => json!(issue.description),
            "issuetype" => self.named("issuetype", &content.types[*issue.kind.at(at)]),
            "project" => self.project(&content.projects[issue.key.at(at).0]),
            "status" => self.status(&content.statuses[*issue.status.at(at)]),
            "resolution" => {
                issue.resolution.at(at).map(|position| self.named("resolution", &content.resolutions[position])).unwrap_or_default()
            }
            "resolutiondate" => issue.resolved_at(at).map(|at| json!(self.time(at))).unwrap_or_default(),
            "priority" => issue.priority.at(at).map(|position| self.named("priority", &content.priorities[position])).unwrap_or_default(),
            "created" => json!(self.time(issue.exists.start)),
            "updated" => json!(self.time(issue.updated(at))),
            "labels" => json!(issue.labels.at(at)),
            "components" => {
                let component =
                    |name: &String| json!({ "self": self.address("component/1"), "id": component_id(name).to_string(), "name": name });
                issue.components.at(at).iter().map(component).collect()
            }
            "assignee" => issue.assignee.at(at).map(|position| self.person(position)).unwrap_or_default(),
            "reporter" => self.person(issue.reporter),
            _ => Value::Null,
        }
    }

    /// What changed of an issue up to an instant, oldest first; of these fields, or of all if none is named.
    pub(super) fn histories(&self, issue: &Issue, until: Instant, fields: &[&str]) -> Vec<(Instant, Value)> {
        let mut all = Vec::new();
        for (number, at) in issue.moments().into_iter().enumerate().filter(|(_, at)| *at <= until) {
            let changes = issue.changes(&self.content, at).into_iter();
            let wanted = changes.filter(|it| fields.is_empty() || it.field_id.as_deref().is_some_and(|id| fields.contains(&id)));
            let items: Vec<Value> = wanted
                .map(|it| {
                    let mut item = json!({
                        "field": it.field,
                        "fieldtype": if it.is_custom { "custom" } else { "jira" },
                        "from": it.from.0,
                        "fromString": it.from.1,
                        "to": it.to.0,
                        "toString": it.to.1,
                    });
                    if let Some(id) = it.field_id.filter(|_| !self.options.data_center) {
                        item["fieldId"] = json!(id);
                    }
                    item
                })
                .collect();
            if items.is_empty() {
                continue;
            }
            // Many changelogs at once have milliseconds.
            let is_bulk = !fields.is_empty();
            let created = if is_bulk { json!(at.micros() / 1000) } else { json!(self.time(at)) };
            let id = (issue.id * 1000 + number as u64).to_string();
            all.push((at, json!({ "id": id, "author": self.person(issue.reporter), "created": created, "items": items })));
        }
        all
    }
}
