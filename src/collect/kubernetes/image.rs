//! References of images: `registry.example:5000/acme/billing:1.4.2@sha256:…`.
//!
//! Definition: the distribution project's grammar of references. Text that is none is taken as far as it goes.

/// An image reference in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Image<'a> {
    /// With the registry: `registry.example:5000/acme/billing`.
    pub(crate) name: &'a str,
    /// `1.4.2`.
    pub(crate) tag: Option<&'a str>,
    /// `sha256:…`.
    pub(crate) digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// Takes a reference apart.
    pub(crate) fn of(reference: &'a str) -> Self {
        let (rest, digest) = match reference.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest).filter(|digest| !digest.is_empty())),
            None => (reference, None),
        };
        // A colon before a slash is a port.
        match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') && !tag.is_empty() => Self { name, tag: Some(tag), digest },
            _ => Self { name: rest.trim_end_matches(':'), tag: None, digest },
        }
    }

    /// The version that it names: the tag, else the digest; an image without either is the registry's latest.
    pub(crate) fn version(self) -> &'a str {
        self.tag.or(self.digest).unwrap_or("latest")
    }

    /// The last part of the name: `billing`.
    pub(crate) fn repository(self) -> &'a str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }
}

/// The digest in an `imageID` as the node tells it: `docker-pullable://…@sha256:…`, or the digest alone.
pub(crate) fn digest_of(image_id: &str) -> Option<&str> {
    let digest = image_id.rsplit_once('@').map_or(image_id, |(_, digest)| digest);
    let digest = digest.rsplit_once("://").map_or(digest, |(_, digest)| digest);
    digest.split_once(':').is_some_and(|(kind, hex)| !hex.is_empty() && kind.starts_with("sha")).then_some(digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_fall_into_name_tag_and_digest() {
        let parts = |reference| {
            let image = Image::of(reference);
            (image.name, image.tag, image.digest, image.version(), image.repository())
        };
        assert_eq!(
            parts("registry.example/acme/billing:1.4.2"),
            ("registry.example/acme/billing", Some("1.4.2"), None, "1.4.2", "billing")
        );
        assert_eq!(parts("localhost:5000/billing"), ("localhost:5000/billing", None, None, "latest", "billing"));
        assert_eq!(parts("billing@sha256:c0ffee"), ("billing", None, Some("sha256:c0ffee"), "sha256:c0ffee", "billing"));
        assert_eq!(parts("a.example:1/b:2@sha256:c0"), ("a.example:1/b", Some("2"), Some("sha256:c0"), "2", "b"));
        assert_eq!(parts(""), ("", None, None, "latest", ""));
        assert_eq!(parts("billing:"), ("billing", None, None, "latest", "billing"));
    }

    #[test]
    fn the_digest_that_runs_is_told_in_several_ways() {
        let told = ["docker-pullable://r.example/a@sha256:c0", "r.example/a@sha256:c0", "sha256:c0", "docker://sha256:c0"];
        assert_eq!(told.map(digest_of), [Some("sha256:c0"); 4]);
        assert_eq!(["", "r.example/a:1", "sha256:"].map(digest_of), [None; 3]);
    }

    proptest! {
        #[test]
        fn a_reference_comes_back_from_its_parts(
            host in "([a-z]{1,8}\\.example(:[0-9]{2,4})?/)?",
            path in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}",
            tag in proptest::option::of("[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}"),
            digest in proptest::option::of("sha256:[0-9a-f]{8}"),
        ) {
            let name = format!("{host}{path}");
            let mut reference = name.clone();
            if let Some(tag) = &tag {
                reference += &format!(":{tag}");
            }
            if let Some(digest) = &digest {
                reference += &format!("@{digest}");
            }
            let image = Image::of(&reference);
            prop_assert_eq!((image.name, image.tag, image.digest), (name.as_str(), tag.as_deref(), digest.as_deref()));
            prop_assert!(path.ends_with(image.repository()));
        }

        #[test]
        fn any_text_has_a_version(text in ".{0,30}") {
            prop_assert!(!Image::of(&text).version().is_empty());
        }
    }
}
