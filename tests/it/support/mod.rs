//! The real binary on a temporary data folder.

#![allow(dead_code, reason = "not every file of promises needs every helper")]

mod binary;
pub(crate) mod collectors;
pub(crate) mod company;
pub(crate) mod repository;
pub(crate) mod running;
pub(crate) mod said;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use self::binary::spot;

/// Longest time that anything in a test may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of the package.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command to its end.
pub(crate) fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(folder: &Path, arguments: I) -> Ended {
    spot(folder).args(arguments).output().unwrap().into()
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// A running `spot serve`; killed when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) data: PathBuf,
    pub(crate) http: Client,
    pub(crate) child: Child,
    lines: mpsc::Receiver<String>,
    _folder: Option<TempDir>,
}

impl Server {
    /// Starts on a new data folder.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self::start_on(&folder.path().join("data"));
        server._folder = Some(folder);
        server
    }

    /// Starts on this data folder.
    pub(crate) fn start_on(data: &Path) -> Self {
        Self::start_at(data, "127.0.0.1:0")
    }

    /// Starts on this data folder and listens there.
    pub(crate) fn start_at(data: &Path, listen: &str) -> Self {
        let home = data.parent().unwrap();
        let mut command = spot(home);
        command.arg("serve").arg("--data").arg(data).args(["--listen", listen]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(child.stderr.take().unwrap());
        let url = loop {
            let line = lines.recv_timeout(PATIENCE).expect("the server says where it answers");
            if let Some((_, rest)) = line.split_once("answers at ") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { url, data: data.to_owned(), http, child, lines, _folder: None }
    }

    /// The authority of the URL.
    pub(crate) fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url))
    }

    /// The answer to a question.
    pub(crate) async fn ask(&self, query: &str) -> Value {
        json_of(self.post("/graphql").json(&json!({ "query": query })).send().await.unwrap()).await
    }

    /// A client that talks through the socket.
    pub(crate) fn over_socket(&self) -> Client {
        Client::builder().unix_socket(self.data.join("spot.sock")).no_proxy().timeout(PATIENCE).build().unwrap()
    }

    /// Sends a signal and waits for the end; what it said after it had started stands beside the status.
    pub(crate) fn stop(mut self, signal: &str) -> (ExitStatus, Vec<String>) {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        let said = self.lines.iter().collect();
        (self.child.wait().unwrap(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body as JSON.
pub(crate) async fn json_of(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The code of the first error in a body.
pub(crate) async fn code_of(response: Response) -> String {
    json_of(response).await["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
}

fn lines_of(stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The present, for tests whose subject reads the real clock.
#[expect(clippy::disallowed_methods, reason = "the binary under test reads the real clock too")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
