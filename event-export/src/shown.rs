//! Values as text for other people's formatters.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use event_core::Value;

/// A value whose `Debug` and `Display` do not panic: a user's may, and whoever prints it may hold a lock.
pub(crate) struct Shown<'e>(pub(crate) &'e Value<'e>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        contained(f, |f| fmt::Display::fmt(self.0, f))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        contained(f, |f| fmt::Debug::fmt(self.0, f))
    }
}

fn contained(
    f: &mut fmt::Formatter<'_>,
    print: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    match catch_unwind(AssertUnwindSafe(|| print(&mut *f))) {
        Ok(printed) => printed,
        Err(payload) => {
            std::mem::forget(payload); // it may panic when it is dropped
            f.write_str("<panicked while printing>")
        }
    }
}
