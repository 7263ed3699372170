//! The promises that spot makes, one file each, tested from outside.

mod cli;
mod config;
mod embedded_ui;
mod layers;
mod server;
mod support;
