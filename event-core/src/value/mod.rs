//! Values: one piece of event data, typed.
//!
//! A value is `Send + Sync` always, so that a recorder can be a listener: whatever is borrowed
//! through a trait is `Sync`. It is three words, and making one allocates only for owned text.

use std::any::Any;
use std::fmt::{Debug, Display};
use std::sync::Arc;

use crate::value::data::{Data, EventData, Field};

pub(crate) mod arena;
pub(crate) mod captured;
mod convert;
pub(crate) mod data;
mod format;
pub(crate) mod lazy;

use format::print;

/// One value of an event's data.
///
/// Numbers, text and bytes keep their type; an [`Arc`] given on purpose stays the live object;
/// anything else is what its `Debug` (or `Display`) prints, or, where it has neither, the name of
/// its type.
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
    /// The high and the low half, which are aligned to one word where an `i128` wants two.
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
    /// A string that was a string.
    Owned(Arc<str>),
    OwnedBytes(Arc<[u8]>),
    /// What a `Debug` printed.
    Printed(Arc<str>),
    Shared(Arc<dyn Shared>),
    SharedDebug(Arc<dyn SharedDebug>),
    Nested(Arc<[Field<'static>]>),
}

/// Any shareable object, kept alive as itself.
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

/// Sixteen bytes, aligned to eight.
type Halves = [u64; 2];

#[expect(clippy::cast_possible_truncation, reason = "the two halves")]
const fn halves(wide: u128) -> Halves {
    [(wide >> 64) as u64, wide as u64]
}

#[expect(clippy::cast_sign_loss, reason = "the bits are kept")]
const fn signed_halves(wide: i128) -> Halves {
    halves(wide as u128)
}

const fn whole([high, low]: Halves) -> u128 {
    (high as u128) << 64 | low as u128
}

#[expect(clippy::cast_possible_wrap, reason = "the bits are kept")]
const fn signed_whole(halves: Halves) -> i128 {
    whole(halves) as i128
}

impl Value<'static> {
    /// How many bytes of what a `Debug` or `Display` prints an owned value keeps; a longer text
    /// is cut there and ends in `…`. Strings and bytes are never cut.
    pub const MAX_PRINTED: usize = 4096;

    /// The value of nothing, as Python's `None`.
    pub const NONE: Self = Self(Repr::None);

    /// Returns the live object: [`downcast_ref`](Self::downcast_ref) gives this very `T`, also
    /// from a recorded event.
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

    /// [`Value::shared`], printed by its `Debug` instead of as the name of its type.
    #[must_use]
    pub fn shared_debug<T: Any + Send + Sync + Debug>(object: Arc<T>) -> Self {
        Self(Repr::SharedDebug(object))
    }

    /// Returns what `value`'s `Debug` prints now, as text.
    #[must_use]
    pub fn printed(value: &dyn Debug) -> Self {
        Self(Repr::Printed(print(format_args!("{value:?}"))))
    }

    /// Returns what `value`'s `Display` prints now, as a string.
    #[must_use]
    pub fn displayed(value: &dyn Display) -> Self {
        Self(Repr::Owned(print(format_args!("{value}"))))
    }

    /// Returns `data` as one value: a map inside the event's data.
    #[must_use]
    pub fn nested(data: impl EventData) -> Self {
        Self(Repr::Nested(data.with_data(|data| data.to_fields())))
    }

    pub(crate) fn type_name(name: &'static str) -> Self {
        Self(Repr::TypeName(name))
    }
}

impl<'a> Value<'a> {
    /// Returns a value that is printed by `Debug`, when somebody looks.
    #[must_use]
    pub fn debug<T: Debug + Sync>(value: &'a T) -> Self {
        Self(Repr::Debug(value))
    }

    /// Returns a value that is printed by `Display`, when somebody looks.
    #[must_use]
    pub fn display<T: Display + Sync>(value: &'a T) -> Self {
        Self(Repr::Display(value))
    }

    /// Returns the same value without what it borrows: text and bytes are copied, what is
    /// printed is printed now (up to [`Value::MAX_PRINTED`] bytes), shared objects stay shared.
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
            Repr::Str(value) => Repr::Owned(value.into()),
            Repr::Bytes(value) => Repr::OwnedBytes(value.into()),
            Repr::Debug(value) => return Value::printed(&value),
            Repr::Display(value) => return Value::displayed(&value),
            Repr::Owned(value) => Repr::Owned(value),
            Repr::OwnedBytes(value) => Repr::OwnedBytes(value),
            Repr::Printed(value) => Repr::Printed(value),
            Repr::Shared(value) => Repr::Shared(value),
            Repr::SharedDebug(value) => Repr::SharedDebug(value),
            Repr::Nested(fields) => Repr::Nested(fields),
            Repr::TypeName(name) => Repr::TypeName(name),
        })
    }

    /// Whether something is freed with it.
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

    /// Says whether this is [`Value::NONE`].
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self.0, Repr::None)
    }

    /// Returns the value if it is a `bool`.
    #[must_use]
    pub fn to_bool(&self) -> Option<bool> {
        match self.0 {
            Repr::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the value if it is an integer that an `i64` can hold.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(value) => Some(value),
            _ => self.to_i128()?.try_into().ok(),
        }
    }

    /// Returns the value if it is an integer that a `u64` can hold.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        match self.0 {
            Repr::Uint(value) => Some(value),
            _ => self.to_u128()?.try_into().ok(),
        }
    }

    /// Returns the value if it is an integer that an `i128` can hold.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        match self.0 {
            Repr::Int(value) => Some(value.into()),
            Repr::Uint(value) => Some(value.into()),
            Repr::BigInt(value) => Some(signed_whole(value)),
            Repr::BigUint(value) => whole(value).try_into().ok(),
            _ => None,
        }
    }

    /// Returns the value if it is an integer that a `u128` can hold.
    #[must_use]
    pub fn to_u128(&self) -> Option<u128> {
        match self.0 {
            Repr::BigUint(value) => Some(whole(value)),
            _ => self.to_i128()?.try_into().ok(),
        }
    }

    /// Returns the value as a floating-point number if it is any number; large integers lose
    /// their last digits.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "said in the docs")]
        match self.0 {
            Repr::Float32(value) => Some(value.into()),
            Repr::Float(value) => Some(value),
            Repr::BigUint(value) => Some(whole(value) as f64),
            _ => self.to_i128().map(|value| value as f64),
        }
    }

    /// Returns the value if it is a `char`.
    #[must_use]
    pub fn to_char(&self) -> Option<char> {
        match self.0 {
            Repr::Char(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the value if it is a string; what a `Debug` printed is not, [`Display`] is for
    /// that.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        match &self.0 {
            Repr::Str(value) => Some(value),
            Repr::Owned(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the value if it is a slice of bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Option<&[u8]> {
        match &self.0 {
            Repr::Bytes(value) => Some(value),
            Repr::OwnedBytes(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the fields if the value is data itself.
    #[must_use]
    pub fn to_data(&self) -> Option<Data<'static>> {
        match &self.0 {
            Repr::Nested(fields) => Some(Data::owned(Arc::clone(fields))),
            _ => None,
        }
    }

    /// Returns the live object if the value is an `Arc<T>` that was given on purpose.
    #[must_use]
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        match &self.0 {
            Repr::Shared(object) => (**object).as_any().downcast_ref(),
            Repr::SharedDebug(object) => (**object).as_any().downcast_ref(),
            _ => None,
        }
    }
}
