//! Warnings on stderr about output that cannot be written. They never stop the program.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use event_core::__private::escaped;

/// Prints its first warning and drops the rest.
#[derive(Debug, Default)]
pub(crate) struct WarnOnce {
    has_warned: AtomicBool,
}

impl WarnOnce {
    pub(crate) fn warn(&self, message: impl Display) {
        // Relaxed: no other memory depends on the flag.
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            warn(message);
        }
    }
}

/// Prints a warning about an output that is left out.
pub(crate) fn warn(message: impl Display) {
    note(format_args!("{message}; the program continues without it"));
}

/// Prints a line.
pub(crate) fn note(message: impl Display) {
    let message = message.to_string();
    let message = escaped(&message);
    // `eprintln!` would panic if stderr is closed.
    let _ = writeln!(io::stderr(), "event-export: {message}");
}
