//! Capture of an `Err` that a function returned, for the argument `err`, and of the returned value
//! that a function of a block may not have.
//!
//! Method resolution chooses the tier, as in [`crate::capture`]. Listeners can borrow an error that
//! is `Error + Send + Sync`. For an error of any other type, they receive the text of its `Display`
//! or `Debug`, or the name of the type.

use std::any::type_name;
use std::convert::Infallible;
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
    /// Returns a reference to the value.
    ///
    /// # Errors
    ///
    /// Returns a reference to the error.
    fn either(&self) -> Result<&T, &E>;
}

impl<T, E> IsResult<T, E> for Result<T, E> {
    fn either(&self) -> Result<&T, &E> {
        self.as_ref()
    }
}

/// A returned error. The first tier that applies to its type captures the details.
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

// Not derived, because a derive would require `T: Clone`. `Copy` is needed because the last tier
// takes `self` by value, and method resolution finds that `self` behind references.
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
            /// Returns the details of the error.
            fn __event_core_error(self) -> ExcDetails<'v>;
        }
    )* };
}

tiers! {
    /// Errors that a listener can borrow.
    ErrorSend
    /// Boxed errors that a listener can borrow.
    ErrorBoxed
    /// Types with `Display` that can be borrowed until a listener reads the value.
    ErrorDisplay
    /// Types with `Display` that must be formatted immediately.
    ErrorText
    /// Types with `Debug`, which are formatted immediately.
    ErrorDebug
    /// Any type.
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

/// A value that a function of an annotated block returned, which may be a `Result`.
///
/// Method resolution chooses by the type. The name of the type is not known to be that of a
/// `Result`, and no attribute on the function itself demands one.
#[derive(Debug)]
pub struct MaybeResult<'a, R>(pub &'a R);

// As for `Returned`.
impl<R> Clone for MaybeResult<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for MaybeResult<'_, R> {}

/// A value that is a `Result`.
pub trait ResultOfResult<'v, T, E> {
    /// Returns the value or the error.
    ///
    /// # Errors
    ///
    /// Returns the error in the value.
    fn __event_core_result(self) -> Result<&'v T, &'v E>;
}

impl<'v, T, E> ResultOfResult<'v, T, E> for &&MaybeResult<'v, Result<T, E>> {
    fn __event_core_result(self) -> Result<&'v T, &'v E> {
        self.0.as_ref()
    }
}

/// Futures whose `Result` `err` can see. No type implements it.
#[diagnostic::on_unimplemented(
    message = "`err` cannot see the `Result` of the future that a function in this block returns",
    label = "the return type does not show that it is a future",
    note = "write the return type as `Pin<Box<dyn Future<…>>>` or `impl Future<…>`, or give the \
            function a `#[trigger_event(…)]` of its own without `err`"
)]
pub trait SeesResult {}

/// A future of a `Result` that the attribute did not recognise as a future.
pub trait ResultOfFuture<'v, T, E>: Sized {
    /// Is an error where it is called.
    ///
    /// # Errors
    ///
    /// Returns none.
    fn __event_core_result(self) -> Result<&'v T, &'v E>
    where
        Self: SeesResult;
}

impl<'v, F: Future<Output = Result<T, E>>, T, E> ResultOfFuture<'v, T, E> for &MaybeResult<'v, F> {
    fn __event_core_result(self) -> Result<&'v T, &'v E>
    where
        Self: SeesResult,
    {
        unreachable!("no type implements `SeesResult`")
    }
}

/// Any other value, which counts as a success.
pub trait ResultOfAny<'v, R> {
    /// Returns the value.
    ///
    /// # Errors
    ///
    /// Returns none.
    fn __event_core_result(self) -> Result<&'v R, &'v Infallible>;
}

impl<'v, R> ResultOfAny<'v, R> for MaybeResult<'v, R> {
    fn __event_core_result(self) -> Result<&'v R, &'v Infallible> {
        Ok(self.0)
    }
}

/// A value that a function of an annotated block returned, which may be `()`.
///
/// `()` has no `Display`, so `ret(Display)` of the block leaves it out. Method resolution chooses
/// by the type.
#[derive(Debug)]
pub struct MaybeUnit<'a, R>(pub &'a R);

// As for `Returned`.
impl<R> Clone for MaybeUnit<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for MaybeUnit<'_, R> {}

/// The value `()`.
pub trait ValueOfUnit<'v>: Sized {
    /// Returns none.
    fn __event_core_value(self) -> Option<&'v Infallible> {
        None
    }
}

impl<'v> ValueOfUnit<'v> for &MaybeUnit<'v, ()> {}

/// Any other value.
pub trait ValueOfAny<'v, R> {
    /// Returns the value.
    fn __event_core_value(self) -> Option<&'v R>;
}

impl<'v, R> ValueOfAny<'v, R> for MaybeUnit<'v, R> {
    fn __event_core_value(self) -> Option<&'v R> {
        Some(self.0)
    }
}
