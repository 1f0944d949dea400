//! Capture: conversion of an expression of any type to a [`Value`].
//!
//! Method resolution chooses the conversion by the traits that the type implements. Each tier below
//! is implemented for one reference less than the tier above. A method call on seven references
//! thus finds the best tier that applies, also in generic functions. Method resolution ignores
//! lifetimes, so no tier may require that an argument borrows only `'static` data.

pub(crate) mod argument;
pub(crate) mod primitive;
pub(crate) mod result_type;
pub(crate) mod returned;

use std::any::Any;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use primitive::{Primitive, Textual};

use crate::value::Value;
use crate::value::event_data::EventData;

/// The source of a captured argument of an annotated function.
///
/// The captured value outlives the argument, which the body owns. It may therefore borrow only what
/// the argument itself borrows.
#[derive(Debug)]
pub struct Argument;

/// The source of a captured expression.
///
/// The result of the expression is dropped immediately. The captured value may therefore borrow
/// only what the result itself borrows.
#[derive(Debug)]
pub struct Expression;

/// The source of a captured variable that lives as long as the captured value: a field of a struct,
/// or a returned value.
#[derive(Debug)]
pub struct Place;

/// A reference to the captured expression. `Source` says how long the expression lives.
#[derive(Debug)]
pub struct Capture<'a, T: ?Sized, Source>(&'a T, PhantomData<Source>);

// Not derived, because a derive would require `T: Clone` and `Source: Clone`. `Copy` is needed
// because the last tier takes the capture by value, out of references.
impl<T: ?Sized, Source> Clone for Capture<'_, T, Source> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, Source> Copy for Capture<'_, T, Source> {}

impl<'a, T: ?Sized> Capture<'a, T, Argument> {
    /// Captures an argument of a function.
    pub const fn argument(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

impl<'a, T: ?Sized> Capture<'a, T, Expression> {
    /// Captures the value of an expression.
    pub const fn expression(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

impl<'a, T: ?Sized> Capture<'a, T, Place> {
    /// Captures a variable that lives as long as the value.
    pub const fn place(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

/// Declares the tiers, best first.
///
/// Each tier is a separate trait, because the types of two tiers overlap and a trait cannot be
/// implemented for overlapping types. All tiers have the same method.
macro_rules! tiers {
    ($($(#[$doc:meta])* $tier:ident)*) => { $(
        $(#[$doc])*
        pub trait $tier<'v> {
            /// Returns the captured value.
            fn __event_core_capture(self) -> Value<'v>;
        }
    )* };
}

tiers! {
    /// Text and bytes borrowed from their variable.
    TierTextual
    /// Numbers, text and bytes, from any source.
    TierPrimitive
    /// Event data, from an explicit source.
    TierNested
    /// An `Arc` of a type with `Debug`, from an explicit source.
    TierSharedDebug
    /// An `Arc`, from an explicit source.
    TierShared
    /// A type with `Debug` that can be borrowed until a listener reads the value.
    TierBorrowed
    /// A type with `Debug` that must be formatted immediately.
    TierPrinted
    /// Any type.
    TierName
}

impl<'v, T: Textual> TierTextual<'v> for &&&&&&&Capture<'v, T, Place> {
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        self.0.textual()
    }
}

impl<'v, T: Primitive<'v>, Source> TierPrimitive<'v> for &&&&&&Capture<'_, T, Source> {
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        self.0.kept()
    }
}

/// Sources that the user names explicitly, unlike an argument.
pub trait ExplicitSource {}

impl ExplicitSource for Expression {}
impl ExplicitSource for Place {}

impl<'v, 'a, T, Source: ExplicitSource> TierNested<'v> for &&&&&Capture<'a, T, Source>
where
    &'a T: EventData,
{
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        Value::nested(self.0)
    }
}

macro_rules! shared {
    ($($tier:ident [$($bound:tt)*] $refs:ty => $shared:ident)*) => { $(
        impl<'v, T: Any + Send + Sync $($bound)*, Source: ExplicitSource> $tier<'v> for $refs {
            #[inline]
            fn __event_core_capture(self) -> Value<'v> {
                Value::$shared(Arc::clone(self.0))
            }
        }
    )* };
}

shared! {
    TierSharedDebug [+ Debug] &&&&Capture<'_, Arc<T>, Source> => shared_debug
    TierSharedDebug [+ Debug] &&&&Capture<'_, &Arc<T>, Source> => shared_debug
    TierShared [] &&&Capture<'_, Arc<T>, Source> => shared
    TierShared [] &&&Capture<'_, &Arc<T>, Source> => shared
}

/// Captures the data in the `Option`, or [`Value::NONE`].
impl<'v, 'a, T, Source: ExplicitSource> TierNested<'v> for &&&&&Capture<'a, Option<T>, Source>
where
    &'a T: EventData,
{
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        self.0.as_ref().map_or(Value::NONE, Value::nested)
    }
}

/// Sources that the captured value outlives. It may borrow only what they borrow.
pub trait TransientSource {}

impl TransientSource for Argument {}
impl TransientSource for Expression {}

impl<'v, T: Debug + Sync, Source: TransientSource> TierBorrowed<'v>
    for &&Capture<'_, &'v T, Source>
{
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        Value::debug(*self.0)
    }
}

impl<'v, T: Debug + Sync> TierBorrowed<'v> for &&Capture<'v, T, Place> {
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        Value::debug(self.0)
    }
}

impl<'v, T: Debug, Source> TierPrinted<'v> for &Capture<'_, T, Source> {
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        Value::printed(self.0)
    }
}

impl<'v, T: ?Sized, Source> TierName<'v> for Capture<'_, T, Source> {
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        Value::type_name(std::any::type_name::<T>())
    }
}
