//! Memory for the parts of open spans, which each thread reuses.

use std::cell::RefCell;

use super::parts::Parts;

const MAX_KEPT: usize = 32;

/// Larger memory is freed.
const MAX_CAPACITY: usize = 4 << 10;

thread_local! {
    // Has a destructor. After it has run, the exiting thread allocates.
    static FREE: RefCell<Vec<Parts>> = const { RefCell::new(Vec::new()) };
}

/// Returns empty parts.
#[inline]
pub(super) fn take() -> Parts {
    let taken = FREE.try_with(|free| free.borrow_mut().pop());
    taken.ok().flatten().unwrap_or_default()
}

/// Takes the memory of `parts` back.
#[inline]
pub(super) fn give(mut parts: Parts) {
    if !(1..=MAX_CAPACITY).contains(&parts.0.capacity()) {
        return;
    }
    parts.0.clear();
    let _ = FREE.try_with(|free| {
        let mut free = free.borrow_mut();
        if free.len() < MAX_KEPT {
            free.push(parts);
        }
    });
}
