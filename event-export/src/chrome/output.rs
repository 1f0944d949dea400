//! The file, which takes whole events.

use std::io::{self, Write};

use super::line::Line;

/// Where the trace is written to.
pub(super) struct Output {
    writer: Box<dyn Write + Send>,
    /// What is written next; its memory is used again and again.
    pub(super) next: Vec<u8>,
    is_begun: bool,
}

impl Output {
    pub(super) fn new(writer: Box<dyn Write + Send>) -> Self {
        Self {
            writer,
            next: Vec::new(),
            is_begun: false,
        }
    }

    /// Writes what is next, and forgets it.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if !self.is_begun {
            self.is_begun = true;
            self.writer.write_all(Line::process().bytes())?;
        }
        let written = self.writer.write_all(&self.next);
        self.next.clear();
        written
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// Ends the array.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.next.extend_from_slice(b"\n]\n");
        self.write()?;
        self.flush()
    }
}
