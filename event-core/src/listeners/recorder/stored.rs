//! The events of a buffer at one moment.

use std::collections::HashSet;

use super::chunk::{Chunk, NO_END, ScopePosition, SeparateEnd};
use crate::event::Event;
use crate::event::status::EventStatus;
use crate::sync::Arc;

/// The events of one buffer, as they were stored.
#[derive(Debug)]
pub(super) struct StoredEvents {
    pub(super) chunks: Vec<Arc<Chunk>>,
    pub(super) separate_ends: Vec<SeparateEnd>,
    /// The number of events.
    pub(super) len: usize,
}

impl StoredEvents {
    /// Returns the STARTs that have no END in these events.
    pub(super) fn open_starts(&self) -> impl Iterator<Item = Event<'static>> {
        let ends = self.separate_ends.iter();
        let ended: HashSet<ScopePosition> = ends.filter_map(|end| end.start).collect();
        let chunks = self.chunks.iter().enumerate();
        chunks.flat_map(move |(number, chunk)| {
            let scopes = chunk.scopes.iter().enumerate();
            let open = scopes.filter(|(index, scope)| {
                scope.end == NO_END && !ended.contains(&ScopePosition::new(number, *index))
            });
            let starts = open.map(|(_, scope)| scope.event(EventStatus::Start, chunk.data(scope)));
            starts.collect::<Vec<_>>()
        })
    }
}
