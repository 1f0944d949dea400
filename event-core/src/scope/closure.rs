//! The closure form: a scope around the call of a closure.
//!
//! It catches a panic of the closure, so that the END has the payload, and resumes the panic.

use std::fmt::Display;
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
#[inline]
pub fn trigger_event<R>(
    kind: impl Into<Kind>,
    data: impl EventData,
    body: impl FnOnce() -> R,
) -> R {
    run(kind.into(), data, body, |_| None)
}

/// Does the same as [`trigger_event`](fn@crate::trigger_event) for a closure that returns a
/// `Result`: the END of an `Err` is a failure.
///
/// The [`ExcDetails`] of the END have the error's `Display` and the name of its type, and the cause
/// [`Cause::Error`](crate::Cause::Error). The error is formatted only if a listener receives the
/// END. For an error without `Display`, use `#[trigger_event(…, err)]` on a function.
///
/// # Errors
///
/// Returns the error of `body`.
///
/// # Panics
///
/// Panics if `kind` is not a valid kind, or if `body` panics.
///
/// # Examples
///
/// ```
/// use event_core::{data, local, try_trigger_event};
///
/// let recorder = local::install_recorder("docs:try");
/// let text = "4x";
/// let number = try_trigger_event("docs:try", data! { text }, || text.parse::<u32>());
/// assert!(number.is_err());
/// assert_eq!(recorder.lines(), [
///     r#"START docs:try text="4x""#,
///     r#"END docs:try text="4x" failed: error: invalid digit found in string"#,
/// ]);
/// ```
#[track_caller]
#[inline]
pub fn try_trigger_event<T, E: Display>(
    kind: impl Into<Kind>,
    data: impl EventData,
    body: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    run(kind.into(), data, body, |result| {
        result.as_ref().err().map(ExcDetails::displayed)
    })
}

/// Runs `body` in a scope, whose END has the details that `failure` returns for the value.
#[inline(always)]
fn run<R>(
    kind: Kind,
    data: impl EventData,
    body: impl FnOnce() -> R,
    failure: impl FnOnce(&R) -> Option<ExcDetails<'static>>,
) -> R {
    let Some(entry) = enabled_entry(kind) else {
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
                scope.end(&data, failure(&value).as_ref());
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
