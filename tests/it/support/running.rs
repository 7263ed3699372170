//! Programs that are no part of spot and that a test needs: started, waited for, and stopped with the test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::package;

/// A server that is stopped when this is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) url: String,
}

impl Running {
    /// Starts a command and waits until it says that it listens.
    pub(crate) fn start(command: &mut Command, port: u16, listens: &str) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] = [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    // Goes on reading when nobody listens any more, so that the server never waits.
                    let _ = sender.send(line);
                }
            });
        }
        drop(sender);
        let running = Self { child, url: format!("http://127.0.0.1:{port}") };
        let mut said = Vec::new();
        loop {
            match lines.recv_timeout(Duration::from_secs(60)) {
                Ok(line) if line.contains(listens) => return running,
                Ok(line) => said.push(line),
                Err(_) => panic!("it does not listen: {said:#?}"),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a tool is, in the folder of those that `script` installs; nothing, loudly, if it is not installed.
pub(crate) fn installed(script: &str, path: &str) -> Option<PathBuf> {
    let path = package().join("target/tools").join(script).join(path);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there; run tests/tools/{script}.sh", path.display());
        return None;
    }
    Some(path)
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
