//! What is wanted of a workload: the company's steps and what was written through the API, in one order of time.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::revision::Hand;
use crate::demo::company::clusters::Workload;
use crate::model::Instant;

/// What pods are to be like.
#[derive(Clone, Debug)]
pub(super) enum Template {
    /// As the company has it, in this release.
    Release(u32),
    /// As somebody wrote it; the number distinguishes it from others.
    Written(u64, Arc<Value>),
}

impl Template {
    /// Equal for equal templates.
    pub(super) fn key(&self) -> u64 {
        match self {
            Self::Release(release) => mix(u64::from(*release) ^ 0x7e1e_a5e0),
            Self::Written(number, _) => *number,
        }
    }
}

/// What was written of a workload, beside its template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    pub(super) labels: Option<Value>,
    pub(super) annotations: Option<Value>,
    /// The spec without its template.
    pub(super) spec: Value,
}

/// A write of a workload.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) revision: u64,
    pub(super) at: Instant,
    pub(super) written: Arc<Written>,
    pub(super) template: Template,
    pub(super) replicas: u32,
    pub(super) is_paused: bool,
    /// The spec is another one than before.
    pub(super) changes_spec: bool,
}

/// A pod that somebody deleted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deletion {
    pub(super) revision: u64,
    pub(super) at: Instant,
    /// Seconds until it is killed.
    pub(super) grace: u32,
}

/// What was written through the API about one workload and its pods.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    pub(super) writes: Vec<Write>,
    /// By the pod's uid; a second one may shorten the first.
    pub(super) deletions: BTreeMap<String, Vec<Deletion>>,
    /// By the pod's uid: versions at which it restarted out of turn.
    pub(super) touches: BTreeMap<String, Vec<u64>>,
}

/// What is wanted from an instant on.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) at: Instant,
    pub(super) generation: u64,
    pub(super) replicas: u32,
    pub(super) template: Template,
    /// The last release of the company.
    pub(super) release: u32,
    pub(super) is_bad: bool,
    pub(super) is_paused: bool,
    pub(super) written: Option<Arc<Written>>,
}

/// Everything wanted so far, in order of time, as of the hand and of what was written until `revision`.
pub(super) fn stages(workload: &Workload, overlay: &Overlay, revision: u64, hand: &mut Hand<'_>) -> Vec<Stage> {
    let mut found: Vec<Stage> = Vec::with_capacity(workload.steps.len());
    let mut writes = overlay.writes.iter().filter(|write| write.revision <= revision).peekable();
    let mut company: Option<(u32, u32)> = None;
    for step in &workload.steps {
        while let Some(write) = writes.next_if(|write| write.at < step.at) {
            push_write(&mut found, write, hand);
        }
        if !hand.reached(step.at) {
            break;
        }
        let last = found.last();
        let has_release = company.is_some_and(|(release, _)| release == step.release);
        let has_replicas = company.is_some_and(|(_, replicas)| replicas == step.replicas);
        company = Some((step.release, step.replicas));
        let Some(last) = last else {
            found.push(Stage {
                at: step.at,
                generation: 1,
                replicas: step.replicas,
                template: Template::Release(step.release),
                release: step.release,
                is_bad: step.is_bad,
                is_paused: false,
                written: None,
            });
            continue;
        };
        let template = match &last.template {
            same if has_release => same.clone(),
            Template::Release(_) => Template::Release(step.release),
            Template::Written(_, value) => with_release(workload, value, step.release),
        };
        let next = Stage {
            at: step.at,
            generation: last.generation + 1,
            replicas: if has_replicas { last.replicas } else { step.replicas },
            template,
            release: step.release,
            is_bad: step.is_bad,
            is_paused: last.is_paused,
            written: last.written.clone(),
        };
        found.push(next);
    }
    for write in writes {
        push_write(&mut found, write, hand);
    }
    found
}

fn push_write(found: &mut Vec<Stage>, write: &Write, hand: &mut Hand<'_>) {
    hand.written(write.revision);
    let Some(last) = found.last() else { return };
    let next = Stage {
        at: write.at,
        generation: last.generation + u64::from(write.changes_spec),
        replicas: write.replicas,
        template: write.template.clone(),
        release: last.release,
        is_bad: last.is_bad && write.template.key() == last.template.key(),
        is_paused: write.is_paused,
        written: Some(Arc::clone(&write.written)),
    };
    found.push(next);
}

/// A written template with the image of another release.
fn with_release(workload: &Workload, template: &Value, release: u32) -> Template {
    let mut template = template.clone();
    let told = workload.releases.of(release);
    if let Some(label) = template.pointer_mut("/metadata/labels/app.kubernetes.io~1version") {
        *label = told.version.as_str().into();
    }
    let wanted = workload.containers.first().map(|container| super::templates::image(container, &told));
    if let (Some(image), Some(wanted)) = (template.pointer_mut("/spec/containers/0/image"), wanted) {
        *image = wanted.into();
    }
    Template::Written(hash(&template.to_string()), Arc::new(template))
}

/// A number for a number, far from those of its neighbours.
pub(super) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number for a text.
pub(super) fn hash(text: &str) -> u64 {
    mix(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// Letters and digits that Kubernetes makes names of.
pub(super) fn letters(mut number: u64, count: usize) -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut text = String::with_capacity(count);
    for _ in 0..count {
        text.push(LETTERS[(number % 27) as usize] as char);
        number /= 27;
    }
    text
}

/// A uid, as RFC 9562 writes random ones.
pub(super) fn uid(number: u64) -> String {
    let (high, low) = (mix(number), mix(number ^ 0x5bd1_e995));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48) & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}
