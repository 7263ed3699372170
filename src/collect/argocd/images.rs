//! Versions in the names of images.

/// An image as it is written: `registry.example:5000/acme/billing:1.4.2@sha256:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Image<'a> {
    /// The last part of its name: billing.
    pub(crate) name: &'a str,
    /// Its tag; none if it is named by digest alone.
    pub(crate) tag: Option<&'a str>,
}

/// Takes an image's name apart.
pub(crate) fn image(text: &str) -> Image<'_> {
    let text = text.split_once('@').map_or(text, |(name, _)| name);
    let last = text.rsplit_once('/').map_or(text, |(_, last)| last);
    match last.split_once(':') {
        Some((name, tag)) => Image { name, tag: Some(tag).filter(|tag| !tag.is_empty()) },
        None => Image { name: last, tag: None },
    }
}

/// The version of `service` among these images: the tag of the image that is called like it, else of the only one. Two
/// tags of one image, as while one replaces the other, are none.
pub(crate) fn version<'a>(images: impl IntoIterator<Item = &'a str>, service: &str) -> Option<&'a str> {
    let mut all: Vec<Image<'a>> = images.into_iter().map(image).collect();
    all.sort_unstable();
    all.dedup();
    let called: Vec<Image<'a>> = all.iter().copied().filter(|image| image.name == service).collect();
    let begins = |image: &Image<'a>| {
        let rest = image.name.strip_prefix(service).or_else(|| service.strip_prefix(image.name));
        rest.is_some_and(|rest| rest.starts_with('-'))
    };
    let alike: Vec<Image<'a>> = if called.is_empty() { all.iter().copied().filter(begins).collect() } else { called };
    let candidates = if alike.is_empty() { all } else { alike };
    match candidates.as_slice() {
        [only] => only.tag.filter(|tag| *tag != "latest"),
        _ => None,
    }
}

/// Whether a text is a version rather than a branch: `1.4`, `v2.0.1-rc.1`.
pub(crate) fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('.') && !digits.contains(['*', ' ', '/', '^', '~', '<', '>'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_in_many_ways() {
        for (text, name, tag) in [
            ("billing", "billing", None),
            ("registry.example:5000/acme/billing:1.4.2", "billing", Some("1.4.2")),
            ("registry.example:5000/acme/billing", "billing", None),
            ("acme/billing:1.4.2@sha256:0123", "billing", Some("1.4.2")),
            ("acme/billing@sha256:0123", "billing", None),
            ("", "", None),
        ] {
            assert_eq!(image(text), Image { name, tag }, "{text}");
        }
    }

    #[test]
    fn the_version_is_that_of_the_image_called_like_the_service() {
        assert_eq!(version(["acme/billing:1.4.2", "envoy:3"], "billing"), Some("1.4.2"));
        assert_eq!(version(["acme/billing-api:1.4.2", "envoy:3"], "billing"), Some("1.4.2"));
        assert_eq!(version(["acme/whatever:7"], "billing"), Some("7"));
        assert_eq!(version(["acme/a:7", "acme/b:8"], "billing"), None);
        assert_eq!(version(["acme/billing:1", "acme/billing:2"], "billing"), None, "one replaces the other");
        assert_eq!(version(["acme/billing:latest"], "billing"), None);
        assert_eq!(version([], "billing"), None);
    }

    #[test]
    fn branches_and_ranges_are_no_versions() {
        assert!(is_version("1.4") && is_version("v2.0.1-rc.1"));
        assert!(["main", "HEAD", "1", "1.*", "release/1.4", "^1.2", "v"].into_iter().all(|text| !is_version(text)));
    }
}
