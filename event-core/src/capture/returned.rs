//! What a function returned: `ret` and `err`, for any type.
//!
//! Method resolution chooses, as in [`crate::capture`]: listeners borrow an error that is
//! `Error + Send + Sync`; of any other they get its `Display`, its `Debug` or its type's name.

use std::any::type_name;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::ops::Deref;

use crate::event::exc_details::ExcDetails;
use crate::value::Value;

/// The return types that `err` accepts.
#[diagnostic::on_unimplemented(
    message = "`err` needs a function that returns a `Result`, and this returns `{Self}`",
    label = "no `Result` is returned",
    note = "remove `err`, or return a `Result`"
)]
pub trait IsResult<T, E> {
    /// The value or the error.
    ///
    /// # Errors
    ///
    /// The error.
    fn either(&self) -> Result<&T, &E>;
}

impl<T, E> IsResult<T, E> for Result<T, E> {
    fn either(&self) -> Result<&T, &E> {
        self.as_ref()
    }
}

/// A returned value, whose details are captured by the first tier that applies.
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

// Not derived, which would ask the same of `T`. The last tier moves it out of references.
impl<T> Clone for Returned<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Returned<'_, T> {}

macro_rules! tiers {
    ($($(#[$doc:meta])* $tier:ident)*) => { $(
        $(#[$doc])*
        pub trait $tier<'v> {
            /// The details of the error.
            fn __event_core_error(self) -> ExcDetails<'v>;
        }
    )* };
}

tiers! {
    /// Errors that may be lent to a listener.
    ErrorSend
    /// Boxes of errors that may be lent to a listener.
    ErrorBoxed
    /// What has `Display` and may be looked at later.
    ErrorDisplay
    /// What has `Display` and must be printed at once.
    ErrorText
    /// What has `Debug` only.
    ErrorDebug
    /// Anything.
    ErrorName
}

impl<'v, E: Error + Send + Sync> ErrorSend<'v> for &&&&&Returned<'v, E> {
    fn __event_core_error(self) -> ExcDetails<'v> {
        let error: &'v E = self.0;
        ExcDetails::returned(type_name::<E>(), Value::display(error), Some(error))
    }
}

impl<'v, 'e: 'v, E> ErrorBoxed<'v> for &&&&Returned<'v, E>
where
    E: Deref<Target = dyn Error + Send + Sync + 'e> + Display + Sync,
{
    fn __event_core_error(self) -> ExcDetails<'v> {
        let error: &'v E = self.0;
        let boxed: &'v (dyn Error + Send + Sync + 'e) = &**error;
        ExcDetails::returned(type_name::<E>(), Value::display(error), Some(boxed))
    }
}

impl<'v, E: Display + Sync> ErrorDisplay<'v> for &&&Returned<'v, E> {
    fn __event_core_error(self) -> ExcDetails<'v> {
        ExcDetails::returned(type_name::<E>(), Value::display(self.0), None)
    }
}

impl<'v, E: Display> ErrorText<'v> for &&Returned<'v, E> {
    fn __event_core_error(self) -> ExcDetails<'v> {
        ExcDetails::returned(type_name::<E>(), Value::displayed(self.0), None)
    }
}

impl<'v, E: Debug> ErrorDebug<'v> for &Returned<'v, E> {
    fn __event_core_error(self) -> ExcDetails<'v> {
        ExcDetails::returned(type_name::<E>(), Value::printed(self.0), None)
    }
}

impl<'v, E> ErrorName<'v> for Returned<'v, E> {
    fn __event_core_error(self) -> ExcDetails<'v> {
        ExcDetails::returned(type_name::<E>(), Value::type_name(type_name::<E>()), None)
    }
}
