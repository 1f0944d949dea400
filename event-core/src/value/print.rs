//! Formatting by a `Debug` or `Display` impl outside this crate.
//!
//! Events that the impl triggers are suppressed. Its panics and errors become part of the text,
//! because the caller may hold a lock, or could mistake an error for an error of its output.

use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::truncate::TruncatedText;
use crate::panic_payload::drop_payload;
use crate::sync::Arc;
use crate::thread::SuppressEvents;

const FAILED: &str = "<failed to print>";
const PANICKED: &str = "<panicked while printing>";

/// Formats into `f` by calling `print`, which runs code outside this crate.
pub(super) fn shielded(
    f: &mut fmt::Formatter<'_>,
    print: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let _suppress = SuppressEvents::new();
    match catch_unwind(AssertUnwindSafe(|| print(&mut *f))) {
        Ok(Ok(())) => Ok(()),
        // Either the value or the output failed. A failed output fails this write, too.
        Ok(Err(fmt::Error)) => f.write_str(FAILED),
        Err(payload) => {
            drop_payload(Some(payload));
            f.write_str(PANICKED)
        }
    }
}

/// Returns the formatted text, truncated at [`MAX_PRINTED`](super::truncate::MAX_PRINTED) bytes.
pub(super) fn print(arguments: fmt::Arguments<'_>) -> Arc<str> {
    let _suppress = SuppressEvents::new();
    let mut text = TruncatedText::default();
    match catch_unwind(AssertUnwindSafe(|| text.write_fmt(arguments))) {
        Ok(Err(fmt::Error)) if !text.is_truncated() => text.append(FAILED),
        Ok(_) => {}
        Err(payload) => {
            drop_payload(Some(payload));
            text.append(PANICKED);
        }
    }
    text.into_text().into()
}
