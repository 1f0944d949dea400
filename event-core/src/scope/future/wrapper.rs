//! The wrapper that polls a future in its scope, and inspects the value that the future returns.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::scope::{FutureScope, enter_drop};
use crate::scope::outcome::Outcome;

impl FutureScope {
    /// Returns `future` in this scope.
    #[inline]
    pub const fn wrap<F: Future>(self, future: F) -> ScopeFuture<F, IgnoreOutput> {
        ScopeFuture::new(self, future, IgnoreOutput)
    }

    /// Returns `future` in this scope.
    ///
    /// `inspect` receives the future's value, and whether a listener wants data.
    #[inline]
    pub const fn wrap_inspected<F: Future, I>(
        self,
        future: F,
        inspect: I,
    ) -> ScopeFuture<F, InspectOutput<I>>
    where
        I: for<'v> Fn(&'v F::Output, bool) -> Outcome<'v>,
    {
        ScopeFuture::new(self, future, InspectOutput(inspect))
    }
}

/// A function that inspects the value of a future. The flag is `true` if a listener wants data.
type InspectFn<'a, R> = &'a dyn for<'v> Fn(&'v R, bool) -> Outcome<'v>;

/// The inspection of a future's value.
pub trait Inspect<R> {
    /// Returns the function that inspects; `None` if the value is not inspected.
    fn inspect_fn(&self) -> Option<InspectFn<'_, R>>;
}

/// Does not inspect the value.
#[derive(Debug)]
pub struct IgnoreOutput;

impl<R> Inspect<R> for IgnoreOutput {
    #[inline]
    fn inspect_fn(&self) -> Option<InspectFn<'_, R>> {
        None
    }
}

/// Inspects the value with a function.
#[derive(Debug)]
pub struct InspectOutput<I>(pub(super) I);

impl<R, I: for<'v> Fn(&'v R, bool) -> Outcome<'v>> Inspect<R> for InspectOutput<I> {
    #[inline]
    fn inspect_fn(&self) -> Option<InspectFn<'_, R>> {
        Some(&self.0)
    }
}

pin_project! {
    /// An annotated future.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ScopeFuture<F, I> {
        // First, so that the compiler proves `FutureScope: Send` before it checks the future.
        // Inside the check of a deeply nested future, that proof could exceed the recursion limit.
        proof: PhantomData<FutureScope>,
        // Before the scope, so that the future's variables are dropped before the END.
        #[pin]
        future: F,
        scope: FutureScope,
        inspect: I,
    }

    impl<F, I> PinnedDrop for ScopeFuture<F, I> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let scope = this.project().scope;
            if scope.is_enabled() {
                enter_drop(scope);
            }
        }
    }
}

impl<F, I> ScopeFuture<F, I> {
    #[inline]
    pub(super) const fn new(scope: FutureScope, future: F, inspect: I) -> Self {
        Self {
            proof: PhantomData,
            future,
            scope,
            inspect,
        }
    }
}

impl<F: Future, I: Inspect<F::Output>> Future for ScopeFuture<F, I> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_any(this.future, this.scope, context, this.inspect.inspect_fn())
    }
}

/// Polls a future. This is compiled once for each output type.
#[inline(never)]
fn poll_any<R>(
    future: Pin<&mut dyn Future<Output = R>>,
    scope: &mut FutureScope,
    context: &mut Context<'_>,
    inspect: Option<InspectFn<'_, R>>,
) -> Poll<R> {
    if scope.is_enabled() {
        poll_enabled(future, scope, context, inspect)
    } else {
        future.poll(context)
    }
}

/// Polls an enabled future.
#[cold]
#[inline(never)]
fn poll_enabled<R>(
    mut future: Pin<&mut dyn Future<Output = R>>,
    scope: &mut FutureScope,
    context: &mut Context<'_>,
    inspect: Option<InspectFn<'_, R>>,
) -> Poll<R> {
    let mut polled = Poll::Pending;
    let ended = scope.poll(&mut || {
        polled = future.as_mut().poll(context);
        polled.is_ready()
    });
    if let (Some(scope), Poll::Ready(value)) = (ended.state(), &polled) {
        let wants_data = scope.wants_data();
        let outcome = inspect.map_or_else(Outcome::default, |inspect| inspect(value, wants_data));
        scope.end_with(outcome.returned.as_ref(), outcome.exc.as_deref());
    }
    polled
}
