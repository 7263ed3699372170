//! The promises that spot makes, one file each, tested from outside.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on says why and stops")]

mod access;
mod actions;
mod board;
mod bugs;
mod cli;
mod commits;
mod config;
mod confluence;
mod consul;
mod contracts;
mod counts;
mod csv;
mod delivery;
mod documents;
mod embedded_ui;
mod events;
mod git_truth;
mod github;
mod house;
mod jira;
mod layers;
mod lists;
mod outdated;
mod packages;
mod pagerduty;
mod pushed;
mod quality;
mod registries;
mod relations;
mod reports_sent;
mod schema;
mod server;
mod sonarqube;
mod statuspage;
mod support;
mod time_travel;
mod timeline;
mod torture;
mod torture_sources;
mod weekly_report;
mod zendesk;
