//! Sends recorded events to exporters, as if they were broadcast now.

use std::collections::HashMap;
use std::iter::Peekable;
use std::time::Duration;
use std::vec;

use event_core::{Data, Event, EventId, EventStatus, Field, Listener, Site, ThreadId, Value};

use super::polls::PollChange;
use super::utc::utc;
use crate::host::{seen_threads, thread};
use crate::profile::{clock, units};

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
    /// The polls that are still to come.
    polls: Peekable<vec::IntoIter<PollChange>>,
    /// The time since which no poll is missing.
    polls_since: u64,
    /// The futures that are being polled at the current time, each with a thread that polls it.
    polled: HashMap<EventId, ThreadId>,
    current: Option<ThreadId>,
    replayed: Replayed,
}

/// Sends the events at or after the time `from`. A scope that started before it and is open then
/// starts at this time, and has its true time as an argument.
///
/// The events must be sorted by time, and so must the starts and ends of polls, which are followed
/// by the time since which none is missing. They must not be the events of this thread.
pub(super) fn replay(
    events: impl Iterator<Item = Event<'static>>,
    (polls, polls_since): (Vec<PollChange>, u64),
    from: u64,
    listeners: &[&dyn Listener],
) -> Replayed {
    let mut replay = Replay {
        listeners,
        earlier: HashMap::new(),
        open: HashMap::new(),
        polls: polls.into_iter().peekable(),
        polls_since,
        polled: HashMap::new(),
        current: None,
        replayed: Replayed::default(),
    };
    for event in events {
        if event.nanos() >= from {
            replay.send_earlier(from);
            replay.send_polls(event.nanos());
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
    replay.send_polls(u64::MAX);
    thread::replay(None);
    replay.replayed
}

/// Sends an event that was not recorded.
pub(super) fn send(event: &Event<'_>, listeners: &[&dyn Listener]) {
    replay_thread(event.thread());
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
        while let Some(poll) = self.polls.next_if(|poll| poll.nanos < from) {
            self.note_poll(poll);
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
            let (id, thread_of_start) = (event.id(), event.thread());
            let polled_by = self.polled.get(&id).copied();
            let is_polled_elsewhere = polled_by.is_some_and(|thread| thread != thread_of_start);
            let ends_poll = is_polled_elsewhere || (is_async(&event) && polled_by.is_none());
            self.send(&event.with_data(Data::new(&fields)).at_time(from));
            if ends_poll {
                self.send_poll(id, thread_of_start, EventStatus::End, from);
            }
            if let Some(thread) = polled_by.filter(|_| is_polled_elsewhere) {
                self.send_poll(id, thread, EventStatus::Start, from);
            }
        }
    }

    /// Sends the polls before the time `until`.
    fn send_polls(&mut self, until: u64) {
        while let Some(poll) = self.polls.next_if(|poll| poll.nanos < until) {
            self.note_poll(poll);
            self.send_poll(poll.future, poll.thread, poll.status, poll.nanos);
        }
    }

    fn note_poll(&mut self, poll: PollChange) {
        match poll.status {
            EventStatus::Start => self.polled.insert(poll.future, poll.thread),
            EventStatus::End => self.polled.remove(&poll.future),
        };
    }

    fn send_poll(&mut self, future: EventId, thread: ThreadId, status: EventStatus, nanos: u64) {
        self.switch_to(thread);
        let _stopped = clock::stop_at(nanos);
        for listener in self.listeners {
            listener.on_poll(future, status);
        }
    }

    fn send_recorded(&mut self, event: &Event<'static>) {
        if event.is_start() {
            if !event.is_mark() {
                self.open.insert(event.id(), event.data().clone());
            }
            self.send(event);
            if is_async(event) && event.nanos() < self.polls_since {
                // Its polls may be missing, so it counts as waiting except in those that are known.
                self.send_poll(event.id(), event.thread(), EventStatus::End, event.nanos());
            }
        } else if let Some(start) = self.open.remove(&event.id()) {
            event.with_start_data(&start, |event| self.send(event));
        }
    }

    fn send(&mut self, event: &Event<'_>) {
        self.switch_to(event.thread());
        for listener in self.listeners {
            listener.notify(event);
        }
        self.replayed.events += 1;
        self.replayed.last_thread = Some(event.thread());
    }

    fn switch_to(&mut self, thread: ThreadId) {
        if self.current.replace(thread) != Some(thread) {
            replay_thread(thread);
        }
    }
}

fn replay_thread(id: ThreadId) {
    thread::replay(Some((id, seen_threads::find(id))));
}

fn is_async(event: &Event<'_>) -> bool {
    event.site().is_some_and(Site::is_async)
}
