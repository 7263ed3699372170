//! `spot schema`: the GraphQL schema, as `schema.graphql` keeps it.

use async_graphql::SDLExportOptions;

use crate::api;
use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(context: &Context, _: Arguments) -> Result<Exit, Failure> {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    context.output.data(&api::schema().sdl_with_options(options))?;
    Ok(Exit::Success)
}
