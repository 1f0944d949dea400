//! Calls of annotated functions, for each number of arguments.
//!
//! The arguments are passed one by one, in registers, so that a disabled call needs no stack for
//! them. Rust cannot abstract over the number of arguments, so a macro generates one module for
//! each.

#![allow(
    clippy::too_many_arguments,
    clippy::extra_unused_lifetimes,
    clippy::needless_lifetimes,
    clippy::elidable_lifetime_names,
    reason = "the functions are generated for each number of arguments, which are in registers"
)]

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::call::{
    ActiveCall, Body, DISABLED, Ignored, InspectedBy, Inspection, PassedBody, called_twice,
};
use crate::capture::argument::{CaptureArg, Slot};
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::thread::are_events_suppressed;
use crate::value::captured::Captured;

/// Calls the macro `$make` for each number of arguments.
///
/// `$make` receives a name, the number, and a tuple for each argument: the names of the argument,
/// its type, the lifetime of what it borrows, its capture and the capture's type, its slot, and its
/// values for START and END.
macro_rules! for_each_arity {
    ($make:ident) => {
        for_each_arity! {
            $make arity_0 0 []
            arity_1 1 (a A 'va how_a HowA slot_a start_a end_a)
            arity_2 2 (b B 'vb how_b HowB slot_b start_b end_b)
            arity_3 3 (c C 'vc how_c HowC slot_c start_c end_c)
            arity_4 4 (d D 'vd how_d HowD slot_d start_d end_d)
            arity_5 5 (e E 've how_e HowE slot_e start_e end_e)
            arity_6 6 (f F 'vf how_f HowF slot_f start_f end_f)
            arity_7 7 (g G 'vg how_g HowG slot_g start_g end_g)
            arity_8 8 (h H 'vh how_h HowH slot_h start_h end_h)
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
/// The type of each capture states how its argument is captured. Skipped arguments come last. The
/// body of a `call` is a `fn` pointer; that of a `method` may capture `self`. `outlined` is for a
/// body that is compiled once, and checks itself whether the call is enabled.
///
/// All functions with the same types of arguments, captures and result share an `enabled_…`,
/// because these take the body as a pointer. The arguments come first, because the caller has them
/// in the same registers.
macro_rules! calls {
    ($name:ident $count:literal [
        $(($arg:ident $Arg:ident $v:lifetime $how:ident $How:ident $slot:ident $start:ident $end:ident))*
    ]) => {
        #[doc(hidden)]
        pub mod $name {
            #[allow(unused_imports, reason = "without arguments nothing is captured")]
            use super::{
                ActiveCall, AssertUnwindSafe, Body, Callsite, CaptureArg, Captured, DISABLED,
                Ignored, InspectedBy, Inspection, Interest, MaybeUninit, PassedBody, Slot,
                are_events_suppressed, called_twice, catch_unwind,
            };

            #[inline(always)]
            pub fn call<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                is_enabled: bool,
                $($how: $How,)*
                $($arg: $Arg,)*
                body: fn($($Arg),*) -> R,
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled_fn($($arg,)* body, $($how,)* callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn method<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                is_enabled: bool,
                $($how: $How,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($arg: $Arg,)*
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled_once(Body(body), $($arg,)* $($how,)* Ignored, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn method_with<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                is_enabled: bool,
                $($how: $How,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($arg: $Arg,)*
                inspect: impl Fn(&R, &mut ActiveCall<'_>) + Copy,
                callsite: &'static Callsite,
            ) -> R {
                if is_enabled {
                    enabled_once(Body(body), $($arg,)* $($how,)* InspectedBy(inspect), callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[inline(always)]
            pub fn outlined<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                $($how: $How,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($arg: $Arg,)*
                callsite: &'static Callsite,
            ) -> R {
                checked(body, $($arg,)* $($how,)* Ignored, callsite)
            }

            #[inline(always)]
            pub fn outlined_with<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                $($how: $How,)*
                body: impl FnOnce($($Arg),*) -> R,
                $($arg: $Arg,)*
                inspect: impl Fn(&R, &mut ActiveCall<'_>) + Copy,
                callsite: &'static Callsite,
            ) -> R {
                checked(body, $($arg,)* $($how,)* InspectedBy(inspect), callsite)
            }

            /// Contains the only copy of the body. An enabled call calls this again, with a call
            /// site that is disabled.
            #[cfg_attr(debug_assertions, inline)]
            #[cfg_attr(not(debug_assertions), inline(never))]
            fn checked<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R, BodyFn, Inspect>(
                body: BodyFn,
                $($arg: $Arg,)*
                $($how: $How,)*
                inspect: Inspect,
                callsite: &'static Callsite,
            ) -> R
            where
                BodyFn: FnOnce($($Arg),*) -> R,
                Inspect: Inspection<R>,
            {
                if callsite.is_enabled() {
                    enabled_checked(Body(body), $($arg,)* $($how,)* inspect, callsite)
                } else {
                    body($($arg),*)
                }
            }

            #[cold]
            #[inline(never)]
            fn enabled_checked<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R, BodyFn, Inspect>(
                Body(body): Body<BodyFn>,
                $($arg: $Arg,)*
                $($how: $How,)*
                inspect: Inspect,
                callsite: &'static Callsite,
            ) -> R
            where
                BodyFn: FnOnce($($Arg),*) -> R,
                Inspect: Inspection<R>,
            {
                // LLVM changes how a function returns that is never called through a pointer, and
                // `outlined` could not jump to it.
                type Checked<$($Arg, $How,)* R, BodyFn, Inspect> =
                    fn(BodyFn, $($Arg,)* $($How,)* Inspect, &'static Callsite) -> R;
                let checked: Checked<$($Arg, $How,)* R, BodyFn, Inspect> = checked;
                let body = Body(move |$($arg: $Arg),*| {
                    checked(body, $($arg,)* $($how,)* inspect, &DISABLED)
                });
                enabled_body(body, $($arg,)* $($how,)* inspect, callsite)
            }

            #[cold]
            #[inline(never)]
            fn enabled_once<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                body: Body<impl FnOnce($($Arg),*) -> R>,
                $($arg: $Arg,)*
                $($how: $How,)*
                inspect: impl Inspection<R>,
                callsite: &'static Callsite,
            ) -> R {
                enabled_body(body, $($arg,)* $($how,)* inspect, callsite)
            }

            #[inline(always)]
            fn enabled_body<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R, Inspect: Inspection<R>>(
                Body(body): Body<impl FnOnce($($Arg),*) -> R>,
                $($arg: $Arg,)*
                $($how: $How,)*
                inspect: Inspect,
                callsite: &'static Callsite,
            ) -> R {
                let mut body = PassedBody(Some(body), inspect);
                if Inspect::IS_NEEDED {
                    enabled_inspected($($arg,)* &mut body, $($how,)* callsite)
                } else {
                    enabled_dyn($($arg,)* &mut body, $($how,)* callsite)
                }
            }

            trait Run<$($Arg,)* R> {
                fn run(&mut self, $($arg: $Arg),*) -> R;
            }

            trait RunAndInspect<$($Arg,)* R>: Run<$($Arg,)* R> {
                fn inspect(&self, value: &R, call: &mut ActiveCall<'_>);
            }

            impl<$($Arg,)* R, BodyFn, Inspect> Run<$($Arg,)* R> for PassedBody<BodyFn, Inspect>
            where
                BodyFn: FnOnce($($Arg),*) -> R,
            {
                fn run(&mut self, $($arg: $Arg),*) -> R {
                    match self.0.take() {
                        Some(body) => body($($arg),*),
                        None => called_twice(),
                    }
                }
            }

            impl<$($Arg,)* R, BodyFn, Inspect> RunAndInspect<$($Arg,)* R>
                for PassedBody<BodyFn, Inspect>
            where
                BodyFn: FnOnce($($Arg),*) -> R,
                Inspect: Inspection<R>,
            {
                fn inspect(&self, value: &R, call: &mut ActiveCall<'_>) {
                    self.1.inspect(value, call);
                }
            }

            #[cold]
            #[inline(never)]
            fn enabled_fn<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                $($arg: $Arg,)*
                body: fn($($Arg),*) -> R,
                $($how: $How,)*
                callsite: &'static Callsite,
            ) -> R {
                enabled($($arg,)* |_, $($arg),*| body($($arg),*), $($how,)* callsite)
            }

            #[cold]
            #[inline(never)]
            fn enabled_dyn<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                $($arg: $Arg,)*
                body: &mut dyn Run<$($Arg,)* R>,
                $($how: $How,)*
                callsite: &'static Callsite,
            ) -> R {
                enabled($($arg,)* |_, $($arg),*| body.run($($arg),*), $($how,)* callsite)
            }

            #[cold]
            #[inline(never)]
            fn enabled_inspected<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                $($arg: $Arg,)*
                body: &mut dyn RunAndInspect<$($Arg,)* R>,
                $($how: $How,)*
                callsite: &'static Callsite,
            ) -> R {
                let run = |call: Option<&mut ActiveCall<'_>>, $($arg),*| {
                    let value = body.run($($arg),*);
                    if let Some(call) = call {
                        body.inspect(&value, call);
                    }
                    value
                };
                enabled($($arg,)* run, $($how,)* callsite)
            }

            #[inline(always)]
            fn enabled<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>,)* R>(
                $($arg: $Arg,)*
                body: impl FnOnce(Option<&mut ActiveCall<'_>>, $($Arg),*) -> R,
                $($how: $How,)*
                callsite: &'static Callsite,
            ) -> R {
                let Some(interest) = callsite.interest_unless_suppressed() else {
                    return body(None, $($arg),*);
                };
                $(let mut $slot = Slot::new();)*
                let mut values = MaybeUninit::uninit();
                let (values, is_apart) = capture(interest, &mut values, $(&$arg, $how, &mut $slot),*);
                let mut call = ActiveCall::new(callsite, values);
                if is_apart {
                    start_apart(interest, &mut call, $(&$arg, $how),*);
                } else {
                    call.start(interest);
                }
                match catch_unwind(AssertUnwindSafe(|| body(Some(&mut call), $($arg),*))) {
                    Ok(value) => {
                        call.finish();
                        value
                    }
                    Err(payload) => call.resume_panic(payload),
                }
            }

            /// Captures the arguments, if a listener wants data. Also returns whether the START
            /// and the END need different values.
            ///
            /// Without optimisation, its variables take no stack while the body runs.
            #[cfg_attr(debug_assertions, inline(never))]
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn capture<'e, $($v,)* $($Arg, $How: CaptureArg<$v, $Arg>),*>(
                interest: Interest,
                values: &'e mut MaybeUninit<[Captured<'e>; $count]>,
                $($arg: &$Arg, _: $How, $slot: &'e mut Slot<$v, $How::Copy>,)*
            ) -> (&'e mut [Captured<'e>], bool) {
                if !interest.wants_data() {
                    return (&mut [], false);
                }
                let mut _is_apart = false;
                $(
                    let $end = $How::shared($arg, $slot);
                    _is_apart |= $end.is_none();
                )*
                (values.write([$($end.unwrap_or(Captured::NONE)),*]), _is_apart)
            }

            /// Broadcasts the START, if the START and the END need different values. The call has
            /// those that both can use.
            #[cold]
            #[inline(never)]
            #[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
            extern "C" fn start_apart<'e, $($v: 'e,)* $($Arg, $How: CaptureArg<$v, $Arg>),*>(
                interest: Interest,
                call: &mut ActiveCall<'e>,
                $($arg: &$Arg, _: $How),*
            ) {
                if are_events_suppressed() {
                    return; // the values would be formatted
                }
                let mut start = [const { Captured::NONE }; $count];
                let mut _owns = false;
                let _wants_end = interest.wants_end_data();
                if let ([$($start),*], [$($end),*]) = (&mut start, call.values()) {
                    $(_owns |= $How::apart($arg, $start, $end, _wants_end);)*
                }
                call.start_apart(interest, _owns, &mut start);
            }
        }
    };
}

for_each_arity! { calls }
