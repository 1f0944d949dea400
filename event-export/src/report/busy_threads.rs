//! For how long each thread has worked: in calls that are not async, and in polls of futures.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use event_core::{EventStatus, ThreadId};

use super::thread::ReportThread;

/// The most threads whose time is measured.
const MAX_THREADS: usize = 100_000;

/// The threads that work, or have worked.
#[derive(Debug, Default)]
pub(super) struct BusyThreads {
    threads: HashMap<ThreadId, ThreadTime>,
}

#[derive(Debug)]
struct ThreadTime {
    thread: Arc<ReportThread>,
    /// How many calls and polls are open.
    open: u32,
    /// When the outermost of them started.
    since: u64,
    /// The time of those that have ended.
    nanos: u64,
}

/// A thread, and for how long it has worked.
#[derive(Debug)]
pub(super) struct BusyThread {
    pub(super) thread: Arc<ReportThread>,
    pub(super) nanos: u64,
}

impl BusyThreads {
    /// Starts a call or a poll of a thread.
    pub(super) fn begin(&mut self, thread: &Arc<ReportThread>, now: u64) {
        let is_full = self.threads.len() >= MAX_THREADS;
        if is_full && !self.threads.contains_key(&thread.id) {
            return;
        }
        let time = self.threads.entry(thread.id);
        let time = time.or_insert_with(|| ThreadTime {
            thread: Arc::clone(thread),
            open: 0,
            since: now,
            nanos: 0,
        });
        if time.open == 0 {
            time.since = now;
        }
        time.open += 1;
    }

    /// Ends a call or a poll of a thread.
    pub(super) fn end(&mut self, thread: ThreadId, now: u64) {
        let Some(time) = self.threads.get_mut(&thread) else {
            return; // beyond the limit
        };
        time.open = time.open.saturating_sub(1);
        if time.open == 0 {
            time.nanos += now.saturating_sub(time.since);
        }
    }

    /// Returns the threads, with their times until `now`. The busiest comes first.
    pub(super) fn to_vec(&self, now: u64) -> Vec<BusyThread> {
        let until_now = |time: &ThreadTime| BusyThread {
            thread: Arc::clone(&time.thread),
            nanos: match time.open {
                0 => time.nanos,
                _ => time.nanos + now.saturating_sub(time.since),
            },
        };
        let mut threads: Vec<_> = self.threads.values().map(until_now).collect();
        threads.sort_by_key(|busy| (Reverse(busy.nanos), busy.thread.id));
        threads
    }
}

/// The threads that work on one call now.
#[derive(Debug)]
pub(super) struct Work {
    /// No list of `others` is allocated while at most one thread works on the call.
    first: Option<ThreadId>,
    others: Vec<ThreadId>,
    /// Whether the START counts as the start of the first poll.
    is_since_start: bool,
}

impl Work {
    /// Returns the work of the thread of a START. Without a thread, work starts with the first
    /// poll.
    pub(super) const fn new(thread: Option<ThreadId>) -> Self {
        Self {
            first: thread,
            others: Vec::new(),
            is_since_start: thread.is_some(),
        }
    }

    /// Starts or ends a poll on a thread.
    pub(super) fn poll(
        &mut self,
        status: EventStatus,
        thread: &Arc<ReportThread>,
        now: u64,
        busy: &mut BusyThreads,
    ) {
        let is_first = std::mem::replace(&mut self.is_since_start, false);
        if status == EventStatus::End {
            let of_start = self.first.filter(|_| is_first);
            self.end(of_start.unwrap_or(thread.id), now, busy);
            return;
        }
        if is_first {
            self.end_all(now, busy);
        }
        busy.begin(thread, now);
        match self.first {
            None => self.first = Some(thread.id),
            Some(_) => self.others.push(thread.id),
        }
    }

    fn end(&mut self, thread: ThreadId, now: u64, busy: &mut BusyThreads) {
        if self.first == Some(thread) {
            self.first = self.others.pop();
        } else if let Some(index) = self.others.iter().position(|it| *it == thread) {
            self.others.swap_remove(index);
        } else {
            return; // its start was not received
        }
        busy.end(thread, now);
    }

    /// Ends the work of all threads.
    pub(super) fn end_all(&mut self, now: u64, busy: &mut BusyThreads) {
        for thread in self.first.take().into_iter().chain(self.others.drain(..)) {
            busy.end(thread, now);
        }
    }
}
