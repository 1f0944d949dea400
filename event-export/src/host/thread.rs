//! The system's id and name of the current thread.

use std::cell::Cell;

/// Returns the system's id of the current thread, as in `top`, `gdb` or `perf`.
///
/// Outside Linux it is event-core's number of the thread.
pub(crate) fn system_id() -> u64 {
    thread_local! {
        static ID: Cell<u64> = const { Cell::new(0) };
    }
    ID.with(|id| {
        if id.get() == 0 {
            id.set(read_system_id());
        }
        id.get()
    })
}

fn read_system_id() -> u64 {
    // The link points to `PROCESS/task/THREAD`.
    let link = std::fs::read_link("/proc/thread-self").ok();
    let number = link.and_then(|link| link.file_name()?.to_str()?.parse().ok());
    number.unwrap_or_else(|| event_core::ThreadId::current().as_u64())
}

/// Returns the current thread's name, if it has one.
pub(crate) fn name() -> Option<String> {
    std::thread::current().name().map(str::to_owned)
}
