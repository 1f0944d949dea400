//! Whether the program installed the logger or the subscriber that an exporter writes to.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::io::warn::warn;

/// Records whether a backend was found when there was something to write, and warns at the end if
/// it never was.
#[derive(Debug, Default)]
pub(crate) struct BackendPresence {
    /// The start of the warning; none to disable it.
    warning: Option<&'static str>,
    was_present: AtomicBool,
    was_missing: AtomicBool,
}

impl BackendPresence {
    /// Returns a record that warns if the backend is missing. `warning` names what needs it.
    pub(crate) const fn required(warning: &'static str) -> Self {
        Self {
            warning: Some(warning),
            was_present: AtomicBool::new(false),
            was_missing: AtomicBool::new(false),
        }
    }

    /// Records whether the backend is present now. Call this when there is something to write.
    pub(crate) fn record(&self, is_present: bool) {
        let flag = if is_present {
            &self.was_present
        } else {
            &self.was_missing
        };
        // Relaxed: no other memory depends on the flag. It is stored once, so that its cache line
        // stays shared.
        if !flag.load(Ordering::Relaxed) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Warns, once, if the backend was missing each time.
    pub(crate) fn finish(&self) {
        // The swap sets the flag, so that a second call does not warn.
        let was_present = self.was_present.swap(true, Ordering::Relaxed);
        let was_missing = self.was_missing.load(Ordering::Relaxed);
        if let Some(warning) = self.warning.filter(|_| was_missing && !was_present) {
            warn(format_args!("{warning}, but the program has set up none"));
        }
    }
}

impl Drop for BackendPresence {
    fn drop(&mut self) {
        self.finish();
    }
}
