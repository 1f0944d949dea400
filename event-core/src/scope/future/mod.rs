//! The scope of a future: START at its first poll, END when it is done, panics or is dropped.
//!
//! A poll that nobody hears finds no scope, and polls. All else is out of its way: what it calls for
//! that is `extern "C"`, as such functions do not unwind, and so ask for no landing pads in every
//! annotated function; a panic on the way is caught inside them.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};

use crate::event::EventStatus;
use crate::event::exc_details::ExcDetails;
use crate::event::site::{Hearing, Site};
use crate::scope::OpenScope;
use crate::thread::{Entered, current};
use crate::value::Value;
use crate::value::data::Data;

pub(crate) mod poll;
pub(crate) mod start;

use start::set_starting;

/// The scope of an annotated future, if somebody listens. Dropped while open, it was cancelled.
#[derive(Debug)]
#[repr(transparent)] // a pointer, so that an `extern "C"` function returns it
pub struct FutureScope(Option<Box<Waiting>>);

// What it holds is only ever shown to listeners, whose panics are caught.
impl UnwindSafe for FutureScope {}
impl RefUnwindSafe for FutureScope {}

#[derive(Debug)]
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
        match self.owned_if_heard(capture) {
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
        let entered = Entered::poll(id);
        waiting.tell_poll(EventStatus::Start);
        let (outcome, waiting) = if starts {
            let before = set_starting(Some(waiting));
            let outcome = catch_unwind(AssertUnwindSafe(poll));
            let waiting = set_starting(before);
            (outcome, waiting.filter(|waiting| waiting.scope.is_some()))
        } else {
            (catch_unwind(AssertUnwindSafe(poll)), Some(waiting))
        };
        if let Some(waiting) = &waiting {
            waiting.tell_poll(EventStatus::End);
        }
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
        self.scope = scope.start_future().then_some(scope);
    }

    fn tell_poll(&self, status: EventStatus) {
        if let Some(scope) = &self.scope {
            scope.tell_poll(status);
        }
    }
}

/// Does our own work; a panic in it, as by the `Drop` of what a `Debug` panicked with, ends here.
fn contain(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        mem::forget(payload);
    }
}

#[cold]
#[inline(never)]
extern "C" fn enter_drop(waiting: &mut Waiting) {
    let id = waiting.scope.as_ref().map(OpenScope::id);
    waiting.dropping = id.map(|id| Entered::poll(Some(id)));
    contain(|| waiting.tell_poll(EventStatus::Start));
}

#[cold]
#[inline(never)]
extern "C" fn cancelled(mut waiting: Box<Waiting>) {
    contain(move || {
        if waiting.dropping.is_some() {
            waiting.tell_poll(EventStatus::End);
        }
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
