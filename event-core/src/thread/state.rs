//! The thread-local that holds all that the runtime knows about a thread.
//!
//! It is `const` and has no `Drop`, so that it works in an allocator, in the destructors of other thread-locals and after
//! `main`. There is one for everything, because the compiler looks up each thread-local by itself.

use std::cell::Cell;
use std::num::NonZeroU64;

use super::hazard_slot::Slot;
use crate::sync::thread_local;

/// The number of a thread that has none yet.
pub(super) const UNNUMBERED: NonZeroU64 = NonZeroU64::MAX;

pub(super) struct State {
    /// This thread's number, or [`UNNUMBERED`]. A thread that has a block of ids has a number.
    pub(super) thread: Cell<NonZeroU64>,
    /// The next id of this thread's block; a multiple of the block size if the block is used up.
    pub(super) next_id: Cell<u64>,
    /// The id of the current scope.
    pub(super) current: Cell<Option<NonZeroU64>>,
    /// How many scopes are noted that may end out of order.
    pub(super) out_of_order: Cell<usize>,
    /// How many [`SuppressEvents`](super::SuppressEvents) there are.
    pub(super) suppressed: Cell<u32>,
    /// The first of this thread's hazard slots, once it has any.
    pub(super) slots: Cell<Option<&'static Slot>>,
    /// The first of them that is not in use.
    pub(super) free_slot: Cell<Option<&'static Slot>>,
}

thread_local! {
    pub(super) static STATE: State = const {
        State {
            thread: Cell::new(UNNUMBERED),
            next_id: Cell::new(0),
            current: Cell::new(None),
            out_of_order: Cell::new(0),
            suppressed: Cell::new(0),
            slots: Cell::new(None),
            free_slot: Cell::new(None),
        }
    };
}
