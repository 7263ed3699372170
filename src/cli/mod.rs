//! Arguments, configuration, one file per command.
//!
//! # Invariants
//! - Data goes to standard output, everything else to standard error.
//! - A command behaves the same whether it opens the data folder itself or talks to the server that holds it.
//! - The exit code says how it ended; see [`Exit`].

mod backup;
mod cause;
mod check;
mod client;
mod collect;
mod completions;
mod config;
mod config_schema;
mod confirm;
mod demo;
mod diff;
mod engine;
mod exit;
mod explain;
mod export;
mod hands;
mod import;
mod length;
mod link;
mod office;
mod open;
mod output;
mod progress;
mod push;
mod query;
mod report;
mod restore;
mod retire;
mod schema;
mod serve;
mod show;
mod sources;
mod token;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use config::{Config, Environment, Flags};
use exit::Failure;
use output::Output;

pub use exit::Exit;

/// A single point of truth with a memory: what every service is, whose it is and what it depends on, today and on any
/// past day.
#[derive(Debug, Parser)]
#[command(name = "spot", version, max_term_width = 100, after_help = Exit::HELP)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Args)]
struct Global {
    /// The configuration file; spot.toml in the working directory if it is there
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// API, web pages and schedule in one process
    Serve(serve::Arguments),
    /// A simulated company, collected by the real collectors, and the web pages on it
    Demo(demo::Arguments),
    /// Is the configuration right, and can every source be read?
    Check(check::Arguments),
    /// Ask a GraphQL question from the terminal
    Query(query::Arguments),
    /// One entity as it stood at a moment
    Show(show::Arguments),
    /// What changed between two moments
    Diff(diff::Arguments),
    /// What a week was like: the facts, in words and charts
    Report(report::Arguments),
    /// What was read from a file or folder, by which rule, and what was refused
    Explain(explain::Arguments),
    /// Run collectors now
    Collect(collect::Arguments),
    /// Say which entity a resource of a source is
    Link(link::Arguments),
    /// Say whether a deployment caused an incident
    Cause(cause::Arguments),
    /// Record values of metrics from a CSV file, such as NPS or cost
    Push(push::Arguments),
    /// End what is missing in a source, and held back because it is much
    Confirm(confirm::Arguments),
    /// End what a source, or one scope of it, stated
    Retire(retire::Arguments),
    /// Make, list and revoke tokens
    Token(token::Arguments),
    /// Check every checksum, and that index and archive agree
    Verify(verify::Arguments),
    /// Copy the data folder, also while a server holds it
    Backup(backup::Arguments),
    /// Write everything that is kept to a file that any version imports
    Export(export::Arguments),
    /// Fill an empty data folder from an export; no server may hold it
    Import(import::Arguments),
    /// Start again from journal and archive alone; no server may hold the data folder
    Restore(restore::Arguments),
    /// Print the GraphQL schema
    Schema(schema::Arguments),
    /// Print the JSON schema of spot.toml, for editors
    ConfigSchema(config_schema::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

/// What every command is handed.
struct Context {
    flags: Flags,
    environment: Environment,
    output: Output,
}

impl Context {
    /// The configuration, with what the command's own flags add.
    fn config(&self, add: impl FnOnce(&mut Flags)) -> Result<Config, Failure> {
        let mut flags = self.flags.clone();
        add(&mut flags);
        for warning in self.environment.unknown() {
            tracing::warn!("unknown variable {warning}");
        }
        config::read(&flags, &self.environment).map_err(|error| Failure::new(Exit::Usage, error))
    }
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    // Prints help, versions and usage errors itself, with exit code 2 for the latter.
    let arguments = Arguments::parse();
    let environment = Environment::of_process();
    let output = Output::new(!environment.no_color());
    start_log(&environment, matches!(arguments.command, Command::Serve(_)));
    let flags = Flags { config: arguments.global.config, data: arguments.global.data, ..Flags::default() };
    let context = Context { flags, environment, output };
    let ended = dispatch(&context, arguments.command);
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) if output::is_broken_pipe(&failure.error) => Exit::Success.into(),
        Err(failure) => {
            context.output.error(&format!("{:#}", failure.error));
            failure.exit.into()
        }
    }
}

fn dispatch(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Serve(arguments) => block_on(serve::run(context, arguments)),
        Command::Demo(arguments) => block_on(demo::run(context, arguments)),
        Command::Check(arguments) => block_on(check::run(context, arguments)),
        Command::Query(arguments) => block_on(query::run(context, arguments)),
        Command::Show(arguments) => block_on(show::run(context, arguments)),
        Command::Diff(arguments) => block_on(diff::run(context, arguments)),
        Command::Report(arguments) => block_on(report::run(context, arguments)),
        Command::Explain(arguments) => explain::run(context, arguments),
        Command::Collect(arguments) => block_on(collect::run(context, arguments)),
        Command::Cause(arguments) => block_on(cause::run(context, arguments)),
        Command::Link(arguments) => block_on(link::run(context, arguments)),
        Command::Push(arguments) => block_on(push::run(context, arguments)),
        Command::Confirm(arguments) => block_on(confirm::run(context, arguments)),
        Command::Retire(arguments) => block_on(retire::run(context, arguments)),
        Command::Token(arguments) => block_on(token::run(context, arguments)),
        Command::Verify(arguments) => block_on(verify::run(context, arguments)),
        Command::Backup(arguments) => block_on(backup::run(context, arguments)),
        Command::Export(arguments) => block_on(export::run(context, arguments)),
        Command::Import(arguments) => block_on(import::run(context, arguments)),
        Command::Restore(arguments) => block_on(restore::run(context, arguments)),
        Command::Schema(arguments) => schema::run(context, arguments),
        Command::ConfigSchema(arguments) => config_schema::run(context, arguments),
        Command::Completions(arguments) => completions::run(context, arguments),
    }
}

fn block_on(future: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let ended = runtime.block_on(future);
    // Work that does not listen to anything must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended
}

/// The log goes to standard error: what a server does by default, only warnings of a command.
fn start_log(environment: &Environment, serves: bool) {
    let default = if serves { "info" } else { "warn" };
    let filter = EnvFilter::builder().parse_lossy(environment.log_filter().unwrap_or(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(output::colours_stderr(environment)).init();
}
