//! The last events that were broadcast, counted exactly: whole, and under one lock.

use std::collections::VecDeque;

use crate::data::Data;
use crate::event::Event;
use crate::sync::{Mutex, MutexGuard};
use crate::thread::{Busy, EventId};

/// How far back an END looks for its START, whose data it shares.
const LOOK_BACK: usize = 32;

/// So many events at the most.
#[derive(Debug)]
pub(super) struct Ring {
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Event<'static>>,
    dropped: u64,
}

impl Ring {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            kept: Mutex::default(),
        }
    }

    /// The events with their times, in the order in which they came.
    pub(super) fn events(&self) -> Vec<(u64, Event<'static>)> {
        let kept = self.kept.lock();
        let events = kept.events.iter();
        events.map(|event| (event.nanos(), event.clone())).collect()
    }

    pub(super) fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.kept.lock());
        drop(forgotten); // outside the lock
    }

    pub(super) fn len(&self) -> usize {
        self.kept.lock().events.len()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.kept.lock().dropped
    }

    pub(super) fn keep(&self, event: &Event<'_>) {
        let start = event
            .repeats_start()
            .then(|| self.kept.lock().data_of_start(event.id()))
            .flatten();
        let event = event.owned_with(match start {
            Some(start) => event.data().owned_after(&start),
            None => event.data().clone().into_owned(),
        });
        let _displaced = self.push(self.kept.lock(), event); // dropped outside the lock
    }

    /// Keeps one more, and returns the one that had to go.
    fn push(
        &self,
        mut kept: MutexGuard<'_, Kept>,
        event: Event<'static>,
    ) -> Option<Event<'static>> {
        let _busy = Busy::enter(); // what an annotated allocator triggers would wait for the lock
        if kept.events.len() < self.limit {
            kept.events.push_back(event);
            return None;
        }
        kept.dropped += 1;
        let Some(displaced) = kept.events.pop_front() else {
            return Some(event); // none is kept at all
        };
        kept.events.push_back(event);
        Some(displaced)
    }
}

impl Kept {
    /// The data of a START that is among the last.
    fn data_of_start(&self, id: EventId) -> Option<Data<'static>> {
        let is_start = |kept: &&Event<'static>| kept.id() == id && kept.is_start();
        let start = self.events.iter().rev().take(LOOK_BACK).find(is_start)?;
        Some(start.data().clone())
    }
}
