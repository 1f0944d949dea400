//! Formatting a value as text. Every call of user code is shielded from panics.

use std::fmt::{self, Debug, Display, Write};

use super::print::write_shielded;
use super::truncate::{ELLIPSIS, MAX_PRINTED, MAX_TEXT, prefix};
use super::wide::{signed_whole, whole};
use super::{Repr, Value};
use crate::escape::{Escaping, escaped};

/// The form in which a value is written.
#[derive(Clone, Copy)]
struct Form {
    /// Whether it is the form of `Display` rather than that of `Debug`.
    is_display: bool,
    /// Whether text outside quotes has no escapes.
    is_raw: bool,
}

impl Value<'_> {
    fn write(&self, f: &mut fmt::Formatter<'_>, form: Form) -> fmt::Result {
        let Form { is_display, is_raw } = form;
        match &self.0 {
            Repr::None => f.pad("None"),
            Repr::Bool(value) => Display::fmt(value, f),
            Repr::Int(value) => Display::fmt(value, f),
            Repr::Uint(value) => Display::fmt(value, f),
            Repr::BigInt(value) => Display::fmt(&signed_whole(*value), f),
            Repr::BigUint(value) => Display::fmt(&whole(*value), f),
            Repr::Float32(value) => Debug::fmt(value, f),
            Repr::Float(value) => Debug::fmt(value, f),
            Repr::Char(value) if is_display => write_text(value.encode_utf8(&mut [0; 4]), f, form),
            Repr::Char(value) => Debug::fmt(value, f),
            Repr::Str(text) => write_text(text, f, form),
            Repr::Owned(text) => write_text(text, f, form),
            Repr::ShortOwned(text) => write_text(text.as_str(), f, form),
            Repr::Bytes(bytes) => write_bytes(bytes, f),
            Repr::OwnedBytes(bytes) => write_bytes(bytes, f),
            Repr::Debug(value) => write_debug(value, f, is_raw),
            Repr::Display(value) if is_display => write_foreign(f, is_raw, format_args!("{value}")),
            Repr::Display(value) => Value::displayed(value).write(f, form),
            Repr::Printed(text) => write_printed(text, f, is_raw),
            Repr::ShortPrinted(text) => write_printed(text.as_str(), f, is_raw),
            Repr::Shared(object) => f.write_str((**object).type_name()),
            Repr::SharedDebug(object) => write_debug(object, f, is_raw),
            Repr::Nested(fields) if is_raw => {
                let entries = fields.iter().map(|field| (field.key(), Raw(field.value())));
                f.debug_map().entries(entries).finish()
            }
            Repr::Nested(fields) => {
                let entries = fields.iter().map(|field| (field.key(), field.value()));
                f.debug_map().entries(entries).finish()
            }
            Repr::TypeName(name) => f.write_str(name),
        }
    }
}

fn write_debug(value: &dyn Debug, f: &mut fmt::Formatter<'_>, is_raw: bool) -> fmt::Result {
    if f.alternate() && !is_raw {
        // This form has several lines.
        write_shielded(Escaping::keeping_lines(f), format_args!("{value:#?}"))
    } else if f.alternate() {
        write_shielded(f, format_args!("{value:#?}"))
    } else {
        write_foreign(f, is_raw, format_args!("{value:?}"))
    }
}

fn write_printed(text: &str, f: &mut fmt::Formatter<'_>, is_raw: bool) -> fmt::Result {
    if is_raw {
        f.write_str(text)
    } else {
        Escaping::new(f).write_str(text)
    }
}

/// Writes the text of a `Debug` or `Display` impl outside this crate.
fn write_foreign(
    f: &mut fmt::Formatter<'_>,
    is_raw: bool,
    arguments: fmt::Arguments<'_>,
) -> fmt::Result {
    if is_raw {
        write_shielded(f, arguments)
    } else {
        write_shielded(Escaping::new(f), arguments)
    }
}

fn write_text(text: &str, f: &mut fmt::Formatter<'_>, form: Form) -> fmt::Result {
    let fitting = prefix(text, MAX_TEXT);
    match form {
        Form {
            is_display: false, ..
        } => Debug::fmt(fitting, f)?,
        Form { is_raw: true, .. } => Display::fmt(fitting, f)?,
        _ => Display::fmt(&escaped(fitting), f)?,
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
///
/// Control characters, line separators, direction marks and invisible characters are escaped as in
/// a Rust literal: `\n`, `\u{1b}`. So the text stays in one line and does not act on a terminal.
impl Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = Form {
            is_display: true,
            is_raw: false,
        };
        self.write(f, form)
    }
}

/// Prints like the `Debug` of the captured value: a string has quotes. Text beyond
/// [`Value::MAX_PRINTED`], and strings beyond [`Value::MAX_TEXT`], end in `…`. The same characters
/// as by `Display` are escaped; `{:#?}` may contain line feeds.
impl Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = Form {
            is_display: false,
            is_raw: false,
        };
        self.write(f, form)
    }
}

/// Prints a value without escapes, except for those of a string's `Debug`. Outputs with rules of
/// their own, such as JSON, use it.
#[derive(Clone, Copy)]
pub struct Raw<'v, 'a>(pub &'v Value<'a>);

impl Display for Raw<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = Form {
            is_display: true,
            is_raw: true,
        };
        self.0.write(f, form)
    }
}

impl Debug for Raw<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = Form {
            is_display: false,
            is_raw: true,
        };
        self.0.write(f, form)
    }
}
