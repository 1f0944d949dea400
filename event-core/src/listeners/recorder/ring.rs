//! The last events that were broadcast, counted exactly: one by one, and under one lock.

use std::collections::VecDeque;

use super::record::Record;
use crate::event::exc_details::ExcDetails;
use crate::event::{Event, EventStatus};
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::thread::{EventId, SuppressEvents};
use crate::value::Field;
use crate::value::data::Data;

/// How far back an END looks for its START, whose data it shares.
const LOOK_BACK: usize = 32;

/// So many events at the most.
#[derive(Debug)]
pub(super) struct Ring {
    limit: usize,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    events: VecDeque<Kept>,
    dropped: u64,
}

#[derive(Debug)]
struct Kept {
    record: Record,
    nanos: u64,
    status: EventStatus,
    /// None where there is none.
    data: Option<Arc<[Field<'static>]>>,
    exc: Option<Box<ExcDetails<'static>>>,
}

impl Kept {
    /// What there is of an event without its data.
    fn of(event: &Event<'_>) -> Self {
        let exc = event.exc_details();
        Self {
            record: Record::of(event),
            nanos: event.nanos(),
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
        let event = self.record.event(self.status, self.nanos, self.data());
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
            last: Mutex::default(),
        }
    }

    /// The events with their times, in the order in which they came.
    pub(super) fn events(&self) -> Vec<(u64, Event<'static>)> {
        let last = self.last.lock();
        let events = last.events.iter();
        events.map(|kept| (kept.nanos, kept.event())).collect()
    }

    pub(super) fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.last.lock());
        drop(forgotten); // outside the lock
    }

    pub(super) fn len(&self) -> usize {
        self.last.lock().events.len()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.last.lock().dropped
    }

    pub(super) fn keep(&self, event: &Event<'_>) {
        let mut kept = Kept::of(event);
        let data = event.data();
        if event.carries_start_data() {
            let last = self.last.lock();
            if let Some(start) = last.start_of(event.id()).map(|start| start.data.clone()) {
                if !data.has_returned() {
                    kept.data = start;
                    let _displaced = self.push(last, kept);
                    return;
                }
                drop(last); // what was returned may have to be printed
                let start = start.map_or_else(Data::default, Data::owned);
                kept.data = Some(data.owned_after(&start).to_fields());
            }
        }
        if kept.data.is_none() && !data.is_empty() {
            kept.data = Some(data.to_fields());
        }
        let _displaced = self.push(self.last.lock(), kept);
    }

    /// Keeps one more, and returns the one that had to go, to be dropped outside the lock.
    fn push(&self, mut last: MutexGuard<'_, Last>, kept: Kept) -> Option<Kept> {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        if last.events.len() < self.limit {
            last.events.push_back(kept);
            return None;
        }
        last.dropped += 1;
        let Some(displaced) = last.events.pop_front() else {
            return Some(kept); // none is kept at all
        };
        last.events.push_back(kept);
        Some(displaced)
    }
}

impl Last {
    /// The START of `id`, if it is among the last.
    fn start_of(&self, id: EventId) -> Option<&Kept> {
        let mut last = self.events.iter().rev().take(LOOK_BACK);
        last.find(|kept| kept.record.id() == id && kept.status == EventStatus::Start)
    }
}
