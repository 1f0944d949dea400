//! The system's id and name of the current thread.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use event_core::ThreadId;

/// The system's id and the name of a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ThreadInfo {
    pub(crate) system_id: u64,
    pub(crate) name: Option<String>,
}

impl ThreadInfo {
    pub(crate) fn current() -> Self {
        Self {
            system_id: system_id(),
            name: name(),
        }
    }
}

thread_local! {
    /// The id that [`system_id`] returns; zero until it is read.
    static ID: Cell<u64> = const { Cell::new(0) };
    /// The thread whose recorded events this thread replays.
    static REPLAYED: RefCell<Option<(ThreadId, ThreadInfo)>> = const { RefCell::new(None) };
}

/// Makes the functions of this module return the ids and the name of another thread, or of this one
/// again, to the exporters that receive recorded events.
pub(crate) fn replay(thread: Option<(ThreadId, ThreadInfo)>) {
    ID.set(thread.as_ref().map_or(0, |(_, info)| info.system_id));
    REPLAYED.set(thread);
}

/// Returns event-core's id of the current thread, or of the replayed one.
pub(crate) fn id() -> ThreadId {
    let replayed = REPLAYED.try_with(|thread| thread.borrow().as_ref().map(|(id, _)| *id));
    let replayed = replayed.ok().flatten();
    replayed.unwrap_or_else(ThreadId::current)
}

/// Returns the system's id of the current thread, as in `top`, `gdb` or `perf`.
///
/// Outside Linux it is event-core's number of the thread.
pub(crate) fn system_id() -> u64 {
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
    number.unwrap_or_else(|| ThreadId::current().as_u64())
}

/// Returns the current thread's name, if it has one: the name that Rust gave it, or on Linux the
/// name that `prctl` or C gave it.
///
/// On Linux a thread without a name inherits that of the thread that started it. An inherited name
/// is not returned if it is the name of the process, or of a thread whose name Rust gave and this
/// function has returned.
pub(crate) fn name() -> Option<String> {
    let replayed = REPLAYED.try_with(|thread| thread.borrow().clone());
    if let Some((_, info)) = replayed.ok().flatten() {
        return info.name;
    }
    let thread = std::thread::current();
    let system = system_name("/proc/thread-self/comm");
    let Some(name) = thread.name() else {
        let name = system.filter(|name| !is_inherited(name))?;
        return Some(String::from_utf8_lossy(&name).into_owned());
    };
    match system {
        // The system truncates names, and calls the main thread like the process.
        Some(system) if name != "main" && !name.as_bytes().starts_with(&system) => {
            Some(String::from_utf8_lossy(&system).into_owned())
        }
        system => {
            if let Some(mut names) = rust_names().filter(|names| names.len() < MAX_RUST_NAMES) {
                names.extend(system);
            }
            Some(name.to_owned())
        }
    }
}

/// The names of threads that Rust named, as the system truncated them.
static RUST_NAMES: Mutex<BTreeSet<Vec<u8>>> = Mutex::new(BTreeSet::new());

const MAX_RUST_NAMES: usize = 1 << 12;

/// Returns whether an unnamed thread has probably inherited `name`.
fn is_inherited(name: &[u8]) -> bool {
    let process = system_name("/proc/self/comm");
    process.is_none_or(|process| process == name)
        || rust_names().is_some_and(|names| names.contains(name))
}

/// Returns the names of threads that Rust named. A lock that another thread held at a fork is never
/// unlocked in the child, so the wait is limited.
fn rust_names() -> Option<MutexGuard<'static, BTreeSet<Vec<u8>>>> {
    const ATTEMPTS: u32 = 1_000;
    (0..ATTEMPTS).find_map(|_| {
        let names = RUST_NAMES.try_lock();
        names.inspect_err(|_| std::thread::yield_now()).ok()
    })
}

/// Returns the name in a file of Linux, if it is not empty.
fn system_name(path: &str) -> Option<Vec<u8>> {
    let name = std::fs::read(path).ok()?;
    let name = name.strip_suffix(b"\n").unwrap_or(&name);
    (!name.is_empty()).then(|| name.to_vec())
}
