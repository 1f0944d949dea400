//! Sends recorded events to exporters, as if they were broadcast now.

use std::collections::HashMap;
use std::time::Duration;

use event_core::{Data, Event, EventId, Field, Listener, ThreadId, Value};

use super::utc::utc;
use crate::host::{seen_threads, thread};
use crate::profile::units;

/// The key of the true time of a START before the recording.
const STARTED: &str = "started";

/// The result of a replay.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub(super) events: u64,
    /// The thread of the last event.
    pub(super) last_thread: Option<ThreadId>,
}

/// A replay that is under way.
struct Replay<'l> {
    listeners: &'l [&'l dyn Listener],
    /// The scopes that started before the recording and have not ended.
    earlier: HashMap<EventId, Event<'static>>,
    /// The data of the open scopes.
    open: HashMap<EventId, Data<'static>>,
    current: Option<ThreadId>,
    replayed: Replayed,
}

/// Sends the events at or after the time `from`. A scope that started before it and is open then
/// starts at this time, and has its true time as an argument.
///
/// The events must be sorted by time. They must not be the events of this thread.
pub(super) fn replay(
    events: impl Iterator<Item = Event<'static>>,
    from: u64,
    listeners: &[&dyn Listener],
) -> Replayed {
    let mut replay = Replay {
        listeners,
        earlier: HashMap::new(),
        open: HashMap::new(),
        current: None,
        replayed: Replayed::default(),
    };
    for event in events {
        if event.nanos() >= from {
            replay.send_earlier(from);
            replay.send_recorded(&event);
        } else if event.is_mark() {
            // a message before the recording
        } else if event.is_start() {
            replay.earlier.insert(event.id(), event);
        } else {
            replay.earlier.remove(&event.id());
        }
    }
    replay.send_earlier(from);
    thread::replay(None);
    replay.replayed
}

/// Sends an event that was not recorded.
pub(super) fn send(event: &Event<'_>, listeners: &[&dyn Listener]) {
    thread::replay(Some(seen_threads::find(event.thread())));
    for listener in listeners {
        listener.notify(event);
    }
    thread::replay(None);
}

impl Replay<'_> {
    /// Starts the scopes that were open at the time `from`.
    fn send_earlier(&mut self, from: u64) {
        if self.earlier.is_empty() {
            return;
        }
        let mut earlier: Vec<_> = self.earlier.drain().map(|(_, event)| event).collect();
        earlier.sort_by_key(|event| (event.nanos(), event.id()));
        for event in earlier {
            self.open.insert(event.id(), event.data().clone());
            let before = Duration::from_nanos(from - event.nanos());
            let started = format!(
                "{}, {} before this recording",
                utc(event.system_time()),
                units::duration_with_space(u64::try_from(before.as_nanos()).unwrap_or(0), ""),
            );
            let data = event.data().clone();
            let fields = data.iter();
            let mut fields: Vec<Field<'_>> = fields
                .map(|(key, value)| Field::new(key, value.clone()))
                .collect();
            fields.push(Field::new(STARTED, Value::from(started)));
            self.send(&event.with_data(Data::new(&fields)).at_time(from));
        }
    }

    fn send_recorded(&mut self, event: &Event<'static>) {
        if event.is_start() {
            if !event.is_mark() {
                self.open.insert(event.id(), event.data().clone());
            }
            self.send(event);
        } else if let Some(start) = self.open.remove(&event.id()) {
            event.with_start_data(&start, |event| self.send(event));
        }
    }

    fn send(&mut self, event: &Event<'_>) {
        if self.current != Some(event.thread()) {
            self.current = Some(event.thread());
            thread::replay(Some(seen_threads::find(event.thread())));
        }
        for listener in self.listeners {
            listener.notify(event);
        }
        self.replayed.events += 1;
        self.replayed.last_thread = self.current;
    }
}
