//! What repositories are called beside the word of their topic, and what people say they are for.

use crate::demo::company::plan::{Language, Purpose};

/// Ends of names of services; the first that is free is taken.
pub(in crate::demo::company) const SERVICES: &[(&str, &[&str])] = &[
    ("", &["{M}.", "{M}.", "{M}.", "The {t} service: {m}.", "All about {m}."]),
    ("-api", &["REST API for {m}.", "Public API for {m}, versioned.", "The API in front of {m}.", "Read API for {m}."]),
    ("-service", &["{M}.", "Everything about {m}.", "Rules and storage for {m}."]),
    ("-query", &["Fast answers about {m} from a read model.", "Search and filters for {m}."]),
    ("-engine", &["The rules behind {m}, without any storage.", "Calculates; knows nothing of HTTP. Used for {m}."]),
    ("-adapter", &["Translates between {m} and the systems of others.", "Adapter that keeps vendor formats away from {m}."]),
    ("-gateway", &["One door to {m} for other teams.", "Rate limits and authentication in front of {m}."]),
    ("-validator", &["Checks {m} before anybody relies on it.", "Validation rules for {m}."]),
    ("-search", &["Search over {m}.", "Finds things in {m}, typos included."]),
    ("-history", &["What was known when: the history of {m}.", "Keeps old states of {m} for audits."]),
    ("-limits", &["Quotas and limits around {m}.", "Decides when it is too much: limits for {m}."]),
    ("-reporting", &["Reports on {m} for people who like spreadsheets.", "Monthly and ad hoc reports on {m}."]),
];

/// The same on the platform.
pub(in crate::demo::company) const PLATFORM_SERVICES: &[(&str, &[&str])] = &[
    ("", &["{M}.", "{M}.", "{M}. Ask us before you build your own.", "The {t}: {m}."]),
    ("-api", &["Self-service API for {m}.", "API behind the developer portal, for {m}."]),
    ("-controller", &["Kubernetes controller for {m}.", "Reconciles {m} every minute."]),
    ("-proxy", &["Sits in front of {m} and asks who you are.", "Proxy for {m}."]),
    ("-agent", &["Runs on every node, for {m}.", "Agent for {m}."]),
    ("-service", &["{M}.", "Service around {m}."]),
    ("-broker", &["Hands out access to {m}.", "Broker for {m}."]),
    ("-portal-backend", &["Backend of the developer portal's page on {m}.", "Portal backend: {m}."]),
    ("-webhook", &["Admission webhook for {m}.", "Refuses what breaks the rules for {m}."]),
];

/// The same on the platform.
pub(in crate::demo::company) const PLATFORM_WORKERS: &[(&str, &[&str])] = &[
    ("-sync", &["Keeps settings of {m} in step across clusters.", "Syncs {m} between regions."]),
    ("-cron", &["Scheduled chores around {m}.", "Nightly chores: {m}."]),
    ("-janitor", &["Cleans up after {m}.", "Removes what {m} leave behind."]),
    ("-reporter", &["Weekly report on {m}.", "Reports on {m} to team channels."]),
    ("-worker", &["Background jobs for {m}.", "Does the slow part of {m}."]),
    ("-auditor", &["Looks for drift in {m}.", "Audit of {m}, every night."]),
    ("-migration", &["Moves everybody to the next version of {m}.", "Migration of {m}."]),
];

/// Ends of names of what works in the background.
pub(in crate::demo::company) const WORKERS: &[(&str, &[&str])] = &[
    ("-worker", &["Background jobs for {m}.", "Does the slow part of {m}.", "Queue worker for {m}."]),
    ("-consumer", &["Consumes events and keeps {m} up to date.", "Kafka consumer for {m}."]),
    ("-importer", &["Brings in {m} from files and partners.", "Nightly import for {m}."]),
    ("-exporter", &["Hands over {m} to those who still want files.", "Exports {m} to SFTP and S3."]),
    ("-scheduler", &["Starts what has to happen on time for {m}.", "Cron jobs around {m}."]),
    ("-sync", &["Keeps copies of {m} in step.", "Two-way sync for {m}; last writer wins, with a log."]),
    ("-projector", &["Builds the read models for {m}.", "Projects events about {m} into tables."]),
    ("-indexer", &["Puts {m} into the search index.", "Indexes {m}; can start over from nothing."]),
    ("-relay", &["Relays events about {m} to whoever listens.", "Outbox relay for {m}."]),
    ("-archiver", &["Moves {m} to cheap storage after a while.", "Archives {m} after 18 months."]),
    ("-cleanup", &["Deletes what the law says must go from {m}.", "Retention jobs for {m}."]),
    ("-batch", &["Batch runs for {m}.", "Nightly batch over {m}."]),
];

/// Ends of names of what runs in a browser.
pub(in crate::demo::company) const WEBS: &[(&str, &[&str])] = &[
    ("-web", &["Web front end for {m}.", "The pages around {m}.", "What users see of {m}."]),
    ("-ui", &["UI for {m}, mounted into the shell.", "Micro front end for {m}."]),
    ("-admin", &["Back office pages for {m}.", "Admin screens for {m}; staff only."]),
    ("-backoffice", &["The screen operations uses for {m}.", "Internal tool around {m}."]),
    ("-widgets", &["Widgets that other pages embed, about {m}.", "Embeddable components for {m}."]),
    ("-dashboard", &["Dashboard on {m}.", "Charts and tables about {m}."]),
    ("-frontend", &["Front end for {m}.", "Single-page application for {m}."]),
    ("-embed", &["Script tag version of {m} for partner sites.", "Lets partners embed {m}."]),
];

/// Ends of names of back ends for one front end.
pub(in crate::demo::company) const BFFS: &[(&str, &[&str])] = &[
    ("-bff", &["Backend for the front end of {m}.", "Glue between the browser and {m}."]),
    ("-graphql", &["GraphQL subgraph for {m}.", "GraphQL in front of {m}."]),
];

/// Ends of names of what other repositories depend on.
pub(in crate::demo::company) const LIBRARIES: &[(&str, &[&str])] = &[
    ("-client", &["Client library for {m}.", "Typed client, retries included, for {m}."]),
    ("-events", &["Schemas of events about {m}.", "Event contracts for {m}. Compatible changes only."]),
    ("-lib", &["Shared code around {m}.", "Bits that several services around {m} need."]),
    ("-sdk", &["SDK for teams that build on {m}.", "SDK for {m}; see the examples folder."]),
    ("-model", &["Domain model of {m}, free of frameworks.", "Types and rules for {m}."]),
    ("-testkit", &["Builders and fakes for tests around {m}.", "Fakes of {m}, so that tests need no network."]),
    ("-commons", &["Helpers that services around {m} share.", "Common code for {m}. Please do not add more."]),
    ("-contracts", &["Consumer contracts of {m}.", "API contracts for {m}."]),
];

/// Ends of names of tools.
pub(in crate::demo::company) const TOOLS: &[(&str, &[&str])] = &[
    ("-cli", &["Command line tool for {m}.", "Small CLI for support engineers: {m}."]),
    ("-tools", &["Scripts that saved us once or twice around {m}.", "Tools for {m}."]),
    ("-simulator", &["Simulates {m} for load tests and demos.", "Makes realistic data for {m}."]),
    ("-migrator", &["One-off migrations of {m}.", "Moves {m} from the old system."]),
    ("-bot", &["Chat bot that answers questions about {m}.", "Bot for {m}."]),
    ("-exporter-prometheus", &["Metrics about {m} for dashboards.", "Prometheus exporter for {m}."]),
];

/// Ends of names of data pipelines and models.
pub(in crate::demo::company) const PIPELINES: &[(&str, &[&str])] = &[
    ("-pipeline", &["Pipeline that prepares {m}.", "Daily pipeline for {m}."]),
    ("-etl", &["Extracts, cleans and loads {m}.", "ETL for {m}, every hour."]),
    ("-notebooks", &["Notebooks about {m}.", "Analyses of {m}; nothing here runs in production."]),
    ("-dags", &["Airflow DAGs for {m}.", "Scheduled jobs over {m}."]),
    ("-quality", &["Checks on the data behind {m}.", "Expectations that {m} have to meet."]),
    ("-training", &["Training jobs around {m}.", "Training, evaluation and model card: {m}."]),
    ("-features", &["Features computed from {m}.", "Feature definitions for {m}."]),
    ("-backfill", &["Fills in the past of {m}.", "Backfills {m}, a month at a time."]),
];

/// Ends of names of tests that live on their own.
pub(in crate::demo::company) const TESTS: &[(&str, &[&str])] = &[
    ("-e2e", &["End-to-end tests for {m}.", "Playwright tests for {m}."]),
    ("-loadtest", &["Load tests for {m}.", "k6 scripts against {m}."]),
    ("-smoke", &["Smoke tests that run after every deployment, for {m}.", "Smoke tests for {m}."]),
    ("-mocks", &["Mock servers standing in for {m}.", "Recorded answers of {m} for local work."]),
];

/// Ends of names of applications for phones.
pub(in crate::demo::company) const MOBILES: &[(&str, &[&str])] = &[
    ("-android", &["Android app for {m}.", "{T} on Android."]),
    ("-mobile", &["React Native app for {m}.", "{T} for phones."]),
    ("-scanner", &["App on the handheld scanners, for {m}.", "{T} on rugged devices."]),
];

/// Begins and ends of names of infrastructure.
pub(in crate::demo::company) const INFRAS: &[(&str, &str, &[&str])] = &[
    ("terraform-", "", &["Terraform for {m}.", "Cloud resources behind {m}."]),
    ("", "-infra", &["Infrastructure of {m} as code.", "Terraform and policies for {m}."]),
    ("", "-deploy", &["Manifests of {m} for every cluster.", "What runs where: {m}."]),
    ("helm-", "", &["Helm chart for {m}.", "Chart and values for {m}."]),
    ("", "-dashboards", &["Grafana dashboards and alerts for {m}.", "Dashboards as code for {m}."]),
    ("terraform-aws-", "", &["Terraform module for {m} on AWS.", "Reusable module: {m}."]),
    ("", "-gitops", &["Desired state of {m}; Argo CD reads it.", "GitOps repository for {m}."]),
];

/// Ends of names of writing.
pub(in crate::demo::company) const DOCS: &[(&str, &[&str])] = &[
    ("-docs", &["Documentation of {m}.", "How {m} works, for those who come after us."]),
    ("-runbooks", &["Runbooks for {m}.", "What to do at three in the morning: {m}."]),
    ("-adr", &["Decision records about {m}.", "Why {m} is the way it is."]),
    ("-handbook", &["Handbook of the people behind {m}.", "How we work on {m}."]),
    ("-specs", &["Specifications and mappings for {m}.", "Message specifications for {m}."]),
];

/// Repositories of the whole company: name, language or kind, what it is for. In the order in which a company needs them.
pub(in crate::demo::company) const COMMON: &[(&str, &str, &str)] = &[
    ("software-catalog", "catalog", "Domains, systems and teams for the software catalog."),
    (".github", "docs", "Community files and the profile of the organisation."),
    ("helm-charts", "infra", "The charts that every service starts from."),
    ("engineering-handbook", "docs", "How we build, release and look after software."),
    ("github-workflows", "infra", "Reusable workflows. Pin a tag, not main."),
    ("terraform-modules", "infra", "Modules that come with our guard rails built in."),
    ("eslint-config", "typescript", "ESLint and Prettier presets for every front end."),
    ("kotlin-commons", "kotlin", "Logging, tracing and error handling for JVM services."),
    ("go-kit", "go", "Server, logging and shutdown, so that main.go stays short."),
    ("python-commons", "python", "Settings, logging and clients for Python services."),
    ("docker-base-images", "infra", "Base images, rebuilt every night."),
    ("rfcs", "docs", "Proposals that concern more than one team, and what became of them."),
    ("argocd-apps", "infra", "Applications and projects of Argo CD."),
    ("protos", "go", "Protobuf definitions and what is generated from them."),
    ("http-client-node", "typescript", "HTTP client with retries, budgets and tracing."),
    ("gradle-conventions", "kotlin", "Convention plugins for Gradle builds."),
    ("kafka-client-kotlin", "kotlin", "Kafka with our defaults: schemas, retries, dead letters."),
    ("tracing-go", "go", "OpenTelemetry set up the way our collectors want it."),
    ("renovate-config", "infra", "Presets for dependency updates."),
    ("postmortems", "docs", "What went wrong, without blame."),
    ("design-tokens", "typescript", "Colours, spacing and type as tokens."),
    ("spring-boot-starter-brightquay", "java", "Everything a Spring service needs on day one."),
    ("tsconfig", "typescript", "Shared compiler options."),
    ("pytest-brightquay", "python", "Fixtures for databases, queues and clocks."),
    ("tech-radar", "docs", "What we adopt, try, and let go."),
    ("dns-zones", "infra", "Our DNS zones as code."),
    ("logging-java", "java", "Structured logs with the fields that dashboards expect."),
    ("rust-common", "rust", "Configuration, telemetry and shutdown for Rust services."),
    ("packer-images", "infra", "Machine images for runners and bastions."),
    ("money-types", "java", "Amounts, currencies and rounding. Never use doubles."),
    ("geo-types", "go", "UN/LOCODEs, coordinates and distances."),
    ("openapi-linter", "typescript", "Our API guidelines as lint rules."),
    ("incident-bot", "python", "Opens channels, keeps time and writes the first draft."),
    ("interview-tasks", "docs", "Tasks for interviews, with notes for interviewers."),
    ("onboarding", "docs", "The first two weeks, day by day."),
    ("brand-assets", "docs", "Logos, and how not to use them."),
];

/// Projects of others that somebody forked to fix something.
pub(in crate::demo::company) const FORKS: &[(&str, &str, &str)] = &[
    ("kafka-ui", "java", "Fork with our sign-in; upstream has not merged it yet."),
    ("graphhopper", "java", "Fork: heights and weights of trucks."),
    ("valhalla", "python", "Fork with our costing for trucks."),
    ("openlayers", "javascript", "Fork to try a fix for tile seams."),
    ("pact-broker-client", "typescript", "Fork: support for our broker's tokens."),
    ("airflow-provider-sftp", "python", "Fork with resumable transfers."),
    ("edifact-parser", "typescript", "Fork that accepts what carriers really send."),
    ("redoc", "typescript", "Fork with our theme."),
    ("postgres_exporter", "go", "Fork with two more collectors."),
    ("oauth2-proxy", "go", "Fork: group claims from our directory."),
    ("xrechnung-validator", "java", "Fork with the rules of last winter."),
    ("zpl-renderer", "rust", "Fork: barcodes that our printers can read."),
    ("react-grid-layout", "typescript", "Fork with keyboard support."),
    ("keda", "go", "Fork to test a scaler for our queues."),
    ("dbt-external-tables", "python", "Fork until our change is released."),
    ("mapbox-gl-draw", "javascript", "Fork: snapping for geofences."),
    ("flagd", "go", "Fork with our evaluation context."),
    ("testcontainers-ibmmq", "java", "Fork that works on ARM laptops."),
];

/// What people try out: a name with `{}` for a person, a year or nothing, and what it was.
pub(in crate::demo::company) const TRIALS: &[(&str, &str)] = &[
    ("hackday-{year}-route-roulette", "Hack day: let the board pick a tour and race the optimiser."),
    ("hackday-{year}-pallet-tetris", "Hack day: stacking pallets as a game."),
    ("hackday-{year}-ask-the-ledger", "Hack day: questions to the ledger in plain words."),
    ("hackday-{year}-where-is-my-truck", "Hack day: a lamp that glows when the truck is near."),
    ("hackday-{year}-coffee-telemetry", "Hack day: the coffee machine gets a dashboard."),
    ("hackday-{year}-mail-to-booking", "Hack day: a booking from a mail in ten seconds."),
    ("hackday-{year}-carbon-ticker", "Hack day: emissions of the day on the office screen."),
    ("hackday-{year}-gate-camera", "Hack day: number plates with a fifty euro camera."),
    ("hackday-{year}-slow-query-hunt", "Hack day: the slowest queries and who sent them."),
    ("hackday-{year}-voice-pod", "Hack day: proof of delivery by voice."),
    ("playground-{login}", "Things I try out."),
    ("{login}-sandbox", "Sandbox. Expect nothing."),
    ("spike-webassembly-routing", "Spike: the router in the browser."),
    ("spike-duckdb-reports", "Spike: reports without a warehouse."),
    ("spike-temporal", "Spike: sagas with a workflow engine."),
    ("spike-htmx-backoffice", "Spike: a back office without a build step."),
    ("spike-event-sourcing-slots", "Spike: slots as events."),
    ("spike-vector-search-docs", "Spike: search over documents by meaning."),
    ("spike-rust-lambda", "Spike: cold starts of Rust functions."),
    ("spike-grpc-web", "Spike: gRPC straight from the browser."),
    ("poc-digital-cmr", "Proof of concept for electronic consignment notes."),
    ("poc-rail-tracking", "Proof of concept: wagons tracked by their numbers."),
    ("poc-customer-chat", "Proof of concept for the pilot customers."),
    ("poc-slot-auction", "Proof of concept: auctions for the good slots."),
    ("poc-empty-leg-exchange", "Proof of concept: empty legs offered to others."),
    ("workshop-kubernetes", "Exercises of the Kubernetes workshop."),
    ("workshop-testing", "Exercises of the testing workshop."),
    ("workshop-sql", "Exercises of the SQL workshop."),
    ("workshop-observability", "Exercises of the observability workshop."),
    ("kata-bin-packing", "A kata we do with new colleagues."),
    ("advent-of-code-{year}", "Solutions of everybody who took part."),
    ("dojo-{login}", "Notes and exercises."),
    ("try-{login}", "Trying things."),
    ("demo-day-{year}", "What we showed on demo day."),
    ("bookclub-exercises", "Exercises from the books we read."),
];

/// Last words of topics that say already what something is; no second one goes behind them.
pub(in crate::demo::company) const ROLES: &[&str] = &[
    "app",
    "archive",
    "bot",
    "bridge",
    "broker",
    "builder",
    "calculator",
    "classifier",
    "cli",
    "collector",
    "dags",
    "dashboard",
    "engine",
    "export",
    "features",
    "feed",
    "gateway",
    "import",
    "ingest",
    "ingestion",
    "janitor",
    "jobs",
    "limits",
    "migrations",
    "model",
    "models",
    "operator",
    "optimizer",
    "pipeline",
    "planner",
    "quality",
    "relay",
    "reporter",
    "reports",
    "router",
    "runners",
    "runs",
    "scanner",
    "scheduler",
    "service",
    "serving",
    "shell",
    "simulator",
    "sync",
    "tools",
    "training",
    "translator",
    "widget",
];

/// Topics that somebody has in hand on the way: there may be an app.
pub(in crate::demo::company) const IN_HAND: &[&str] = &[
    "bookings",
    "cab-navigation",
    "claim-intake",
    "cross-dock",
    "cycle-counts",
    "delivery-windows",
    "desk-booking",
    "driver-documents",
    "driver-messages",
    "drop-off-points",
    "gate-control",
    "grading",
    "handheld",
    "hub-sorting",
    "incident-log",
    "load-carriers",
    "pick-tours",
    "portal",
    "proof-of-delivery",
    "putaway",
    "quality-inspection",
    "quotes",
    "receiving",
    "returns",
    "shift-handover",
    "shipment-timeline",
    "slot-booking",
    "stock-moves",
    "time-clock",
    "tour-execution",
    "vehicle-registry",
    "watchlists",
    "yard-map",
];

/// Those of them that are scanned.
pub(in crate::demo::company) const ON_SCANNERS: &[&str] = &[
    "cross-dock",
    "cycle-counts",
    "gate-control",
    "grading",
    "hub-sorting",
    "load-carriers",
    "pick-tours",
    "putaway",
    "quality-inspection",
    "receiving",
    "returns",
    "stock-moves",
];

/// What topics mean by themselves where that is no service like any other: what for, in which language, and their words.
pub(in crate::demo::company) const NATIVE: &[((Purpose, Language), &[&str])] = &[
    (
        (Purpose::Web, Language::TypeScript),
        &[
            "agent-desktop",
            "blog",
            "careers",
            "chat-widget",
            "component-playground",
            "customs-desk",
            "developer-portal",
            "dispatch-board",
            "doc-review",
            "doorstep",
            "help-center",
            "kpi-wall",
            "landing-pages",
            "ops-map",
            "pack-station",
            "portal",
            "portal-dashboard",
            "quayside",
            "sales-cockpit",
            "supplier-portal",
            "tracking-page",
            "web-shell",
            "website",
        ],
    ),
    ((Purpose::Mobile, Language::TypeScript), &["driver-app"]),
    ((Purpose::Mobile, Language::Kotlin), &["cab-navigation", "handheld"]),
    (
        (Purpose::Pipeline, Language::Python),
        &[
            "airflow-dags",
            "attribution",
            "backtest",
            "churn-model",
            "dbt-models",
            "eta-features",
            "eta-training",
            "finance-mart",
            "ocr-pipeline",
            "seasonality",
            "shipment-mart",
            "training-documents",
            "training-jobs",
        ],
    ),
    (
        (Purpose::Service, Language::Python),
        &["demand-forecast", "doc-classifier", "doc-extract", "drift-monitor", "experiment-stats", "model-serving", "staffing-forecast"],
    ),
    (
        (Purpose::Service, Language::Go),
        &[
            "autoscaler",
            "backup-operator",
            "cluster-bootstrap",
            "deploy-operator",
            "ingress",
            "log-router",
            "metrics-gateway",
            "node-janitor",
            "postgres-operator",
            "service-mesh",
            "trace-collector",
        ],
    ),
    ((Purpose::Tool, Language::Go), &["bq-cli"]),
];
