//! What the exporters have in common.

use std::io;

use event_core::Listener;

/// A listener that writes out what it hears.
///
/// When it is dropped it writes the rest; if that fails it says so once on stderr.
pub trait Exporter: Listener {
    /// Writes out all that has been heard so far, so that it can be opened now.
    ///
    /// # Errors
    ///
    /// Returns what the system says of the file.
    fn flush(&self) -> io::Result<()>;
}

impl<E: Exporter + ?Sized> Exporter for Box<E> {
    fn flush(&self) -> io::Result<()> {
        (**self).flush()
    }
}
