//! Suppressing events while the library runs its own work or user code that only formats or evaluates data.

use super::state::STATE;

/// Returns whether events of this thread are suppressed.
#[inline]
pub(crate) fn are_events_suppressed() -> bool {
    STATE.with(|state| state.suppressed.get() > 0)
}

/// Suppresses the events of this thread while it exists.
#[derive(Debug)]
pub(crate) struct SuppressEvents(());

impl SuppressEvents {
    pub(crate) fn new() -> Self {
        STATE.with(|state| state.suppressed.set(state.suppressed.get() + 1));
        Self(())
    }
}

impl Drop for SuppressEvents {
    fn drop(&mut self) {
        STATE.with(|state| state.suppressed.set(state.suppressed.get() - 1));
    }
}
