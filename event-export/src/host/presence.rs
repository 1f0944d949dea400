//! What the program sets up itself, a logger or a subscriber: where it never does, that is said once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::io::warn;

/// Whether what is written to was there, which the end of an export looks at.
#[derive(Debug, Default)]
pub(crate) struct SetUp {
    /// What to say was never there, if that is to be said.
    wanted: Option<&'static str>,
    was_there: AtomicBool,
    was_missing: AtomicBool,
}

impl SetUp {
    /// One whose absence is said: `wanted` is what writes nothing, and why.
    pub(crate) const fn wanted(wanted: &'static str) -> Self {
        Self {
            wanted: Some(wanted),
            was_there: AtomicBool::new(false),
            was_missing: AtomicBool::new(false),
        }
    }

    /// Notes that there was something to write, and whether there was anything to write it to.
    pub(crate) fn note(&self, is_there: bool) {
        let seen = if is_there {
            &self.was_there
        } else {
            &self.was_missing
        };
        // Relaxed: only the flag itself counts. Not always stored, so that threads do not take it from one another.
        if !seen.load(Ordering::Relaxed) {
            seen.store(true, Ordering::Relaxed);
        }
    }

    /// Says it, once, if it was missing whenever there was something to write.
    pub(crate) fn finish(&self) {
        let was_there = self.was_there.swap(true, Ordering::Relaxed);
        if let (Some(what), false, true) = (
            self.wanted,
            was_there,
            self.was_missing.load(Ordering::Relaxed),
        ) {
            warn::say(format_args!("{what}: the program has set up none"));
        }
    }
}

impl Drop for SetUp {
    fn drop(&mut self) {
        self.finish();
    }
}
