//! The operator `?`, for bodies in which the attribute inspects the value that `?` returns.
//!
//! The traits mirror the unstable `core::ops::Try` and `FromResidual`, for all types that implement
//! them.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::task::Poll;

/// A type to which `?` can be applied.
#[diagnostic::on_unimplemented(
    message = "`ret` and `err` do not support `?` on `{Self}` in a `#[track_caller]` function",
    label = "only types of the standard library are supported",
    note = "write the `?` as a `match` that returns, or remove `ret` and `err`"
)]
pub trait Try {
    /// The value of the expression with `?`.
    type Output;
    /// The part that `?` returns.
    type Residual;

    /// Returns the value, or what `?` returns.
    fn branch(self) -> ControlFlow<Self::Residual, Self::Output>;
}

/// A type that a `?` with the residual `R` can return.
#[diagnostic::on_unimplemented(
    message = "`?` cannot return `{R}` from a function that returns `{Self}`",
    label = "cannot use `?` here"
)]
pub trait FromResidual<R> {
    /// Returns the value that the function returns.
    #[track_caller]
    fn from_residual(residual: R) -> Self;
}

impl<T, E> Try for Result<T, E> {
    type Output = T;
    type Residual = Result<Infallible, E>;

    #[inline]
    fn branch(self) -> ControlFlow<Self::Residual, T> {
        match self {
            Ok(value) => ControlFlow::Continue(value),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    }
}

impl<T, E, F: From<E>> FromResidual<Result<Infallible, E>> for Result<T, F> {
    #[inline]
    fn from_residual(Err(error): Result<Infallible, E>) -> Self {
        Err(F::from(error))
    }
}

impl<T> Try for Option<T> {
    type Output = T;
    type Residual = Option<Infallible>;

    #[inline]
    fn branch(self) -> ControlFlow<Self::Residual, T> {
        match self {
            Some(value) => ControlFlow::Continue(value),
            None => ControlFlow::Break(None),
        }
    }
}

impl<T> FromResidual<Option<Infallible>> for Option<T> {
    #[inline]
    fn from_residual(_: Option<Infallible>) -> Self {
        None
    }
}

impl<B, C> Try for ControlFlow<B, C> {
    type Output = C;
    type Residual = ControlFlow<B, Infallible>;

    #[inline]
    fn branch(self) -> ControlFlow<Self::Residual, C> {
        match self {
            Self::Continue(value) => ControlFlow::Continue(value),
            Self::Break(value) => ControlFlow::Break(ControlFlow::Break(value)),
        }
    }
}

impl<B, C> FromResidual<ControlFlow<B, Infallible>> for ControlFlow<B, C> {
    #[inline]
    fn from_residual(ControlFlow::Break(value): ControlFlow<B, Infallible>) -> Self {
        Self::Break(value)
    }
}

impl<T, E> Try for Poll<Result<T, E>> {
    type Output = Poll<T>;
    type Residual = Result<Infallible, E>;

    #[inline]
    fn branch(self) -> ControlFlow<Self::Residual, Poll<T>> {
        match self {
            Self::Ready(Ok(value)) => ControlFlow::Continue(Poll::Ready(value)),
            Self::Ready(Err(error)) => ControlFlow::Break(Err(error)),
            Self::Pending => ControlFlow::Continue(Poll::Pending),
        }
    }
}

impl<T, E, F: From<E>> FromResidual<Result<Infallible, E>> for Poll<Result<T, F>> {
    #[inline]
    fn from_residual(Err(error): Result<Infallible, E>) -> Self {
        Self::Ready(Err(F::from(error)))
    }
}

impl<T, E> Try for Poll<Option<Result<T, E>>> {
    type Output = Poll<Option<T>>;
    type Residual = Result<Infallible, E>;

    #[inline]
    fn branch(self) -> ControlFlow<Self::Residual, Poll<Option<T>>> {
        match self {
            Self::Ready(Some(Ok(value))) => ControlFlow::Continue(Poll::Ready(Some(value))),
            Self::Ready(Some(Err(error))) => ControlFlow::Break(Err(error)),
            Self::Ready(None) => ControlFlow::Continue(Poll::Ready(None)),
            Self::Pending => ControlFlow::Continue(Poll::Pending),
        }
    }
}

impl<T, E, F: From<E>> FromResidual<Result<Infallible, E>> for Poll<Option<Result<T, F>>> {
    #[inline]
    fn from_residual(Err(error): Result<Infallible, E>) -> Self {
        Self::Ready(Some(Err(F::from(error))))
    }
}
