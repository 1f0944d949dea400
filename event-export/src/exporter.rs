//! What the exporters have in common.

use std::io;

use event_core::Listener;

/// A listener that writes out what it hears.
///
/// When it is dropped it writes the rest, unless that has been done by [`finish`](Self::finish).
pub trait Exporter: Listener {
    /// Writes out all that has been heard so far, so that it can be opened now.
    ///
    /// # Errors
    ///
    /// Returns what the system says of the file.
    fn flush(&self) -> io::Result<()>;

    /// Writes the rest, once; if that fails it says so once on stderr. What is heard afterwards need not be written.
    ///
    /// An exporter that is uninstalled may never be dropped: a thread that is inside a call which it heard the start
    /// of holds it until the call returns, and the process may end before. What writes nothing of its own need only
    /// flush, which the default does.
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
