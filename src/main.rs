//! Start-up and exit code, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    spot::cli::run()
}
