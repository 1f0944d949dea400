//! The hazard slots of the current thread, and which of them are in use.
//!
//! The slots in use are the front of the chain, one for each read in progress.

use super::hazard_slot::Slot;
use super::state::STATE;

/// Returns the first slot of this thread, if it has slots.
pub(crate) fn slot_chain() -> Option<&'static Slot> {
    STATE.with(|state| state.slots.get())
}

/// Sets the slots of this thread to the chain that begins with `first`, or to none.
pub(crate) fn set_slot_chain(first: Option<&'static Slot>) {
    STATE.with(|state| {
        state.slots.set(first);
        state.free_slot.set(first);
    });
}

/// Returns the first slot that is not in use. `None` if all are in use, or if the thread has no
/// slots.
#[inline]
pub(crate) fn free_slot() -> Option<&'static Slot> {
    STATE.with(|state| state.free_slot.get())
}

/// Sets the first slot that is not in use.
#[inline]
pub(crate) fn set_free_slot(slot: Option<&'static Slot>) {
    STATE.with(|state| state.free_slot.set(slot));
}

/// Returns whether a read is in progress on this thread.
pub(crate) fn is_reading() -> bool {
    STATE.with(|state| match (state.slots.get(), state.free_slot.get()) {
        (None, _) => false,
        (_, None) => true,
        (_, Some(free)) => free.depth() > 0,
    })
}

/// Returns whether one of the `depth` outermost reads of this thread has the tag `tag`.
#[cold]
pub(crate) fn is_tagged(tag: usize, depth: usize) -> bool {
    slot_chain().is_some_and(|first| first.chain().take(depth).any(|slot| slot.tag() == tag))
}
