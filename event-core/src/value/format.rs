//! Formatting a value as text. Every call of user code is shielded from panics.

use std::fmt::{self, Debug, Display};

use super::print::shielded;
use super::wide::{signed_whole, whole};
use super::{Repr, Value};

impl Value<'_> {
    /// Formats the value by `Display` if `is_display`, else by `Debug`.
    fn write(&self, f: &mut fmt::Formatter<'_>, is_display: bool) -> fmt::Result {
        match &self.0 {
            Repr::None => f.pad("None"),
            Repr::Bool(value) => Display::fmt(value, f),
            Repr::Int(value) => Display::fmt(value, f),
            Repr::Uint(value) => Display::fmt(value, f),
            Repr::BigInt(value) => Display::fmt(&signed_whole(*value), f),
            Repr::BigUint(value) => Display::fmt(&whole(*value), f),
            Repr::Float32(value) => Debug::fmt(value, f),
            Repr::Float(value) => Debug::fmt(value, f),
            Repr::Char(value) if is_display => Display::fmt(value, f),
            Repr::Char(value) => Debug::fmt(value, f),
            Repr::Str(_) | Repr::Owned(_) => {
                let value = self.to_str().unwrap_or_default();
                if is_display {
                    Display::fmt(value, f)
                } else {
                    Debug::fmt(value, f)
                }
            }
            Repr::Bytes(value) => Debug::fmt(value, f),
            Repr::OwnedBytes(value) => Debug::fmt(value, f),
            Repr::Debug(value) => shielded(f, |f| Debug::fmt(value, f)),
            Repr::Display(value) if is_display => shielded(f, |f| Display::fmt(value, f)),
            Repr::Display(value) => shielded(f, |f| Debug::fmt(&value.to_string(), f)),
            Repr::Printed(text) => f.write_str(text),
            Repr::Shared(object) => f.write_str((**object).type_name()),
            Repr::SharedDebug(object) => shielded(f, |f| Debug::fmt(&**object, f)),
            Repr::Nested(fields) => {
                let entries = fields.iter().map(|field| (field.key(), field.value()));
                f.debug_map().entries(entries).finish()
            }
            Repr::TypeName(name) => f.write_str(name),
        }
    }
}

impl Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, true)
    }
}

impl Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}
