//! `spot explain`: what was read from a file or folder, by which rule, and what was refused.

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Style;
use crate::collect::git::explain::{What, explain_catalog, explain_owner, explain_packages};
use crate::collect::git::open_tree;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to explain
    #[arg(value_enum)]
    subject: Subject,
    /// A file or folder of a clone, as it is committed; it need not exist any more
    path: PathBuf,
    /// One JSON object for each thing that was read, decided or refused
    #[arg(long)]
    json: bool,
}

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    /// Why is this the owner?
    Owner,
    /// Which packages were read, and for which service?
    Packages,
    /// What was read from descriptors?
    Catalog,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let (tree, path) = open_tree(&arguments.path).map_err(|error| Failure::new(Exit::NotFound, error))?;
    let lines = match arguments.subject {
        Subject::Owner => explain_owner(&tree, &path),
        Subject::Packages => explain_packages(&tree, &path),
        Subject::Catalog => explain_catalog(&tree, &path),
    };
    for line in &lines {
        if arguments.json {
            context.output.json(line)?;
            continue;
        }
        let text = line.to_string();
        let text = match line.what {
            What::Answer => context.output.paint(Style::Strong, &text),
            What::Refused => context.output.paint(Style::Bad, &text),
            What::Ignored => context.output.paint(Style::Faint, &text),
            What::Read | What::Stated => text,
        };
        context.output.data(&text)?;
    }
    Ok(Exit::Success)
}
