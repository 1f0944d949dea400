//! Values as text: by what they are, or by the `Debug` or `Display` of a user's, as our own work.

use std::fmt::{self, Debug, Display, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Repr, Value, signed_whole, whole};
use crate::event::panic_hook;
use crate::sync::Arc;
use crate::thread::Busy;
use crate::value::data::Data;

impl Value<'_> {
    /// The value as `Display` for `plain`, else as `Debug`.
    fn write(&self, f: &mut fmt::Formatter<'_>, plain: bool) -> fmt::Result {
        match &self.0 {
            Repr::None => f.pad("None"),
            Repr::Bool(value) => Display::fmt(value, f),
            Repr::Int(value) => Display::fmt(value, f),
            Repr::Uint(value) => Display::fmt(value, f),
            Repr::BigInt(value) => Display::fmt(&signed_whole(*value), f),
            Repr::BigUint(value) => Display::fmt(&whole(*value), f),
            Repr::Float32(value) => Debug::fmt(value, f),
            Repr::Float(value) => Debug::fmt(value, f),
            Repr::Char(value) if plain => Display::fmt(value, f),
            Repr::Char(value) => Debug::fmt(value, f),
            Repr::Str(_) | Repr::Owned(_) => {
                let value = self.to_str().unwrap_or_default();
                if plain {
                    Display::fmt(value, f)
                } else {
                    Debug::fmt(value, f)
                }
            }
            Repr::Bytes(value) => Debug::fmt(value, f),
            Repr::OwnedBytes(value) => Debug::fmt(value, f),
            Repr::Debug(value) => shielded(f, |f| Debug::fmt(value, f)),
            Repr::Display(value) if plain => shielded(f, |f| Display::fmt(value, f)),
            Repr::Display(value) => shielded(f, |f| Debug::fmt(&value.to_string(), f)),
            Repr::Printed(text) => f.write_str(text),
            Repr::Shared(object) => f.write_str((**object).type_name()),
            Repr::SharedDebug(object) => shielded(f, |f| Debug::fmt(&**object, f)),
            Repr::Nested(fields) => Debug::fmt(&Data::owned(Arc::clone(fields)), f),
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

const FAILED: &str = "<failed to print>";
const PANICKED: &str = "<panicked while printing>";

/// Runs a `Debug` or `Display` of a user's as our own work: what it triggers is let go. Where it fails the text says
/// so, as whoever prints may hold a lock, and take an error for one of its own.
fn shielded(
    f: &mut fmt::Formatter<'_>,
    print: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let _busy = Busy::enter();
    match catch_unwind(AssertUnwindSafe(|| print(&mut *f))) {
        Ok(Ok(())) => Ok(()),
        // Of the value, or of what is printed to: that says so again.
        Ok(Err(fmt::Error)) => f.write_str(FAILED),
        Err(payload) => {
            panic_hook::forget_if_hostile(Some(payload));
            f.write_str(PANICKED)
        }
    }
}

/// Prints up to [`Value::MAX_PRINTED`] bytes; a panic on the way ends the text, not the caller.
pub(super) fn print(text: fmt::Arguments<'_>) -> Arc<str> {
    struct Limited {
        text: String,
        is_cut: bool,
    }

    impl fmt::Write for Limited {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = Value::MAX_PRINTED.saturating_sub(self.text.len());
            if self.is_cut {
                return Err(fmt::Error);
            }
            if text.len() <= room {
                self.text.push_str(text);
                return Ok(());
            }
            let fits = |end: &usize| text.is_char_boundary(*end);
            let end = (0..=room).rev().find(fits).unwrap_or_default();
            self.text.push_str(&text[..end]);
            self.text.push('…');
            self.is_cut = true;
            Err(fmt::Error)
        }
    }

    let _busy = Busy::enter();
    let mut limited = Limited {
        text: String::new(),
        is_cut: false,
    };
    match catch_unwind(AssertUnwindSafe(|| limited.write_fmt(text))) {
        Ok(Err(fmt::Error)) if !limited.is_cut => limited.text.push_str(FAILED),
        Ok(_) => {}
        Err(payload) => {
            panic_hook::forget_if_hostile(Some(payload));
            limited.text.push_str(PANICKED);
        }
    }
    limited.text.into()
}
