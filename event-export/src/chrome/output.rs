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

impl Target {
    /// Writes some events. Where a file has no room for all of them, it keeps those that are whole, so that it can
    /// still be opened.
    fn write(&mut self, events: &[u8]) -> io::Result<()> {
        let (file, whole) = match self {
            Self::Other(writer) => return writer.write_all(events),
            Self::File { file, whole } => (file, whole),
        };
        let mut rest = events;
        while !rest.is_empty() {
            let written = match file.write(rest) {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                written => written,
            };
            match written {
                Ok(written) => rest = &rest[written..],
                Err(error) => {
                    let written = &events[..events.len() - rest.len()];
                    // What has no length to set, a device, has no half events either.
                    let _ = file.set_len(*whole + length(whole_events(written)));
                    return Err(error);
                }
            }
        }
        *whole += length(events.len());
        Ok(())
    }
}

/// How many bytes of some events are events that are known to be whole, as another follows: a line's end stands nowhere
/// else.
fn whole_events(written: &[u8]) -> usize {
    let next = written.windows(2).rposition(|bytes| bytes == b",\n");
    next.unwrap_or(0)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
