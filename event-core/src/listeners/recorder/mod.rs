//! The recorder, which stores each event with its time.

use std::collections::{HashMap, HashSet};
use std::iter;
use std::time::SystemTime;

use crate::event::Event;
use crate::listener::Listener;
use crate::thread::{EventId, SuppressEvents};

mod buffer;
mod buffers;
mod chunk;
mod record;
mod ring;
mod slot;
mod snapshot;
mod sort;
mod stored;
mod window;

use buffers::Buffers;
use ring::Ring;
use snapshot::MergedSnapshots;
use sort::sort_by_key;

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
    /// All events, or the last ones of each thread, in a buffer for each group of threads.
    Buffers(Box<Buffers>),
    /// The last events of all threads.
    Ring(Ring),
}

impl Default for Storage {
    fn default() -> Self {
        Self::Buffers(Box::default())
    }
}

/// Suppresses the events of this thread while it reads or clears a recorder. An annotated allocator
/// or a signal handler would wait for the lock, or allocate inside an allocation.
fn suppress() -> SuppressEvents {
    SuppressEvents::new()
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
        Self(Storage::Ring(Ring::new(limit)))
    }

    /// Returns a recorder that stores the last events of each thread, in about `bytes` of memory
    /// for a thread, at least 64 KiB.
    ///
    /// It suits a program that runs indefinitely and has several threads: unlike with
    /// [`with_capacity_limit`](Self::with_capacity_limit), a thread with few events keeps its
    /// events while another one has many. The oldest events of a thread are dropped first, an
    /// eighth of the memory at a time. The events of a call are kept until it has ended.
    ///
    /// Objects that values share with the program, such as an `Arc`, are stored as their `Debug`,
    /// so that the recorder does not keep them alive.
    ///
    /// The events of a thread that has exited are kept until later threads need the memory. There
    /// are 64 memories, so all threads together take at most 64 times `bytes`; with more threads
    /// than that, some threads share a memory. Open calls take up to as much again.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{RecordingListener, install_listener, trigger_event};
    ///
    /// let recorder = RecordingListener::with_memory_limit(1 << 20);
    /// let recorder = install_listener("docs:memory_limit", recorder);
    /// trigger_event("docs:memory_limit", (), || {
    ///     for _ in 0..100_000 {
    ///         trigger_event("docs:memory_limit", (), || {});
    ///     }
    ///     assert!(recorder.dropped() > 100_000);
    ///     assert_eq!(recorder.open_calls().len(), 1); // its START is not dropped
    /// });
    /// assert!(recorder.open_calls().is_empty());
    /// ```
    #[must_use]
    pub fn with_memory_limit(bytes: usize) -> Self {
        Self(Storage::Buffers(Box::new(Buffers::with_memory_limit(
            bytes,
        ))))
    }

    /// Returns the stored events, each with its time, in the order of their times.
    ///
    /// The vector takes several times the memory of the recorder. [`events`](Self::events) returns
    /// the same events one at a time.
    #[must_use]
    pub fn buffer(&self) -> Vec<(SystemTime, Event<'static>)> {
        let _suppress = suppress();
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
        let _suppress = suppress();
        let (buffers, mut ring) = match &self.0 {
            Storage::Buffers(buffers) => (buffers.snapshot(), Vec::new()),
            Storage::Ring(ring) => ((Vec::new(), HashSet::new()), ring.events()),
        };
        sort_by_key(&mut ring, |(nanos, _)| (*nanos, 0));
        let ring = ring.into_iter().map(|(_, event)| event);
        let (buffers, hidden) = buffers;
        let mut events = MergedSnapshots::new(buffers)
            .filter(move |event| event.is_end() || !hidden.contains(&event.id()))
            .chain(ring);
        iter::from_fn(move || {
            let _suppress = suppress();
            events.next().map(|event| (event.system_time(), event))
        })
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
        let _suppress = suppress();
        self.events().map(|(_, event)| event.to_string()).collect()
    }

    /// Returns the calls that have ended, in the order in which they started: their ENDs.
    ///
    /// An END has everything that is known of a call: its [kind](Event::kind), its
    /// [function](Event::site), its [data](Event::data) with the returned value, its
    /// [failure](Event::exc_details), its [duration](Event::duration) and its
    /// [parent](Event::parent). It is meant for assertions in tests. A *call* is any scope, also
    /// that of a closure, a guard or a future. A message of `tracing` or `log`, which a bridge of
    /// `event-export` broadcasts, is no call.
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
        let _suppress = suppress();
        let events = self.events().map(|(_, event)| event);
        let events = events.filter(|event| !event.is_mark());
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

    /// Returns the calls that have not ended, in the order in which they started: their STARTs.
    ///
    /// Messages are no calls. A call whose START was [dropped](Self::dropped) is missing. With a
    /// [limit of the memory](Self::with_memory_limit), the STARTs of open calls are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{data, local, trigger_event};
    ///
    /// let recorder = local::install_recorder("docs:open_calls");
    /// trigger_event("docs:open_calls", data! { n = 1 }, || {
    ///     let open = recorder.open_calls();
    ///     assert_eq!(open[0].to_string(), "START docs:open_calls n=1");
    /// });
    /// assert!(recorder.open_calls().is_empty());
    /// ```
    #[must_use]
    pub fn open_calls(&self) -> Vec<Event<'static>> {
        let _suppress = suppress();
        let mut open = match &self.0 {
            Storage::Buffers(buffers) => buffers.open_starts(),
            Storage::Ring(ring) => ring.open_starts(),
        };
        open.retain(|event| !event.is_mark());
        sort_by_key(&mut open, |event| (event.nanos(), 0));
        open
    }

    /// Removes all stored events, and resets [`dropped`](Self::dropped) to zero.
    ///
    /// Events in the `Drop` of objects in their data are suppressed.
    pub fn clear(&self) {
        let _suppress = suppress();
        match &self.0 {
            Storage::Buffers(buffers) => buffers.clear(),
            Storage::Ring(ring) => ring.clear(),
        }
    }

    /// Returns the number of stored events.
    #[must_use]
    pub fn len(&self) -> usize {
        let _suppress = suppress();
        match &self.0 {
            Storage::Buffers(buffers) => buffers.len(),
            Storage::Ring(ring) => ring.len(),
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
        let _suppress = suppress();
        match &self.0 {
            Storage::Buffers(buffers) => buffers.dropped(),
            Storage::Ring(ring) => ring.dropped(),
        }
    }
}

impl RecordingListener {
    /// Returns the time in nanoseconds since which no event is missing because of the limit of the
    /// memory; `None` if none was dropped.
    #[doc(hidden)]
    #[must_use]
    pub fn complete_since(&self) -> Option<u64> {
        let _suppress = suppress();
        match &self.0 {
            Storage::Buffers(buffers) => buffers.complete_since(),
            Storage::Ring(_) => None,
        }
    }
}

impl Listener for RecordingListener {
    fn on_start(&self, event: &Event<'_>) {
        match &self.0 {
            Storage::Buffers(buffers) if event.is_start() => buffers.store_start(event),
            Storage::Buffers(_) => self.on_end(event),
            Storage::Ring(ring) => ring.store(event),
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        match &self.0 {
            Storage::Buffers(buffers) if event.is_end() => buffers.store_end(event),
            Storage::Buffers(_) => self.on_start(event),
            Storage::Ring(ring) => ring.store(event),
        }
    }

    /// A recorder gives an END the data of the recorded START. With a limit of the number of
    /// events, the START may be dropped before the END is received.
    fn wants_end_data(&self) -> bool {
        matches!(self.0, Storage::Ring(_))
    }
}
