//! The START of a future whose body tells it: from the first poll to the head of the body, which has the
//! arguments.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use super::{Waiting, contain};
use crate::event::EventStatus;
use crate::event::site::Hearing;
use crate::scope::call::How;
use crate::thread::set_current;
use crate::value::Value;
use crate::value::captured::Captured;

thread_local! {
    // What is in it is always taken out again: it needs no destructor.
    static STARTING: Cell<ManuallyDrop<Option<Box<Waiting>>>> =
        const { Cell::new(ManuallyDrop::new(None)) };
}

/// Sets the future of which the first poll is under way, and returns the one before: a poll within a
/// poll puts it back.
pub(super) fn set_starting(waiting: Option<Box<Waiting>>) -> Option<Box<Waiting>> {
    ManuallyDrop::into_inner(STARTING.replace(ManuallyDrop::new(waiting)))
}

/// Broadcasts the START of the future of which the first poll is under way, with what `capture` tells
/// of its arguments if a listener wants data.
#[doc(hidden)]
#[cold]
#[inline(never)]
pub fn begin<'v, const N: usize>(capture: impl FnOnce() -> [Value<'v>; N]) {
    begin_with(|values: &mut [Captured<'v>; N]| *values = capture().map(Captured::new));
}

fn begin_with<'v, const N: usize>(capture: impl FnOnce(&mut [Captured<'v>; N])) {
    let Some(waiting) = set_starting(None) else {
        return;
    };
    if waiting.hearing == Hearing::Data {
        let mut values = [const { Captured::NONE }; N];
        capture(&mut values);
        start(waiting, &mut values);
    } else {
        start(waiting, &mut []);
    }
}

fn start(mut waiting: Box<Waiting>, values: &mut [Captured<'_>]) {
    let data = waiting.site.own(values);
    waiting.start(data);
    if let Some(scope) = &waiting.scope {
        set_current(Some(scope.id()));
        scope.tell_poll(EventStatus::Start);
    }
    set_starting(Some(waiting));
}

/// [`begin`] for each number of arguments that are captured as they are: once for all functions of the
/// same types.
macro_rules! begins {
    ($($begin:ident $count:literal [$($how:ident $place:ident $arg:ident: $Arg:ident),*])*) => { $(
        #[doc(hidden)]
        #[cold]
        #[inline(never)]
        #[expect(improper_ctypes_definitions, reason = "it is Rust that calls it")]
        #[allow(clippy::too_many_arguments, reason = "they are in registers; few have too many")]
        pub extern "C" fn $begin<'v, $($Arg),*>($($how: How<'v, $Arg>,)* $($arg: &$Arg),*) {
            contain(|| begin_with(|[$($place),*]: &mut [Captured<'v>; $count]| {
                $($how($arg, $place);)*
            }));
        }
    )* };
}

begins! {
    begin_1 1 [how_a to_a a: A]
    begin_2 2 [how_a to_a a: A, how_b to_b b: B]
    begin_3 3 [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C]
    begin_4 4 [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D]
    begin_5 5 [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E]
    begin_6 6
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E,
         how_f to_f f: F]
    begin_7 7
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E,
         how_f to_f f: F, how_g to_g g: G]
    begin_8 8
        [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E,
         how_f to_f f: F, how_g to_g g: G, how_h to_h h: H]
}
