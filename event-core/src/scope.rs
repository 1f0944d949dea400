//! Scopes: a START and the END that belongs to it.
//!
//! [`OpenScope`] is the one mechanism; the closure, the guard, the attribute and the future each
//! hold one from START to END. Who heard the START hears the END.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::data::{Data, EventData, Field, owned};
use crate::event::{Event, EventStatus, Origin};
use crate::exc::{ExcDetails, PayloadSlot};
use crate::kind::Kind;
use crate::panics;
use crate::registry::{self, Entry, Heard, Table};
use crate::site::{Hearing, Site};
use crate::thread::{Entered, EventId, current, set_current};

/// A scope whose START somebody heard.
pub(crate) struct OpenScope {
    entry: &'static Entry,
    origin: Origin,
    heard: Heard,
    /// Whether anybody looks at data; if not, what was returned is not looked at either.
    wants_data: bool,
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

/// What there is to say of the value that a function returned.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Ending<'a> {
    pub(crate) returned: Option<Field<'a>>,
    pub(crate) exc: Option<ExcDetails<'a>>,
}

impl fmt::Debug for OpenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenScope").field(&self.origin).finish()
    }
}

impl OpenScope {
    /// Broadcasts a START; `None` when nobody heard it.
    pub(crate) fn start(
        entry: &'static Entry,
        site: Option<&'static Site>,
        data: Data<'_>,
    ) -> Option<Self> {
        let kind = Kind::of_entry(entry);
        let origin = Origin {
            kind,
            id: EventId::next(),
            parent: current(),
            site,
        };
        let event = Event::of(origin, EventStatus::Start, data);
        let heard = entry.table.read(|table| table?.tell_start(&event))?;
        Some(Self {
            entry,
            origin,
            heard,
            wants_data: false,
        })
    }

    /// The same scope, of a START that was heard so.
    pub(crate) fn for_data(self, hearing: Hearing) -> Self {
        Self {
            wants_data: hearing == Hearing::Data,
            ..self
        }
    }

    pub(crate) const fn wants_data(&self) -> bool {
        self.wants_data
    }

    pub(crate) fn id(&self) -> EventId {
        self.origin.id
    }

    /// Broadcasts the END.
    pub(crate) fn end(self, data: Data<'_>, exc: Option<&ExcDetails<'_>>) {
        let event = Event::of(self.origin, EventStatus::End, data).with_exc(exc);
        self.entry.table.read(|table| {
            if let Some(table) = table {
                table.tell_end(&event, &self.heard);
            }
        });
    }

    /// Broadcasts the END of what returned.
    pub(crate) fn end_well(self, data: &Data<'_>, ending: &Ending<'_>) {
        self.end(data.and(ending.returned.as_ref()), ending.exc.as_ref());
    }

    /// Broadcasts the END of what panicked, and returns the payload to go on with.
    #[cold]
    pub(crate) fn fail(self, payload: Box<dyn Any + Send>, data: Data<'_>) -> Box<dyn Any + Send> {
        let record = panics::of_payload(&*payload);
        let slot = PayloadSlot::new(payload);
        self.end(data, Some(&ExcDetails::panicked(Some(&slot), record)));
        slot.into_payload()
    }

    /// Runs `body`, then broadcasts the END.
    pub(crate) fn run<R>(
        self,
        data: Data<'_>,
        body: impl FnOnce() -> R,
        inspect: impl for<'v> FnOnce(&'v R, bool) -> Ending<'v>,
    ) -> R {
        let entered = Entered::new(Some(self.id()));
        let outcome = catch_unwind(AssertUnwindSafe(body));
        drop(entered);
        match outcome {
            Ok(value) => {
                let ending = inspect(&value, self.wants_data);
                self.end_well(&data, &ending);
                value
            }
            Err(payload) => resume_unwind(self.fail(payload, data)),
        }
    }
}

/// How a START of `entry` on this thread is heard.
fn hearing(entry: &'static Entry) -> Hearing {
    entry
        .table
        .read(|table| table.map_or(Hearing::Nobody, Table::hearing_here))
}

/// Broadcasts a START, calls `body`, and broadcasts an END; returns what `body` returns.
///
/// A panic of `body` is an END with [`ExcDetails`], and then goes on unchanged. `data` is
/// evaluated only if a listener wants data; the END carries the same.
///
/// # Panics
///
/// Panics when `kind` is a text that is no kind, or when `body` panics.
///
/// # Examples
///
/// ```
/// use event_core::{data, local, trigger_event};
///
/// let recorder = local::install_recorder("docs:trigger");
/// let sum = trigger_event("docs:trigger", data! { terms = 2 }, || 1 + 2);
/// assert_eq!(sum, 3);
/// let told: Vec<String> = recorder.buffer().iter().map(|(_, event)| event.to_string()).collect();
/// assert_eq!(told, ["START docs:trigger terms=2", "END docs:trigger terms=2"]);
/// ```
#[track_caller]
pub fn trigger_event<R>(
    kind: impl Into<Kind>,
    data: impl EventData,
    body: impl FnOnce() -> R,
) -> R {
    let Some(entry) = registry::listening(kind.into()) else {
        return body();
    };
    let run = |data: Data<'_>| match OpenScope::start(entry, None, data.clone()) {
        None => body(),
        Some(scope) => scope.run(data, body, |_, _| Ending::default()),
    };
    match hearing(entry) {
        Hearing::Data => data.with_data(run),
        _ => run(Data::default()),
    }
}

/// Broadcasts a START now, and the END when the returned guard is dropped.
///
/// A panic that drops the guard makes the END a failure, with message and place but without the
/// payload; the closure form [`trigger_event`](fn@trigger_event) sees that too. Drop guards in the reverse
/// order of their making: what is current between goes by that.
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
    let open = registry::listening(kind.into()).and_then(|entry| {
        let data = match hearing(entry) {
            Hearing::Nobody => return None,
            Hearing::Data => owned(data),
            _ => Data::default(),
        };
        // Nothing is returned through a guard, so nobody need know of data.
        Open::start(entry, None, Hearing::Bare, data)
    });
    EventGuard {
        open,
        not_send: PhantomData,
    }
}

/// Broadcasts END when dropped; [`enter_event`] returns it.
#[must_use = "the END is broadcast when the guard is dropped, which is at once"]
pub struct EventGuard {
    open: Option<Open>,
    not_send: PhantomData<*const ()>,
}

struct Open {
    scope: OpenScope,
    data: Data<'static>,
    outer: Option<EventId>,
    was_panicking: bool,
    /// What the function returned, if that was looked at.
    ending: Cell<(Option<Field<'static>>, Option<ExcDetails<'static>>)>,
}

impl Open {
    fn start(
        entry: &'static Entry,
        site: Option<&'static Site>,
        hearing: Hearing,
        data: Data<'static>,
    ) -> Option<Self> {
        let scope = OpenScope::start(entry, site, data.clone())?.for_data(hearing);
        let outer = set_current(Some(scope.id()));
        let (was_panicking, ending) = (std::thread::panicking(), Cell::default());
        Some(Self {
            scope,
            data,
            outer,
            was_panicking,
            ending,
        })
    }

    fn end(self) {
        if current() == Some(self.scope.id()) {
            set_current(self.outer);
        }
        // A guard that was made during unwinding, in somebody's `Drop`, has not failed by it.
        let failed = std::thread::panicking() && !self.was_panicking;
        let (returned, mut exc) = self.ending.into_inner();
        if failed {
            exc = Some(ExcDetails::panicked(None, panics::last()));
        }
        self.scope
            .end(self.data.and(returned.as_ref()), exc.as_ref());
    }
}

impl EventGuard {
    /// Looks at what the function returns, for the END.
    fn see<R>(&self, value: &R, inspect: impl for<'v> FnOnce(&'v R, bool) -> Ending<'v>) {
        if let Some(open) = &self.open {
            let ending = inspect(value, open.scope.wants_data);
            let exc = ending.exc.map(ExcDetails::into_owned);
            open.ending
                .replace((ending.returned.map(Field::into_owned), exc));
        }
    }

    /// The guard of a scope that nobody hears.
    #[doc(hidden)]
    pub const NONE: Self = Self {
        open: None,
        not_send: PhantomData,
    };
}

impl Drop for EventGuard {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.end();
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
    #[cold]
    pub fn enter(&'static self, hearing: Hearing, fields: &[Field<'_>]) -> EventGuard {
        let data = Data::new(fields).into_owned();
        EventGuard {
            open: Open::start(self.entry(), Some(self), hearing, data),
            not_send: PhantomData,
        }
    }

    /// Runs an annotated function that somebody hears.
    #[doc(hidden)]
    #[cold]
    pub fn run<R>(
        &'static self,
        hearing: Hearing,
        fields: &[Field<'_>],
        body: impl FnOnce() -> R,
        inspect: impl for<'v> FnOnce(&'v R, bool) -> Ending<'v>,
    ) -> R {
        let data = Data::new(fields);
        match OpenScope::start(self.entry(), Some(self), data.clone()) {
            None => body(),
            Some(scope) => scope.for_data(hearing).run(data, body, inspect),
        }
    }
}
