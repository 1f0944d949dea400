//! The recorder, which stores each event with its time.
//!
//! Data is formatted before a lock is taken and dropped after it is released: both run user code.

use std::collections::HashMap;
use std::time::SystemTime;

use crate::event::Event;
use crate::event::site::Site;
use crate::listener::Listener;
use crate::sharded::Sharded;
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::thread::{EventId, SuppressEvents};
use crate::value::data::Data;

mod buffer;
mod record;
mod ring;
mod snapshot;

use buffer::{Buffer, concatenated};
use ring::Ring;
use snapshot::MergedSnapshots;

/// A listener that stores the events that it receives.
///
/// It copies the data of each event, so that recorded events stay valid after the call. By default
/// it stores all events, and its memory grows with each one.
///
/// # Examples
///
/// A program that runs indefinitely needs a limit:
///
/// ```
/// use event_core::{RecordingListener, install_listener, trigger_event};
///
/// let recorder = install_listener("docs:bounded", RecordingListener::with_capacity_limit(3));
/// for _ in 0..5 {
///     trigger_event("docs:bounded", (), || {});
/// }
/// assert_eq!(recorder.len(), 3);
/// assert_eq!(recorder.dropped(), 7);
/// ```
#[derive(Debug, Default)]
pub struct RecordingListener(Storage);

#[derive(Debug)]
enum Storage {
    /// All events, in a buffer for each group of threads.
    Unbounded(Box<Sharded<Buffer>>),
    /// The last events of all threads.
    Bounded(Ring),
}

impl Default for Storage {
    fn default() -> Self {
        Self::Unbounded(Box::default())
    }
}

impl RecordingListener {
    /// Returns a recorder without a limit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a recorder that stores the last `limit` events.
    #[must_use]
    pub fn with_capacity_limit(limit: usize) -> Self {
        Self(Storage::Bounded(Ring::new(limit)))
    }

    /// Returns the stored events, each with its time, in the order of their times.
    ///
    /// The vector takes several times the memory of the recorder. [`events`](Self::events) returns
    /// the same events one at a time.
    #[must_use]
    pub fn buffer(&self) -> Vec<(SystemTime, Event<'static>)> {
        self.events().collect()
    }

    /// Returns an iterator over the events that are stored now, each with its time, in the order of
    /// their times.
    ///
    /// The iterator takes little memory: it shares the events with the recorder and copies each one
    /// when it returns it. Meanwhile, the recorder may store further events and may be cleared.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_recorder, trigger_event};
    ///
    /// let recorder = install_recorder("docs:events");
    /// trigger_event("docs:events", (), || {});
    /// let ends = recorder.events().filter(|(_, event)| event.is_end());
    /// assert_eq!(ends.count(), 1);
    /// ```
    pub fn events(&self) -> impl Iterator<Item = (SystemTime, Event<'static>)> + use<> {
        let (unbounded, bounded) = {
            // An annotated allocator would deadlock on the lock.
            let _suppress = SuppressEvents::new();
            match &self.0 {
                Storage::Unbounded(shards) => {
                    let buffers = lock_all(shards);
                    let snapshots = buffers.iter().map(|buffer| buffer.snapshot());
                    (snapshots.collect(), Vec::new())
                }
                Storage::Bounded(ring) => (Vec::new(), ring.events()),
            }
        };
        let mut bounded = bounded;
        // The sort is stable: events of one thread with equal times keep their order.
        bounded.sort_by_key(|(nanos, _)| *nanos);
        let bounded = bounded.into_iter().map(|(_, event)| event);
        let events = MergedSnapshots::new(unbounded).chain(bounded);
        events.map(|event| (event.system_time(), event))
    }

    /// Returns the text of each stored event, in the order of their times.
    ///
    /// The text contains the status, the kind, the function and the data: `START app:parse
    /// Parser::token text="2a"`. It is meant for assertions in tests.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{data, install_recorder, trigger_event};
    ///
    /// let recorder = install_recorder("docs:lines");
    /// trigger_event("docs:lines", data! { rows = 3 }, || {});
    /// assert_eq!(recorder.lines(), ["START docs:lines rows=3", "END docs:lines rows=3"]);
    /// ```
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.events().map(|(_, event)| event.to_string()).collect()
    }

    /// Returns the calls that have ended, in the order in which they started: their ENDs.
    ///
    /// An END has everything that is known of a call: its [kind](Event::kind), its
    /// [function](Event::site), its [data](Event::data) with the returned value, its
    /// [failure](Event::exc_details), its [duration](Event::duration) and its
    /// [parent](Event::parent). It is meant for assertions in tests. A *call* is any scope, also
    /// that of a closure, a guard or a future.
    ///
    /// The recorder must have stored both events of a call. Calls that have not ended are missing,
    /// and so are calls whose START was [cleared](Self::clear) or [dropped](Self::dropped).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{local, trigger_event};
    ///
    /// #[trigger_event("docs:calls", err)]
    /// fn charge(cents: u32) -> Result<(), String> {
    ///     if cents > 100 { Err("too much".into()) } else { Ok(()) }
    /// }
    ///
    /// let recorder = local::install_recorder("docs:calls");
    /// assert!(charge(50).is_ok() && charge(200).is_err());
    ///
    /// let calls = recorder.calls();
    /// assert_eq!(calls.len(), 2);
    /// assert!(!calls[0].is_failed());
    /// assert_eq!(calls[1].data().get("cents").and_then(|cents| cents.to_u64()), Some(200));
    /// assert_eq!(calls[1].exc_details().unwrap().message(), "too much");
    /// assert_eq!(calls[1].site().unwrap().path(), "charge");
    /// ```
    #[must_use]
    pub fn calls(&self) -> Vec<Event<'static>> {
        let events = self.events().map(|(_, event)| event);
        let (starts, ends): (Vec<_>, Vec<_>) = events.partition(Event::is_start);
        // An id occurs more than once only if an event was broadcast again.
        let mut indexes: HashMap<EventId, Vec<usize>> = HashMap::new();
        for (index, start) in starts.iter().enumerate().rev() {
            indexes.entry(start.id()).or_default().push(index);
        }
        let mut calls: Vec<Option<Event<'static>>> = vec![None; starts.len()];
        for end in ends {
            if let Some(index) = indexes.get_mut(&end.id()).and_then(Vec::pop) {
                calls[index] = Some(end);
            }
        }
        calls.into_iter().flatten().collect()
    }

    /// Removes all stored events, and resets [`dropped`](Self::dropped) to zero.
    pub fn clear(&self) {
        // The events are dropped after unlocking: data may have a `Drop` that triggers events.
        match &self.0 {
            Storage::Unbounded(shards) => {
                let suppress = SuppressEvents::new();
                let mut buffers = lock_all(shards);
                let buffers_mut = buffers.iter_mut();
                let cleared: Vec<Buffer> = buffers_mut.map(|buffer| buffer.clear()).collect();
                drop(buffers);
                drop(suppress);
                drop(cleared);
            }
            Storage::Bounded(ring) => ring.clear(),
        }
    }

    /// Returns the number of stored events.
    #[must_use]
    pub fn len(&self) -> usize {
        let _suppress = SuppressEvents::new(); // a signal handler would wait for the lock
        match &self.0 {
            Storage::Unbounded(shards) => shards.iter().map(|buffer| buffer.lock().len()).sum(),
            Storage::Bounded(ring) => ring.len(),
        }
    }

    /// Returns whether no event is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of events that were dropped because of the limit.
    ///
    /// The oldest events are dropped first.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        match &self.0 {
            Storage::Unbounded(_) => 0,
            Storage::Bounded(ring) => ring.dropped(),
        }
    }
}

/// Locks every buffer, so that no END is read without its START. The fixed order prevents
/// deadlocks.
fn lock_all(shards: &Sharded<Buffer>) -> Vec<MutexGuard<'_, Buffer>> {
    shards.iter().map(Mutex::lock).collect()
}

#[inline]
fn store_start(buffer: &Mutex<Buffer>, event: &Event<'_>) {
    let nanos = event.nanos();
    let is_stored = match event.data().captured_alone(event.site().map(Site::keys)) {
        Some(values) => {
            let mut buffer = buffer.lock();
            // An annotated allocator would deadlock on the lock.
            let _suppress = SuppressEvents::new();
            buffer.push_start(event, nanos, values)
        }
        None => false,
    };
    if !is_stored {
        store_owned_start(buffer, event, nanos);
    }
}

#[inline(never)]
fn store_owned_start(buffer: &Mutex<Buffer>, event: &Event<'_>, nanos: u64) {
    let data = event.data().clone().into_owned(); // before the lock: it may format
    let mut buffer = buffer.lock();
    let _suppress = SuppressEvents::new();
    buffer.push_owned_start(event, nanos, data.to_fields());
}

#[inline]
fn store_end(shards: &Sharded<Buffer>, event: &Event<'_>) {
    let nanos = event.nanos();
    let buffer = shards.of(event.thread());
    let is_plain = event.carries_start_data()
        && !event.data().has_added()
        && event.exc_details().is_none()
        && !event.has_busy_time();
    if !is_plain || !buffer.lock().push_end(event, nanos) {
        store_end_with_data(shards, buffer, event);
    }
}

/// Stores an END that has more than the data of its START, or whose START is not in `buffer`.
#[inline(never)]
fn store_end_with_data(shards: &Sharded<Buffer>, buffer: &Mutex<Buffer>, event: &Event<'_>) {
    if event.carries_start_data() && buffer.lock().has_start(event.id()) {
        let end = Arc::new(event.owned_with(event.data().added_owned()));
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
        .then(|| start_data(shards, event.id()))
        .flatten();
    let data = match start {
        Some(start) => concatenated(&start, &event.data().added_owned()),
        None => event.data().clone().into_owned(),
    };
    let end = Arc::new(event.owned_with(data));
    let _suppress = SuppressEvents::new();
    buffer.lock().push_complete_end(end);
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

impl Listener for RecordingListener {
    fn on_start(&self, event: &Event<'_>) {
        match &self.0 {
            Storage::Unbounded(shards) if event.is_start() => {
                store_start(shards.of(event.thread()), event);
            }
            Storage::Unbounded(_) => self.on_end(event),
            Storage::Bounded(ring) => ring.store(event),
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        match &self.0 {
            Storage::Unbounded(shards) if event.is_end() => {
                store_end(shards, event);
            }
            Storage::Unbounded(_) => self.on_start(event),
            Storage::Bounded(ring) => ring.store(event),
        }
    }

    /// A recorder without a limit gives an END the data of the recorded START. With a limit, the
    /// START may be dropped before the END is received.
    fn wants_end_data(&self) -> bool {
        matches!(self.0, Storage::Bounded(_))
    }
}
