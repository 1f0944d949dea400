//! Exception details: why a scope failed, as Numba's triple of what, value and where.

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

/// What made a scope fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The function panicked.
    Panic,
    /// The function returned an `Err`, and the attribute says `err`.
    Error,
    /// The future was dropped before it was done.
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

/// The exception that an END carries when its scope failed: what, the value, and where.
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

impl ExcDetails<'static> {
    /// Returns the details of `error`, which is kept.
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

    /// Returns details of a failure that is no Rust error: the name of its type and a message.
    #[must_use]
    pub fn from_message(cause: Cause, type_name: &'static str, message: impl Into<String>) -> Self {
        ExcDetails::bare(cause, type_name, Value::from(message.into()))
    }

    pub(crate) fn cancelled() -> Self {
        let message = "the future was dropped before it was done";
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

    /// Returns the details of a panic: its `payload` during unwinding, and its `record` if the hook saw it.
    pub(crate) fn panicked(payload: Option<&'a PayloadSlot>, record: Option<PanicRecord>) -> Self {
        let (name, text) = payload.map_or(("panic", None), PayloadSlot::describe);
        let mut details = Self {
            payload,
            ..Self::bare(Cause::Panic, name, Value::NONE)
        };
        if let Some(record) = record {
            details.location = record.location;
            details.backtrace = record.backtrace;
            details.type_name = record.type_name;
            details.message = record.message.into();
        }
        if let Some(text) = text {
            details.message = text.into();
        }
        details
    }

    /// Returns what made the scope fail.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Returns the name of the type of the error, or of the panic's payload (`&str` or
    /// `String`; any other payload is a `Box<dyn Any>`, as the compiler forgets its name).
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Returns the error's or the panic's message; empty for a panic whose payload is no text.
    #[must_use]
    pub fn message(&self) -> Cow<'_, str> {
        if self.message.is_none() {
            return Cow::Borrowed("");
        }
        self.message
            .to_str()
            .map_or_else(|| self.message.to_string().into(), Cow::Borrowed)
    }

    /// Returns a panic's payload while the panic passes: in a listener, not in a recorded event,
    /// and not where the scope is an [`EventGuard`](crate::EventGuard), which cannot see it.
    ///
    /// A payload is lent once at a time: there is none for a thread that has it already, and another
    /// thread waits until what was returned is dropped.
    #[must_use]
    pub fn payload(&self) -> Option<Payload<'a>> {
        self.payload?.lock()
    }

    /// Returns the error: in a listener the one that the function returned, if its type is
    /// `Error + Send + Sync`; in a recorded event only one that was given by
    /// [`ExcDetails::from_error`], as the others belong to their callers.
    ///
    /// A returned error may borrow, so it cannot be downcast; [`type_name`](Self::type_name) tells its
    /// type.
    #[must_use]
    pub fn error(&self) -> Option<&(dyn Error + 'a)> {
        match &self.error {
            Some(AnyError::Borrowed(error)) => Some(*error),
            Some(AnyError::Owned(error)) => Some(&**error),
            None => None,
        }
    }

    /// Returns where the panic was, if the panic hook of this crate saw it (it does not see
    /// `resume_unwind`, nor anything after `std::panic::set_hook` has replaced it).
    #[must_use]
    pub const fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// Returns the panic's backtrace, if `RUST_BACKTRACE` asks for one.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.backtrace.as_deref()
    }

    /// Returns the same details without what they borrow: the message as text, no payload.
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExcDetails")
            .field("cause", &self.cause)
            .field("type_name", &self.type_name)
            .field("message", &self.message())
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl Display for ExcDetails<'_> {
    /// Prints `cause: message (at file:line:column)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause, self.message())?;
        match &self.location {
            Some(location) => write!(f, " (at {location})"),
            None => Ok(()),
        }
    }
}
