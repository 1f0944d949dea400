//! Returned values that may be boxed futures: the type decides, because it may have any name.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;

use super::scope::FutureScope;
use super::wrapper::{IgnoreOutput, Inspect, InspectOutput, ScopeFuture};
use crate::dispatch::callsite::Callsite;
use crate::scope::call::{ActiveCall, Body, CollectedCall, ignore_returned};
use crate::scope::outcome::Outcome;
use crate::value::Value;

/// A boxed future that can be wrapped in a scope, and boxed again as the same type.
pub trait BoxedFuture: Sized {
    /// The value of the future.
    type Output;

    /// Returns the future in the enabled scope. `inspect` must be a type without data.
    #[must_use]
    fn wrap_boxed<I: Inspect<Self::Output> + Send + Sync + Unpin>(
        self,
        scope: FutureScope,
        inspect: I,
    ) -> Self;
}

macro_rules! boxed {
    ($([$($bound:tt)*])*) => { $(
        impl<'a, T> BoxedFuture for Pin<Box<dyn Future<Output = T> $($bound)* + 'a>> {
            type Output = T;

            #[allow(unsafe_code, reason = "safe code would require `T: 'a`")]
            fn wrap_boxed<I: Inspect<T> + Send + Sync + Unpin>(
                self,
                scope: FutureScope,
                inspect: I,
            ) -> Self {
                const { assert!(size_of::<I>() == 0, "`inspect` must capture nothing") };
                let future = ScopeFuture::new(scope, self, inspect);
                let wrapped: Pin<Box<dyn Future<Output = T> $($bound)* + '_>> = Box::pin(future);
                // SAFETY: only the lifetime bound of the trait object changes. The object contains
                // `self`, which is valid for `'a`, `scope`, which is `'static`, and `inspect`,
                // which has no data. The compiler requires `T: 'a` for the coercion to `+ 'a`
                // because `T` is a parameter of the types. The object contains no value of type
                // `T`, and the type of `self` has the same parameter and bound.
                unsafe {
                    mem::transmute::<
                        Pin<Box<dyn Future<Output = T> $($bound)* + '_>>,
                        Pin<Box<dyn Future<Output = T> $($bound)* + 'a>>,
                    >(wrapped)
                }
            }
        }
    )* };
}

boxed! {
    [] [+ Send] [+ Sync] [+ Send + Sync]
    [+ Unpin] [+ Send + Unpin] [+ Sync + Unpin] [+ Send + Sync + Unpin]
}

/// The type that a body returns.
pub struct ReturnType<R>(PhantomData<fn() -> R>);

impl<R> Clone for ReturnType<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for ReturnType<R> {}

impl<R> fmt::Debug for ReturnType<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnType")
    }
}

impl<R> ReturnType<R> {
    /// Returns a value that stands for the type `R`.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> Default for ReturnType<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// Return types that are boxed futures.
pub trait ReturnOfBoxed {
    /// Captures the arguments of a call for the scope of the future.
    fn __event_core_start<'v, const N: usize>(
        self,
        callsite: &'static Callsite,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> StartedFuture;
}

/// Return types that are no boxed futures.
pub trait ReturnOfValue {
    /// Captures the arguments of a call for the scope of the call.
    fn __event_core_start<'v, const N: usize>(
        self,
        callsite: &'static Callsite,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> StartedCall<'v, N>;
}

impl<R: BoxedFuture> ReturnOfBoxed for &ReturnType<R> {
    #[inline(always)]
    fn __event_core_start<'v, const N: usize>(
        self,
        callsite: &'static Callsite,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> StartedFuture {
        StartedFuture(callsite.future_captured(capture))
    }
}

impl<R> ReturnOfValue for ReturnType<R> {
    #[inline(always)]
    fn __event_core_start<'v, const N: usize>(
        self,
        callsite: &'static Callsite,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> StartedCall<'v, N> {
        let collected = if callsite.is_enabled() {
            callsite.collect(capture)
        } else {
            None
        };
        StartedCall {
            callsite,
            collected,
        }
    }
}

/// The scope of a boxed future that the body has not returned yet.
#[derive(Debug)]
pub struct StartedFuture(FutureScope);

impl StartedFuture {
    /// Calls the body, and returns its future in the scope.
    #[inline(always)]
    pub fn call<R: BoxedFuture>(self, body: impl FnOnce() -> R) -> R {
        wrap_boxed(body(), self.0)
    }

    /// As `call`, with an inspection of the future's value.
    #[inline(always)]
    pub fn call_inspected<R: BoxedFuture, I>(self, body: impl FnOnce() -> R, inspect: I) -> R
    where
        I: for<'r> Fn(&'r R::Output, bool) -> Outcome<'r> + Send + Sync + Unpin,
    {
        wrap_boxed_inspected(body(), self.0, inspect)
    }
}

/// The arguments of a call that is no future.
#[derive(Debug)]
pub struct StartedCall<'v, const N: usize> {
    callsite: &'static Callsite,
    /// `None` if the call is disabled.
    collected: Option<CollectedCall<'v, N>>,
}

impl<const N: usize> StartedCall<'_, N> {
    /// Calls the body in the scope.
    #[inline(always)]
    pub fn call<R>(self, body: impl FnOnce() -> R) -> R {
        match self.collected {
            None => body(),
            Some(collected) => self
                .callsite
                .call_collected(collected, Body(body), ignore_returned),
        }
    }

    /// As `call`, with an inspection of the value.
    #[inline(always)]
    pub fn call_inspected<R>(
        self,
        body: impl FnOnce() -> R,
        inspect: impl for<'r> Fn(&'r R, bool) -> Outcome<'r>,
    ) -> R {
        match self.collected {
            None => body(),
            Some(collected) => {
                let inspect = |value: &R, call: &mut ActiveCall<'_>| {
                    call.end(&mut |wants_data| inspect(value, wants_data));
                };
                self.callsite.call_collected(collected, Body(body), inspect)
            }
        }
    }
}

/// Returns `future` in `scope`.
#[inline(always)]
pub fn wrap_boxed<R: BoxedFuture>(future: R, scope: FutureScope) -> R {
    if scope.is_enabled() {
        future.wrap_boxed(scope, IgnoreOutput)
    } else {
        future
    }
}

/// As [`wrap_boxed`], with an inspection of the future's value.
#[inline(always)]
pub fn wrap_boxed_inspected<R: BoxedFuture, I>(future: R, scope: FutureScope, inspect: I) -> R
where
    I: for<'r> Fn(&'r R::Output, bool) -> Outcome<'r> + Send + Sync + Unpin,
{
    if scope.is_enabled() {
        future.wrap_boxed(scope, InspectOutput(inspect))
    } else {
        future
    }
}
