//! Artifacts as package URLs: `pkg:oci/billing@sha256%3A0b31?tag=1.4.2`.

use crate::collect::cdevents::plain::is_commit;

/// What a package URL says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Artifact {
    /// The version, unless it is a digest or a commit.
    pub(super) version: Option<String>,
    /// A commit.
    pub(super) commit: Option<String>,
    /// The repository of its source.
    pub(super) repository: Option<String>,
}

/// Reads a package URL; what is none says nothing.
pub(super) fn artifact(text: &str) -> Artifact {
    let Some(rest) = text.strip_prefix("pkg:") else { return Artifact::default() };
    let rest = rest.split('#').next().unwrap_or(rest);
    let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let mut found = Artifact::default();
    for (name, value) in url::form_urlencoded::parse(qualifiers.as_bytes()) {
        match name.as_ref() {
            "tag" => found.put(&value),
            "vcs_url" => {
                let address = value.strip_prefix("git+").unwrap_or(&value);
                let (address, revision) = match address.rsplit_once('@') {
                    Some((address, revision)) if address.contains('/') => (address, revision),
                    _ => (address, ""),
                };
                found.repository = Some(address.to_owned());
                if is_commit(revision) {
                    found.commit = Some(revision.to_owned());
                }
            }
            _ => {}
        }
    }
    if let Some((_, version)) = path.rsplit_once('@') {
        found.put(&decoded(version));
    }
    found
}

impl Artifact {
    /// Takes a version for what it is; what is said first stays.
    fn put(&mut self, version: &str) {
        if is_commit(version) {
            self.commit.get_or_insert_with(|| version.to_owned());
        } else if !version.contains(':') && !version.is_empty() && version != "latest" {
            self.version.get_or_insert_with(|| version.to_owned());
        }
    }
}

/// Percent-encoding undone; a plus is a plus here.
fn decoded(text: &str) -> String {
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("v={text}").as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_commits_and_repositories_are_told_apart() {
        let sha = "7f3c0000000000000000000000000000000000aa";
        let told = |text: &str| {
            let Artifact { version, commit, repository } = artifact(text);
            [version, commit, repository].map(Option::unwrap_or_default).join("|")
        };
        assert_eq!(told("pkg:oci/billing@sha256%3A0b31?tag=1.4.2&repository_url=registry.example/acme"), "1.4.2||");
        assert_eq!(told("pkg:oci/billing@sha256%3A0b31"), "||");
        assert_eq!(told("pkg:npm/%40acme/billing@1.4.2%2Bbuild"), "1.4.2+build||");
        assert_eq!(told(&format!("pkg:golang/git.example/acme/billing@{sha}")), format!("|{sha}|"));
        assert_eq!(
            told(&format!("pkg:generic/billing@2.0?vcs_url=git%2Bhttps://git.example/acme/billing%40{sha}")),
            format!("2.0|{sha}|https://git.example/acme/billing")
        );
        assert_eq!(told("927aa808433d17e315a258b98e2f1a55"), "||");
    }
}
