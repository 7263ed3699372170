//! Languages and base images: which versions there are, when projects move to them, and the files that name them.

use crate::demo::company::Ecosystem;
use crate::demo::company::lockfiles::Habit;
use crate::demo::company::lockfiles::state::Shape;
use crate::demo::company::random::Random;
use crate::model::Instant;

const DAY: i64 = 86_400;

/// What a project runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Runtime {
    /// `22`, `3.12`, `1.24`.
    pub(super) version: String,
    /// The minor version of Alpine Linux 3 at that time.
    pub(super) alpine: i64,
}

/// Days since 1970.
const fn day(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted / 400;
    let of_era = shifted - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Versions that are supported for long, from when that was promised.
const NODE: &[(&str, i64)] = &[
    ("14", day(2020, 10, 27)),
    ("16", day(2021, 10, 26)),
    ("18", day(2022, 10, 25)),
    ("20", day(2023, 10, 24)),
    ("22", day(2024, 10, 29)),
    ("24", day(2025, 10, 28)),
];
const PYTHON: &[(&str, i64)] = &[
    ("3.8", day(2019, 10, 14)),
    ("3.9", day(2020, 10, 5)),
    ("3.10", day(2021, 10, 4)),
    ("3.11", day(2022, 10, 24)),
    ("3.12", day(2023, 10, 2)),
    ("3.13", day(2024, 10, 7)),
    ("3.14", day(2025, 10, 7)),
];
const GO: &[(&str, i64)] = &[
    ("1.19", day(2022, 8, 2)),
    ("1.20", day(2023, 2, 1)),
    ("1.21", day(2023, 8, 8)),
    ("1.22", day(2024, 2, 6)),
    ("1.23", day(2024, 8, 13)),
    ("1.24", day(2025, 2, 11)),
    ("1.25", day(2025, 8, 12)),
    ("1.26", day(2026, 2, 10)),
];
const JAVA: &[(&str, i64)] =
    &[("8", day(2014, 3, 18)), ("11", day(2018, 9, 25)), ("17", day(2021, 9, 14)), ("21", day(2023, 9, 19)), ("25", day(2025, 9, 16))];
/// Rust has a version every six weeks.
const RUST_65: i64 = day(2022, 11, 3);

/// The name for people.
pub(super) const fn label(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "Node.js",
        Ecosystem::Pypi => "Python",
        Ecosystem::Go => "Go",
        Ecosystem::Cargo => "Rust",
        Ecosystem::Maven => "Java",
    }
}

/// The version that is `behind` versions older than the newest one; one that is younger than `settled` days does not count.
fn version(ecosystem: Ecosystem, today: i64, settled: i64, behind: usize) -> String {
    let table = match ecosystem {
        Ecosystem::Npm => NODE,
        Ecosystem::Pypi => PYTHON,
        Ecosystem::Go => GO,
        Ecosystem::Maven => JAVA,
        Ecosystem::Cargo => return format!("1.{}", 65 + ((today - settled - RUST_65) / 42 - behind as i64).max(0)),
    };
    let count = table.iter().filter(|(_, since)| since + settled <= today).count().max(1);
    table[(count - 1).saturating_sub(behind)].0.to_owned()
}

impl Runtime {
    /// What a project runs on when its history begins.
    pub(super) fn first(ecosystem: Ecosystem, habit: Habit, at: Instant, random: &mut Random) -> Self {
        let behind = match habit {
            Habit::Bot | Habit::Monthly => random.weighted(&[6.0, 3.0, 0.5]),
            Habit::Quarterly => random.weighted(&[3.0, 4.0, 1.5]),
            Habit::Rarely => random.weighted(&[1.0, 3.0, 3.0, 1.0]),
            Habit::Never => random.weighted(&[0.5, 2.0, 3.0, 2.0]),
        };
        let behind = if ecosystem == Ecosystem::Cargo { behind * 4 } else { behind };
        Self::new(ecosystem, at, behind, random)
    }

    /// What a project moves to; none if it is there already.
    pub(super) fn next(&self, ecosystem: Ecosystem, at: Instant, random: &mut Random) -> Option<Self> {
        let behind = usize::from(random.chance(0.2));
        Some(Self::new(ecosystem, at, behind, random)).filter(|next| number(&next.version) > number(&self.version))
    }

    fn new(ecosystem: Ecosystem, at: Instant, behind: usize, random: &mut Random) -> Self {
        let today = at.micros() / 1_000_000 / DAY;
        let version = version(ecosystem, today, random.between(20, 160), behind);
        Self { version, alpine: 18 + ((today - day(2023, 5, 9)) / 184 - behind as i64).clamp(-4, 12) }
    }

    /// The products that its files name, each with the version as it is written.
    #[cfg(test)]
    pub(super) fn named(&self, shape: &Shape) -> Vec<(&'static str, String)> {
        let product = |name: &str| match name {
            "node" | ".nvmrc" => Some("nodejs"),
            "python" | ".python-version" => Some("python"),
            "golang" => Some("go"),
            "rust" => Some("rust"),
            "eclipse-temurin" => Some("eclipse-temurin"),
            "alpine" => Some("alpine-linux"),
            _ => None,
        };
        let mut named = Vec::new();
        for (path, text) in self.files(shape) {
            let images = text.lines().filter_map(|line| line.strip_prefix("FROM ")?.split(' ').next()?.split_once(':'));
            let mut found: Vec<(&str, &str)> = if path == "Dockerfile" { images.collect() } else { vec![(path, text.trim())] };
            found.dedup();
            named.extend(found.into_iter().filter_map(|(name, version)| Some((product(name)?, version.to_owned()))));
        }
        named
    }

    /// The files that name it, from the project's folder.
    pub(super) fn files(&self, shape: &Shape) -> Vec<(&'static str, String)> {
        let (Self { version, alpine }, ecosystem, choice) = (self, shape.ecosystem, &shape.choice);
        let mut files = Vec::new();
        let pinned = choice.part("pinned").chance(0.6);
        match ecosystem {
            Ecosystem::Npm if pinned => files.push((".nvmrc", format!("{version}\n"))),
            Ecosystem::Pypi if pinned => files.push((".python-version", format!("{version}\n"))),
            Ecosystem::Cargo if pinned => files
                .push(("rust-toolchain.toml", format!("[toolchain]\nchannel = \"{version}\"\ncomponents = [\"clippy\", \"rustfmt\"]\n"))),
            Ecosystem::Maven if pinned && choice.part("java").chance(0.3) => files.push((".java-version", format!("{version}\n"))),
            _ => {}
        }
        if shape.stack.has_image() && choice.part("image").chance(0.7) {
            files.push(("Dockerfile", dockerfile(ecosystem, version, *alpine, choice)));
        }
        files
    }
}

fn number(version: &str) -> u32 {
    version.trim_start_matches("1.").trim_start_matches("3.").parse().unwrap_or_default()
}

fn dockerfile(ecosystem: Ecosystem, version: &str, alpine: i64, choice: &Random) -> String {
    let slim = choice.part("slim").chance(0.35);
    match ecosystem {
        Ecosystem::Npm => {
            let image = if slim { format!("node:{version}-slim") } else { format!("node:{version}-alpine") };
            format!(
                "FROM {image} AS build\nWORKDIR /app\nCOPY . .\nRUN corepack enable && npm ci && npm run build\n\nFROM {image}\nWORKDIR /app\n\
                 ENV NODE_ENV=production\nCOPY --from=build /app/dist ./dist\nCOPY --from=build /app/node_modules ./node_modules\n\
                 USER node\nCMD [\"node\", \"dist/main.js\"]\n"
            )
        }
        Ecosystem::Pypi => {
            let image = if slim { format!("python:{version}-slim-bookworm") } else { format!("python:{version}-slim") };
            format!(
                "FROM {image}\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir .\nUSER nobody\nCMD [\"python\", \"-m\", \"app\"]\n"
            )
        }
        Ecosystem::Go => format!(
            "FROM golang:{version}-alpine AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\n\
             RUN CGO_ENABLED=0 go build -o /out/app ./cmd/...\n\nFROM alpine:3.{alpine}\nCOPY --from=build /out/app /app\nUSER 65532\n\
             ENTRYPOINT [\"/app\"]\n"
        ),
        Ecosystem::Cargo => format!(
            "FROM rust:{version}-slim AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release --locked\n\nFROM debian:bookworm-slim\n\
             COPY --from=build /src/target/release/app /usr/local/bin/app\nUSER nobody\nENTRYPOINT [\"app\"]\n"
        ),
        Ecosystem::Maven => {
            let tail = if slim { "-alpine" } else { "" };
            format!(
                "FROM eclipse-temurin:{version}-jre{tail}\nWORKDIR /app\nCOPY target/app.jar app.jar\nUSER 1000\n\
                 ENTRYPOINT [\"java\", \"-jar\", \"app.jar\"]\n"
            )
        }
    }
}
