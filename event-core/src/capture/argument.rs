//! How an argument of a function is captured, chosen by its type.
//!
//! Method resolution along `Deref` takes the compiler a third of the time that the tiers of
//! [`crate::capture`] take.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;

use super::primitive::Primitive;
use crate::value::Value;
use crate::value::captured::CaptureFn;

/// An argument of a function, whose `capture_fn` is that of the first of these types that has one for
/// it.
#[derive(Debug)]
pub struct Arg<'a, T>(ArgBorrowed<'a, T>);

/// An argument that is borrowed.
#[derive(Debug)]
pub struct ArgBorrowed<'a, T>(ArgPrinted<'a, T>);

/// An argument that is formatted.
#[derive(Debug)]
pub struct ArgPrinted<'a, T>(ArgName<'a, T>);

/// An argument of which only the type is known.
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

/// Returns a value whose `capture_fn` captures arguments of the type of `value`.
#[inline(always)]
pub const fn argument<T>(_value: &T) -> Arg<'_, T> {
    Arg(ArgBorrowed(ArgPrinted(ArgName(PhantomData))))
}

impl<'v, T: Primitive<'v>> Arg<'_, T> {
    /// Captures a number, text or bytes.
    #[inline(always)]
    #[must_use]
    pub fn capture_fn(&self) -> CaptureFn<'v, T> {
        |value, to| to.set(value.primitive())
    }
}

impl<'v, T: Debug + Sync> ArgBorrowed<'_, &'v T> {
    /// Captures a reference, which is formatted when a listener reads it.
    #[inline(always)]
    #[must_use]
    pub fn capture_fn(&self) -> CaptureFn<'v, &'v T> {
        |value, to| to.set(Value::debug(*value))
    }
}

impl<T: Debug> ArgPrinted<'_, T> {
    /// Captures the text that `Debug` formats now.
    #[inline(always)]
    #[must_use]
    pub fn capture_fn<'v>(&self) -> CaptureFn<'v, T> {
        |value, to| to.set(Value::printed(value))
    }
}

impl<T> ArgName<'_, T> {
    /// Captures the name of the type.
    #[inline(always)]
    #[must_use]
    pub fn capture_fn<'v>(&self) -> CaptureFn<'v, T> {
        |_, to| to.set(Value::type_name(std::any::type_name::<T>()))
    }
}
