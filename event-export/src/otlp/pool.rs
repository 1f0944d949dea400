//! Memory for open spans, which each thread reuses.

use std::cell::RefCell;

use super::parts::Parts;
use super::record::Recorded;

const MAX_KEPT: usize = 32;

/// Larger memory for parts is freed.
const MAX_CAPACITY: usize = 4 << 10;

thread_local! {
    // Has a destructor. After it has run, the exiting thread allocates.
    #[expect(clippy::vec_box, reason = "the boxes are what is reused")]
    static FREE: RefCell<Vec<Box<Recorded>>> = const { RefCell::new(Vec::new()) };
}

/// Returns an empty span.
#[inline]
#[expect(clippy::unnecessary_box_returns, reason = "the box is what is reused")]
pub(super) fn take() -> Box<Recorded> {
    let taken = FREE.try_with(|free| free.borrow_mut().pop());
    taken.ok().flatten().unwrap_or_default()
}

/// Takes the memory of a span back.
#[inline]
pub(super) fn give(mut span: Box<Recorded>) {
    let mut parts = std::mem::take(&mut span.parts.0);
    if parts.capacity() > MAX_CAPACITY {
        return;
    }
    parts.clear();
    *span = Recorded {
        parts: Parts(parts),
        ..Recorded::default()
    };
    let _ = FREE.try_with(|free| {
        let mut free = free.borrow_mut();
        if free.len() < MAX_KEPT {
            free.push(span);
        }
    });
}
