//! Calls: the scope of an annotated function, sync and in one piece.
//!
//! All of this is out of the way of a call that nobody hears. The arguments come one by one, in
//! registers, so that such a call needs no stack for them; what is not generic is in [`Site::run`].

#![allow(
    clippy::too_many_arguments,
    clippy::extra_unused_lifetimes,
    reason = "the calls are made for each number of arguments, which are in registers"
)]

use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::event::site::{Hearing, Site};
use crate::scope::{Ending, OpenScope};
use crate::thread::{Busy, leave_call, set_current};
use crate::value::Value;
use crate::value::captured::Captured;
use crate::value::data::Data;

/// A call of an annotated function, under way, that somebody may hear.
#[doc(hidden)]
#[derive(Debug)]
pub struct Running<'a, 'v> {
    /// Until the END.
    scope: Option<&'a mut OpenScope<'v>>,
}

impl Running<'_, '_> {
    /// Broadcasts the END, with what `inspect` says of the returned value, if anybody listens.
    pub fn end<'r>(&mut self, inspect: &mut dyn FnMut(bool) -> Ending<'r>) {
        if let Some(scope) = self.scope.take() {
            leave_call(scope.id(), scope.parent());
            let ending = inspect(scope.wants_data());
            scope.end_with(ending.returned.as_ref(), ending.exc.as_deref());
        }
    }
}

/// What a call that is heard tells of its arguments: one value for each key of its site, if a
/// listener wants data.
#[doc(hidden)]
#[derive(Debug)]
pub struct Collected<'v, const N: usize> {
    hearing: Hearing,
    values: Option<[Captured<'v>; N]>,
}

impl<'v, const N: usize> Collected<'v, N> {
    fn values(&mut self) -> &mut [Captured<'v>] {
        match &mut self.values {
            Some(values) => values,
            None => &mut [],
        }
    }
}

/// How a call is heard, and whether something must be done to free what it tells.
#[derive(Clone, Copy)]
struct Asked(u8);

impl Asked {
    const OWNING: u8 = 0x80;

    /// In one piece, as it goes through a register.
    #[inline]
    fn new(hearing: Hearing, values: &[Captured<'_>]) -> Self {
        let owning = values.iter().any(Captured::owns);
        Self(hearing as u8 | if owning { Self::OWNING } else { 0 })
    }

    const fn wants_data(self) -> bool {
        matches!(self.hearing(), Hearing::Data)
    }

    const fn hearing(self) -> Hearing {
        Hearing::from_u8(self.0 & !Self::OWNING)
    }

    const fn is_owning(self) -> bool {
        self.0 & Self::OWNING != 0
    }
}

impl Site {
    /// Broadcasts a START, runs `body`, and broadcasts an END, unless `body` did. Whatever happens,
    /// the values are dropped.
    #[inline(never)]
    fn run(
        &'static self,
        asked: Asked,
        values: &mut [Captured<'_>],
        body: &mut dyn FnMut(&mut Running<'_, '_>),
    ) {
        let hearing = asked.hearing();
        if hearing == Hearing::Nobody {
            return body(&mut Running { scope: None });
        }
        let drops;
        let values = if asked.is_owning() {
            drops = Values(values);
            &*drops.0
        } else {
            &*values
        };
        // It and the scope borrow all that they have.
        let data = ManuallyDrop::new(Data::captured(self.keys(), values));
        let scope = OpenScope::new(self.entry(), Some(self), hearing, &data);
        let mut scope = ManuallyDrop::new(scope);
        if !scope.start::<false>() {
            return body(&mut Running { scope: None });
        }
        set_current(Some(scope.id()));
        let mut running = Running {
            scope: Some(&mut scope),
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| body(&mut running)));
        let scope = running.scope;
        if let Err(payload) = outcome {
            go_on(payload, scope);
        }
        if let Some(scope) = scope {
            leave_call(scope.id(), scope.parent());
            scope.end();
        }
    }
}

/// Broadcasts the END of a call that panicked, and goes on with the panic.
#[cold]
fn go_on(payload: Box<dyn Any + Send>, scope: Option<&mut OpenScope<'_>>) -> ! {
    resume_unwind(match scope {
        None => payload,
        Some(scope) => {
            leave_call(scope.id(), scope.parent());
            scope.fail(payload)
        }
    })
}

/// Drops values as our own work: an annotated allocator must not capture in turn.
struct Values<'a, 'v>(&'a mut [Captured<'v>]);

impl Drop for Values<'_, '_> {
    #[cold]
    fn drop(&mut self) {
        let _busy = Busy::enter();
        self.0.iter_mut().for_each(Captured::free);
    }
}

/// For a body that did not return a value and did not panic either.
#[cold]
fn no_value() -> ! {
    unreachable!("a body is run once, and returns or panics")
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
    pub fn collect<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> Option<Collected<'v, N>> {
        let hearing = self.ask();
        let values = match hearing {
            Hearing::Nobody => return None,
            Hearing::Data => Some(capture().map(Captured::new)),
            _ => None,
        };
        Some(Collected { hearing, values })
    }

    /// How a call is heard, and its arguments, owned; `None` if nobody hears it.
    #[inline(always)]
    pub(crate) fn owned_if_heard<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> Option<(Hearing, Data<'static>)> {
        if self.may_be_heard() {
            self.collect_owned(capture)
        } else {
            None
        }
    }

    #[cold]
    fn collect_owned<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> Option<(Hearing, Data<'static>)> {
        let mut captured = self.collect(capture)?;
        let hearing = captured.hearing;
        Some((hearing, self.own(captured.values())))
    }

    /// The data of this site with these values, owned; nothing is left of the values.
    pub(crate) fn own(&'static self, values: &mut [Captured<'_>]) -> Data<'static> {
        let values = Values(values);
        Data::captured(self.keys(), values.0).into_owned()
    }

    /// Runs an annotated function that somebody hears.
    #[doc(hidden)]
    #[cold]
    #[inline(never)]
    pub fn call_captured<R, const N: usize>(
        &'static self,
        mut captured: Collected<'_, N>,
        Body(body): Body<impl FnOnce() -> R>,
        inspect: impl FnOnce(&R, &mut Running<'_, '_>),
    ) -> R {
        let (mut body, mut result) = (Some((body, inspect)), None);
        let asked = Asked::new(captured.hearing, captured.values());
        self.run(asked, captured.values(), &mut |running| {
            if let Some((body, inspect)) = body.take() {
                let value = body();
                inspect(&value, running);
                result = Some(value);
            }
        });
        result.unwrap_or_else(|| no_value())
    }
}

/// How an argument is captured; [`argument`](crate::capture::argument) chooses one.
#[doc(hidden)]
pub type How<'v, T> = fn(&T, &mut Captured<'v>);

/// For each number of arguments, the calls of a function and of a method. Arguments are moved in one by
/// one, those first that the function has in registers; a function's body captures nothing, so that
/// all functions of the same types share the way of a call that is heard. A method's captures `self`.
///
/// Where every argument is captured and nothing is said of what is returned, `call_…` and `method_…`
/// take how each is captured; else `call_with_…` and `method_with_…` take the closures to ask.
macro_rules! calls {
    ($($call:ident $method:ident $call_with:ident $method_with:ident $heard:ident $heard_with:ident
       $tell:ident $count:literal [$($how:ident $place:ident $arg:ident: $Arg:ident),*])*) => { $(
        #[doc(hidden)]
        #[inline(always)]
        pub fn $call<'v, $($Arg,)* R>(
            heard: bool,
            $($how: How<'v, $Arg>,)*
            $($arg: $Arg,)*
            body: fn($($Arg),*) -> R,
            site: &'static Site,
        ) -> R {
            if heard { $heard($($arg,)* body, $($how,)* site) } else { body($($arg),*) }
        }

        #[doc(hidden)]
        #[inline(always)]
        pub fn $method<'v, $($Arg,)* R>(
            heard: bool,
            $($how: How<'v, $Arg>,)*
            body: impl FnOnce($($Arg),*) -> R,
            $($arg: $Arg,)*
            site: &'static Site,
        ) -> R {
            if heard { $heard($($arg,)* body, $($how,)* site) } else { body($($arg),*) }
        }

        #[cold]
        #[inline(never)]
        fn $heard<'v, $($Arg,)* R>(
            $($arg: $Arg,)*
            body: impl FnOnce($($Arg),*) -> R,
            $($how: How<'v, $Arg>,)*
            site: &'static Site,
        ) -> R {
            let capture = |$($arg: &$Arg,)* [$($place),*]: &mut [Captured<'v>; $count]| {
                $($how($arg, $place);)*
            };
            $tell($($arg,)* body, capture, unseen, site)
        }

        #[doc(hidden)]
        #[inline(always)]
        pub fn $call_with<'v, $($Arg,)* R, const N: usize>(
            heard: bool,
            $($arg: $Arg,)*
            body: fn($($Arg),*) -> R,
            capture: fn($(&$Arg),*) -> [Value<'v>; N],
            inspect: impl FnOnce(&R, &mut Running<'_, '_>),
            site: &'static Site,
        ) -> R {
            if heard {
                $heard_with($($arg,)* body, capture, inspect, site)
            } else {
                body($($arg),*)
            }
        }

        #[doc(hidden)]
        #[inline(always)]
        pub fn $method_with<'v, $($Arg,)* R, const N: usize>(
            heard: bool,
            $($arg: $Arg,)*
            body: impl FnOnce($($Arg),*) -> R,
            capture: fn($(&$Arg),*) -> [Value<'v>; N],
            inspect: impl FnOnce(&R, &mut Running<'_, '_>),
            site: &'static Site,
        ) -> R {
            if heard {
                $heard_with($($arg,)* body, capture, inspect, site)
            } else {
                body($($arg),*)
            }
        }

        #[cold]
        #[inline(never)]
        fn $heard_with<'v, $($Arg,)* R, const N: usize>(
            $($arg: $Arg,)*
            body: impl FnOnce($($Arg),*) -> R,
            capture: fn($(&$Arg),*) -> [Value<'v>; N],
            inspect: impl FnOnce(&R, &mut Running<'_, '_>),
            site: &'static Site,
        ) -> R {
            let capture = |$($arg: &$Arg,)* values: &mut [Captured<'v>; N]| {
                *values = capture($($arg),*).map(Captured::new);
            };
            $tell($($arg,)* body, capture, inspect, site)
        }

        #[inline(always)]
        fn $tell<'v, $($Arg,)* R, const N: usize>(
            $($arg: $Arg,)*
            body: impl FnOnce($($Arg),*) -> R,
            capture: impl FnOnce($(&$Arg,)* &mut [Captured<'v>; N]),
            inspect: impl FnOnce(&R, &mut Running<'_, '_>),
            site: &'static Site,
        ) -> R {
            let mut asked = Asked::new(site.ask(), &[]);
            let mut captured;
            let values: &mut [Captured<'v>] = if asked.wants_data() {
                captured = [const { Captured::NONE }; N];
                capture($(&$arg,)* &mut captured);
                asked = Asked::new(Hearing::Data, &captured);
                &mut captured
            } else {
                &mut []
            };
            let (mut call, mut result) = (Some((body, inspect, $($arg),*)), None);
            site.run(asked, values, &mut |running| {
                if let Some((body, inspect, $($arg),*)) = call.take() {
                    let value = body($($arg),*);
                    inspect(&value, running);
                    result = Some(value);
                }
            });
            result.unwrap_or_else(|| no_value())
        }
    )* };
}

calls! {
    call_0 method_0 call_with_0 method_with_0 heard_0 heard_with_0 tell_0 0 []
    call_1 method_1 call_with_1 method_with_1 heard_1 heard_with_1 tell_1 1 [how_a to_a a: A]
    call_2 method_2 call_with_2 method_with_2 heard_2 heard_with_2 tell_2 2 [how_a to_a a: A, how_b to_b b: B]
    call_3 method_3 call_with_3 method_with_3 heard_3 heard_with_3 tell_3 3
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C]
    call_4 method_4 call_with_4 method_with_4 heard_4 heard_with_4 tell_4 4
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D]
    call_5 method_5 call_with_5 method_with_5 heard_5 heard_with_5 tell_5 5
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E]
    call_6 method_6 call_with_6 method_with_6 heard_6 heard_with_6 tell_6 6
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E, how_f to_f f: F]
    call_7 method_7 call_with_7 method_with_7 heard_7 heard_with_7 tell_7 7
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E, how_f to_f f: F,
         how_g to_g g: G]
    call_8 method_8 call_with_8 method_with_8 heard_8 heard_with_8 tell_8 8
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E, how_f to_f f: F,
         how_g to_g g: G, how_h to_h h: H]
}
