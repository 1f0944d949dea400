//! The numbers that identify threads and scopes.
//!
//! A thread takes ids in blocks, so that a new id needs no shared write.

use std::fmt;
use std::num::NonZeroU64;

use super::state::{STATE, State, UNNUMBERED};
use crate::sync::{AtomicU64, Ordering};

/// The number of ids that a thread takes from the process-wide counter at a time.
const ID_BLOCK: u64 = 1 << 12;

/// Identifies a thread by a small number.
///
/// Threads are numbered from one, in the order in which they first use this crate. A number is
/// never reused. The standard library's own thread id is not available as a number.
///
/// # Examples
///
/// ```
/// use event_core::{Event, EventStatus};
///
/// let here = Event::new("docs:thread", EventStatus::Start).thread();
/// let there = std::thread::spawn(|| Event::new("docs:thread", EventStatus::Start).thread());
/// assert_ne!(here, there.join().unwrap());
/// assert!(here.as_u64() > 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(NonZeroU64);

impl ThreadId {
    /// Returns the number of the current thread.
    #[must_use]
    #[inline]
    pub fn current() -> Self {
        STATE.with(Self::of)
    }

    #[inline]
    fn of(state: &State) -> Self {
        if state.thread.get() == UNNUMBERED {
            Self::assign(state);
        }
        Self(state.thread.get())
    }

    #[cold]
    fn assign(state: &State) {
        // Relaxed: the numbers must only be distinct, and `fetch_add` is atomic.
        static ASSIGNED: AtomicU64 = AtomicU64::new(0);
        let before = ASSIGNED.fetch_add(1, Ordering::Relaxed);
        state.thread.set(NonZeroU64::MIN.saturating_add(before));
    }

    /// Returns the number, which is at least one.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Identifies a START and its END.
///
/// Ids are unique in a process. The ids of one thread increase. The order of ids of different
/// threads has no meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(
    /// The number in the upper bits, then [`WANTS_DATA`], then a one.
    pub(super) NonZeroU64,
);

/// The bit of an [`EventId`] that is set if a listener of the scope wants data. Wherever the id is
/// carried, code knows whether data for the scope is to be evaluated.
const WANTS_DATA: u64 = 2;

/// The number of bits below the number.
const FLAG_BITS: u32 = 2;

impl EventId {
    /// Takes an id from the thread's block.
    #[inline]
    pub(super) fn take(state: &State) -> Self {
        let id = state.next_id.get();
        if id % ID_BLOCK == 0 {
            return Self::take_from_next_block(state);
        }
        state.next_id.set(id + 1);
        Self::numbered(id)
    }

    #[cold]
    #[inline(never)]
    fn take_from_next_block(state: &State) -> Self {
        // Relaxed: the blocks must only be distinct. The first block is skipped, so that an id is
        // never zero: `next_id` is zero while a thread has no block.
        static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);
        ThreadId::of(state); // assigns a number: a thread with a block always has one
        let first = NEXT_BLOCK.fetch_add(1, Ordering::Relaxed) * ID_BLOCK + 1;
        state.next_id.set(first + 1);
        Self::numbered(first)
    }

    #[inline]
    fn numbered(number: u64) -> Self {
        Self(NonZeroU64::MIN | (number << FLAG_BITS))
    }

    /// Returns the id of a scope, of which a listener wants data if `wants_data`.
    #[inline]
    pub(crate) fn of_scope(self, wants_data: bool) -> Self {
        Self(self.0 | if wants_data { WANTS_DATA } else { 0 })
    }

    /// Returns whether a listener of the scope wants data.
    #[inline]
    pub(crate) const fn wants_data(self) -> bool {
        self.0.get() & WANTS_DATA != 0
    }

    /// Returns the number of the block that the id is from. All ids of a block are of one thread.
    #[inline]
    pub(crate) const fn block(self) -> u64 {
        self.as_u64() / ID_BLOCK
    }

    /// Returns the id as a word, of which the lowest bit is set and the highest is not.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub const fn to_bits(self) -> u64 {
        self.0.get()
    }

    /// Returns the id whose [`to_bits`](Self::to_bits) are `bits`; `None` for zero.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        match NonZeroU64::new(bits) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// Returns the id as a number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0.get() >> FLAG_BITS
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_u64().fmt(f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventId").field(&self.as_u64()).finish()
    }
}

/// The ids of a new scope: its own, its parent's and its thread's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScopeIds {
    pub(crate) id: EventId,
    pub(crate) parent: Option<EventId>,
    pub(crate) thread: ThreadId,
}

impl ScopeIds {
    #[inline]
    pub(crate) fn next() -> Self {
        STATE.with(|state| Self {
            id: EventId::take(state), // first, because it assigns the thread's number
            parent: state.current.get().map(EventId),
            thread: ThreadId(state.thread.get()),
        })
    }
}
