//! The threads that had events, with their ids and names, for outputs that another thread writes.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Mutex;

use event_core::ThreadId;

use super::thread::ThreadInfo;
use crate::sync::lock;

/// How many threads are remembered. Beyond that, those that exited first are forgotten.
const MAX_THREADS: usize = 4096;

#[derive(Default)]
struct SeenThreads {
    threads: HashMap<ThreadId, SeenThread>,
    /// How many threads have exited.
    exits: u64,
}

struct SeenThread {
    info: ThreadInfo,
    /// The number of its exit.
    exited: Option<u64>,
}

static SEEN: Mutex<Option<SeenThreads>> = Mutex::new(None);

/// Remembers the current thread.
#[inline]
pub(crate) fn remember_current() {
    thread_local! {
        static IS_SEEN: Cell<bool> = const { Cell::new(false) };
    }
    if !IS_SEEN.replace(true) {
        add_current();
    }
}

#[cold]
#[inline(never)]
fn add_current() {
    /// Notes the exit of its thread.
    struct Exit;
    impl Drop for Exit {
        fn drop(&mut self) {
            with(|seen| {
                seen.exits += 1;
                if let Some(thread) = seen.threads.get_mut(&ThreadId::current()) {
                    thread.exited = Some(seen.exits);
                }
            });
        }
    }
    thread_local!(static EXIT: Exit = const { Exit });
    let has_exited = EXIT.try_with(|_| ()).is_err();
    let info = ThreadInfo::current(); // before the lock
    with(|seen| {
        if seen.threads.len() >= MAX_THREADS {
            seen.forget_exited();
        }
        if seen.threads.len() < MAX_THREADS {
            let exited = has_exited.then_some(seen.exits);
            let thread = SeenThread { info, exited };
            seen.threads.insert(ThreadId::current(), thread);
        }
    });
}

/// Returns the id and the name of a thread. The id of an unknown thread is its number.
pub(crate) fn find(thread: ThreadId) -> ThreadInfo {
    let known = with(|seen| seen.threads.get(&thread).map(|thread| thread.info.clone()));
    known.unwrap_or_else(|| ThreadInfo {
        system_id: thread.as_u64(),
        name: None,
    })
}

fn with<R>(f: impl FnOnce(&mut SeenThreads) -> R) -> R {
    // An annotated allocator or a signal handler would wait for the lock.
    let _suppress = event_core::__private::suppress_events();
    f(lock(&SEEN).get_or_insert_default())
}

impl SeenThreads {
    /// Forgets the half of the exited threads that exited first.
    fn forget_exited(&mut self) {
        let exited = self.threads.values().filter_map(|thread| thread.exited);
        let mut exited: Vec<u64> = exited.collect();
        if exited.is_empty() {
            return;
        }
        let middle = exited.len() / 2;
        let last = *exited.select_nth_unstable(middle).1;
        self.threads
            .retain(|_, thread| thread.exited.is_none_or(|exited| exited > last));
    }
}
