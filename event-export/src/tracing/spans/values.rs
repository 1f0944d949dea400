//! Values in the types that `tracing` records.

use event_core::__private::needs_escapes;
use event_core::Value;
use tracing_core::field::{self, DisplayValue};

/// The field that is the text of an event.
const MESSAGE: &str = "message";

/// A value with a type that `tracing` can borrow.
pub(super) enum Typed<'e> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    BigInt(i128),
    BigUint(u128),
    Float(f64),
    /// Subscribers print it as a string with quotes and escapes.
    Text(&'e str),
    Bytes(&'e [u8]),
    Shown(DisplayValue<&'e Value<'e>>),
}

impl<'e> Typed<'e> {
    pub(super) fn new(key: &str, value: &'e Value<'e>) -> Self {
        let number = || {
            let int = value.to_i64().map(Self::Int);
            int.or_else(|| value.to_u64().map(Self::Uint))
                .or_else(|| value.to_i128().map(Self::BigInt))
                .or_else(|| value.to_u128().map(Self::BigUint))
                .or_else(|| value.to_f64().map(Self::Float))
        };
        // Subscribers print the field `message` without quotes.
        let is_quoted = |text: &&str| key != MESSAGE || !needs_escapes(text);
        // Other text is formatted by `Display`, which truncates and escapes it.
        let text = value
            .to_str()
            .filter(|text| text.len() <= Value::MAX_TEXT)
            .filter(is_quoted)
            .map(Self::Text);
        text.or_else(number)
            .or_else(|| value.to_bool().map(Self::Bool))
            .or_else(|| {
                let bytes = value.to_bytes();
                bytes
                    .filter(|bytes| bytes.len() <= Value::MAX_TEXT)
                    .map(Self::Bytes)
            })
            .unwrap_or_else(|| Self::Shown(field::display(value)))
    }

    pub(super) fn as_value(&self) -> &dyn field::Value {
        match self {
            Self::Bool(value) => value,
            Self::Int(value) => value,
            Self::Uint(value) => value,
            Self::BigInt(value) => value,
            Self::BigUint(value) => value,
            Self::Float(value) => value,
            Self::Text(value) => value,
            Self::Bytes(value) => value,
            Self::Shown(value) => value,
        }
    }
}
