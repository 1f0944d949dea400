//! The unused states of a thread.
//!
//! A scope takes its state from the pool of the thread that starts it. The state returns to the
//! pool of the thread on which the scope ends.

use std::cell::Cell;
use std::mem::{self, ManuallyDrop};

use super::state::State;
use crate::sync::thread_local;
use crate::thread::SuppressEvents;

/// The maximum number of unused states that a thread keeps.
const MAX_POOLED: usize = 64;

/// The unused states of a thread.
struct Pool {
    first: Cell<ManuallyDrop<Option<Box<State>>>>,
    /// How many more states the pool may keep. Zero until `EMPTIES_POOL` is registered.
    room: Cell<usize>,
    is_registered: Cell<bool>,
}

thread_local! {
    // Has no destructor, so that an access is cheap. `EMPTIES_POOL` drops the states.
    static POOL: Pool = const {
        Pool {
            first: Cell::new(ManuallyDrop::new(None)),
            room: Cell::new(0),
            is_registered: Cell::new(false),
        }
    };
    // Has a destructor. After it has run, each scope allocates.
    static EMPTIES_POOL: EmptiesPool = const { EmptiesPool };
}

struct EmptiesPool;

impl Drop for EmptiesPool {
    fn drop(&mut self) {
        let _suppress = SuppressEvents::new(); // as in `new_state`
        POOL.with(|pool| {
            pool.room.set(0);
            let mut next = pool.replace_first(None);
            while let Some(mut state) = next {
                next = state.next.take();
            }
        });
    }
}

impl Pool {
    #[inline(always)]
    fn replace_first(&self, first: Option<Box<State>>) -> Option<Box<State>> {
        ManuallyDrop::into_inner(self.first.replace(ManuallyDrop::new(first)))
    }

    #[inline(always)]
    fn take(&self) -> Option<Box<State>> {
        let mut state = self.replace_first(None)?;
        mem::forget(self.replace_first(state.next.take())); // as in `put`
        self.room.set(self.room.get() + 1);
        Some(state)
    }

    #[inline(always)]
    fn put(&self, mut state: Box<State>) {
        if self.room.get() == 0 {
            return self.register_and_put(state);
        }
        self.room.set(self.room.get() - 1);
        let before = mem::replace(&mut state.next, self.replace_first(None));
        mem::forget(before); // there is none, and dropping it would need code
        mem::forget(self.replace_first(Some(state))); // as above
    }

    /// Puts the first state into the pool, or drops `state` if the pool is full or closed.
    #[cold]
    #[inline(never)]
    fn register_and_put(&self, state: Box<State>) {
        let _suppress = SuppressEvents::new(); // as in `new_state`
        if !self.is_registered.replace(true) && EMPTIES_POOL.try_with(|_| ()).is_ok() {
            self.room.set(MAX_POOLED);
            self.put(state);
        }
    }
}

/// Returns a state of a scope that has not started.
#[inline(always)]
pub(super) fn take() -> Box<State> {
    POOL.with(Pool::take).unwrap_or_else(new_state)
}

#[cold]
#[inline(never)]
fn new_state() -> Box<State> {
    let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
    Box::new(State::new())
}

/// Makes `state` ready for another scope.
#[inline(never)]
pub(super) fn recycle(state: Box<State>) {
    recycle_inlined(state);
}

/// Does the same as [`recycle`], for a caller that always needs it.
#[inline(always)]
pub(super) fn recycle_inlined(mut state: Box<State>) {
    state.reset();
    POOL.with(
        #[inline(always)]
        |pool| pool.put(state),
    );
}
