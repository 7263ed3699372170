//! From the configuration to collectors.

use std::path::Path;
use std::sync::Arc;

use crate::cli::config::Config;
use crate::collect::Collector;
use crate::collect::git::{self, GitCollector};
use crate::collect::http::Outside;
use crate::store::Store;

/// The collectors that are configured, in the order in which they are first read.
pub(super) fn collectors(config: &Config, store: &Arc<Store>, outside: &Outside) -> Vec<Arc<dyn Collector>> {
    let zone = &config.policy.zone;
    let mut collectors: Vec<Arc<dyn Collector>> = Vec::new();
    if let Some(found) = &config.git {
        let sources = git::Config { folders: found.folders.clone(), urls: found.urls.clone(), clones: clones(&config.data) };
        collectors.push(Arc::new(GitCollector::new("git", sources, zone.clone())));
    }
    let _ = (store, outside);
    collectors
}

/// Collectors for a look at what they need, without a store.
pub(super) fn checked(config: &Config, outside: &Outside) -> Vec<Arc<dyn Collector>> {
    let _ = (config, outside);
    Vec::new()
}

fn clones(data: &Path) -> std::path::PathBuf {
    data.join("clones")
}
