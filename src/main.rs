//! Start-up and exit code, nothing else.

use std::process::ExitCode;

/// Replaying histories makes and drops many small values: this allocator gives their memory back afterwards.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    spot::cli::run()
}
