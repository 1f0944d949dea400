//! The signal that requests a recording.

use std::io;
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use event_core::__private::now_nanos;
use signal_hook::consts::SIGUSR1;
use signal_hook::iterator::{Handle, Signals};

use super::dump;
use super::open_scopes::open_in;
use super::running::Flight;
use super::trigger::{Reason, Trigger};
use crate::host::fork::note_without_lock;
use crate::host::worker;
use crate::io::warn::note;

/// Waits for the signal until it is stopped.
#[derive(Debug)]
pub(super) struct SignalWatch {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl SignalWatch {
    /// Handles the signal from now on. If the program handles it, prints a note and returns `None`.
    pub(super) fn start(flight: Weak<Flight>) -> io::Result<Option<Self>> {
        /// Whether the handler is that of an earlier flight recorder.
        static IS_OWN: AtomicBool = AtomicBool::new(false);
        // Relaxed: no other memory depends on the flag.
        if !IS_OWN.load(Ordering::Relaxed) && worker::has_handler(SIGUSR1) {
            note(
                "the program handles or ignores SIGUSR1, so the signal writes no flight recording",
            );
            return Ok(None);
        }
        let mut signals = Signals::new([SIGUSR1])?;
        IS_OWN.store(true, Ordering::Relaxed);
        let handle = signals.handle();
        let thread = worker::spawn("event-export signal", move || {
            for _ in signals.forever() {
                let Some(flight) = flight.upgrade() else {
                    return;
                };
                print_open_scopes(&flight);
                let trigger = Trigger::other(Reason::Signal, now_nanos(), "SIGUSR1 was received");
                flight.request(trigger, None);
            }
        })?;
        Ok(Some(Self {
            handle,
            thread: Some(thread),
        }))
    }

    pub(super) fn stop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Prints the open scopes at once: the thread that writes recordings may be writing one, and may
/// wait for a disk that hangs.
fn print_open_scopes(flight: &Flight) {
    let _suppress = event_core::__private::suppress_events();
    for line in dump::open_text(&open_in(flight)).lines() {
        note_without_lock(line);
    }
}
