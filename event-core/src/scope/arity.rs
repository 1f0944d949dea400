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

use super::call::{ActiveCall, CallFlags, ignore_returned, no_value};
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::value::Value;
use crate::value::captured::{CaptureFn, Captured};

/// Calls the macro `$make` for each number of arguments.
///
/// `$make` receives a name, the number, and a tuple for each argument: the names of the argument,
/// its type, its capture function and its captured value.
macro_rules! for_each_arity {
    ($make:ident) => {
        for_each_arity! {
            $make arity_0 0 []
            arity_1 1 (a A capture_a to_a)
            arity_2 2 (b B capture_b to_b)
            arity_3 3 (c C capture_c to_c)
            arity_4 4 (d D capture_d to_d)
            arity_5 5 (e E capture_e to_e)
            arity_6 6 (f F capture_f to_f)
            arity_7 7 (g G capture_g to_g)
            arity_8 8 (h H capture_h to_h)
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
/// `call` and `method` take a capture function for each argument. They are for functions that
/// capture each argument unchanged and do not inspect the returned value. `call_with` and
/// `method_with` take one closure that captures and one that inspects.
///
/// The body of a function is a `fn` pointer, so all functions of the same types share the code of
/// an enabled call. The body of a method is a closure that captures `self`. `enabled` and
/// `enabled_with` take the arguments first, because the caller has them in the same registers.
macro_rules! calls {
    ($name:ident $count:literal [$(($arg:ident $Arg:ident $capture:ident $to:ident))*]) => {
        #[doc(hidden)]
        pub mod $name {
            #[allow(unused_imports, reason = "without arguments nothing is captured")]
            use super::{
                ActiveCall, CallFlags, Callsite, CaptureFn, Captured, Interest, Value,
                ignore_returned, no_value,
            };

            #[inline(always)]
            pub fn call<'v, $($Arg,)* R>(
                is_enabled: bool,
                $($capture: CaptureFn<'v, $Arg>,)*
                $($arg: $Arg,)*
                body: fn($($Arg),*) -> R,
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled($($arg,)* body, $($capture,)* callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn method<'v, $($Arg,)* R>(
                is_enabled: bool,
                $($capture: CaptureFn<'v, $Arg>,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($arg: $Arg,)*
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled($($arg,)* body, $($capture,)* callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[cold]
            #[inline(never)]
            fn enabled<'v, $($Arg,)* R>(
                $($arg: $Arg,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($capture: CaptureFn<'v, $Arg>,)*
                callsite: &'static Callsite,
            ) -> R {
                let capture = |$($arg: &$Arg,)* [$($to),*]: &mut [Captured<'v>; $count]| {
                    $($capture($arg, $to);)*
                };
                run($($arg,)* body, capture, ignore_returned, callsite)
            }

            #[inline(always)]
            pub fn call_with<'v, $($Arg,)* R, const N: usize>(
                is_enabled: bool,
                $($arg: $Arg,)*
                body: fn($($Arg),*) -> R,
                capture: fn($(&$Arg),*) -> [Value<'v>; N],
                inspect: impl FnOnce(&R, &mut ActiveCall<'_, '_>),
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled_with($($arg,)* body, capture, inspect, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn method_with<'v, $($Arg,)* R, const N: usize>(
                is_enabled: bool,
                $($arg: $Arg,)*
                body: impl FnOnce($($Arg),*) -> R,
                capture: fn($(&$Arg),*) -> [Value<'v>; N],
                inspect: impl FnOnce(&R, &mut ActiveCall<'_, '_>),
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled_with($($arg,)* body, capture, inspect, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[cold]
            #[inline(never)]
            fn enabled_with<'v, $($Arg,)* R, const N: usize>(
                $($arg: $Arg,)*
                body: impl FnOnce($($Arg),*) -> R,
                capture: fn($(&$Arg),*) -> [Value<'v>; N],
                inspect: impl FnOnce(&R, &mut ActiveCall<'_, '_>),
                callsite: &'static Callsite,
            ) -> R {
                let capture = |$($arg: &$Arg,)* values: &mut [Captured<'v>; N]| {
                    *values = capture($($arg),*).map(Captured::new);
                };
                run($($arg,)* body, capture, inspect, callsite)
            }

            #[inline(always)]
            fn run<'v, $($Arg,)* R, const N: usize>(
                $($arg: $Arg,)*
                body: impl FnOnce($($Arg),*) -> R,
                capture: impl FnOnce($(&$Arg,)* &mut [Captured<'v>; N]),
                inspect: impl FnOnce(&R, &mut ActiveCall<'_, '_>),
                callsite: &'static Callsite,
            ) -> R {
                let mut flags = CallFlags::new(callsite.interest(), &[]);
                let mut captured;
                let values: &mut [Captured<'v>] = if flags.wants_data() {
                    captured = [const { Captured::NONE }; N];
                    capture($(&$arg,)* &mut captured);
                    flags = CallFlags::new(Interest::WithData, &captured);
                    &mut captured
                } else {
                    &mut []
                };
                let mut parts = Some((body, inspect, $($arg),*));
                let mut result = None;
                callsite.run(flags, values, &mut |call| {
                    if let Some((body, inspect, $($arg),*)) = parts.take() {
                        let value = body($($arg),*);
                        inspect(&value, call);
                        result = Some(value);
                    }
                });
                result.unwrap_or_else(|| no_value())
            }
        }
    };
}

for_each_arity! { calls }
