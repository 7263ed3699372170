//! Watches: what changes, line by line, as the clock moves and somebody writes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use axum::body::Body as HttpBody;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;

use super::cluster::{Change, Cluster, Following};
use super::items::Item;
use super::list::written;
use super::render;
use super::request::{Asked, Form, Selection};
use super::resources::Resource;
use super::status::{Answer, Cause, Refusal};
use crate::model::Instant;

/// How often the clock is looked at.
const LOOKS: Duration = Duration::from_millis(50);
/// Bytes after which lines are sent.
const ENOUGH: usize = 64 * 1024;

/// How watches behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watches {
    /// How often a bookmark is sent to who asks for them; one is sent at the end in any case.
    pub bookmark_every: Duration,
    /// How long a watch lasts that says nothing itself.
    pub lasts: Duration,
}

impl Default for Watches {
    fn default() -> Self {
        Self { bookmark_every: Duration::from_secs(60), lasts: Duration::from_secs(2_400) }
    }
}

/// A watch under way.
struct Stream {
    cluster: Arc<Cluster>,
    resource: &'static Resource,
    form: Form,
    selection: Selection,
    following: Following,
    receiver: Receiver<u64>,
    has_bookmarks: bool,
    bookmark_every: Duration,
    bookmarked: Stopwatch,
    ends: Stopwatch,
    ends_simulated: Instant,
    lines: VecDeque<Vec<u8>>,
    is_over: bool,
}

pub(super) fn watch(cluster: &Arc<Cluster>, asked: &Asked, behaviour: Watches, minor: u32) -> Answer {
    let selection = Selection::of(asked)?;
    let version = asked.params.version()?;
    if asked.params.get("sendInitialEvents").is_some() && minor >= 27 {
        let message = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
        let cause =
            Cause { reason: "FieldValueForbidden", message: format!("Forbidden: {message}"), field: "sendInitialEvents".to_owned() };
        return Err(Refusal::invalid("ListOptions.meta.k8s.io", "", &[cause]));
    }
    let lasts = asked.params.number("timeoutSeconds")?.filter(|seconds| *seconds > 0).map_or(behaviour.lasts, Duration::from_secs);
    let receiver = cluster.subscribe();
    let current = cluster.current();
    let mut lines = VecDeque::new();
    let mut is_over = false;
    let from = match version {
        None | Some(0) => {
            for item in cluster.list(asked.resource.kind, current).iter().filter(|item| selection.has_namespace(&item.key)) {
                if selection.selects() && !selection.fits(&render::object(&cluster.content, item)) {
                    continue;
                }
                lines.push_back(line("ADDED", &written(cluster, item, asked.form).into()));
            }
            current
        }
        Some(version) => {
            let oldest = cluster.oldest();
            if version < oldest {
                lines.push_back(line("ERROR", &Refusal::watch_expired(version, oldest).body()));
                is_over = true;
            }
            if is_over { current } else { version.min(current) }
        }
    };
    let stream = Stream {
        following: cluster.follow(from),
        cluster: Arc::clone(cluster),
        resource: asked.resource,
        form: asked.form,
        selection,
        receiver,
        has_bookmarks: asked.params.is_set("allowWatchBookmarks"),
        bookmark_every: behaviour.bookmark_every,
        bookmarked: Stopwatch::now(),
        ends: Stopwatch::now() + lasts,
        ends_simulated: cluster.now().plus_seconds(lasts.as_secs() as i64),
        lines,
        is_over,
    };
    let body = futures::stream::unfold(stream, |mut stream| async move {
        let bytes = stream.next().await?;
        Some((Ok::<Bytes, Infallible>(bytes), stream))
    });
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], HttpBody::from_stream(body)).into_response())
}

fn line(kind: &str, object: &Value) -> Vec<u8> {
    let mut line = format!("{{\"type\":{},\"object\":", json!(kind)).into_bytes();
    // Writing into memory does not fail.
    let _ = serde_json::to_writer(&mut line, object);
    line.extend_from_slice(b"}\n");
    line
}

impl Stream {
    /// The next lines; none: the watch is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.take() {
                return Some(bytes);
            }
            if self.is_over {
                return None;
            }
            self.receiver.borrow_and_update();
            self.advance();
            if !self.lines.is_empty() {
                continue;
            }
            let now = Stopwatch::now();
            if now >= self.ends || self.cluster.now() >= self.ends_simulated {
                self.is_over = true;
                if self.has_bookmarks {
                    self.bookmark();
                }
                continue;
            }
            if self.has_bookmarks && now.duration_since(self.bookmarked) >= self.bookmark_every {
                self.bookmark();
                continue;
            }
            let wait = LOOKS.min(self.ends - now);
            tokio::select! {
                _ = self.receiver.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        let mut bytes = self.lines.pop_front()?;
        while bytes.len() < ENOUGH
            && let Some(mut next) = self.lines.pop_front()
        {
            bytes.append(&mut next);
        }
        Some(bytes.into())
    }

    /// Everything that changed until now, or enough of it.
    fn advance(&mut self) {
        let oldest = self.cluster.oldest();
        if self.following.revision < oldest {
            let body = Refusal::watch_expired(self.following.revision, oldest).body();
            self.lines.push_back(line("ERROR", &body));
            self.is_over = true;
            return;
        }
        while self.lines.len() < 200 {
            let Some((revision, changes)) = self.cluster.step(&mut self.following, self.resource.kind) else { break };
            for change in changes {
                self.tell(revision, &change);
            }
        }
    }

    fn tell(&mut self, revision: u64, change: &Change) {
        let fits = |item: &Arc<Item>| {
            self.selection.has_namespace(&item.key)
                && (!self.selection.selects() || self.selection.fits(&render::object(&self.cluster.content, item)))
        };
        let before = change.before.as_ref().filter(|item| fits(item));
        let after = change.after.as_ref().filter(|item| fits(item));
        let (kind, mut object) = match (before, after) {
            (None, None) => return,
            (None, Some(item)) => ("ADDED", written(&self.cluster, item, self.form)),
            (Some(_), Some(item)) => ("MODIFIED", written(&self.cluster, item, self.form)),
            (Some(item), None) => ("DELETED", written(&self.cluster, item, self.form)),
        };
        if kind == "DELETED"
            && let Some(metadata) = object.get_mut("metadata")
        {
            metadata["resourceVersion"] = revision.to_string().into();
        }
        self.lines.push_back(line(kind, &object.into()));
    }

    fn bookmark(&mut self) {
        self.bookmarked = Stopwatch::now();
        let metadata = json!({ "resourceVersion": self.following.revision.to_string(), "creationTimestamp": null });
        let object = match self.form {
            Form::Partial => json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata }),
            Form::Whole => {
                let mut object = json!({
                    "kind": self.resource.kind_name, "apiVersion": self.resource.api_version(), "metadata": metadata, "spec": {}, "status": {}
                });
                if self.resource.has_scale {
                    let template = json!({ "metadata": { "creationTimestamp": null }, "spec": { "containers": null } });
                    object["spec"] = json!({ "replicas": 0, "selector": null, "template": template, "strategy": {} });
                }
                object
            }
        };
        self.lines.push_back(line("BOOKMARK", &object));
    }
}
