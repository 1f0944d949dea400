//! The threads of a flight recorder: one writes the recordings, one waits for the signal.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use super::dump;
use super::files::Files;
use super::running::{Flight, Written};
use super::trigger::Trigger;
use crate::host::fork::note_without_lock;
use crate::host::worker;

/// Starts the thread that writes recordings.
pub(super) fn start(flight: Arc<Flight>, mut files: Files) -> io::Result<JoinHandle<()>> {
    worker::spawn("event-export flight", move || {
        let _suppress = event_core::__private::suppress_events();
        while let Some(request) = flight.next_request() {
            let written = write(&flight, &mut files, &request.trigger);
            for reply in request.replies {
                let copy = match &written {
                    Ok(paths) => Ok(paths.clone()),
                    Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
                };
                let _ = reply.send(copy); // the caller may have gone
            }
        }
    })
}

/// Writes a recording, and prints what was written.
fn write(flight: &Flight, files: &mut Files, trigger: &Trigger) -> Written {
    let others = flight.others.swap(0, Ordering::Relaxed); // a counter
    // Values are stored as text, so no code of the program runs. A fault of an exporter must not
    // end the thread.
    let written = catch_unwind(AssertUnwindSafe(|| {
        dump::write(flight, files, trigger, others)
    }));
    let written = written.unwrap_or_else(|_| Err(io::Error::other("an exporter panicked")));
    match &written {
        Ok(paths) => {
            let page = paths.last().map(|path| path.display().to_string());
            let page = page.unwrap_or_default();
            note_without_lock(format_args!("{}; wrote `{page}`", trigger.because()));
        }
        Err(error) => {
            flight.others.fetch_add(others + 1, Ordering::Relaxed); // a counter
            let directory = files.directory().display();
            note_without_lock(format_args!(
                "cannot write a flight recording to `{directory}`: {error}"
            ));
        }
    }
    written
}
