//! The names of threads, by their numbers, for all exporters of the process.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::host::thread;

static NAMES: Mutex<BTreeMap<u64, String>> = Mutex::new(BTreeMap::new());

/// How many names are remembered.
const MAX_NAMES: usize = 1 << 12;

/// Stores the name of this thread, which has the number `id`, once.
#[inline]
pub(super) fn store_once(id: u64) {
    thread_local! {
        static IS_STORED: Cell<bool> = const { Cell::new(false) };
    }
    if !IS_STORED.replace(true) {
        store(id);
    }
}

#[cold]
fn store(id: u64) {
    let name = thread::name();
    if let Some((name, mut names)) = name
        .zip(names())
        .filter(|(_, names)| names.len() < MAX_NAMES)
    {
        names.insert(id, name);
    }
}

/// Returns the name of the thread with this number.
pub(super) fn get(number: u64) -> Option<String> {
    names()?.get(&number).cloned()
}

/// Returns the names. A lock that another thread held at a fork is never unlocked in the child, so
/// the wait is limited.
fn names() -> Option<MutexGuard<'static, BTreeMap<u64, String>>> {
    const ATTEMPTS: u32 = 1_000;
    (0..ATTEMPTS).find_map(|_| {
        let names = NAMES.try_lock();
        names.inspect_err(|_| std::thread::yield_now()).ok()
    })
}
