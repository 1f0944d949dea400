//! Child processes: a test runs its own program again and checks what that process writes.

use std::process::{Command, Output};

/// The environment variable that marks a child process. Its value is the child's mode.
const MODE: &str = "EVENT_EXPORT_TEST_CHILD";

/// Prepares a child process that runs only the test `test`, without any exporter configured.
///
/// The test finds `mode` by calling [`mode`].
pub(crate) fn command(test: &str, mode: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(MODE, mode)
        .env("RUST_BACKTRACE", "0")
        .env_remove("EVENT_EXPORT")
        .env_remove("EVENT_KINDS")
        .env_remove("EVENT_FUNCTIONS")
        .env_remove("EVENT_REDACT");
    command
}

/// Returns the mode that the parent process passed to [`command`], or `None` in the parent process.
pub(crate) fn mode() -> Option<String> {
    std::env::var(MODE).ok()
}

/// Returns the name of the test function that contains the macro call.
macro_rules! current_test {
    () => {{
        fn marker() {}
        crate::support::child::enclosing_function(marker)
    }};
}

pub(crate) use current_test;

/// Returns the path of the function that declares `marker`, without the name of the crate.
pub(crate) fn enclosing_function<F: Fn()>(_marker: F) -> &'static str {
    let path = std::any::type_name::<F>();
    let path = path.strip_suffix("::marker").unwrap();
    let (_crate_name, function) = path.split_once("::").unwrap();
    function
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns the lines that event-export wrote to stderr.
pub(crate) fn warnings(output: &Output) -> Vec<String> {
    let text = stderr(output);
    let lines = text
        .lines()
        .filter(|line| line.starts_with("event-export: "));
    lines.map(str::to_owned).collect()
}

/// Runs `child`, which must succeed. Returns the messages that event-export wrote to stderr.
pub(crate) fn messages(child: &mut Command) -> Vec<String> {
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = warnings(&output).into_iter();
    lines
        .map(|line| line.replacen("event-export: ", "", 1))
        .collect()
}

/// Runs `child` on a pseudo-terminal and returns what the terminal receives.
///
/// `setup` is a shell command that runs first, for example `stty rows 24 cols 120`. Returns `None`
/// if the program `script` (util-linux) is not installed.
#[cfg(target_os = "linux")]
pub(crate) fn run_on_terminal(child: &Command, setup: &str) -> Option<String> {
    let program = child.get_program().to_str().unwrap();
    let arguments: Vec<_> = child.get_args().map(|it| it.to_str().unwrap()).collect();
    let line = format!("{setup} '{program}' {}", arguments.join(" "));
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR");
    copy_environment(child, &mut command);
    let output = command.output().ok()?;
    Some(stdout(&output))
}

/// Sets or removes the variables in `to` that were set or removed in `from`.
pub(crate) fn copy_environment(from: &Command, to: &mut Command) {
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
}
