//! Watches of one cluster: its state is kept up to date between runs, object by object.
//!
//! # Invariants
//! - A watch goes on where its list ended. What it lost (410, or an event that could not be understood) is listed anew;
//!   what a new list does not show was not seen to be deleted, and only full runs conclude anything from it.
//! - Every wait grows with failures in a row, and differs from that of others.
//! - An event takes the same short time however large the cluster is; nothing is stated here.

use std::time::Duration;

use futures::TryStreamExt;
use kube::api::{Request, WatchEvent, WatchParams};
use kube::core::Status;

use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::list::{Trouble, backoff, chain};
use crate::collect::kubernetes::site::{Reader, Site, with_type};
use crate::collect::kubernetes::state::{Fold, uid_of};
use crate::collect::kubernetes::wire;

/// How long the API server keeps a watch open.
const OPEN_SECONDS: u32 = 290;
/// How long a watch may be silent beyond that before its connection counts as lost.
const SILENCE: Duration = Duration::from_secs(295);
/// How long an answer to a watch may take to begin.
const BEGINNING: Duration = Duration::from_secs(60);
/// How long until it is asked again whether something is allowed or served by now.
const REFUSED: Duration = Duration::from_secs(600);
/// Failures to go on from where a list ended, after which it is listed anew.
const MOST_FAILURES: u32 = 5;

/// How a watch ended.
enum End {
    /// As every watch does after a while.
    Usual,
    /// Something was lost.
    Lost(Trouble),
    /// It was told that something was lost that it has to list again, as happens.
    Expired,
    /// It could not be kept open; nothing was lost.
    Broken(Trouble),
}

impl Site {
    /// Keeps the state up to date until the reader is cancelled.
    pub(crate) async fn watch(&self, reader: &Reader<'_>) {
        let mut failures = 0;
        while !reader.cancel.is_cancelled() {
            self.read_once(reader).await;
            let is_read = self.inner.lock().lists.values().any(|standing| standing.is_current);
            if is_read {
                self.inner.lock().is_live = true;
                futures::future::join_all(ApiKind::ALL.map(|kind| self.follow(reader, kind))).await;
                break;
            }
            failures += 1;
            pause(reader, failures).await;
        }
        self.inner.lock().is_live = false;
    }

    async fn follow(&self, reader: &Reader<'_>, kind: ApiKind) {
        with_type!(kind, Object => self.follow_all::<Object>(reader).await);
    }

    async fn follow_all<T: Fold>(&self, reader: &Reader<'_>) {
        let kind = T::KIND;
        let mut failures = 0;
        while !reader.cancel.is_cancelled() {
            let (version, api) = {
                let inner = self.inner.lock();
                let standing = inner.lists.get(&kind);
                (standing.and_then(|standing| standing.resource_version.clone()), standing.and_then(|standing| standing.api_version))
            };
            let Some((version, api)) = version.zip(api) else {
                match self.list_again(reader, kind).await {
                    // It is not served here, which may change.
                    Ok(()) if self.inner.lock().lists.get(&kind).is_none_or(|standing| standing.resource_version.is_none()) => {
                        rest(reader, REFUSED).await;
                    }
                    Ok(()) => failures = 0,
                    Err(Trouble::Forbidden(_) | Trouble::NotServed) => rest(reader, REFUSED).await,
                    Err(Trouble::Stopped) => return,
                    Err(_) => {
                        failures += 1;
                        pause(reader, failures).await;
                    }
                }
                continue;
            };
            let mut progress = false;
            match self.hear::<T>(reader, &kind.path(api), &version, &mut progress).await {
                End::Usual if progress => failures = 0,
                // One that ends at once, again and again, would ask without pause.
                End::Usual => {
                    failures += 1;
                    pause(reader, failures).await;
                }
                End::Expired => self.forget_version(kind, None),
                End::Lost(trouble) => {
                    failures += 1;
                    self.forget_version(kind, Some(trouble));
                    pause(reader, failures).await;
                }
                End::Broken(trouble) => {
                    failures = if progress { 1 } else { failures + 1 };
                    let is_refused = matches!(trouble, Trouble::Forbidden(_) | Trouble::NotServed);
                    if matches!(trouble, Trouble::NotAccepted(_)) {
                        reader.clients.forget(&self.cluster.name).await;
                    }
                    if failures % MOST_FAILURES == 0 {
                        self.forget_version(kind, Some(trouble));
                    } else {
                        self.lose(&[kind], &trouble);
                    }
                    if is_refused { rest(reader, REFUSED).await } else { pause(reader, failures).await }
                }
            }
        }
    }

    async fn list_again(&self, reader: &Reader<'_>, kind: ApiKind) -> Result<(), Trouble> {
        let client = match reader.clients.get(&self.cluster.name).await {
            Ok(client) => client,
            Err(error) => {
                let trouble = Trouble::NotConnected(error.to_string());
                self.lose(&[kind], &trouble);
                return Err(trouble);
            }
        };
        self.list(&reader.lister(&client), kind).await
    }

    fn forget_version(&self, kind: ApiKind, trouble: Option<Trouble>) {
        let mut inner = self.inner.lock();
        let standing = inner.lists.entry(kind).or_default();
        standing.resource_version = None;
        if trouble.is_some() {
            standing.is_current = false;
            standing.trouble = trouble;
        }
    }

    /// One watch, from its beginning to its end; `progress` becomes true once something was heard.
    async fn hear<T: Fold>(&self, reader: &Reader<'_>, path: &str, from: &str, progress: &mut bool) -> End {
        let client = match reader.clients.get(&self.cluster.name).await {
            Ok(client) => client,
            Err(error) => return End::Broken(Trouble::NotConnected(error.to_string())),
        };
        let request = match Request::new(path).watch(&WatchParams::default().timeout(OPEN_SECONDS), from) {
            Ok(request) => request,
            Err(error) => return End::Lost(Trouble::NotConnected(error.to_string())),
        };
        reader.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let opened = tokio::select! {
            opened = tokio::time::timeout(BEGINNING, client.request_events::<T>(request)) => opened,
            () = reader.cancel.cancelled() => return End::Usual,
        };
        let events = match opened {
            Ok(Ok(events)) => events,
            Ok(Err(kube::Error::Api(status))) => return ended(&status),
            Ok(Err(error)) => return End::Broken(Trouble::Unreachable(chain(&error))),
            Err(_) => return End::Broken(Trouble::TimedOut(BEGINNING)),
        };
        self.heard(T::KIND, None);
        let mut events = std::pin::pin!(events);
        loop {
            let event = tokio::select! {
                event = tokio::time::timeout(SILENCE, events.try_next()) => event,
                () = reader.cancel.cancelled() => return End::Usual,
            };
            match event {
                Ok(Ok(Some(event))) => {
                    if let Some(end) = self.take(event) {
                        return end;
                    }
                    *progress = true;
                }
                // It ends after its time, or because the API server does.
                Ok(Ok(None)) => return End::Usual,
                Ok(Err(kube::Error::SerdeError(_))) => return End::Lost(Trouble::NotAnEvent),
                Ok(Err(kube::Error::Api(status))) => return ended(&status),
                Ok(Err(error)) => return End::Broken(Trouble::Unreachable(chain(&error))),
                Err(_) => return End::Broken(Trouble::TimedOut(SILENCE)),
            }
        }
    }

    fn take<T: Fold>(&self, event: WatchEvent<T>) -> Option<End> {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                let version = object.meta().resource_version.clone();
                self.inner.lock().state.apply(object);
                self.heard(T::KIND, version);
            }
            WatchEvent::Deleted(object) => {
                let version = object.meta().resource_version.clone();
                self.inner.lock().state.delete(T::KIND, uid_of(T::KIND, object.meta()));
                self.heard(T::KIND, version);
            }
            WatchEvent::Bookmark(bookmark) => self.heard(T::KIND, Some(bookmark.metadata.resource_version)),
            WatchEvent::Error(status) => return Some(ended(&status)),
        }
        None
    }

    /// The watch lives, and goes on from here.
    fn heard(&self, kind: ApiKind, version: Option<String>) {
        let mut inner = self.inner.lock();
        let standing = inner.lists.entry(kind).or_default();
        if let Some(version) = version.filter(|version| !version.is_empty()) {
            standing.resource_version = Some(version);
        }
        standing.is_current = true;
        standing.trouble = None;
    }
}

/// What a refusal, before or in the middle of a watch, means for it.
fn ended(status: &Status) -> End {
    let message = status.message.clone();
    match status.code {
        410 => End::Expired,
        // Whatever could not be understood comes as a status without a code.
        0 => End::Lost(Trouble::NotAnEvent),
        401 => End::Broken(Trouble::NotAccepted(message)),
        403 => End::Broken(Trouble::Forbidden(message)),
        404 => End::Broken(Trouble::NotServed),
        code => End::Broken(Trouble::Status(code, message)),
    }
}

async fn pause(reader: &Reader<'_>, failures: u32) {
    rest(reader, backoff(failures, (reader.outside.jitter)())).await;
}

async fn rest(reader: &Reader<'_>, wait: Duration) {
    tokio::select! {
        () = (reader.outside.pause)(wait) => {}
        () = reader.cancel.cancelled() => {}
    }
}
