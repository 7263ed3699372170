//! The section `access`: who is let in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Config, ConfiguredToken, Network, Proxy, Role, TokenHash, TokenName};
use crate::cli::config::{ConfigError, secret};

/// Shortest token that a file may hold: what a person makes up is shorter.
const SHORTEST: usize = 32;

/// Who is let in. Without this section and without tokens, spot listens on this machine alone and nobody can change
/// anything but by commands.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Door {
    /// What somebody unknown may do: viewer, or none. Default: viewer if spot listens on this machine alone and no proxy is
    /// described, else none.
    pub(super) anonymous: Option<Unknown>,
    /// Names by which spot is reached, such as spot.example, beside those of this machine and bare addresses. A request for
    /// any other name is refused.
    pub(super) hosts: Option<Vec<String>>,
    /// Tokens beside those that `spot token create` makes.
    pub(super) tokens: Option<Vec<DoorToken>>,
    /// A proxy in front of spot that knows who asks. It must set the headers itself, remove those that it is sent, pass Host
    /// on as it came, and tell TLS by X-Forwarded-Proto.
    pub(super) proxy: Option<DoorProxy>,
}

/// What somebody unknown may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unknown {
    /// Look.
    Viewer,
    /// Nothing.
    None,
}

/// A token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DoorToken {
    /// What it is called.
    pub(super) name: String,
    /// viewer, operator or admin.
    pub(super) role: Role,
    /// The SHA-256 of the token: sha256: and 64 hexadecimal digits.
    pub(super) hash: Option<String>,
    /// A file that holds the token, of 32 characters at least; relative to this file.
    pub(super) token_file: Option<PathBuf>,
}

/// A proxy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DoorProxy {
    /// From where it connects: addresses, or networks such as 10.0.0.0/8. Its headers count from nowhere else.
    pub(super) addresses: Vec<String>,
    /// The header that names the person, such as X-Forwarded-User.
    pub(super) user_header: String,
    /// The header that lists the person's groups between commas, such as X-Forwarded-Groups.
    pub(super) groups_header: Option<String>,
    /// The role of a group's members: viewer, operator or admin; of several the strongest counts.
    pub(super) roles: Option<BTreeMap<String, Role>>,
    /// The role of everybody else whom the proxy names: viewer, operator, admin or none. Default: viewer.
    pub(super) otherwise: Option<String>,
}

/// What types alone do not say: the key and what is wrong with it.
pub(super) fn check(door: &Door) -> Result<(), (String, String)> {
    for host in door.hosts.iter().flatten() {
        let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        if !is_name {
            return Err((
                "access.hosts".to_owned(),
                format!("{host:?} is not the name of a host; expected such as spot.example, without a port"),
            ));
        }
    }
    let wrong_token = |message: String| Err(("access.tokens".to_owned(), message));
    let mut names = Vec::new();
    for token in door.tokens.iter().flatten() {
        match token.name.parse::<TokenName>() {
            Ok(name) if names.contains(&name) => return wrong_token(format!("{name} stands there twice")),
            Ok(name) => names.push(name),
            Err(error) => return wrong_token(error.to_string()),
        }
        match (&token.hash, &token.token_file) {
            (Some(hash), None) => match hash.parse::<TokenHash>() {
                Ok(_) => {}
                Err(error) => return wrong_token(format!("{}: hash {error}", token.name)),
            },
            (None, Some(_)) => {}
            _ => return wrong_token(format!("{}: expected either hash or token_file", token.name)),
        }
    }
    let Some(proxy) = &door.proxy else { return Ok(()) };
    let wrong_proxy = |message: String| ("access.proxy".to_owned(), message);
    if proxy.addresses.is_empty() {
        return Err(wrong_proxy("addresses is empty; expected from where the proxy connects".to_owned()));
    }
    proxy_of(proxy).map(|_| ()).map_err(wrong_proxy)
}

/// The section as the door takes it.
pub(super) fn access(door: Door) -> Result<Config, ConfigError> {
    let wrong = |error: String| ConfigError(format!("access.tokens: {error}"));
    let mut tokens = Vec::new();
    for token in door.tokens.unwrap_or_default() {
        let name: TokenName = token.name.parse().map_err(|error: crate::access::ParseTokenError| wrong(error.to_string()))?;
        let hash = match (&token.hash, secret("access.tokens", None, token.token_file.as_deref())?) {
            (Some(hash), _) => hash.parse().map_err(|error: crate::access::ParseTokenError| wrong(error.to_string()))?,
            (None, Some(secret)) if secret.expose().len() >= SHORTEST => TokenHash::of(secret.expose()),
            (None, _) => {
                return Err(wrong(format!("{name}: the token is shorter than {SHORTEST} characters; `spot token create` makes long ones")));
            }
        };
        tokens.push(ConfiguredToken { name, hash, role: token.role });
    }
    let proxy = door.proxy.as_ref().map(proxy_of).transpose().map_err(|error| ConfigError(format!("access.proxy: {error}")))?;
    let anonymous = door.anonymous.map(|unknown| (unknown == Unknown::Viewer).then_some(Role::Viewer));
    Ok(Config { anonymous, hosts: door.hosts.unwrap_or_default(), tokens, proxy })
}

fn proxy_of(proxy: &DoorProxy) -> Result<Proxy, String> {
    let header = |name: &str| {
        let expected = || format!("{name:?} is not the name of a header; expected such as X-Forwarded-User");
        name.parse().map_err(|_| expected())
    };
    let networks: Result<Vec<Network>, _> = proxy.addresses.iter().map(|text| text.parse()).collect();
    Ok(Proxy {
        networks: networks.map_err(|error: crate::access::ParseNetworkError| error.to_string())?,
        user_header: header(&proxy.user_header)?,
        groups_header: proxy.groups_header.as_deref().map(header).transpose()?,
        roles: proxy.roles.clone().unwrap_or_default(),
        otherwise: match proxy.otherwise.as_deref() {
            None => Some(Role::Viewer),
            Some("none") => None,
            Some(role) => Some(role.parse().map_err(|error: crate::access::UnknownRole| format!("{error}, or none"))?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(text: &str) -> Result<Config, String> {
        let door: Door = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        check(&door).map_err(|(key, message)| format!("{key}: {message}"))?;
        access(door).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_what_the_door_takes() {
        let hash = TokenHash::of("x").to_string();
        let config = door(&format!(
            "anonymous = \"none\"\nhosts = [\"spot.example\"]\ntokens = [{{ name = \"ci\", role = \"operator\", hash = \"{hash}\" }}]\n[proxy]\naddresses = \
             [\"10.0.0.0/8\"]\nuser_header = \"X-User\"\ngroups_header = \"X-Groups\"\nroles = {{ platform = \"admin\" }}\notherwise = \"none\"\n"
        ))
        .unwrap();
        assert_eq!((config.anonymous, config.hosts.len(), config.tokens[0].role), (Some(None), 1, Role::Operator));
        let proxy = config.proxy.unwrap();
        assert_eq!((proxy.user_header.as_str(), proxy.otherwise, proxy.roles["platform"]), ("x-user", None, Role::Admin));
        assert_eq!(door("").unwrap(), Config::default());
    }

    #[test]
    fn what_is_wrong_is_told() {
        let hash = TokenHash::of("x").to_string();
        for (text, part) in [
            ("anonymous = \"admin\"".to_owned(), "unknown variant `admin`"),
            ("hosts = [\"spot.example:443\"]".to_owned(), "access.hosts: \"spot.example:443\" is not the name of a host"),
            ("tokens = [{ name = \"a b\", role = \"admin\" }]".to_owned(), "is not the name of a token"),
            ("tokens = [{ name = \"a\", role = \"root\" }]".to_owned(), "unknown variant `root`"),
            ("tokens = [{ name = \"a\", role = \"admin\" }]".to_owned(), "a: expected either hash or token_file"),
            ("tokens = [{ name = \"a\", role = \"admin\", hash = \"x\" }]".to_owned(), "a: hash is not the hash of a token"),
            (
                format!(
                    "tokens = [{{ name = \"a\", role = \"admin\", hash = \"{hash}\" }}, {{ name = \"a\", role = \"admin\", hash = \"{hash}\" }}]"
                ),
                "twice",
            ),
            ("[proxy]\naddresses = []\nuser_header = \"X\"".to_owned(), "access.proxy: addresses is empty"),
            ("[proxy]\naddresses = [\"x\"]\nuser_header = \"X\"".to_owned(), "neither an address nor a network"),
            ("[proxy]\naddresses = [\"::1\"]\nuser_header = \"a b\"".to_owned(), "is not the name of a header"),
            (
                "[proxy]\naddresses = [\"::1\"]\nuser_header = \"X\"\notherwise = \"root\"".to_owned(),
                "expected viewer, operator or admin, or none",
            ),
        ] {
            let told = door(&text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
    }

    #[test]
    fn a_token_in_a_file_has_to_be_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let text = format!("tokens = [{{ name = \"a\", role = \"admin\", token_file = {:?} }}]", path.to_str().unwrap());
        std::fs::write(&path, "hunter2\n").unwrap();
        assert!(door(&text).unwrap_err().contains("shorter than 32 characters"));
        std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
        assert_eq!(door(&text).unwrap().tokens[0].hash, TokenHash::of("0123456789abcdef0123456789abcdef"));
    }
}
