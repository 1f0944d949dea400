//! Capture: from any expression to a [`Value`], whatever its type implements.
//!
//! Which conversion a type gets is decided by method resolution: each tier below is implemented
//! for one reference less than the one above, so that calling the method on six references finds
//! the best tier that holds, in generic functions too. Method resolution ignores lifetimes, so a
//! tier must never need `'static` of what an argument borrows.

pub(crate) mod returned;

use std::any::Any;
use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::scope::call::How;
use crate::value::Value;
use crate::value::data::EventData;

/// An argument of an annotated function. The value outlives the argument, which is the body's:
/// only references in it can be kept.
#[derive(Debug)]
pub struct Argument;

/// The value of an expression that is gone at once; only references in it can be kept.
#[derive(Debug)]
pub struct Given;

/// A place that stays as long as the value: a field of a struct, a returned value.
#[derive(Debug)]
pub struct Place;

/// `&'a T`, to be captured as a `Source`.
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

impl<'a, T: ?Sized> Capture<'a, T, Given> {
    /// Captures the value of an expression.
    pub const fn given(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

impl<'a, T: ?Sized> Capture<'a, T, Place> {
    /// Captures what stays in its place.
    pub const fn place(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

/// An argument of a function, to be asked how it is captured: by a method of the first of these types
/// that has one for it. To look a method up along `Deref` takes the compiler a third of the time that the
/// traits below do.
#[derive(Debug)]
pub struct Arg<'a, T>(ArgBorrowed<'a, T>);

/// One that is borrowed.
#[derive(Debug)]
pub struct ArgBorrowed<'a, T>(ArgPrinted<'a, T>);

/// One that is printed.
#[derive(Debug)]
pub struct ArgPrinted<'a, T>(ArgName<'a, T>);

/// One of which only its type is known.
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

/// Asks how an argument of the type of `value` is captured.
#[inline(always)]
pub const fn argument<T>(_value: &T) -> Arg<'_, T> {
    Arg(ArgBorrowed(ArgPrinted(ArgName(PhantomData))))
}

impl<'v, T: Primitive<'v>> Arg<'_, T> {
    /// As a number, text or bytes.
    #[inline(always)]
    #[must_use]
    pub fn how(&self) -> How<'v, T> {
        |value, place| place.set(value.primitive())
    }
}

impl<'v, T: Debug + Sync> ArgBorrowed<'_, &'v T> {
    /// As what is printed when somebody looks.
    #[inline(always)]
    #[must_use]
    pub fn how(&self) -> How<'v, &'v T> {
        |value, place| place.set(Value::debug(*value))
    }
}

impl<T: Debug> ArgPrinted<'_, T> {
    /// As what is printed now.
    #[inline(always)]
    #[must_use]
    pub fn how<'v>(&self) -> How<'v, T> {
        |value, place| place.set(Value::printed(value))
    }
}

impl<T> ArgName<'_, T> {
    /// As the name of the type.
    #[inline(always)]
    #[must_use]
    pub fn how<'v>(&self) -> How<'v, T> {
        |_, place| place.set(Value::type_name(std::any::type_name::<T>()))
    }
}

/// Types whose value is copied out of the place it stands in: numbers, text, bytes.
pub trait Primitive<'v> {
    /// The value itself, borrowing nothing of `self` but what `self` borrows.
    fn primitive(&self) -> Value<'v>;
}

macro_rules! numbers {
    ($($type:ty)*) => { $(
        impl<'v> Primitive<'v> for $type {
            #[inline]
            fn primitive(&self) -> Value<'v> {
                (*self).into()
            }
        }

        impl<'v> Primitive<'v> for &$type {
            #[inline]
            fn primitive(&self) -> Value<'v> {
                (**self).into()
            }
        }

        impl<'v> Primitive<'v> for &mut $type {
            #[inline]
            fn primitive(&self) -> Value<'v> {
                (**self).into()
            }
        }
    )* };
}

numbers! { bool char i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 }

macro_rules! referenced {
    ($([$($generics:tt)*] $type:ty => $convert:expr;)*) => { $(
        impl<'v, $($generics)*> Primitive<'v> for &'v $type {
            #[inline]
            fn primitive(&self) -> Value<'v> {
                let convert: fn(&'v $type) -> Value<'v> = $convert;
                convert(*self)
            }
        }
    )* };
}

referenced! {
    [] str => Value::from;
    [] String => |text| text.as_str().into();
    [] Box<str> => |text| (**text).into();
    [] Arc<str> => |text| (**text).into();
    [] Cow<'_, str> => |text| (**text).into();
    [] [u8] => Value::from;
    [] Vec<u8> => |bytes| bytes.as_slice().into();
    [const N: usize] [u8; N] => |bytes| bytes.as_slice().into();
}

macro_rules! moved {
    ($($plain:ty: $($type:ty)*;)*) => { $($(
        impl<'v> Primitive<'v> for $type {
            #[inline]
            fn primitive(&self) -> Value<'v> {
                let plain: &$plain = self;
                Value::from(plain).into_owned()
            }
        }
    )*)* };
}

moved! {
    str: String Box<str> Cow<'_, str> &mut String &mut str;
    [u8]: Vec<u8> Box<[u8]> &mut Vec<u8> &mut [u8];
}

impl<'v> Primitive<'v> for Arc<str> {
    #[inline]
    fn primitive(&self) -> Value<'v> {
        Arc::clone(self).into()
    }
}

impl<'v> Primitive<'v> for Value<'v> {
    #[inline]
    fn primitive(&self) -> Value<'v> {
        self.clone()
    }
}

/// What is in it, or [`Value::NONE`].
impl<'v, T: Primitive<'v>> Primitive<'v> for Option<T> {
    #[inline]
    fn primitive(&self) -> Value<'v> {
        self.as_ref().map_or(Value::NONE, T::primitive)
    }
}

impl<'v, T> Primitive<'v> for &'v Option<T>
where
    &'v T: Primitive<'v>,
{
    #[inline]
    fn primitive(&self) -> Value<'v> {
        self.as_ref().map_or(Value::NONE, |value| value.primitive())
    }
}

/// Types whose text or bytes can be borrowed from the place they stand in.
pub trait Textual {
    /// The text or bytes.
    fn textual(&self) -> Value<'_>;
}

impl<T: Textual> Textual for Option<T> {
    fn textual(&self) -> Value<'_> {
        self.as_ref().map_or(Value::NONE, T::textual)
    }
}

macro_rules! textual {
    ($($type:ty)*) => { $(
        impl Textual for $type {
            fn textual(&self) -> Value<'_> {
                Value::from(&**self)
            }
        }
    )* };
}

textual! { String Box<str> Cow<'_, str> Vec<u8> Box<[u8]> }

/// Declares the tiers, best first. Each is a trait of its own, because a trait cannot be
/// implemented for overlapping types, with the one method that all of them share.
macro_rules! tiers {
    ($($(#[$doc:meta])* $tier:ident)*) => { $(
        $(#[$doc])*
        pub trait $tier<'v> {
            /// The value of what is captured.
            fn __event_core_capture(self) -> Value<'v>;
        }
    )* };
}

tiers! {
    /// Text and bytes that stay in their place.
    TierTextual
    /// Numbers, text and bytes, from anywhere.
    TierPrimitive
    /// Event data, given on purpose.
    TierNested
    /// An `Arc` of something with `Debug`, given on purpose.
    TierSharedDebug
    /// An `Arc`, given on purpose.
    TierShared
    /// What has `Debug` and can be borrowed until somebody looks.
    TierBorrowed
    /// What has `Debug` and must be printed at once.
    TierPrinted
    /// Anything.
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

/// Where what is captured is given on purpose.
pub trait OnPurpose {}

impl OnPurpose for Given {}
impl OnPurpose for Place {}

impl<'v, 'a, T, Source: OnPurpose> TierNested<'v> for &&&&&Capture<'a, T, Source>
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
        impl<'v, T: Any + Send + Sync $($bound)*, Source: OnPurpose> $tier<'v> for $refs {
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

/// The data in it, or [`Value::NONE`].
impl<'v, 'a, T, Source: OnPurpose> TierNested<'v> for &&&&&Capture<'a, Option<T>, Source>
where
    &'a T: EventData,
{
    #[inline]
    fn __event_core_capture(self) -> Value<'v> {
        self.0.as_ref().map_or(Value::NONE, Value::nested)
    }
}

/// Where only what is borrowed already may be borrowed.
pub trait Passing {}

impl Passing for Argument {}
impl Passing for Given {}

impl<'v, T: Debug + Sync, Source: Passing> TierBorrowed<'v> for &&Capture<'_, &'v T, Source> {
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
