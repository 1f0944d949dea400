//! The futures that threads are polling now.

use event_core::__private::now_nanos;
use event_core::{EventId, EventStatus, ThreadId};

use crate::sync::{Sharded, lock};

const SHARDS: usize = 64;

/// A poll that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poll {
    pub(super) future: EventId,
    pub(super) thread: ThreadId,
    pub(super) since: u64,
}

/// The polls of all threads, those of one thread in the order of their nesting.
#[derive(Debug, Default)]
pub(super) struct Polls(Sharded<Vec<Poll>, SHARDS>);

impl Polls {
    /// Receives the start or the end of a poll on this thread.
    pub(super) fn change(&self, future: EventId, status: EventStatus) {
        let thread = ThreadId::current();
        let since = match status {
            EventStatus::Start => now_nanos(),
            EventStatus::End => 0,
        };
        // An annotated allocator would deadlock on the lock.
        let _suppress = event_core::__private::suppress_events();
        let mut polls = lock(self.0.of(thread.as_u64()));
        match status {
            EventStatus::Start => polls.push(Poll {
                future,
                thread,
                since,
            }),
            EventStatus::End => {
                let is_this = |poll: &Poll| poll.future == future && poll.thread == thread;
                if let Some(index) = polls.iter().rposition(is_this) {
                    polls.remove(index);
                }
            }
        }
    }

    pub(super) fn to_vec(&self) -> Vec<Poll> {
        let _suppress = event_core::__private::suppress_events();
        let shards = self.0.iter();
        shards.flat_map(|polls| lock(polls).clone()).collect()
    }
}
