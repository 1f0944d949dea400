//! The properties that a START and its END share.

use super::clock::UNREAD;
use super::site::Site;
use crate::kind::Kind;
use crate::thread::{EventId, ScopeIds, ThreadId};

/// The properties that a START and its END share. Only their threads may differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) source: EventSource,
    pub(crate) id: EventId,
    pub(crate) parent: Option<EventId>,
    pub(crate) thread: ThreadId,
    /// The time of the START in nanoseconds, or [`UNREAD`].
    pub(crate) start_nanos: u64,
    /// The duration of the polls of a future in nanoseconds, plus one; or [`UNREAD`].
    pub(crate) busy_nanos: u64,
}

/// The site of an event, or its kind if it has no site. A site knows its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EventSource {
    Site(&'static Site),
    Kind(Kind),
}

impl EventSource {
    #[inline]
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Site(site) => site.kind(),
            Self::Kind(kind) => kind,
        }
    }

    #[inline]
    pub(crate) const fn site(self) -> Option<&'static Site> {
        match self {
            Self::Site(site) => Some(site),
            Self::Kind(_) => None,
        }
    }
}

impl Origin {
    /// Returns a new origin on this thread, in the current scope.
    #[inline]
    pub(crate) fn new(source: EventSource) -> Self {
        let ScopeIds { id, parent, thread } = ScopeIds::next();
        Self {
            source,
            id,
            parent,
            thread,
            start_nanos: UNREAD,
            busy_nanos: UNREAD,
        }
    }

    /// Returns the origin of a new scope on this thread, of which a listener wants data if
    /// `wants_data`.
    #[inline]
    pub(crate) fn of_scope(source: EventSource, wants_data: bool) -> Self {
        let origin = Self::new(source);
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
