//! What the runtime knows of the current thread.
//!
//! The thread-local here is `const` and has no `Drop`, so that it works in an allocator, in
//! other thread-locals' destructors and after `main`.

use std::cell::Cell;
use std::fmt;
use std::num::NonZeroU64;

use crate::sync::{AtomicU64, Ordering, thread_local};
use crate::thread::hazard_slot::Slot;

pub(crate) mod hazard_slot;
mod scope_stack;

pub(crate) use scope_stack::{Entered, EnteredInAnyOrder, current, leave, leave_call, set_current};

/// How many ids a thread takes from the process-wide counter at a time.
const ID_BLOCK: u64 = 1 << 12;

/// The number of a thread: small, given in the order in which threads first meet this crate, and
/// never used again.
///
/// The standard library's own thread id cannot be had as a number.
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
        if state.thread.get() == Self::UNNUMBERED {
            Self::first(state);
        }
        state.thread.get()
    }

    /// What stands for the number of a thread that has none yet.
    const UNNUMBERED: Self = Self(NonZeroU64::MAX);

    #[cold]
    fn first(state: &State) {
        // Relaxed: only the numbers must differ.
        static NUMBERED: AtomicU64 = AtomicU64::new(0);
        let before = NUMBERED.fetch_add(1, Ordering::Relaxed);
        let number = NonZeroU64::MIN.saturating_add(before);
        state.thread.set(Self(number));
    }

    /// Returns the number, one or more.
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
/// Ids are unique in a process. Those that one thread gives grow; those of two threads say
/// nothing about which came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(NonZeroU64);

impl EventId {
    /// Returns an id that nobody has had.
    #[inline]
    pub(crate) fn next() -> Self {
        STATE.with(Self::of)
    }

    #[inline]
    fn of(state: &State) -> Self {
        let id = state.next_id.get();
        if id % ID_BLOCK == 0 {
            return Self::of_next_block(state);
        }
        state.next_id.set(id + 1);
        Self(NonZeroU64::MIN.saturating_add(id - 1))
    }

    #[cold]
    fn of_next_block(state: &State) -> Self {
        // Relaxed: only the blocks must differ. The first block is left out, so that an id is
        // never zero and a thread's zero means that it has no block yet.
        static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);
        ThreadId::of(state); // who has a block has a number
        let first = NEXT_BLOCK.fetch_add(1, Ordering::Relaxed) * ID_BLOCK + 1;
        state.next_id.set(first + 1);
        Self(NonZeroU64::MIN.saturating_add(first - 1))
    }

    /// Returns the id as a number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

struct State {
    /// This thread's number, once it has been asked for.
    thread: Cell<ThreadId>,
    /// The next id of this thread's block; a multiple of [`ID_BLOCK`] when the block is used up. A
    /// thread that has a block has a number.
    next_id: Cell<u64>,
    /// The innermost heard scope.
    current: Cell<Option<EventId>>,
    /// How much of it is written down, as it does not end in order.
    odd: Cell<usize>,
    /// How many panics the hook has seen on this thread.
    panics: Cell<u64>,
    /// How many pieces of our own work are under way; events are let go meanwhile.
    busy: Cell<u32>,
    /// The first of this thread's slots, once it has any.
    slots: Cell<Option<&'static Slot>>,
    /// The first of them that is not in use.
    free_slot: Cell<Option<&'static Slot>>,
}

thread_local! {
    static STATE: State = const {
        State {
            thread: Cell::new(ThreadId::UNNUMBERED),
            next_id: Cell::new(0),
            current: Cell::new(None),
            odd: Cell::new(0),
            panics: Cell::new(0),
            busy: Cell::new(0),
            slots: Cell::new(None),
            free_slot: Cell::new(None),
        }
    };
}

/// What a new event takes from its thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here {
    pub(crate) id: EventId,
    pub(crate) parent: Option<EventId>,
    pub(crate) thread: ThreadId,
}

impl Here {
    #[inline]
    pub(crate) fn new() -> Self {
        STATE.with(|state| Self {
            id: EventId::of(state), // first, as it numbers the thread
            parent: state.current.get(),
            thread: state.thread.get(),
        })
    }
}

/// Counts a panic that the hook saw.
pub(crate) fn count_panic() {
    STATE.with(|state| state.panics.set(state.panics.get() + 1));
}

/// Returns how many panics the hook has seen on this thread.
pub(crate) fn panics() -> u64 {
    STATE.with(|state| state.panics.get())
}

/// Says whether the runtime itself is at work on this thread, so that events are let go.
#[inline]
pub(crate) fn is_busy() -> bool {
    STATE.with(|state| state.busy.get() > 0)
}

/// Our own work; while one of these exists, events that this thread triggers are let go.
#[derive(Debug)]
pub(crate) struct Busy(());

impl Busy {
    pub(crate) fn enter() -> Self {
        STATE.with(|state| state.busy.set(state.busy.get() + 1));
        Self(())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        STATE.with(|state| state.busy.set(state.busy.get() - 1));
    }
}

/// Returns the first slot of this thread, if it has any.
pub(crate) fn slots() -> Option<&'static Slot> {
    STATE.with(|state| state.slots.get())
}

/// Gives this thread the slots from `first` on, or takes them away.
pub(crate) fn set_slots(first: Option<&'static Slot>) {
    STATE.with(|state| {
        state.slots.set(first);
        state.free_slot.set(first);
    });
}

/// Returns the first slot that is not in use; `None` where all are, or the thread has none.
#[inline]
pub(crate) fn free_slot() -> Option<&'static Slot> {
    STATE.with(|state| state.free_slot.get())
}

/// Makes `slot` the first that is not in use.
#[inline]
pub(crate) fn set_free_slot(slot: Option<&'static Slot>) {
    STATE.with(|state| state.free_slot.set(slot));
}

/// Says whether a listener is running on this thread.
pub(crate) fn is_in_listener() -> bool {
    STATE.with(|state| match (state.slots.get(), state.free_slot.get()) {
        (None, _) => false,
        (_, None) => true,
        (_, Some(free)) => free.depth() > 0,
    })
}

/// Says whether the listener at `identity` is among the outer `depth` that run on this thread.
#[cold]
pub(crate) fn is_running(identity: usize, depth: usize) -> bool {
    slots().is_some_and(|first| {
        let mut running = first.chain().take(depth).map(Slot::listener);
        running.any(|running| running == identity)
    })
}
