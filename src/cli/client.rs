//! How commands ask: through the socket of the server that holds the data folder, else by opening the folder.

use anyhow::Context as _;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::access::Caller;
use crate::cli::config::Config;
use crate::cli::exit::{Exit, Failure};
use crate::cli::open;
use crate::cli::output::Output;
use crate::cli::progress::Reporter;
use crate::server::{AdminLine, AdminRequest, App, Progress, SocketAddress, user_name};

/// Whoever answers.
pub(super) enum Client {
    /// This process, which holds the data folder.
    Here(App),
    /// The server that holds it.
    There(Remote),
}

/// A server behind a socket.
pub(super) struct Remote {
    http: reqwest::Client,
    /// Keeps the short path to the socket for as long as requests go there.
    _address: SocketAddress,
}

impl Client {
    /// Finds who answers for the data folder.
    pub(super) async fn connect(config: &Config) -> Result<Self, Failure> {
        let Some(address) = open::server_of(config) else { return Ok(Self::Here(open::open(config).await?.app())) };
        let http = reqwest::Client::builder().unix_socket(address.path()).no_proxy().build().context("cannot talk to the server")?;
        Ok(Self::There(Remote { http, _address: address }))
    }

    /// The whole answer to a GraphQL question, errors and all.
    pub(super) async fn ask(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        match self {
            Self::Here(app) => {
                let request =
                    async_graphql::Request::new(query).variables(async_graphql::Variables::from_json(variables)).data(self_here());
                Ok(serde_json::to_value(app.api.execute(request).await).context("the answer is no JSON")?)
            }
            Self::There(remote) => {
                let request = json!({ "query": query, "variables": variables });
                let response = remote.http.post("http://localhost/graphql").json(&request).send().await.context("cannot ask the server")?;
                Ok(response.json().await.context("the server's answer is no JSON")?)
            }
        }
    }

    /// The data of the answer; the first error, if there is any, is a failure.
    pub(super) async fn data(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let mut answer = self.ask(query, variables).await?;
        match first_error(&answer) {
            Some(failure) => Err(failure),
            None => Ok(answer["data"].take()),
        }
    }

    /// Does what a command asks for, showing how far it has come.
    pub(super) async fn administer(&self, request: AdminRequest, output: Output) -> Result<Value, Failure> {
        let mut reporter = Reporter::new(output);
        match self {
            Self::Here(app) => {
                let (progress, mut lines) = Progress::channel();
                let by = self_here();
                let mut work = app.engine.administer(request, &by, progress);
                let result = loop {
                    tokio::select! {
                        biased;
                        Some(line) = lines.recv() => reporter.show(&line),
                        result = &mut work => break result,
                    }
                };
                while let Ok(line) = lines.try_recv() {
                    reporter.show(&line);
                }
                reporter.show(&AdminLine::Result(Value::Null));
                Ok(result?)
            }
            Self::There(remote) => remote.administer(request, &mut reporter).await,
        }
    }
}

/// Whoever runs this command, who could open the data folder.
fn self_here() -> Caller {
    Caller::local(&user_name(rustix::process::getuid().as_raw()))
}

/// Refuses while a server holds the data folder.
pub(super) fn require_stopped(config: &Config) -> Result<(), Failure> {
    match open::server_of(config) {
        Some(_) => Err(Failure::say(Exit::InUse, format!("a server holds {}; stop it first", config.data.display()))),
        None => Ok(()),
    }
}

impl Remote {
    async fn administer(&self, request: AdminRequest, reporter: &mut Reporter) -> Result<Value, Failure> {
        let (name, fields) = request.into_parts();
        let response =
            self.http.post(format!("http://localhost/admin/{name}")).json(&fields).send().await.context("cannot ask the server")?;
        if !response.status().is_success() {
            let answer: Value = response.json().await.context("the server's answer is no JSON")?;
            return Err(first_error(&answer).unwrap_or_else(|| Failure::say(Exit::Failed, "the server refused")));
        }
        let mut stream = response.bytes_stream();
        let mut pending = Vec::new();
        while let Some(bytes) = stream.next().await {
            pending.extend_from_slice(&bytes.context("the server stopped answering")?);
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let line: AdminLine = serde_json::from_slice(&pending[..end]).context("the server's answer is not understood")?;
                pending.drain(..=end);
                reporter.show(&line);
                match line {
                    AdminLine::Result(result) => return Ok(result),
                    AdminLine::Error(error) => return Err(error.into()),
                    AdminLine::Progress { .. } | AdminLine::Note(_) => {}
                }
            }
        }
        Err(Failure::say(Exit::Failed, "the server stopped before it was done"))
    }
}

/// The first error of a GraphQL answer, with the exit code that its own code asks for.
pub(super) fn first_error(answer: &Value) -> Option<Failure> {
    let error = answer.get("errors")?.as_array()?.first()?;
    let message = error["message"].as_str().unwrap_or("the question failed without a reason").to_owned();
    let exit = match error["extensions"]["code"].as_str() {
        Some("NOT_FOUND" | "UNKNOWN_ENTITY") => Exit::NotFound,
        Some("BAD_REQUEST" | "PARSE_FAILED" | "VALIDATION_FAILED" | "MOMENT_IN_FUTURE") => Exit::Usage,
        Some(code) if code.starts_with("INVALID_") || code.starts_with("TOO_") || code.ends_with("_TOO_LARGE") => Exit::Usage,
        // Parse and validation errors have no code, but a place in the question and no path into the answer.
        None if error.get("path").is_none() && error.get("locations").is_some() => Exit::Usage,
        _ => Exit::Failed,
    };
    Some(Failure::say(exit, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_an_error_decides_the_exit_code() {
        let exit = |error: Value| first_error(&json!({ "errors": [error] })).unwrap().exit;
        assert_eq!(exit(json!({ "message": "m", "extensions": { "code": "NOT_FOUND" } })), Exit::NotFound);
        assert_eq!(exit(json!({ "message": "m", "locations": [{ "line": 1, "column": 1 }] })), Exit::Usage);
        assert_eq!(exit(json!({ "message": "m", "path": ["entity"], "locations": [] })), Exit::Failed);
        assert!(first_error(&json!({ "data": {} })).is_none());
    }
}
