//! The scope of a future: START at its first poll, END when it is done, panics or is dropped.
//!
//! A poll that nobody hears finds no scope, and polls. All else is out of its way: what it calls for
//! that is `extern "C"`, as such functions do not unwind, and so ask for no landing pads in every
//! annotated function; a panic on the way is caught inside them.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::call::How;
use crate::data::Data;
use crate::exc::ExcDetails;
use crate::scope::{Ending, OpenScope};
use crate::site::{Hearing, Site};
use crate::thread::{Entered, current, set_current};
use crate::value::{Captured, Value};

/// The scope of an annotated future, if somebody listens. Dropped while open, it was cancelled.
#[repr(transparent)] // a pointer, so that an `extern "C"` function returns it
pub struct FutureScope(Option<Box<Waiting>>);

// What it holds is only ever shown to listeners, whose panics are caught.
impl UnwindSafe for FutureScope {}
impl RefUnwindSafe for FutureScope {}

impl fmt::Debug for FutureScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.0.as_ref().and_then(|waiting| waiting.scope.as_ref());
        f.debug_tuple("FutureScope").field(&scope).finish()
    }
}

struct Waiting {
    site: &'static Site,
    hearing: Hearing,
    /// Until the first poll. There is none if the head of the body tells the START, as it has the
    /// arguments.
    captured: Option<Data<'static>>,
    /// From the first poll on.
    scope: Option<OpenScope<'static>>,
    /// While the future is being dropped: what it holds is dropped under its scope.
    dropping: Option<Entered>,
}

thread_local! {
    // What is in it is always taken out again: it needs no destructor.
    static STARTING: Cell<ManuallyDrop<Option<Box<Waiting>>>> =
        const { Cell::new(ManuallyDrop::new(None)) };
}

/// Sets the future of which the first poll is under way, and returns the one before: a poll within a
/// poll puts it back.
fn set_starting(waiting: Option<Box<Waiting>>) -> Option<Box<Waiting>> {
    ManuallyDrop::into_inner(STARTING.replace(ManuallyDrop::new(waiting)))
}

impl Site {
    /// The scope of a future whose body calls `begin_…` first, if it is told that somebody listens.
    #[doc(hidden)]
    #[inline]
    pub fn future(&'static self) -> (FutureScope, bool) {
        let scope = if self.may_be_heard() {
            asked(self, true)
        } else {
            FutureScope(None)
        };
        // By value, as a coroutine keeps what was borrowed in it.
        let is_heard = scope.is_heard();
        (scope, is_heard)
    }

    /// The scope of a future of which there is nothing to tell.
    #[doc(hidden)]
    #[inline]
    pub fn future_bare(&'static self) -> FutureScope {
        if self.may_be_heard() {
            asked(self, false)
        } else {
            FutureScope(None)
        }
    }

    /// The scope of a future whose data is captured now.
    #[doc(hidden)]
    #[inline]
    pub fn future_captured<'v, const N: usize>(
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
            Some((hearing, data)) => FutureScope::new(self, hearing, Some(data)),
        }
    }
}

#[cold]
#[inline(never)]
extern "C" fn asked(site: &'static Site, by_body: bool) -> FutureScope {
    match site.ask() {
        Hearing::Nobody => FutureScope(None),
        hearing => FutureScope::new(site, hearing, (!by_body).then(Data::default)),
    }
}

impl FutureScope {
    #[cold]
    fn new(site: &'static Site, hearing: Hearing, captured: Option<Data<'static>>) -> Self {
        Self(Some(Box::new(Waiting {
            site,
            hearing,
            captured,
            scope: None,
            dropping: None,
        })))
    }

    /// Says whether somebody is to be told of the future.
    #[must_use]
    #[inline]
    pub const fn is_heard(&self) -> bool {
        self.0.is_some()
    }

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

    /// One poll under the scope. Done, it returns the scope that is to be ended.
    #[cold]
    fn poll(&mut self, poll: &mut dyn FnMut() -> bool) -> Option<OpenScope<'static>> {
        let mut waiting = self.0.take()?;
        if let Some(data) = waiting.captured.take() {
            waiting.start(data);
            if waiting.scope.is_none() {
                poll();
                return None;
            }
        }
        let starts = waiting.scope.is_none();
        let id = waiting
            .scope
            .as_ref()
            .map_or_else(current, |scope| Some(scope.id()));
        let entered = Entered::new(id);
        let (outcome, waiting) = if starts {
            let before = set_starting(Some(waiting));
            let outcome = catch_unwind(AssertUnwindSafe(poll));
            let waiting = set_starting(before);
            (outcome, waiting.filter(|waiting| waiting.scope.is_some()))
        } else {
            (catch_unwind(AssertUnwindSafe(poll)), Some(waiting))
        };
        drop(entered);
        match outcome {
            Ok(false) => {
                self.0 = waiting;
                None
            }
            Ok(true) => waiting?.scope,
            Err(payload) => fail(waiting, payload),
        }
    }
}

#[cold]
fn fail(waiting: Option<Box<Waiting>>, payload: Box<dyn Any + Send>) -> ! {
    resume_unwind(match waiting.and_then(|waiting| waiting.scope) {
        Some(scope) => scope.fail(payload),
        None => payload,
    })
}

impl Waiting {
    /// Broadcasts the START; there is no scope when nobody heard it.
    fn start(&mut self, data: Data<'static>) {
        let (entry, site) = (self.site.entry(), Some(self.site));
        let mut scope = OpenScope::owning(entry, site, self.hearing, data);
        self.scope = scope.start::<true>().then_some(scope);
    }
}

/// Broadcasts the START of the future of which the first poll is under way, with what `capture` tells
/// of its arguments if a listener wants data.
#[doc(hidden)]
#[cold]
#[inline(never)]
pub fn begin<'v, const N: usize>(capture: impl FnOnce() -> [Value<'v>; N]) {
    begin_with(|values: &mut [Captured<'v>; N]| *values = capture().map(Captured::new));
}

fn begin_with<'v, const N: usize>(capture: impl FnOnce(&mut [Captured<'v>; N])) {
    let Some(waiting) = set_starting(None) else {
        return;
    };
    if waiting.hearing == Hearing::Data {
        let mut values = [const { Captured::NONE }; N];
        capture(&mut values);
        start(waiting, &mut values);
    } else {
        start(waiting, &mut []);
    }
}

fn start(mut waiting: Box<Waiting>, values: &mut [Captured<'_>]) {
    let data = waiting.site.own(values);
    waiting.start(data);
    if let Some(scope) = &waiting.scope {
        set_current(Some(scope.id()));
    }
    set_starting(Some(waiting));
}

/// Does our own work; a panic in it, as by the `Drop` of what a `Debug` panicked with, ends here.
fn contain(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        mem::forget(payload);
    }
}

/// [`begin`] for each number of arguments that are captured as they are: once for all functions of the
/// same types.
macro_rules! begins {
    ($($begin:ident $count:literal [$($how:ident $place:ident $arg:ident: $Arg:ident),*])*) => { $(
        #[doc(hidden)]
        #[cold]
        #[inline(never)]
        #[expect(improper_ctypes_definitions, reason = "it is Rust that calls it")]
        #[allow(clippy::too_many_arguments, reason = "they are in registers; few have too many")]
        pub extern "C" fn $begin<'v, $($Arg),*>($($how: How<'v, $Arg>,)* $($arg: &$Arg),*) {
            contain(|| begin_with(|[$($place),*]: &mut [Captured<'v>; $count]| {
                $($how($arg, $place);)*
            }));
        }
    )* };
}

begins! {
    begin_1 1 [how_a to_a a: A]
    begin_2 2 [how_a to_a a: A, how_b to_b b: B]
    begin_3 3 [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C]
    begin_4 4 [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D]
    begin_5 5 [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E]
    begin_6 6 [how_a to_a a: A, how_b to_b b: B, how_c to_c c: C, how_d to_d d: D, how_e to_e e: E, how_f to_f f: F]
}

#[cold]
#[inline(never)]
extern "C" fn enter_drop(waiting: &mut Waiting) {
    let id = waiting.scope.as_ref().map(OpenScope::id);
    waiting.dropping = id.map(|id| Entered::new(Some(id)));
}

#[cold]
#[inline(never)]
extern "C" fn cancelled(mut waiting: Box<Waiting>) {
    contain(move || {
        drop(waiting.dropping.take());
        if let Some(scope) = waiting.scope {
            scope.end_with(None, Some(&ExcDetails::cancelled()));
        }
    });
}

impl Drop for FutureScope {
    #[inline]
    fn drop(&mut self) {
        if let Some(waiting) = self.0.take() {
            cancelled(waiting);
        }
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
