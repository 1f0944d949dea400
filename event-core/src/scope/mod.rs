//! Scopes: a START and the END that belongs to it.
//!
//! The closure, the guard, the attribute, the future and the open event each hold an [`OpenScope`]
//! from START to END. The listeners that received the START receive the END.

pub(crate) mod arity;
pub(crate) mod call;
pub(crate) mod closure;
pub(crate) mod future;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod open;
pub(crate) mod outcome;
pub(crate) mod owned;
pub(crate) mod question_mark;
pub(crate) mod start_end;

use std::any::Any;
use std::fmt;
use std::mem::ManuallyDrop;

use crate::dispatch::entry::Entry;
use crate::dispatch::interest::Interest;
use crate::dispatch::table::StartRecipients;
use crate::event::clock::Clock;
use crate::event::exc_details::ExcDetails;
use crate::event::panic_hook;
use crate::event::site::Site;
use crate::event::{Event, EventStatus, NO_DATA, Origin};
use crate::panic_payload::PayloadSlot;
use crate::thread::{EventId, ScopeIds, ThreadId};
use crate::value::data::Data;
use crate::value::{Field, Value};

/// A scope, from its START to its END.
pub(crate) struct OpenScope<'a> {
    entry: &'static Entry,
    /// The START, until it is converted to the END.
    event: Event<'a>,
    recipients: StartRecipients,
    /// Whether a listener wants data. If none does, the returned value is not inspected either.
    wants_data: bool,
    /// Whether a listener wants the polls of a future.
    wants_polls: bool,
}

impl fmt::Debug for OpenScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenScope").field(&self.event).finish()
    }
}

impl<'a> OpenScope<'a> {
    /// Returns a scope that has not started.
    #[inline(always)]
    pub(crate) fn new(
        entry: &'static Entry,
        site: Option<&'static Site>,
        interest: Interest,
        data: &'a Data<'a>,
    ) -> Self {
        let ScopeIds { id, parent, thread } = ScopeIds::next();
        let origin = Origin {
            kind: entry.kind(),
            id,
            parent,
            site,
        };
        Self {
            entry,
            event: Event::on_thread(thread, origin, EventStatus::Start, data),
            recipients: StartRecipients::default(),
            wants_data: matches!(interest, Interest::WithData),
            wants_polls: false,
        }
    }

    /// Returns a scope that has not started, and owns its data.
    pub(crate) fn owning(
        entry: &'static Entry,
        site: Option<&'static Site>,
        interest: Interest,
        data: Data<'static>,
    ) -> OpenScope<'static> {
        let scope = OpenScope::new(entry, site, interest, &NO_DATA);
        OpenScope {
            event: scope.event.with_owned_data(data),
            ..scope
        }
    }

    /// Broadcasts the START. Returns whether a listener received it.
    ///
    /// [`Table::notify_start`](crate::dispatch::table::Table::notify_start) describes the parameter
    /// `MAY_OUTLIVE_LISTENER`.
    #[inline]
    pub(crate) fn start<const MAY_OUTLIVE_LISTENER: bool>(&mut self) -> bool {
        self.entry.table.read(|table, slot| {
            table.notify_start::<MAY_OUTLIVE_LISTENER>(&self.event, slot, &mut self.recipients);
        });
        self.recipients.is_some()
    }

    /// Broadcasts the START of a future, and notes whether a listener wants its polls. Returns
    /// whether a listener received the START.
    pub(crate) fn start_future(&mut self) -> bool {
        self.entry.table.read(|table, slot| {
            table.notify_start::<true>(&self.event, slot, &mut self.recipients);
            self.wants_polls = table.wants_polls();
        });
        self.recipients.is_some()
    }

    /// Notifies the recipients of the START that a poll starts or ends, if they want polls.
    #[inline]
    pub(crate) fn notify_poll(&self, status: EventStatus) {
        if self.wants_polls {
            self.entry.table.read(|table, slot| {
                table.notify_poll(&self.event, slot, &self.recipients, status);
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

    /// Returns the thread of the START.
    pub(crate) const fn thread(&self) -> ThreadId {
        self.event.thread()
    }

    /// Returns the scope that was current at the START.
    #[inline]
    pub(crate) const fn parent(&self) -> Option<EventId> {
        self.event.parent()
    }

    /// Broadcasts the END with the data of the START.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.event.convert_to_end();
        self.notify_end(&self.event);
    }

    /// Broadcasts the END with the data of the START and `returned`.
    pub(crate) fn end_with(&self, returned: Option<&Field<'_>>, exc: Option<&ExcDetails<'_>>) {
        let data = self.event.data().borrow_with(returned);
        // `ManuallyDrop`, because the END owns nothing.
        self.notify_end(&ManuallyDrop::new(self.event.end(&data, exc)));
    }

    /// Broadcasts the END with `more` data. A field of `more` replaces the field with the same key;
    /// the others are appended. The time of the END is that of `clock`.
    pub(crate) fn end_adding(
        &self,
        more: &Data<'static>,
        exc: Option<&ExcDetails<'_>>,
        clock: Clock,
    ) {
        if more.is_empty() {
            let data = self.event.data().borrow_with(None);
            return self.notify_end(&ManuallyDrop::new(
                self.event.end(&data, exc).with_clock(clock),
            ));
        }
        let mut fields = self.event.data().to_fields().to_vec();
        let to_field = |(key, value): (_, &Value<'static>)| Field::new(key, value.clone());
        for added in more.iter().map(to_field) {
            match fields.iter_mut().find(|field| field.key() == added.key()) {
                Some(field) => *field = added,
                None => fields.push(added),
            }
        }
        let data = Data::new(&fields);
        let end = self.event.end_with_new_data(&data, exc);
        self.notify_end(&end.with_clock(clock));
    }

    #[inline(always)]
    fn notify_end(&self, end: &Event<'_>) {
        let thread = self.event.thread();
        self.entry.table.read(|table, slot| {
            table.notify_end(end, slot, &self.recipients, thread);
        });
    }

    /// Broadcasts the END of a scope that panicked. Returns the payload, for resuming the panic.
    #[cold]
    pub(crate) fn fail(&self, payload: Box<dyn Any + Send>) -> Box<dyn Any + Send> {
        let record = panic_hook::record_of(&*payload);
        let slot = PayloadSlot::new(payload);
        self.end_with(None, Some(&ExcDetails::panicked(Some(&slot), record)));
        slot.into_payload()
    }
}
