//! The thread that a scope starts on, as the page names it.

use std::sync::Arc;

use event_core::ThreadId;

use crate::host::thread;

/// A thread: kept for as long as a scope of it is.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) id: ThreadId,
    pub(super) system_id: u64,
    pub(super) name: Option<String>,
}

/// That of the current thread.
pub(super) fn current() -> Arc<Lane> {
    thread_local! {
        static LANE: Arc<Lane> = Arc::new(Lane {
            id: ThreadId::current(),
            system_id: thread::system_id(),
            name: thread::name(),
        });
    }
    // The thread may be past its thread-locals, where it cannot be asked for its name either.
    LANE.try_with(Arc::clone).unwrap_or_else(|_| {
        Arc::new(Lane {
            id: ThreadId::current(),
            system_id: ThreadId::current().as_u64(),
            name: None,
        })
    })
}
