//! The span of the scope that this thread has ended last.
//!
//! A listener that receives an END after the exporter of spans finds the span here.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use event_core::EventId;

use super::fields::Ids;

/// Whether a listener reads the spans.
static IS_WANTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static ENDED: Cell<Option<Ended>> = const { Cell::new(None) };
}

/// A scope that has ended.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    scope: EventId,
    /// None if the span is not exported.
    pub(crate) span: Option<Ids>,
}

/// Makes exporters store the spans from now on.
pub(crate) fn want() {
    // Relaxed: only a hint. A scope that ends at the same time may have no span.
    IS_WANTED.store(true, Ordering::Relaxed);
}

/// Stores the span of a scope that ends, if a listener reads it.
#[inline]
pub(crate) fn store(scope: EventId, span: impl FnOnce() -> Option<Ids>) {
    if IS_WANTED.load(Ordering::Relaxed) {
        let span = span();
        ENDED.set(Some(Ended { scope, span }));
    }
}

/// Stores that a scope ends whose span is not exported, if a listener reads it.
#[inline]
pub(crate) fn store_none(scope: EventId) {
    #[cold]
    #[inline(never)]
    fn set(scope: EventId) {
        ENDED.set(Some(Ended { scope, span: None }));
    }

    if IS_WANTED.load(Ordering::Relaxed) {
        set(scope);
    }
}

/// Returns the scope if this thread has ended it last.
pub(crate) fn get(scope: EventId) -> Option<Ended> {
    ENDED.get().filter(|ended| ended.scope == scope)
}
