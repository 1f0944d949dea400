//! The part of an event that a START and its END share, except for their data.

use crate::event::Event;
use crate::event::origin::{EventSource, Origin};
use crate::event::site::Site;
use crate::event::status::EventStatus;
use crate::kind::Kind;
use crate::thread::{EventId, ThreadId};
use crate::value::data::Data;

/// The properties of an event other than its status, time, data and failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    source: RecordSource,
    id: EventId,
    parent: Option<EventId>,
    thread: ThreadId,
}

/// The site of an event, or its kind if it has no site. A site knows its kind.
#[derive(Clone, Copy, Debug)]
enum RecordSource {
    Site(&'static Site),
    Kind(Kind),
    /// A mark of a site.
    SiteMark(&'static Site),
    /// A mark without a site.
    KindMark(Kind),
}

impl Record {
    /// Returns the record of an event that may be one of a mark.
    #[inline]
    pub(super) fn of(event: &Event<'_>) -> Self {
        let record = Self::of_call(event.origin());
        if event.is_mark() {
            record.of_mark()
        } else {
            record
        }
    }

    #[cold]
    fn of_mark(self) -> Self {
        Self {
            source: match self.source {
                RecordSource::Site(site) => RecordSource::SiteMark(site),
                RecordSource::Kind(kind) => RecordSource::KindMark(kind),
                mark => mark,
            },
            ..self
        }
    }

    /// Returns the record of an event that is not one of a mark.
    #[inline]
    pub(super) fn of_call(origin: &Origin) -> Self {
        Self {
            source: match origin.source {
                EventSource::Site(site) => RecordSource::Site(site),
                EventSource::Kind(kind) => RecordSource::Kind(kind),
            },
            id: origin.id,
            parent: origin.parent,
            thread: origin.thread,
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
        match self.source {
            RecordSource::Site(site) | RecordSource::SiteMark(site) => Some(site),
            RecordSource::Kind(_) | RecordSource::KindMark(_) => None,
        }
    }

    /// Returns the event that was recorded, with its `status` and `data`, its time, the time of its
    /// START, and the duration of its polls.
    pub(super) fn event(
        &self,
        status: EventStatus,
        (nanos, start_nanos, busy_nanos): (u64, u64, u64),
        data: Data<'static>,
    ) -> Event<'static> {
        let origin = Origin {
            source: match self.source {
                RecordSource::Site(site) | RecordSource::SiteMark(site) => EventSource::Site(site),
                RecordSource::Kind(kind) | RecordSource::KindMark(kind) => EventSource::Kind(kind),
            },
            id: self.id,
            parent: self.parent,
            thread: self.thread,
            start_nanos,
            busy_nanos,
        };
        let event = Event::at_nanos(origin, status, nanos, data);
        match self.source {
            RecordSource::SiteMark(_) | RecordSource::KindMark(_) => event.of_mark(),
            RecordSource::Site(_) | RecordSource::Kind(_) => event,
        }
    }
}
