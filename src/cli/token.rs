//! `spot token`: make, list and revoke tokens.

use serde_json::{Value, json};

use crate::access::{self, Caller, Role, TokenName};
use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::engine::SpotEngine;
use crate::cli::exit::{Exit, Failure};
use crate::cli::length::Length;
use crate::server::{AdminError, AdminErrorKind, AdminRequest};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a token and print it: it is shown this once
    Create {
        /// What it is called: a person, or what will use it
        #[arg(value_name = "NAME")]
        name: TokenName,
        /// What its holder may do: viewer, operator or admin
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// How long it is taken, such as 90d; otherwise until it is revoked
        #[arg(long, value_name = "LENGTH")]
        expires: Option<Length>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the tokens, without what they are
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Take a token no longer, nor any session that began with it
    Revoke {
        /// What it is called
        #[arg(value_name = "NAME")]
        name: TokenName,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let (request, as_json) = match arguments.command {
        Command::Create { name, role, expires, json } => {
            (AdminRequest::TokenCreate { name: name.to_string(), role, expires: expires.map(|length| length.to_string()) }, json)
        }
        Command::List { json } => (AdminRequest::TokenList {}, json),
        Command::Revoke { name, json } => (AdminRequest::TokenRevoke { name: name.to_string() }, json),
    };
    let is_new = matches!(request, AdminRequest::TokenCreate { .. });
    let client = Client::connect(&context.config(|_| ())?).await?;
    let result = client.administer(request, context.output).await?;
    if as_json {
        context.output.result(&result, true)?;
    } else if let (true, Some(token)) = (is_new, result["token"].as_str()) {
        context.output.data(token)?;
        context.output.note("this is the only time that the token is shown");
    } else if result.as_array().is_some_and(Vec::is_empty) {
        context.output.note("there are no tokens; spot token create NAME --role ROLE makes one");
    } else {
        for object in result.as_array().map_or(std::slice::from_ref(&result), Vec::as_slice) {
            context.output.data(&line(object))?;
        }
    }
    Ok(Exit::Success)
}

/// A token on one line, for people.
fn line(token: &Value) -> String {
    let text = |field: &str| token[field].as_str();
    let parts = [
        text("name").map(str::to_owned),
        text("role").map(str::to_owned),
        text("from").map(|from| format!("of the {from}")),
        text("created").map(|at| format!("made {at} by {}", text("createdBy").unwrap_or("nobody"))),
        text("expires").map(|at| format!("{} {at}", if token["expired"] == true { "expired" } else { "expires" })),
        text("lastUsed").map(|day| format!("last used {day}")),
        text("revoked").map(|name| format!("{name} is taken no longer")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

impl SpotEngine {
    pub(super) fn create_token(&self, name: &str, role: Role, expires: Option<&str>, by: &Caller) -> Result<Value, AdminError> {
        let name = parse(name)?;
        let length = expires.map(|text| text.parse::<Length>().map_err(|error| AdminError::new(AdminErrorKind::Usage, error.to_string())));
        let now = (self.clock)();
        let expires = length.transpose()?.map(|length| length.after(now, &self.store.view().zone()));
        let (secret, token) = self.access.create(&name, role, expires, by.name()).map_err(failed)?;
        tracing::info!(token = %name, %role, by = by.name(), "a token was made");
        Ok(json!({
            "name": name.as_str(),
            "role": role,
            "token": secret.expose(),
            "hash": token.hash,
            "created": token.created,
            "expires": token.expires,
        }))
    }

    pub(super) fn list_tokens(&self) -> Value {
        let now = (self.clock)();
        let (kept, configured) = self.access.tokens();
        let kept = kept.iter().map(|(name, token)| {
            json!({
                "name": name.as_str(),
                "role": token.role,
                "created": token.created,
                "createdBy": token.created_by,
                "expires": token.expires,
                "expired": !token.is_valid(now),
                "lastUsed": token.last_used,
            })
        });
        let configured = configured.iter().map(|token| json!({ "name": token.name.as_str(), "role": token.role, "from": "configuration" }));
        kept.chain(configured).collect()
    }

    pub(super) fn revoke_token(&self, name: &str, by: &Caller) -> Result<Value, AdminError> {
        let name = parse(name)?;
        self.access.revoke(&name).map_err(failed)?;
        tracing::info!(token = %name, by = by.name(), "a token was revoked");
        Ok(json!({ "revoked": name.as_str() }))
    }
}

fn parse(name: &str) -> Result<TokenName, AdminError> {
    name.parse().map_err(|error: access::ParseTokenError| AdminError::new(AdminErrorKind::Usage, error.to_string()))
}

fn failed(error: access::Error) -> AdminError {
    let kind = match &error {
        access::Error::Missing(_) => AdminErrorKind::NotFound,
        access::Error::Taken(_) | access::Error::Configured(_) => AdminErrorKind::Usage,
        _ => return AdminError::failed(&error),
    };
    AdminError::new(kind, error.to_string())
}
