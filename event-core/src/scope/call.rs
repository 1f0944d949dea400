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
use crate::value::data::{Data, Keys};

/// An enabled call of an annotated function.
#[derive(Debug)]
#[repr(C)] // the scope first: a reference to it needs no address computation
pub struct ActiveCall<'e> {
    /// `None` before the START and after the END, or if the call is disabled on this thread.
    scope: Option<Scope>,
    callsite: &'static Callsite,
    /// Before the START, its values. Then those of the END; empty if no listener reads them again.
    end: &'e mut [Captured<'e>],
    /// Whether a value in `end` may own memory.
    owns_end: bool,
}

impl<'e> ActiveCall<'e> {
    /// Returns a call that has not started. The first of `values` belong to the keys of the call
    /// site.
    #[cfg_attr(debug_assertions, inline(never))] // as `capture` in arity.rs
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) const fn new(callsite: &'static Callsite, values: &'e mut [Captured<'e>]) -> Self {
        Self {
            scope: None,
            callsite,
            end: values,
            owns_end: false,
        }
    }

    /// Returns the values before the START.
    pub(super) fn values(&mut self) -> &mut [Captured<'e>] {
        self.end
    }

    /// Broadcasts the START. The values own nothing, and are also those of the END.
    #[inline(never)]
    pub(super) extern "C" fn start(&mut self, interest: Interest) {
        if are_events_suppressed() {
            return;
        }
        let Some(entry) = self.callsite.known_entry() else {
            // Calls itself in the last place, so that no variable is live during the registration.
            return self.start_registered(interest);
        };
        let place = (entry, self.callsite.site());
        Self::broadcast_start(&mut self.scope, place, interest, self.end);
        if !interest.wants_end_data() {
            self.end = &mut [];
        }
    }

    #[cold]
    #[inline(never)]
    extern "C" fn start_registered(&mut self, interest: Interest) {
        self.callsite.entry();
        self.start(interest);
    }

    /// Broadcasts the START with the values `start`. The values of the call are those of the END.
    /// `owns` states whether a value may own memory.
    #[inline(never)]
    pub(super) extern "C" fn start_apart(
        &mut self,
        interest: Interest,
        owns: bool,
        start: &mut [Captured<'_>],
    ) {
        let place = (self.callsite.entry(), self.callsite.site());
        Self::broadcast_start(&mut self.scope, place, interest, start);
        if interest.wants_end_data() {
            self.owns_end = owns;
        } else {
            self.end = &mut [];
        }
        if owns {
            drop(FreeOnDrop(start));
        }
    }

    /// Broadcasts the START. The values may own memory, and are also those of the END.
    #[inline(never)]
    extern "C" fn start_owned(&mut self, interest: Interest) {
        self.owns_end = true;
        let place = (self.callsite.entry(), self.callsite.site());
        Self::broadcast_start(&mut self.scope, place, interest, self.end);
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
            let data = Data::captured(self.keys(), self.end);
            // `ManuallyDrop`, because the data owns nothing.
            let data = ManuallyDrop::new(data.with_returned(outcome.returned.as_ref()));
            scope.end(&data, outcome.exc.as_deref());
            self.scope = None;
        }
    }

    /// Broadcasts the END, unless the inspection of the value has done so. Frees the values.
    #[inline(never)]
    pub(super) extern "C" fn finish(&mut self) {
        if let Some(scope) = &self.scope {
            exit_call(scope.id(), scope.parent());
            // `ManuallyDrop`, because the data owns nothing.
            let data = ManuallyDrop::new(Data::captured(self.keys(), self.end));
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
                let data = ManuallyDrop::new(Data::captured(self.keys(), self.end));
                let payload = Scope::fail(payload, |exc| scope.end(&data, Some(exc)));
                self.free();
                payload
            }
        })
    }

    fn keys(&self) -> &'static Keys {
        self.callsite.site().keys()
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

/// The inspection of the value that a function returned: a type without data.
pub(super) trait Inspection<R>: Copy {
    /// Whether `inspect` does something.
    const IS_NEEDED: bool;

    fn inspect(self, value: &R, call: &mut ActiveCall<'_>);
}

/// The returned value is not inspected.
#[derive(Clone, Copy)]
pub(super) struct Ignored;

impl<R> Inspection<R> for Ignored {
    const IS_NEEDED: bool = false;

    fn inspect(self, _: &R, _: &mut ActiveCall<'_>) {}
}

/// The returned value is inspected by a function.
#[derive(Clone, Copy)]
pub(super) struct InspectedBy<F>(pub(super) F);

impl<R, F: Fn(&R, &mut ActiveCall<'_>) + Copy> Inspection<R> for InspectedBy<F> {
    const IS_NEEDED: bool = true;

    #[inline(always)]
    fn inspect(self, value: &R, call: &mut ActiveCall<'_>) {
        (self.0)(value, call);
    }
}

/// A body that can be called once, and the inspection of its value.
pub(super) struct PassedBody<F, I>(pub(super) Option<F>, pub(super) I);

/// The call site of a body whose call site is enabled, when the call has started.
pub(super) static DISABLED: Callsite = Callsite::disabled();

/// Panics because a body, which can be called only once, is called again.
#[cold]
#[inline(never)]
pub(super) fn called_twice() -> ! {
    unreachable!("the body of a call runs once")
}

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
        let mut call = ActiveCall::new(self, &mut values);
        call.start_owned(collected.interest);
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
