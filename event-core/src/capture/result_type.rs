//! Whether one of several types is a `Result`, for the argument `err` of a block.
//!
//! Method resolution chooses by the type, as in [`crate::capture`].

use std::marker::PhantomData;

/// The type of a value that a function of an annotated block returns.
#[derive(Debug)]
pub struct MaybeResultType<R>(PhantomData<fn() -> R>);

// Not derived, as for `Returned`.
impl<R> Clone for MaybeResultType<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for MaybeResultType<R> {}

impl<R> MaybeResultType<R> {
    /// Creates a marker of the type.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "only expansions create it")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// One of several types is a `Result`.
#[derive(Clone, Copy, Debug)]
pub struct Yes;

/// None of several types is a `Result`.
#[derive(Clone, Copy, Debug)]
pub struct No;

impl Yes {
    /// Returns whether one of more types is a `Result`.
    #[must_use]
    pub const fn or<T: Copy>(self, _: T) -> Self {
        self
    }
}

impl No {
    /// Returns whether one of more types is a `Result`.
    #[must_use]
    pub const fn or<T: Copy>(self, next: T) -> T {
        next
    }
}

/// The type of a `Result`.
pub trait TypeOfResult: Sized {
    /// Returns the answer as a type.
    fn __event_core_is_result(self) -> Yes {
        Yes
    }
}

impl<T, E> TypeOfResult for &&MaybeResultType<Result<T, E>> {}

/// The type of a future of a `Result`, about which `ResultOfFuture` reports an error.
pub trait TypeOfFuture: Sized {
    /// Returns the answer as a type.
    fn __event_core_is_result(self) -> Yes {
        Yes
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> TypeOfFuture for &MaybeResultType<F> {}

/// Any other type.
pub trait TypeOfAny: Sized {
    /// Returns the answer as a type.
    fn __event_core_is_result(self) -> No {
        No
    }
}

impl<R> TypeOfAny for MaybeResultType<R> {}

/// That one of the types of a block is a `Result`.
#[diagnostic::on_unimplemented(
    message = "`err` needs a function that returns a `Result`, and no function of this block does",
    label = "no `Result` is returned",
    note = "remove `err`, or return a `Result`"
)]
pub trait AnyResult: Sized {
    /// Does nothing.
    fn demand(self) {}
}

impl AnyResult for Yes {}
