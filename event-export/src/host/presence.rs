//! Whether the program has events, and the logger or the subscriber that an exporter writes to.

use std::sync::Once;
#[cfg(any(feature = "log", feature = "tracing"))]
use std::sync::atomic::{AtomicBool, Ordering};

use crate::io::warn::note;
#[cfg(any(feature = "log", feature = "tracing"))]
use crate::io::warn::warn;

/// Prints, once, that the feature `off` compiles all events away.
#[cold]
pub(crate) fn report_off() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        note("the feature `off` of event-core compiles all events away, so the outputs are empty");
    });
}

/// Records whether a backend was found when there was something to write, and warns at the end if
/// it never was.
#[cfg(any(feature = "log", feature = "tracing"))]
#[derive(Debug, Default)]
pub(crate) struct BackendPresence {
    /// The start of the warning; none to disable it.
    warning: Option<&'static str>,
    was_present: AtomicBool,
    was_missing: AtomicBool,
}

#[cfg(any(feature = "log", feature = "tracing"))]
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

#[cfg(any(feature = "log", feature = "tracing"))]
impl Drop for BackendPresence {
    fn drop(&mut self) {
        self.finish();
    }
}
