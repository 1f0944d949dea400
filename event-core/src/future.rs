//! The scope of a future: START before its first poll, END when it is done, panics or is dropped.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::data::{Data, Field};
use crate::exc::ExcDetails;
use crate::scope::{Ending, OpenScope};
use crate::site::Site;
use crate::thread::Entered;

/// The scope of an annotated future, if somebody heard its START. Dropped, it was cancelled.
#[derive(Debug)]
pub struct FutureScope(Option<Box<Open>>);

#[derive(Debug)]
struct Open {
    scope: OpenScope,
    data: Data<'static>,
    /// While the future is being dropped: what it holds is dropped under its scope.
    dropping: Option<Entered>,
}

impl FutureScope {
    /// The scope of a future that nobody heard.
    pub const NONE: Self = Self(None);

    /// Returns `future` in this scope.
    pub const fn wrap<F: Future, I>(self, future: F, inspect: I) -> ScopeFuture<F, I>
    where
        I: for<'v> Fn(&'v F::Output) -> Ending<'v>,
    {
        ScopeFuture {
            future,
            scope: self,
            inspect,
        }
    }
}

impl Site {
    /// Broadcasts the START of an annotated future that somebody hears.
    #[doc(hidden)]
    #[cold]
    pub fn start_future(&'static self, fields: &[Field<'_>]) -> FutureScope {
        let data = Data::new(fields).into_owned();
        let scope = OpenScope::start(self.entry(), Some(self), data.clone());
        FutureScope(scope.map(|scope| {
            Box::new(Open {
                scope,
                data,
                dropping: None,
            })
        }))
    }
}

impl Drop for FutureScope {
    fn drop(&mut self) {
        if let Some(mut open) = self.0.take() {
            drop(open.dropping.take());
            open.scope.end(open.data, Some(&ExcDetails::cancelled()));
        }
    }
}

pin_project! {
    /// An annotated future.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ScopeFuture<F, I> {
        // First, so that what it holds is dropped before the END.
        #[pin]
        future: F,
        scope: FutureScope,
        inspect: I,
    }

    impl<F, I> PinnedDrop for ScopeFuture<F, I> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(open) = &mut this.project().scope.0 {
                open.dropping = Some(Entered::new(Some(open.scope.id())));
            }
        }
    }
}

impl<F: Future, I> Future for ScopeFuture<F, I>
where
    I: for<'v> Fn(&'v F::Output) -> Ending<'v>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match &this.scope.0 {
            None => this.future.poll(context),
            Some(_) => poll_heard(this.future, this.scope, this.inspect, context),
        }
    }
}

#[cold]
fn poll_heard<F: Future>(
    future: Pin<&mut F>,
    scope: &mut FutureScope,
    inspect: &impl for<'v> Fn(&'v F::Output) -> Ending<'v>,
    context: &mut Context<'_>,
) -> Poll<F::Output> {
    let entered = Entered::new(scope.0.as_ref().map(|open| open.scope.id()));
    let outcome = catch_unwind(AssertUnwindSafe(|| future.poll(context)));
    drop(entered);
    if let Ok(Poll::Pending) = outcome {
        return Poll::Pending;
    }
    let open = scope.0.take();
    match outcome {
        Ok(polled) => {
            if let (Some(open), Poll::Ready(value)) = (open, &polled) {
                open.scope.end_well(&open.data, &inspect(value));
            }
            polled
        }
        Err(payload) => resume_unwind(match open {
            Some(open) => open.scope.fail(payload, open.data),
            None => payload,
        }),
    }
}
