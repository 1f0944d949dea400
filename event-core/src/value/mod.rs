//! Values: the typed contents of event data.
//!
//! A [`Value`] is always `Send + Sync`, so that a listener can keep it. It therefore borrows a
//! `Debug` or `Display` type only if the type is `Sync`. A value has three words. Numbers and
//! borrowed values are created without an allocation.

pub(crate) mod arena;
pub(crate) mod captured;
mod convert;
pub(crate) mod data;
pub(crate) mod event_data;
pub(crate) mod format;
pub(crate) mod kept;
mod kept_fields;
pub(crate) mod lazy;
pub(crate) mod memory;
mod print;
pub(crate) mod read;
mod short;
mod truncate;
mod wide;

use std::any::Any;
use std::fmt::{Debug, Display};
use std::mem;
use std::sync::Arc;

use print::print;
use short::{OwnedText, ShortText};
use truncate::{MAX_PRINTED, MAX_TEXT};
use wide::Halves;

/// One value of an event's data.
///
/// Numbers, text and bytes keep their type. An [`Arc`] that is passed explicitly stays the live
/// object. Any other value is represented by the text of its `Debug` or `Display`, or by the name
/// of its type if it implements neither.
///
/// # Examples
///
/// ```
/// use event_core::Value;
///
/// let depth = Value::from(3_u32);
/// assert_eq!(depth.to_u64(), Some(3));
/// assert_eq!(depth.to_string(), "3");
///
/// let path = Value::from("a.toml");
/// assert_eq!(path.to_str(), Some("a.toml"));
/// assert_eq!(format!("{path:?}"), "\"a.toml\"");
/// assert_eq!(path.to_u64(), None);
/// ```
#[derive(Clone)]
pub struct Value<'a>(Repr<'a>);

#[derive(Clone)]
enum Repr<'a> {
    None,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// An `i128` as its high and low half, which need a smaller alignment.
    BigInt(Halves),
    BigUint(Halves),
    Float32(f32),
    Float(f64),
    Char(char),
    Str(&'a str),
    Bytes(&'a [u8]),
    Debug(&'a (dyn Debug + Sync)),
    Display(&'a (dyn Display + Sync)),
    TypeName(&'static str),
    /// A string, which `to_str` returns.
    Owned(Arc<str>),
    ShortOwned(ShortText),
    OwnedBytes(Arc<[u8]>),
    /// The text of a `Debug`, which `to_str` does not return.
    Printed(Arc<str>),
    ShortPrinted(ShortText),
    Shared(Arc<dyn Shared>),
    SharedDebug(Arc<dyn SharedDebug>),
    Nested(Arc<[Field<'static>]>),
}

impl Repr<'_> {
    fn string(text: OwnedText) -> Self {
        match text {
            OwnedText::Short(text) => Self::ShortOwned(text),
            OwnedText::Long(text) => Self::Owned(text),
        }
    }
}

/// An object of any type that events share with the program.
trait Shared: Any + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn type_name(&self) -> &'static str;
}

impl<T: Any + Send + Sync> Shared for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn type_name(&self) -> &'static str {
        std::any::type_name::<T>()
    }
}

trait SharedDebug: Shared + Debug {}

impl<T: Shared + Debug> SharedDebug for T {}

impl Value<'static> {
    /// The maximum number of bytes that the `Debug` or `Display` of one value prints, without the
    /// escapes of control characters.
    ///
    /// Longer text is truncated and ends in `…`. Formatting stops there.
    pub const MAX_PRINTED: usize = MAX_PRINTED;

    /// The maximum number of bytes of a string that are formatted, and that are copied when a
    /// borrowed value becomes owned.
    ///
    /// Longer strings and bytes are truncated. A truncated string ends in `…`. A value that was
    /// made from a `String` or a `Vec<u8>` keeps its whole contents.
    pub const MAX_TEXT: usize = MAX_TEXT;

    /// An absent value, like `None` in Python.
    pub const NONE: Self = Self(Repr::None);

    /// The value in place of a secret: the text `[redacted]`, without quotes.
    ///
    /// The argument `redact(…)` of the attribute and `#[data(redact)]` use it.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::Value;
    ///
    /// assert_eq!(Value::REDACTED.to_string(), "[redacted]");
    /// assert_eq!(format!("{:?}", Value::REDACTED), "[redacted]");
    /// assert_eq!(Value::REDACTED.to_str(), None);
    /// ```
    pub const REDACTED: Self = Self(Repr::TypeName("[redacted]"));

    /// Returns a value that shares `object`.
    ///
    /// [`downcast_ref`](Self::downcast_ref) returns this same object, also from a recorded event.
    /// As text, the value is the name of the type.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::Value;
    /// use std::sync::{Arc, Mutex};
    ///
    /// let count = Arc::new(Mutex::new(1));
    /// let value = Value::shared(Arc::clone(&count));
    /// *count.lock().unwrap() += 1;
    /// assert_eq!(*value.downcast_ref::<Mutex<i32>>().unwrap().lock().unwrap(), 2);
    /// ```
    #[must_use]
    pub fn shared<T: Any + Send + Sync>(object: Arc<T>) -> Self {
        Self(Repr::Shared(object))
    }

    /// Returns a value that shares `object`, like [`Value::shared`], and is formatted by `Debug`.
    #[must_use]
    pub fn shared_debug<T: Any + Send + Sync + Debug>(object: Arc<T>) -> Self {
        Self(Repr::SharedDebug(object))
    }

    /// Formats `value` by `Debug` now, and returns the text.
    ///
    /// [`to_str`](Self::to_str) does not return the text, because `value` is no string.
    #[must_use]
    pub fn printed(value: &dyn Debug) -> Self {
        Self(match print(format_args!("{value:?}")) {
            OwnedText::Short(text) => Repr::ShortPrinted(text),
            OwnedText::Long(text) => Repr::Printed(text),
        })
    }

    /// Formats `value` by `Display` now, and returns the text as a string.
    #[must_use]
    pub fn displayed(value: &dyn Display) -> Self {
        Self(Repr::string(print(format_args!("{value}"))))
    }

    pub(crate) fn type_name(name: &'static str) -> Self {
        Self(Repr::TypeName(name))
    }
}

impl<'a> Value<'a> {
    /// Borrows `value`, and formats it by `Debug` whenever a listener reads the result.
    #[must_use]
    pub fn debug<T: Debug + Sync>(value: &'a T) -> Self {
        Self(Repr::Debug(value))
    }

    /// Borrows `value`, and formats it by `Display` whenever a listener reads the result.
    #[must_use]
    pub fn display<T: Display + Sync>(value: &'a T) -> Self {
        Self(Repr::Display(value))
    }

    /// Returns a copy of `text`, truncated at [`Value::MAX_TEXT`] bytes.
    pub(crate) fn copied(text: &str) -> Value<'static> {
        Value::from(text).into_owned()
    }

    /// Returns the same value without borrows.
    ///
    /// Text and bytes are copied, up to [`Value::MAX_TEXT`] bytes. Shared objects stay shared. A
    /// borrowed `Debug` or `Display` is formatted now, up to [`Value::MAX_PRINTED`] bytes.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        Value(match self.0 {
            Repr::None => Repr::None,
            Repr::Bool(value) => Repr::Bool(value),
            Repr::Int(value) => Repr::Int(value),
            Repr::Uint(value) => Repr::Uint(value),
            Repr::BigInt(value) => Repr::BigInt(value),
            Repr::BigUint(value) => Repr::BigUint(value),
            Repr::Float32(value) => Repr::Float32(value),
            Repr::Float(value) => Repr::Float(value),
            Repr::Char(value) => Repr::Char(value),
            Repr::Str(value) => Repr::string(truncate::owned_text(value)),
            Repr::Bytes(value) => Repr::OwnedBytes(truncate::owned_bytes(value)),
            Repr::Debug(value) => return Value::printed(&value),
            Repr::Display(value) => return Value::displayed(&value),
            Repr::Owned(value) => Repr::Owned(value),
            Repr::ShortOwned(value) => Repr::ShortOwned(value),
            Repr::OwnedBytes(value) => Repr::OwnedBytes(value),
            Repr::Printed(value) => Repr::Printed(value),
            Repr::ShortPrinted(value) => Repr::ShortPrinted(value),
            Repr::Shared(value) => Repr::Shared(value),
            Repr::SharedDebug(value) => Repr::SharedDebug(value),
            Repr::Nested(fields) => Repr::Nested(fields),
            Repr::TypeName(name) => Repr::TypeName(name),
        })
    }

    /// Copies the value without borrows to `to`, which must own nothing. Returns whether the copy
    /// owns something.
    #[inline(always)]
    pub(crate) fn copy_to(&self, to: &mut Value<'static>) -> bool {
        let copy = match self.0 {
            Repr::Uint(value) => Repr::Uint(value),
            Repr::Str(value) => match ShortText::new(value) {
                Some(text) => Repr::ShortOwned(text),
                None => return self.clone_to(to),
            },
            _ => return self.clone_to(to),
        };
        mem::forget(mem::replace(&mut to.0, copy)); // it owns nothing
        false
    }

    #[inline(never)]
    fn clone_to(&self, to: &mut Value<'static>) -> bool {
        *to = self.clone().into_owned();
        to.owns()
    }

    /// Returns a copy of borrowed text, if the text is so short that the copy owns no memory.
    #[inline]
    pub(crate) fn short_owned<'v>(&self) -> Option<Value<'v>> {
        match self.0 {
            Repr::Str(text) => ShortText::new(text).map(|text| Value(Repr::ShortOwned(text))),
            _ => None,
        }
    }

    /// Returns whether dropping the value frees something.
    #[inline]
    pub(crate) fn owns(&self) -> bool {
        matches!(
            self.0,
            Repr::Owned(_)
                | Repr::OwnedBytes(_)
                | Repr::Printed(_)
                | Repr::Shared(_)
                | Repr::SharedDebug(_)
                | Repr::Nested(_)
        )
    }
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    key: &'static str,
    value: Value<'a>,
}

impl<'a> Field<'a> {
    /// Returns a field with this key and value.
    #[must_use]
    pub const fn new(key: &'static str, value: Value<'a>) -> Self {
        Self { key, value }
    }

    /// Returns the key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Returns the value.
    #[must_use]
    pub const fn value(&self) -> &Value<'a> {
        &self.value
    }

    /// Returns the same field with a value that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Field<'static> {
        Field {
            key: self.key,
            value: self.value.into_owned(),
        }
    }
}
