//! The properties that a START and its END share.

use super::clock::UNREAD;
use super::site::Site;
use crate::kind::Kind;
use crate::thread::{EventId, ScopeIds, ThreadId};

/// The properties that a START and its END share. Only their threads may differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) kind: Kind,
    pub(crate) id: EventId,
    pub(crate) parent: Option<EventId>,
    pub(crate) site: Option<&'static Site>,
    pub(crate) thread: ThreadId,
    /// The time of the START in nanoseconds, or [`UNREAD`].
    pub(crate) start_nanos: u64,
    /// The duration of the polls of a future in nanoseconds, or [`UNREAD`].
    pub(crate) busy_nanos: u64,
}

impl Origin {
    /// Returns a new origin on this thread, in the current scope.
    #[inline]
    pub(crate) fn new(kind: Kind, site: Option<&'static Site>) -> Self {
        let ScopeIds { id, parent, thread } = ScopeIds::next();
        Self {
            kind,
            id,
            parent,
            site,
            thread,
            start_nanos: UNREAD,
            busy_nanos: UNREAD,
        }
    }

    /// Returns the origin of a new scope on this thread, of which a listener wants data if
    /// `wants_data`.
    #[inline]
    pub(crate) fn of_scope(kind: Kind, site: Option<&'static Site>, wants_data: bool) -> Self {
        let origin = Self::new(kind, site);
        Self {
            id: origin.id.of_scope(wants_data),
            ..origin
        }
    }

    /// Returns the origin on this thread.
    pub(crate) fn here(self) -> Self {
        Self {
            thread: ThreadId::current(),
            ..self
        }
    }
}

/// The origin of an event: borrowed from the scope, or the event's own.
#[derive(Clone)]
pub(super) enum MaybeOwnedOrigin<'a> {
    Borrowed(&'a Origin),
    Owned(Origin),
}
