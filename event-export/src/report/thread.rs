//! The threads that the page shows.

use std::sync::Arc;

use event_core::ThreadId;

use crate::host::thread;

/// A thread. The calls of the thread share it.
#[derive(Debug)]
pub(super) struct ReportThread {
    pub(super) id: ThreadId,
    pub(super) system_id: u64,
    pub(super) name: Option<String>,
}

/// Returns the current thread.
pub(super) fn current() -> Arc<ReportThread> {
    thread_local! {
        static CURRENT: Arc<ReportThread> = Arc::new(ReportThread {
            id: ThreadId::current(),
            system_id: thread::system_id(),
            name: thread::name(),
        });
    }
    // While a thread exits, its thread-locals and its name may be inaccessible.
    CURRENT.try_with(Arc::clone).unwrap_or_else(|_| {
        Arc::new(ReportThread {
            id: ThreadId::current(),
            system_id: ThreadId::current().as_u64(),
            name: None,
        })
    })
}
