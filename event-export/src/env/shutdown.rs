//! Finishes the exporters of `from_env` when their guard is dropped or the process exits.
//!
//! A return from `main`, or a panic in it, drops the guard. `std::process::exit` and a panic that
//! aborts drop nothing, so the exporters are also registered here and finished by an exit handler.

use std::io;
use std::sync::{Arc, Mutex, Once, Weak};

use event_core::__private::IS_OFF;
use event_core::Installed;

use super::patterns::Patterns;
use crate::exporter::Exporter;
use crate::host::fork::{self, Owner};
use crate::profile::clock;
use crate::sync::lock;

pub(super) type Exporters = Vec<Installed<Box<dyn Exporter>>>;

/// Exporters that run until this is dropped or the process exits.
pub(super) struct RunningExporters(Arc<Running>);

struct Running {
    exporters: Mutex<Exporters>,
    patterns: Patterns,
    owner: Owner,
}

static RUNNING: Mutex<Vec<Weak<Running>>> = Mutex::new(Vec::new());

/// Registers `exporters`, for the kinds of `patterns`, to be finished at exit.
///
/// Returns none if there are no exporters.
pub(super) fn finish_at_exit(exporters: Exporters, patterns: Patterns) -> Option<RunningExporters> {
    static ONCE: Once = Once::new();
    if exporters.is_empty() {
        return None;
    }
    ONCE.call_once(register_exit_handler);
    let exporters = Arc::new(Running {
        exporters: Mutex::new(exporters),
        patterns,
        owner: Owner::current(),
    });
    let mut running = lock(&RUNNING);
    running.retain(|exporters| exporters.strong_count() > 0);
    running.push(Arc::downgrade(&exporters));
    Some(RunningExporters(exporters))
}

/// The exporters of an earlier call, which may have been dropped.
#[derive(Default)]
pub(super) struct Earlier(Weak<Running>);

impl Earlier {
    pub(super) const fn new() -> Self {
        Self(Weak::new())
    }

    /// Returns whether the exporters receive events of this process.
    pub(super) fn is_running(&self) -> bool {
        let running = self.0.upgrade();
        running.is_some_and(|running| {
            running.owner.is_current() && !lock(&running.exporters).is_empty()
        })
    }
}

impl RunningExporters {
    pub(super) fn downgrade(&self) -> Earlier {
        Earlier(Arc::downgrade(&self.0))
    }

    /// Calls `f` with the exporters. The list is empty once the process exits.
    ///
    /// # Errors
    ///
    /// Returns an error in a forked process.
    pub(super) fn with<R>(&self, f: impl FnOnce(&Exporters) -> R) -> io::Result<R> {
        if !self.0.owner.is_current() {
            return Err(fork::error());
        }
        Ok(f(&lock(&self.0.exporters)))
    }
}

impl Drop for RunningExporters {
    fn drop(&mut self) {
        if self.0.owner.is_current() {
            self.0.finish();
        } else {
            self.0.finish_forked();
            // Uninstalling might wait for a lock that no thread of this process holds.
            std::mem::forget(Arc::clone(&self.0));
        }
    }
}

impl Running {
    /// Uninstalls all exporters, then finishes them. Then reports patterns that matched no event. A
    /// concurrent caller waits until all is done.
    ///
    /// The run ends for all exporters at the same time, before the first of them writes.
    fn finish(&self) {
        let mut exporters = lock(&self.exporters);
        if exporters.is_empty() {
            return; // a second call
        }
        let uninstalled: Vec<_> = exporters.drain(..).map(Installed::uninstall).collect();
        let _stopped = clock::stop();
        for exporter in uninstalled {
            exporter.finish();
        }
        if !IS_OFF {
            self.patterns.report_unmatched();
        }
    }
}

impl Running {
    /// Finishes the parts of the exporters that belong to this process, which was forked.
    fn finish_forked(&self) {
        // A thread of the parent may have held the lock.
        if let Ok(exporters) = self.exporters.try_lock() {
            exporters
                .iter()
                .for_each(|exporter| exporter.finish_forked());
        }
    }
}

extern "C" fn finish_all() {
    // A panic must not unwind into C. It is dropped, because the process exits.
    let _ = std::panic::catch_unwind(|| {
        // A thread of the parent may have held the lock when this process was forked.
        let running = if fork::is_forked() {
            RUNNING
                .try_lock()
                .map(|mut running| std::mem::take(&mut *running))
        } else {
            Ok(std::mem::take(&mut *lock(&RUNNING)))
        };
        for running in running.iter().flatten().filter_map(Weak::upgrade) {
            if running.owner.is_current() {
                running.finish();
            } else {
                running.finish_forked();
                std::mem::forget(running); // as in `drop`
            }
        }
    });
}

fn register_exit_handler() {
    #[cfg(any(unix, windows))]
    #[expect(unsafe_code, reason = "the standard library has no exit handlers")]
    // SAFETY: `atexit` (C11, 7.22.4.2) requires a function without arguments or result that stays
    // callable until exit and does not unwind. `finish_all` is a function with a static address,
    // and it catches every panic. It touches only statics of this crate that have no destructor,
    // and the standard library's stderr and files, which are usable in exit handlers.
    unsafe {
        libc::atexit(finish_all);
    }
    if cfg!(panic = "abort") {
        let previous_hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            previous_hook(panic);
            finish_all();
        }));
    }
}
