//! What is kept of any event, but for its data and its time.

use crate::event::site::Site;
use crate::event::{Event, EventStatus, Origin};
use crate::kind::Kind;
use crate::thread::{EventId, ThreadId};
use crate::value::data::Data;

/// An event, or a START and its END.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    subject: Subject,
    id: EventId,
    parent: Option<EventId>,
    thread: ThreadId,
}

/// What an event is about.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Site(&'static Site),
    Kind(Kind),
}

impl Record {
    #[inline]
    pub(super) fn of(event: &Event<'_>) -> Self {
        Self {
            subject: match event.site() {
                Some(site) => Subject::Site(site),
                None => Subject::Kind(event.kind()),
            },
            id: event.id(),
            parent: event.parent(),
            thread: event.thread(),
        }
    }

    #[inline]
    pub(super) const fn id(&self) -> EventId {
        self.id
    }

    #[inline]
    pub(super) const fn thread(&self) -> ThreadId {
        self.thread
    }

    pub(super) const fn site(&self) -> Option<&'static Site> {
        match self.subject {
            Subject::Site(site) => Some(site),
            Subject::Kind(_) => None,
        }
    }

    /// Makes the event anew.
    pub(super) fn event(
        &self,
        status: EventStatus,
        nanos: u64,
        data: Data<'static>,
    ) -> Event<'static> {
        let origin = Origin {
            kind: match self.subject {
                Subject::Site(site) => site.kind(),
                Subject::Kind(kind) => kind,
            },
            id: self.id,
            parent: self.parent,
            site: self.site(),
        };
        Event::at_nanos(self.thread, origin, status, nanos).with_owned_data(data)
    }
}
