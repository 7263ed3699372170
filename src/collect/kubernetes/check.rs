//! Whether clusters can be read, and which rights are missing, before a run.

use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::Api;
use kube::api::PostParams;

use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::list::chain;
use crate::collect::kubernetes::site::{Reader, Site};
use crate::collect::{Finding, Health};

/// What is found of one cluster.
pub(crate) async fn check(reader: &Reader<'_>, site: &Site, watches: bool) -> Vec<Finding> {
    let name = format!("cluster {}", site.cluster.name);
    let client = match reader.clients.get(&site.cluster.name).await {
        Ok(client) => client,
        Err(error) => return vec![Finding::new(name, Health::Wrong, error.to_string())],
    };
    let version = match reader.lister(&client).version().await {
        Ok(version) => version,
        Err(trouble) => return vec![Finding::new(name, Health::Wrong, trouble.to_string())],
    };
    let mut findings = Vec::new();
    let mut allowed = 0;
    let verbs: &[&str] = if watches { &["list", "watch"] } else { &["list"] };
    for kind in ApiKind::ALL {
        let mut lacking = Vec::new();
        for verb in verbs {
            match may(&client, kind, verb, reader).await {
                Ok(true) => allowed += 1,
                Ok(false) => lacking.push(*verb),
                Err(error) => {
                    let what = format!("{name} rights");
                    findings.push(Finding::new(what, Health::Lacking, format!("{version}; which rights there are is not told: {error}")));
                    return findings;
                }
            }
        }
        if !lacking.is_empty() {
            // Without its workloads nothing is known of a cluster.
            let health = if kind == ApiKind::Deployments && lacking.contains(&"list") { Health::Wrong } else { Health::Lacking };
            let rules: Vec<String> = lacking.iter().map(|verb| kind.rule(verb)).collect();
            findings.push(Finding::new(format!("{name} {}", kind.plural()), health, format!("RBAC lacks {}", rules.join(" and "))));
        }
    }
    let detail =
        format!("{version}; {allowed} of {} rights: {} the kinds that are read", ApiKind::ALL.len() * verbs.len(), verbs.join(" and "));
    findings.insert(0, Finding::new(name, Health::Good, detail));
    findings
}

async fn may(client: &kube::Client, kind: ApiKind, verb: &str, reader: &Reader<'_>) -> Result<bool, String> {
    let attributes = ResourceAttributes {
        group: Some(kind.group().to_owned()),
        resource: Some(kind.plural().to_owned()),
        verb: Some(verb.to_owned()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..SelfSubjectAccessReviewSpec::default() };
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let parameters = PostParams::default();
    let asked = tokio::time::timeout(reader.outside.patience.attempt, reviews.create(&parameters, &review)).await;
    let answer = asked.map_err(|_| "no answer in time".to_owned())?.map_err(|error| chain(&error))?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}
