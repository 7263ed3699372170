//! Keeps a bare clone of a git URL up to date, by the `git` program: so the user's credential helpers, SSH
//! configuration and proxies work as they do in a terminal.
//!
//! # Invariants
//! - git never asks: without a terminal, with a time limit, and stopped when the run is.
//! - The URL is not written into the clone, and nothing that git prints leaves here with a user or a password.
//! - Only `https`, `ssh` and `git` URLs are fetched, and folders given by their path; `http` from this machine alone.
//! - A token goes by the environment, to the host that it is for: never in a URL, an argument or a file.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::collect::git::discover::redact;

/// Longest time for one call of git.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// What git prints is read up to here.
const MOST_OUTPUT: u64 = 1 << 20;

/// Why a URL could not be cloned or fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The URL is not one that is fetched.
    #[error("{0} is not an https, ssh or git URL, user@host:path, or the path of a folder")]
    Url(String),
    /// The program cannot be started.
    #[error("the git program cannot be started")]
    Start(#[source] std::io::Error),
    /// The folder for the clone cannot be made.
    #[error("the folder for the clone cannot be made")]
    Folder(#[source] std::io::Error),
    /// git ended with an error.
    #[error("git {step} failed for {url}: {message}")]
    Failed {
        /// What was being done.
        step: &'static str,
        /// From where, without credentials.
        url: String,
        /// What git said, without credentials.
        message: String,
    },
    /// git took too long.
    #[error("git {step} took longer than {} minutes for {url}", LONGEST.as_secs() / 60)]
    TimedOut {
        /// What was being done.
        step: &'static str,
        /// From where, without credentials.
        url: String,
    },
    /// The run was stopped meanwhile.
    #[error("stopped while fetching {0}")]
    Stopped(String),
}

/// Makes the bare clone in `folder` equal to what `url` has now: its branches, its tags and its default branch.
pub(crate) fn refresh(url: &str, folder: &Path, is_stopped: &dyn Fn() -> bool) -> Result<(), Error> {
    let protocols = allowed(url).ok_or_else(|| Error::Url(redact(url)))?;
    // git runs inside the clone, where a relative path would mean something else.
    let absolute = if protocols == "file" { std::path::absolute(url).ok() } else { None };
    let url = absolute.as_deref().and_then(Path::to_str).unwrap_or(url);
    let git = Git { url, folder, protocols, is_stopped, settings: &[] };
    if !folder.join("HEAD").is_file() {
        fs::create_dir_all(folder).map_err(Error::Folder)?;
        git.run("init", &["init", "--quiet", "--bare"], &[])?;
    }
    // Locks of a git that was killed; the data folder is ours alone, so nobody holds them.
    for lock in ["packed-refs.lock", "HEAD.lock", "config.lock", "shallow.lock"] {
        let _ = fs::remove_file(folder.join(lock));
    }
    let refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    let mut operands = vec![url];
    operands.extend(refs);
    git.run("fetch", &["fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-tags", "--no-recurse-submodules"], &operands)?;
    let listed = git.run("ls-remote", &["ls-remote", "--symref"], &[url, "HEAD"])?;
    let branch = listed.lines().find_map(|line| line.strip_prefix("ref: ")?.split_ascii_whitespace().next());
    if let Some(branch) = branch.filter(|branch| branch.starts_with("refs/heads/")) {
        git.run("symbolic-ref", &["symbolic-ref"], &["HEAD", branch])?;
    }
    Ok(())
}

/// A repository on a forge, of which more is known than its URL.
pub(crate) struct Origin<'a> {
    /// `https://github.com/acme/billing.git`.
    pub(crate) url: &'a str,
    /// The value of the `Authorization` header, if one is sent.
    pub(crate) authorization: Option<&'a str>,
    /// The default branch.
    pub(crate) branch: &'a str,
}

/// Makes the bare clone in `folder` hold the default branch and the tags that the origin has now.
///
/// One call of git, for a first time as for later ones: a bare repository is three files, and the branch is known. Other
/// branches are left out; nobody reads them, and they may be most of the bytes.
pub(crate) fn mirror(origin: &Origin<'_>, folder: &Path, is_stopped: &dyn Fn() -> bool) -> Result<(), Error> {
    let refused = || Error::Url(redact(origin.url));
    let url: url::Url = origin.url.parse().map_err(|_| refused())?;
    let is_local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let protocols = match url.scheme() {
        "https" => "https",
        "http" if is_local => "http",
        _ => return Err(refused()),
    };
    if origin.branch.is_empty() || origin.branch.contains(|c: char| c.is_control() || " :^~?*[\\".contains(c)) {
        return Err(refused());
    }
    if !folder.join("HEAD").is_file() {
        for part in ["objects", "refs"] {
            fs::create_dir_all(folder.join(part)).map_err(Error::Folder)?;
        }
        fs::write(folder.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n").map_err(Error::Folder)?;
    }
    let head = format!("ref: refs/heads/{}\n", origin.branch);
    if fs::read_to_string(folder.join("HEAD")).ok().as_deref() != Some(&head) {
        fs::write(folder.join("HEAD"), head).map_err(Error::Folder)?;
    }
    for lock in ["packed-refs.lock", "HEAD.lock", "config.lock", "shallow.lock"] {
        let _ = fs::remove_file(folder.join(lock));
    }
    // Whoever has a helper for this host must not be asked: what the token may see is what was read.
    let mut settings = vec![("credential.helper".to_owned(), String::new()), ("fetch.unpackLimit".to_owned(), "1".to_owned())];
    if let Some(value) = origin.authorization {
        let key = format!("http.{}/.extraHeader", url.origin().ascii_serialization());
        settings.push((key, format!("Authorization: {value}")));
    }
    let git = Git { url: origin.url, folder, protocols, is_stopped, settings: &settings };
    let branch = format!("+refs/heads/{0}:refs/heads/{0}", origin.branch);
    let options = ["fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance"];
    git.run("fetch", &options, &[origin.url, &branch, "+refs/tags/*:refs/tags/*"])?;
    Ok(())
}

/// The protocols that git may use for this URL; none for a URL that is not fetched.
fn allowed(url: &str) -> Option<&'static str> {
    const NETWORK: &str = "https:ssh:git";
    if url.starts_with('-') || url.contains(char::is_control) {
        return None;
    }
    if let Some((scheme, _)) = url.split_once("://") {
        return ["https", "ssh", "git"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(NETWORK);
    }
    if Path::new(url).is_dir() {
        return Some("file");
    }
    // `ext::sh -c ...` and the like name a program.
    let (host, path) = url.split_once(':')?;
    (!host.contains('/') && !path.starts_with(':') && !path.is_empty()).then_some(NETWORK)
}

struct Git<'a> {
    url: &'a str,
    folder: &'a Path,
    protocols: &'static str,
    is_stopped: &'a dyn Fn() -> bool,
    /// By the environment, where no list of processes shows them.
    settings: &'a [(String, String)],
}

impl Git<'_> {
    /// Runs one step in the clone; what it printed.
    fn run(&self, step: &'static str, arguments: &[&str], operands: &[&str]) -> Result<String, Error> {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.folder);
        // Hooks and background work of the clone would outlive the run.
        for setting in ["core.hooksPath=/dev/null", "gc.autoDetach=false", "maintenance.autoDetach=false", "advice.detachedHead=false"] {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        // `symbolic-ref` and `init` take no options from outside, and the former does not know the separator.
        if matches!(step, "fetch" | "ls-remote") {
            command.arg("--");
        }
        command.args(operands);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"] {
            command.env_remove(name);
        }
        for (number, (key, value)) in self.settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{number}"), key).env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        if !self.settings.is_empty() {
            command.env("GIT_CONFIG_COUNT", self.settings.len().to_string());
        }
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", self.protocols).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Its own process group, so that the helpers it starts can be stopped with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(Error::Start)?;
        let output = child.stdout.take().map(drain);
        let errors = child.stderr.take().map(drain);
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(Error::Start)? {
                break status;
            }
            let stopped = (self.is_stopped)();
            if stopped || started.elapsed() > LONGEST {
                stop(&mut child);
                let url = redact(self.url);
                return Err(if stopped { Error::Stopped(url) } else { Error::TimedOut { step, url } });
            }
            thread::sleep(Duration::from_millis(20));
        };
        let text = |reader: Option<thread::JoinHandle<String>>| reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        let (output, errors) = (text(output), text(errors));
        if status.success() {
            return Ok(output);
        }
        let message = errors.trim().lines().take(8).collect::<Vec<_>>().join("; ");
        let message = if message.is_empty() { status.to_string() } else { without_credentials(&message, self.url) };
        Err(Error::Failed { step, url: redact(self.url), message })
    }
}

/// Reads to the end on a thread of its own, so that git never waits for a full pipe.
fn drain(pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut pipe = pipe;
        let mut bytes = Vec::new();
        let _ = pipe.by_ref().take(MOST_OUTPUT).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn stop(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The message without the credentials of this URL, or of any other in it.
fn without_credentials(message: &str, url: &str) -> String {
    let message = message.replace(url, &redact(url));
    let words = message.split(' ').map(|word| {
        let Some(scheme) = word.find("://") else { return word.to_owned() };
        let start = word[..scheme].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+').map_or(0, |before| before + 1);
        let rest = &word[scheme + 3..];
        let authority = rest.find('/').unwrap_or(rest.len());
        rest[..authority]
            .rfind('@')
            .map_or_else(|| word.to_owned(), |at| format!("{}{}://{}", &word[..start], &word[start..scheme], &rest[at + 1..]))
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints_loses_its_credentials() {
        let message = "fatal: unable to access 'https://me:pw@host/a.git/': see https://x:y@other/b";
        assert_eq!(
            without_credentials(message, "https://me:pw@host/a.git"),
            "fatal: unable to access 'https://host/a.git/': see https://other/b"
        );
    }

    #[test]
    fn only_known_protocols_are_fetched() {
        assert_eq!(allowed("https://host/a"), Some("https:ssh:git"));
        assert_eq!(allowed("git@host:a/b"), Some("https:ssh:git"));
        assert_eq!(allowed("/"), Some("file"));
        for url in ["--upload-pack=x", "ext::sh -c x", "file:///", "http://host/a", "a", "", "/absent:x", "https://host/a\nb"] {
            assert_eq!(allowed(url), None, "{url}");
        }
    }

    #[test]
    fn a_failure_says_what_git_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = refresh(&folder.path().display().to_string(), &folder.path().join("clone"), &|| false).unwrap_err();
        assert!(error.to_string().contains("does not appear to be a git repository"), "{error}");
        assert!(matches!(
            refresh(&folder.path().display().to_string(), &folder.path().join("clone"), &|| true),
            Err(Error::Stopped(_) | Error::Failed { .. })
        ));
    }
}
