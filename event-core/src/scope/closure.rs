//! The closure form: a scope around the call of a closure.
//!
//! It catches a panic of the closure, so that the END has the payload, and resumes the panic.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::call::Body;
use super::{Place, Scope};
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::dispatch::intern::enabled_entry;
use crate::event::exc_details::ExcDetails;
use crate::kind::Kind;
use crate::thread::{exit_call, set_current};
use crate::value::data::Data;
use crate::value::event_data::EventData;

/// Broadcasts a START, calls `body`, broadcasts an END, and returns the value of `body`.
///
/// If `body` panics, the END has [`ExcDetails`](crate::ExcDetails), and the panic continues
/// unchanged. `data` is evaluated only if a listener wants data. The END has the same data.
///
/// For a kind that is written in the code, [`scope!`](crate::scope) costs less without a listener.
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
/// For a kind that is written in the code, [`try_scope!`](crate::try_scope) costs less without a
/// listener.
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
    match enabled_entry(kind) {
        None => body(),
        Some(entry) => {
            let interest = entry.interest_here();
            run_enabled(Some((entry, None)), interest, data, body, failure)
        }
    }
}

impl Callsite {
    /// Does the same as [`trigger_event`], for code that has its own call site.
    #[inline(always)]
    pub fn run<R>(&'static self, data: impl EventData, body: impl FnOnce() -> R) -> R {
        self.run_with(data, body, |_| None)
    }

    /// Does the same as [`try_trigger_event`], for code that has its own call site.
    #[inline(always)]
    #[expect(clippy::missing_errors_doc, reason = "it returns the value of `body`")]
    pub fn try_run<T, E: Display>(
        &'static self,
        data: impl EventData,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.run_with(data, body, |result| {
            result.as_ref().err().map(ExcDetails::displayed)
        })
    }

    #[inline(always)]
    fn run_with<R>(
        &'static self,
        data: impl EventData,
        body: impl FnOnce() -> R,
        failure: impl FnOnce(&R) -> Option<ExcDetails<'static>>,
    ) -> R {
        if cfg!(feature = "off") || !self.is_enabled() {
            body()
        } else {
            self.run_if_enabled(data, Body(body), failure)
        }
    }

    #[cold]
    #[inline(never)]
    fn run_if_enabled<R>(
        &'static self,
        data: impl EventData,
        Body(body): Body<impl FnOnce() -> R>,
        failure: impl FnOnce(&R) -> Option<ExcDetails<'static>>,
    ) -> R {
        let interest = self.interest();
        let place = interest.map(|_| (self.entry(), Some(self.site())));
        run_enabled(place, interest, data, body, failure)
    }
}

/// Runs `body` in a scope, unless `interest` is `None`. There is a `place` otherwise.
///
/// The body is in one place, so that it is compiled once for each form of the data.
#[inline(always)]
fn run_enabled<R>(
    place: Option<Place>,
    interest: Option<Interest>,
    data: impl EventData,
    body: impl FnOnce() -> R,
    failure: impl FnOnce(&R) -> Option<ExcDetails<'static>>,
) -> R {
    let run = |data: Data<'_>| {
        let mut scope = None;
        if let (Some(place), Some(interest)) = (place, interest) {
            start(&mut scope, place, interest, &data);
        }
        match catch_unwind(AssertUnwindSafe(body)) {
            Ok(value) => {
                if let Some(scope) = &scope {
                    exit_call(scope.id(), scope.parent());
                    let exc = failure(&value); // may run user code, outside of the scope
                    scope.end(&data, exc.as_ref());
                }
                value
            }
            Err(payload) => resume_panic(scope.as_ref(), &data, payload),
        }
    };
    if interest.is_some_and(Interest::wants_data) {
        data.with_data(run)
    } else {
        run(Data::NONE)
    }
}

/// Broadcasts the START. Sets `scope` if a listener received it.
#[inline(always)]
fn start(scope: &mut Option<Scope>, (entry, site): Place, interest: Interest, data: &Data<'_>) {
    let started = scope.insert(Scope::new(entry, site, interest));
    if started.start(data) {
        set_current(Some(started.id()));
    } else {
        *scope = None;
    }
}

/// Broadcasts the END of a body that panicked, and resumes the panic.
#[cold]
#[inline(never)]
fn resume_panic(scope: Option<&Scope>, data: &Data<'_>, payload: Box<dyn Any + Send>) -> ! {
    resume_unwind(match scope {
        None => payload,
        Some(scope) => {
            exit_call(scope.id(), scope.parent());
            Scope::fail(payload, |exc| scope.end(data, Some(exc)))
        }
    })
}
