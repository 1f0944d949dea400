//! How an argument is captured, chosen by the argument's type.
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

/// How an argument of type `T` is captured: a type without data, which the code of an enabled call
/// is compiled for.
///
/// Nothing unwinds from the functions, so their callers need no landing pads.
pub trait CaptureArg<'v, T>: Copy {
    /// The copy that the [`Slot`] keeps for the END.
    type Copy;

    /// Returns a value that owns nothing and that both events can use. The default is `None`: there
    /// is none.
    #[inline(always)]
    #[must_use]
    fn shared<'e>(_: &T, _: &'e mut Slot<'v, Self::Copy>) -> Option<Captured<'e>> {
        None
    }

    /// Sets the value `start` and, unless it is `None`, the value `end`. Returns whether one of
    /// them may own memory.
    ///
    /// `end` is a value that `shared` has returned, or `Captured::NONE`. The default copies it.
    #[inline(always)]
    fn apart<'s, 'e: 's>(
        _: &'s T,
        start: &mut Captured<'s>,
        end: &mut Captured<'e>,
        _: bool,
    ) -> bool
    where
        'v: 'e,
    {
        start.set_clone(end);
        false
    }

    /// Sets the value of the START alone.
    #[inline(always)]
    fn start<'s>(argument: &'s T, slot: &'s mut Slot<'v, Self::Copy>, value: &mut Captured<'s>) {
        if let Some(shared) = Self::shared(argument, slot) {
            *value = shared;
        } else {
            Self::apart(argument, value, &mut { Captured::NONE }, false);
        }
    }
}

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
    #[cfg_attr(debug_assertions, inline(never))] // as `capture` in arity.rs
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) const fn new() -> Self {
        Self {
            copy: MaybeUninit::uninit(),
            borrows: PhantomData,
        }
    }
}

/// An argument of a function.
///
/// Method resolution finds `__event_core_how` in the first type of the `Deref` chain that
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

/// Returns an [`Arg`] whose `__event_core_how` states how arguments of type `T` are captured.
#[inline(always)]
pub const fn argument<T>(_value: &T) -> Arg<'_, T> {
    Arg(ArgCopied(ArgBorrowed(ArgPrinted(ArgName(PhantomData)))))
}

/// Adds `__event_core_how` to the types of the `Deref` chain.
macro_rules! hows {
    ($([$($generics:tt)*] $Arg:ident => $How:ident)*) => { $(
        impl<$($generics)*> $Arg<'_, T> {
            /// Returns how the argument is captured.
            #[inline(always)]
            #[must_use]
            pub const fn __event_core_how(&self) -> $How {
                $How
            }
        }
    )* };
}

hows! {
    ['v, T: Primitive<'v>] Arg => ByValue
    [T: Copy + Debug + Sync] ArgCopied => ByCopy
    [T: Debug + Sync] ArgBorrowed => ByReference
    [T: Debug] ArgPrinted => ByText
    [T] ArgName => ByName
}

/// Captures a number, text or bytes.
#[derive(Clone, Copy, Debug)]
pub struct ByValue;

impl<'v, T: Primitive<'v>> CaptureArg<'v, T> for ByValue {
    type Copy = ();

    #[inline(always)]
    fn shared<'e>(argument: &T, _: &'e mut Slot<'v, ()>) -> Option<Captured<'e>> {
        argument.shared().map(Captured::new)
    }

    #[inline(always)]
    fn apart<'s, 'e: 's>(
        argument: &'s T,
        start: &mut Captured<'s>,
        end: &mut Captured<'e>,
        wants_end: bool,
    ) -> bool
    where
        'v: 'e,
    {
        value_apart(argument, start, end, wants_end)
    }
}

extern "C" fn value_apart<'v: 'e, 's, 'e, T: Primitive<'v>>(
    argument: &'s T,
    start: &mut Captured<'s>,
    end: &mut Captured<'e>,
    wants_end: bool,
) -> bool {
    start.set(argument.borrowed());
    if wants_end {
        end.set(argument.kept());
    }
    start.owns() | (wants_end && end.owns())
}

/// Captures an argument by a copy.
#[derive(Clone, Copy, Debug)]
pub struct ByCopy;

impl<'v, T: Copy + Debug + Sync> CaptureArg<'v, T> for ByCopy {
    type Copy = T;

    #[inline(always)]
    fn shared<'e>(argument: &T, slot: &'e mut Slot<'v, T>) -> Option<Captured<'e>> {
        Some(Captured::new(Value::debug(slot.copy.write(*argument))))
    }
}

/// Borrows an argument for the START, and formats it for the END.
#[derive(Clone, Copy, Debug)]
pub struct ByReference;

impl<'v, T: Debug + Sync> CaptureArg<'v, T> for ByReference {
    type Copy = ();

    #[inline(always)]
    fn apart<'s, 'e: 's>(
        argument: &'s T,
        start: &mut Captured<'s>,
        end: &mut Captured<'e>,
        wants_end: bool,
    ) -> bool
    where
        'v: 'e,
    {
        start.set(Value::debug(argument));
        wants_end && end.set_printed(argument)
    }
}

/// Formats an argument.
#[derive(Clone, Copy, Debug)]
pub struct ByText;

impl<'v, T: Debug> CaptureArg<'v, T> for ByText {
    type Copy = ();

    #[inline(always)]
    fn apart<'s, 'e: 's>(
        argument: &'s T,
        start: &mut Captured<'s>,
        end: &mut Captured<'e>,
        wants_end: bool,
    ) -> bool
    where
        'v: 'e,
    {
        if !wants_end {
            return start.set_printed(argument);
        }
        let owns = end.set_printed(argument);
        start.set_clone(end);
        owns
    }
}

/// Captures the name of an argument's type.
#[derive(Clone, Copy, Debug)]
pub struct ByName;

impl<'v, T> CaptureArg<'v, T> for ByName {
    type Copy = ();

    #[inline(always)]
    fn shared<'e>(_: &T, _: &'e mut Slot<'v, ()>) -> Option<Captured<'e>> {
        Some(Captured::new(Value::type_name(std::any::type_name::<T>())))
    }
}

/// Captures nothing, for an argument that is skipped.
#[derive(Clone, Copy, Debug)]
pub struct Skipped;

impl<'v, T> CaptureArg<'v, T> for Skipped {
    type Copy = ();

    #[inline(always)]
    fn shared<'e>(_: &T, _: &'e mut Slot<'v, ()>) -> Option<Captured<'e>> {
        Some(Captured::NONE)
    }

    #[inline(always)]
    fn apart<'s, 'e: 's>(_: &'s T, _: &mut Captured<'s>, _: &mut Captured<'e>, _: bool) -> bool
    where
        'v: 'e,
    {
        false
    }
}

/// Captures [`Value::REDACTED`] in place of the argument.
#[derive(Clone, Copy, Debug)]
pub struct Redacted;

impl<'v, T> CaptureArg<'v, T> for Redacted {
    type Copy = ();

    #[inline(always)]
    fn shared<'e>(_: &T, _: &'e mut Slot<'v, ()>) -> Option<Captured<'e>> {
        Some(Captured::new(Value::REDACTED))
    }
}
