//! The scope of a future: START at its first poll, END when it completes, panics or is dropped.
//!
//! A disabled future has no scope, and its poll calls only the body. An enabled future also calls
//! functions of this file. Functions called from code that is inlined into annotated functions are
//! `extern "C"`: they do not unwind, so their callers need no landing pads. A function that runs
//! listeners or user code catches its panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};

use super::state::{FutureState, contain, set_starting};
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::event::EventStatus;
use crate::event::exc_details::ExcDetails;
use crate::scope::detached::DetachedScope;
use crate::thread::{EnteredScope, current};
use crate::value::Value;
use crate::value::data::Data;

/// The scope of an annotated future, if the future is enabled.
///
/// If it is dropped before the END, the END is broadcast as cancelled.
#[derive(Debug)]
#[repr(transparent)] // a pointer, which an `extern "C"` function can return
pub struct FutureScope(pub(super) Option<Box<FutureState>>);

// Only listeners access the content, and a panic of a listener is caught.
impl UnwindSafe for FutureScope {}
impl RefUnwindSafe for FutureScope {}

impl Callsite {
    /// Returns the scope of a future, and whether the future is enabled.
    ///
    /// The body of an enabled future must call a function of [`start`](super::start) first.
    #[inline]
    pub fn future(&'static self) -> (FutureScope, bool) {
        let scope = if self.is_enabled() {
            enabled_scope(self, true)
        } else {
            FutureScope(None)
        };
        // Returned by value, because a variable that a coroutine borrows would enlarge its state.
        let is_enabled = scope.is_enabled();
        (scope, is_enabled)
    }

    /// Returns the scope of a future without data.
    #[inline]
    pub fn future_without_data(&'static self) -> FutureScope {
        if self.is_enabled() {
            enabled_scope(self, false)
        } else {
            FutureScope(None)
        }
    }

    /// Returns the scope of a future whose data is captured now.
    #[inline]
    pub fn future_captured<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> FutureScope {
        match self.collect_owned_if_enabled(capture) {
            None => FutureScope(None),
            Some((interest, data)) => FutureScope::new(self, interest, Some(data)),
        }
    }
}

#[cold]
#[inline(never)]
extern "C" fn enabled_scope(callsite: &'static Callsite, body_starts: bool) -> FutureScope {
    match callsite.interest() {
        Interest::Never => FutureScope(None),
        interest => FutureScope::new(callsite, interest, (!body_starts).then(Data::default)),
    }
}

impl FutureScope {
    #[cold]
    fn new(
        callsite: &'static Callsite,
        interest: Interest,
        captured: Option<Data<'static>>,
    ) -> Self {
        Self(Some(Box::new(FutureState {
            callsite,
            interest,
            captured,
            scope: None,
            dropping: None,
        })))
    }

    /// Returns whether the future is enabled.
    #[must_use]
    #[inline]
    pub const fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Polls once under the scope. If the future has completed, returns the scope, for the END.
    #[cold]
    pub(super) fn poll(&mut self, poll: &mut dyn FnMut() -> bool) -> Option<DetachedScope> {
        let mut state = self.0.take()?;
        if let Some(data) = state.captured.take() {
            state.start(data);
            if state.scope.is_none() {
                poll();
                return None;
            }
        }
        let is_first = state.scope.is_none();
        let id = state
            .scope
            .as_ref()
            .map_or_else(current, |scope| Some(scope.id()));
        let entered = EnteredScope::poll(id);
        state.notify_poll(EventStatus::Start);
        let (result, state) = if is_first {
            let enclosing = set_starting(Some(state));
            let result = catch_unwind(AssertUnwindSafe(poll));
            let state = set_starting(enclosing);
            (result, state.filter(|state| state.scope.is_some()))
        } else {
            (catch_unwind(AssertUnwindSafe(poll)), Some(state))
        };
        if let Some(state) = &state {
            state.notify_poll(EventStatus::End);
        }
        drop(entered);
        match result {
            Ok(false) => {
                self.0 = state;
                None
            }
            Ok(true) => state?.scope,
            Err(payload) => fail(state, payload),
        }
    }
}

#[cold]
fn fail(state: Option<Box<FutureState>>, payload: Box<dyn Any + Send>) -> ! {
    resume_unwind(match state.and_then(|state| state.scope) {
        Some(scope) => scope.fail(payload),
        None => payload,
    })
}

/// Enters the scope of a future that is about to be dropped.
#[cold]
#[inline(never)]
pub(super) extern "C" fn enter_drop(state: &mut FutureState) {
    let id = state.scope.as_ref().map(DetachedScope::id);
    state.dropping = id.map(|id| EnteredScope::poll(Some(id)));
    contain(|| state.notify_poll(EventStatus::Start));
}

/// Broadcasts the END of a future that was dropped before it completed.
#[cold]
#[inline(never)]
extern "C" fn cancel(mut state: Box<FutureState>) {
    contain(move || {
        if state.dropping.is_some() {
            state.notify_poll(EventStatus::End);
        }
        drop(state.dropping.take());
        if let Some(scope) = state.scope {
            scope.end_with(None, Some(&ExcDetails::cancelled()));
        }
    });
}

impl Drop for FutureScope {
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.0.take() {
            cancel(state);
        }
    }
}
