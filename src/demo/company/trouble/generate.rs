//! From what is delivered to what goes wrong with it.

use super::scene::Scene;
use super::{Trouble, bugs, cases, incidents, keys};
use crate::demo::company::delivery::Delivery;
use crate::demo::company::generate::Drafted;

/// All trouble of a company.
pub(in crate::demo::company) fn trouble(drafted: &Drafted<'_>, delivery: &Delivery) -> Trouble {
    let scene = Scene::new(drafted, delivery);
    let incidents = incidents::incidents(&scene);
    let drafts = bugs::bugs(&scene, &incidents);
    let (projects, bugs) = keys::keys(&scene, drafts);
    let cases = cases::cases(&scene, &incidents, &bugs);
    Trouble { incidents, projects, bugs, cases, worsening: scene.worsening, features: scene.features }
}
