//! Sessions: which scopes the local listeners of a thread receive.
//!
//! A thread has a session while local listeners are installed on it. A scope starts in the session
//! of its thread. A handle carries a session to another thread, which is in that session while it
//! runs under the handle.

/// A session, or none.
///
/// A session is a number whose lowest byte is zero. It is never reused: work that a handle carried
/// away does not reach the listeners that its thread installs later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session(u64);

impl Session {
    pub(crate) const NONE: Self = Self(0);

    /// The session of a handle that leaves the session of the thread as it is.
    pub(crate) const UNCHANGED: Self = Self(u64::MAX - u8::MAX as u64);

    #[inline]
    pub(crate) const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number; zero for no session.
    #[inline]
    pub(crate) const fn as_u64(self) -> u64 {
        self.0
    }
}

/// The sessions of which a listener receives the scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedSessions {
    /// That of the listener's thread; none for a listener of all threads.
    pub(crate) own: Session,
    /// That of a handle, or none, if the listener was installed by work under the handle.
    pub(crate) entered: Session,
}

impl ReceivedSessions {
    /// Every START, also in no session.
    pub(crate) const ALL: Self = Self {
        own: Session::NONE,
        entered: Session::NONE,
    };

    pub(crate) fn contain(self, session: Session) -> bool {
        match session {
            Session::NONE => self == Self::ALL,
            _ => session == self.own || session == self.entered || self == Self::ALL,
        }
    }
}
