//! `spot schema`: the GraphQL schema, as `schema.graphql` keeps it.

use crate::api;
use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(context: &Context, _: Arguments) -> Result<Exit, Failure> {
    context.output.data(&api::sdl())?;
    Ok(Exit::Success)
}
