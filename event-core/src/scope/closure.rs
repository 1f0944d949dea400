//! The closure form: a scope around the call of a closure.
//!
//! It catches a panic of the closure, so that the END has the payload, and resumes the panic.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Scope;
use crate::dispatch::interest::Interest;
use crate::dispatch::intern::enabled_entry;
use crate::event::exc_details::ExcDetails;
use crate::kind::Kind;
use crate::thread::{exit_call, set_current};
use crate::value::data::{Data, EventData};

/// Broadcasts a START, calls `body`, broadcasts an END, and returns the value of `body`.
///
/// If `body` panics, the END has [`ExcDetails`](crate::ExcDetails), and the panic continues
/// unchanged. `data` is evaluated only if a listener wants data. The END has the same data.
///
/// # Panics
///
/// Panics if `kind` is not a valid kind, or if `body` panics.
///
/// # Examples
///
/// ```
/// use event_core::{data, local, trigger_event};
///
/// let recorder = local::install_recorder("docs:trigger");
/// let sum = trigger_event("docs:trigger", data! { terms = 2 }, || 1 + 2);
/// assert_eq!(sum, 3);
/// assert_eq!(recorder.lines(), ["START docs:trigger terms=2", "END docs:trigger terms=2"]);
/// ```
#[track_caller]
pub fn trigger_event<R>(
    kind: impl Into<Kind>,
    data: impl EventData,
    body: impl FnOnce() -> R,
) -> R {
    let Some(entry) = enabled_entry(kind.into()) else {
        return body();
    };
    let interest = entry.interest_here();
    if interest == Interest::Never {
        return body();
    }
    let run = |data: Data<'_>| {
        let mut scope = Scope::new(entry, None, interest);
        if !scope.start(&data) {
            return body();
        }
        set_current(Some(scope.id()));
        let outcome = catch_unwind(AssertUnwindSafe(body));
        exit_call(scope.id(), scope.parent());
        match outcome {
            Ok(value) => {
                scope.end(&data, None);
                value
            }
            Err(payload) => {
                let end = |exc: &ExcDetails<'_>| scope.end(&data, Some(exc));
                resume_unwind(Scope::fail(payload, end))
            }
        }
    };
    if interest.wants_data() {
        data.with_data(run)
    } else {
        run(Data::default())
    }
}
