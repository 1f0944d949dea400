//! Scopes: a START and the END that belongs to it.
//!
//! [`OpenScope`] is the one mechanism; the closure, the guard, the attribute and the future each
//! hold one from START to END. Who heard the START hears the END.

use std::any::Any;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::data::{Data, EventData, Field};
use crate::event::{Event, EventStatus, Origin};
use crate::exc::{ExcDetails, PayloadSlot};
use crate::kind::Kind;
use crate::panics;
use crate::registry::{self, Entry, Heard};
use crate::site::{Hearing, Site};
use crate::thread::{EventId, Here, leave_all, set_current};

/// A scope whose START somebody heard.
pub(crate) struct OpenScope {
    entry: &'static Entry,
    site: Option<&'static Site>,
    id: EventId,
    parent: Option<EventId>,
    heard: Heard,
    /// Whether anybody looks at data; if not, what was returned is not looked at either.
    wants_data: bool,
}

/// What there is to say of the value that a function returned.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Ending<'a> {
    pub(crate) returned: Option<Field<'a>>,
    /// Boxed, as failures are few and this is moved about.
    pub(crate) exc: Option<Box<ExcDetails<'a>>>,
}

impl fmt::Debug for OpenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenScope").field(&self.origin()).finish()
    }
}

impl OpenScope {
    /// Broadcasts a START that is heard as `hearing` says; `None` when nobody heard it.
    ///
    /// `is_loose`: see [`Table::tell_start`].
    pub(crate) fn start(
        entry: &'static Entry,
        site: Option<&'static Site>,
        hearing: Hearing,
        data: &Data<'_>,
        is_loose: bool,
    ) -> Option<Self> {
        let Here { id, parent, thread } = Here::new();
        let origin = Origin {
            kind: Kind::of_entry(entry),
            id,
            parent,
            site,
        };
        let event = Event::on(thread, origin, EventStatus::Start, data.lend(None));
        let heard = entry
            .table
            .read(|table| table?.tell_start(&event, is_loose));
        // It borrows all that it has.
        mem::forget(event);
        let wants_data = hearing == Hearing::Data;
        Some(Self {
            entry,
            site,
            id,
            parent,
            heard: heard?,
            wants_data,
        })
    }

    fn origin(&self) -> Origin {
        let Self {
            entry,
            site,
            id,
            parent,
            ..
        } = *self;
        Origin {
            kind: Kind::of_entry(entry),
            id,
            parent,
            site,
        }
    }

    pub(crate) const fn wants_data(&self) -> bool {
        self.wants_data
    }

    #[inline]
    pub(crate) const fn id(&self) -> EventId {
        self.id
    }

    /// What was current at the START.
    #[inline]
    pub(crate) const fn parent(&self) -> Option<EventId> {
        self.parent
    }

    /// Broadcasts the END, `returned` with the data.
    pub(crate) fn end(
        &self,
        data: &Data<'_>,
        returned: Option<&Field<'_>>,
        exc: Option<&ExcDetails<'_>>,
    ) {
        let data = data.lend(returned);
        let event = Event::of(self.origin(), EventStatus::End, data)
            .with_exc(exc)
            .repeating();
        self.entry.table.read(|table| {
            if let Some(table) = table {
                table.tell_end(&event, &self.heard);
            }
        });
        // It borrows all that it has.
        mem::forget(event);
    }

    /// Broadcasts the END of what returned.
    #[inline]
    pub(crate) fn end_well(&self, data: &Data<'_>, ending: &Ending<'_>) {
        self.end(data, ending.returned.as_ref(), ending.exc.as_deref());
    }

    /// Broadcasts the END of what panicked, and returns the payload to go on with.
    #[cold]
    pub(crate) fn fail(
        &self,
        payload: Box<dyn Any + Send>,
        data: &Data<'_>,
    ) -> Box<dyn Any + Send> {
        let record = panics::of_payload(&*payload);
        let slot = PayloadSlot::new(payload);
        self.end(data, None, Some(&ExcDetails::panicked(Some(&slot), record)));
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
    let run = |data: Data<'_>| match OpenScope::start(entry, None, hearing, &data, false) {
        None => body(),
        Some(scope) => {
            set_current(Some(scope.id()));
            let outcome = catch_unwind(AssertUnwindSafe(body));
            leave_all(scope.parent());
            match outcome {
                Ok(value) => {
                    scope.end(&data, None, None);
                    value
                }
                Err(payload) => resume_unwind(scope.fail(payload, &data)),
            }
        }
    };
    match hearing {
        Hearing::Data => data.with_data(run),
        _ => run(Data::default()),
    }
}
