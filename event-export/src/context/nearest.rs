//! The innermost scope of this thread that belongs to a trace.
//!
//! The current scope may be one that only other listeners have received. It then belongs to the
//! trace of this one.

use std::cell::{Cell, RefCell};

use event_core::EventId;

thread_local! {
    static NEAREST: Cell<Option<EventId>> = const { Cell::new(None) };
    // The futures that this thread polls, and the innermost scope before each. Several threads may
    // poll futures of one open event. It has a destructor. After it has run, no poll changes the
    // innermost scope.
    static POLLS: RefCell<Vec<(EventId, Option<EventId>)>> = const { RefCell::new(Vec::new()) };
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

/// Makes `future` the innermost scope until its poll on this thread ends.
pub(crate) fn start_poll(future: EventId) {
    let before = get();
    if POLLS
        .try_with(|polls| polls.borrow_mut().push((future, before)))
        .is_ok()
    {
        replace(Some(future));
    }
}

/// Restores the innermost scope before the poll of `future` on this thread, if there is one.
pub(crate) fn end_poll(future: EventId) {
    let ended = POLLS.try_with(|polls| {
        let mut polls = polls.borrow_mut();
        let index = polls.iter().rposition(|(polled, _)| *polled == future)?;
        Some(polls.remove(index))
    });
    if let Ok(Some((_, before))) = ended {
        if get() == Some(future) {
            replace(before);
        }
    }
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
