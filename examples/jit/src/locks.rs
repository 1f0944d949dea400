//! The two locks that every compilation acquires, and their events.
//!
//! As in Numba, START comes before the wait for the lock and END after its release, so that a timer
//! includes the wait. The lock is acquired in one function and released in another, so the events
//! use `start_event` and `end_event`.

use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use event_core::builtin::{COMPILER_LOCK, LLVM_LOCK};
use event_core::{Kind, end_event, start_event};

/// Held during a compilation. Callees that are compiled on the way acquire it again.
pub(crate) static COMPILER: EventLock = EventLock::new(COMPILER_LOCK);

/// Held while Cranelift generates code. It corresponds to Numba's LLVM lock.
pub(crate) static CODE_GENERATOR: EventLock = EventLock::new(LLVM_LOCK);

/// A re-entrant lock that broadcasts events.
#[derive(Debug)]
pub(crate) struct EventLock {
    kind: Kind,
    owner: Mutex<Owner>,
    released: Condvar,
}

#[derive(Debug)]
struct Owner {
    thread: Option<ThreadId>,
    depth: usize,
}

impl EventLock {
    const fn new(kind: Kind) -> Self {
        let owner = Owner {
            thread: None,
            depth: 0,
        };
        Self {
            kind,
            owner: Mutex::new(owner),
            released: Condvar::new(),
        }
    }

    /// Waits until the lock is free or held by this thread, and acquires it.
    pub(crate) fn acquire(&self) -> Held<'_> {
        start_event(self.kind, ());
        let this = Some(thread::current().id());
        let mut owner = self
            .released
            .wait_while(self.owner(), |owner| {
                owner.depth > 0 && owner.thread != this
            })
            .unwrap_or_else(PoisonError::into_inner);
        owner.thread = this;
        owner.depth += 1;
        Held {
            lock: self,
            not_send: PhantomData,
        }
    }

    fn release(&self) {
        let mut owner = self.owner();
        owner.depth -= 1;
        if owner.depth == 0 {
            owner.thread = None;
            self.released.notify_one();
        }
        drop(owner);
        end_event(self.kind, (), None);
    }

    fn owner(&self) -> MutexGuard<'_, Owner> {
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Guard of an acquired lock. It stays on the thread that acquired the lock.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub(crate) struct Held<'a> {
    lock: &'a EventLock,
    not_send: PhantomData<*const ()>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lock.release();
    }
}
