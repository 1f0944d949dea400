//! A line whose memory belongs to the thread, so that writing an event does not allocate.
//!
//! No lock is held while a line is written: an argument's `Debug` may do anything.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use super::line::Line;

/// An empty line. Dropping it returns its memory to the thread.
pub(super) struct Scratch(Line);

/// Memory of more than this many bytes is freed instead.
const MAX_CAPACITY: usize = 64 << 10;

thread_local! {
    static SCRATCH: Cell<Line> = const { Cell::new(Line::new()) };
}

impl Scratch {
    pub(super) fn take() -> Self {
        // While a thread exits its thread-locals may be gone.
        Self(SCRATCH.try_with(Cell::take).unwrap_or_default())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut line = std::mem::take(&mut self.0);
        if line.capacity() <= MAX_CAPACITY {
            line.clear();
            let _ = SCRATCH.try_with(|scratch| scratch.set(line));
        }
    }
}

impl Deref for Scratch {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut Line {
        &mut self.0
    }
}
