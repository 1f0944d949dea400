//! Scopes: a START and the END that belongs to it.
//!
//! [`OpenScope`] is the one mechanism; the closure, the guard, the attribute and the future each
//! hold one from START to END. Who heard the START hears the END.

pub(crate) mod call;
pub(crate) mod future;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod open;
pub(crate) mod start_end;

use std::any::Any;
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::dispatch::entry::Entry;
use crate::dispatch::registry;
use crate::dispatch::table::Heard;
use crate::event::exc_details::{ExcDetails, PayloadSlot};
use crate::event::panic_hook;
use crate::event::site::{Hearing, Site};
use crate::event::{Event, EventStatus, NO_DATA, Origin};
use crate::kind::Kind;
use crate::thread::{EventId, Here, ThreadId, leave_call, set_current};
use crate::value::Value;
use crate::value::data::{Data, EventData, Field};

/// A scope, from its START to its END.
pub(crate) struct OpenScope<'a> {
    entry: &'static Entry,
    /// The START, until it is the END.
    event: Event<'a>,
    heard: Heard,
    /// Whether anybody looks at data; if not, what was returned is not looked at either.
    wants_data: bool,
    /// Whether anybody is to be told of a future's polls.
    wants_polls: bool,
}

/// What there is to say of the value that a function returned.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Ending<'a> {
    pub(crate) returned: Option<Field<'a>>,
    /// Boxed, as failures are few and this is moved about.
    pub(crate) exc: Option<Box<ExcDetails<'a>>>,
}

impl fmt::Debug for OpenScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenScope").field(&self.event).finish()
    }
}

impl<'a> OpenScope<'a> {
    /// A scope that has not been started, and is heard as `hearing` says.
    #[inline(always)]
    pub(crate) fn new(
        entry: &'static Entry,
        site: Option<&'static Site>,
        hearing: Hearing,
        data: &'a Data<'a>,
    ) -> Self {
        let Here { id, parent, thread } = Here::new();
        let origin = Origin {
            kind: Kind::of_entry(entry),
            id,
            parent,
            site,
        };
        Self {
            entry,
            event: Event::on(thread, origin, EventStatus::Start, data),
            heard: Heard::default(),
            wants_data: matches!(hearing, Hearing::Data),
            wants_polls: false,
        }
    }

    /// The same, with data of its own.
    pub(crate) fn owning(
        entry: &'static Entry,
        site: Option<&'static Site>,
        hearing: Hearing,
        data: Data<'static>,
    ) -> OpenScope<'static> {
        let scope = OpenScope::new(entry, site, hearing, &NO_DATA);
        OpenScope {
            event: scope.event.own_data(data),
            ..scope
        }
    }

    /// Broadcasts the START; `false` when nobody heard it.
    ///
    /// `IS_LOOSE`: see [`Table::tell_start`].
    #[inline]
    pub(crate) fn start<const IS_LOOSE: bool>(&mut self) -> bool {
        let (event, heard) = (&self.event, &mut self.heard);
        self.entry.table.read(|table, slot| {
            table.tell_start::<IS_LOOSE>(event, slot, heard);
        });
        heard.is_somebody()
    }

    /// [`start`](Self::start) of a future, whose polls may be told.
    pub(crate) fn start_future(&mut self) -> bool {
        let (event, heard, wants_polls) = (&self.event, &mut self.heard, &mut self.wants_polls);
        self.entry.table.read(|table, slot| {
            table.tell_start::<true>(event, slot, heard);
            *wants_polls = table.wants_polls();
        });
        heard.is_somebody()
    }

    /// Tells those who heard the START and want to know that a poll begins, or is over.
    #[inline]
    pub(crate) fn tell_poll(&self, status: EventStatus) {
        if self.wants_polls {
            self.entry.table.read(|table, slot| {
                table.tell_poll(&self.event, slot, &self.heard, status);
            });
        }
    }

    pub(crate) const fn wants_data(&self) -> bool {
        self.wants_data
    }

    #[inline]
    pub(crate) const fn id(&self) -> EventId {
        self.event.id()
    }

    /// The thread of the START.
    pub(crate) const fn thread(&self) -> ThreadId {
        self.event.thread()
    }

    /// What was current at the START.
    #[inline]
    pub(crate) const fn parent(&self) -> Option<EventId> {
        self.event.parent()
    }

    /// Broadcasts the END, with nothing but what the START had.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.event.turn_into_end();
        self.tell_end(&self.event);
    }

    /// Broadcasts the END, `returned` with the data.
    pub(crate) fn end_with(&self, returned: Option<&Field<'_>>, exc: Option<&ExcDetails<'_>>) {
        let data = self.event.data().lend(returned);
        // It borrows all that it has.
        self.tell_end(&ManuallyDrop::new(self.event.end(&data, exc)));
    }

    /// Broadcasts the END, `more` behind the data or in place of what has the same key.
    pub(crate) fn end_adding(&self, more: &Data<'static>, exc: Option<&ExcDetails<'_>>) {
        if more.is_empty() {
            return self.end_with(None, exc);
        }
        let mut fields = self.event.data().to_fields().to_vec();
        let field = |(key, value): (_, &Value<'static>)| Field::new(key, value.clone());
        for added in more.iter().map(field) {
            match fields.iter_mut().find(|field| field.key() == added.key()) {
                Some(field) => *field = added,
                None => fields.push(added),
            }
        }
        let data = Data::new(&fields);
        self.tell_end(&self.event.end_apart(&data, exc));
    }

    #[inline(always)]
    fn tell_end(&self, end: &Event<'_>) {
        let thread = self.event.thread();
        self.entry.table.read(|table, slot| {
            table.tell_end(end, slot, &self.heard, thread);
        });
    }

    /// Broadcasts the END of what panicked, and returns the payload to go on with.
    #[cold]
    pub(crate) fn fail(&self, payload: Box<dyn Any + Send>) -> Box<dyn Any + Send> {
        let record = panic_hook::of_payload(&*payload);
        let slot = PayloadSlot::new(payload);
        self.end_with(None, Some(&ExcDetails::panicked(Some(&slot), record)));
        slot.into_payload()
    }
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
    let hearing = entry.hearing_here();
    if hearing == Hearing::Nobody {
        return body();
    }
    let run = |data: Data<'_>| {
        let mut scope = OpenScope::new(entry, None, hearing, &data);
        if !scope.start::<false>() {
            return body();
        }
        set_current(Some(scope.id()));
        let outcome = catch_unwind(AssertUnwindSafe(body));
        leave_call(scope.id(), scope.parent());
        match outcome {
            Ok(value) => {
                scope.end();
                value
            }
            Err(payload) => resume_unwind(scope.fail(payload)),
        }
    };
    match hearing {
        Hearing::Data => data.with_data(run),
        _ => run(Data::default()),
    }
}
