//! Scopes: a START and the END that belongs to it.
//!
//! The closure, the guard, the attribute, the future and the open event each hold a [`Scope`] from
//! START to END. The listeners that received the START receive the END. The two events are built
//! when they are broadcast, and borrow their data from the holder of the scope.

pub(crate) mod added;
pub(crate) mod arity;
mod by_scope;
pub(crate) mod call;
pub(crate) mod closure;
pub(crate) mod detached;
pub(crate) mod future;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod in_current_event;
pub(crate) mod mark;
pub(crate) mod open;
pub(crate) mod outcome;
pub(crate) mod question_mark;
pub(crate) mod start_end;

use std::any::Any;
use std::mem::ManuallyDrop;

use crate::dispatch::entry::Entry;
use crate::dispatch::interest::Interest;
use crate::dispatch::table::StartRecipients;
use crate::event::Event;
use crate::event::exc_details::ExcDetails;
use crate::event::origin::{EventSource, Origin};
use crate::event::panic_hook;
use crate::event::site::Site;
use crate::event::status::EventStatus;
use crate::panic_payload::PayloadSlot;
use crate::thread::{EventId, Session};
use crate::value::data::Data;

/// The kind of a scope, and its call site if it has one.
pub(crate) type Place = (&'static Entry, Option<&'static Site>);

/// The parts that a START and its END share, and which listeners received the START.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    entry: &'static Entry,
    origin: Origin,
    recipients: StartRecipients,
}

/// Returns the source of the events of a scope at `place`.
#[inline]
fn source((entry, site): Place) -> EventSource {
    match site {
        Some(site) => EventSource::Site(site),
        None => EventSource::Kind(entry.kind()),
    }
}

impl Scope {
    /// Returns a scope that has not started.
    #[inline(always)]
    pub(crate) fn new(
        entry: &'static Entry,
        site: Option<&'static Site>,
        interest: Interest,
    ) -> Self {
        Self {
            entry,
            origin: Origin::of_scope(source((entry, site)), interest.wants_data()),
            recipients: StartRecipients { last: 0, interest },
        }
    }

    /// Broadcasts the START. Returns whether a listener received it.
    #[inline(always)]
    pub(crate) fn start(&mut self, data: &Data<'_>) -> bool {
        let event = Event::borrowed(&self.origin, EventStatus::Start, data);
        let event = ManuallyDrop::new(event); // it owns nothing
        let table = &self.entry.table;
        let notified = table.read_outermost(
            #[inline(always)]
            |table, slot| table.notify_outermost_start(&event, slot, &self.recipients.interest),
        );
        let last = match notified {
            Some(last) => last,
            None => Self::start_nested(self.entry, &event, self.recipients.interest),
        };
        self.recipients.last = last;
        self.origin.start_nanos = event.known_nanos();
        last != 0
    }

    #[cold]
    #[inline(never)]
    fn start_nested(entry: &'static Entry, event: &Event<'_>, interest: Interest) -> u64 {
        let notified = entry
            .table
            .read(|table, slot| table.notify_start(event, slot, &interest));
        notified.unwrap_or_default()
    }

    /// Broadcasts the END, with the data that was added to it.
    #[inline(always)]
    pub(crate) fn end(&self, data: &Data<'_>, exc: Option<&ExcDetails<'_>>) {
        if added::may_exist(self.origin.id) {
            self.end_with_added(data, exc);
        } else {
            self.broadcast_end(data, exc);
        }
    }

    #[cold]
    #[inline(never)]
    fn end_with_added(&self, data: &Data<'_>, exc: Option<&ExcDetails<'_>>) {
        let added = added::take(self.origin.id);
        self.broadcast_end(&data.clone().with_added(&added), exc);
    }

    #[inline(always)]
    fn broadcast_end(&self, data: &Data<'_>, exc: Option<&ExcDetails<'_>>) {
        let event = Event::borrowed(&self.origin, EventStatus::End, data);
        let event = ManuallyDrop::new(event.ending(exc)); // it owns nothing
        let table = &self.entry.table;
        let notified = table.read_outermost(
            #[inline(always)]
            |table, slot| {
                table.notify_outermost_end(&event, slot, &self.recipients);
            },
        );
        if notified.is_none() {
            self.end_nested(&event);
        }
    }

    #[cold]
    #[inline(never)]
    fn end_nested(&self, event: &Event<'_>) {
        let table = &self.entry.table;
        table.read(|table, slot| table.notify_end(event, slot, &self.recipients, &[]));
    }

    /// Calls `end` with the details of the panic whose payload this is. Returns the payload, for
    /// resuming the panic.
    #[cold]
    fn fail(
        payload: Box<dyn Any + Send>,
        end: impl FnOnce(&ExcDetails<'_>),
    ) -> Box<dyn Any + Send> {
        let record = panic_hook::record_of(&*payload);
        let slot = PayloadSlot::new(payload);
        end(&ExcDetails::panicked(Some(&slot), record));
        slot.into_payload()
    }

    /// Returns the session of the START.
    #[inline]
    pub(crate) const fn session(&self) -> Session {
        self.recipients.interest.session()
    }

    #[inline]
    pub(crate) const fn id(&self) -> EventId {
        self.origin.id
    }

    /// Returns the scope that was current at the START.
    #[inline]
    pub(crate) const fn parent(&self) -> Option<EventId> {
        self.origin.parent
    }
}
