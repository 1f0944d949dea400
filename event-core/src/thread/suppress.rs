//! Suppresses the events of a thread during the runtime's own work, and during user code that it
//! calls to evaluate or format data.
//!
//! Suppressed events are discarded. Otherwise an annotated allocator or an annotated `Debug` impl
//! would re-enter the runtime.

use super::state::STATE;

/// Returns whether the events of this thread are suppressed.
#[inline]
pub(crate) fn are_events_suppressed() -> bool {
    STATE.with(|state| state.suppressed.get() > 0)
}

/// Suppresses the events of this thread until it is dropped. Several may exist at the same time.
#[derive(Debug)]
pub(crate) struct SuppressEvents(());

impl SuppressEvents {
    #[inline]
    pub(crate) fn new() -> Self {
        STATE.with(|state| state.suppressed.set(state.suppressed.get() + 1));
        Self(())
    }
}

impl Drop for SuppressEvents {
    #[inline]
    fn drop(&mut self) {
        STATE.with(|state| state.suppressed.set(state.suppressed.get() - 1));
    }
}

/// The count of a [`SuppressInExpression`]. Below it are the counts of `SuppressEvents`, of which
/// there are fewer at one time.
const EXPRESSION: u32 = 1 << 16;

/// Returns whether the thread evaluates an expression of `data!`, and not code that this crate
/// calls to format a value.
pub(crate) fn is_in_expression() -> bool {
    STATE.with(|state| {
        let suppressed = state.suppressed.get();
        suppressed >= EXPRESSION && suppressed % EXPRESSION == 0
    })
}

/// Suppresses the events of this thread, while it evaluates the expressions of `data!`. In contrast
/// to a panic of a `Debug`, a panic of such an expression is not caught.
#[derive(Debug)]
pub(crate) struct SuppressInExpression(());

impl SuppressInExpression {
    #[inline]
    pub(crate) fn new() -> Self {
        STATE.with(|state| state.suppressed.set(state.suppressed.get() + EXPRESSION));
        Self(())
    }
}

impl Drop for SuppressInExpression {
    #[inline]
    fn drop(&mut self) {
        STATE.with(|state| state.suppressed.set(state.suppressed.get() - EXPRESSION));
    }
}
