//! Access to a value as a Rust type. No method converts text to a number or formats anything.

use std::any::Any;

use super::wide::{signed_whole, whole};
use super::{Repr, Value};

/// A value whose type is frequent, for exporters that write it without a call.
#[derive(Clone, Copy, Debug)]
pub enum PlainValue<'v> {
    /// Borrowed text.
    Text(&'v str),
    /// An unsigned integer.
    Uint(u64),
    /// A signed integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A `bool`.
    Bool(bool),
    /// No value.
    None,
    /// Any other value.
    Other,
}

impl Value<'_> {
    /// Returns the value if its type is frequent.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn plain(&self) -> PlainValue<'_> {
        match &self.0 {
            Repr::Str(text) => PlainValue::Text(text),
            Repr::Uint(number) => PlainValue::Uint(*number),
            Repr::Int(number) => PlainValue::Int(*number),
            Repr::Float(number) => PlainValue::Float(*number),
            Repr::Bool(is_true) => PlainValue::Bool(*is_true),
            Repr::None => PlainValue::None,
            _ => PlainValue::Other,
        }
    }

    /// Returns whether this is [`Value::NONE`].
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

    /// Returns the value as a floating-point number if it is any number.
    ///
    /// Large integers lose their last digits.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "documented above")]
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

    /// Returns the value if it is a string.
    ///
    /// Text that `Debug` printed does not count as a string. Format the value to get that text.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        match &self.0 {
            Repr::Str(value) => Some(value),
            Repr::Owned(value) => Some(value),
            Repr::ShortOwned(value) => Some(value.as_str()),
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

    /// Returns the live object if the value shares one of type `T`; see [`Value::shared`].
    #[must_use]
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        match &self.0 {
            Repr::Shared(object) => (**object).as_any().downcast_ref(),
            Repr::SharedDebug(object) => (**object).as_any().downcast_ref(),
            _ => None,
        }
    }
}
