//! The futures that threads are polling now, and the last polls that have ended.

use std::collections::VecDeque;

use event_core::__private::now_nanos;
use event_core::{EventId, EventStatus, ThreadId};

use crate::sync::Sharded;

const SHARDS: usize = 64;

/// A poll that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poll {
    pub(super) future: EventId,
    pub(super) thread: ThreadId,
    pub(super) since: u64,
}

/// A poll that has ended.
#[derive(Clone, Copy, Debug)]
struct EndedPoll {
    future: EventId,
    thread: ThreadId,
    start: u64,
    end: u64,
}

/// The polls of all threads.
#[derive(Debug)]
pub(super) struct Polls {
    shards: Sharded<ThreadPolls, SHARDS>,
    /// How many polls that have ended a shard keeps.
    max_ended: usize,
}

#[derive(Debug, Default)]
struct ThreadPolls {
    /// Those of one thread in the order of their nesting.
    open: Vec<Poll>,
    /// The oldest first.
    ended: VecDeque<EndedPoll>,
    /// When the last dropped poll ended.
    dropped_until: u64,
}

/// The start or the end of a poll.
#[derive(Clone, Copy, Debug)]
pub(super) struct PollChange {
    pub(super) nanos: u64,
    pub(super) future: EventId,
    pub(super) thread: ThreadId,
    pub(super) status: EventStatus,
}

impl Polls {
    /// Returns polls that keep those which have ended in about `bytes` for a thread.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            shards: Sharded::default(),
            max_ended: bytes / size_of::<EndedPoll>(),
        }
    }

    /// Receives the start or the end of a poll on this thread.
    pub(super) fn change(&self, future: EventId, status: EventStatus) {
        let thread = ThreadId::current();
        let now = now_nanos();
        // An annotated allocator would deadlock on the lock.
        let _suppress = event_core::__private::suppress_events();
        let mut polls = self.shards.of(thread.as_u64()).lock();
        match status {
            EventStatus::Start => polls.open.push(Poll {
                future,
                thread,
                since: now,
            }),
            EventStatus::End => {
                let is_this = |poll: &Poll| poll.future == future && poll.thread == thread;
                if let Some(index) = polls.open.iter().rposition(is_this) {
                    let start = polls.open.remove(index).since;
                    polls.push_ended(
                        EndedPoll {
                            future,
                            thread,
                            start,
                            end: now,
                        },
                        self.max_ended,
                    );
                }
            }
        }
    }

    pub(super) fn open(&self) -> Vec<Poll> {
        let _suppress = event_core::__private::suppress_events();
        let shards = self.shards.iter();
        shards.flat_map(|polls| polls.lock().open.clone()).collect()
    }

    /// Returns the starts and ends of the polls, sorted by time, and the time since which none is
    /// missing.
    pub(super) fn changes(&self) -> (Vec<PollChange>, u64) {
        let _suppress = event_core::__private::suppress_events();
        let mut changes = Vec::new();
        let mut complete_since = 0;
        for shard in self.shards.iter() {
            let polls = shard.lock();
            complete_since = complete_since.max(polls.dropped_until);
            let mut add = |nanos, future, thread, status| {
                changes.push(PollChange {
                    nanos,
                    future,
                    thread,
                    status,
                });
            };
            for poll in &polls.ended {
                add(poll.start, poll.future, poll.thread, EventStatus::Start);
                add(poll.end, poll.future, poll.thread, EventStatus::End);
            }
            for poll in &polls.open {
                add(poll.since, poll.future, poll.thread, EventStatus::Start);
            }
        }
        changes.sort_by_key(|change| change.nanos);
        (changes, complete_since)
    }
}

impl ThreadPolls {
    fn push_ended(&mut self, poll: EndedPoll, max: usize) {
        while self.ended.len() >= max.max(1) {
            let oldest = self.ended.pop_front();
            self.dropped_until = oldest.map_or(self.dropped_until, |oldest| oldest.end);
        }
        self.ended.push_back(poll);
    }
}
