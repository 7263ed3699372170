//! What people write for people: READMEs, runbooks, decisions, and the small files at the root.

use std::fmt::Write as _;

use super::{Language, Piece, Purpose, Random, Subject};
use crate::demo::company::organisation::titled;

/// Runbooks: file name and title.
pub(super) const RUNBOOKS: &[(&str, &str)] = &[
    ("queue-backlog", "Queue backlog"),
    ("high-latency", "High latency"),
    ("database-failover", "Database failover"),
    ("replay-events", "Replay events"),
    ("partner-outage", "Outage of a partner"),
    ("restore-from-backup", "Restore from backup"),
    ("certificate-expired", "Expired certificate"),
    ("rotate-credentials", "Rotate credentials"),
    ("memory-growth", "Memory growth"),
];

/// Guides: title and first sentence.
pub(super) const GUIDES: &[(&str, &str)] = &[
    ("Architecture", "How the parts fit together, and why they are apart."),
    ("Domain glossary", "Words that mean something special here."),
    ("Local development", "From a clone to a running system in ten minutes."),
    ("Events", "Events that are published, when, and with what guarantee."),
    ("Configuration", "Every setting, its default, and who may change it."),
    ("Testing", "What is tested where, and what is not."),
    ("Data retention", "What is kept for how long, and why."),
    ("Onboarding", "For colleagues who join the team."),
    ("Monitoring", "Dashboards, alerts and what they mean."),
];

/// Titles of decisions.
pub(super) const DECISIONS: &[&str] = &[
    "Use PostgreSQL for state",
    "Publish events through an outbox",
    "Keep money in minor units",
    "One deployment per region",
    "Prefer idempotent commands to transactions",
    "Generate clients from OpenAPI",
    "Move from Jenkins to GitHub Actions",
    "Store times in UTC and zones beside them",
    "No shared database between services",
    "Retry with budgets, not for ever",
    "Feature flags for every risky change",
    "Read models instead of joins across services",
    "Drop support for XML answers",
    "Version events, never change them",
    "Use trunk-based development",
    "Archive after eighteen months",
    "Put limits on every list",
];

/// Words in lower case with dashes.
pub(super) fn slug(title: &str) -> String {
    title.to_lowercase().replace(' ', "-").replace(',', "")
}

pub(super) fn text(subject: &Subject, piece: Piece, revision: u16) -> String {
    match piece {
        Piece::Readme => readme(subject, revision),
        Piece::Workflow => workflow(subject, revision),
        Piece::Ignore => ignore(subject, revision),
        Piece::Make => make(subject, revision),
        Piece::Editor => {
            "root = true\n\n[*]\nend_of_line = lf\ninsert_final_newline = true\nindent_style = space\nindent_size = 2\n".to_owned()
        }
        Piece::Contributing => contributing(subject, revision),
        Piece::Changelog => changelog(subject, revision),
        Piece::Values => values(subject, revision),
        Piece::Runbook(number) => runbook(subject, number, revision),
        Piece::Decision(number) => decision(subject, number, revision),
        Piece::Guide(number) => guide(subject, number, revision),
        Piece::Source(_) | Piece::OpenApi => String::new(),
    }
}

fn commands(language: Language) -> (&'static str, &'static str, &'static str) {
    match language {
        Language::TypeScript => ("npm ci", "npm run dev", "npm test"),
        Language::JavaScript => ("npm ci", "npm start", "npm test"),
        Language::Java => ("./mvnw compile", "./mvnw spring-boot:run", "./mvnw verify"),
        Language::Kotlin => ("./gradlew assemble", "./gradlew bootRun", "./gradlew check"),
        Language::Python => ("uv sync", "uv run python -m app", "uv run pytest"),
        Language::Go => ("go build ./...", "go run ./cmd/server", "go test ./..."),
        Language::Rust => ("cargo build", "cargo run", "cargo test"),
        Language::Terraform => ("terraform init", "terraform plan", "terraform test"),
        Language::Markdown => ("make", "make serve", "make check"),
    }
}

fn readme(subject: &Subject, revision: u16) -> String {
    let mut random = subject.random.part("readme");
    let title = if random.chance(0.5) { titled(&subject.name) } else { subject.name.clone() };
    let mut text = format!("# {title}\n\n");
    if !subject.description.is_empty() {
        let _ = writeln!(text, "{}\n", subject.description);
    }
    if subject.purpose == Purpose::Trial {
        text.push_str("Nothing here is looked after. Copy what you like.\n");
        return text;
    }
    let (install, run, test) = commands(subject.language);
    let team = &subject.team;
    let runs = subject.purpose.is_service();
    let about = [
        format!("It belongs to {}. If you are not sure whether something belongs here, ask in `#team-{}`.", team.1, team.0),
        format!("{} built this when spreadsheets stopped being enough. What it covers today: {}.", team.1, subject.meaning),
        format!("Everything that concerns {} is in here; presentation and reporting are not.", subject.meaning),
        "The code is older than most of us. Read the decisions in `docs/` before you change the order of things.".to_owned(),
    ];
    let _ = writeln!(text, "{}\n", about[random.below(about.len())]);
    let _ = writeln!(text, "## Getting started\n\n```sh\n{install}\n{test}\n```\n");
    if runs {
        let port = 8000 + random.below(90);
        let _ = writeln!(text, "`{run}` starts it on port {port}; `docker compose up` brings what it needs.\n");
    }
    if runs && random.chance(0.6) {
        text.push_str("## Configuration\n\n| variable | meaning | default |\n| --- | --- | --- |\n");
        let prefix = subject.word.to_uppercase().replace('-', "_");
        for (name, meaning, default) in [
            ("DATABASE_URL", "where state is kept", ""),
            ("PORT", "the port to listen on", "8080"),
            ("LOG_LEVEL", "how much is logged", "info"),
        ] {
            let _ = writeln!(text, "| `{prefix}_{name}` | {meaning} | {default} |");
        }
        text.push('\n');
    }
    if !subject.neighbours.is_empty() && random.chance(0.7) {
        let all: Vec<String> =
            subject.neighbours.iter().map(|name| format!("[{name}](https://github.com/{}/{name})", subject.login)).collect();
        let _ = writeln!(text, "## Neighbours\n\nTalks to {}.\n", all.join(", "));
    }
    if runs && random.chance(0.6) {
        text.push_str("## Deployment\n\nMerging to the default branch deploys to staging; production follows after the smoke tests, one region at a time.\n\n");
    }
    if runs && random.chance(0.5) {
        let _ = writeln!(text, "## On call\n\nAlerts go to {}. Runbooks are in `docs/runbooks`.\n", team.1);
    }
    if subject.purpose == Purpose::Library {
        text.push_str(
            "## Versions\n\nSemantic versions; a release is a tag. Breaking changes are announced two weeks ahead in `#engineering`.\n\n",
        );
    }
    const NOTES: &[&str] = &[
        "Tests need Docker.",
        "Set `DEBUG=1` to see every query.",
        "On Apple silicon the first build takes a while.",
        "Times in the database are UTC, times on the screen are those of the terminal.",
        "Do not run two importers at once; the lock is advisory.",
        "Staging is reset on Sunday nights.",
        "Fixtures are anonymised; keep them so.",
        "The sandbox of the partner is down on Wednesdays.",
        "Large files belong into the bucket, not into git.",
    ];
    if revision > 0 {
        text.push_str("## Notes\n\n");
        let offset = random.below(NOTES.len());
        for number in 0..usize::from(revision).min(NOTES.len()) {
            let _ = writeln!(text, "- {}", NOTES[(offset + number * 4) % NOTES.len()]);
        }
        if usize::from(revision) > NOTES.len() {
            let _ = writeln!(text, "- Last checked against staging: build {}.", 1000 + usize::from(revision) * 37);
        }
    }
    text
}

fn workflow(subject: &Subject, revision: u16) -> String {
    let (_, _, test) = commands(subject.language);
    let version = 12 + revision;
    format!(
        "name: ci\n\non:\n  pull_request:\n  push:\n    branches: [main, master]\n\npermissions:\n  contents: read\n\njobs:\n  build:\n    \
         uses: {}/github-workflows/.github/workflows/build.yml@v{version}\n    with:\n      command: {test}\n      timeout-minutes: {}\n",
        subject.login,
        15 + revision % 4 * 5
    )
}

fn ignore(subject: &Subject, revision: u16) -> String {
    let own = match subject.language {
        Language::TypeScript | Language::JavaScript => "node_modules/\ndist/\ncoverage/\n",
        Language::Java => "target/\n*.class\n",
        Language::Kotlin => "build/\n.gradle/\n",
        Language::Python => "__pycache__/\n.venv/\n.pytest_cache/\n",
        Language::Go => "/bin/\n*.out\n",
        Language::Rust => "/target/\n",
        Language::Terraform => ".terraform/\n*.tfstate\n*.tfstate.*\n",
        Language::Markdown => "site/\n",
    };
    let more = [".env.local\n", "*.log\n", "/tmp/\n", ".vscode/\n"];
    format!(".DS_Store\n.idea/\n.env\n{own}{}", more[..usize::from(revision).min(4)].concat())
}

fn make(subject: &Subject, revision: u16) -> String {
    let (install, run, test) = commands(subject.language);
    let mut text = format!(".PHONY: build run test\n\nbuild:\n\t{install}\n\nrun:\n\t{run}\n\ntest:\n\t{test}\n");
    for target in ["lint", "format", "image", "seed", "docs"].iter().take(revision.into()) {
        let _ = write!(text, "\n.PHONY: {target}\n{target}:\n\t./scripts/{target}.sh\n");
    }
    text
}

fn contributing(subject: &Subject, revision: u16) -> String {
    let (_, _, test) = commands(subject.language);
    let mut text = format!(
        "# Contributing\n\nEverybody at {} may open a pull request. {} reviews within a working day.\n\n1. Talk to us first if it is larger \
         than an afternoon.\n2. `{test}` passes.\n3. One topic per pull request.\n",
        subject.company, subject.team.1
    );
    if revision > 0 {
        let _ = write!(text, "\nReviews rotate weekly; the list is in `#team-{}`. (Revised {revision} times.)\n", subject.team.0);
    }
    text
}

fn changelog(subject: &Subject, revision: u16) -> String {
    const WHAT: &[&str] = &[
        "Retries respect the deadline of the caller.",
        "Errors carry the identifier of the request.",
        "Dropped the deprecated constructor.",
        "Fixed a leak when connections are refused.",
        "Faster start: nothing is loaded before it is needed.",
        "New: paging for long lists.",
        "Fixed rounding of half cents.",
        "Metrics have the same labels everywhere.",
    ];
    let mut random = subject.random.part("changelog");
    let offset = random.below(WHAT.len());
    let mut text = "# Changelog\n".to_owned();
    for release in (0..=usize::from(revision)).rev().take(30) {
        let _ = write!(text, "\n## 1.{release}.0\n\n- {}\n", WHAT[(offset + release * 3) % WHAT.len()]);
    }
    text
}

fn values(subject: &Subject, revision: u16) -> String {
    let mut random = subject.random.part("values");
    let mut text = format!("image:\n  repository: registry.example/{}/{}\n", subject.login, subject.name);
    let replicas = 2 + (random.below(4) + usize::from(revision)) % 5;
    let memory = 256 << ((random.below(3) + usize::from(revision) / 2) % 4);
    let _ = write!(
        text,
        "replicas: {replicas}\nresources:\n  requests:\n    cpu: {}m\n    memory: {memory}Mi\n",
        100 + usize::from(revision) % 7 * 50
    );
    let _ = write!(text, "  limits:\n    memory: {memory}Mi\nregions:\n  - eu-central\n  - eu-west\n");
    if revision > 3 {
        text.push_str("  - ca-central\n");
    }
    text
}

fn runbook(subject: &Subject, number: u8, revision: u16) -> String {
    let title = RUNBOOKS[usize::from(number) % RUNBOOKS.len()].1;
    let mut text = format!(
        "# {title}\n\nFor whoever is on call for {}.\n\n## How you notice\n\nThe alert `{}-{}` fires, or {} calls.\n\n## What to do\n\n\
         1. Look at the dashboard of the last hour. Is it one region or all?\n2. Look at what was deployed since then, and roll back if in doubt.\n\
         3. Tell `#incidents` what you see, even if you do not understand it yet.\n",
        subject.name,
        subject.word,
        slug(title),
        subject.team.1
    );
    const STEPS: &[&str] = &[
        "Scale to twice the replicas before you look for the cause.",
        "Pause the consumers; the queue keeps four days.",
        "Check whether the partner's status page says anything.",
        "Do not restart the database by hand. Ask Storage.",
        "Afterwards replay from the time of the first alert.",
    ];
    for step in STEPS.iter().cycle().take(revision.into()) {
        let _ = writeln!(text, "- {step}");
    }
    text
}

fn decision(subject: &Subject, number: u8, revision: u16) -> String {
    let title = subject.decision(number);
    let state = if revision == 0 { "accepted" } else { "accepted, amended" };
    let mut text = format!(
        "# {}. {title}\n\n## Status\n\n{state}\n\n## Context\n\n{} grew faster than we thought, and {}.\n\n## Decision\n\n{title}. New code follows \
         from today.\n\n## Consequences\n\nOne thing less to argue about. Existing code moves when it is touched anyway.\n",
        u16::from(number) + 1,
        titled(&subject.word),
        [
            "every team did it differently",
            "two incidents had the same cause",
            "nobody could say any more what was true",
            "new colleagues asked the same question every month",
        ][usize::from(number) % 4],
    );
    for amendment in 1..=revision.min(6) {
        let _ = write!(text, "\n## Amendment {amendment}\n\nAlso holds for jobs and scripts.\n");
    }
    text
}

fn guide(subject: &Subject, number: u8, revision: u16) -> String {
    let (title, first) = GUIDES[usize::from(number) % GUIDES.len()];
    let mut text = format!("# {title}\n\n{first}\n\n");
    for noun in subject.nouns.iter().take(3 + usize::from(revision) / 2) {
        let small = noun.chars().fold(String::new(), |mut text, letter| {
            if letter.is_ascii_uppercase() && !text.is_empty() {
                text.push(' ');
            }
            text.push(letter.to_ascii_lowercase());
            text
        });
        let mut random: Random = subject.random.part("guide").part(noun);
        let what = [
            "has an identifier that never changes and a version that always does",
            "is made from an event and never edited by hand",
            "lives for ninety days, then goes to the archive",
            "is what customers mean when they call; we mean something narrower",
            "may be missing; then the one of the parent counts",
        ];
        let _ = writeln!(text, "## {}{}\n\nA {small} {}.\n", small[..1].to_uppercase(), &small[1..], what[random.below(what.len())]);
    }
    if revision % 2 == 1 {
        text.push_str("Questions that keep coming up are answered in the team's channel.\n");
    }
    text
}
