//! What the ecosystems' own clients are configured with, as text: which registry serves which names, with which token.
//!
//! Pure: which file is read, and what a variable of the environment holds, is the caller's business. A line that does
//! not read is passed over, as the clients do; nothing here repeats a secret.

use std::collections::BTreeMap;

use base64::Engine as _;
use url::Url;

use super::{Credentials, Registry, RegistryKind};
use crate::collect::http::Secret;

/// What a variable of the environment holds.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The registries that a file of a client names, by the file's name: `.npmrc`, `pip.conf` and `pip.ini`, `config.toml` of
/// cargo. Of any other file none.
#[must_use]
pub fn registries(file_name: &str, text: &str, variables: Variables<'_>) -> Vec<Registry> {
    match file_name {
        ".npmrc" | "npmrc" => npmrc(text, variables),
        "pip.conf" | "pip.ini" => pip_conf(text, variables),
        "config.toml" | "config" => cargo_config(text, ""),
        _ => Vec::new(),
    }
}

/// Configured registries with what client files say: one without credentials gets those of the same address; further
/// ones follow if the file says which names they serve, and none of that name is configured.
#[must_use]
pub fn merge(mut configured: Vec<Registry>, found: Vec<Registry>) -> Vec<Registry> {
    let address = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    for found in found {
        let is_same =
            |known: &&mut Registry| known.kind == found.kind && (address(&known.url) == address(&found.url) || known.name == found.name);
        match configured.iter_mut().find(is_same) {
            // A token is for the address that it was given for, and for no other.
            Some(known) if known.credentials == Credentials::None && address(&known.url) == address(&found.url) => {
                known.credentials = found.credentials;
            }
            Some(_) => {}
            None if !found.patterns.is_empty() => configured.push(found),
            None => {}
        }
    }
    configured
}

/// The registries that an `.npmrc` gives to scopes, named after the scope (`@acme`) and with its names as a pattern.
/// The default registry, if it is another than the public one, comes last, named `npm` and without a pattern.
#[must_use]
pub fn npmrc(text: &str, variables: Variables<'_>) -> Vec<Registry> {
    let mut settings: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with([';', '#'])) {
        let Some((key, value)) = line.split_once('=') else { continue };
        settings.insert(key.trim().to_owned(), expand(unquote(value.trim()), variables));
    }
    let mut registries = Vec::new();
    for (key, value) in &settings {
        let scope = match key.strip_suffix(":registry") {
            Some(scope) if scope.starts_with('@') && scope.len() > 1 => Some(scope),
            None if key == "registry" => None,
            _ => continue,
        };
        let Some(url) = web_address(value) else { continue };
        let registry = Registry {
            name: scope.unwrap_or("npm").to_owned(),
            kind: RegistryKind::Npm,
            credentials: npm_credentials(&settings, &url),
            url,
            patterns: scope.map(|scope| format!("{scope}/*")).into_iter().collect(),
        };
        registries.push(registry);
    }
    registries.sort_by_key(|registry| (registry.patterns.is_empty(), registry.name.clone()));
    registries
}

/// Credentials belong to an address without its protocol, or to one above it: `//host/path/:_authToken`.
fn npm_credentials(settings: &BTreeMap<String, String>, url: &Url) -> Credentials {
    let address = url.as_str().split_once(':').map_or("", |(_, rest)| rest).trim_end_matches('/');
    let mut address = address.to_owned();
    loop {
        let of = |name: &str| {
            settings
                .get(&format!("{address}/:{name}"))
                .or_else(|| settings.get(&format!("{address}:{name}")))
                .filter(|value| !value.is_empty())
        };
        if let Some(token) = of("_authToken") {
            return Credentials::Bearer(Secret::new(token));
        }
        let decoded = |text: &str| String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?).ok();
        if let Some((user, password)) = of("_auth").and_then(|pair| decoded(pair)).and_then(|pair| Some(own(pair.split_once(':')?))) {
            return Credentials::Basic { user, password: Secret::new(password) };
        }
        if let Some((user, password)) = of("username").zip(of("_password").and_then(|password| decoded(password))) {
            return Credentials::Basic { user: user.clone(), password: Secret::new(password) };
        }
        match address.rsplit_once('/') {
            Some((above, _)) if above.len() > 2 => address = above.to_owned(),
            _ => return Credentials::None,
        }
    }
}

fn own((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

/// The indexes of a `pip.conf` or `pip.ini`, named `pypi`, `pypi-2` and so on. Their patterns are empty: which names
/// are the organisation's own, pip does not say.
#[must_use]
pub fn pip_conf(text: &str, variables: Variables<'_>) -> Vec<Registry> {
    let mut addresses: Vec<String> = Vec::new();
    let mut is_list = false;
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if is_list && line.starts_with(char::is_whitespace) {
            addresses.extend(content.split_whitespace().map(str::to_owned));
            continue;
        }
        is_list = false;
        let Some((key, value)) = content.split_once(['=', ':']) else { continue };
        if matches!(key.trim().replace('_', "-").as_str(), "index-url" | "extra-index-url") {
            is_list = true;
            addresses.extend(value.split_whitespace().map(str::to_owned));
        }
    }
    let mut registries: Vec<Registry> = Vec::new();
    for address in addresses {
        let Some(mut url) = web_address(&expand(&address, variables)) else { continue };
        let credentials = take_credentials(&mut url);
        if registries.iter().any(|registry| registry.url == url) {
            continue;
        }
        let name = if registries.is_empty() { "pypi".to_owned() } else { format!("pypi-{}", registries.len() + 1) };
        registries.push(Registry { name, kind: RegistryKind::Pypi, url, credentials, patterns: Vec::new() });
    }
    registries
}

/// The registries of a cargo `config.toml`, with tokens from it or from `credentials.toml`. Only sparse ones: an index
/// in git would have to be cloned. Their patterns are empty, as a manifest names the registry and cargo does not.
#[must_use]
pub fn cargo_config(config: &str, credentials: &str) -> Vec<Registry> {
    let (Ok(config), credentials) = (config.parse::<toml::Table>(), credentials.parse::<toml::Table>().unwrap_or_default()) else {
        return Vec::new();
    };
    let of = |table: &toml::Table, name: &str, key: &str| {
        Some(table.get("registries")?.get(name)?.get(key)?.as_str()?.to_owned()).filter(|text| !text.is_empty())
    };
    let names = config.get("registries").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
    let mut registries: Vec<Registry> = names
        .filter_map(|name| {
            let index = of(&config, name, "index")?;
            let url = web_address(index.strip_prefix("sparse+")?)?;
            let token = of(&credentials, name, "token").or_else(|| of(&config, name, "token"));
            let credentials = token.map_or(Credentials::None, |token| Credentials::Bearer(Secret::new(token)));
            Some(Registry { name: name.clone(), kind: RegistryKind::Cargo, url, credentials, patterns: Vec::new() })
        })
        .collect();
    registries.sort_by(|a, b| a.name.cmp(&b.name));
    registries
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}

/// Takes user and password out of an address, so that no message repeats them.
fn take_credentials(url: &mut Url) -> Credentials {
    let decode = |text: &str| {
        // `%41` to `A`, as form data does, but a plus stays one.
        let text = text.replace('+', "%2B");
        url::form_urlencoded::parse(text.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
    };
    let (user, password) = (decode(url.username()), url.password().map(decode));
    if user.is_empty() && password.is_none() {
        return Credentials::None;
    }
    // Of an address with a host this cannot fail.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Credentials::Basic { user, password: Secret::new(password.unwrap_or_default()) }
}

/// `${NAME}` and `${NAME?}` by what the variable holds; one that is not set stays as it is, as npm does, or is nothing.
fn expand(text: &str, variables: Variables<'_>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            expanded.push_str("${");
            rest = after;
            continue;
        };
        match variables(name.trim_end_matches('?')) {
            Some(value) => expanded.push_str(&value),
            None if name.ends_with('?') => {}
            None => {
                expanded.push_str("${");
                expanded.push_str(name);
                expanded.push('}');
            }
        }
        rest = after;
    }
    expanded.push_str(rest);
    expanded
}

fn unquote(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn token(registry: &Registry) -> String {
        match &registry.credentials {
            Credentials::None => "none".into(),
            Credentials::Bearer(token) => format!("bearer {}", token.expose()),
            Credentials::Basic { user, password } => format!("basic {user}:{}", password.expose()),
        }
    }

    #[test]
    fn an_npmrc_gives_scopes_to_registries_with_their_tokens() {
        let text = "; a comment\nregistry = https://registry.example/npm/\n@acme:registry=\"https://npm.acme.example/private/\"\n\
                    @old:registry=https://old.acme.example\n@broken:registry=nowhere\n\
                    //npm.acme.example/:_authToken=${ACME_TOKEN}\n//old.acme.example/:_auth=dTpwOnc=\n\
                    //registry.example/npm/:username=reader\n//registry.example/npm/:_password=cHc=\nalways-auth=true\nnonsense";
        let variables = |name: &str| (name == "ACME_TOKEN").then(|| "t0k3n".to_owned());
        let told: Vec<String> = npmrc(text, &variables)
            .iter()
            .map(|found| format!("{} {} {} {:?}", found.name, found.url, token(found), found.patterns))
            .collect();
        assert_eq!(
            told,
            [
                "@acme https://npm.acme.example/private/ bearer t0k3n [\"@acme/*\"]",
                "@old https://old.acme.example/ basic u:p:w [\"@old/*\"]",
                "npm https://registry.example/npm/ basic reader:pw []",
            ]
        );
        assert_eq!(expand("a${X}b${Y?}c${", &none), "a${X}bc${");
    }

    #[test]
    fn a_pip_conf_names_indexes_and_keeps_no_password_in_the_address() {
        let text = "[global]\nindex-url = https://reader:p%40ss@pypi.acme.example/simple/\nextra-index-url =\n    https://two.example/simple\n\
                    \x20   https://${USER_NAME}@three.example/simple\ntimeout = 60\n[install]\nindex_url: https://two.example/simple\n";
        let variables = |_: &str| Some("robot".to_owned());
        let told: Vec<String> =
            pip_conf(text, &variables).iter().map(|found| format!("{} {} {}", found.name, found.url, token(found))).collect();
        assert_eq!(
            told,
            [
                "pypi https://pypi.acme.example/simple/ basic reader:p@ss",
                "pypi-2 https://two.example/simple none",
                "pypi-3 https://three.example/simple basic robot:",
            ]
        );
    }

    #[test]
    fn a_cargo_config_names_sparse_registries() {
        let config = "[registries.acme]\nindex = \"sparse+https://cargo.acme.example/index/\"\n[registries.git]\nindex = \"https://forge.example/index\"\n\
                      [registries.own]\nindex = \"sparse+https://own.example\"\ntoken = \"own\"\n";
        let credentials = "[registries.acme]\ntoken = \"Bearer s3cret\"\n";
        let told: Vec<String> =
            cargo_config(config, credentials).iter().map(|found| format!("{} {} {}", found.name, found.url, token(found))).collect();
        assert_eq!(told, ["acme https://cargo.acme.example/index/ bearer Bearer s3cret", "own https://own.example/ bearer own"]);
        assert!(cargo_config("not toml [", "").is_empty());
    }

    #[test]
    fn what_is_configured_wins_and_gets_a_token_for_its_own_address_only() {
        let found = || npmrc("@acme:registry=https://npm.acme.example\n//npm.acme.example/:_authToken=t\n", &none);
        let registry = |url: &str| Registry {
            name: "@acme".into(),
            kind: RegistryKind::Npm,
            url: url.parse().unwrap(),
            credentials: Credentials::None,
            patterns: vec!["@acme/*".into()],
        };
        assert_eq!(merge(Vec::new(), found()), found());
        assert_eq!(token(&merge(vec![registry("https://npm.acme.example/")], found())[0]), "bearer t");
        let other = merge(vec![registry("https://elsewhere.example/")], found());
        assert_eq!((other.len(), token(&other[0])), (1, "none".to_owned()));
        assert_eq!(registries(".npmrc", "@a:registry=https://x.example", &none).len(), 1);
        assert!(registries("notes.txt", "@a:registry=https://x.example", &none).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn texts_of_any_kind_never_panic(text in "(\\PC|\n|\n |=|:|@acme:registry=|index-url=|https://|\\$\\{|\\}|//|:_auth=|é){0,30}") {
            let _ = npmrc(&text, &none);
            let _ = pip_conf(&text, &none);
            let _ = cargo_config(&text, &text);
        }
    }
}
