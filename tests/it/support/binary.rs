//! The real binary, for the tests and the benchmarks.

use std::path::Path;
use std::process::{Command, Stdio};

/// The binary, without what the environment would tell it, in a folder without a configuration file.
pub(crate) fn spot(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spot"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("SPOT_") || name == "XDG_DATA_HOME") {
            command.env_remove(name);
        }
    }
    command.env("HOME", folder).current_dir(folder).stdin(Stdio::null());
    command
}
