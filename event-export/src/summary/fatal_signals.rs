//! Signals of other processes that end this one. The terminal is restored first.
//!
//! Only signals that the program neither handles nor ignores are watched. A handler notes the
//! signal, and the thread of the live table ends the process. A second signal ends it at once, in
//! case the thread waits for a terminal that is stopped. So does the second signal of a forked
//! process, which does not have the thread.
//!
//! If the program sets a handler of its own later, the signal is the program's. That handler may
//! call the earlier one, as those of `signal-hook` and `tokio` do, so the handler here does
//! nothing unless it is the one that the system calls.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::low_level;

use crate::host::worker::{has_handler, is_handler, set_handler};

/// The signal that was received, or zero.
static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// Whether the next signal ends the process at once.
static IS_FINAL: AtomicBool = AtomicBool::new(false);

/// Notes a signal, or ends the process.
extern "C" fn note(signal: i32) {
    if !is_handler(signal, note) {
        return;
    }
    // SeqCst: the handler and the thread of the live table share both variables.
    if IS_FINAL.swap(true, Ordering::SeqCst) {
        let _ = low_level::emulate_default_handler(signal);
    }
    RECEIVED.store(signal, Ordering::SeqCst);
}

/// Signals are noted until this is dropped. The handlers stay to the end of the process.
#[derive(Debug)]
pub(super) struct FatalSignals(());

impl FatalSignals {
    pub(super) fn watch() -> Self {
        static SET: Once = Once::new();
        IS_FINAL.store(false, Ordering::SeqCst);
        SET.call_once(|| {
            for signal in [SIGTERM, SIGHUP] {
                if !has_handler(signal) {
                    set_handler(signal, note);
                }
            }
        });
        Self(())
    }

    #[expect(
        clippy::unused_self,
        reason = "signals are noted while there is a value"
    )]
    pub(super) fn is_received(&self) -> bool {
        RECEIVED.load(Ordering::SeqCst) != 0
    }

    /// Ends the process if a signal was received, as if it had no handler.
    #[expect(
        clippy::unused_self,
        reason = "signals are noted while there is a value"
    )]
    pub(super) fn end_process(&self) {
        let signal = RECEIVED.load(Ordering::SeqCst);
        if signal != 0 {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

impl Drop for FatalSignals {
    fn drop(&mut self) {
        IS_FINAL.store(true, Ordering::SeqCst);
        self.end_process(); // a signal that came before the store
    }
}
