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
use crate::dispatch::entry::Entry;
use crate::dispatch::interest::Interest;
use crate::event::site::Site;
use crate::thread::{SuppressEvents, are_events_suppressed, exit_call, set_current};
use crate::value::Value;
use crate::value::captured::Captured;
use crate::value::data::Data;

/// An enabled call of an annotated function.
#[derive(Debug)]
#[repr(C)] // the scope first: a reference to it needs no address computation
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

    /// Broadcasts the START with `values`, which own nothing and are also those of the END. The
    /// first belong to the keys of the call site.
    #[inline(never)]
    pub(super) extern "C" fn start(
        &mut self,
        callsite: &'static Callsite,
        interest: Interest,
        values: &'e mut [Captured<'e>],
    ) {
        if are_events_suppressed() {
            return;
        }
        let Some(entry) = callsite.known_entry() else {
            // Calls itself in the last place, so that no variable is live during the registration.
            return self.start_registered(callsite, interest, values);
        };
        let values = if interest.wants_end_data() {
            self.end = values;
            &*self.end
        } else {
            &*values
        };
        Self::broadcast_start(&mut self.scope, (entry, callsite.site()), interest, values);
    }

    #[cold]
    #[inline(never)]
    extern "C" fn start_registered(
        &mut self,
        callsite: &'static Callsite,
        interest: Interest,
        values: &'e mut [Captured<'e>],
    ) {
        callsite.entry();
        self.start(callsite, interest, values);
    }

    /// Broadcasts the START with the values `start`. The END has the values `end`. `owns` states
    /// whether a value may own memory.
    #[inline(never)]
    pub(super) extern "C" fn start_apart(
        &mut self,
        callsite: &'static Callsite,
        interest: Interest,
        owns: bool,
        start: &mut [Captured<'_>],
        end: &'e mut [Captured<'e>],
    ) {
        Self::broadcast_start(
            &mut self.scope,
            (callsite.entry(), callsite.site()),
            interest,
            start,
        );
        if interest.wants_end_data() {
            self.end = end;
            self.owns_end = owns;
        }
        if owns {
            drop(FreeOnDrop(start));
        }
    }

    /// Broadcasts the START with `values`, which may own memory and are also those of the END.
    #[inline(never)]
    extern "C" fn start_owned(
        &mut self,
        callsite: &'static Callsite,
        interest: Interest,
        values: &'e mut [Captured<'e>],
    ) {
        self.end = values;
        self.owns_end = true;
        Self::broadcast_start(
            &mut self.scope,
            (callsite.entry(), callsite.site()),
            interest,
            self.end,
        );
    }

    #[inline(always)]
    fn broadcast_start(
        scope: &mut Option<Scope>,
        (entry, site): (&'static Entry, &'static Site),
        interest: Interest,
        values: &[Captured<'_>],
    ) {
        let started = scope.insert(Scope::new(entry, Some(site), interest));
        // `ManuallyDrop`, because the data owns nothing.
        let data = ManuallyDrop::new(Data::captured(site.keys(), values));
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
            let outcome = inspect(scope.id().wants_data());
            let data = Data::captured(scope.keys(), self.end);
            // `ManuallyDrop`, because the data owns nothing.
            let data = ManuallyDrop::new(data.with_returned(outcome.returned.as_ref()));
            scope.end(&data, outcome.exc.as_deref());
            self.scope = None;
        }
    }

    /// Broadcasts the END, unless the inspection of the value has done so. Frees the values.
    #[inline(never)]
    pub(super) extern "C" fn finish(&mut self, callsite: &'static Callsite) {
        if let Some(scope) = &self.scope {
            exit_call(scope.id(), scope.parent());
            // `ManuallyDrop`, because the data owns nothing.
            let data = ManuallyDrop::new(Data::captured(callsite.site().keys(), self.end));
            scope.end(&data, None);
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
                let data = ManuallyDrop::new(Data::captured(scope.keys(), self.end));
                let payload = Scope::fail(payload, |exc| scope.end(&data, Some(exc)));
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
        let interest = self.interest()?;
        let values = if interest.wants_data() {
            capture().map(Captured::new)
        } else {
            [const { Captured::NONE }; N]
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
        call.start_owned(self, collected.interest, &mut values);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let value = body();
            inspect(&value, &mut call);
            value
        }));
        match result {
            Ok(value) => {
                call.finish(self);
                value
            }
            Err(payload) => call.resume_panic(payload),
        }
    }
}
