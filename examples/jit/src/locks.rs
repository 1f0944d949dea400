//! The two locks that every compilation takes, and their events.
//!
//! As in Numba, START is sent before the lock is waited for and END after it was let go, so
//! that a timer sees the wait too. The function that locks is not the one that unlocks:
//! hence `start_event` and `end_event`.

use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use event_core::builtin::{COMPILER_LOCK, LLVM_LOCK};
use event_core::{Kind, end_event, start_event};

/// Held while a function is compiled; the callees compiled on the way take it again.
pub(crate) static COMPILER: EventLock = EventLock::new(COMPILER_LOCK);

/// Held while Cranelift is at work: what LLVM is to Numba.
pub(crate) static CODE_GENERATOR: EventLock = EventLock::new(LLVM_LOCK);

/// A lock that its thread may take again, and that tells of itself.
#[derive(Debug)]
pub(crate) struct EventLock {
    kind: Kind,
    owner: Mutex<Owner>,
    freed: Condvar,
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
            freed: Condvar::new(),
        }
    }

    /// Waits until the lock is free or already this thread's, and takes it.
    pub(crate) fn acquire(&self) -> Held<'_> {
        start_event(self.kind, ());
        let this = Some(thread::current().id());
        let mut owner = self
            .freed
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
            self.freed.notify_one();
        }
        drop(owner);
        end_event(self.kind, (), None);
    }

    fn owner(&self) -> MutexGuard<'_, Owner> {
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock is held until this is dropped, on the thread that took it.
#[derive(Debug)]
#[must_use = "the lock is let go when this is dropped"]
pub(crate) struct Held<'a> {
    lock: &'a EventLock,
    not_send: PhantomData<*const ()>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lock.release();
    }
}
