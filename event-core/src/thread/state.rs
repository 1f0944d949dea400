//! The thread-local with the runtime's state of a thread.
//!
//! It is `const` and has no `Drop`, so that it works in an allocator, in the destructors of other
//! thread-locals and after `main`. It is a single thread-local, because the compiler computes the
//! address of each thread-local separately.

use std::cell::Cell;
use std::num::NonZeroU64;

use super::hazard_slot::Slot;
use super::session::Session;
use crate::sync::thread_local;

/// Stands for the number of a thread until the thread has one.
pub(super) const UNNUMBERED: NonZeroU64 = NonZeroU64::MAX;

pub(super) struct State {
    /// This thread's number, or [`UNNUMBERED`]. A thread with a block of ids always has a number.
    pub(super) thread: Cell<NonZeroU64>,
    /// The next id of this thread's block. A multiple of the block size, such as zero, means that
    /// the thread must take a new block.
    pub(super) next_id: Cell<u64>,
    /// The id of the current scope.
    pub(super) current: Cell<Option<NonZeroU64>>,
    /// The word that exporters of traces keep with the current scope. Handles carry it.
    pub(super) carried: Cell<u64>,
    /// The number of scopes recorded in `OutOfOrder`; zero in most programs.
    pub(super) out_of_order: Cell<usize>,
    /// The number of [`SuppressEvents`](super::SuppressEvents) that exist on this thread.
    pub(super) suppressed: Cell<u32>,
    /// The number of local listeners that are installed on this thread.
    pub(super) local_listeners: Cell<usize>,
    /// The session of a scope that starts now: `entered_session`, or else `own_session`.
    pub(super) session: Cell<Session>,
    /// The session of this thread's local listeners.
    pub(super) own_session: Cell<Session>,
    /// The session of the innermost handle of another thread that this thread has entered.
    pub(super) entered_session: Cell<Session>,
    /// The last session that this thread had, or zero.
    pub(super) last_session: Cell<u64>,
    /// The first of this thread's hazard slots, if it has slots.
    pub(super) slots: Cell<Option<&'static Slot>>,
}

thread_local! {
    pub(super) static STATE: State = const {
        State {
            thread: Cell::new(UNNUMBERED),
            next_id: Cell::new(0),
            current: Cell::new(None),
            carried: Cell::new(0),
            out_of_order: Cell::new(0),
            suppressed: Cell::new(0),
            local_listeners: Cell::new(0),
            session: Cell::new(Session::NONE),
            own_session: Cell::new(Session::NONE),
            entered_session: Cell::new(Session::NONE),
            last_session: Cell::new(0),
            slots: Cell::new(None),
        }
    };
}
