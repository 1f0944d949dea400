//! The unused states of a thread.
//!
//! A scope takes its state from the pool of the thread that starts it. The state returns to the
//! pool of the thread on which the scope ends.

use std::cell::Cell;

use super::state::State;
use crate::sync::thread_local;
use crate::thread::SuppressEvents;

/// The maximum number of unused states that a thread keeps.
const MAX_POOLED: usize = 64;

/// The unused states of a thread.
struct Pool {
    first: Cell<Option<Box<State>>>,
    len: Cell<usize>,
}

thread_local! {
    // Has a destructor. After it has run, each scope allocates.
    static POOL: Pool = const { Pool { first: Cell::new(None), len: Cell::new(0) } };
}

impl Pool {
    fn take(&self) -> Option<Box<State>> {
        let mut state = self.first.take()?;
        self.first.set(state.next.take());
        self.len.set(self.len.get() - 1);
        Some(state)
    }

    fn put(&self, mut state: Box<State>) {
        if self.len.get() < MAX_POOLED {
            state.next = self.first.take();
            self.first.set(Some(state));
            self.len.set(self.len.get() + 1);
        }
    }
}

/// Returns a state of a scope that has not started.
pub(super) fn take() -> Box<State> {
    let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
    let pooled = POOL.try_with(Pool::take).ok().flatten();
    pooled.unwrap_or_else(|| Box::new(State::new()))
}

/// Makes `state` ready for another scope.
#[inline(never)]
pub(super) fn recycle(mut state: Box<State>) {
    state.reset();
    let _suppress = SuppressEvents::new(); // as in `take`
    let _ = POOL.try_with(|pool| pool.put(state));
}
