//! Hazard slots: where a thread publishes the address that it reads.
//!
//! Each thread that reads has a chain of slots and uses them from the front: a nested read uses the next slot.
//! [`crate::hazard_cell`] states the protocol.

use crate::sync::{AtomicPtr, AtomicUsize, Ordering};

/// How deep reads may be nested on one thread. A deeper read finds no value.
const MAX_NESTED_READS: usize = if cfg!(event_loom) { 2 } else { 32 };

/// Holds the address for one read.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The address of the value that is read, or null.
    pub(crate) value: AtomicPtr<()>,
    /// A number that the reader chose for this read, or for the last one.
    tag: AtomicUsize,
    /// How many slots precede this one in its chain.
    depth: usize,
    /// The slot for a nested read.
    next: Option<&'static Self>,
}

impl Slot {
    /// Returns the first slot of a new chain, which is never freed.
    pub(crate) fn new_chain() -> &'static Self {
        let mut first = Self::leaked(MAX_NESTED_READS - 1, None);
        for depth in (0..MAX_NESTED_READS - 1).rev() {
            first = Self::leaked(depth, Some(first));
        }
        first
    }

    fn leaked(depth: usize, next: Option<&'static Self>) -> &'static Self {
        Box::leak(Box::new(Self {
            value: AtomicPtr::new(std::ptr::null_mut()),
            tag: AtomicUsize::new(0),
            depth,
            next,
        }))
    }

    /// Returns how many reads of the thread enclose this one.
    #[inline]
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the slot for a nested read, if there is one more.
    #[inline]
    pub(crate) const fn next(&self) -> Option<&'static Self> {
        self.next
    }

    /// Returns this slot and those behind it.
    pub(crate) fn chain(&'static self) -> impl Iterator<Item = &'static Self> {
        std::iter::successors(Some(self), |slot| slot.next)
    }

    /// Sets the tag of this read.
    #[inline]
    pub(crate) fn set_tag(&self, tag: usize) {
        // Relaxed: only the slot's own thread reads the tag.
        self.tag.store(tag, Ordering::Relaxed);
    }

    /// Returns the tag of this read.
    pub(crate) fn tag(&self) -> usize {
        self.tag.load(Ordering::Relaxed)
    }
}
