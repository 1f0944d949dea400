//! The scope of an annotated function that runs synchronously and in one piece.
//!
//! None of this runs for a disabled call. The code that is not generic is in [`Callsite::run`].

use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::OpenScope;
use super::outcome::Outcome;
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::thread::{SuppressEvents, exit_call, set_current};
use crate::value::Value;
use crate::value::captured::Captured;
use crate::value::data::Data;

/// An enabled call of an annotated function that has not returned.
#[derive(Debug)]
pub struct ActiveCall<'a, 'v> {
    /// `None` after the END, or if no listener received the START.
    scope: Option<&'a mut OpenScope<'v>>,
}

impl ActiveCall<'_, '_> {
    /// Broadcasts the END with the outcome that `inspect` returns, if a listener received the
    /// START.
    ///
    /// The argument of `inspect` is `true` if a listener wants data.
    pub fn end<'r>(&mut self, inspect: &mut dyn FnMut(bool) -> Outcome<'r>) {
        if let Some(scope) = self.scope.take() {
            exit_call(scope.id(), scope.parent());
            let outcome = inspect(scope.wants_data());
            scope.end_with(outcome.returned.as_ref(), outcome.exc.as_deref());
        }
    }
}

/// Ignores the returned value, and leaves the END to `Callsite::run`.
#[inline]
pub fn ignore_returned<R>(_: &R, _: &mut ActiveCall<'_, '_>) {}

/// The interest in a call, and whether its captured values must be freed.
///
/// It is one byte, because it is passed in a register.
#[derive(Clone, Copy)]
pub(super) struct CallFlags(u8);

impl CallFlags {
    const OWNS_VALUES: u8 = 0x80;

    #[inline]
    pub(super) fn new(interest: Interest, values: &[Captured<'_>]) -> Self {
        let owns_values = values.iter().any(Captured::owns);
        Self(interest as u8 | if owns_values { Self::OWNS_VALUES } else { 0 })
    }

    pub(super) const fn wants_data(self) -> bool {
        matches!(self.interest(), Interest::WithData)
    }

    const fn interest(self) -> Interest {
        Interest::from_u8(self.0 & !Self::OWNS_VALUES)
    }

    const fn owns_values(self) -> bool {
        self.0 & Self::OWNS_VALUES != 0
    }
}

impl Callsite {
    /// Broadcasts a START, runs `body`, and broadcasts the END unless `body` has already done so.
    ///
    /// The values are freed, even if `body` panics.
    #[inline(never)]
    pub(super) fn run(
        &'static self,
        flags: CallFlags,
        values: &mut [Captured<'_>],
        body: &mut dyn FnMut(&mut ActiveCall<'_, '_>),
    ) {
        let interest = flags.interest();
        if interest == Interest::Never {
            return body(&mut ActiveCall { scope: None });
        }
        let guard;
        let values = if flags.owns_values() {
            guard = FreeOnDrop(values);
            &*guard.0
        } else {
            &*values
        };
        // `ManuallyDrop`, because the data and the scope own nothing.
        let data = ManuallyDrop::new(Data::captured(self.site().keys(), values));
        let scope = OpenScope::new(self.entry(), Some(self.site()), interest, &data);
        let mut scope = ManuallyDrop::new(scope);
        if !scope.start::<false>() {
            return body(&mut ActiveCall { scope: None });
        }
        set_current(Some(scope.id()));
        let mut call = ActiveCall {
            scope: Some(&mut scope),
        };
        let result = catch_unwind(AssertUnwindSafe(|| body(&mut call)));
        let scope = call.scope;
        if let Err(payload) = result {
            resume_panic(payload, scope);
        }
        if let Some(scope) = scope {
            exit_call(scope.id(), scope.parent());
            scope.end();
        }
    }
}

/// Broadcasts the END of a call that panicked, and resumes the panic.
#[cold]
fn resume_panic(payload: Box<dyn Any + Send>, scope: Option<&mut OpenScope<'_>>) -> ! {
    resume_unwind(match scope {
        None => payload,
        Some(scope) => {
            exit_call(scope.id(), scope.parent());
            scope.fail(payload)
        }
    })
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

/// Panics, because a body neither returned a value nor panicked.
#[cold]
pub(super) fn no_value() -> ! {
    unreachable!("a body is run once, and returns or panics")
}

/// The interest in a call and, if a listener wants data, the value of each key of its site.
#[derive(Debug)]
pub struct CollectedCall<'v, const N: usize> {
    pub(super) interest: Interest,
    values: Option<[Captured<'v>; N]>,
}

impl<'v, const N: usize> CollectedCall<'v, N> {
    pub(super) fn values(&mut self) -> &mut [Captured<'v>] {
        match &mut self.values {
            Some(values) => values,
            None => &mut [],
        }
    }
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
            Interest::WithData => Some(capture().map(Captured::new)),
            _ => None,
        };
        Some(CollectedCall { interest, values })
    }

    /// Runs an annotated function whose call is enabled.
    #[cold]
    #[inline(never)]
    pub fn call_collected<R, const N: usize>(
        &'static self,
        mut collected: CollectedCall<'_, N>,
        Body(body): Body<impl FnOnce() -> R>,
        inspect: impl FnOnce(&R, &mut ActiveCall<'_, '_>),
    ) -> R {
        let mut parts = Some((body, inspect));
        let mut result = None;
        let flags = CallFlags::new(collected.interest, collected.values());
        self.run(flags, collected.values(), &mut |call| {
            if let Some((body, inspect)) = parts.take() {
                let value = body();
                inspect(&value, call);
                result = Some(value);
            }
        });
        result.unwrap_or_else(|| no_value())
    }
}
