//! Environments and regions, as names tell them: `billing-production-eu` runs in production, in eu.
//!
//! # Invariants
//! - One spelling for one environment: `prod`, `prd` and `live` are production.
//! - A name in which no environment is known says nothing; nothing is guessed from the rest of it.

/// Words for environments, and how each is called here.
const ENVIRONMENTS: [(&str, &str); 32] = [
    ("production", "production"),
    ("prod", "production"),
    ("prd", "production"),
    ("live", "production"),
    ("staging", "staging"),
    ("stage", "staging"),
    ("stg", "staging"),
    ("preproduction", "preproduction"),
    ("preprod", "preproduction"),
    ("development", "development"),
    ("develop", "development"),
    ("dev", "development"),
    ("testing", "test"),
    ("test", "test"),
    ("tst", "test"),
    ("qa", "qa"),
    ("uat", "acceptance"),
    ("acceptance", "acceptance"),
    ("acc", "acceptance"),
    ("integration", "integration"),
    ("int", "integration"),
    ("sandbox", "sandbox"),
    ("sbx", "sandbox"),
    ("demo", "demo"),
    ("canary", "canary"),
    ("preview", "preview"),
    ("review", "preview"),
    ("ephemeral", "preview"),
    ("perf", "performance"),
    ("performance", "performance"),
    ("ci", "ci"),
    ("lab", "lab"),
];

/// Words that are environments where the whole text is one, but may be anything in a name.
const LEADING: [&str; 5] = ["tools", "tooling", "infra", "shared", "management"];
/// Words with which the names of regions begin.
const REGIONS: [&str; 24] = [
    "eu", "us", "usgov", "ap", "sa", "af", "me", "ca", "il", "mx", "cn", "uk", "de", "fr", "in", "jp", "au", "br", "europe", "asia",
    "america", "emea", "apac", "latam",
];
/// Words that follow them.
const DIRECTIONS: [&str; 9] = ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];

/// Where something runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The environment without its region: production, staging.
    pub environment: String,
    /// The region within it, as the name has it: eu, eu-west-1.
    pub region: Option<String>,
}

/// The place that the name of an environment means: `production-eu`, `Prod (eu-west-1)`, `staging`. An environment of
/// an unknown name is taken as it is, in lower case, without a region at its end: `tools-eu-west-1`.
#[must_use]
pub fn of_environment(text: &str) -> Place {
    let whole = || {
        let words: Vec<String> = words(text).iter().map(|word| word.to_lowercase()).collect();
        match (1..words.len()).find(|start| is_region(&words[*start..])) {
            Some(start) => Place { environment: words[..start].join("-"), region: Some(words[start..].join("-")) },
            None => Place { environment: text.trim().to_lowercase(), region: None },
        }
    };
    if let Some((stem, place)) = of_name(text)
        && stem.is_empty()
    {
        return place;
    }
    match words(text).split_first() {
        Some((first, rest)) if !rest.is_empty() && LEADING.contains(&first.to_lowercase().as_str()) => {
            Place { environment: first.to_lowercase(), region: Some(rest.join("-").to_lowercase()) }
        }
        _ => whole(),
    }
}

/// The place that a name ends with or names in its midst, and what the name is without it: `billing-production-eu` is
/// billing, in production, in eu; so is `billing-eu-prod`. None if no environment is known in it, or if it is all there
/// is of a longer word, as in `latest`.
#[must_use]
pub fn of_name(name: &str) -> Option<(String, Place)> {
    let words = words(name);
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    // The last word that is one: a test runner in production is in production.
    let (mut at, mut environment) =
        (0..lower.len()).rev().find_map(|at| Some((at, ENVIRONMENTS.iter().find(|(word, _)| *word == lower[at])?.1)))?;
    let mut taken = at + 1;
    if environment == "production" && at > 0 && matches!(lower[at - 1].as_str(), "pre" | "non") {
        environment = if lower[at - 1] == "pre" { "preproduction" } else { "non-production" };
        at -= 1;
    }
    // What follows is the region, whatever it is called, but not what follows a name that regions have: in
    // `prod-eu-west-1-data` there is one more cluster. What stands before only if it is called as regions are.
    let mut region = None;
    if taken < words.len() {
        let known = (taken + 1..=lower.len()).rev().find(|end| is_region(&lower[taken..*end]));
        region = Some(lower[taken..known.unwrap_or(lower.len())].join("-"));
        taken = words.len();
    } else if let Some(start) = (0..at).find(|start| is_region(&lower[*start..at])) {
        region = Some(lower[start..at].join("-"));
        at = start;
    }
    let stem = words[..at].iter().chain(&words[taken..]).copied().collect::<Vec<_>>().join("-");
    Some((stem, Place { environment: environment.to_owned(), region }))
}

/// Whether an environment is production by its name.
#[must_use]
pub fn is_production(environment: &str) -> bool {
    of_environment(environment).environment == "production"
}

fn words(name: &str) -> Vec<&str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// `eu`, `eu-west-1`, `europe-west1`, `us2`.
fn is_region(words: &[String]) -> bool {
    let letters = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let Some((first, rest)) = words.split_first() else { return false };
    let is_zone = |word: &String| word.len() <= 2 && word.starts_with(|c: char| c.is_ascii_digit());
    let rest = rest.strip_prefix(&["gov".to_owned()]).unwrap_or(rest);
    REGIONS.contains(&letters(first).as_str())
        && match rest {
            [] => true,
            [direction] => DIRECTIONS.contains(&letters(direction).as_str()) || is_zone(direction),
            [direction, zone] => DIRECTIONS.contains(&direction.as_str()) && is_zone(zone),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_environment_and_the_region() {
        let told = |name: &str| {
            let (stem, place) = of_name(name)?;
            Some(format!("{stem}|{}|{}", place.environment, place.region.unwrap_or_default()))
        };
        for (name, expected) in [
            ("billing-production-eu", "billing|production|eu"),
            ("billing-eu-prod", "billing|production|eu"),
            ("billing-production", "billing|production|"),
            ("ledger-api_stg", "ledger-api|staging|"),
            ("ledger-api-prod-eu-west-1", "ledger-api|production|eu-west-1"),
            ("prod-eu-west-1-data", "|production|eu-west-1"),
            ("prod-eu-blue", "|production|eu"),
            ("ledger-api-europe-west1-prod", "ledger-api|production|europe-west1"),
            ("ledger-us-gov-east-1-prod", "ledger|production|us-gov-east-1"),
            ("test-runner-production", "test-runner|production|"),
            ("checkout-pre-prod", "checkout|preproduction|"),
            ("checkout-non-production-us", "checkout|non-production|us"),
            ("deploy/billing/production", "deploy-billing|production|"),
            ("Production (eu-central-1)", "|production|eu-central-1"),
            ("production-fra1", "|production|fra1"),
            ("gateway-us2-live", "gateway|production|us2"),
        ] {
            assert_eq!(told(name).as_deref(), Some(expected), "{name}");
        }
        for name in ["billing", "latest", "product-catalogue", "billing-eu", "", "integrations"] {
            assert_eq!(told(name), None, "{name}");
        }
    }

    #[test]
    fn an_environment_of_an_unknown_name_is_taken_as_it_is() {
        assert_eq!(of_environment("github-pages"), Place { environment: "github-pages".to_owned(), region: None });
        assert_eq!(of_environment("Prod-EU"), Place { environment: "production".to_owned(), region: Some("eu".to_owned()) });
        let tools = Place { environment: "tools".to_owned(), region: Some("hamburg".to_owned()) };
        assert_eq!([of_environment("tools/hamburg"), of_environment("Tools (hamburg)")], [tools.clone(), tools]);
        assert_eq!((of_environment("tools").environment.as_str(), of_name("build-tools-eu")), ("tools", None));
        assert_eq!(of_environment("pr-114-preview").environment, "pr-114-preview");
        assert!(is_production("live") && !is_production("non-prod") && !is_production("preprod"));
    }
}
