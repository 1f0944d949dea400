//! Capture: from any expression to a [`Value`], whatever its type implements.
//!
//! Method resolution decides which conversion a type gets. Each tier below is implemented for one
//! reference less than the tier above, so that a method call on seven references finds the best tier
//! that applies, in generic functions too. Method resolution ignores lifetimes, so a tier must never
//! require `'static` of what an argument borrows.

pub(crate) mod argument;
pub(crate) mod primitive;
pub(crate) mod returned;

use std::any::Any;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use primitive::{Primitive, Textual};

use crate::value::Value;
use crate::value::data::EventData;

/// An argument of an annotated function. The value outlives the argument, which belongs to the body:
/// only references in the argument can be kept.
#[derive(Debug)]
pub struct Argument;

/// The value of an expression, which is dropped immediately: only references in it can be kept.
#[derive(Debug)]
pub struct Expression;

/// A variable that lives as long as the value: a field of a struct, a returned value.
#[derive(Debug)]
pub struct Place;

/// A reference to what is captured, from a `Source`.
#[derive(Debug)]
pub struct Capture<'a, T: ?Sized, Source>(&'a T, PhantomData<Source>);

// Not derived, which would ask the same of `T` and `Source`. The last tier moves it out of references.
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

/// Declares the tiers, best first. Each is a trait of its own, because a trait cannot be
/// implemented for overlapping types, with the one method that all of them share.
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
    /// Numbers, text and bytes, from anywhere.
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
        self.0.primitive()
    }
}

/// Sources that the user writes out.
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

/// The data in the `Option`, or [`Value::NONE`].
impl<'v, 'a, T, Source: ExplicitSource> TierNested<'v> for &&&&&Capture<'a, Option<T>, Source>
where
    &'a T: EventData,
{
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        self.0.as_ref().map_or(Value::NONE, Value::nested)
    }
}

/// Sources that the value outlives: only references in them can be kept.
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
