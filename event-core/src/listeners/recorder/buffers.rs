//! A buffer for each group of threads, and which of them an event is stored in.
//!
//! Data is formatted before a lock is taken and dropped after it is released: both run user code.

use std::collections::HashSet;

use super::buffer::{Buffer, concatenated};
use super::stored::StoredEvents;
use super::window::{EndedElsewhere, Window};
use crate::event::Event;
use crate::event::site::Site;
use crate::lock::{Lock, LockGuard};
use crate::sharded::Sharded;
use crate::sync::Arc;
use crate::thread::{EventId, SuppressEvents};
use crate::value::data::Data;

/// The events of all threads.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    shards: Sharded<Buffer>,
    /// If the memory is limited: the ENDs that are not stored with their START.
    ended: Option<Arc<EndedElsewhere>>,
}

impl Buffers {
    /// Returns buffers that keep the last events, in about `bytes` each.
    pub(super) fn with_memory_limit(bytes: usize) -> Self {
        let ended = Arc::new(EndedElsewhere::default());
        let shared = Arc::clone(&ended);
        let make = move || Buffer::with_window(Window::new(bytes, Arc::clone(&shared)));
        Self {
            shards: Sharded::new(make),
            ended: Some(ended),
        }
    }

    /// Locks every buffer, so that no END is read without its START. The fixed order prevents
    /// deadlocks.
    fn lock_all(&self) -> Vec<LockGuard<'_, Buffer>> {
        self.shards.iter().map(Lock::lock).collect()
    }

    /// Returns the stored events, and the scopes whose START is stored but whose END was dropped.
    pub(super) fn snapshot(&self) -> (Vec<StoredEvents>, HashSet<EventId>) {
        let locked = self.lock_all();
        let stored: Vec<_> = locked.iter().map(|buffer| buffer.snapshot()).collect();
        let ended = self
            .ended
            .as_ref()
            .map_or_else(Vec::new, |ended| ended.ids());
        drop(locked);
        let mut hidden: HashSet<EventId> = ended.into_iter().collect();
        if !hidden.is_empty() {
            for id in complete_ends(&stored) {
                hidden.remove(&id);
            }
        }
        (stored, hidden)
    }

    /// Returns the STARTs without END.
    pub(super) fn open_starts(&self) -> Vec<Event<'static>> {
        let (buffers, hidden) = self.snapshot();
        let ended = complete_ends(&buffers);
        let is_open = |id| !ended.contains(&id) && !hidden.contains(&id);
        let starts = buffers.iter().flat_map(StoredEvents::open_starts);
        starts.filter(|start| is_open(start.id())).collect()
    }

    pub(super) fn clear(&self) {
        let mut locked = self.lock_all();
        let locked_mut = locked.iter_mut();
        let cleared: Vec<Buffer> = locked_mut.map(|buffer| buffer.clear()).collect();
        if let Some(ended) = &self.ended {
            ended.clear();
        }
        drop(locked);
        drop(cleared); // after unlocking, because the data may have a `Drop` that uses the recorder
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|buffer| buffer.lock().len()).sum()
    }

    pub(super) fn dropped(&self) -> u64 {
        let dropped = self.shards.iter().map(|buffer| buffer.lock().dropped());
        dropped.sum::<usize>() as u64
    }

    /// Returns the time since which all buffers have all events, if some were dropped.
    pub(super) fn complete_since(&self) -> Option<u64> {
        let times = self
            .shards
            .iter()
            .map(|buffer| buffer.lock().complete_since());
        times.flatten().max()
    }

    #[inline]
    pub(super) fn store_start(&self, event: &Event<'_>) {
        let origin = event.origin();
        let buffer = self.shards.of(origin.thread);
        let nanos = event.nanos();
        let keys = origin.source.site().map(Site::keys);
        let is_stored = match event.data().captured_alone(keys) {
            Some(values) if !event.is_mark() => {
                lock_with_room(buffer).push_start(origin, nanos, values)
            }
            _ => false,
        };
        if !is_stored {
            self.store_owned_start(buffer, event, nanos);
        }
    }

    #[inline(never)]
    fn store_owned_start(&self, buffer: &Lock<Buffer>, event: &Event<'_>, nanos: u64) {
        let data = self.stored(event.data().clone().into_owned()); // before the lock: it may format
        let mut buffer = lock_with_room(buffer);
        let _suppress = SuppressEvents::new();
        buffer.push_owned_start(event, nanos, data.to_fields());
    }

    /// Returns the data as it is stored.
    fn stored(&self, data: Data<'static>) -> Data<'static> {
        if self.ended.is_some() {
            data.without_objects()
        } else {
            data
        }
    }

    #[inline]
    pub(super) fn store_end(&self, event: &Event<'_>) {
        let nanos = event.nanos();
        let origin = event.origin();
        let buffer = self.shards.of(origin.thread);
        let is_plain = event.carries_start_data()
            && !event.data().has_added()
            && event.exc_details().is_none()
            && !event.has_busy_time();
        if !is_plain || !buffer.lock().push_end(origin, nanos) {
            self.store_end_with_data(buffer, event);
        }
    }

    /// Stores an END that has more than the data of its START, or whose START is not in `buffer`.
    #[inline(never)]
    fn store_end_with_data(&self, buffer: &Lock<Buffer>, event: &Event<'_>) {
        if event.carries_start_data() && buffer.lock().has_start(event.id()) {
            let end = Arc::new(event.owned_with(self.stored(event.data().added_owned())));
            let suppress = SuppressEvents::new();
            let stored = buffer.lock().push_end_of_start(end);
            drop(suppress);
            if stored.is_ok() {
                return;
            }
            // Another thread has cleared the recorder since `has_start`.
        }
        let start = event
            .carries_start_data()
            .then(|| start_data(&self.shards, event.id()))
            .flatten();
        let data = match start {
            Some(start) => concatenated(&start, &event.data().added_owned()),
            None => event.data().clone().into_owned(),
        };
        let data = self.stored(data);
        let end = Arc::new(event.owned_with(data));
        let _suppress = SuppressEvents::new();
        if let Some(ended) = &self.ended {
            ended.insert(end.id(), end.nanos());
        }
        buffer.lock().push_complete_end(end);
    }
}

/// Returns the scopes whose END is stored, but not with their START.
fn complete_ends(buffers: &[StoredEvents]) -> HashSet<EventId> {
    let ends = buffers.iter().flat_map(|stored| &stored.separate_ends);
    let complete = ends.filter(|end| end.start.is_none());
    complete.map(|end| end.event.id()).collect()
}

/// Locks a buffer to store a START.
#[inline(always)]
fn lock_with_room(buffer: &Lock<Buffer>) -> LockGuard<'_, Buffer> {
    let locked = buffer.lock();
    if locked.is_full() {
        make_room(buffer, locked)
    } else {
        locked
    }
}

#[cold]
#[inline(never)]
fn make_room<'b>(
    buffer: &'b Lock<Buffer>,
    mut locked: LockGuard<'b, Buffer>,
) -> LockGuard<'b, Buffer> {
    // An annotated allocator would deadlock on the lock.
    let suppress = SuppressEvents::new();
    let dropped = locked.begin_chunk();
    drop(locked);
    drop(suppress);
    drop(dropped); // after unlocking, because the data may have a `Drop` that triggers events
    buffer.lock()
}

/// Returns the data of the START of `id`, which another thread received, or which was cleared.
fn start_data(shards: &Sharded<Buffer>, id: EventId) -> Option<Data<'static>> {
    let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
    let mut buffers = shards.iter();
    buffers
        .find_map(|buffer| buffer.lock().start_data(id))
        .or_else(|| {
            let mut buffers = shards.iter();
            buffers.find_map(|buffer| buffer.lock().recent_start_data(id))
        })
}
