//! The recorder: keeps every event, with its time.

use std::collections::VecDeque;
use std::time::SystemTime;

use crate::data::Data;
use crate::event::Event;
use crate::filter::KindFilter;
use crate::installed::{Installed, install_listener};
use crate::listener::Listener;
use crate::sync::Mutex;
use crate::thread::Busy;

/// Records events until `recorder` is dropped.
///
/// # Panics
///
/// Panics when `kinds` is a text that is no kind and no pattern.
///
/// # Examples
///
/// ```
/// use event_core::{install_recorder, trigger_event};
///
/// let recorder = install_recorder("docs:recorder");
/// trigger_event("docs:recorder", (), || {});
/// for (time, event) in recorder.buffer() {
///     println!("{time:?} {event}");
/// }
/// assert_eq!(recorder.len(), 2);
/// ```
#[track_caller]
pub fn install_recorder(kinds: impl Into<KindFilter>) -> Installed<RecordingListener> {
    install_listener(kinds, RecordingListener::new())
}

/// How far back an END looks for its START, whose data it shares.
const LOOK_BACK: usize = 32;

/// A listener that keeps the events it hears, owned, so that they stay true after the call.
///
/// # Examples
///
/// Bounded, so that a program may run for ever:
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
pub struct RecordingListener {
    limit: Option<usize>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Event<'static>>,
    dropped: u64,
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
        Self {
            limit: Some(limit),
            kept: Mutex::default(),
        }
    }

    /// Returns the events so far, each with its time, by time.
    #[must_use]
    pub fn buffer(&self) -> Vec<(SystemTime, Event<'static>)> {
        let mut events: Vec<_> = {
            let _busy = Busy::enter(); // what an annotated allocator triggers would wait for the lock
            let kept = self.kept.lock();
            kept.events
                .iter()
                .map(|event| (event.system_time(), event.clone()))
                .collect()
        };
        // Two threads may have got here in another order than their events happened.
        events.sort_by_key(|(time, _)| *time);
        events
    }

    /// Forgets the events so far, and how many were dropped.
    pub fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.kept.lock());
        drop(forgotten); // outside the lock: data may have a `Drop` that triggers events
    }

    /// Returns the number of events that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.lock().events.len()
    }

    /// Says whether no event is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many events were dropped because the limit was reached, oldest first.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.kept.lock().dropped
    }

    /// The data of an event's START, if that is among the last that are kept: its END shares it.
    fn of_start(&self, event: &Event<'_>) -> Option<Data<'static>> {
        let is_start = |kept: &&Event<'static>| kept.id() == event.id() && kept.is_start();
        let kept = self.kept.lock();
        let start = kept.events.iter().rev().take(LOOK_BACK).find(is_start)?;
        Some(start.data().clone())
    }

    fn keep(&self, event: &Event<'_>) {
        // What an annotated allocator triggers would go to another recorder, which may wait for this one.
        let busy = Busy::enter();
        let start = event
            .repeats_start()
            .then(|| self.of_start(event))
            .flatten();
        let event = event.owned_with(match start {
            Some(start) => event.data().owned_after(&start),
            None => event.data().clone().into_owned(),
        });
        let mut kept = self.kept.lock();
        let mut displaced = None;
        if self.limit.is_some_and(|limit| kept.events.len() >= limit) {
            kept.dropped += 1;
            displaced = kept.events.pop_front();
        }
        if self.limit != Some(0) {
            kept.events.push_back(event);
        }
        drop(kept);
        drop(busy);
        drop(displaced); // its data may have a `Drop` that triggers events
    }
}

impl Listener for RecordingListener {
    fn on_start(&self, event: &Event<'_>) {
        self.keep(event);
    }

    fn on_end(&self, event: &Event<'_>) {
        self.keep(event);
    }
}
