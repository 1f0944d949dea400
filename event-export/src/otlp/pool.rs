//! Memory for parts that are formatted, which each thread uses again.

use std::cell::Cell;

use super::parts::Parts;

/// Larger memory is freed.
const MAX_CAPACITY: usize = 4 << 10;

thread_local! {
    // Has a destructor. After it has run, the exiting thread allocates.
    static FREE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Returns empty parts.
pub(super) fn take() -> Parts {
    Parts(FREE.try_with(Cell::take).unwrap_or_default())
}

/// Takes the memory of parts back.
pub(super) fn give(Parts(mut bytes): Parts) {
    if bytes.capacity() <= MAX_CAPACITY {
        bytes.clear();
        let _ = FREE.try_with(|free| free.set(bytes));
    }
}
