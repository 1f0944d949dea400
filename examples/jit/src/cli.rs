//! The command line: what to run, what to listen to, and what to print.
//!
//! Results go to the standard output, errors to the standard error with the exit status 1, or
//! 2 for a command line that makes no sense.

mod arguments;
mod call_text;
mod run;

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use arguments::{Arguments, HELP};

/// Parsing and compiling walk trees as deep as the source is nested.
const STACK: usize = 512 << 20;

/// Runs the program with the process's own arguments.
#[must_use]
pub fn main() -> ExitCode {
    // What `EVENT_EXPORT` asks for, until the process ends.
    let _exports = match event_export::from_env() {
        Ok(exports) => exports,
        Err(error) => return complain(&error.to_string(), 2),
    };
    let run = || match Arguments::parse(std::env::args_os().skip(1)) {
        Err(message) => complain(&format!("{message}\nTry `--help`."), 2),
        Ok(None) => print(HELP),
        Ok(Some(arguments)) => run::run(&arguments),
    };
    match thread::Builder::new().stack_size(STACK).spawn(run) {
        Ok(running) => running.join().unwrap_or(ExitCode::FAILURE),
        Err(error) => complain(&format!("no thread to run on: {error}"), 1),
    }
}

/// Prints `text`; a reader that went away, as in `| head`, is no error.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot print: {error}"), 1)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn complain(message: &str, status: u8) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(status)
}
