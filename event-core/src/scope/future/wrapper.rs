//! The wrapper that polls a future in its scope, and inspects the value that the future returns.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::scope::{FutureScope, enter_drop, fail};
use crate::dispatch::callsite::Callsite;
use crate::scope::outcome::Outcome;

/// Returns `future`, the body of an `async fn`, in a scope. The first poll decides whether the
/// future is enabled.
///
/// `callsite` must be a type without data, so that it takes no space in the future. If the call
/// site has keys, the body of an enabled future must call a function of `start` first.
#[inline(always)]
pub const fn scope_future<F: Future, C: Fn() -> &'static Callsite>(
    callsite: C,
    future: F,
) -> ScopeFuture<F, IgnoreOutput, AtFirstPoll<C>> {
    ScopeFuture::at_first_poll(callsite, future, IgnoreOutput)
}

/// Does the same as [`scope_future`]. `inspect` receives the future's value, and whether a listener
/// wants data.
#[inline(always)]
pub const fn scope_future_inspected<F: Future, C: Fn() -> &'static Callsite, I>(
    callsite: C,
    future: F,
    inspect: I,
) -> ScopeFuture<F, InspectOutput<I>, AtFirstPoll<C>>
where
    I: for<'v> Fn(&'v F::Output, bool) -> Outcome<'v>,
{
    ScopeFuture::at_first_poll(callsite, future, InspectOutput(inspect))
}

impl FutureScope {
    /// Returns `future` in this scope.
    #[inline]
    pub const fn wrap<F: Future>(self, future: F) -> ScopeFuture<F, IgnoreOutput, AtCall> {
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
    ) -> ScopeFuture<F, InspectOutput<I>, AtCall>
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

/// When the scope of a future is decided.
pub trait Decided {
    /// Sets `scope` if this is the first poll, and the scope was not decided before.
    fn decide(&mut self, scope: &mut FutureScope);
}

/// The scope was decided when the function was called.
#[derive(Debug)]
pub struct AtCall;

impl Decided for AtCall {
    #[inline(always)]
    fn decide(&mut self, _: &mut FutureScope) {}
}

/// The scope is decided when the future is polled for the first time.
pub struct AtFirstPoll<C> {
    callsite: C,
    is_polled: bool,
}

impl<C: Fn() -> &'static Callsite> Decided for AtFirstPoll<C> {
    #[inline(always)]
    fn decide(&mut self, scope: &mut FutureScope) {
        if !self.is_polled {
            self.is_polled = true;
            let callsite = (self.callsite)();
            if callsite.is_enabled() {
                scope.enable(callsite);
            }
        }
    }
}

impl<C> fmt::Debug for AtFirstPoll<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtFirstPoll")
            .field("is_polled", &self.is_polled)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// An annotated future.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ScopeFuture<F, I, D> {
        // First, so that the compiler proves `FutureScope: Send` before it checks the future.
        // Inside the check of a deeply nested future, that proof could exceed the recursion limit.
        proof: PhantomData<FutureScope>,
        // Before the scope, so that the future's variables are dropped before the END.
        #[pin]
        future: F,
        scope: FutureScope,
        inspect: I,
        decided: D,
    }

    impl<F, I, D> PinnedDrop for ScopeFuture<F, I, D> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let scope = this.project().scope;
            if scope.is_enabled() {
                enter_drop(scope);
            }
        }
    }
}

impl<F, I> ScopeFuture<F, I, AtCall> {
    #[inline]
    pub(super) const fn new(scope: FutureScope, future: F, inspect: I) -> Self {
        Self {
            proof: PhantomData,
            future,
            scope,
            inspect,
            decided: AtCall,
        }
    }
}

impl<F, I, C> ScopeFuture<F, I, AtFirstPoll<C>> {
    #[inline(always)]
    const fn at_first_poll(callsite: C, future: F, inspect: I) -> Self {
        const { assert!(size_of::<C>() == 0, "`callsite` must capture nothing") };
        Self {
            proof: PhantomData,
            future,
            scope: FutureScope::DISABLED,
            inspect,
            decided: AtFirstPoll {
                callsite,
                is_polled: false,
            },
        }
    }
}

impl<F: Future, I: Inspect<F::Output>, D: Decided> Future for ScopeFuture<F, I, D> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        // Separate variables, because the closure would store all fields of `this` in memory.
        let (future, scope) = (this.future, this.scope);
        this.decided.decide(scope);
        if scope.is_enabled() {
            poll_enabled(future, context, scope, this.inspect.inspect_fn())
        } else {
            future.poll_body(context)
        }
    }
}

/// A body of a future, which is compiled once, although it is polled in two places.
trait Body<R> {
    fn poll_body(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R>;
}

impl<F: Future> Body<F::Output> for F {
    #[inline(never)]
    fn poll_body(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.poll(context)
    }
}

/// Polls an enabled future. This is compiled once for each output type.
#[cold]
#[inline(never)]
fn poll_enabled<R>(
    body: Pin<&mut (dyn Body<R> + '_)>,
    context: &mut Context<'_>,
    scope: &mut FutureScope,
    inspect: Option<InspectFn<'_, R>>,
) -> Poll<R> {
    let polling = scope.begin_poll();
    let polled = match catch_unwind(AssertUnwindSafe(|| body.poll_body(context))) {
        Ok(polled) => polled,
        Err(payload) => fail(&scope.leave_last_poll(polling), payload),
    };
    match (&polled, inspect) {
        (Poll::Ready(value), Some(inspect)) => {
            let ended = scope.leave_last_poll(polling);
            if let Some(state) = ended.state() {
                let outcome = inspect(value, state.wants_data());
                state.end_inspected(&outcome);
            }
        }
        _ => scope.end_poll(polling, polled.is_ready()),
    }
    polled
}
