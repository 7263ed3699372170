//! Weaknesses that somebody published: made up, with the shape of real ones.

use std::ops::Range;

use crate::demo::company::packages::history::DAY;
use crate::demo::company::packages::list::{Line, Role};
use crate::demo::company::packages::version::Number;
use crate::demo::company::random::Random;
use crate::demo::company::{Advisory, Ecosystem, Release};
use crate::model::Instant;

/// Share of packages with at least one: of those that people look at, which are the same every year, and of the others.
const SHARE: f64 = 0.004;
const SUSPECT_SHARE: f64 = 0.6;

/// What parses what strangers send, or is used by everybody: the names that one reads in advisories.
const SUSPECTS: &[(Ecosystem, &[&str])] = &[
    (
        Ecosystem::Npm,
        &[
            "@babel/helpers",
            "@babel/traverse",
            "ajv",
            "axios",
            "body-parser",
            "brace-expansion",
            "braces",
            "cookie",
            "cross-spawn",
            "esbuild",
            "express",
            "fast-xml-parser",
            "fastify",
            "find-my-way",
            "follow-redirects",
            "form-data",
            "formidable",
            "glob",
            "glob-parent",
            "graphql",
            "handlebars",
            "html-minifier-terser",
            "http-proxy-middleware",
            "immer",
            "js-yaml",
            "json5",
            "jsonwebtoken",
            "jws",
            "lodash",
            "mdast-util-to-hast",
            "micromatch",
            "minimatch",
            "minimist",
            "moment",
            "mongodb",
            "mongoose",
            "multer",
            "nanoid",
            "node-fetch",
            "nodemailer",
            "nth-check",
            "on-headers",
            "path-to-regexp",
            "postcss",
            "qs",
            "react-router",
            "request",
            "rollup",
            "semver",
            "send",
            "serialize-javascript",
            "serve-static",
            "sha.js",
            "tar",
            "terser",
            "tough-cookie",
            "typeorm",
            "undici",
            "validator",
            "vite",
            "webpack",
            "ws",
            "yaml",
        ],
    ),
    (
        Ecosystem::Pypi,
        &[
            "aiohttp",
            "apache-airflow",
            "certifi",
            "cryptography",
            "django",
            "djangorestframework",
            "flask",
            "fonttools",
            "gitpython",
            "gunicorn",
            "h11",
            "idna",
            "jinja2",
            "jupyterlab",
            "lxml",
            "mlflow",
            "nbconvert",
            "pillow",
            "protobuf",
            "pyjwt",
            "pymongo",
            "python-multipart",
            "requests",
            "scikit-learn",
            "sentry-sdk",
            "sqlparse",
            "starlette",
            "streamlit",
            "torch",
            "tornado",
            "tqdm",
            "urllib3",
            "virtualenv",
            "werkzeug",
        ],
    ),
    (
        Ecosystem::Go,
        &[
            "github.com/docker/docker",
            "github.com/gin-gonic/gin",
            "github.com/go-jose/go-jose/v4",
            "github.com/go-viper/mapstructure/v2",
            "github.com/golang-jwt/jwt/v5",
            "github.com/jackc/pgx/v5",
            "github.com/labstack/echo/v4",
            "github.com/nats-io/nats.go",
            "github.com/prometheus/client_golang",
            "github.com/redis/go-redis/v9",
            "github.com/sirupsen/logrus",
            "golang.org/x/crypto",
            "golang.org/x/net",
            "golang.org/x/oauth2",
            "golang.org/x/text",
            "google.golang.org/grpc",
            "google.golang.org/protobuf",
            "k8s.io/client-go",
        ],
    ),
    (
        Ecosystem::Cargo,
        &[
            "bytes",
            "chrono",
            "crossbeam-channel",
            "h2",
            "hyper",
            "idna",
            "mio",
            "openssl",
            "quinn-proto",
            "regex",
            "reqwest",
            "ring",
            "rustls",
            "rustls-webpki",
            "sqlx",
            "time",
            "tokio",
            "tracing-subscriber",
            "tungstenite",
            "url",
            "zip",
        ],
    ),
    (
        Ecosystem::Maven,
        &[
            "ch.qos.logback:logback-core",
            "com.fasterxml.jackson.core:jackson-core",
            "com.fasterxml.jackson.core:jackson-databind",
            "com.google.protobuf:protobuf-java",
            "com.h2database:h2",
            "com.jayway.jsonpath:json-path",
            "com.squareup.okio:okio",
            "commons-io:commons-io",
            "io.grpc:grpc-netty-shaded",
            "io.netty:netty-codec-http",
            "io.netty:netty-handler",
            "io.projectreactor.netty:reactor-netty-http",
            "net.minidev:json-smart",
            "org.apache.commons:commons-compress",
            "org.apache.commons:commons-lang3",
            "org.apache.kafka:kafka-clients",
            "org.apache.logging.log4j:log4j-core",
            "org.apache.poi:poi-ooxml",
            "org.apache.tomcat.embed:tomcat-embed-core",
            "org.postgresql:postgresql",
            "org.springframework.boot:spring-boot-starter-actuator",
            "org.springframework.boot:spring-boot-starter-security",
            "org.springframework.cloud:spring-cloud-starter-openfeign",
            "org.springframework.kafka:spring-kafka",
            "org.springframework.security:spring-security-core",
            "org.springframework.security:spring-security-web",
            "org.springframework:spring-web",
            "org.springframework:spring-webmvc",
            "org.xerial.snappy:snappy-java",
            "org.yaml:snakeyaml",
        ],
    ),
];

fn is_suspect(line: &Line) -> bool {
    SUSPECTS.iter().any(|(ecosystem, names)| *ecosystem == line.ecosystem && names.contains(&line.name.as_str()))
}

/// Those that everybody remembers: package, days before the end of history, and which of [`KINDS`].
const FAMOUS: &[(Ecosystem, &str, i64, usize)] = &[
    (Ecosystem::Npm, "axios", 371, 10),
    (Ecosystem::Npm, "picomatch", 300, 0),
    (Ecosystem::Pypi, "urllib3", 168, 10),
    (Ecosystem::Maven, "org.springframework.boot:spring-boot-starter-web", 226, 8),
    (Ecosystem::Go, "golang.org/x/net", 96, 5),
];

/// Summary up to the package's name, severity and CVSS 3.1 vector that fits it.
const KINDS: &[(&str, &str, &str)] = &[
    ("Denial of service through crafted input", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
    ("Regular expression takes exponential time", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"),
    ("Path traversal allows to read other files", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"),
    ("Cross-site scripting through unescaped output", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"),
    ("Uncontrolled use of memory while parsing", "MODERATE", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H"),
    ("Request smuggling through malformed headers", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N"),
    ("Timing difference reveals secrets", "LOW", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"),
    ("Sensitive data ends up in log files", "LOW", "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N"),
    ("Deserialisation of untrusted data runs code", "CRITICAL", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
    ("Signature check can be bypassed", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"),
    ("Credentials are sent along with redirects", "MODERATE", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N"),
];
const PROTOTYPE: (&str, &str, &str) = ("Prototype pollution through nested keys", "HIGH", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L");

/// The weaknesses of a package, by publication.
pub(super) fn advisories(
    line: &Line,
    (rank, place): (usize, f64),
    releases: &[(Number, Release)],
    years: &Range<Instant>,
    random: &Random,
) -> Vec<Advisory> {
    let mut random = random.part("advisories");
    if let Some((.., days, kind)) = FAMOUS.iter().find(|(ecosystem, name, ..)| *ecosystem == line.ecosystem && *name == line.name) {
        return famous(line, releases, years.end.plus_seconds(-days * DAY), *kind, &mut random).into_iter().collect();
    }
    let is_suspect = is_suspect(line);
    let share = if is_suspect { SUSPECT_SHARE } else { SHARE };
    // Among packages that many use and among those that few use alike, not by luck.
    let place = (rank as f64 * 0.618_034 + place).fract();
    // What only comes along, and helps with building, has nothing to attack.
    let is_harmless = !is_suspect && (!matches!(line.role, Role::Both | Role::Browser | Role::Server) || line.name.starts_with("@types/"));
    if is_harmless || place >= share {
        return Vec::new();
    }
    let count = if random.chance(0.22) { 2 } else { 1 };
    let mut found: Vec<Advisory> = (0..count).filter_map(|_| advisory(line, is_suspect, releases, years, &mut random)).collect();
    found.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    found.dedup_by(|one, other| one.fixed == other.fixed);
    found
}

fn advisory(
    line: &Line,
    is_suspect: bool,
    releases: &[(Number, Release)],
    years: &Range<Instant>,
    random: &mut Random,
) -> Option<Advisory> {
    let since = years.end.plus_seconds(-730 * DAY);
    // What half of the company uses rests for the last weeks, so that a demonstration does not open on the worst day.
    let is_everywhere = line.role == Role::Needed || line.ecosystem == Ecosystem::Npm;
    let until = if is_everywhere { years.end.plus_seconds(-30 * DAY) } else { years.end };
    let in_time = |at: &usize| (since..until).contains(&releases[*at].1.at);
    let fixes: Vec<usize> = fixes(releases).into_iter().filter(in_time).collect();
    let (at, fixed) = if line.role != Role::Needed && (line.is_given_up || (!is_suspect && random.chance(0.04))) {
        (years.end.plus_seconds(-random.between(10, 720) * DAY - random.between(0, DAY)), None)
    } else {
        // What hardly ever has a new version is hardly ever looked at.
        let fix = *fixes.get(random.below(fixes.len()))?;
        let at = releases[fix].1.at.plus_seconds(random.between(3_600, 9 * DAY));
        (at, Some(fix))
    };
    if at >= years.end {
        return None;
    }
    let introduced = introduced(releases, fixed, random);
    let prototypes = line.ecosystem == Ecosystem::Npm && random.chance(0.2);
    let (what, severity, vector) = if prototypes { PROTOTYPE } else { KINDS[random.below(KINDS.len())] };
    Some(Advisory {
        id: id(random),
        summary: format!("{what} in {}", line.name),
        severity,
        vector,
        at,
        introduced,
        fixed: fixed.map(|fix| releases[fix].1.version.clone()),
    })
}

/// One that is published on about that day, hours after the version that fixes it.
fn famous(line: &Line, releases: &[(Number, Release)], day: Instant, kind: usize, random: &mut Random) -> Option<Advisory> {
    let fix = fixes(releases).into_iter().min_by_key(|at| (releases[*at].1.at.micros() - day.micros()).abs())?;
    let (what, severity, vector) = KINDS[kind];
    Some(Advisory {
        id: id(random),
        summary: format!("{what} in {}", line.name),
        severity,
        vector,
        at: releases[fix].1.at.plus_seconds(random.between(2, 20) * 3_600),
        introduced: first_of_line(releases, fix),
        fixed: Some(releases[fix].1.version.clone()),
    })
}

/// Releases that fixed something: each was the greatest when it came out.
fn fixes(releases: &[(Number, Release)]) -> Vec<usize> {
    let mut greatest: Option<Number> = None;
    let mut found = Vec::new();
    for (at, (number, _)) in releases.iter().enumerate().filter(|(_, (number, _))| !number.is_preview()) {
        if greatest.is_none_or(|greatest| greatest < *number) {
            // The first of a line has nothing before it that could be wrong.
            if greatest.is_some_and(|greatest| greatest.caret() == number.caret()) {
                found.push(at);
            }
            greatest = Some(*number);
        }
    }
    found
}

/// Where a weakness came in: with the line of compatible versions that it is fixed in, or later. The lines
/// before are not affected, or their users could never get rid of it.
fn introduced(releases: &[(Number, Release)], fixed: Option<usize>, random: &mut Random) -> Option<String> {
    let fix = fixed?;
    let line = releases[fix].0.caret();
    let of_line: Vec<usize> = (0..fix)
        .filter(|at| releases[*at].0.caret() == line && !releases[*at].0.is_preview() && releases[*at].0 < releases[fix].0)
        .collect();
    let later = of_line.get(random.below(of_line.len() / 2 + 1)).filter(|_| random.chance(0.45));
    later.map(|at| releases[*at].1.version.clone()).or_else(|| first_of_line(releases, fix))
}

/// The least release of the line of compatible versions that a release belongs to.
fn first_of_line(releases: &[(Number, Release)], of: usize) -> Option<String> {
    let line = releases[of].0.caret();
    let of_line = releases.iter().filter(|(number, _)| number.caret() == line && !number.is_preview());
    of_line.min_by_key(|(number, _)| *number).map(|(_, release)| release.version.clone())
}

/// `GHSA-2v4c-...`, of the letters that GitHub uses.
fn id(random: &mut Random) -> String {
    const LETTERS: &[u8] = b"23456789cfghjmpqrvwx";
    let mut id = String::from("GHSA");
    for at in 0..12 {
        if at % 4 == 0 {
            id.push('-');
        }
        id.push(char::from(LETTERS[random.below(LETTERS.len())]));
    }
    id
}
