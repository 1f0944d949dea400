//! The command line program: runs one call and reports its events.
//!
//! Results go to standard output and errors to standard error. The exit status of an error is 1, or
//! 2 if the command line is invalid.

mod arguments;
mod call_text;
mod run;

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use arguments::{Arguments, HELP};

/// Size of the main thread's stack. Parsing and compiling recurse as deep as the source is nested.
const STACK: usize = 512 << 20;

/// Runs the program with the process's own arguments.
#[must_use]
pub fn main() -> ExitCode {
    // Keeps the exporters named by `EVENT_EXPORT` installed until the program ends.
    let _exporters = match event_export::from_env() {
        Ok(exporters) => exporters,
        Err(error) => return fail(&error.to_string(), 2),
    };
    let run = || match Arguments::parse(std::env::args_os().skip(1)) {
        Err(message) => fail(&format!("{message}\nTry `--help`."), 2),
        Ok(None) => print(HELP),
        Ok(Some(arguments)) => run::run(&arguments),
    };
    match thread::Builder::new().stack_size(STACK).spawn(run) {
        Ok(running) => running.join().unwrap_or(ExitCode::FAILURE),
        Err(error) => fail(&format!("cannot start a thread: {error}"), 1),
    }
}

/// Prints `text`. A closed pipe, as in `| head`, counts as success.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&format!("cannot print: {error}"), 1)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn fail(message: &str, status: u8) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(status)
}
