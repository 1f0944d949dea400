//! Bounded storage: the last events of all threads.
//!
//! All threads share one lock, so that the number of dropped events is exact.

use std::collections::VecDeque;

use super::record::Record;
use crate::event::exc_details::ExcDetails;
use crate::event::{Event, EventStatus};
use crate::sync::{Arc, Mutex};
use crate::thread::{EventId, SuppressEvents};
use crate::value::Field;
use crate::value::data::Data;

/// The number of newest events among which an END searches for its START, to share its data.
const LOOK_BACK: usize = 32;

/// The newest events, at most `limit`.
#[derive(Debug)]
pub(super) struct Ring {
    limit: usize,
    contents: Mutex<RingContents>,
}

#[derive(Debug, Default)]
struct RingContents {
    /// Oldest first.
    events: VecDeque<StoredEvent>,
    dropped: u64,
}

#[derive(Debug)]
struct StoredEvent {
    record: Record,
    nanos: u64,
    /// The time of the START, if this is its END.
    start_nanos: u64,
    status: EventStatus,
    /// `None` if the event has no data.
    data: Option<Arc<[Field<'static>]>>,
    exc: Option<Box<ExcDetails<'static>>>,
}

impl StoredEvent {
    /// Returns `event` without its data.
    fn without_data(event: &Event<'_>) -> Self {
        let exc = event.exc_details();
        Self {
            record: Record::of(event),
            nanos: event.nanos(),
            start_nanos: event.start_nanos(),
            status: event.status(),
            data: None,
            exc: exc.map(|exc| Box::new(exc.clone().into_owned())),
        }
    }

    fn data(&self) -> Data<'static> {
        let fields = self.data.as_ref().map(Arc::clone);
        fields.map_or_else(Data::default, Data::owned)
    }

    fn event(&self) -> Event<'static> {
        let (record, data) = (&self.record, self.data());
        let event = record.event(self.status, self.nanos, self.start_nanos, data);
        match &self.exc {
            Some(exc) => event.with_exc_details((**exc).clone()),
            None => event,
        }
    }
}

impl Ring {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            contents: Mutex::default(),
        }
    }

    /// Returns the events with their times, in the order in which they were received.
    pub(super) fn events(&self) -> Vec<(u64, Event<'static>)> {
        let contents = self.contents.lock();
        let events = contents.events.iter();
        events
            .map(|stored| (stored.nanos, stored.event()))
            .collect()
    }

    pub(super) fn clear(&self) {
        let suppress = SuppressEvents::new(); // a signal handler would wait for the lock
        let cleared = std::mem::take(&mut *self.contents.lock());
        drop(suppress);
        drop(cleared); // after unlocking, because the data may have a `Drop` that triggers events
    }

    pub(super) fn len(&self) -> usize {
        self.contents.lock().events.len()
    }

    pub(super) fn dropped(&self) -> u64 {
        let _suppress = SuppressEvents::new(); // a signal handler would wait for the lock
        self.contents.lock().dropped
    }

    /// Stores `event`, and drops the oldest event if the limit is reached.
    pub(super) fn store(&self, event: &Event<'_>) {
        let mut stored = StoredEvent::without_data(event);
        let data = event.data();
        if event.carries_start_data() {
            let mut contents = self.contents.lock();
            let start = contents.start_of(event.id());
            if let Some(start) = start.map(|start| start.data.clone()) {
                if !data.has_returned() {
                    stored.data = start;
                    let displaced = contents.push(stored, self.limit);
                    drop(contents);
                    drop(displaced); // after unlocking, as in `clear`
                    return;
                }
                drop(contents); // before the returned value is formatted
                let start = start.map_or_else(Data::default, Data::owned);
                stored.data = Some(data.owned_after(&start).to_fields());
            }
        }
        if stored.data.is_none() && !data.is_empty() {
            stored.data = Some(data.to_fields());
        }
        let displaced = self.contents.lock().push(stored, self.limit);
        drop(displaced); // after unlocking, as in `clear`
    }
}

impl RingContents {
    /// Stores `event`. Returns the event that it displaces, which the caller drops after unlocking.
    #[inline(never)]
    fn push(&mut self, event: StoredEvent, limit: usize) -> Option<StoredEvent> {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        if self.events.len() < limit {
            self.events.push_back(event);
            return None;
        }
        self.dropped += 1;
        if limit == 0 {
            return Some(event);
        }
        let displaced = self.events.pop_front();
        self.events.push_back(event);
        displaced
    }

    /// Returns the START of `id`, if it is among the last [`LOOK_BACK`] events.
    fn start_of(&self, id: EventId) -> Option<&StoredEvent> {
        let mut newest = self.events.iter().rev().take(LOOK_BACK);
        newest.find(|event| event.record.id() == id && event.status == EventStatus::Start)
    }
}
