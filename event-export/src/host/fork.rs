//! Forked processes.
//!
//! A forked process has one thread and a copy of all locks. A lock that another thread held at the
//! fork is never unlocked there. So no exporter takes a lock, or waits for a thread, in a process
//! that was forked after the exporter was made.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the process that first made an exporter and this process.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process that an exporter belongs to.
#[derive(Debug)]
pub(crate) struct Owner {
    forks: u32,
    process: u32,
}

impl Owner {
    /// Returns the current process.
    pub(crate) fn current() -> Self {
        #[cfg(unix)]
        unix::count_forks();
        Self {
            forks: FORKS.load(Ordering::Relaxed),
            process: process::id(),
        }
    }

    /// Returns whether an event of this process is to be handled. If not, this is reported once.
    #[inline]
    pub(crate) fn receives(&self) -> bool {
        // Relaxed: a forked process changes it before it has other threads.
        if FORKS.load(Ordering::Relaxed) == self.forks {
            return true;
        }
        report();
        false
    }

    /// Returns whether the owner is this process. Unlike [`receives`](Self::receives) it also
    /// finds forks by a direct system call, and costs a system call.
    pub(crate) fn is_current(&self) -> bool {
        FORKS.load(Ordering::Relaxed) == self.forks && process::id() == self.process
    }
}

/// Returns whether this process was forked after an exporter was made.
pub(crate) fn is_forked() -> bool {
    FORKS.load(Ordering::Relaxed) != 0
}

/// The error of a forked process that flushes an exporter of its parent.
pub(crate) fn error() -> std::io::Error {
    std::io::Error::other("the output belongs to the process that forked this one")
}

/// Reports, once in a process, that events are left out. A thread of the parent process may hold
/// the lock of stderr, so the text is written without the lock.
#[cold]
fn report() {
    static REPORTED: AtomicU32 = AtomicU32::new(0);
    let forks = FORKS.load(Ordering::Relaxed);
    if REPORTED.swap(forks, Ordering::Relaxed) != forks {
        #[cfg(unix)]
        unix::print(
            "event-export: this process was forked, so its events are in no output (call `from_env` after the \
             fork); the program continues without them\n",
        );
    }
}

#[cfg(unix)]
mod unix {
    use std::sync::Once;
    use std::sync::atomic::Ordering;

    use super::FORKS;

    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts forks from now on.
    pub(super) fn count_forks() {
        static ONCE: Once = Once::new();
        #[expect(unsafe_code, reason = "the standard library has no fork handlers")]
        // SAFETY: `pthread_atfork` (POSIX) requires functions that stay callable, which functions
        // with a static address do. `count` runs in the child, where only async-signal-safe
        // operations are allowed: it changes one atomic, and does not unwind.
        ONCE.call_once(|| unsafe {
            libc::pthread_atfork(None, None, Some(count));
        });
    }

    /// Writes to stderr without its lock.
    pub(super) fn print(text: &str) {
        #[expect(unsafe_code, reason = "the standard library locks stderr")]
        // SAFETY: the pointer and the length are those of `text`.
        unsafe {
            libc::write(2, text.as_ptr().cast(), text.len());
        }
    }
}
