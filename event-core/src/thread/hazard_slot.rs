//! Slots: where a thread says what it reads, and which listeners it runs meanwhile.
//!
//! Each thread that reads has a chain of them, and reads in it from the front: the slot of a read
//! inside another is the next. [`crate::hazard_cell`] has the rules.

use crate::sync::{AtomicPtr, AtomicUsize, Ordering};

/// How many different listeners may run inside one another on one thread.
///
/// An event that is triggered deeper than that is delivered to nobody.
const MAX_NESTED_LISTENERS: usize = if cfg!(event_loom) { 2 } else { 32 };

/// A place for one read.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The value that is looked at, or null.
    pub(crate) value: AtomicPtr<()>,
    /// The listener that runs in this read, or ran last, by identity.
    listener: AtomicUsize,
    /// How many reads of the thread there are around this one.
    depth: usize,
    /// For a read within this one.
    next: Option<&'static Self>,
}

impl Slot {
    /// Returns the first of a new chain, which stays for the rest of the process.
    pub(crate) fn new_chain() -> &'static Self {
        let mut first = Self::leaked(MAX_NESTED_LISTENERS - 1, None);
        for depth in (0..MAX_NESTED_LISTENERS - 1).rev() {
            first = Self::leaked(depth, Some(first));
        }
        first
    }

    fn leaked(depth: usize, next: Option<&'static Self>) -> &'static Self {
        Box::leak(Box::new(Self {
            value: AtomicPtr::new(std::ptr::null_mut()),
            listener: AtomicUsize::new(0),
            depth,
            next,
        }))
    }

    /// How many reads of the thread there are around this one.
    #[inline]
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// The slot for a read within this one, if there is one more.
    #[inline]
    pub(crate) const fn next(&self) -> Option<&'static Self> {
        self.next
    }

    /// This slot and those behind it.
    pub(crate) fn chain(&'static self) -> impl Iterator<Item = &'static Self> {
        std::iter::successors(Some(self), |slot| slot.next)
    }

    /// Notes that the listener at `identity` runs from now on.
    #[inline]
    pub(crate) fn set_listener(&self, identity: usize) {
        // Relaxed: only the thread itself looks at it.
        self.listener.store(identity, Ordering::Relaxed);
    }

    /// The listener that runs in this read, if one does.
    pub(crate) fn listener(&self) -> usize {
        self.listener.load(Ordering::Relaxed)
    }
}
