//! The capture function of an argument, chosen by the argument's type.
//!
//! These types replace the tiers of [`crate::capture`] for arguments that are captured unchanged.
//! Method resolution along a chain of `Deref` types compiles in a third of the time.
//!
//! The START borrows the argument. The END cannot, because the body owns the argument by then. It
//! gets a value that can be kept cheaply, or else text that is formatted before the body runs.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Deref;

use super::primitive::Primitive;
use crate::value::Value;
use crate::value::captured::Captured;

/// A function that captures an argument for the START, and for the END if a listener reads data
/// there.
///
/// Nothing unwinds from it, so its callers need no landing pads. Numbers, text and bytes are
/// captured as they are. `S` is the type of the copy that the [`Slot`] keeps for the END.
///
/// Returns whether a value may own memory, so that it must be freed.
pub type CaptureFn<'v, T, S> = for<'s, 'e> extern "C" fn(
    argument: &'s T,
    slot: &'e mut Slot<'v, S>,
    start: &mut Captured<'s>,
    end: Option<&mut Captured<'e>>,
) -> bool;

/// The place of an argument's copy, which the END borrows.
///
/// The lifetime states that a value that the argument borrows outlives the slot.
#[derive(Debug)]
pub struct Slot<'v, S> {
    copy: MaybeUninit<S>,
    borrows: PhantomData<&'v ()>,
}

impl<S> Slot<'_, S> {
    /// Returns an empty slot.
    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self {
            copy: MaybeUninit::uninit(),
            borrows: PhantomData,
        }
    }
}

/// An argument of a function.
///
/// Method resolution finds `__event_core_capture_fn` in the first type of the `Deref` chain that
/// has one for `T`. The prefix keeps the name distinct from the methods of other traits.
#[derive(Debug)]
pub struct Arg<'a, T>(ArgCopied<'a, T>);

/// An argument of which a copy is kept for the END. A shared reference is such an argument.
#[derive(Debug)]
pub struct ArgCopied<'a, T>(ArgBorrowed<'a, T>);

/// An argument that the START borrows, and that is formatted for the END.
#[derive(Debug)]
pub struct ArgBorrowed<'a, T>(ArgPrinted<'a, T>);

/// An argument that is formatted immediately, because other threads must not borrow it.
#[derive(Debug)]
pub struct ArgPrinted<'a, T>(ArgName<'a, T>);

/// An argument that is represented by the name of its type.
#[derive(Debug)]
pub struct ArgName<'a, T>(PhantomData<&'a T>);

macro_rules! arguments {
    ($($type:ident => $next:ident)*) => { $(
        impl<'a, T> Deref for $type<'a, T> {
            type Target = $next<'a, T>;

            #[inline(always)]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    )* };
}

arguments! {
    Arg => ArgCopied ArgCopied => ArgBorrowed ArgBorrowed => ArgPrinted ArgPrinted => ArgName
}

/// Returns an [`Arg`] whose `__event_core_capture_fn` captures arguments of type `T`.
#[inline(always)]
pub const fn argument<T>(_value: &T) -> Arg<'_, T> {
    Arg(ArgCopied(ArgBorrowed(ArgPrinted(ArgName(PhantomData)))))
}

macro_rules! capture_fns {
    ($(
        $(#[$doc:meta])*
        [$($generics:tt)*] $type:ty: $T:ty, $S:ty => |$value:ident, $slot:pat_param, $start:ident, $end:ident| $capture:block
    )*) => { $(
        impl<$($generics)*> $type {
            $(#[$doc])*
            #[inline(always)]
            #[must_use]
            pub fn __event_core_capture_fn(&self) -> CaptureFn<'v, $T, $S> {
                #[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
                extern "C" fn capture<'s, 'e, $($generics)*>(
                    $value: &'s $T,
                    $slot: &'e mut Slot<'v, $S>,
                    $start: &mut Captured<'s>,
                    $end: Option<&mut Captured<'e>>,
                ) -> bool $capture
                capture
            }
        }
    )* };
}

capture_fns! {
    /// Returns a function that captures a number, text or bytes.
    ['v, T: Primitive<'v>] Arg<'_, T>: T, () => |value, _, start, end| {
        let borrowed = value.borrowed();
        let start_owns = borrowed.owns();
        start.set(borrowed);
        end.is_some_and(|end| {
            let kept = value.kept();
            let end_owns = kept.owns();
            end.set(kept);
            end_owns
        }) | start_owns
    }
    /// Returns a function that captures an argument by a copy.
    ['v, T: Copy + Debug + Sync] ArgCopied<'_, T>: T, T => |value, slot, start, end| {
        start.set(Value::debug(value));
        if let Some(end) = end {
            end.set(Value::debug(slot.copy.write(*value)));
        }
        false
    }
    /// Returns a function that borrows an argument for the START, and formats it for the END.
    ['v, T: Debug + Sync] ArgBorrowed<'_, T>: T, () => |value, _, start, end| {
        start.set(Value::debug(value));
        end.is_some_and(|end| {
            end.set(Value::printed(value));
            end.owns()
        })
    }
    /// Returns a function that formats the argument.
    ['v, T: Debug] ArgPrinted<'_, T>: T, () => |value, _, start, end| {
        let printed = Value::printed(value);
        if let Some(end) = end {
            end.set(printed.clone());
        }
        start.set(printed);
        start.owns()
    }
    /// Returns a function that captures the name of the type.
    ['v, T] ArgName<'_, T>: T, () => |_value, _, start, end| {
        let name = Value::type_name(std::any::type_name::<T>());
        if let Some(end) = end {
            end.set(name.clone());
        }
        start.set(name);
        false
    }
}

/// Returns a function that captures nothing, for an argument that is skipped.
#[inline(always)]
#[must_use]
pub fn skipped<'v, T>(_value: &T) -> CaptureFn<'v, T, ()> {
    #[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
    extern "C" fn capture<'s, 'e, T>(
        _: &'s T,
        _: &'e mut Slot<'_, ()>,
        _: &mut Captured<'s>,
        _: Option<&mut Captured<'e>>,
    ) -> bool {
        false
    }
    capture
}

/// Returns a function that captures [`Value::REDACTED`] in place of the argument.
#[inline(always)]
#[must_use]
pub fn redacted<'v, T>(_value: &T) -> CaptureFn<'v, T, ()> {
    #[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
    extern "C" fn capture<'s, 'e, T>(
        _: &'s T,
        _: &'e mut Slot<'_, ()>,
        start: &mut Captured<'s>,
        end: Option<&mut Captured<'e>>,
    ) -> bool {
        start.set(Value::REDACTED);
        if let Some(end) = end {
            end.set(Value::REDACTED);
        }
        false
    }
    capture
}
