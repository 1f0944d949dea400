//! The events of one group of threads: all of them, or the last ones (see `window`).
//!
//! A START and its END are one record, and records are kept in chunks. An END with a returned value
//! or a failure is stored separately. The caller holds the lock, so nothing here may run user code.

use std::collections::{HashMap, HashSet, VecDeque};
use std::mem;

use super::chunk::{
    CarriedScope, Chunk, ChunkLimits, NO_END, ScopePosition, ScopeRecord, SeparateEnd,
};
use super::stored::StoredEvents;
use super::window::{Dropped, Window};
use crate::event::Event;
use crate::event::exc_details::ExcDetails;
use crate::event::origin::Origin;
use crate::sync::Arc;
use crate::thread::EventId;
use crate::value::Field;
use crate::value::captured::Captured;
use crate::value::data::Data;
use crate::value::memory::fields_memory;

/// The events of the threads that share a shard, in the order in which they were received.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// The full chunks. Each has at least one record.
    full: VecDeque<Arc<Chunk>>,
    current: Chunk,
    /// The number of the first chunk: how many were dropped before.
    first: u32,
    /// The ENDs that are not in the record of their START.
    separate_ends: VecDeque<SeparateEnd>,
    /// The data of STARTs that were cleared before their ENDs.
    cleared: Vec<(EventId, Data<'static>)>,
    /// The number of events that were received.
    received: usize,
    limits: ChunkLimits,
    /// The limit of the memory, if there is one.
    window: Option<Box<Window>>,
}

impl Buffer {
    /// Returns a buffer that drops the oldest chunks beyond the limit of `window`.
    pub(super) fn with_window(window: Window) -> Self {
        let limits = window.chunk_limits();
        Self {
            current: Chunk::empty(limits),
            limits,
            window: Some(Box::new(window)),
            ..Self::default()
        }
    }

    /// Returns the number of events that are stored.
    pub(super) fn len(&self) -> usize {
        self.received.saturating_sub(self.dropped())
    }

    /// Returns the number of events that were dropped.
    pub(super) fn dropped(&self) -> usize {
        self.window.as_ref().map_or(0, |window| window.dropped)
    }

    /// Returns the time since which the buffer has all events, if some were dropped.
    pub(super) fn complete_since(&self) -> Option<u64> {
        let is_complete = self.dropped() == 0;
        let first = self.chunks().find_map(|chunk| chunk.scopes.first());
        first.filter(|_| !is_complete).map(|scope| scope.start)
    }

    /// Returns whether [`begin_chunk`](Self::begin_chunk) is to be called before the next START.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.current.is_full()
    }

    /// Stores a START of a call with the `values` that its site captured. Returns `false` and
    /// stores nothing if a value must be formatted.
    #[inline]
    pub(super) fn push_start(
        &mut self,
        origin: &Origin,
        nanos: u64,
        values: &[Captured<'_>],
    ) -> bool {
        let order = wrapped_order(self.received);
        if !self.current.push(origin, nanos, values, order) {
            return false;
        }
        self.received += 1;
        true
    }

    /// Stores a START with any data.
    pub(super) fn push_owned_start(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: Arc<[Field<'static>]>,
    ) {
        let order = wrapped_order(self.received);
        self.current.push_owned(event, nanos, data, order);
        self.received += 1;
    }

    /// Makes room for the next START. Returns what the limit displaces, which the caller drops
    /// after unlocking.
    #[cold]
    #[inline(never)]
    pub(super) fn begin_chunk(&mut self) -> Dropped {
        let next = self.current.next(self.limits);
        let mut full = mem::replace(&mut self.current, next);
        full.shrink_to_fit();
        let mut dropped = Dropped::default();
        if let Some(mut window) = self.window.take() {
            window.add(&full);
            self.full.push_back(Arc::new(full));
            while window.is_over() {
                let Some(oldest) = self.full.pop_front() else {
                    break;
                };
                let number = self.first;
                self.first += 1;
                let first = self.chunks().find_map(|chunk| chunk.scopes.first());
                let from = first.map_or(u64::MAX, |scope| scope.start);
                window.drop_chunk(oldest, number, from, &mut self.separate_ends, &mut dropped);
            }
            self.window = Some(window);
        } else {
            self.full.push_back(Arc::new(full));
        }
        dropped
    }

    /// Stores the time of an END in the record of its START. Returns whether there is such a
    /// record that can be changed.
    #[inline(always)]
    pub(super) fn push_end(&mut self, origin: &Origin, nanos: u64) -> bool {
        let order = self.received;
        let is_stored = match self.current.scopes.last_mut() {
            Some(last) if last.is_open(origin) => {
                last.close(nanos, wrapped_order(order));
                true
            }
            _ => self.push_outer_end(origin, nanos),
        };
        self.received += usize::from(is_stored);
        is_stored
    }

    #[inline(never)]
    fn push_outer_end(&mut self, origin: &Origin, nanos: u64) -> bool {
        let order = self.received;
        let position = self.find(origin.id, |scope| scope.is_open(origin));
        let scope = if let Some(position) = position {
            self.scope_mut(position)
        } else {
            let carried = self.carried_mut(origin.id);
            let open = carried.filter(|it| it.end.is_none() && it.scope.is_open(origin));
            open.map(|open| {
                open.end = Some(nanos);
                &mut open.scope
            })
        };
        scope
            .map(|scope| scope.close(nanos, wrapped_order(order)))
            .is_some()
    }

    /// Returns a scope whose chunk was dropped.
    fn carried_mut(&mut self, id: EventId) -> Option<&mut CarriedScope> {
        self.window.as_mut()?.carried.get_mut(&id)
    }

    /// Returns a record; `None` if a snapshot shares its chunk.
    fn scope_mut(&mut self, position: ScopePosition) -> Option<&mut ScopeRecord> {
        let index = position.chunk.checked_sub(self.first)?;
        let chunk = match self.full.get_mut(index as usize) {
            Some(chunk) => Arc::get_mut(chunk)?,
            None => &mut self.current,
        };
        chunk.scopes.get_mut(position.index as usize)
    }

    /// Returns whether the START of `id` is stored.
    pub(super) fn has_start(&self, id: EventId) -> bool {
        let is_carried = || {
            let window = self.window.as_ref();
            window.is_some_and(|window| window.carried.contains_key(&id))
        };
        self.find(id, |_| true).is_some() || is_carried()
    }

    /// Stores an END whose data is the data of its START, followed by its own.
    ///
    /// # Errors
    ///
    /// Returns the END if its START is not stored.
    pub(super) fn push_end_of_start(
        &mut self,
        end: Arc<Event<'static>>,
    ) -> Result<(), Arc<Event<'static>>> {
        if let Some(start) = self.find(end.id(), |_| true) {
            self.push(Some(start), end);
        } else if let Some(carried) = self.carried_mut(end.id()) {
            carried.end = Some(end.nanos());
            self.push(Some(CARRIED), end);
        } else {
            return Err(end);
        }
        Ok(())
    }

    /// Stores an END that has all of its data.
    pub(super) fn push_complete_end(&mut self, end: Arc<Event<'static>>) {
        self.push(None, end);
    }

    fn push(&mut self, start: Option<ScopePosition>, event: Arc<Event<'static>>) {
        let order = wrapped_order(self.received);
        self.received += 1;
        self.current.add_owned_bytes(event_memory(&event));
        self.separate_ends.push_back(SeparateEnd {
            order,
            start,
            event,
        });
    }

    /// Takes the events out, except for the data of STARTs whose ENDs are still to come.
    pub(super) fn clear(&mut self) -> Self {
        let separate_ends = self.separate_ends.iter();
        let has_end: HashSet<ScopePosition> = separate_ends.filter_map(|end| end.start).collect();
        let mut cleared = Vec::new();
        for (number, chunk) in self.chunks().enumerate() {
            for (index, scope) in chunk.scopes.iter().enumerate() {
                let position = self.position(number, index);
                if scope.end == NO_END && !has_end.contains(&position) {
                    cleared.push((scope.id(), chunk.data(scope)));
                }
            }
        }
        let window = self.window.as_mut().map(|window| {
            let carried = window.carried.values().filter(|scope| scope.end.is_none());
            cleared.extend(carried.map(|it| (it.scope.id(), it.data.clone())));
            Box::new(window.emptied())
        });
        cleared.retain(|(_, data)| !data.is_empty());
        cleared.append(&mut self.cleared);
        mem::replace(
            self,
            Self {
                cleared,
                current: Chunk::empty(self.limits),
                limits: self.limits,
                window,
                ..Self::default()
            },
        )
    }

    /// Returns the data of the START of `id`, if it is stored or was cleared.
    pub(super) fn start_data(&mut self, id: EventId) -> Option<Data<'static>> {
        if let Some(position) = self.find(id, |_| true) {
            let index = position.chunk.checked_sub(self.first)?;
            let chunk = self.chunk(index as usize)?;
            return Some(chunk.data(chunk.scopes.get(position.index as usize)?));
        }
        if let Some(carried) = self.carried_mut(id) {
            return Some(carried.data.clone());
        }
        let index = self.cleared.iter().position(|(start, _)| *start == id)?;
        Some(self.cleared.swap_remove(index).1)
    }

    /// Returns the data of the START of `id` among the latest records, also if their ids are not in
    /// order because several threads share the buffer.
    pub(super) fn recent_start_data(&self, id: EventId) -> Option<Data<'static>> {
        let latest = std::iter::once(&self.current).chain(self.full.back().map(|full| &**full));
        for chunk in latest {
            let mut scopes = chunk.scopes.iter().rev();
            if let Some(scope) = scopes.find(|scope| scope.id() == id) {
                return Some(chunk.data(scope));
            }
        }
        None
    }

    /// Returns the position of the first record of `id` that `matches` accepts.
    ///
    /// This is a binary search, because the ids of a thread grow. Records that are not in the order
    /// of their ids may not be found. The END of such a record is stored separately.
    fn find(&self, id: EventId, matches: impl Fn(&ScopeRecord) -> bool) -> Option<ScopePosition> {
        let is_before = |scope: &ScopeRecord| scope.id() < id;
        // Most scopes end soon, so that their records are in the current chunk.
        let mut number = if self.current.scopes.first().is_some_and(is_before) {
            self.full.len()
        } else {
            self.full
                .partition_point(|chunk| chunk.scopes.last().is_none_or(is_before))
        };
        while let Some(chunk) = self.chunk(number) {
            let not_before = chunk.first_not_before(id);
            for (index, scope) in chunk.scopes.iter().enumerate().skip(not_before) {
                if scope.id() != id {
                    return None;
                }
                if matches(scope) {
                    return Some(self.position(number, index));
                }
            }
            number += 1;
        }
        None
    }

    /// Returns the chunk that has `number` chunks before it.
    fn chunk(&self, number: usize) -> Option<&Chunk> {
        match self.full.get(number) {
            Some(chunk) => Some(chunk),
            None => (number == self.full.len()).then_some(&self.current),
        }
    }

    /// Returns the position of the record at `index` in the chunk at `chunk`.
    fn position(&self, chunk: usize, index: usize) -> ScopePosition {
        ScopePosition::new(self.first as usize + chunk, index)
    }

    fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.full
            .iter()
            .map(|chunk| &**chunk)
            .chain([&self.current])
    }

    /// Returns the events of this moment. Full chunks are shared, not copied.
    pub(super) fn snapshot(&self) -> StoredEvents {
        let mut chunks = Vec::with_capacity(self.full.len() + 2);
        let carried = self.window.as_ref().map(|window| window.carried_by_time());
        let carried = carried.filter(|carried| !carried.is_empty());
        if let Some(carried) = &carried {
            chunks.push(Arc::new(Chunk::of(carried.iter().copied())));
        }
        chunks.extend(self.full.iter().map(Arc::clone));
        chunks.push(Arc::new(self.current.clone()));
        let carried_ids = carried.iter().flatten().map(|scope| scope.scope.id());
        let indexes: HashMap<EventId, usize> = carried_ids.zip(0..).collect();
        // The positions in `chunks`.
        let carried_chunks = u32::from(carried.is_some());
        let separate_ends = self.separate_ends.iter().map(|end| SeparateEnd {
            start: end
                .start
                .and_then(|start| match start.chunk.checked_sub(self.first) {
                    Some(chunk) if start != CARRIED => Some(ScopePosition {
                        chunk: chunk + carried_chunks,
                        ..start
                    }),
                    _ => {
                        let index = indexes.get(&end.event.id());
                        index.map(|index| ScopePosition::new(0, *index))
                    }
                }),
            ..end.clone()
        });
        StoredEvents {
            separate_ends: separate_ends.collect(),
            chunks,
            len: self.len(),
        }
    }
}

/// The position of a START whose chunk was dropped before its END was received.
const CARRIED: ScopePosition = ScopePosition {
    chunk: u32::MAX,
    index: 0,
};

/// Returns about how many bytes of memory an END takes that is stored separately.
fn event_memory(event: &Event<'static>) -> usize {
    let data = fields_memory(&event.data().to_fields());
    let failure = event.exc_details().map_or(0, ExcDetails::memory);
    size_of::<SeparateEnd>() + size_of::<Event<'static>>() + data + failure
}

/// Returns the data of a START, followed by the fields that its END adds.
pub(super) fn concatenated(start: &Data<'static>, added: &Data<'static>) -> Data<'static> {
    start.clone().with_added(added.parts().2).into_owned()
}

/// Returns the order of the event at `index` in its buffer.
///
/// The order only sorts events of equal time, so it may wrap after four billion events.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "explained above")]
const fn wrapped_order(index: usize) -> u32 {
    index as u32
}
