//! The innermost scope of this thread that belongs to a trace.
//!
//! The current scope may be one that only other listeners have received. It then belongs to the
//! trace of this one.

use std::cell::Cell;

use event_core::EventId;

thread_local! {
    static NEAREST: Cell<Option<EventId>> = const { Cell::new(None) };
}

/// Returns the innermost scope.
#[inline]
pub(crate) fn get() -> Option<EventId> {
    NEAREST.get()
}

/// Sets the innermost scope, and returns the previous one.
#[inline]
pub(crate) fn replace(scope: Option<EventId>) -> Option<EventId> {
    NEAREST.replace(scope)
}

/// Makes `scope` the innermost one until the guard is dropped.
pub(crate) fn enter(scope: Option<EventId>) -> EnteredNearest {
    EnteredNearest(replace(scope))
}

/// Restores the previous scope on drop.
#[must_use = "dropping this exits the scope"]
pub(crate) struct EnteredNearest(Option<EventId>);

impl Drop for EnteredNearest {
    fn drop(&mut self) {
        replace(self.0);
    }
}
