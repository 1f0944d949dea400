//! Guards: a scope that ends when a local variable is dropped.
//!
//! A guard cannot see the payload of a panic, only that the thread unwinds.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use super::detached::DetachedScope;
use super::outcome::Outcome;
use crate::dispatch::callsite::Callsite;
use crate::dispatch::entry::Entry;
use crate::dispatch::interest::Interest;
use crate::dispatch::intern::enabled_entry;
use crate::event::exc_details::ExcDetails;
use crate::event::panic_hook::{last_record, recorded_panics};
use crate::event::site::Site;
use crate::kind::Kind;
use crate::thread::{SuppressEvents, exit_guard, set_current};
use crate::value::data::{Data, EventData, owned};
use crate::value::{Field, Value};

/// Broadcasts a START now, and the END when the returned guard is dropped.
///
/// If a panic drops the guard, the END is a failure with the panic's message and location. The
/// closure form, [`trigger_event`](fn@crate::trigger_event), also has the payload.
///
/// Guards are bound to their thread. Do not hold one across an `.await`: other tasks that run on
/// the thread meanwhile would be inside its scope.
///
/// # Panics
///
/// Panics if `kind` is not a valid kind.
///
/// # Examples
///
/// ```
/// use event_core::{enter_event, local};
///
/// let recorder = local::install_recorder("docs:enter");
/// {
///     let _guard = enter_event("docs:enter", ());
///     assert_eq!(recorder.len(), 1);
/// }
/// assert_eq!(recorder.len(), 2);
/// ```
#[track_caller]
pub fn enter_event(kind: impl Into<Kind>, data: impl EventData) -> EventGuard {
    match enabled_entry(kind.into()) {
        None => EventGuard::NONE,
        Some(entry) => enter_enabled(entry, data),
    }
}

#[cold]
fn enter_enabled(entry: &'static Entry, data: impl EventData) -> EventGuard {
    let data = match entry.interest_here() {
        Interest::Never => return EventGuard::NONE,
        interest if interest.wants_data() => owned(data),
        _ => Data::default(),
    };
    EventGuard {
        // `NoData`: only the inspection of a returned value needs the interest, and this guard
        // inspects none.
        open: OpenGuard::start(entry, None, Interest::NoData, data),
        not_send: PhantomData,
    }
}

/// Broadcasts the END when it is dropped; [`enter_event`] returns it.
#[must_use = "the END is broadcast when the guard is dropped, which is immediately"]
pub struct EventGuard {
    /// Boxed, so that the guard of a disabled call is one word on the stack.
    open: Option<Box<OpenGuard>>,
    not_send: PhantomData<*const ()>,
}

struct OpenGuard {
    scope: DetachedScope,
    was_panicking: bool,
    /// The number of panics that the hook had recorded on this thread at the START.
    panics_before: u64,
    /// The returned value and the error, if they were inspected.
    outcome: Cell<(Option<Field<'static>>, Option<ExcDetails<'static>>)>,
}

impl OpenGuard {
    fn start(
        entry: &'static Entry,
        site: Option<&'static Site>,
        interest: Interest,
        data: Data<'static>,
    ) -> Option<Box<Self>> {
        let scope = DetachedScope::start(entry, site, interest, data)?;
        set_current(Some(scope.id()));
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        Some(Box::new(Self {
            scope,
            was_panicking: std::thread::panicking(),
            panics_before: recorded_panics(),
            outcome: Cell::default(),
        }))
    }

    fn end(self) {
        exit_guard(self.scope.id(), self.scope.parent());
        // A guard that was created during unwinding, by a `Drop`, has not failed because of that
        // panic.
        let failed = std::thread::panicking() && !self.was_panicking;
        let (returned, mut exc) = self.outcome.into_inner();
        if failed {
            // `resume_unwind` bypasses the hook: then the last record belongs to an earlier panic.
            let record = last_record().filter(|_| recorded_panics() > self.panics_before);
            exc = Some(ExcDetails::panicked(None, record));
        }
        self.scope.end_with(returned.as_ref(), exc.as_ref());
    }
}

impl EventGuard {
    /// Inspects the returned value, and keeps the outcome for the END.
    fn inspect<R>(&self, value: &R, inspect: impl for<'v> FnOnce(&'v R, bool) -> Outcome<'v>) {
        if let Some(open) = &self.open {
            let outcome = inspect(value, open.scope.wants_data());
            let exc = outcome.exc.map(|exc| exc.into_owned());
            open.outcome
                .replace((outcome.returned.map(Field::into_owned), exc));
        }
    }

    #[cold]
    fn end(&mut self) {
        if let Some(open) = self.open.take() {
            let suppress = SuppressEvents::new(); // as in `start`
            let open = *open;
            drop(suppress);
            open.end();
        }
    }

    /// The guard of a disabled call.
    const NONE: Self = Self {
        open: None,
        not_send: PhantomData,
    };
}

impl Drop for EventGuard {
    #[inline]
    fn drop(&mut self) {
        if self.open.is_some() {
            self.end();
        }
    }
}

impl fmt::Debug for EventGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.open.as_ref().map(|open| &open.scope);
        f.debug_struct("EventGuard").field("open", &scope).finish()
    }
}

impl Callsite {
    /// Does the same as [`enter_event`], for an annotated function whose body cannot be moved into
    /// a closure.
    #[inline(always)]
    pub fn enter<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> EventGuard {
        match self.collect_owned_if_enabled(capture) {
            None => EventGuard::NONE,
            Some((interest, data)) => self.enter_collected(interest, data),
        }
    }

    #[cold]
    fn enter_collected(&'static self, interest: Interest, data: Data<'static>) -> EventGuard {
        EventGuard {
            open: OpenGuard::start(self.entry(), Some(self.site()), interest, data),
            not_send: PhantomData,
        }
    }
}

/// Returns a function that inspects the value of a body for the END, and returns the value.
pub fn inspect_returned<R, I>(guard: &EventGuard, inspect: I) -> impl Fn(R) -> R
where
    I: for<'v> Fn(&'v R, bool) -> Outcome<'v>,
{
    move |value| {
        guard.inspect(&value, &inspect);
        value
    }
}

/// Inspects the value of a body for the END, and returns the value.
pub fn inspect_value<R>(
    guard: &EventGuard,
    value: R,
    inspect: impl for<'v> FnOnce(&'v R, bool) -> Outcome<'v>,
) -> R {
    guard.inspect(&value, inspect);
    value
}
