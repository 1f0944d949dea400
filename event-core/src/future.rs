//! The scope of a future: START before its first poll, END when it is done, panics or is dropped.

use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::data::Data;
use crate::exc::ExcDetails;
use crate::scope::{Ending, OpenScope};
use crate::site::{Hearing, Site};
use crate::thread::{Entered, EventId};
use crate::value::Value;

/// The scope of an annotated future, if somebody listens. Dropped while open, it was cancelled.
///
/// The box hides what is in it: the compiler proves an annotated future `Send` through every future
/// that awaits it, and gives up after so many steps.
#[derive(Debug)]
pub struct FutureScope(Option<Box<dyn Hidden>>);

// What it holds is only ever shown to listeners, whose panics are caught.
impl UnwindSafe for FutureScope {}
impl RefUnwindSafe for FutureScope {}

trait Hidden: fmt::Debug + Send + Sync {
    fn waiting(&mut self) -> &mut Waiting;
}

impl Hidden for Waiting {
    fn waiting(&mut self) -> &mut Waiting {
        self
    }
}

#[derive(Debug)]
struct Waiting {
    site: &'static Site,
    hearing: Hearing,
    /// Until the first poll.
    data: Data<'static>,
    /// From the first poll on.
    scope: Option<OpenScope<'static>>,
    /// While the future is being dropped: what it holds is dropped under its scope.
    dropping: Option<Entered>,
}

impl FutureScope {
    /// Says whether somebody is to be told of the future.
    #[must_use]
    pub const fn is_heard(&self) -> bool {
        self.0.is_some()
    }

    /// Returns `future` in this scope.
    pub const fn wrap<F: Future, I>(self, future: F, inspect: I) -> ScopeFuture<F, I>
    where
        I: for<'v> Fn(&'v F::Output, bool) -> Ending<'v>,
    {
        ScopeFuture {
            future,
            scope: self,
            inspect,
        }
    }
}

impl Site {
    /// The scope of a future that somebody may hear: START comes with its first poll.
    #[doc(hidden)]
    #[inline(always)]
    pub fn future<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> FutureScope {
        let captured = if self.may_be_heard() {
            self.collect_owned(capture)
        } else {
            None
        };
        match captured {
            None => FutureScope(None),
            Some((hearing, data)) => self.future_captured(hearing, data),
        }
    }

    #[cold]
    fn future_captured(&'static self, hearing: Hearing, data: Data<'static>) -> FutureScope {
        FutureScope(Some(Box::new(Waiting {
            site: self,
            hearing,
            data,
            scope: None,
            dropping: None,
        })))
    }
}

impl Waiting {
    /// Broadcasts the START at the first poll; `None` when nobody heard it.
    fn id(&mut self) -> Option<EventId> {
        if self.scope.is_none() {
            let data = mem::take(&mut self.data);
            let (entry, site) = (self.site.entry(), Some(self.site));
            let mut scope = OpenScope::owning(entry, site, self.hearing, data);
            self.scope = scope.start(true).then_some(scope);
        }
        self.scope.as_ref().map(OpenScope::id)
    }
}

impl Drop for FutureScope {
    fn drop(&mut self) {
        let Some(mut waiting) = self.0.take() else {
            return;
        };
        let Waiting {
            scope, dropping, ..
        } = waiting.waiting();
        drop(dropping.take());
        if let Some(scope) = scope {
            scope.end_with(None, Some(&ExcDetails::cancelled()));
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
            if let Some(waiting) = &mut this.project().scope.0 {
                let waiting = waiting.waiting();
                let id = waiting.scope.as_ref().map(OpenScope::id);
                waiting.dropping = id.map(|id| Entered::new(Some(id)));
            }
        }
    }
}

impl<F: Future, I> Future for ScopeFuture<F, I>
where
    I: for<'v> Fn(&'v F::Output, bool) -> Ending<'v>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match &mut this.scope.0 {
            None => this.future.poll(context),
            Some(waiting) => match waiting.waiting().id() {
                None => {
                    this.scope.0 = None;
                    this.future.poll(context)
                }
                Some(id) => poll_heard(this.future, this.scope, id, this.inspect, context),
            },
        }
    }
}

#[cold]
fn poll_heard<F: Future>(
    future: Pin<&mut F>,
    scope: &mut FutureScope,
    id: EventId,
    inspect: &impl for<'v> Fn(&'v F::Output, bool) -> Ending<'v>,
    context: &mut Context<'_>,
) -> Poll<F::Output> {
    let entered = Entered::new(Some(id));
    let outcome = catch_unwind(AssertUnwindSafe(|| future.poll(context)));
    drop(entered);
    if let Ok(Poll::Pending) = outcome {
        return Poll::Pending;
    }
    let mut waiting = scope.0.take();
    let waiting = waiting.as_mut().map(|waiting| waiting.waiting());
    let open = waiting.and_then(|waiting| waiting.scope.as_ref());
    match (outcome, open) {
        (Ok(Poll::Ready(value)), Some(scope)) => {
            let ending = inspect(&value, scope.wants_data());
            scope.end_with(ending.returned.as_ref(), ending.exc.as_deref());
            Poll::Ready(value)
        }
        (Ok(polled), _) => polled,
        (Err(payload), Some(scope)) => resume_unwind(scope.fail(payload)),
        (Err(payload), None) => resume_unwind(payload),
    }
}
