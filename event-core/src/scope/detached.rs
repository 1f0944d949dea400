//! A scope that may end after the function that started it, and on another thread.

use std::any::Any;
use std::mem::ManuallyDrop;

use super::Scope;
use crate::dispatch::entry::Entry;
use crate::dispatch::interest::Interest;
use crate::dispatch::table::StartRecipients;
use crate::event::clock::Clock;
use crate::event::exc_details::ExcDetails;
use crate::event::site::Site;
use crate::event::{Event, EventStatus};
use crate::thread::{EventId, ThreadId};
use crate::value::data::Data;
use crate::value::{Field, Value};

/// The scope of a guard, a future or an open event.
#[derive(Debug)]
pub(crate) struct DetachedScope {
    scope: Scope,
    /// The numbers of the registrations that the START skipped, because their listeners started the
    /// scope. They may have returned at the END, which must skip them too.
    skipped: Option<Box<[u64]>>,
    /// Whether a listener wants the polls of a future.
    wants_polls: bool,
    /// The data of the START.
    data: Data<'static>,
}

impl DetachedScope {
    /// Broadcasts the START of a scope. Returns `None` if no listener received it.
    pub(crate) fn start(
        entry: &'static Entry,
        site: Option<&'static Site>,
        interest: Interest,
        data: Data<'static>,
    ) -> Option<Self> {
        let mut this = Self {
            scope: Scope::new(entry, site, interest),
            skipped: None,
            wants_polls: false,
            data,
        };
        let notified = {
            let event = Event::of_scope(&this.scope.origin, EventStatus::Start, &this.data);
            let event = ManuallyDrop::new(event); // it owns nothing
            let started = entry.table.read(|table, slot| {
                let skipped = (slot.depth() > 0).then(|| table.running(slot.depth()));
                (
                    table.notify_start(&event, slot, event.thread()),
                    table.wants_polls(),
                    skipped,
                )
            });
            started?
        };
        (this.scope.last_recipient, this.wants_polls, this.skipped) = notified;
        (this.scope.last_recipient != 0).then_some(this)
    }

    fn recipients(&self) -> StartRecipients<'_> {
        StartRecipients {
            last: self.scope.last_recipient,
            skipped: self.skipped.as_deref().unwrap_or_default(),
            thread: self.thread(),
        }
    }

    /// Notifies the recipients of the START that a poll starts or ends, if they want polls.
    #[inline]
    pub(crate) fn notify_poll(&self, status: EventStatus) {
        if self.wants_polls {
            let start = Event::of_scope(&self.scope.origin, EventStatus::Start, &self.data);
            let start = ManuallyDrop::new(start); // it owns nothing
            self.scope.entry.table.read(|table, slot| {
                table.notify_poll(&start, slot, &self.recipients(), status);
            });
        }
    }

    pub(crate) const fn wants_data(&self) -> bool {
        self.scope.interest.wants_data()
    }

    #[inline]
    pub(crate) const fn id(&self) -> EventId {
        self.scope.id()
    }

    /// Returns the thread of the START.
    pub(crate) const fn thread(&self) -> ThreadId {
        self.scope.origin.thread
    }

    /// Returns the scope that was current at the START.
    #[inline]
    pub(crate) const fn parent(&self) -> Option<EventId> {
        self.scope.parent()
    }

    /// Broadcasts the END with the data of the START and `returned`.
    pub(crate) fn end_with(&self, returned: Option<&Field<'_>>, exc: Option<&ExcDetails<'_>>) {
        let data = self.data.borrow_with(returned);
        self.notify_end(self.end(&data).ending(exc));
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
            let data = self.data.borrow_with(None);
            return self.notify_end(self.end(&data).ending(exc).with_clock(clock));
        }
        let mut fields = self.data.to_fields().to_vec();
        let to_field = |(key, value): (_, &Value<'static>)| Field::new(key, value.clone());
        for added in more.iter().map(to_field) {
            match fields.iter_mut().find(|field| field.key() == added.key()) {
                Some(field) => *field = added,
                None => fields.push(added),
            }
        }
        let data = Data::new(&fields);
        self.notify_end(self.end(&data).ending_with_new_data(exc).with_clock(clock));
    }

    fn end<'a>(&self, data: &'a Data<'a>) -> Event<'a> {
        Event::with_origin(self.scope.origin.here(), EventStatus::End, data)
    }

    fn notify_end(&self, end: Event<'_>) {
        let end = ManuallyDrop::new(end); // it owns nothing
        self.scope.entry.table.read(|table, slot| {
            table.notify_end(&end, slot, self.recipients());
        });
    }

    /// Broadcasts the END of a scope that panicked. Returns the payload, for resuming the panic.
    #[cold]
    pub(crate) fn fail(&self, payload: Box<dyn Any + Send>) -> Box<dyn Any + Send> {
        Scope::fail(payload, |exc| self.end_with(None, Some(exc)))
    }
}
