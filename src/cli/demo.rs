//! `spot demo`: a simulated company, collected by the real collectors, and the web pages on it.
//!
//! # Invariants
//! - Nothing here hands a fact to spot: collectors read it over HTTP from servers that speak the sources' protocols.
//! - The clock only moves forward: weekly looks at what sources forget, then a month day by day, then the present. What
//!   sources remember of the year is filled in last, while the pages are used. Then the last weekly reports are sent to the
//!   company's chat, which is on loopback as all of its systems are.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use anyhow::Context as _;
use futures::StreamExt;
use futures::future::join_all;
use url::Url;

use crate::access::Caller;
use crate::cli::config::{
    ArgoCdConfig, ChannelConfig, Config, ConfluenceConfig, ConsulConfig, GitHubConfig, GitHubCredentials, GitHubIssuesConfig,
    JenkinsConfig, JiraConfig, KubernetesConfig, PackagesConfig, PagerDutyConfig, RegistryConfig, ReportConfig, Schedule, SonarQubeConfig,
    Timing, USUAL, Way, ZendeskConfig,
};
use crate::cli::engine::SpotEngine;
use crate::cli::exit::{Exit, Failure};
use crate::cli::length::Length;
use crate::cli::output::Output;
use crate::cli::{Context, open, serve, sources};
use crate::collect::cdevents::Sender;
use crate::collect::github_issues::Bugs;
use crate::collect::http::{Outside, Patience, Secret};
use crate::collect::{confluence, consul, jenkins, jira, kubernetes, packages, pagerduty, zendesk};
use crate::demo::cdevents::pushes;
use crate::demo::clock::SimulatedClock;
use crate::demo::company::delivery::CommitIds;
use crate::demo::company::{Company, Shape};
use crate::demo::mattermost;
use crate::demo::systems::{ClusterServer, Systems};
use crate::demo::zendesk::AREA_TITLE;
use crate::ingest::schedule::system_clock;
use crate::ingest::supervise::RunHandle;
use crate::model::run::Trigger;
use crate::model::{Clock, Day, Instant, Policy, Zone};
use crate::report::week::last_complete;
use crate::server::{AdminRequest, Engine as _, Progress, WEBHOOK_PATH};

/// Days before the present that are collected one by one.
const DAYS: i32 = 30;
/// Every so many weekly looks are told of.
const WEEKS_TOLD: usize = 8;
/// The time of day at which the company is looked at, in seconds after midnight: what was done on a day is seen on it.
const EVENING: i64 = 23 * 3600;
/// How often tools are looked at for what they did.
const TELLING: Duration = Duration::from_secs(30);
/// Requests of theirs at the same time.
const AT_ONCE: usize = 100;
/// So many weeks before the present one are told in the chat.
const WEEKS_REPORTED: usize = 3;
/// Where the company is.
const ZONE: &str = "Europe/Berlin";

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A loopback address and port; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// How large the company is
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    repositories: u32,
    /// Another seed, another company
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only start the company's systems as they are today, and print a spot.toml that reads them
    #[arg(long)]
    systems: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let started = Stopwatch::now();
    let signals = serve::Signals::listen()?;
    // The folder is kept until the end, and removed then.
    let (data, _folder) = data_folder(context)?;
    let real = system_clock();
    let shape = Shape { seed: arguments.seed, repositories: arguments.repositories as usize, end: real().plus_seconds(86_400) };
    context.output.note(&format!("making a company of {} repositories", arguments.repositories));
    let company = tokio::task::spawn_blocking(move || Company::generate(&shape)).await.map_err(anyhow::Error::from)?;
    let company = Arc::new(company);
    if arguments.systems {
        return only_systems(context, &company, &real, signals).await;
    }
    let zone: Zone = ZONE.parse().map_err(anyhow::Error::from)?;
    let first = zone.day_of(company.history.start).next();
    let clock = SimulatedClock::at(zone.start_of(first).plus_seconds(EVENING));
    let systems = Systems::start(&company, &clock.clock()).await.context("the company's systems cannot be started")?;
    let config = config(&systems, &company, zone, data, listen_at(arguments.listen)?)?;
    let outside = Outside {
        clock: clock.clock(),
        pause: {
            let clock = clock.clone();
            Arc::new(move |duration| clock.pause(duration))
        },
        jitter: Arc::new(|| 0.5),
        patience: Patience::default(),
    };
    let engine = open::open_with(&config, &outside).await?;
    let served = serve::listen(context, &config, &engine).await?;
    let pusher = Pusher {
        company: Arc::clone(&company),
        ids: systems.commit_ids().clone(),
        url: format!("http://{}{WEBHOOK_PATH}", served.address),
        secret: systems.sender().1,
        client: reqwest::Client::new(),
        told_until: tokio::sync::Mutex::new(company.history.start),
    };
    let chat = systems.mattermost.url();
    let replay = Replay { output: context.output, engine: Arc::clone(&engine), config, clock, outside, real, started, pusher, chat };
    let task = tokio::spawn(async move {
        // The systems live as long as somebody may ask them.
        let _systems = systems;
        if let Err(failure) = replay.run().await {
            replay.output.error(&format!("{:#}", failure.error));
        }
        // From now on tools tell of what they do as it happens, as long as anybody listens.
        let mut ticks = tokio::time::interval(TELLING);
        loop {
            ticks.tick().await;
            replay.push().await;
        }
    });
    let signals = signals.wait().await;
    task.abort();
    serve::stop(signals, engine, served).await;
    Ok(Exit::Success)
}

/// Serves the systems until a signal comes; the configuration that reads them is data.
async fn only_systems(context: &Context, company: &Arc<Company>, real: &Clock, signals: serve::Signals) -> Result<Exit, Failure> {
    let systems = Systems::start(company, real).await.context("the company's systems cannot be started")?;
    context.output.data(&systems.configuration(&company.login, ZONE, "1y"))?;
    signals.wait().await;
    Ok(Exit::Success)
}

/// An empty folder: the one that was named, or one for this run alone.
fn data_folder(context: &Context) -> Result<(PathBuf, Option<tempfile::TempDir>), Failure> {
    match &context.flags.data {
        Some(data) if std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) => {
            Err(Failure::new(Exit::Usage, anyhow::anyhow!("{} is not empty; the demo company begins in an empty folder", data.display())))
        }
        Some(data) => Ok((data.clone(), None)),
        None => {
            let folder = tempfile::Builder::new().prefix("spot-demo").tempdir().map_err(anyhow::Error::from)?;
            Ok((folder.path().to_owned(), Some(folder)))
        }
    }
}

/// Where the pages are. A free port is taken before anything is written that leads there.
fn listen_at(wanted: Option<SocketAddr>) -> Result<SocketAddr, Failure> {
    match wanted {
        Some(wanted) if wanted.port() == 0 => {
            Ok(std::net::TcpListener::bind(wanted).and_then(|bound| bound.local_addr()).context("there is no free port")?)
        }
        Some(wanted) => Ok(wanted),
        None => Ok(SocketAddr::from(([127, 0, 0, 1], 7070))),
    }
}

/// What a company of its own would have written into spot.toml.
fn config(systems: &Systems, company: &Company, zone: Zone, data: PathBuf, listen: SocketAddr) -> Result<Config, Failure> {
    let address = |text: &str| -> Result<Url, Failure> { Ok(text.parse().map_err(anyhow::Error::from)?) };
    let timing = |backfill: bool| Timing {
        schedule: Schedule::Every(Length::hours(24)),
        backfill: backfill.then(|| Length::days(366)),
        timeout: Length::hours(1),
    };
    let token = || Secret::new(systems.token());
    let mut registries = Vec::new();
    for registry in systems.registries() {
        registries.push(RegistryConfig {
            name: registry.name.to_owned(),
            kind: registry.kind,
            url: address(&registry.url)?,
            patterns: registry.patterns.clone(),
            user: None,
            token: Some(token()),
        });
    }
    let github = GitHubConfig {
        url: address(&systems.github.url())?,
        organisations: vec![company.login.clone()],
        repositories: Vec::new(),
        credentials: GitHubCredentials::Token(token()),
        owner_properties: vec!["owner-team".to_owned()],
        archived: true,
        forks: true,
        pipeline_runs: true,
        timing: timing(true),
    };
    let production = || vec!["production".to_owned()];
    Ok(Config {
        data,
        listen,
        policy: Policy { zone, ..Policy::default() },
        access: Default::default(),
        git: None,
        github_issues: Some(GitHubIssuesConfig {
            github: github.clone(),
            bugs: Bugs { production_labels: production(), ..Bugs::default() },
            timing: timing(true),
        }),
        github: Some(github),
        sonarqube: Some(SonarQubeConfig {
            url: address(&systems.sonarqube.url())?,
            organisation: None,
            token: Some(token()),
            link: Some("{owner}_{repo}".to_owned()),
            timing: timing(true),
        }),
        kubernetes: Some(KubernetesConfig { read: kubernetes::Config::new(clusters(systems)?), timing: timing(false) }),
        packages: Some(PackagesConfig {
            deps_dev: Some(address(&systems.deps_dev.url())?),
            osv: Some(address(&systems.osv.url())?),
            end_of_life: Some(address(&systems.end_of_life.url())?),
            registries,
            client_files: Vec::new(),
            timing: timing(false),
        }),
        consul: Some(ConsulConfig {
            sources: consul::Config {
                token: Some(token()),
                kv_prefixes: vec!["config/{service}/".to_owned()],
                ..consul::Config::new(address(&systems.consul.url())?)
            },
            timing: timing(false),
        }),
        confluence: Some(ConfluenceConfig {
            sources: confluence::Config {
                email: Some(systems.account().to_owned()),
                token: Some(token()),
                spaces: company.wiki.spaces.iter().map(|space| space.key.clone()).collect(),
                ..confluence::Config::new(address(&systems.confluence.url())?)
            },
            timing: timing(false),
        }),
        argocd: Some(ArgoCdConfig {
            url: address(&systems.argocd.url())?,
            token: Some(token()),
            user: None,
            projects: Vec::new(),
            selector: None,
            labels: [None, None, None],
            timing: timing(false),
        }),
        jenkins: Some(JenkinsConfig {
            sources: jenkins::Config {
                user: Some((systems.user().to_owned(), token())),
                ..jenkins::Config::new(address(&systems.jenkins.url())?)
            },
            timing: timing(true),
        }),
        pagerduty: Some(PagerDutyConfig {
            sources: pagerduty::Config {
                url: address(&systems.pagerduty.url())?,
                features: pagerduty::Features::Field("affected_features".to_owned()),
                ..pagerduty::Config::new(pagerduty::Credentials::Key(token()))
            },
            timing: timing(true),
        }),
        statuspage: None,
        jira: Some(JiraConfig {
            sources: jira::Config {
                email: Some(systems.account().to_owned()),
                token: Some(token()),
                production: jira::Production { labels: production(), ..jira::Production::default() },
                ..jira::Config::new(address(&systems.jira.url())?)
            },
            timing: timing(true),
        }),
        zendesk: Some(ZendeskConfig {
            sources: {
                let credentials = zendesk::Credentials::Token { email: systems.account().to_owned(), token: token() };
                let mut sources = zendesk::Config::new(address(&systems.zendesk.url())?, credentials);
                sources.features.field = Some(AREA_TITLE.to_owned());
                sources
            },
            timing: timing(true),
        }),
        senders: vec![Sender { name: systems.sender().0.to_owned(), secret: Secret::new(systems.sender().1) }],
        csv: None,
        report: Some(ReportConfig { cron: USUAL.to_owned(), url: None, hold_seconds: 2 * 86_400, channels: channels(systems)? }),
        file: None,
    })
}

/// The channels of the chat, each reached by its hook.
fn channels(systems: &Systems) -> Result<Vec<ChannelConfig>, Failure> {
    let channel = |channel: &mattermost::Channel| -> Result<ChannelConfig, Failure> {
        let of = channel.team.as_ref().map(|team| format!("team:{team}").parse()).transpose().map_err(anyhow::Error::from)?;
        Ok(ChannelConfig { name: channel.name.clone(), of, way: Way::Mattermost(Secret::new(systems.hook(channel))) })
    };
    systems.channels.iter().map(channel).collect()
}

/// The clusters, each reached by its address.
fn clusters(systems: &Systems) -> Result<Vec<kubernetes::Cluster>, Failure> {
    let cluster = |cluster: &ClusterServer| -> Result<kubernetes::Cluster, Failure> {
        let url = cluster.server.url().parse().map_err(anyhow::Error::from)?;
        Ok(kubernetes::Cluster {
            name: cluster.name.clone(),
            access: kubernetes::Access::Server { url, token: Some(Secret::new(systems.token())) },
            region: Some(cluster.region.to_owned()),
            datacenter: cluster.is_datacenter.then(|| cluster.region.to_owned()),
            environment: Some(cluster.environment.to_owned()),
        })
    };
    systems.clusters.iter().map(cluster).collect()
}

/// Lets the company's year pass.
struct Replay {
    output: Output,
    engine: Arc<SpotEngine>,
    config: Config,
    clock: SimulatedClock,
    outside: Outside,
    real: Clock,
    started: Stopwatch,
    pusher: Pusher,
    /// The address of the chat.
    chat: String,
}

/// Tells spot of what the company's tools do.
struct Pusher {
    company: Arc<Company>,
    ids: CommitIds,
    url: String,
    secret: &'static str,
    client: reqwest::Client,
    told_until: tokio::sync::Mutex<Instant>,
}

impl Pusher {
    /// Sends what is due by now, many at a time. How many were not taken.
    async fn send(&self, now: Instant) -> usize {
        let mut told_until = self.told_until.lock().await;
        let due = pushes(&self.company, &self.ids, &(*told_until..now), now, self.secret);
        *told_until = now.max(*told_until);
        let taken = futures::stream::iter(due).map(|push| async move {
            let request = push.headers.iter().fold(self.client.post(&self.url), |request, (name, value)| request.header(*name, value));
            request.body(push.body).send().await.is_ok_and(|response| response.status().is_success())
        });
        taken.buffer_unordered(AT_ONCE).filter(|taken| std::future::ready(!taken)).count().await
    }
}

impl Replay {
    /// What tools tell until now.
    async fn push(&self) {
        let refused = self.pusher.send(self.clock.now()).await;
        if refused > 0 {
            self.note(&format!("webhook: {refused} requests were not taken"));
        }
    }

    async fn run(&self) -> Result<(), Failure> {
        let zone = &self.config.policy.zone;
        let today = zone.day_of((self.real)());
        let first_daily = Day::from_number(today.number() - DAYS);
        self.weekly(zone.day_of(self.clock.now()), first_daily).await;
        for day in (first_daily.number()..today.number()).map(Day::from_number) {
            self.clock.set(zone.start_of(day).plus_seconds(EVENING));
            self.day().await;
            let done = day.number() - first_daily.number() + 1;
            self.note(&format!("collected {day}, day {done} of {DAYS}"));
        }
        // Today, as of now; from here on time passes by itself.
        self.clock.follow(Arc::clone(&self.real));
        self.day().await;
        self.note("collected today; the year before is being filled in");
        self.engine.start().await?.await.map_err(anyhow::Error::from)?;
        self.note("the year is complete");
        self.report().await;
        Ok(())
    }

    /// Sends the reports of the last weeks, which nobody sent while they were the last ones: what is told of them was not known.
    async fn report(&self) {
        let last = last_complete(&self.config.policy.zone, self.clock.now());
        for week in last.series(WEEKS_REPORTED) {
            for channel in self.config.report.iter().flat_map(|report| &report.channels) {
                let request = AdminRequest::SendReport { channel: channel.name.clone(), week: Some(week), again: false };
                if let Err(error) = self.engine.administer(request, &Caller::local("demo"), Progress::channel().0).await {
                    self.note(&format!("the report of {week} was not sent to {}: {error}", channel.name));
                }
            }
        }
        self.note(&format!("the last {WEEKS_REPORTED} weekly reports are in the chat at {}", self.chat));
    }

    /// Looks once a week at what sources do not remember.
    async fn weekly(&self, from: Day, until: Day) {
        let forgetful = sources::forgetful(&self.config, &self.outside);
        let sources: Vec<String> = forgetful.iter().map(|collector| collector.source().to_owned()).collect();
        let looks = self.engine.beside(forgetful, Length::days(7));
        let weeks: Vec<Day> = (from.number()..until.number()).step_by(7).map(Day::from_number).collect();
        for (day, done) in weeks.iter().zip(1..) {
            self.clock.set(self.config.policy.zone.start_of(*day).plus_seconds(EVENING));
            let runs = sources.iter().filter_map(|source| looks.request(source, Trigger::Schedule).ok());
            join_all(runs.map(RunHandle::report)).await;
            if done % WEEKS_TOLD == 0 || done == weeks.len() {
                self.note(&format!("looked at {day}, week {done} of {}", weeks.len()));
            }
        }
        looks.shutdown(Duration::from_secs(1)).await;
    }

    /// One look at every source: at the packages when all others have told what is in use.
    async fn day(&self) {
        self.push().await;
        let (packages, others): (Vec<&str>, Vec<&str>) =
            self.config.timings().into_iter().map(|(source, _)| source).partition(|source| *source == packages::DESCRIPTOR.name);
        for sources in [others, packages] {
            join_all(sources.into_iter().map(|source| self.look(source))).await;
        }
    }

    async fn look(&self, source: &str) {
        if let Some(report) = self.engine.collect_now(source).await
            && let Some(message) = report.message
        {
            self.note(&format!("{source}: {message}"));
        }
    }

    fn note(&self, text: &str) {
        self.output.note(&format!("{:>6.1} s  {text}", self.started.elapsed().as_secs_f64()));
    }
}
