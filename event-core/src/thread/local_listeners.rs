//! The number of listeners that are installed for the current thread only.
//!
//! While it is zero, the local listeners of other threads cost this thread almost nothing.

use super::state::STATE;

/// Counts a listener that is installed for this thread.
pub(crate) fn add_local_listener() {
    STATE.with(|state| state.local_listeners.set(state.local_listeners.get() + 1));
}

/// Stops counting a listener of this thread.
pub(crate) fn remove_local_listener() {
    STATE.with(|state| {
        let before = state.local_listeners.get();
        state.local_listeners.set(before.saturating_sub(1));
    });
}

/// Returns whether a listener is installed for this thread only.
#[inline]
pub(crate) fn has_local_listeners() -> bool {
    STATE.with(|state| state.local_listeners.get() > 0)
}
