//! What goes wrong while a program runs: said once on stderr, and the program goes on.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an exporter has said that something went wrong.
#[derive(Debug, Default)]
pub(crate) struct Trouble(AtomicBool);

impl Trouble {
    pub(crate) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Says `what` went wrong, unless something has been said before.
    pub(crate) fn report(&self, what: impl Display) {
        // Relaxed: only the flag itself counts.
        if !self.0.swap(true, Ordering::Relaxed) {
            say(what);
        }
    }
}

/// Says it whatever has been said before.
pub(crate) fn say(what: impl Display) {
    use std::io::Write;
    // Not `eprintln!`, which panics where stderr is closed.
    let _ = writeln!(
        std::io::stderr(),
        "event-export: {what}; the program goes on without it"
    );
}
