//! Unbounded storage: the events of one group of threads.
//!
//! A START and its END are one record, and records are kept in chunks. An END with a returned value
//! or a failure is stored separately. The caller holds the lock, so nothing here may run user code.

use std::collections::HashSet;
use std::mem;

use super::record::Record;
use crate::event::Event;
use crate::event::clock::UNREAD;
use crate::event::status::EventStatus;
use crate::sync::Arc;
use crate::thread::EventId;
use crate::value::Field;
use crate::value::arena::Arena;
use crate::value::captured::Captured;
use crate::value::data::Data;

/// The `end` of a record whose END is missing or is stored separately.
pub(super) const NO_END: u64 = 0;

/// The number of records of a chunk. The memory that is reserved for further events, and that a
/// snapshot copies, is at most a chunk for each group of threads.
const MAX_SCOPES: usize = 2048;

/// A chunk with more bytes of values is full.
const MAX_BYTES: usize = 1 << 20;

/// The events of the threads that share a shard, in the order in which they were received.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// The full chunks. Each has at least one record.
    full: Vec<Arc<Chunk>>,
    current: Chunk,
    /// The ENDs that are not in the record of their START.
    separate_ends: Vec<SeparateEnd>,
    /// The data of STARTs that were cleared before their ENDs.
    cleared: Vec<(EventId, Data<'static>)>,
    /// The number of events.
    len: usize,
}

/// Some consecutive records, and their data.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    pub(super) scopes: Vec<ScopeRecord>,
    /// The values of the STARTs in `scopes`.
    arena: Arena,
    /// The data of STARTs that the arena cannot store.
    fields: Vec<Arc<[Field<'static>]>>,
}

/// A START, and its END if the END adds only its time.
#[derive(Clone, Debug)]
pub(super) struct ScopeRecord {
    record: Record,
    pub(super) start: u64,
    pub(super) end: u64,
    data: DataPosition,
    pub(super) start_order: u32,
    pub(super) end_order: u32,
}

/// The position of a START's data in its chunk.
#[derive(Clone, Copy, Debug)]
enum DataPosition {
    NoData,
    /// The position of the values of the site's keys in the arena.
    Arena(u32),
    /// The index in `fields`.
    Fields(u32),
}

/// The position of a record: its chunk, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ScopePosition {
    pub(super) chunk: u32,
    pub(super) index: u32,
}

impl ScopePosition {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "memory has no room for 2^32 chunks; a chunk has 2,048 records"
    )]
    pub(super) const fn new(chunk: usize, index: usize) -> Self {
        Self {
            chunk: chunk as u32,
            index: index as u32,
        }
    }
}

/// An END that is not in the record of its START.
#[derive(Clone, Debug)]
pub(super) struct SeparateEnd {
    pub(super) order: u32,
    /// The position of the record of its START, whose data precedes the data of `event`. `None` if
    /// `event` has all of its data.
    pub(super) start: Option<ScopePosition>,
    pub(super) event: Arc<Event<'static>>,
}

impl Chunk {
    #[inline]
    fn is_full(&self) -> bool {
        self.scopes.len() >= MAX_SCOPES || self.arena.bytes_len() >= MAX_BYTES
    }

    /// Returns an empty chunk that has room for about as much as `self`.
    fn next(&self) -> Self {
        Self {
            scopes: Vec::with_capacity(MAX_SCOPES.min(self.scopes.len())),
            arena: Arena::with_capacity_of(&self.arena),
            fields: Vec::with_capacity(self.fields.len()),
        }
    }

    fn shrink_to_fit(&mut self) {
        self.scopes.shrink_to_fit();
        self.arena.shrink_to_fit();
        self.fields.shrink_to_fit();
    }

    /// Returns a copy of the data of a START of this chunk.
    pub(super) fn data(&self, scope: &ScopeRecord) -> Data<'static> {
        match (scope.data, scope.record.site()) {
            (DataPosition::Fields(index), _) => {
                Data::owned(Arc::clone(&self.fields[index as usize]))
            }
            (DataPosition::Arena(first), Some(site)) => {
                let fields = site.keys().iter().zip(self.arena.values(first as usize));
                Data::owned(fields.map(|(key, value)| Field::new(key, value)).collect())
            }
            (DataPosition::NoData | DataPosition::Arena(_), _) => Data::default(),
        }
    }
}

impl Buffer {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Stores a START with the `values` that its site captured. Returns `false` and stores nothing
    /// if a value must be formatted.
    #[inline]
    pub(super) fn push_start(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        values: &[Captured<'_>],
    ) -> bool {
        if self.current.is_full() {
            self.begin_chunk();
        }
        let data = if values.is_empty() {
            DataPosition::NoData
        } else {
            let Some(first) = self.current.arena.push(values) else {
                return false;
            };
            DataPosition::Arena(position(first))
        };
        self.push_record(event, nanos, data);
        true
    }

    /// Stores a START with any data.
    pub(super) fn push_owned_start(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: Arc<[Field<'static>]>,
    ) {
        if self.current.is_full() {
            self.begin_chunk();
        }
        let index = self.current.fields.len();
        self.current.fields.push(data);
        self.push_record(event, nanos, DataPosition::Fields(position(index)));
    }

    #[inline]
    fn push_record(&mut self, event: &Event<'_>, nanos: u64, data: DataPosition) {
        let start_order = wrapped_order(self.len);
        self.len += 1;
        self.current.scopes.push(ScopeRecord {
            record: Record::of(event.origin()),
            start: nanos,
            end: NO_END,
            data,
            start_order,
            end_order: 0,
        });
    }

    #[cold]
    #[inline(never)]
    fn begin_chunk(&mut self) {
        let next = self.current.next();
        let mut full = mem::replace(&mut self.current, next);
        full.shrink_to_fit();
        self.full.push(Arc::new(full));
    }

    /// Stores the time of an END in the record of its START. Returns whether there is such a
    /// record that can be changed.
    #[inline]
    pub(super) fn push_end(&mut self, event: &Event<'_>, nanos: u64) -> bool {
        let order = self.len;
        let is_stored = match self.current.scopes.last_mut() {
            Some(last) if last.is_open(event) => {
                last.close(nanos, order);
                true
            }
            _ => self.push_outer_end(event, nanos),
        };
        self.len += usize::from(is_stored);
        is_stored
    }

    #[inline(never)]
    fn push_outer_end(&mut self, event: &Event<'_>, nanos: u64) -> bool {
        let order = self.len;
        let position = self.find(event.id(), |scope| scope.is_open(event));
        let scope = position.and_then(|position| self.scope_mut(position));
        scope.map(|scope| scope.close(nanos, order)).is_some()
    }

    /// Returns a record; `None` if a snapshot shares its chunk.
    fn scope_mut(&mut self, position: ScopePosition) -> Option<&mut ScopeRecord> {
        let chunk = match self.full.get_mut(position.chunk as usize) {
            Some(chunk) => Arc::get_mut(chunk)?,
            None => &mut self.current,
        };
        chunk.scopes.get_mut(position.index as usize)
    }

    /// Returns whether the START of `id` is stored.
    pub(super) fn has_start(&self, id: EventId) -> bool {
        self.find(id, |_| true).is_some()
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
        match self.find(end.id(), |_| true) {
            None => Err(end),
            start => {
                self.push(start, end);
                Ok(())
            }
        }
    }

    /// Stores an END that has all of its data.
    pub(super) fn push_complete_end(&mut self, end: Arc<Event<'static>>) {
        self.push(None, end);
    }

    fn push(&mut self, start: Option<ScopePosition>, event: Arc<Event<'static>>) {
        let order = wrapped_order(self.len);
        self.len += 1;
        self.separate_ends.push(SeparateEnd {
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
                let position = ScopePosition::new(number, index);
                if scope.end == NO_END && !has_end.contains(&position) {
                    cleared.push((scope.record.id(), chunk.data(scope)));
                }
            }
        }
        cleared.retain(|(_, data)| !data.is_empty());
        cleared.append(&mut self.cleared);
        mem::replace(
            self,
            Self {
                cleared,
                ..Self::default()
            },
        )
    }

    /// Returns the data of the START of `id`, if it is stored or was cleared.
    pub(super) fn start_data(&mut self, id: EventId) -> Option<Data<'static>> {
        if let Some(position) = self.find(id, |_| true) {
            let chunk = self.chunks().nth(position.chunk as usize)?;
            return Some(chunk.data(chunk.scopes.get(position.index as usize)?));
        }
        let index = self.cleared.iter().position(|(start, _)| *start == id)?;
        Some(self.cleared.swap_remove(index).1)
    }

    /// Returns the data of the START of `id` among the latest records, also if their ids are not in
    /// order because several threads share the buffer.
    pub(super) fn recent_start_data(&self, id: EventId) -> Option<Data<'static>> {
        let latest = std::iter::once(&self.current).chain(self.full.last().map(|full| &**full));
        for chunk in latest {
            let mut scopes = chunk.scopes.iter().rev();
            if let Some(scope) = scopes.find(|scope| scope.record.id() == id) {
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
        let is_before = |scope: &ScopeRecord| scope.record.id() < id;
        let first = self
            .full
            .partition_point(|chunk| chunk.scopes.last().is_none_or(is_before));
        for (number, chunk) in self.chunks().enumerate().skip(first) {
            let scopes = &chunk.scopes;
            let not_before = scopes.partition_point(is_before);
            for (index, scope) in scopes.iter().enumerate().skip(not_before) {
                if scope.record.id() != id {
                    return None;
                }
                if matches(scope) {
                    return Some(ScopePosition::new(number, index));
                }
            }
        }
        None
    }

    fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.full
            .iter()
            .map(|chunk| &**chunk)
            .chain([&self.current])
    }

    /// Returns the events of this moment. Full chunks are shared, not copied.
    pub(super) fn snapshot(&self) -> StoredEvents {
        let mut chunks = Vec::with_capacity(self.full.len() + 1);
        chunks.extend(self.full.iter().map(Arc::clone));
        chunks.push(Arc::new(self.current.clone()));
        StoredEvents {
            chunks,
            separate_ends: self.separate_ends.clone(),
            len: self.len,
        }
    }
}

/// The events of one buffer, as they were stored.
#[derive(Debug)]
pub(super) struct StoredEvents {
    pub(super) chunks: Vec<Arc<Chunk>>,
    pub(super) separate_ends: Vec<SeparateEnd>,
    /// The number of events.
    pub(super) len: usize,
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

/// Returns a position in a chunk.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a chunk has at most `MAX_BYTES` and the values of one START"
)]
const fn position(index: usize) -> u32 {
    index as u32
}

impl ScopeRecord {
    /// Returns the START or END with `data`.
    pub(super) fn event(&self, status: EventStatus, data: Data<'static>) -> Event<'static> {
        let nanos = match status {
            EventStatus::Start => self.start,
            EventStatus::End => self.end,
        };
        self.record.event(status, (nanos, self.start, UNREAD), data)
    }

    /// Returns whether `event` is the END of this START, which has had no END.
    #[inline]
    fn is_open(&self, event: &Event<'_>) -> bool {
        let (record, origin) = (&self.record, event.origin());
        record.id() == origin.id && self.end == NO_END && record.thread() == origin.thread
    }

    #[inline]
    const fn close(&mut self, nanos: u64, order: usize) {
        self.end = nanos;
        self.end_order = wrapped_order(order);
    }
}
