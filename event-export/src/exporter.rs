//! The trait that exporters implement, and their last write.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use event_core::Listener;

use crate::io::warn::warn;

/// A listener that writes what it receives.
///
/// Dropping an exporter writes the remaining events, unless [`finish`](Self::finish) has done so.
pub trait Exporter: Listener {
    /// Writes all events received so far, so that the output can be opened now.
    ///
    /// # Errors
    ///
    /// Returns the system's error if the file cannot be written.
    fn flush(&self) -> io::Result<()>;

    /// Writes the remaining events, once, and reports a failure on stderr. Events that arrive
    /// afterwards need not be written.
    ///
    /// Exporters are finished explicitly, because an uninstalled exporter may never be dropped. A
    /// thread inside a call whose START the exporter received holds the exporter until the call
    /// returns, and the process may exit before that. By default this only flushes.
    fn finish(&self) {
        let _ = self.flush();
    }

    /// Finishes the part of an exporter that belongs to this process, which was forked from the
    /// exporter's. Most exporters have none.
    #[doc(hidden)]
    fn finish_forked(&self) {}
}

impl<E: Exporter + ?Sized> Exporter for Box<E> {
    fn flush(&self) -> io::Result<()> {
        (**self).flush()
    }

    fn finish(&self) {
        (**self).finish();
    }

    fn finish_forked(&self) {
        (**self).finish_forked();
    }
}

/// The last write of an exporter, which both [`Exporter::finish`] and `Drop` make.
#[derive(Debug, Default)]
pub(crate) struct LastWrite {
    is_done: AtomicBool,
}

impl LastWrite {
    /// Calls `write` the first time only, and reports its error on stderr.
    pub(crate) fn once(&self, write: impl FnOnce() -> io::Result<()>) {
        // Relaxed: a second caller returns at once, so it reads nothing that the first one wrote.
        if self.is_done.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = write() {
            warn(error);
        }
    }
}
