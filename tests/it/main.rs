//! The promises that spot makes, one file each, tested from outside.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on says why and stops")]

mod cli;
mod config;
mod counts;
mod documents;
mod embedded_ui;
mod git_truth;
mod house;
mod layers;
mod schema;
mod server;
mod support;
mod time_travel;
mod timeline;
mod torture;
