//! Guards: a scope that ends where a local is dropped.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use crate::dispatch::entry::Entry;
use crate::dispatch::registry;
use crate::event::exc_details::ExcDetails;
use crate::event::panic_hook;
use crate::event::site::{Hearing, Site};
use crate::kind::Kind;
use crate::scope::{Ending, OpenScope};
use crate::thread::{Busy, leave, panics, set_current};
use crate::value::Value;
use crate::value::data::{Data, EventData, Field, owned};

/// Broadcasts a START now, and the END when the returned guard is dropped.
///
/// A panic that drops the guard makes the END a failure, with message and place but without the
/// payload; the closure form [`trigger_event`](fn@crate::trigger_event) sees that too. Do not hold a guard
/// across an `.await`: it is of the thread, and other tasks that run meanwhile would be inside it.
///
/// # Panics
///
/// Panics when `kind` is a text that is no kind.
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
    match registry::listening(kind.into()) {
        None => EventGuard::NONE,
        Some(entry) => enter_heard(entry, data),
    }
}

#[cold]
fn enter_heard(entry: &'static Entry, data: impl EventData) -> EventGuard {
    let data = match entry.hearing_here() {
        Hearing::Nobody => return EventGuard::NONE,
        Hearing::Data => owned(data),
        _ => Data::default(),
    };
    EventGuard {
        // Nothing is returned through a guard, so nobody need know of data.
        open: Open::start(entry, None, Hearing::Bare, data),
        not_send: PhantomData,
    }
}

/// Broadcasts END when dropped; [`enter_event`] returns it.
#[must_use = "the END is broadcast when the guard is dropped, which is at once"]
pub struct EventGuard {
    /// Boxed, so that a guard that nobody hears is one word on the stack.
    open: Option<Box<Open>>,
    not_send: PhantomData<*const ()>,
}

struct Open {
    scope: OpenScope<'static>,
    was_panicking: bool,
    /// How many panics the hook had seen on this thread.
    panics_before: u64,
    /// What the function returned, if that was looked at.
    ending: Cell<(Option<Field<'static>>, Option<ExcDetails<'static>>)>,
}

impl Open {
    fn start(
        entry: &'static Entry,
        site: Option<&'static Site>,
        hearing: Hearing,
        data: Data<'static>,
    ) -> Option<Box<Self>> {
        let mut scope = OpenScope::owning(entry, site, hearing, data);
        if !scope.start::<true>() {
            return None;
        }
        set_current(Some(scope.id()));
        let _busy = Busy::enter(); // an annotated allocator must not come here in turn
        Some(Box::new(Self {
            scope,
            was_panicking: std::thread::panicking(),
            panics_before: panics(),
            ending: Cell::default(),
        }))
    }

    fn end(self) {
        leave(self.scope.id(), self.scope.parent());
        // A guard that was made during unwinding, in somebody's `Drop`, has not failed by it.
        let failed = std::thread::panicking() && !self.was_panicking;
        let (returned, mut exc) = self.ending.into_inner();
        if failed {
            // A `resume_unwind` passes the hook by: what that saw before is another panic.
            let record = panic_hook::last().filter(|_| panics() > self.panics_before);
            exc = Some(ExcDetails::panicked(None, record));
        }
        self.scope.end_with(returned.as_ref(), exc.as_ref());
    }
}

impl EventGuard {
    /// Looks at what the function returns, for the END.
    fn see<R>(&self, value: &R, inspect: impl for<'v> FnOnce(&'v R, bool) -> Ending<'v>) {
        if let Some(open) = &self.open {
            let ending = inspect(value, open.scope.wants_data());
            let exc = ending.exc.map(|exc| exc.into_owned());
            open.ending
                .replace((ending.returned.map(Field::into_owned), exc));
        }
    }

    #[cold]
    fn end(&mut self) {
        if let Some(open) = self.open.take() {
            let busy = Busy::enter(); // as above
            let open = *open;
            drop(busy);
            open.end();
        }
    }

    /// The guard of a scope that nobody hears.
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

impl Site {
    /// [`enter_event`] for an annotated function whose body must stay where it is.
    #[doc(hidden)]
    #[inline(always)]
    pub fn enter<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> EventGuard {
        match self.owned_if_heard(capture) {
            None => EventGuard::NONE,
            Some((hearing, data)) => self.enter_captured(hearing, data),
        }
    }

    #[cold]
    fn enter_captured(&'static self, hearing: Hearing, data: Data<'static>) -> EventGuard {
        EventGuard {
            open: Open::start(self.entry(), Some(self), hearing, data),
            not_send: PhantomData,
        }
    }
}

/// For a body that stays where it is: gives what it returns back, having looked at it.
#[doc(hidden)]
pub fn see<R, I>(guard: &EventGuard, inspect: I) -> impl Fn(R) -> R
where
    I: for<'v> Fn(&'v R, bool) -> Ending<'v>,
{
    move |value| {
        guard.see(&value, &inspect);
        value
    }
}
