//! The configuration: flags over environment over `spot.toml` over defaults.
//!
//! # Invariants
//! - Nothing else in spot reads the environment or the configuration file; every other module is handed its part.
//! - Every key of the file has a variable: `git.every` is `SPOT_GIT_EVERY`.
//! - What is wrong is an error that names the file and line, or the variable, the key, and what was expected.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use toml::de::{DeTable, DeValue};

use crate::cli::length::Length;
use crate::model::{Facet, Policy, Zone};

/// The file that is read from the working directory if no other is named.
const FILE_NAME: &str = "spot.toml";

/// Everything that can be configured, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Config {
    /// The data folder.
    pub(super) data: PathBuf,
    /// Where the server listens.
    pub(super) listen: SocketAddr,
    /// Zone and precedence.
    pub(super) policy: Policy,
    /// The git collector.
    pub(super) git: GitConfig,
    /// The file that was read, if any.
    pub(super) file: Option<PathBuf>,
}

/// The git collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GitConfig {
    /// Folders of clones, or clones.
    pub(super) folders: Vec<PathBuf>,
    /// Repositories to clone.
    pub(super) urls: Vec<String>,
    /// When to read them.
    pub(super) schedule: Schedule,
    /// How far back to fill in history at the first run.
    pub(super) backfill: Option<Length>,
    /// Longest time for one run.
    pub(super) timeout: Length,
}

/// When a source is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Schedule {
    /// This often.
    Every(Length),
    /// At these times of the organisation's zone.
    Cron(Cron),
}

/// A cron expression of five fields that has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron(String);

impl Cron {
    /// The expression as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Cron {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected five fields, minute hour day month weekday, such as \"0 3 * * *\"";
        if text.split_whitespace().count() != 5 {
            return Err(ConfigError(format!("{text:?} is not a cron expression; {expected}")));
        }
        match croner::Cron::from_str(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(ConfigError(format!("{text:?} is not a cron expression ({error}); {expected}"))),
        }
    }
}

impl<'de> Deserialize<'de> for Cron {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What flags say; they win over everything else.
#[derive(Clone, Debug, Default)]
pub(super) struct Flags {
    /// `--config`.
    pub(super) config: Option<PathBuf>,
    /// `--data`.
    pub(super) data: Option<PathBuf>,
    /// `--listen`.
    pub(super) listen: Option<SocketAddr>,
    /// `--git`.
    pub(super) git_folders: Vec<PathBuf>,
    /// `--backfill`.
    pub(super) backfill: Option<Length>,
}

/// The configuration is wrong; the message says where and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct ConfigError(String);

/// The variables of the process, read once.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The variables of this process.
    pub(super) fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The value of a variable that is set and not empty.
    fn get(&self, name: &str) -> Option<&OsString> {
        self.0.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Result<Option<&str>, ConfigError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.to_str().map(Some).ok_or_else(|| ConfigError(format!("{name}: the value is not UTF-8")))
    }

    /// Whether colours are unwanted, whatever the terminal can do: <https://no-color.org>.
    pub(super) fn no_color(&self) -> bool {
        self.get("NO_COLOR").is_some() || self.get("TERM").is_some_and(|term| term == "dumb")
    }

    /// What to log, as `SPOT_LOG` says.
    pub(super) fn log_filter(&self) -> Option<&str> {
        self.get("SPOT_LOG").and_then(|value| value.to_str())
    }

    /// Variables that look like ours and are not, for a warning: an orchestrator may set some for a service named spot.
    pub(super) fn unknown(&self) -> Vec<String> {
        let known: Vec<String> = KEYS.iter().map(|(key, _)| variable(key)).chain(OTHER_VARIABLES.map(str::to_owned)).collect();
        let ours = self.0.keys().filter_map(|name| name.to_str()).filter(|name| name.starts_with("SPOT_"));
        ours.filter(|name| !known.iter().any(|known| known == name)).map(|name| hint(name, &known)).collect()
    }
}

const OTHER_VARIABLES: [&str; 2] = ["SPOT_CONFIG", "SPOT_LOG"];

/// How the text of a variable becomes the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// As it is.
    Text,
    /// Parts between commas, or a TOML array.
    List,
    /// A TOML inline table.
    Table,
}

/// Every key, and how its variable is read. A test compares this with the schema.
const KEYS: [(&str, Shape); 10] = [
    ("data", Shape::Text),
    ("listen", Shape::Text),
    ("zone", Shape::Text),
    ("precedence", Shape::Table),
    ("git.folders", Shape::List),
    ("git.urls", Shape::List),
    ("git.every", Shape::Text),
    ("git.cron", Shape::Text),
    ("git.backfill", Shape::Text),
    ("git.timeout", Shape::Text),
];

/// spot.toml: where spot keeps its data, where it listens, and what it reads.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "spot.toml")]
struct File {
    /// The data folder; relative to this file. Unset: the user's folder for application data.
    data: Option<PathBuf>,
    /// A loopback address and port. Default: 127.0.0.1:7070.
    #[schemars(with = "Option<String>")]
    listen: Option<SocketAddr>,
    /// The IANA time zone whose midnight ends a day. Default: UTC.
    #[schemars(with = "Option<String>")]
    zone: Option<Zone>,
    /// For a field, such as `general.owner`, the origins whose word counts, strongest first.
    precedence: Option<BTreeMap<String, Vec<String>>>,
    /// Git repositories.
    git: Option<GitFile>,
}

/// Git repositories: what to read, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Git")]
struct GitFile {
    /// Clones, bare or not, or folders that contain them; relative to this file.
    folders: Option<Vec<PathBuf>>,
    /// Repositories to clone, by the URLs that the `git` program understands.
    urls: Option<Vec<String>>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    cron: Option<Cron>,
    /// How far back to fill in history: a number and one of s, m, h, d, w, mo, y. Unset: no history.
    #[schemars(with = "Option<String>")]
    backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 30m.
    #[schemars(with = "Option<String>")]
    timeout: Option<Length>,
}

/// Reads the configuration.
///
/// # Errors
/// [`ConfigError`] for a file that was named and cannot be read, an unknown key, or a wrong value.
pub(super) fn read(flags: &Flags, environment: &Environment) -> Result<Config, ConfigError> {
    let named = flags.config.clone().or_else(|| environment.get("SPOT_CONFIG").map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let (file, path) = match std::fs::read_to_string(&path) {
        Ok(text) => (parse_file(&text, &path)?, Some(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => (File::default(), None),
        Err(error) => return Err(ConfigError(format!("{}: cannot be read: {error}", path.display()))),
    };
    let config = merge(parse_environment(environment)?, file);
    resolve(config, flags, environment, path)
}

/// The JSON schema of the file, for editors.
pub(super) fn schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

fn resolve(file: File, flags: &Flags, environment: &Environment, path: Option<PathBuf>) -> Result<Config, ConfigError> {
    let git = file.git.unwrap_or_default();
    let data = match flags.data.clone().or(file.data) {
        Some(data) => data,
        None => default_data(environment)?,
    };
    let schedule = match (git.every, git.cron) {
        (_, Some(cron)) => Schedule::Cron(cron),
        (every, None) => Schedule::Every(every.unwrap_or(Length::hours(1))),
    };
    Ok(Config {
        data,
        listen: flags.listen.or(file.listen).unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 7070))),
        policy: Policy { zone: file.zone.unwrap_or_default(), precedence: file.precedence.unwrap_or_default() },
        git: GitConfig {
            folders: if flags.git_folders.is_empty() { git.folders.unwrap_or_default() } else { flags.git_folders.clone() },
            urls: git.urls.unwrap_or_default(),
            schedule,
            backfill: flags.backfill.or(git.backfill),
            timeout: git.timeout.unwrap_or(Length::minutes(30)),
        },
        file: path,
    })
}

fn default_data(environment: &Environment) -> Result<PathBuf, ConfigError> {
    // The XDG base directory specification: a relative path there is to be ignored.
    let named = environment.get("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || environment.get("HOME").map(|home| Path::new(home).join(".local/share"));
    let folder = named.or_else(home).ok_or_else(|| {
        ConfigError("there is no data folder: name one with --data, SPOT_DATA or `data` in spot.toml, or set HOME".to_owned())
    })?;
    Ok(folder.join("spot"))
}

/// `upper` wins, key by key.
fn merge(upper: File, lower: File) -> File {
    let git = match (upper.git, lower.git) {
        (Some(upper), Some(lower)) => {
            // `every` and `cron` are two ways to say one thing.
            let says_when = upper.every.is_some() || upper.cron.is_some();
            Some(GitFile {
                folders: upper.folders.or(lower.folders),
                urls: upper.urls.or(lower.urls),
                every: upper.every.or(lower.every.filter(|_| !says_when)),
                cron: upper.cron.or(lower.cron.filter(|_| !says_when)),
                backfill: upper.backfill.or(lower.backfill),
                timeout: upper.timeout.or(lower.timeout),
            })
        }
        (upper, lower) => upper.or(lower),
    };
    File {
        data: upper.data.or(lower.data),
        listen: upper.listen.or(lower.listen),
        zone: upper.zone.or(lower.zone),
        precedence: upper.precedence.or(lower.precedence),
        git,
    }
}

fn parse_file(text: &str, path: &Path) -> Result<File, ConfigError> {
    let mut file: File = toml::from_str(text).map_err(|error| located(&error, text, path))?;
    check(&file).map_err(|(key, message)| {
        let line = DeTable::parse(text).ok().and_then(|table| span_of(table.get_ref(), &key)).map_or(1, |span| line_of(text, span.start));
        ConfigError(format!("{}:{line}: {key}: {message}", path.display()))
    })?;
    let base = path.parent().unwrap_or(Path::new(""));
    file.data = file.data.map(|data| base.join(data));
    if let Some(folders) = file.git.as_mut().and_then(|git| git.folders.as_mut()) {
        folders.iter_mut().for_each(|folder| *folder = base.join(&*folder));
    }
    Ok(file)
}

/// What types alone do not say: the key and what is wrong with it.
fn check(file: &File) -> Result<(), (String, String)> {
    for field in file.precedence.iter().flat_map(BTreeMap::keys) {
        let facet = field.split_once('.').map(|(facet, _)| facet);
        if facet.is_none_or(|facet| facet.parse::<Facet>().is_err()) {
            let message = "is not a field; expected a facet, a dot and a field, such as general.owner".to_owned();
            return Err((format!("precedence.{field}"), message));
        }
    }
    let Some(git) = &file.git else { return Ok(()) };
    if git.every.is_some() && git.cron.is_some() {
        return Err(("git.cron".to_owned(), "stands beside git.every; expected one of the two".to_owned()));
    }
    for (key, length) in [("git.every", git.every), ("git.timeout", git.timeout)] {
        if let Some(length) = length.filter(|length| length.fixed().is_none()) {
            return Err((key.to_owned(), format!("{length} has no fixed length; expected s, m, h, d or w")));
        }
    }
    if let Some(url) = git.urls.iter().flatten().find(|url| url.trim().is_empty() || url.starts_with('-')) {
        return Err(("git.urls".to_owned(), format!("{url:?} is not a URL")));
    }
    Ok(())
}

fn parse_environment(environment: &Environment) -> Result<File, ConfigError> {
    let mut merged = File::default();
    for (key, shape) in KEYS {
        let name = variable(key);
        let Some(text) = environment.text(&name)? else { continue };
        let value = value_of(text, shape).map_err(|message| ConfigError(format!("{name} ({key}): {message}")))?;
        let table = key.rsplit('.').fold(value, |value, part| toml::Value::Table(toml::Table::from_iter([(part.to_owned(), value)])));
        let file = File::deserialize(table).map_err(|error| ConfigError(format!("{name} ({key}): {}", error.message())))?;
        check(&file).map_err(|(key, message)| ConfigError(format!("{name} ({key}): {message}")))?;
        merged = merge(file, merged);
    }
    check(&merged).map_err(|(key, message)| ConfigError(format!("environment: {key}: {message}")))?;
    Ok(merged)
}

fn value_of(text: &str, shape: Shape) -> Result<toml::Value, String> {
    let as_toml = |expected: &str| {
        let table: toml::Table =
            toml::from_str(&format!("value = {text}")).map_err(|error| format!("{}; expected {expected}", error.message()))?;
        table.into_iter().next().map(|(_, value)| value).ok_or_else(|| format!("expected {expected}"))
    };
    match shape {
        Shape::Text => Ok(text.into()),
        Shape::List if text.trim_start().starts_with('[') => as_toml("a TOML array, or parts between commas"),
        Shape::List => Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(toml::Value::from).collect::<Vec<_>>().into()),
        Shape::Table => as_toml("a TOML table such as { \"general.owner\" = [\"catalog-info.yaml\", \"CODEOWNERS\"] }"),
    }
}

/// The variable of a key.
fn variable(key: &str) -> String {
    format!("SPOT_{}", key.replace('.', "_").to_uppercase())
}

/// What the parser says, with file, line and key, and with a suggestion for a key that is nearly right.
fn located(error: &toml::de::Error, text: &str, path: &Path) -> ConfigError {
    let Some(span) = error.span() else { return ConfigError(format!("{}: {}", path.display(), error.message())) };
    let line = line_of(text, span.start);
    let key = DeTable::parse(text).ok().and_then(|table| key_at(table.get_ref(), &span));
    let message = match error.message().split_once("unknown field `").and_then(|(_, rest)| rest.split_once('`')) {
        Some((unknown, rest)) => {
            let known: Vec<String> = rest.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            format!("unknown key {}", hint(unknown, &known))
        }
        None => error.message().trim_end().replace('\n', ", "),
    };
    let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
    ConfigError(format!("{}:{line}: {key}{message}", path.display()))
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The path of the innermost key whose name or value contains `span`.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    for (key, value) in table {
        let key_span = key.span();
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(rest) = key_at(inner, span)
        {
            return Some(format!("{}.{rest}", key.get_ref()));
        }
        let inside = |outer: &Range<usize>| outer.start <= span.start && span.start < outer.end;
        if inside(&key_span) || inside(&value.span()) {
            return Some(key.get_ref().to_string());
        }
    }
    None
}

/// Where the key at a path stands; of a path whose last parts are no keys, the innermost that is.
fn span_of(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    if let Some((key, _)) = table.get_key_value(path) {
        return Some(key.span());
    }
    let (first, rest) = path.split_once('.')?;
    let (key, value) = table.get_key_value(first)?;
    let inner = value.get_ref().as_table().and_then(|inner| span_of(inner, rest));
    Some(inner.unwrap_or_else(|| key.span()))
}

/// The unknown word, and the known one that was probably meant, or all of them.
fn hint(unknown: &str, known: &[String]) -> String {
    let nearest = known.iter().map(|word| (distance(unknown, word), word)).min();
    match nearest {
        Some((distance, word)) if distance <= 1 + unknown.len() / 4 => format!("`{unknown}`; did you mean `{word}`?"),
        _ => format!("`{unknown}`; expected one of {}", known.join(", ")),
    }
}

/// Letters to insert, drop, replace or swap with their neighbour to turn one word into the other.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.to_lowercase().chars().collect(), right.to_lowercase().chars().collect());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            rows[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                    let swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
                    let best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
                }
            };
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<const N: usize>(variables: [(&str, &str); N]) -> Environment {
        Environment(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    fn refusal(text: &str) -> String {
        parse_file(text, Path::new("spot.toml")).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line_and_the_likely_one() {
        assert_eq!(
            refusal("data = \"x\"\n\nlsiten = \"127.0.0.1:1\"\n"),
            "spot.toml:3: lsiten: unknown key `lsiten`; did you mean `listen`?"
        );
        assert_eq!(refusal("[git]\nfolder = [\".\"]\n"), "spot.toml:2: git.folder: unknown key `folder`; did you mean `folders`?");
        assert_eq!(
            refusal("[github]\ntoken = \"x\"\n"),
            "spot.toml:1: github: unknown key `github`; expected one of data, listen, zone, precedence, git"
        );
    }

    #[test]
    fn a_wrong_value_says_what_was_expected() {
        assert_eq!(
            refusal("[git]\nevery = \"soon\"\n"),
            "spot.toml:2: git.every: \"soon\" is not a length of time; expected a number above 0 and one of s, m, h, d, w, mo, y, such as 15m or 2y"
        );
        assert_eq!(refusal("zone = 5\n"), "spot.toml:1: zone: invalid type: integer `5`, expected a string");
        assert_eq!(refusal("zone = \"Berlin\"\n"), "spot.toml:1: zone: \"Berlin\" is not an IANA time zone such as Europe/Berlin");
        assert!(refusal("listen = \"7070\"\n").starts_with("spot.toml:1: listen: invalid socket address"));
        assert!(refusal("[git]\ncron = \"0 3 * *\"\n").starts_with("spot.toml:2: git.cron: \"0 3 * *\" is not a cron expression"));
        assert_eq!(refusal("[git]\n\ntimeout = \"1y\"\n"), "spot.toml:3: git.timeout: 1y has no fixed length; expected s, m, h, d or w");
        assert!(refusal("[git]\nevery = \"1h\"\ncron = \"0 3 * * *\"\n").starts_with("spot.toml:3: git.cron: stands beside git.every"));
        assert!(refusal("[precedence]\n\"owner\" = []\n").starts_with("spot.toml:2: precedence.owner: is not a field"));
        assert!(refusal("data = \n").starts_with("spot.toml:1: "));
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.toml");
        std::fs::write(&path, "data = \"d\"\nzone = \"Europe/Berlin\"\n[git]\nfolders = [\"a\", \"/b\"]\nevery = \"2h\"\n").unwrap();
        let flags = Flags { config: Some(path), listen: Some("127.0.0.1:1".parse().unwrap()), ..Flags::default() };
        let variables = environment([("SPOT_ZONE", "Asia/Tokyo"), ("SPOT_LISTEN", "127.0.0.1:2"), ("SPOT_GIT_CRON", "0 3 * * *")]);
        let config = read(&flags, &variables).unwrap();
        assert_eq!(config.data, folder.path().join("d"));
        assert_eq!(config.listen.port(), 1);
        assert_eq!(config.policy.zone.to_string(), "Asia/Tokyo");
        assert_eq!(config.git.folders, [folder.path().join("a"), PathBuf::from("/b")]);
        assert_eq!(config.git.schedule, Schedule::Cron("0 3 * * *".parse().unwrap()));
    }

    #[test]
    fn variables_are_read_by_the_shape_of_their_key() {
        let variables = environment([
            ("SPOT_GIT_FOLDERS", "/a, /b"),
            ("SPOT_GIT_URLS", "[\"https://git.example/x,y.git\"]"),
            ("SPOT_PRECEDENCE", "{ \"general.owner\" = [\"CODEOWNERS\"] }"),
            ("SPOT_ZONE", ""),
        ]);
        let file = parse_environment(&variables).unwrap();
        let git = file.git.unwrap();
        assert_eq!(git.folders.unwrap(), [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(git.urls.unwrap(), ["https://git.example/x,y.git"]);
        assert_eq!(file.precedence.unwrap()["general.owner"], ["CODEOWNERS"]);
        assert!(file.zone.is_none(), "an empty variable counts as unset");
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let message = parse_environment(&environment([("SPOT_GIT_EVERY", "1x")])).unwrap_err().to_string();
        assert!(message.starts_with("SPOT_GIT_EVERY (git.every): \"1x\" is not a length of time"), "{message}");
        assert_eq!(
            environment([("SPOT_GIT_FOLDER", "x"), ("SPOT_LOG", "info")]).unknown(),
            ["`SPOT_GIT_FOLDER`; did you mean `SPOT_GIT_FOLDERS`?"]
        );
    }

    #[test]
    fn every_key_of_the_schema_has_a_variable() {
        let schema = schema();
        let names = |properties: &serde_json::Value| properties.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut keys = names(&schema["properties"]);
        keys.retain(|key| key != "git");
        keys.extend(names(&schema["$defs"]["Git"]["properties"]).into_iter().map(|key| format!("git.{key}")));
        keys.sort();
        let mut known: Vec<_> = KEYS.iter().map(|(key, _)| (*key).to_owned()).collect();
        known.sort();
        assert_eq!(keys, known);
    }

    #[test]
    fn without_a_file_the_defaults_stand() {
        let config = resolve(File::default(), &Flags::default(), &environment([("HOME", "/home/a")]), None).unwrap();
        assert_eq!(config.data, Path::new("/home/a/.local/share/spot"));
        assert_eq!(config.listen.to_string(), "127.0.0.1:7070");
        assert_eq!(config.git.schedule, Schedule::Every(Length::hours(1)));
        assert!(resolve(File::default(), &Flags::default(), &Environment::default(), None).is_err());
    }
}
