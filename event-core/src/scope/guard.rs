//! Guards: a scope that ends when a local variable is dropped.
//!
//! A guard cannot see the payload of a panic, only that the thread unwinds.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::mem;

use super::Place;
use super::call::FreeOnDrop;
use super::detached::DetachedScope;
use super::outcome::Outcome;
use crate::dispatch::callsite::Callsite;
use crate::dispatch::entry::Entry;
use crate::dispatch::interest::Interest;
use crate::dispatch::intern::enabled_entry;
use crate::kind::Kind;
use crate::thread::set_current;
use crate::value::Value;
use crate::value::data::Data;
use crate::value::event_data::EventData;

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
    match entry.interest_here() {
        None => EventGuard::NONE,
        Some(interest) => enter((entry, None), interest, data),
    }
}

fn enter(place: Place, interest: Interest, data: impl EventData) -> EventGuard {
    if interest.wants_data() {
        data.with_data(|data| EventGuard::start(place, interest, &data))
    } else {
        EventGuard::start(place, interest, &Data::NONE)
    }
}

/// Broadcasts the END when it is dropped; [`enter_event`] returns it.
#[must_use = "the END is broadcast when the guard is dropped, which is immediately"]
pub struct EventGuard {
    /// A pointer, so that the guard of a disabled call is one word on the stack.
    open: DetachedScope,
    not_send: PhantomData<*const ()>,
}

impl EventGuard {
    /// The guard of a disabled call.
    const NONE: Self = Self {
        open: DetachedScope::NONE,
        not_send: PhantomData,
    };

    #[inline(never)]
    fn start(place: Place, interest: Interest, data: &Data<'_>) -> Self {
        let keeps = interest.wants_end_data();
        let mut open = DetachedScope::start(place, interest, keeps, data);
        if let Some(state) = open.state_mut() {
            state.note_panics();
            set_current(state.id());
        }
        Self {
            open,
            not_send: PhantomData,
        }
    }

    /// Makes the END a failure because of `error`. Its cause is
    /// [`Cause::Error`](crate::Cause::Error).
    ///
    /// The error's `Display` is formatted now, unless no listener received the START. If this is
    /// called more than once, the last error is kept. A panic that drops the guard replaces it.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{enter_event, local};
    ///
    /// fn load(text: &str) -> Result<u32, std::num::ParseIntError> {
    ///     let guard = enter_event("docs:fail", ());
    ///     text.parse().inspect_err(|error| guard.fail(error))
    /// }
    ///
    /// let recorder = local::install_recorder("docs:fail");
    /// assert!(load("4x").is_err());
    /// assert_eq!(recorder.lines(), [
    ///     "START docs:fail",
    ///     "END docs:fail failed: error: invalid digit found in string",
    /// ]);
    /// ```
    pub fn fail<E: Display + ?Sized>(&self, error: &E) {
        if let Some(open) = self.open.state() {
            open.set_failure(error);
        }
    }

    /// Inspects the returned value, and keeps the outcome for the END.
    fn inspect<R>(&self, value: &R, inspect: impl for<'v> FnOnce(&'v R, bool) -> Outcome<'v>) {
        if let Some(open) = self.open.state() {
            open.set_outcome(inspect(value, open.wants_data()));
        }
    }
}

#[cold]
#[inline(never)]
fn end(mut open: DetachedScope) {
    if let Some(state) = open.state_mut() {
        state.end_guard();
    }
    open.recycle();
}

impl Drop for EventGuard {
    #[inline]
    fn drop(&mut self) {
        let open = mem::take(&mut self.open); // leaves nothing to drop
        if open.is_some() {
            end(open);
        }
    }
}

impl fmt::Debug for EventGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventGuard")
            .field("open", &self.open)
            .finish()
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
        if self.is_enabled() {
            self.enter_captured(capture)
        } else {
            EventGuard::NONE
        }
    }

    /// Does the same as [`enter_event`], for code that has its own call site.
    #[inline(always)]
    pub fn enter_with(&'static self, data: impl EventData) -> EventGuard {
        if cfg!(feature = "off") || !self.is_enabled() {
            EventGuard::NONE
        } else {
            self.enter_with_enabled(data)
        }
    }

    #[cold]
    fn enter_with_enabled(&'static self, data: impl EventData) -> EventGuard {
        match self.interest() {
            None => EventGuard::NONE,
            Some(interest) => enter((self.entry(), Some(self.site())), interest, data),
        }
    }

    #[cold]
    fn enter_captured<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> EventGuard {
        let Some(mut collected) = self.collect(capture) else {
            return EventGuard::NONE;
        };
        let interest = collected.interest;
        let values = FreeOnDrop(&mut collected.values);
        let data = if interest.wants_data() {
            Data::captured(self.site().keys(), values.0)
        } else {
            Data::NONE
        };
        EventGuard::start((self.entry(), Some(self.site())), interest, &data)
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
