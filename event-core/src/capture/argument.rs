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
use crate::dispatch::interest::Interest;
use crate::value::Value;
use crate::value::captured::Captured;

/// The functions that capture an argument of type `T`.
///
/// Nothing unwinds from them, so their callers need no landing pads. Numbers, text and bytes are
/// captured as they are. `S` is the type of the copy that the [`Slot`] keeps for the END.
#[derive(Debug)]
pub struct CaptureFns<'v, T, S> {
    /// Captures one value for both events. Returns `true` if that is impossible.
    shared: SharedFn<'v, T, S>,
    /// Captures a value for each event; `None` if `shared` never returns `true`.
    apart: Option<ApartFn<'v, T>>,
}

impl<'v, T, S> CaptureFns<'v, T, S> {
    /// Sets a value that both events can use. Returns `true`, and sets nothing, if there is none.
    #[inline(always)]
    pub(crate) fn shared<'e>(
        &self,
        argument: &T,
        slot: &'e mut Slot<'v, S>,
        value: &mut Captured<'e>,
    ) -> bool {
        (self.shared)(argument, slot, value)
    }

    /// Sets the value of the START alone.
    #[inline(always)]
    pub(crate) fn start<'s>(
        &self,
        argument: &'s T,
        slot: &'s mut Slot<'v, S>,
        value: &mut Captured<'s>,
    ) {
        if (self.shared)(argument, slot, value) {
            if let Some(apart) = self.apart {
                apart(argument, value, None, PhantomData);
            }
        }
    }

    /// Sets the value `start`, and the value `end` if a listener reads data at the END. If one
    /// value serves both, it is in `end` already. Returns whether one of the two may own memory.
    #[inline(always)]
    pub(crate) fn apart<'s, 'e: 's>(
        &self,
        argument: &'s T,
        start: &mut Captured<'s>,
        end: &mut Captured<'e>,
        interest: Interest,
    ) -> bool {
        if let Some(apart) = self.apart {
            let end = interest.wants_end_data().then_some(end);
            apart(argument, start, end, PhantomData)
        } else {
            start.set(end.value().clone()); // it owns nothing
            false
        }
    }
}

/// Sets a value that owns nothing and that both events of a call can use. Returns `true`, and sets
/// nothing, if the argument has no such value.
type SharedFn<'v, T, S> = for<'s, 'e> extern "C" fn(
    argument: &'s T,
    slot: &'e mut Slot<'v, S>,
    value: &mut Captured<'e>,
) -> bool;

/// Sets the value of the START, and that of the END if a listener reads it. Returns whether one may
/// own memory, so that both must be freed.
#[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
type ApartFn<'v, T> = for<'s, 'e> extern "C" fn(
    argument: &'s T,
    start: &mut Captured<'s>,
    end: Option<&mut Captured<'e>>,
    outlives: Outlives<'v, 'e>,
) -> bool;

/// States that `'v` outlives `'e`.
type Outlives<'v, 'e> = PhantomData<&'e &'v ()>;

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
        [$($generics:tt)*] $type:ty: $T:ty, $S:ty, $apart:expr
        => |$value:pat_param, $slot:pat_param, $shared:pat_param| $capture:block
    )*) => { $(
        impl<$($generics)*> $type {
            $(#[$doc])*
            #[inline(always)]
            #[must_use]
            pub fn __event_core_capture_fn<'c>(&self) -> &'c CaptureFns<'v, $T, $S>
            where
                'v: 'c,
            {
                #[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
                extern "C" fn shared<'s, 'e, $($generics)*>(
                    $value: &'s $T,
                    $slot: &'e mut Slot<'v, $S>,
                    $shared: &mut Captured<'e>,
                ) -> bool $capture
                &CaptureFns { shared, apart: $apart }
            }
        }
    )* };
}

capture_fns! {
    /// Returns functions that capture a number, text or bytes.
    ['v, T: Primitive<'v>] Arg<'_, T>: T, (), Some(primitive_apart) => |value, _, shared| {
        match value.shared() {
            Some(value) => {
                shared.set(value);
                false
            }
            None => true,
        }
    }
    /// Returns functions that capture an argument by a copy.
    ['v, T: Copy + Debug + Sync] ArgCopied<'_, T>: T, T, None => |value, slot, shared| {
        shared.set(Value::debug(slot.copy.write(*value)));
        false
    }
    /// Returns functions that borrow an argument for the START, and format it for the END.
    ['v, T: Debug + Sync] ArgBorrowed<'_, T>: T, (), Some(borrowed_apart) => |_, _, _| { true }
    /// Returns functions that format the argument.
    ['v, T: Debug] ArgPrinted<'_, T>: T, (), Some(printed_apart) => |_, _, _| { true }
    /// Returns functions that capture the name of the type.
    ['v, T] ArgName<'_, T>: T, (), None => |_, _, shared| {
        shared.set(Value::type_name(std::any::type_name::<T>()));
        false
    }
}

#[expect(improper_ctypes_definitions, reason = "only Rust code calls it")]
extern "C" fn primitive_apart<'v, 's, 'e, T: Primitive<'v>>(
    value: &'s T,
    start: &mut Captured<'s>,
    end: Option<&mut Captured<'e>>,
    _: Outlives<'v, 'e>,
) -> bool {
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

#[expect(improper_ctypes_definitions, reason = "only Rust code calls it")]
extern "C" fn borrowed_apart<'s, T: Debug + Sync>(
    value: &'s T,
    start: &mut Captured<'s>,
    end: Option<&mut Captured<'_>>,
    _: Outlives<'_, '_>,
) -> bool {
    start.set(Value::debug(value));
    end.is_some_and(|end| {
        end.set(Value::printed(value));
        end.owns()
    })
}

#[expect(improper_ctypes_definitions, reason = "only Rust code calls it")]
extern "C" fn printed_apart<'s, T: Debug>(
    value: &'s T,
    start: &mut Captured<'s>,
    end: Option<&mut Captured<'_>>,
    _: Outlives<'_, '_>,
) -> bool {
    let printed = Value::printed(value);
    if let Some(end) = end {
        end.set(printed.clone());
    }
    start.set(printed);
    start.owns()
}

/// Returns functions that capture nothing, for an argument that is skipped.
#[inline(always)]
#[must_use]
pub fn skipped<'c, 'v: 'c, T>(_value: &T) -> &'c CaptureFns<'v, T, ()> {
    #[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
    extern "C" fn shared<'e, T>(_: &T, _: &'e mut Slot<'_, ()>, _: &mut Captured<'e>) -> bool {
        false
    }
    &CaptureFns {
        shared,
        apart: None,
    }
}

/// Returns functions that capture [`Value::REDACTED`] in place of the argument.
#[inline(always)]
#[must_use]
pub fn redacted<'c, 'v: 'c, T>(_value: &T) -> &'c CaptureFns<'v, T, ()> {
    #[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
    extern "C" fn shared<'e, T>(_: &T, _: &'e mut Slot<'_, ()>, value: &mut Captured<'e>) -> bool {
        value.set(Value::REDACTED);
        false
    }
    &CaptureFns {
        shared,
        apart: None,
    }
}
