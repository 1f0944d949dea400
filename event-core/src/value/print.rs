//! Formatting by a `Debug` or `Display` impl outside this crate.
//!
//! Formatting stops at a limit, so that the cost of a call does not depend on the size of its
//! arguments. Events that the impl triggers are suppressed.
//!
//! A panic or error of the impl becomes part of the text. A panic must not reach the caller, which
//! may hold a lock. An error must not either, because it would look like an error of the output.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::short::{OwnedText, WrittenText};
use super::truncate::Truncated;
use crate::panic_payload::drop_payload;
use crate::thread::SuppressEvents;

const FAILED: &str = "<failed to print>";
const PANICKED: &str = "<panicked while printing>";

/// Writes formatted text to `output`, truncated at `MAX_PRINTED` bytes. Fails only if `output`
/// does.
pub(super) fn write_shielded(output: impl Write, arguments: fmt::Arguments<'_>) -> fmt::Result {
    let _suppress = SuppressEvents::new();
    let mut truncated = Truncated::new(output);
    match catch_unwind(AssertUnwindSafe(|| truncated.write_fmt(arguments))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(fmt::Error)) if truncated.is_truncated() => Ok(()),
        // Either the value or the output failed. A failed output fails this write, too.
        Ok(Err(fmt::Error)) => truncated.output.write_str(FAILED),
        Err(payload) => {
            drop_payload(Some(payload));
            truncated.output.write_str(PANICKED)
        }
    }
}

/// Returns the formatted text.
pub(super) fn print(arguments: fmt::Arguments<'_>) -> OwnedText {
    // `finish` may allocate, and an annotated allocator must not re-enter this.
    let _suppress = SuppressEvents::new();
    let mut text = WrittenText::new();
    // It accepts all text.
    let _ = write_shielded(&mut text, arguments);
    text.finish()
}
