//! The hazard slots of the current thread.
//!
//! The slots in use are the front of the chain, one for each read in progress.

use super::hazard_slot::Slot;
use super::state::STATE;

/// Returns the first slot of this thread, if it has slots.
#[inline]
pub(crate) fn slot_chain() -> Option<&'static Slot> {
    STATE.with(|state| state.slots.get())
}

/// Sets the slots of this thread to the chain that begins with `first`, or to none.
pub(crate) fn set_slot_chain(first: Option<&'static Slot>) {
    STATE.with(|state| state.slots.set(first));
}

/// Returns the first slot of this thread. `None` if a read is in progress, or if the thread has no
/// slots.
#[inline]
pub(crate) fn outermost_slot() -> Option<&'static Slot> {
    slot_chain().filter(|first| first.is_free())
}

/// Returns the first slot that is not in use. `None` if all are in use, or if the thread has no
/// slots.
#[inline]
pub(crate) fn free_slot() -> Option<&'static Slot> {
    slot_chain().and_then(|first| {
        if first.is_free() {
            Some(first)
        } else {
            nested_slot(first)
        }
    })
}

#[cold]
fn nested_slot(first: &'static Slot) -> Option<&'static Slot> {
    first.chain().find(|slot| slot.is_free())
}

/// Returns whether a read is in progress on this thread.
pub(crate) fn is_reading() -> bool {
    slot_chain().is_some_and(|first| !first.is_free())
}

/// Returns whether one of the `depth` outermost reads of this thread has the tag `tag`.
#[cold]
pub(crate) fn is_tagged(tag: usize, depth: usize) -> bool {
    slot_chain().is_some_and(|first| first.chain().take(depth).any(|slot| slot.tag() == tag))
}
