//! The session of the current thread, which its local listeners and the entered handles determine.
//!
//! While a thread has no session, the local listeners of other threads cost it almost nothing.

use super::session::{ReceivedSessions, Session};
use super::state::{STATE, State};
use crate::sync::{AtomicU64, Ordering};

/// The difference of two successive sessions of a thread.
const STEP: u64 = 1 << u8::BITS;

/// The numbers that a thread takes from the process-wide counter at a time, for 65,536 sessions.
const BLOCK: u64 = STEP << 16;

/// Returns the session of a scope that starts now.
#[inline]
pub(crate) fn session() -> Session {
    STATE.with(|state| state.session.get())
}

/// Returns whether a scope that starts now is in a session.
#[inline]
pub(crate) fn has_session() -> bool {
    session() != Session::NONE
}

/// Counts a local listener of this thread. The first one begins a session.
pub(crate) fn add_local_listener() -> ReceivedSessions {
    STATE.with(|state| {
        let before = state
            .local_listeners
            .replace(state.local_listeners.get() + 1);
        if before == 0 {
            state.own_session.set(next_session(state));
            state.update_session();
        }
        ReceivedSessions {
            own: state.own_session.get(),
            entered: state.entered_session.get(),
        }
    })
}

/// Stops counting a local listener of this thread. The last one ends the session.
pub(crate) fn remove_local_listener() {
    STATE.with(|state| {
        let remaining = state.local_listeners.get().saturating_sub(1);
        state.local_listeners.set(remaining);
        if remaining == 0 {
            state.own_session.set(Session::NONE);
            state.update_session();
        }
    });
}

/// Returns a new session of this thread.
fn next_session(state: &State) -> Session {
    // Relaxed: the blocks must only be distinct. The first block is skipped, so that zero is never
    // a session, nor the block of a thread without sessions.
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);
    let last = state.last_session.get();
    let next = match (last + STEP) % BLOCK {
        0 | STEP => NEXT_BLOCK.fetch_add(1, Ordering::Relaxed) * BLOCK + STEP,
        _ => last + STEP,
    };
    state.last_session.set(next);
    Session::from_u64(next)
}

impl State {
    /// Returns `session`, or none if it is a session of this thread. Under a handle of its own
    /// thread, a scope is in the session that the thread has now.
    pub(super) fn foreign(&self, session: Session) -> Session {
        if session.as_u64() / BLOCK == self.last_session.get() / BLOCK {
            Session::NONE
        } else {
            session
        }
    }

    /// Sets the session of a handle of another thread that this thread has entered, or none.
    pub(super) fn set_entered_session(&self, session: Session) {
        self.entered_session.set(session);
        self.update_session();
    }

    /// Sets the session of the next scope, after one of the two sessions has changed.
    fn update_session(&self) {
        let entered = self.entered_session.get();
        self.session.set(if entered == Session::NONE {
            self.own_session.get()
        } else {
            entered
        });
    }
}
