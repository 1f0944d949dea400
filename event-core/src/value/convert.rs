//! Conversions from Rust types to [`Value`], and serialization. A conversion never formats.

use std::borrow::Cow;
use std::sync::Arc;

#[cfg(feature = "serde")]
use super::format::Raw;
use super::wide::{halves, signed_halves};
#[cfg(feature = "serde")]
use super::wide::{signed_whole, whole};
use super::{Repr, Value};

macro_rules! from_copy {
    ($($type:ty => $variant:ident($value:ident: $convert:expr),)*) => { $(
        impl From<$type> for Value<'_> {
            #[inline]
            fn from($value: $type) -> Self {
                Self(Repr::$variant($convert))
            }
        }
    )* };
}

from_copy! {
    bool => Bool(value: value),
    i8 => Int(value: value.into()),
    i16 => Int(value: value.into()),
    i32 => Int(value: value.into()),
    i64 => Int(value: value),
    isize => Int(value: value as i64),
    i128 => BigInt(value: signed_halves(value)),
    u8 => Uint(value: value.into()),
    u16 => Uint(value: value.into()),
    u32 => Uint(value: value.into()),
    u64 => Uint(value: value),
    usize => Uint(value: value as u64),
    u128 => BigUint(value: halves(value)),
    f32 => Float32(value: value),
    f64 => Float(value: value),
    char => Char(value: value),
    String => Owned(value: value.into()),
    Arc<str> => Owned(value: value),
}

impl<'a> From<&'a str> for Value<'a> {
    #[inline]
    fn from(value: &'a str) -> Self {
        Self(Repr::Str(value))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    #[inline]
    fn from(value: &'a [u8]) -> Self {
        Self(Repr::Bytes(value))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        match value {
            Cow::Borrowed(value) => value.into(),
            Cow::Owned(value) => value.into(),
        }
    }
}

/// Converts `None` to [`Value::NONE`], and `Some` to the value inside.
impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(Repr::None), Into::into)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Value<'_> {
    /// Serializes numbers, booleans, characters, strings and bytes by their type, [`Value::NONE`]
    /// as none, and nested data as a map. Any other value becomes the string of its `Display`,
    /// without escapes.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::None => serializer.serialize_none(),
            Repr::Bool(value) => serializer.serialize_bool(*value),
            Repr::Int(value) => serializer.serialize_i64(*value),
            Repr::Uint(value) => serializer.serialize_u64(*value),
            Repr::BigInt(value) => serializer.serialize_i128(signed_whole(*value)),
            Repr::BigUint(value) => serializer.serialize_u128(whole(*value)),
            Repr::Float32(value) => serializer.serialize_f32(*value),
            Repr::Float(value) => serializer.serialize_f64(*value),
            Repr::Char(value) => serializer.serialize_char(*value),
            Repr::Str(value) => serializer.serialize_str(value),
            Repr::Owned(value) | Repr::Printed(value) => serializer.serialize_str(value),
            Repr::ShortOwned(value) | Repr::ShortPrinted(value) => {
                serializer.serialize_str(value.as_str())
            }
            Repr::Bytes(value) => serializer.serialize_bytes(value),
            Repr::OwnedBytes(value) => serializer.serialize_bytes(value),
            Repr::Nested(fields) => {
                serializer.collect_map(fields.iter().map(|field| (field.key(), field.value())))
            }
            _ => serializer.collect_str(&Raw(self)),
        }
    }
}
