//! Recorded events that are sent to a listener once more. Only `event-export` uses it.

use super::clock::{Clock, UNREAD};
use super::origin::{EventSource, Origin};
use super::status::EventStatus;
use super::{CARRIES_START_DATA, Event};
use crate::kind::Kind;
use crate::thread::{EventId, ThreadId};
use crate::value::Field;
use crate::value::data::Data;
use crate::value::event_data::{EventData, owned};

impl Event<'static> {
    /// Returns the START of a mark with any time, thread and parent.
    #[doc(hidden)]
    #[must_use]
    pub fn mark_at(
        kind: Kind,
        (nanos, thread, parent): (u64, ThreadId, Option<EventId>),
        data: impl EventData,
    ) -> Self {
        let origin = Origin {
            thread,
            parent,
            start_nanos: UNREAD,
            ..Origin::new(EventSource::Kind(kind))
        };
        Self::at_nanos(origin, EventStatus::Start, nanos, owned(data)).of_mark()
    }

    /// Returns the event with another time.
    #[doc(hidden)]
    #[must_use]
    pub fn at_time(self, nanos: u64) -> Self {
        self.with_clock(Clock::at(nanos))
    }
}

impl Event<'_> {
    /// Calls `f` with this END in the form in which it was broadcast: the data of its START, which
    /// is `start`, and the fields that the END adds.
    #[doc(hidden)]
    pub fn with_start_data(&self, start: &Data<'static>, f: impl FnOnce(&Event<'_>)) {
        let is_shared = start.shares_fields(self.data());
        let fields: &[Field<'_>] = if is_shared {
            &[]
        } else {
            self.data().parts().2
        };
        let mut start_fields = start.start_fields();
        let added = fields.iter().filter(|field| match start_fields.next() {
            Some((key, value)) => {
                key != field.key() || format!("{value:?}") != format!("{:?}", field.value())
            }
            None => true,
        });
        let added: Vec<Field<'_>> = added.cloned().collect();
        let data = start.clone().with_added(&added);
        f(&Event {
            flags: self.flags | CARRIES_START_DATA,
            ..self.with_borrowed_data(&data)
        });
    }
}
