//! The trait of the exporters, and the write that each makes once at its end.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use event_core::Listener;

use crate::io::warn::warn;

/// A listener that writes what it receives.
///
/// When it is dropped it writes the rest, unless [`finish`](Self::finish) has done that.
pub trait Exporter: Listener {
    /// Writes all that has been received so far, so that the output can be opened now.
    ///
    /// # Errors
    ///
    /// Returns the system's error if the file cannot be written.
    fn flush(&self) -> io::Result<()>;

    /// Writes the rest, once. A failure is reported on stderr, once. Events that arrive afterwards
    /// need not be written.
    ///
    /// An uninstalled exporter may never be dropped: a thread inside a call whose START the
    /// exporter received holds it until the call returns, and the process may exit before that. An
    /// exporter that writes nothing of its own need only flush, which is the default.
    fn finish(&self) {
        let _ = self.flush();
    }
}

impl<E: Exporter + ?Sized> Exporter for Box<E> {
    fn flush(&self) -> io::Result<()> {
        (**self).flush()
    }

    fn finish(&self) {
        (**self).finish();
    }
}

/// The last write of an exporter, which both [`Exporter::finish`] and `Drop` make.
#[derive(Debug, Default)]
pub(crate) struct LastWrite {
    is_done: AtomicBool,
}

impl LastWrite {
    /// Calls `write` the first time; an error is reported on stderr.
    pub(crate) fn once(&self, write: impl FnOnce() -> io::Result<()>) {
        // Relaxed: the second caller has nothing to do.
        if self.is_done.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = write() {
            warn(error);
        }
    }
}
