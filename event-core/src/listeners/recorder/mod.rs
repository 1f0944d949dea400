//! The recorder: keeps every event, with its time.

use std::mem;
use std::time::SystemTime;

use crate::event::Event;
use crate::event::site::Site;
use crate::listener::Listener;
use crate::sharded::Sharded;
use crate::sync::{Mutex, MutexGuard};
use crate::thread::SuppressEvents;

mod buffer;
mod record;
mod ring;

use buffer::Buffer;
use ring::Ring;

/// A listener that keeps the events it receives, owned, so that they are still correct after the call.
///
/// # Examples
///
/// Bounded, for a program that runs indefinitely:
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
pub struct RecordingListener(Kept);

#[derive(Debug)]
enum Kept {
    /// All that each thread broadcast.
    All(Box<Sharded<Buffer>>),
    /// The last that were broadcast.
    Last(Ring),
}

impl Default for Kept {
    fn default() -> Self {
        Self::All(Box::default())
    }
}

impl RecordingListener {
    /// Returns a recorder that keeps everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a recorder that keeps the last `limit` events.
    #[must_use]
    pub fn with_capacity_limit(limit: usize) -> Self {
        Self(Kept::Last(Ring::new(limit)))
    }

    /// Returns the events so far, each with its time, by time.
    #[must_use]
    pub fn buffer(&self) -> Vec<(SystemTime, Event<'static>)> {
        let mut events: Vec<(u64, Event<'static>)> = {
            let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
            match &self.0 {
                Kept::All(shards) => {
                    let buffers = lock_all(shards);
                    buffers.iter().flat_map(|buffer| buffer.events()).collect()
                }
                Kept::Last(ring) => ring.events(),
            }
        };
        // Stable: what one thread broadcast within one tick of the clock stays as it was.
        events.sort_by_key(|(nanos, _)| *nanos);
        let events = events.into_iter().map(|(_, event)| event);
        events.map(|event| (event.system_time(), event)).collect()
    }

    /// Returns the text of each kept event, by time: its status, its kind and its data.
    ///
    /// Meant for assertions in tests.
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
        let events = self.buffer().into_iter();
        events.map(|(_, event)| event.to_string()).collect()
    }

    /// Forgets the events so far, and how many were dropped.
    pub fn clear(&self) {
        // What is forgotten is dropped outside the locks: data may have a `Drop` that triggers events.
        match &self.0 {
            Kept::All(shards) => {
                let suppress = SuppressEvents::new();
                let mut buffers = lock_all(shards);
                let forgotten: Vec<Buffer> = buffers
                    .iter_mut()
                    .map(|buffer| mem::take(&mut **buffer))
                    .collect();
                drop(buffers);
                drop(suppress);
                drop(forgotten);
            }
            Kept::Last(ring) => ring.clear(),
        }
    }

    /// Returns the number of events that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::All(shards) => shards.iter().map(|buffer| buffer.lock().len()).sum(),
            Kept::Last(ring) => ring.len(),
        }
    }

    /// Returns whether no event is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many events were dropped because the limit was reached, oldest first.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        match &self.0 {
            Kept::All(_) => 0,
            Kept::Last(ring) => ring.dropped(),
        }
    }

    /// Keeps an event if only the last are kept, or if somebody has called the other method with it.
    #[inline(never)]
    fn keep_rest(&self, event: &Event<'_>) {
        match &self.0 {
            Kept::All(_) if event.is_start() => self.on_start(event),
            Kept::All(_) => self.on_end(event),
            Kept::Last(ring) => ring.keep(event),
        }
    }
}

/// Locks every buffer, in the one order, so that no END is seen without the START before it.
fn lock_all(shards: &Sharded<Buffer>) -> Vec<MutexGuard<'_, Buffer>> {
    shards.iter().map(Mutex::lock).collect()
}

#[inline]
fn keep_start(buffer: &Mutex<Buffer>, event: &Event<'_>) {
    let nanos = event.nanos();
    match event.data().plain_values(event.site().map(Site::keys)) {
        Some(values) => {
            let mut buffer = buffer.lock();
            let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
            buffer.push_start(event, nanos, values);
        }
        None => keep_owned_start(buffer, event, nanos),
    }
}

#[inline(never)]
fn keep_owned_start(buffer: &Mutex<Buffer>, event: &Event<'_>, nanos: u64) {
    let data = event.data().clone().into_owned(); // before the lock, as it may print
    let mut buffer = buffer.lock();
    let _suppress = SuppressEvents::new();
    buffer.push_owned_start(event, nanos, data.to_fields());
}

#[inline]
fn keep_end(buffer: &Mutex<Buffer>, event: &Event<'_>) {
    let nanos = event.nanos();
    let is_plain =
        event.carries_start_data() && !event.data().has_returned() && event.exc_details().is_none();
    if !is_plain || !buffer.lock().push_end(event, nanos) {
        keep_own_end(buffer, event);
    }
}

/// Keeps an END that adds something to its START, or has lost it.
#[inline(never)]
fn keep_own_end(buffer: &Mutex<Buffer>, event: &Event<'_>) {
    if event.carries_start_data() && buffer.lock().has_start(event.id()) {
        let end = Box::new(event.owned_with(event.data().returned_owned()));
        let suppress = SuppressEvents::new();
        let kept = buffer.lock().push_end_behind(end);
        drop(suppress);
        if kept.is_ok() {
            return;
        }
        // Somebody has cleared the recorder meanwhile.
    }
    let end = Box::new(event.owned_with(event.data().clone().into_owned()));
    let _suppress = SuppressEvents::new();
    buffer.lock().push_whole_end(end);
}

impl Listener for RecordingListener {
    fn on_start(&self, event: &Event<'_>) {
        match &self.0 {
            Kept::All(shards) if event.is_start() => keep_start(shards.of(event.thread()), event),
            _ => self.keep_rest(event),
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        match &self.0 {
            Kept::All(shards) if event.is_end() => keep_end(shards.of(event.thread()), event),
            _ => self.keep_rest(event),
        }
    }
}
