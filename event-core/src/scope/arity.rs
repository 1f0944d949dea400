//! Calls of annotated functions, for each number of arguments.
//!
//! The arguments are passed one by one, in registers, so that a disabled call needs no stack for
//! them. Rust cannot abstract over the number of arguments, so a macro generates one module for
//! each.

#![allow(
    clippy::too_many_arguments,
    clippy::extra_unused_lifetimes,
    reason = "the functions are generated for each number of arguments, which are in registers"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::call::{ActiveCall, ignore_returned};
use crate::capture::argument::{CaptureFns, Slot};
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::thread::are_events_suppressed;
use crate::value::captured::Captured;

/// The body of an annotated function.
///
/// `IS_FN` states that it is a `fn` pointer. Only such a body may be called in several places: a
/// closure is compiled at each of them.
struct Body<F, const IS_FN: bool>(F);

/// Calls the macro `$make` for each number of arguments.
///
/// `$make` receives a name, the number, and a tuple for each argument: the names of the argument,
/// its type, its capture function, its slot and the slot's type, and its values for START and END.
macro_rules! for_each_arity {
    ($make:ident) => {
        for_each_arity! {
            $make arity_0 0 []
            arity_1 1 (a A capture_a slot_a SlotA start_a end_a)
            arity_2 2 (b B capture_b slot_b SlotB start_b end_b)
            arity_3 3 (c C capture_c slot_c SlotC start_c end_c)
            arity_4 4 (d D capture_d slot_d SlotD start_d end_d)
            arity_5 5 (e E capture_e slot_e SlotE start_e end_e)
            arity_6 6 (f F capture_f slot_f SlotF start_f end_f)
            arity_7 7 (g G capture_g slot_g SlotG start_g end_g)
            arity_8 8 (h H capture_h slot_h SlotH start_h end_h)
        }
    };
    ($make:ident $name:ident $count:literal [$($argument:tt)*]) => {
        $make! { $name $count [$($argument)*] }
    };
    ($make:ident $name:ident $count:literal [$($argument:tt)*]
     $next:ident $next_count:literal $next_argument:tt $($rest:tt)*) => {
        $make! { $name $count [$($argument)*] }
        for_each_arity! { $make $next $next_count [$($argument)* $next_argument] $($rest)* }
    };
}
pub(crate) use for_each_arity;

/// Generates the calls of functions and methods with `$count` arguments.
///
/// Each argument has a capture function. Arguments that are skipped come last. `call_with` and
/// `method_with` also take the closure that inspects the returned value.
///
/// The body of a function is a `fn` pointer, so all functions of the same types share the code of
/// an enabled call. The body of a method is a closure that captures `self`. `enabled` takes the
/// arguments first, because the caller has them in the same registers.
macro_rules! calls {
    ($name:ident $count:literal [
        $(($arg:ident $Arg:ident $capture:ident $slot:ident $Slot:ident $start:ident $end:ident))*
    ]) => {
        #[doc(hidden)]
        pub mod $name {
            #[allow(unused_imports, reason = "without arguments nothing is captured")]
            use super::{
                ActiveCall, AssertUnwindSafe, Body, Callsite, CaptureFns, Captured, Interest, Slot,
                are_events_suppressed, catch_unwind, ignore_returned,
            };

            #[inline(always)]
            pub fn call<'v, $($Arg, $Slot,)* R>(
                is_enabled: bool,
                $($capture: &CaptureFns<'v, $Arg, $Slot>,)*
                $($arg: $Arg,)*
                body: fn($($Arg),*) -> R,
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled($($arg,)* Body::<_, true>(body), $($capture,)* ignore_returned, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn method<'v, $($Arg, $Slot,)* R>(
                is_enabled: bool,
                $($capture: &CaptureFns<'v, $Arg, $Slot>,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($arg: $Arg,)*
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled($($arg,)* Body::<_, false>(body), $($capture,)* ignore_returned, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn call_with<'v, $($Arg, $Slot,)* R>(
                is_enabled: bool,
                $($capture: &CaptureFns<'v, $Arg, $Slot>,)*
                $($arg: $Arg,)*
                body: fn($($Arg),*) -> R,
                inspect: impl FnOnce(&R, &mut ActiveCall<'_>),
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled($($arg,)* Body::<_, true>(body), $($capture,)* inspect, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn method_with<'v, $($Arg, $Slot,)* R>(
                is_enabled: bool,
                $($capture: &CaptureFns<'v, $Arg, $Slot>,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($arg: $Arg,)*
                inspect: impl FnOnce(&R, &mut ActiveCall<'_>),
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled($($arg,)* Body::<_, false>(body), $($capture,)* inspect, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[cold]
            #[inline(never)]
            fn enabled<'v, $($Arg, $Slot,)* R, const IS_FN: bool>(
                $($arg: $Arg,)*
                Body(body): Body<impl FnOnce($($Arg),*) -> R, IS_FN>,
                $($capture: &CaptureFns<'v, $Arg, $Slot>,)*
                inspect: impl FnOnce(&R, &mut ActiveCall<'_>),
                callsite: &'static Callsite,
            ) -> R {
                let interest = callsite.interest_unless_suppressed();
                if IS_FN && interest.is_none() {
                    return body($($arg),*);
                }
                $(let mut $slot = Slot::new();)*
                let mut values = [const { Captured::NONE }; $count];
                let mut call = ActiveCall::new();
                if let Some(interest) = interest {
                    start(callsite, interest, &mut call, &mut values, $(&$arg, $capture, &mut $slot),*);
                }
                // The body is in one place, so that it is compiled once, also if the call is
                // disabled on this thread.
                let result = catch_unwind(AssertUnwindSafe(|| {
                    let value = body($($arg),*);
                    inspect(&value, &mut call);
                    value
                }));
                match result {
                    Ok(value) => {
                        if interest.is_some() {
                            call.finish(callsite);
                        }
                        value
                    }
                    Err(payload) => call.resume_panic(payload),
                }
            }

            /// Captures the arguments, and broadcasts the START.
            ///
            /// Without optimisation, its variables take no stack while the body runs.
            #[cfg_attr(debug_assertions, inline(never))]
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn start<'v, 'e, $($Arg, $Slot),*>(
                callsite: &'static Callsite,
                interest: Interest,
                call: &mut ActiveCall<'e>,
                values: &'e mut [Captured<'e>; $count],
                $(
                    $arg: &$Arg,
                    $capture: &CaptureFns<'v, $Arg, $Slot>,
                    $slot: &'e mut Slot<'v, $Slot>,
                )*
            ) {
                if interest.wants_data() {
                    let mut _is_apart = false;
                    let [$($end),*] = &mut *values;
                    $(_is_apart |= $capture.shared($arg, $slot, $end);)*
                    if _is_apart {
                        start_apart(callsite, interest, call, values, $($arg, $capture),*);
                    } else {
                        call.start(callsite, interest, values);
                    }
                } else {
                    call.start(callsite, interest, &mut []);
                }
            }

            /// Does the same as [`start`], if the START and the END need different values. In
            /// `values` are those that both can use.
            #[cold]
            #[inline(never)]
            fn start_apart<'v: 'v, 'e, $($Arg, $Slot),*>(
                callsite: &'static Callsite,
                interest: Interest,
                call: &mut ActiveCall<'e>,
                values: &'e mut [Captured<'e>; $count],
                $($arg: &$Arg, $capture: &CaptureFns<'v, $Arg, $Slot>),*
            ) {
                if are_events_suppressed() {
                    return; // the values would be formatted
                }
                let mut start = [const { Captured::NONE }; $count];
                let mut _owns = false;
                let [$($start),*] = &mut start;
                let [$($end),*] = &mut *values;
                $(_owns |= $capture.apart($arg, $start, $end, interest);)*
                call.start_apart(callsite, interest, _owns, &mut start, values);
            }
        }
    };
}

for_each_arity! { calls }
