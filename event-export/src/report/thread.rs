//! The threads that the page shows.

use std::cell::RefCell;
use std::sync::Arc;

use event_core::{Event, ThreadId};

use crate::host::thread;

/// A thread. The calls of the thread share it.
#[derive(Debug)]
pub(super) struct ReportThread {
    pub(super) id: ThreadId,
    pub(super) system_id: u64,
    pub(super) name: Option<String>,
}

/// Returns the thread of `event`, which is the current one unless the event was recorded.
pub(super) fn of(event: &Event<'_>) -> Arc<ReportThread> {
    with_id(event.thread())
}

/// Returns the thread of a poll that starts or ends now.
pub(super) fn current() -> Arc<ReportThread> {
    with_id(thread::id())
}

fn with_id(id: ThreadId) -> Arc<ReportThread> {
    thread_local! {
        static CURRENT: Arc<ReportThread> = Arc::new(read(ThreadId::current()));
        /// The thread of the last recorded event.
        static REPLAYED: RefCell<Option<Arc<ReportThread>>> = const { RefCell::new(None) };
    }
    // While a thread exits, its thread-locals and its name may be inaccessible.
    let Ok(current) = CURRENT.try_with(Arc::clone) else {
        return Arc::new(ReportThread {
            id,
            system_id: id.as_u64(),
            name: None,
        });
    };
    if current.id == id {
        return current;
    }
    REPLAYED.with_borrow_mut(|replayed| match replayed {
        Some(thread) if thread.id == id => Arc::clone(thread),
        _ => Arc::clone(replayed.insert(Arc::new(read(id)))),
    })
}

/// Returns the thread that this thread is, or whose events it replays.
fn read(id: ThreadId) -> ReportThread {
    ReportThread {
        id,
        system_id: thread::system_id(),
        name: thread::name(),
    }
}
