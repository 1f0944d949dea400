//! The scope of an annotated function that runs synchronously and in one piece.
//!
//! None of this runs for a disabled call. The code of an enabled call that is compiled for each
//! function only captures the arguments and runs the body; the functions of this file do the rest.
//! The functions that it calls are `extern "C"`. These do not unwind, so it needs no landing pads.

#![expect(
    improper_ctypes_definitions,
    reason = "only Rust code calls the `extern \"C\"` functions"
)]

use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Scope;
use super::outcome::Outcome;
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::event::exc_details::ExcDetails;
use crate::thread::{SuppressEvents, exit_call, set_current};
use crate::value::captured::Captured;
use crate::value::data::Data;
use crate::value::{Field, Value};

/// An enabled call of an annotated function.
#[derive(Debug)]
pub struct ActiveCall<'e> {
    /// `None` before the START and after the END, or if the call is disabled on this thread.
    scope: Option<Scope>,
    /// The values of the END; empty if no listener reads the data of the START again.
    end: &'e mut [Captured<'e>],
    /// Whether a value in `end` may own memory.
    owns_end: bool,
}

impl<'e> ActiveCall<'e> {
    /// Returns a call that has not started.
    #[inline]
    pub(super) const fn new() -> Self {
        Self {
            scope: None,
            end: &mut [],
            owns_end: false,
        }
    }

    /// Sets the values of the END.
    #[inline(always)]
    pub(super) fn set_end(&mut self, end: &'e mut [Captured<'e>]) {
        self.end = end;
    }

    /// Broadcasts the START with the values `start`, of which the first belong to the keys of the
    /// call site. `owns` states whether a value may own memory.
    #[inline(never)]
    pub(super) extern "C" fn start(
        &mut self,
        callsite: &'static Callsite,
        interest: Interest,
        owns: bool,
        start: &mut [Captured<'_>],
    ) {
        self.owns_end = owns;
        if !interest.wants_end_data() {
            self.end = &mut [];
        }
        Self::broadcast_start(&mut self.scope, callsite, interest, start);
        if owns {
            drop(FreeOnDrop(start));
        }
    }

    /// Broadcasts the START with the values of the END.
    #[inline(never)]
    extern "C" fn start_with_end(&mut self, callsite: &'static Callsite, interest: Interest) {
        self.owns_end = true;
        Self::broadcast_start(&mut self.scope, callsite, interest, self.end);
    }

    #[inline(always)]
    fn broadcast_start(
        scope: &mut Option<Scope>,
        callsite: &'static Callsite,
        interest: Interest,
        values: &[Captured<'_>],
    ) {
        let new = Scope::new(callsite.entry(), Some(callsite.site()), interest);
        let started = scope.insert(new);
        // `ManuallyDrop`, because the data owns nothing.
        let data = ManuallyDrop::new(Data::captured(callsite.site().keys(), values));
        if started.start(&data) {
            set_current(Some(started.id()));
        } else {
            *scope = None;
        }
    }

    /// Broadcasts the END with the outcome that `inspect` returns, if a listener received the
    /// START.
    ///
    /// The argument of `inspect` is `true` if a listener wants data.
    #[inline(never)]
    pub fn end<'r>(&mut self, inspect: &mut dyn FnMut(bool) -> Outcome<'r>) {
        if let Some(scope) = &self.scope {
            exit_call(scope.id(), scope.parent());
            let outcome = inspect(scope.interest().wants_data());
            self.broadcast_end(outcome.returned.as_ref(), outcome.exc.as_deref());
            self.scope = None;
        }
    }

    #[inline(always)]
    fn broadcast_end(&mut self, returned: Option<&Field<'_>>, exc: Option<&ExcDetails<'_>>) {
        if let Some(scope) = &self.scope {
            // `ManuallyDrop`, because the data owns nothing.
            let data = Data::captured(scope.keys(), self.end).with_returned(returned);
            scope.end(&ManuallyDrop::new(data), exc);
        }
    }

    /// Broadcasts the END, unless the inspection of the value has done so. Frees the values.
    #[inline(never)]
    pub(super) extern "C" fn finish(&mut self) {
        if let Some(scope) = &self.scope {
            exit_call(scope.id(), scope.parent());
            self.broadcast_end(None, None);
        }
        self.free();
    }

    /// Broadcasts the END of a call that panicked, and resumes the panic.
    #[cold]
    #[inline(never)]
    pub(super) fn resume_panic(&mut self, payload: Box<dyn Any + Send>) -> ! {
        resume_unwind(match &self.scope {
            None => payload,
            Some(scope) => {
                exit_call(scope.id(), scope.parent());
                let payload = Scope::fail(payload, |exc| self.broadcast_end(None, Some(exc)));
                self.free();
                payload
            }
        })
    }

    #[inline(always)]
    fn free(&mut self) {
        if self.owns_end {
            drop(FreeOnDrop(self.end));
        }
    }
}

/// Ignores the returned value, and leaves the END to `finish`.
#[inline]
pub fn ignore_returned<R>(_: &R, _: &mut ActiveCall<'_>) {}

/// Frees captured values when dropped.
///
/// Events are suppressed meanwhile: an annotated allocator must not capture its own call.
pub(super) struct FreeOnDrop<'a, 'v>(pub(super) &'a mut [Captured<'v>]);

impl Drop for FreeOnDrop<'_, '_> {
    #[cold]
    fn drop(&mut self) {
        let _suppress = SuppressEvents::new();
        self.0.iter_mut().for_each(Captured::free);
    }
}

/// The interest in a call and, if a listener wants data, the value of each key of its site.
#[derive(Debug)]
pub struct CollectedCall<'v, const N: usize> {
    pub(super) interest: Interest,
    pub(super) values: [Captured<'v>; N],
}

/// The body of a function, passed to [`Callsite::call_collected`].
///
/// The wrapper is passed by value, which moves the body. The body's captures are then written to
/// the stack only for an enabled call, and stay in registers for a disabled one.
#[derive(Debug)]
pub struct Body<F>(pub F);

impl Callsite {
    /// Collects the arguments of a call whose call site is enabled. Returns `None` if the call is
    /// disabled on this thread.
    #[cold]
    pub fn collect<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> Option<CollectedCall<'v, N>> {
        let interest = self.interest();
        let values = match interest {
            Interest::Never => return None,
            interest if interest.wants_data() => capture().map(Captured::new),
            _ => [const { Captured::NONE }; N],
        };
        Some(CollectedCall { interest, values })
    }

    /// Runs an annotated function whose call is enabled.
    #[cold]
    #[inline(never)]
    pub fn call_collected<R, const N: usize>(
        &'static self,
        collected: CollectedCall<'_, N>,
        Body(body): Body<impl FnOnce() -> R>,
        inspect: impl FnOnce(&R, &mut ActiveCall<'_>),
    ) -> R {
        let mut values = collected.values;
        let mut call = ActiveCall::new();
        call.set_end(&mut values);
        call.start_with_end(self, collected.interest);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let value = body();
            inspect(&value, &mut call);
            value
        }));
        match result {
            Ok(value) => {
                call.finish();
                value
            }
            Err(payload) => call.resume_panic(payload),
        }
    }
}
