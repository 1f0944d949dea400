//! Scopes of other processes, by the ids that they have in this process.
//!
//! The id of a remote scope is current where its context runs, so it reaches threads and tasks in
//! the same way as the id of every other scope.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use event_core::__private::handle_with_new_id;
use event_core::{EventHandle, EventId};

use super::entered;
use super::fields::Fields;
use super::nearest::Nearest;
use super::per_process::PerProcess;
use crate::profile::open_scopes::OpenScopes;
use crate::sync::lock;

/// How many remote scopes remain known after the last [`RemoteScope`] was dropped. A task may still
/// have a handle.
const MAX_ENDED: usize = 1 << 14;

#[derive(Debug, Default)]
struct RemoteScopes {
    scopes: OpenScopes<Arc<Fields>>,
    ended: Mutex<VecDeque<EventId>>,
}

static REMOTE: PerProcess<RemoteScopes> = PerProcess::new();

/// Keeps a remote scope known until it is dropped.
#[derive(Debug)]
pub(super) struct RemoteScope {
    handle: EventHandle,
}

impl RemoteScope {
    pub(super) fn new(fields: &Arc<Fields>) -> Self {
        let handle = handle_with_new_id(|id| Nearest::scope(id).word());
        if let Some(id) = handle.id() {
            REMOTE.get().scopes.insert(id, Arc::clone(fields));
        }
        Self { handle }
    }

    pub(super) fn handle(&self) -> EventHandle {
        self.handle
    }
}

impl Drop for RemoteScope {
    fn drop(&mut self) {
        let remote = REMOTE.get();
        let mut ended = lock(&remote.ended);
        ended.extend(self.handle.id());
        let oldest = if ended.len() > MAX_ENDED {
            ended.pop_front()
        } else {
            None
        };
        drop(ended);
        if let Some(oldest) = oldest {
            remote.scopes.remove(oldest);
        }
    }
}

/// Returns the contents of the context with the id `scope`.
pub(crate) fn find(scope: EventId) -> Option<Arc<Fields>> {
    let own = REMOTE.get().scopes.with(scope, |fields| Arc::clone(fields));
    own.or_else(|| {
        let mut parents = REMOTE.of_parents();
        parents
            .find_map(|it| it.scopes.try_with(scope, |fields| Arc::clone(fields)))
            .or_else(|| entered::find(scope))
    })
}
