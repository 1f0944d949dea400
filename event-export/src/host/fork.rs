//! Forked processes.
//!
//! A forked process has one thread and a copy of all locks. A lock that another thread held at the
//! fork is never unlocked there. So in a process that was forked after the exporter was created, an
//! exporter neither takes a lock nor waits for a thread.

use std::sync::atomic::{AtomicU32, Ordering};

use event_core::__private::IS_OFF;

use super::{presence, thread};
use crate::process;

/// The number of forks between the process that created the first exporter and this process.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process that an exporter belongs to.
#[derive(Debug)]
pub(crate) struct Owner {
    forks: u32,
    process: u32,
}

impl Owner {
    /// Returns the current process. Each exporter calls this when it is created.
    pub(crate) fn current() -> Self {
        if IS_OFF {
            presence::report_off();
        }
        #[cfg(unix)]
        unix::count_forks();
        // Its unnamed threads inherit the name, which must be known by then.
        let _ = thread::name();
        Self {
            forks: FORKS.load(Ordering::Relaxed),
            process: process::id(),
        }
    }

    /// Returns whether events of this process are handled. If not, a warning is printed once.
    #[inline]
    pub(crate) fn receives(&self) -> bool {
        // Relaxed: the fork handler changes it while the process has one thread.
        if FORKS.load(Ordering::Relaxed) == self.forks {
            return true;
        }
        report();
        false
    }

    /// Returns whether the owner is this process. Unlike [`receives`](Self::receives) it also
    /// detects forks by a direct system call. It costs a system call.
    pub(crate) fn is_current(&self) -> bool {
        FORKS.load(Ordering::Relaxed) == self.forks && process::id() == self.process
    }
}

/// Counts forks from now on.
#[inline]
pub(crate) fn watch() {
    #[cfg(unix)]
    unix::count_forks();
}

/// Returns the number of forks between the process that created the first exporter and this one.
#[inline]
pub(crate) fn count() -> u32 {
    FORKS.load(Ordering::Relaxed) // as in `Owner::receives`
}

/// Returns whether this process was forked after an exporter was created.
pub(crate) fn is_forked() -> bool {
    FORKS.load(Ordering::Relaxed) != 0
}

/// Returns the error for a forked process that flushes an exporter of its parent.
pub(crate) fn error() -> std::io::Error {
    std::io::Error::other("the output belongs to the parent process")
}

/// Prints a line on stderr, without its lock: a thread that hangs while it prints may hold it.
#[cfg(feature = "flight")]
pub(crate) fn note_without_lock(message: impl std::fmt::Display) {
    #[cfg(unix)]
    {
        let message = message.to_string();
        let message = event_core::__private::escaped(&message);
        unix::print(&format!("event-export: {message}\n"));
    }
    #[cfg(not(unix))]
    crate::io::warn::note(message);
}

/// Warns, once in each process, that its events are not written. A thread of the parent process may
/// have held the lock of stderr at the fork, so the text is written without the lock.
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

/// A socket that the fork handler closes in a forked process.
#[cfg(all(feature = "metrics", target_os = "linux"))]
pub(crate) type ClosedByFork = std::sync::Mutex<Option<std::net::TcpListener>>;

#[cfg(all(feature = "metrics", target_os = "linux"))]
static SOCKETS: std::sync::Mutex<Vec<std::sync::Weak<ClosedByFork>>> =
    std::sync::Mutex::new(Vec::new());

/// Lets the fork handler close `socket` in forked processes, if its lock is not held then.
#[cfg(all(feature = "metrics", target_os = "linux"))]
pub(crate) fn close_by_fork(socket: std::net::TcpListener) -> std::sync::Arc<ClosedByFork> {
    let socket = std::sync::Arc::new(std::sync::Mutex::new(Some(socket)));
    let mut sockets = crate::sync::lock(&SOCKETS);
    sockets.retain(|socket| socket.strong_count() > 0);
    sockets.push(std::sync::Arc::downgrade(&socket));
    socket
}

/// Closes the sockets. It is async-signal-safe: it waits for no lock, and it frees no memory,
/// because the owner of a socket keeps another `Arc`.
#[cfg(all(feature = "metrics", target_os = "linux"))]
fn close_sockets() {
    let Ok(sockets) = SOCKETS.try_lock() else {
        return;
    };
    for socket in sockets.iter().filter_map(std::sync::Weak::upgrade) {
        if let Ok(mut socket) = socket.try_lock() {
            drop(socket.take());
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::sync::Once;
    use std::sync::atomic::Ordering;

    use super::FORKS;

    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        #[cfg(all(feature = "metrics", target_os = "linux"))]
        super::close_sockets();
    }

    /// Counts forks from now on.
    pub(super) fn count_forks() {
        static ONCE: Once = Once::new();
        #[expect(unsafe_code, reason = "the standard library has no fork handlers")]
        // SAFETY: `pthread_atfork` (POSIX) requires functions that stay callable, which functions
        // with a static address do. `count` runs in the child, where only async-signal-safe
        // operations are allowed: it changes atomics, closes sockets, and does not unwind.
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
