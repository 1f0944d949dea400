//! The file, which takes whole events.

use std::fs::File;
use std::io::{self, Write};

use super::line::Line;

/// Where the trace is written to.
pub(super) struct Output {
    target: Target,
    /// What is written next; its memory is used again and again.
    pub(super) next: Line,
}

pub(super) enum Target {
    /// A file, and how much of it is whole events.
    File {
        file: File,
        whole: u64,
    },
    Other(Box<dyn Write + Send>),
}

impl Output {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            // Behind this every event begins with its comma.
            next: Line::process(),
        }
    }

    /// Writes what is next, and forgets it.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let written = self.target.write(self.next.bytes());
        self.next.clear();
        written
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::File { .. } => Ok(()), // nothing waits
            Target::Other(writer) => writer.flush(),
        }
    }

    /// Ends the array.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.next.finish();
        self.write()?;
        self.flush()
    }
}

/// Where a `write` may stop when the process is killed: at the end of a page, the smallest there is.
const PAGE: usize = 4 << 10;

impl Target {
    /// Writes some events, so that whenever the process is killed there are whole ones in the file: each is within one
    /// page, if it is no longer.
    fn write(&mut self, events: &[u8]) -> io::Result<()> {
        let (file, whole) = match self {
            Self::Other(writer) => return writer.write_all(events),
            Self::File { file, whole } => (file, whole),
        };
        let mut rest = events;
        while !rest.is_empty() {
            let used = usize::try_from(*whole % length(PAGE)).unwrap_or_default();
            let room = PAGE - used;
            let fits = whole_events(rest, room);
            if fits > 0 {
                write_piece(file, whole, &rest[..fits])?;
                rest = &rest[fits..];
            } else if used > 0 {
                write_piece(file, whole, &[b' '; PAGE][..room])?;
            } else {
                // One that is longer than a page.
                let end = rest[1..].windows(2).position(|bytes| bytes == b",\n");
                let end = end.map_or(rest.len(), |end| end + 1);
                write_piece(file, whole, &rest[..end])?;
                rest = &rest[end..];
            }
        }
        Ok(())
    }
}

/// Writes a piece. Where the file has no room for all of it, it keeps what is whole, so that it can still be opened.
fn write_piece(file: &mut File, whole: &mut u64, piece: &[u8]) -> io::Result<()> {
    let mut rest = piece;
    while !rest.is_empty() {
        let written = match file.write(rest) {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            written => written,
        };
        match written {
            Ok(written) => rest = &rest[written..],
            Err(error) => {
                let written = piece.len() - rest.len();
                // What has no length to set, a device, has no half events either.
                let _ = file.set_len(*whole + length(whole_events(piece, written)));
                return Err(error);
            }
        }
    }
    *whole += length(piece.len());
    Ok(())
}

/// How many of the first `room` bytes of some events are whole events: all, or up to where another begins. A line's end
/// stands nowhere else.
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
