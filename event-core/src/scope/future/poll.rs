//! A future in its scope: the way of every poll, and of the value that the last one returns.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{FutureScope, enter_drop};
use crate::scope::Ending;

impl FutureScope {
    /// Returns `future` in this scope.
    #[inline]
    pub const fn wrap<F: Future>(self, future: F) -> ScopeFuture<F, Unseen> {
        ScopeFuture::new(self, future, Unseen)
    }

    /// Returns `future` in this scope; `inspect` looks at its value, told whether a listener wants data.
    #[inline]
    pub const fn wrap_seen<F: Future, I>(self, future: F, inspect: I) -> ScopeFuture<F, Seen<I>>
    where
        I: for<'v> Fn(&'v F::Output, bool) -> Ending<'v>,
    {
        ScopeFuture::new(self, future, Seen(inspect))
    }
}

/// What looks at the value of a future, told whether a listener wants data.
type Look<'a, R> = &'a dyn for<'v> Fn(&'v R, bool) -> Ending<'v>;

/// Whether, and by what, the value of a future is looked at.
#[doc(hidden)]
pub trait Inspect<R> {
    /// Returns what looks.
    fn look(&self) -> Option<Look<'_, R>>;
}

/// The value is not looked at.
#[doc(hidden)]
#[derive(Debug)]
pub struct Unseen;

impl<R> Inspect<R> for Unseen {
    #[inline]
    fn look(&self) -> Option<Look<'_, R>> {
        None
    }
}

/// The value is looked at.
#[doc(hidden)]
#[derive(Debug)]
pub struct Seen<I>(I);

impl<R, I: for<'v> Fn(&'v R, bool) -> Ending<'v>> Inspect<R> for Seen<I> {
    #[inline]
    fn look(&self) -> Option<Look<'_, R>> {
        Some(&self.0)
    }
}

pin_project! {
    /// An annotated future.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ScopeFuture<F, I> {
        // First, so that the compiler proves a scope `Send` before the future, which may be so deep that
        // it gives up within.
        proof: PhantomData<FutureScope>,
        // Before the scope, so that what it holds is dropped before the END.
        #[pin]
        future: F,
        scope: FutureScope,
        inspect: I,
    }

    impl<F, I> PinnedDrop for ScopeFuture<F, I> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            if let Some(waiting) = &mut this.project().scope.0 {
                enter_drop(waiting);
            }
        }
    }
}

impl<F, I> ScopeFuture<F, I> {
    #[inline]
    const fn new(scope: FutureScope, future: F, inspect: I) -> Self {
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
        poll_any(this.future, this.scope, context, this.inspect.look())
    }
}

/// A poll: once for each type that futures return.
#[inline(never)]
fn poll_any<R>(
    future: Pin<&mut dyn Future<Output = R>>,
    scope: &mut FutureScope,
    context: &mut Context<'_>,
    look: Option<Look<'_, R>>,
) -> Poll<R> {
    if scope.is_heard() {
        poll_heard(future, scope, context, look)
    } else {
        future.poll(context)
    }
}

/// A poll that somebody hears.
#[cold]
#[inline(never)]
fn poll_heard<R>(
    mut future: Pin<&mut dyn Future<Output = R>>,
    scope: &mut FutureScope,
    context: &mut Context<'_>,
    look: Option<Look<'_, R>>,
) -> Poll<R> {
    let mut polled = Poll::Pending;
    let ended = scope.poll(&mut || {
        polled = future.as_mut().poll(context);
        polled.is_ready()
    });
    if let (Some(scope), Poll::Ready(value)) = (ended, &polled) {
        let ending = look.map_or_else(Ending::default, |look| look(value, scope.wants_data()));
        scope.end_with(ending.returned.as_ref(), ending.exc.as_deref());
    }
    polled
}
