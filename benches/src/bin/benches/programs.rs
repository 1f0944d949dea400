//! The package's other programs, which the runner builds and runs.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Builds all programs of the package.
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
    if !cfg!(feature = "peers") {
        // The runner itself was built without the peers.
        build.arg("--no-default-features");
    }
    output(build.current_dir(env!("CARGO_MANIFEST_DIR"))).map(drop)
}

/// Returns the path of the program `name`, which is in the runner's directory.
pub(crate) fn path(name: &str) -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// Runs `command` and returns its standard output.
///
/// # Errors
///
/// Returns an error with the text of stderr if the command fails.
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
