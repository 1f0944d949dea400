//! Exception details: the cause, value and location of a failure.
//!
//! An END borrows the payload or the error from the function that failed. A recorded event keeps
//! only its text.

use std::any::type_name;
use std::backtrace::Backtrace;
use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Display};

use super::location::Location;
use super::panic_hook::PanicRecord;
use crate::panic_payload::{Payload, PayloadSlot};
use crate::sync::Arc;
use crate::value::Value;
use crate::value::format::Raw;
use crate::value::memory::value_memory;

/// The cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The function panicked.
    Panic,
    /// The function returned an `Err`, and the attribute has the argument `err`; or the code
    /// reported an error, as by [`try_trigger_event`](crate::try_trigger_event) or
    /// [`EventGuard::fail`](crate::EventGuard::fail).
    Error,
    /// The future was dropped before it completed.
    Cancelled,
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Panic => "panic",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
        })
    }
}

/// The details of the failure of a scope: its cause, its value and its location.
///
/// [`Event::exc_details`](crate::Event::exc_details) returns them for the END of a failed scope.
///
/// # Examples
///
/// ```
/// use event_core::{Cause, local, trigger_event};
///
/// let recorder = local::install_recorder("docs:exc");
/// let outcome = std::panic::catch_unwind(|| {
///     trigger_event("docs:exc", (), || panic!("no such file"));
/// });
/// assert!(outcome.is_err());
///
/// let (_, end) = &recorder.buffer()[1];
/// let exc = end.exc_details().unwrap();
/// assert_eq!(exc.cause(), Cause::Panic);
/// assert_eq!(exc.message(), "no such file");
/// assert!(exc.location().is_some());
/// ```
#[derive(Clone)]
pub struct ExcDetails<'a> {
    cause: Cause,
    type_name: &'static str,
    message: Value<'a>,
    error: Option<AnyError<'a>>,
    payload: Option<&'a PayloadSlot>,
    location: Option<Location>,
    backtrace: Option<Arc<Backtrace>>,
}

#[derive(Clone)]
enum AnyError<'a> {
    Borrowed(&'a (dyn Error + Send + Sync + 'a)),
    Owned(Arc<dyn Error + Send + Sync>),
}

impl ExcDetails<'_> {
    /// Returns about how many bytes of memory the details take. The size of an error or a backtrace
    /// is unknown.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + value_memory(&self.message)
    }
}

impl ExcDetails<'static> {
    /// Returns the details of `error`, and keeps it.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::ExcDetails;
    ///
    /// let exc = ExcDetails::from_error("x".parse::<u32>().unwrap_err());
    /// assert_eq!(exc.type_name(), "core::num::error::ParseIntError");
    /// assert_eq!(exc.message(), "invalid digit found in string");
    /// assert!(exc.error().is_some());
    /// ```
    #[must_use]
    pub fn from_error<E: Error + Send + Sync + 'static>(error: E) -> Self {
        let message = Value::displayed(&error);
        let error: Arc<dyn Error + Send + Sync> = Arc::new(error);
        let details = ExcDetails::bare(Cause::Error, type_name::<E>(), message);
        Self {
            error: Some(AnyError::Owned(error)),
            ..details
        }
    }

    /// Returns the details of a failure that is not a Rust error.
    ///
    /// `type_name` takes the place of the name of the error's type.
    #[must_use]
    pub fn from_message(cause: Cause, type_name: &'static str, message: impl Into<String>) -> Self {
        ExcDetails::bare(cause, type_name, Value::from(message.into()))
    }

    /// Returns the details of an error, with the text of its `Display`.
    pub(crate) fn displayed<E: Display + ?Sized>(error: &E) -> Self {
        ExcDetails::bare(Cause::Error, type_name::<E>(), Value::displayed(&error))
    }

    pub(crate) fn cancelled() -> Self {
        let message = "the future was dropped before it completed";
        ExcDetails::bare(Cause::Cancelled, "Cancelled", Value::from(message))
    }
}

impl<'a> ExcDetails<'a> {
    fn bare(cause: Cause, type_name: &'static str, message: Value<'a>) -> Self {
        Self {
            cause,
            type_name,
            message,
            error: None,
            payload: None,
            location: None,
            backtrace: None,
        }
    }

    /// Returns the details of an `Err` that a function returned. The caller still owns the error.
    pub(crate) fn returned(
        type_name: &'static str,
        message: Value<'a>,
        error: Option<&'a (dyn Error + Send + Sync + 'a)>,
    ) -> Self {
        let error = error.map(AnyError::Borrowed);
        Self {
            error,
            ..Self::bare(Cause::Error, type_name, message)
        }
    }

    /// Replaces the message, for `err(Debug)` and `err(Display)`.
    #[doc(hidden)]
    #[must_use]
    pub fn with_message(self, message: Value<'a>) -> Self {
        Self { message, ..self }
    }

    /// Returns the details of a panic, with its `payload` if the caller has caught it, and its
    /// `record` if the hook has one.
    pub(crate) fn panicked(payload: Option<&'a PayloadSlot>, record: Option<PanicRecord>) -> Self {
        let (name, text) = payload.map_or(("panic", None), |it| it.describe(Value::copied));
        let mut details = Self {
            payload,
            ..Self::bare(Cause::Panic, name, Value::NONE)
        };
        if let Some(record) = record {
            details.location = record.location;
            details.backtrace = record.backtrace;
            details.type_name = record.type_name;
            details.message = record.message;
        }
        if let Some(text) = text {
            details.message = text;
        }
        details
    }

    /// Returns the cause of the failure.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Returns the name of the type of the error or of the panic's payload.
    ///
    /// The name of a payload's type is `&str` or `String`. For any other type, it is `Box<dyn
    /// Any>`, because the compiler does not keep the name. If nothing is known of the payload, it
    /// is `panic`.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Returns the message of the error or panic; empty if the payload of the panic is no text.
    ///
    /// It may contain control characters, which `Display` and `Debug` escape.
    ///
    /// The message of a panic is truncated: beyond [`Value::MAX_TEXT`] bytes it ends in `…`.
    #[must_use]
    pub fn message(&self) -> Cow<'_, str> {
        if self.message.is_none() {
            return Cow::Borrowed("");
        }
        self.message
            .to_str()
            .map_or_else(|| Raw(&self.message).to_string().into(), Cow::Borrowed)
    }

    /// Returns the payload of a panic.
    ///
    /// A listener can access the payload while the END is broadcast. A recorded event has no
    /// payload. The END of an [`EventGuard`](crate::EventGuard) has none either, because a guard
    /// cannot catch the panic.
    ///
    /// The returned [`Payload`] locks the payload until it is dropped. Another thread waits for the
    /// lock. A second call on the same thread returns `None`.
    #[must_use]
    pub fn payload(&self) -> Option<Payload<'a>> {
        self.payload?.lock()
    }

    /// Returns the error.
    ///
    /// A listener gets the error that the function returned if its type is `Error + Send + Sync`. A
    /// recorded event has only an error that was passed to [`ExcDetails::from_error`], because a
    /// returned error belongs to the caller of the function.
    ///
    /// A returned error may contain borrows, so it cannot be downcast.
    /// [`type_name`](Self::type_name) returns the name of its type.
    #[must_use]
    pub fn error(&self) -> Option<&(dyn Error + 'a)> {
        match &self.error {
            Some(AnyError::Borrowed(error)) => Some(*error),
            Some(AnyError::Owned(error)) => Some(&**error),
            None => None,
        }
    }

    /// Returns the location of the panic, if this crate's panic hook recorded it.
    ///
    /// The hook does not run for `std::panic::resume_unwind`, and no longer runs after
    /// `std::panic::set_hook` has replaced it.
    #[must_use]
    pub const fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// Returns the backtrace of the panic, if `RUST_BACKTRACE` enables backtraces.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.backtrace.as_deref()
    }

    /// Returns the same details without borrows: with the message as text, and without the payload.
    #[must_use]
    pub fn into_owned(self) -> ExcDetails<'static> {
        let error = match self.error {
            Some(AnyError::Owned(error)) => Some(AnyError::Owned(error)),
            Some(AnyError::Borrowed(_)) | None => None,
        };
        ExcDetails {
            cause: self.cause,
            type_name: self.type_name,
            message: self.message.into_owned(),
            error,
            payload: None,
            location: self.location,
            backtrace: self.backtrace,
        }
    }
}

impl Debug for ExcDetails<'_> {
    /// Truncates the message as the `Debug` of a [`Value`] does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExcDetails")
            .field("cause", &self.cause)
            .field("type_name", &self.type_name)
            .field("message", &Value::from(&*self.message()))
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl Display for ExcDetails<'_> {
    /// Writes `cause: message (at file:line:column)`. The message is escaped and truncated as by
    /// the `Display` of a [`Value`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.cause)?;
        if !self.message.is_none() {
            write!(f, "{}", self.message)?;
        }
        match &self.location {
            Some(location) => write!(f, " (at {location})"),
            None => Ok(()),
        }
    }
}
