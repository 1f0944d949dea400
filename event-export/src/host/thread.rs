//! The current thread as the system and its owner call it.

use std::cell::Cell;

/// The system's number of the current thread, as in `top`, `gdb` or `perf`.
///
/// Where the system does not tell (elsewhere than on Linux), event-core's own number of it.
pub(crate) fn system_id() -> u64 {
    thread_local! {
        static ID: Cell<u64> = const { Cell::new(0) };
    }
    ID.with(|id| {
        if id.get() == 0 {
            id.set(ask());
        }
        id.get()
    })
}

fn ask() -> u64 {
    // A link to `PROCESS/task/THREAD`.
    let link = std::fs::read_link("/proc/thread-self").ok();
    let number = link.and_then(|link| link.file_name()?.to_str()?.parse().ok());
    number.unwrap_or_else(|| event_core::ThreadId::current().as_u64())
}

/// The current thread's name, if it has one.
pub(crate) fn name() -> Option<String> {
    std::thread::current().name().map(str::to_owned)
}
