//! The scope of a future: START at its first poll, END when it completes, panics or is dropped.
//!
//! A disabled future has no scope, and its poll calls only the body. An enabled future also calls
//! functions of this file. Functions called from code that is inlined into annotated functions are
//! `extern "C"`: they do not unwind, so their callers need no landing pads. A function that runs
//! listeners or user code catches its panics.

use std::any::Any;
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe, resume_unwind};

use super::state::{contain, set_starting};
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::event::exc_details::ExcDetails;
use crate::event::status::EventStatus;
use crate::scope::call::FreeOnDrop;
use crate::scope::detached::{DetachedScope, PendingStart};
use crate::thread::{EnteredScope, current, session};
use crate::value::Value;
use crate::value::data::Data;

/// The scope of an annotated future, if the future is enabled.
///
/// If it is dropped before the END, the END is broadcast as cancelled.
#[derive(Debug)]
#[repr(transparent)] // a pointer, which an `extern "C"` function can return
pub struct FutureScope(pub(super) DetachedScope);

// Only listeners access the content, and a panic of a listener is caught.
impl UnwindSafe for FutureScope {}
impl RefUnwindSafe for FutureScope {}

impl Callsite {
    /// Returns the scope of a future whose data is captured now.
    #[inline]
    pub fn future_captured<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> FutureScope {
        if self.is_enabled() {
            self.enabled_scope_captured(capture)
        } else {
            FutureScope::DISABLED
        }
    }

    #[cold]
    fn enabled_scope_captured<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> FutureScope {
        let Some(mut collected) = self.collect(capture) else {
            return FutureScope::DISABLED;
        };
        let mut scope = FutureScope::new(self, collected.interest, false);
        let values = FreeOnDrop(&mut collected.values);
        if let Some(state) = scope.0.state_mut() {
            if collected.interest.wants_data() {
                state.keep(&Data::captured(self.site().keys(), values.0));
            }
        }
        scope
    }
}

impl FutureScope {
    /// The scope of a disabled future.
    pub(super) const DISABLED: Self = Self(DetachedScope::NONE);

    /// Makes this the scope of a future that is polled for the first time, and whose call site is
    /// enabled. Call on a disabled scope.
    ///
    /// The body broadcasts the START if there is data, because only the body has the arguments.
    #[cold]
    #[inline(never)]
    pub(super) extern "C" fn enable(&mut self, callsite: &'static Callsite) {
        if let Some(interest) = callsite.interest() {
            let has_keys = !callsite.site().keys().is_empty();
            *self = Self::new(callsite, interest, has_keys);
        }
    }

    #[inline(always)]
    fn new(callsite: &'static Callsite, interest: Interest, by_body: bool) -> Self {
        let mut scope = DetachedScope::new();
        if let Some(state) = scope.state_mut() {
            state.pending = Some(PendingStart {
                callsite,
                interest,
                by_body,
            });
        }
        Self(scope)
    }

    /// Returns whether the future is enabled.
    #[must_use]
    #[inline]
    pub const fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Makes the scope current for a poll. [`end_poll`](Self::end_poll) must follow.
    #[cold]
    #[inline(never)]
    pub(super) fn begin_poll(&mut self) -> Polling {
        self.start_without_body();
        let entered = match self.0.state() {
            Some(state) => state.enter_poll(),
            None => EnteredScope::poll(current()),
        };
        let mut enclosing = None;
        if let Some(state) = self.0.state_mut() {
            state.notify_poll(EventStatus::Start);
            state.poll_starts();
            if state.pending.is_some() {
                enclosing = Some(set_starting(mem::take(&mut self.0)));
            }
        }
        Polling { entered, enclosing }
    }

    /// Broadcasts the START at the first poll, unless the body does so.
    fn start_without_body(&mut self) {
        let Some(state) = self.0.state_mut() else {
            return;
        };
        let Some(pending) = state.pending.take_if(|pending| !pending.by_body) else {
            return;
        };
        let place = (pending.callsite.entry(), Some(pending.callsite.site()));
        if !state.start_with_kept(place, pending.interest.in_session(session())) {
            self.0 = DetachedScope::NONE;
        }
    }

    /// Leaves the scope after a poll, and broadcasts the END if the future has ended.
    #[cold]
    #[inline(never)]
    pub(super) fn end_poll(&mut self, polling: Polling, has_ended: bool) {
        let scope = self.leave_poll(polling, has_ended);
        if let Some(state) = scope.state() {
            state.end_with(None, None);
            scope.recycle();
        }
    }

    /// Leaves the scope after the last poll. Returns the scope, for the END.
    #[cold]
    #[inline(never)]
    pub(super) fn leave_last_poll(&mut self, polling: Polling) -> DetachedScope {
        self.leave_poll(polling, true)
    }

    /// Leaves the scope after a poll. If the future has ended, returns the scope, for the END.
    #[inline(always)]
    fn leave_poll(&mut self, polling: Polling, has_ended: bool) -> DetachedScope {
        let Polling { entered, enclosing } = polling;
        if let Some(enclosing) = enclosing {
            self.0 = set_starting(enclosing);
            if self.0.id().is_none() {
                self.0 = DetachedScope::NONE; // no listener received the START
            }
        }
        if let Some(state) = self.0.state_mut() {
            state.poll_ends();
            state.notify_poll(EventStatus::End);
        }
        drop(entered);
        if has_ended {
            mem::take(&mut self.0)
        } else {
            DetachedScope::NONE
        }
    }
}

/// A poll in progress.
pub(super) struct Polling {
    entered: EnteredScope,
    /// At the first poll, if the body broadcasts the START: the scope of the enclosing future whose
    /// first poll is in progress, if there is one.
    enclosing: Option<DetachedScope>,
}

/// Broadcasts the END of a future that panicked, and resumes the panic.
#[cold]
pub(super) fn fail(scope: &DetachedScope, payload: Box<dyn Any + Send>) -> ! {
    resume_unwind(match scope.state() {
        Some(state) => state.fail(payload),
        None => payload,
    })
}

/// Enters the scope of a future that is about to be dropped.
#[cold]
#[inline(never)]
pub(super) extern "C" fn enter_drop(scope: &mut FutureScope) {
    if let Some(state) = scope.0.state_mut() {
        state.dropping = state.is_started().then(|| state.enter_poll());
        contain(|| state.notify_poll(EventStatus::Start));
        state.poll_starts();
    }
}

/// Broadcasts the END of a future that was dropped before it completed.
#[cold]
#[inline(never)]
extern "C" fn cancel(mut scope: DetachedScope) {
    contain(move || {
        if let Some(state) = scope.state_mut() {
            if state.dropping.is_some() {
                state.poll_ends();
                state.notify_poll(EventStatus::End);
            }
            drop(state.dropping.take());
            if state.is_started() {
                state.end_with(None, Some(&ExcDetails::cancelled()));
            }
        }
    });
}

impl Drop for FutureScope {
    #[inline]
    fn drop(&mut self) {
        let scope = mem::take(&mut self.0); // leaves nothing to drop
        if scope.is_some() {
            cancel(scope);
        }
    }
}
