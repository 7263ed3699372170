//! The real binary and other processes, without what their surroundings would tell them.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::binary::spot;
use crate::measure::{cpu_of, resident, seconds};

/// `git`, without the configuration of whoever runs the benchmark.
pub fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end; what it does not manage is an error.
pub fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}

/// What a process that ran to its end took.
pub struct Measured {
    /// Wall time in seconds.
    pub took: f64,
    /// Processor seconds.
    pub cpu: f64,
    /// Most memory that was resident, in MiB.
    pub peak: f64,
    /// What it printed.
    pub output: String,
}

/// Runs a command to its end, looking at it every 10 ms; what it does not manage is an error. What it prints goes through
/// files in `place`, so that no pipe stops it.
pub fn measured(command: &mut Command, place: &Path) -> anyhow::Result<Measured> {
    let (output, errors) = (place.join("output.txt"), place.join("errors.txt"));
    let started = Instant::now();
    let mut child = command.stdout(std::fs::File::create(&output)?).stderr(std::fs::File::create(&errors)?).spawn()?;
    let (mut peak, mut cpu): (f64, f64) = (0.0, 0.0);
    let status = loop {
        peak = peak.max(resident(&child.id().to_string()).1);
        cpu = cpu.max(cpu_of(child.id()));
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let took = seconds(started.elapsed());
    if !status.success() {
        bail!("{command:?} failed: {status}: {}", std::fs::read_to_string(&errors)?);
    }
    Ok(Measured { took, cpu, peak, output: std::fs::read_to_string(&output)? })
}

/// A process that answers HTTP until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// `spot serve` on a data folder, with no source configured.
    pub fn spot(home: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut command = spot(home);
        command.arg("--data").arg(data).args(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let said = child.stderr.take().context("piped above")?;
        Self::of(child, said, |line| line.split_once("answers at http://")?.1.split_whitespace().next())
    }

    /// A child process of this very program that greets in JSON.
    pub fn hello() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        // Its standard input ends when this process does, and then so does the child.
        let mut child = command.arg("--child-hello").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = child.stdout.take().context("piped above")?;
        Self::of(child, said, |line| Some(line.trim()))
    }

    /// Reads until `address_in` finds the address in a line.
    fn of(child: Child, said: impl Read + Send + 'static, address_in: impl Fn(&str) -> Option<&str>) -> anyhow::Result<Self> {
        let mut server = Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), child };
        let (mut lines, mut all) = (BufReader::new(said), String::new());
        loop {
            let start = all.len();
            if lines.read_line(&mut all)? == 0 {
                bail!("the server did not say where it answers: {all}");
            }
            if let Some(address) = address_in(&all[start..]) {
                server.address = address.parse().with_context(|| format!("{address} is no address"))?;
                break;
            }
        }
        // A server whose log nobody reads would stop at a full pipe.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(server)
    }

    /// Processor seconds that it has used.
    pub fn cpu(&self) -> f64 {
        cpu_of(self.child.id())
    }

    /// Most memory that was resident, in MiB.
    pub fn peak(&self) -> f64 {
        resident(&self.child.id().to_string()).1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
