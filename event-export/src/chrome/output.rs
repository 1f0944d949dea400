//! The file or writer of a trace. It receives whole events.

use std::fs::File;
use std::io::{self, Write};

use super::line::Line;

/// Where the trace is written to.
pub(super) struct Output {
    target: Target,
    /// The events that are written next. The memory is reused.
    pub(super) next: Line,
}

/// A file that contains whole events only.
pub(super) struct TraceFile {
    pub(super) file: File,
    /// The bytes written so far.
    pub(super) whole: u64,
}

pub(super) enum Target {
    File(TraceFile),
    Other(Box<dyn Write + Send>),
}

impl Output {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            // Every event after this begins with a comma.
            next: Line::file_head(),
        }
    }

    /// Writes `next`, and clears it.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let written = self.target.write(self.next.bytes());
        self.next.clear();
        written
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::File(_) => Ok(()), // nothing is buffered
            Target::Other(writer) => writer.flush(),
        }
    }

    /// Ends the array.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.next.file_foot();
        self.write()?;
        self.flush()
    }
}

/// The smallest page size. When a process is killed, its `write` may stop at the end of a page.
const PAGE_BYTES: usize = 4 << 10;

impl Target {
    /// Writes some events. Each event that fits into one page is written within one, so that the
    /// file of a killed process ends with a whole event.
    fn write(&mut self, events: &[u8]) -> io::Result<()> {
        let file = match self {
            Self::Other(writer) => return writer.write_all(events),
            Self::File(file) => file,
        };
        let mut rest = events;
        while !rest.is_empty() {
            let used = usize::try_from(file.whole % length(PAGE_BYTES)).unwrap_or_default();
            let room = PAGE_BYTES - used;
            let fits = whole_events(rest, room);
            if fits > 0 {
                file.write_piece(&rest[..fits])?;
                rest = &rest[fits..];
            } else if used > 0 {
                file.write_piece(&[b' '; PAGE_BYTES][..room])?;
            } else {
                // The event is longer than a page.
                let end = rest[1..].windows(2).position(|bytes| bytes == b",\n");
                let end = end.map_or(rest.len(), |end| end + 1);
                file.write_piece(&rest[..end])?;
                rest = &rest[end..];
            }
        }
        Ok(())
    }
}

impl TraceFile {
    /// Writes a piece. If that fails, the file is cut after the last whole event, so that it can
    /// still be opened.
    fn write_piece(&mut self, piece: &[u8]) -> io::Result<()> {
        let mut rest = piece;
        while !rest.is_empty() {
            let written = match self.file.write(rest) {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                written => written,
            };
            match written {
                Ok(written) => rest = &rest[written..],
                Err(error) => {
                    let whole = whole_events(piece, piece.len() - rest.len());
                    // A device has no length, so this may fail.
                    let _ = self.file.set_len(self.whole + length(whole));
                    return Err(error);
                }
            }
        }
        self.whole += length(piece.len());
        Ok(())
    }
}

/// Returns the length of the whole events in the first `room` bytes of `events`.
///
/// An event ends where the next one begins, at `,\n`. These two bytes occur nowhere else.
fn whole_events(events: &[u8], room: usize) -> usize {
    if events.len() <= room {
        return events.len();
    }
    let mut next = events[..(room + 2).min(events.len())].windows(2);
    next.rposition(|bytes| bytes == b",\n").unwrap_or(0)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
