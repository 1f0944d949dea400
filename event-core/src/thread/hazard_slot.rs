//! Hazard slots, in which a thread publishes the addresses of the values that it reads.
//!
//! A thread that reads owns a chain of slots. It uses them from the front: a nested read uses the
//! next slot. [`crate::hazard_cell`] states the protocol.

use crate::sync::{AtomicPtr, AtomicUsize, Ordering};

/// The maximum number of nested reads on one thread. A deeper read finds no value.
const MAX_NESTED_READS: usize = if cfg!(event_loom) { 2 } else { 32 };

/// The address that one read publishes.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The address of the value that is being read, or null.
    pub(crate) value: AtomicPtr<()>,
    /// The identity of the listener that this read notifies. Before the first notification, the tag
    /// of an earlier read.
    tag: AtomicUsize,
    /// The number of slots that precede this one in its chain.
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

    /// Returns the number of reads that enclose this one.
    #[inline]
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// Returns whether no read uses this slot.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        // Relaxed: only the thread that owns the slot stores in it, and asks this.
        self.value.load(Ordering::Relaxed).is_null()
    }

    /// Returns this slot and all that follow it.
    pub(crate) fn chain(&'static self) -> impl Iterator<Item = &'static Self> {
        std::iter::successors(Some(self), |slot| slot.next)
    }

    /// Sets the tag of this read.
    #[inline]
    pub(crate) fn set_tag(&self, tag: usize) {
        // Relaxed: only the thread that owns the slot stores and loads the tag.
        self.tag.store(tag, Ordering::Relaxed);
    }

    /// Returns the tag of this read.
    pub(crate) fn tag(&self) -> usize {
        // Relaxed: as in `set_tag`.
        self.tag.load(Ordering::Relaxed)
    }
}
