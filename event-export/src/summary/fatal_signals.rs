//! Signals of other processes that end this one. The terminal is restored first.
//!
//! Only signals that the program neither handles nor ignores are watched. A handler notes the
//! signal, and the thread of the live table ends the process. A second signal ends it at once, in
//! case the thread waits for a terminal that is stopped. So does the second signal of a forked
//! process, which does not have the thread.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::{flag, low_level};

use crate::host::worker;

/// The handlers, which stay to the end of the process.
#[derive(Debug, Default)]
struct Handlers {
    /// The signal that was received, or zero.
    received: Arc<AtomicUsize>,
    /// Whether the next signal ends the process at once.
    is_final: Arc<AtomicBool>,
}

static HANDLERS: OnceLock<Handlers> = OnceLock::new();

/// Signals are noted until this is dropped.
#[derive(Debug)]
pub(super) struct FatalSignals(&'static Handlers);

impl FatalSignals {
    pub(super) fn watch() -> Self {
        let handlers = HANDLERS.get_or_init(|| {
            let handlers = Handlers::default();
            for signal in [SIGTERM, SIGHUP] {
                if !worker::has_handler(signal) {
                    // An error means that the signal keeps its default action.
                    let _ = handlers.add(signal);
                }
            }
            handlers
        });
        // SeqCst, as in the handlers of `signal-hook`.
        handlers.is_final.store(false, Ordering::SeqCst);
        Self(handlers)
    }

    pub(super) fn is_received(&self) -> bool {
        self.0.received.load(Ordering::SeqCst) != 0
    }

    /// Ends the process if a signal was received, as if it had no handler.
    pub(super) fn end_process(&self) {
        let signal = self.0.received.load(Ordering::SeqCst);
        if let Some(signal) = i32::try_from(signal).ok().filter(|signal| *signal != 0) {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

impl Handlers {
    /// Handles `signal`. The handlers run in the order in which they are added.
    fn add(&self, signal: i32) -> std::io::Result<()> {
        flag::register_conditional_default(signal, Arc::clone(&self.is_final))?;
        flag::register(signal, Arc::clone(&self.is_final))?;
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&self.received), number)?;
        Ok(())
    }
}

impl Drop for FatalSignals {
    fn drop(&mut self) {
        self.0.is_final.store(true, Ordering::SeqCst);
        self.end_process(); // a signal that came before the store
    }
}
