//! The spans that are entered on this thread, of all listeners.

use std::cell::RefCell;

use std::sync::Arc;

use event_core::EventId;

use super::span::Span;

/// A span that is entered on this thread.
#[derive(Clone)]
pub(super) struct EnteredSpan {
    pub(super) listener: u64,
    pub(super) event: EventId,
    /// The span that a poll has entered. The scope of an open event may end on another thread
    /// before the poll ends.
    pub(super) polled: Option<Arc<Span>>,
    pub(super) parent: Option<EventId>,
    /// Whether its START may be standalone (`start_event`). The END may then come on another
    /// thread, or never.
    pub(super) is_standalone: bool,
}

thread_local! {
    // Has a destructor. After it has run, the exiting thread enters no more spans.
    static ENTERED: RefCell<Vec<EnteredSpan>> = const { RefCell::new(Vec::new()) };
}

/// Adds a span; returns `false` while the thread exits.
pub(super) fn push(span: EnteredSpan) -> bool {
    ENTERED
        .try_with(|entered| entered.borrow_mut().push(span))
        .is_ok()
}

/// Removes a span; returns none if it is not entered on this thread.
pub(super) fn remove(listener: u64, event: EventId) -> Option<EnteredSpan> {
    let removed = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let is_wanted = |span: &EnteredSpan| span.listener == listener && span.event == event;
        let index = entered.iter().rposition(is_wanted);
        index.map(|index| entered.remove(index))
    });
    removed.ok().flatten()
}

/// Returns the span of `listener` that was entered last on this thread.
pub(super) fn innermost(listener: u64) -> Option<EnteredSpan> {
    let innermost = ENTERED.try_with(|entered| {
        let entered = entered.borrow();
        let mut of_listener = entered.iter().filter(|span| span.listener == listener);
        of_listener.next_back().cloned()
    });
    innermost.ok().flatten()
}
