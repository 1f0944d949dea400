//! Calls: the scope of an annotated function, sync and in one piece.
//!
//! All of this is out of the way of a call that nobody hears. The arguments come one by one, in
//! registers, so that such a call needs no stack for them; what is not generic is in [`Site::run`].

use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::data::Data;
use crate::scope::{Ending, OpenScope};
use crate::site::{Hearing, Site};
use crate::thread::{Busy, leave_all, set_current};
use crate::value::Value;

/// A call of an annotated function, under way, that somebody may hear.
#[doc(hidden)]
pub struct Running<'a, 'v> {
    /// Until the END.
    scope: Option<&'a mut OpenScope<'v>>,
}

impl fmt::Debug for Running<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Running").field(&self.scope).finish()
    }
}

impl Running<'_, '_> {
    /// Broadcasts the END, with what `inspect` says of the returned value, if anybody listens.
    pub fn end<'r>(&mut self, inspect: &mut dyn FnMut(bool) -> Ending<'r>) {
        if let Some(scope) = self.scope.take() {
            leave_all(scope.parent());
            let ending = inspect(scope.wants_data());
            scope.end_with(ending.returned.as_ref(), ending.exc.as_deref());
        }
    }
}

impl Site {
    /// Broadcasts a START, runs `body`, and broadcasts an END, unless `body` did.
    #[inline(never)]
    fn run(
        &'static self,
        hearing: Hearing,
        data: Data<'_>,
        body: &mut dyn FnMut(&mut Running<'_, '_>),
    ) {
        // It borrows all that it has.
        let scope = OpenScope::new(self.entry(), Some(self), hearing, data);
        let mut scope = ManuallyDrop::new(scope);
        if !scope.start(false) {
            return body(&mut Running { scope: None });
        }
        set_current(Some(scope.id()));
        let mut running = Running {
            scope: Some(&mut scope),
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| body(&mut running)));
        match (outcome, running.scope) {
            (Ok(()), None) => {}
            (Ok(()), Some(scope)) => {
                leave_all(scope.parent());
                scope.end();
            }
            (Err(payload), Some(scope)) => {
                leave_all(scope.parent());
                resume_unwind(scope.fail(payload));
            }
            (Err(payload), None) => resume_unwind(payload),
        }
    }
}

/// What a call that is heard tells of its arguments: one value for each key of its site.
#[doc(hidden)]
#[derive(Debug)]
pub struct Captured<'v, const N: usize> {
    pub(crate) hearing: Hearing,
    values: [Value<'v>; N],
}

impl<const N: usize> Captured<'_, N> {
    /// The data, which is none if no listener wants it.
    pub(crate) fn data(&self, site: &'static Site) -> Data<'_> {
        match self.hearing {
            Hearing::Data => Data::captured(site.keys(), &self.values),
            _ => Data::default(),
        }
    }
}

impl<const N: usize> Drop for Captured<'_, N> {
    /// Frees captured text as our own work: an annotated allocator must not capture in turn.
    #[inline]
    fn drop(&mut self) {
        if self.values.iter().any(Value::owns) {
            let _busy = Busy::enter();
            self.values.fill_with(|| Value::NONE);
        }
    }
}

/// The body of a function on its way to [`Site::call_captured`].
///
/// Wrapping moves it: what it has captured is then written to the stack on that way alone, and
/// stays in registers where nobody listens.
#[doc(hidden)]
#[derive(Debug)]
pub struct Body<F>(pub F);

/// Says nothing of what was returned.
#[doc(hidden)]
#[inline]
pub fn unseen<R>(_: &R, _: &mut Running<'_, '_>) {}

impl Site {
    /// The arguments of a call that may be heard; `None` if nobody hears it.
    #[doc(hidden)]
    #[cold]
    #[inline]
    pub fn collect<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> Option<Captured<'v, N>> {
        let hearing = self.ask();
        let values = match hearing {
            Hearing::Nobody => return None,
            Hearing::Data => capture(),
            _ => [const { Value::NONE }; N],
        };
        Some(Captured { hearing, values })
    }

    /// Runs an annotated function that somebody hears.
    #[doc(hidden)]
    #[cold]
    #[inline(never)]
    pub fn call_captured<R, const N: usize>(
        &'static self,
        captured: Captured<'_, N>,
        Body(body): Body<impl FnOnce() -> R>,
        inspect: impl FnOnce(&R, &mut Running<'_, '_>),
    ) -> R {
        let mut body = Some((body, inspect));
        let mut result = None;
        self.run_captured(captured, &mut |running| {
            if let Some((body, inspect)) = body.take() {
                let value = body();
                inspect(&value, running);
                result = Some(value);
            }
        });
        result.unwrap_or_else(|| unreachable!("what runs a body calls it"))
    }

    #[inline(never)]
    fn run_captured<const N: usize>(
        &'static self,
        captured: Captured<'_, N>,
        body: &mut dyn FnMut(&mut Running<'_, '_>),
    ) {
        self.run(captured.hearing, captured.data(self), body);
    }
}

/// One method for each number of arguments: those are moved in one by one.
macro_rules! calls {
    ($($(#[$doc:meta])* $call:ident $heard:ident [$($arg:ident: $Arg:ident),*])*) => {
        impl Site { $(
            $(#[$doc])*
            #[doc(hidden)]
            #[inline(always)]
            pub fn $call<'v, $($Arg,)* R, const N: usize>(
                &'static self,
                $($arg: $Arg,)*
                capture: impl FnOnce($(&$Arg),*) -> [Value<'v>; N],
                body: impl FnOnce($($Arg),*) -> R,
                inspect: impl FnOnce(&R, &mut Running<'_, '_>),
            ) -> R {
                if self.may_be_heard() {
                    self.$heard($($arg,)* capture, body, inspect)
                } else {
                    body($($arg),*)
                }
            }

            #[cold]
            #[inline(never)]
            fn $heard<'v, $($Arg,)* R, const N: usize>(
                &'static self,
                $($arg: $Arg,)*
                capture: impl FnOnce($(&$Arg),*) -> [Value<'v>; N],
                body: impl FnOnce($($Arg),*) -> R,
                inspect: impl FnOnce(&R, &mut Running<'_, '_>),
            ) -> R {
                match self.collect(|| capture($(&$arg),*)) {
                    None => body($($arg),*),
                    Some(captured) => {
                        self.call_captured(captured, Body(move || body($($arg),*)), inspect)
                    }
                }
            }
        )* }
    };
}

calls! {
    call_0 heard_0 []
    call_1 heard_1 [a: A]
    call_2 heard_2 [a: A, b: B]
    call_3 heard_3 [a: A, b: B, c: C]
    call_4 heard_4 [a: A, b: B, c: C, d: D]
    call_5 heard_5 [a: A, b: B, c: C, d: D, e: E]
    call_6 heard_6 [a: A, b: B, c: C, d: D, e: E, f: F]
}
