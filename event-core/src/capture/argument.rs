//! The capture function of an argument, chosen by the argument's type.
//!
//! These types replace the tiers of [`crate::capture`] for arguments that are captured unchanged.
//! Method resolution along a chain of `Deref` types compiles in a third of the time.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;

use super::primitive::Primitive;
use crate::value::Value;
use crate::value::captured::CaptureFn;

/// An argument of a function.
///
/// Method resolution finds `__event_core_capture_fn` in the first type of the `Deref` chain that
/// has one for `T`. The prefix keeps the name distinct from the methods of other traits.
#[derive(Debug)]
pub struct Arg<'a, T>(ArgBorrowed<'a, T>);

/// An argument that is borrowed until a listener reads it.
#[derive(Debug)]
pub struct ArgBorrowed<'a, T>(ArgPrinted<'a, T>);

/// An argument that is formatted immediately.
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

arguments! { Arg => ArgBorrowed ArgBorrowed => ArgPrinted ArgPrinted => ArgName }

/// Returns an [`Arg`] whose `__event_core_capture_fn` captures arguments of type `T`.
#[inline(always)]
pub const fn argument<T>(_value: &T) -> Arg<'_, T> {
    Arg(ArgBorrowed(ArgPrinted(ArgName(PhantomData))))
}

impl<'v, T: Primitive<'v>> Arg<'_, T> {
    /// Returns a function that captures a number, text or bytes.
    #[inline(always)]
    #[must_use]
    pub fn __event_core_capture_fn(&self) -> CaptureFn<'v, T> {
        |value, to| to.set(value.primitive())
    }
}

impl<'v, T: Debug + Sync> ArgBorrowed<'_, &'v T> {
    /// Returns a function that captures a reference, which is formatted when a listener reads it.
    #[inline(always)]
    #[must_use]
    pub fn __event_core_capture_fn(&self) -> CaptureFn<'v, &'v T> {
        |value, to| to.set(Value::debug(*value))
    }
}

impl<T: Debug> ArgPrinted<'_, T> {
    /// Returns a function that formats the argument by `Debug` and captures the text.
    #[inline(always)]
    #[must_use]
    pub fn __event_core_capture_fn<'v>(&self) -> CaptureFn<'v, T> {
        |value, to| to.set(Value::printed(value))
    }
}

impl<T> ArgName<'_, T> {
    /// Returns a function that captures the name of the type.
    #[inline(always)]
    #[must_use]
    pub fn __event_core_capture_fn<'v>(&self) -> CaptureFn<'v, T> {
        |_, to| to.set(Value::type_name(std::any::type_name::<T>()))
    }
}
