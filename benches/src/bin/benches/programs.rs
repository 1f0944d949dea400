//! The programs that the runner runs: they stand beside it, and are built first.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Builds the package's programs.
pub(crate) fn build() -> io::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args([
        "build",
        "--quiet",
        "--release",
        "--package",
        "benches",
        "--bins",
    ]);
    output(build.current_dir(env!("CARGO_MANIFEST_DIR"))).map(drop)
}

/// Returns where the program `name` is.
pub(crate) fn path(name: &str) -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// Runs `command` and returns what it printed.
///
/// # Errors
///
/// Returns an error with what it said on stderr when it fails.
pub(crate) fn output(command: &mut Command) -> io::Result<String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output()?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&stderr);
    Err(io::Error::other(format!("{command:?}: {status}\n{stderr}")))
}
