//! The START of a future, broadcast by its body.
//!
//! The body calls one of these functions at its first poll, because only the body has the
//! arguments.

use std::ptr;

use super::state::{contain, set_starting};
use crate::capture::argument::{CaptureArg, Slot};
use crate::dispatch::callsite::Callsite;
use crate::event::status::EventStatus;
use crate::scope::arity::for_each_arity;
use crate::scope::call::FreeOnDrop;
use crate::scope::detached::{DetachedScope, PendingStart};
use crate::thread::{session, set_current};
use crate::value::Value;
use crate::value::captured::Captured;

/// Broadcasts the START of the future of `callsite` whose first poll is in progress.
///
/// Does nothing if that future was disabled a moment earlier, when the poll began. `capture`
/// returns the data. It is called only if a listener wants data.
#[cold]
#[inline(never)]
pub fn start_future<'v, const N: usize>(
    callsite: &'static Callsite,
    capture: impl FnOnce() -> [Value<'v>; N],
) {
    start_with(callsite, |values: &mut [Captured<'v>; N]| {
        *values = capture().map(Captured::new);
    });
}

fn start_with<'v, const N: usize>(
    callsite: &'static Callsite,
    capture: impl FnOnce(&mut [Captured<'v>; N]),
) {
    let mut scope = set_starting(DetachedScope::NONE);
    // A future around this one may be starting instead.
    let is_own = |pending: &mut PendingStart| ptr::eq(pending.callsite, callsite);
    let state = scope.state_mut();
    if let Some(pending) = state.and_then(|state| state.pending.take_if(is_own)) {
        if pending.interest.wants_data() {
            let mut values = [const { Captured::NONE }; N];
            capture(&mut values);
            start(&mut scope, pending, &mut values);
        } else {
            start(&mut scope, pending, &mut []);
        }
    }
    set_starting(scope);
}

fn start(scope: &mut DetachedScope, pending: PendingStart, values: &mut [Captured<'_>]) {
    let PendingStart {
        callsite, interest, ..
    } = pending;
    let interest = interest.in_session(session());
    if let Some(state) = scope.state_mut() {
        if state.start_captured(callsite, interest, values) {
            set_current(state.id());
            state.notify_poll(EventStatus::Start);
            state.poll_starts();
        }
    }
    if values.iter().any(Captured::owns) {
        drop(FreeOnDrop(values));
    }
}

/// Variants of [`start_future`] for each number of arguments, which are captured unchanged.
///
/// Each is compiled once for all functions with the same types.
#[doc(hidden)]
pub mod future_start {
    use super::{Callsite, CaptureArg, Captured, Slot, contain, for_each_arity, start_with};

    macro_rules! starts {
        ($name:ident $count:literal [
            $(($arg:ident $Arg:ident $v:lifetime $how:ident $How:ident $slot:ident $to:ident $_:ident))*
        ]) => {
            #[cold]
            #[inline(never)]
            #[allow(
                improper_ctypes_definitions,
                clippy::too_many_arguments,
                clippy::extra_unused_lifetimes,
                reason = "only Rust code calls it, and most arguments are in registers"
            )]
            pub extern "C" fn $name<$($v,)* $($Arg, $How: CaptureArg<$v, $Arg>),*>(
                $(_: $How,)*
                $($arg: &$Arg,)*
                callsite: &'static Callsite,
            ) {
                $(let mut $slot = Slot::new();)*
                contain(|| start_with(callsite, |[$($to),*]: &mut [Captured<'_>; $count]| {
                    $($How::start($arg, &mut $slot, $to);)*
                }));
            }
        };
    }

    for_each_arity! { starts }
}
