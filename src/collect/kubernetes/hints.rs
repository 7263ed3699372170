//! Signs of whose a workload is.

use crate::collect::kubernetes::ANNOTATION;
use crate::collect::kubernetes::image::Image;
use crate::collect::kubernetes::state::Workload;
use crate::model::Hint;

/// By which Argo CD knows what it manages: `APPLICATION:GROUP/KIND:NAMESPACE/NAME`.
pub(crate) const ARGO_TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// Labels that name a workload, strongest first.
const NAMES: [&str; 4] = ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app", "k8s-app"];
/// What it is a part of has other parts, too.
const PART_OF: &str = "app.kubernetes.io/part-of";

/// The signs, strongest first; `service_labels` are labels or annotations that name the service by the organisation's
/// own custom.
pub(crate) fn hints(service_labels: &[String], workload: &Workload) -> Vec<Hint> {
    let label = |key: &str| {
        let found = workload.labels.get(key).or_else(|| workload.annotations.get(key)).or_else(|| workload.template_labels.get(key));
        found.map(String::as_str).filter(|value| !value.is_empty())
    };
    let name = |name: &str| Hint::Name(name.to_owned());
    let mut all = Vec::new();
    all.extend(label(ANNOTATION).map(|value| Hint::Annotation(value.to_owned())));
    all.extend(service_labels.iter().filter_map(|key| label(key)).map(told));
    all.extend(label(ARGO_TRACKING).and_then(|id| id.split(':').next()).map(|application| {
        // An application of another namespace is `NAMESPACE_NAME`.
        name(application.rsplit('_').next().unwrap_or(application))
    }));
    all.extend(NAMES.into_iter().filter_map(label).map(name));
    all.extend(workload.main_image(&workload.images).map(|image| name(Image::of(image).repository())));
    all.push(name(&workload.name));
    all.extend(label(PART_OF).map(name));
    let mut kept: Vec<Hint> = Vec::new();
    for hint in all {
        if !kept.contains(&hint) && hint != Hint::Name(String::new()) {
            kept.push(hint);
        }
    }
    kept
}

/// What a label of the organisation's own says: a ref, a repository, or a name.
fn told(value: &str) -> Hint {
    if value.parse::<crate::model::EntityRef>().is_ok() {
        Hint::Ref(value.to_owned())
    } else if value.contains('/') {
        Hint::Repository(value.to_owned())
    } else {
        Hint::Name(value.to_owned())
    }
}
