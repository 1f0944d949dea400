//! Formatting a value as text. Every call of user code is shielded from panics.

use std::fmt::{self, Debug, Display, Write};

use super::print::{print, write_shielded};
use super::truncate::{ELLIPSIS, MAX_PRINTED, MAX_TEXT, prefix};
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
            Repr::Str(text) => write_text(text, f, is_display),
            Repr::Owned(text) => write_text(text, f, is_display),
            Repr::Bytes(bytes) => write_bytes(bytes, f),
            Repr::OwnedBytes(bytes) => write_bytes(bytes, f),
            Repr::Debug(value) => write_debug(value, f),
            Repr::Display(value) if is_display => write_shielded(f, format_args!("{value}")),
            Repr::Display(value) => Debug::fmt(&*print(format_args!("{value}")), f),
            Repr::Printed(text) => f.write_str(text),
            Repr::Shared(object) => f.write_str((**object).type_name()),
            Repr::SharedDebug(object) => write_debug(object, f),
            Repr::Nested(fields) => {
                let entries = fields.iter().map(|field| (field.key(), field.value()));
                f.debug_map().entries(entries).finish()
            }
            Repr::TypeName(name) => f.write_str(name),
        }
    }
}

fn write_debug(value: &dyn Debug, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if f.alternate() {
        write_shielded(f, format_args!("{value:#?}"))
    } else {
        write_shielded(f, format_args!("{value:?}"))
    }
}

fn write_text(text: &str, f: &mut fmt::Formatter<'_>, is_display: bool) -> fmt::Result {
    let fitting = prefix(text, MAX_TEXT);
    if is_display {
        Display::fmt(fitting, f)?;
    } else {
        Debug::fmt(fitting, f)?;
    }
    write_ellipsis(fitting.len() < text.len(), f)
}

/// Each byte prints as up to five bytes of text.
fn write_bytes(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let fitting = &bytes[..bytes.len().min(MAX_PRINTED)];
    Debug::fmt(fitting, f)?;
    write_ellipsis(fitting.len() < bytes.len(), f)
}

fn write_ellipsis(is_truncated: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if is_truncated {
        f.write_char(ELLIPSIS)
    } else {
        Ok(())
    }
}

/// Prints like the `Display` of the captured value: a string has no quotes. Text beyond
/// [`Value::MAX_PRINTED`], and strings beyond [`Value::MAX_TEXT`], end in `…`.
impl Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, true)
    }
}

/// Prints like the `Debug` of the captured value: a string has quotes. Text beyond
/// [`Value::MAX_PRINTED`], and strings beyond [`Value::MAX_TEXT`], end in `…`.
impl Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}
