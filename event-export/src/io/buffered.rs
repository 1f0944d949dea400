//! Writing to a file through a buffer. Errors of the last write are returned.

use std::io::{self, BufWriter, Write};

/// Calls `write` with a buffered writer, flushes it, and returns the file.
pub(super) fn fill<W: Write>(
    file: W,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<W> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}
