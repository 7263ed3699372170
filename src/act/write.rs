//! Requests that change something, as data.

use serde_json::{Value, json};

/// Who is said to have changed a field, in `managedFields`.
pub const FIELD_MANAGER: &str = "spot";

/// How a body changes an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A JSON Patch: RFC 6902.
    JsonPatch,
    /// A JSON Merge Patch: RFC 7386.
    MergePatch,
    /// Kubernetes' own merge patch, which knows lists that are maps.
    StrategicMergePatch,
    /// Options of a deletion.
    DeleteOptions,
}

impl Content {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonPatch => "application/json-patch+json",
            Self::MergePatch => "application/merge-patch+json",
            Self::StrategicMergePatch => "application/strategic-merge-patch+json",
            Self::DeleteOptions => "application/json",
        }
    }

    /// The method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::DeleteOptions => "DELETE",
            _ => "PATCH",
        }
    }
}

/// A request that changes something.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The path at the API server.
    pub path: String,
    /// How the body changes what is there.
    pub content: Content,
    /// The body.
    pub body: Value,
}

impl Write {
    /// The same, which does nothing if the object is no longer at this version.
    #[must_use]
    pub fn guarded(mut self, resource_version: &str) -> Self {
        match self.content {
            Content::JsonPatch => {
                if let Some(operations) = self.body.as_array_mut() {
                    // Not `test`: what fails there looks like any other bad patch, and this like the conflict that it is.
                    operations.insert(0, json!({ "op": "replace", "path": "/metadata/resourceVersion", "value": resource_version }));
                }
            }
            Content::MergePatch | Content::StrategicMergePatch => {
                if let Some(fields) = self.body.as_object_mut() {
                    let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
                    if let Some(metadata) = metadata.as_object_mut() {
                        metadata.insert("resourceVersion".to_owned(), Value::from(resource_version));
                    }
                }
            }
            // The one that was meant is known by its uid, which stands there already; its status may change at any time.
            Content::DeleteOptions => {}
        }
        self
    }

    /// Path, query and body. A dry run goes all the way and keeps nothing.
    #[must_use]
    pub fn request(&self, dry_run: bool) -> (String, Value) {
        if self.content == Content::DeleteOptions {
            // Beside a body the server takes no options from the query: a dry run told there would delete.
            let mut body = self.body.clone();
            if let Some(options) = body.as_object_mut().filter(|_| dry_run) {
                options.insert("dryRun".to_owned(), json!(["All"]));
            }
            return (self.path.clone(), body);
        }
        let dry_run = if dry_run { "&dryRun=All" } else { "" };
        (format!("{}?fieldManager={FIELD_MANAGER}{dry_run}", self.path), self.body.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_patch_is_guarded_in_its_own_way() {
        let write = |content, body| Write { path: "/x".to_owned(), content, body };
        let json = write(Content::JsonPatch, json!([{ "op": "add", "path": "/a", "value": 1 }])).guarded("7");
        assert_eq!(json.body[0], json!({ "op": "replace", "path": "/metadata/resourceVersion", "value": "7" }));
        assert_eq!(json.body[1]["path"], "/a");
        let merge = write(Content::MergePatch, json!({ "spec": { "replicas": 3 } })).guarded("7");
        assert_eq!(merge.body, json!({ "metadata": { "resourceVersion": "7" }, "spec": { "replicas": 3 } }));
        let delete = write(Content::DeleteOptions, json!({ "preconditions": { "uid": "u" } }));
        assert_eq!(delete.clone().guarded("7"), delete);
        let uri = |write: &Write, dry_run| write.request(dry_run).0;
        assert_eq!(
            (uri(&json, true), uri(&json, false)),
            ("/x?fieldManager=spot&dryRun=All".to_owned(), "/x?fieldManager=spot".to_owned())
        );
        assert_eq!(json.request(true).1, json.body);
        let tried = json!({ "preconditions": { "uid": "u" }, "dryRun": ["All"] });
        assert_eq!((delete.request(true), delete.request(false)), (("/x".to_owned(), tried), ("/x".to_owned(), delete.body.clone())));
    }
}
