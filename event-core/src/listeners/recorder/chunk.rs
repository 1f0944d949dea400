//! Chunks of records, in which a buffer stores its events.

use super::record::Record;
use crate::event::Event;
use crate::event::clock::UNREAD;
use crate::event::origin::Origin;
use crate::event::status::EventStatus;
use crate::sync::Arc;
use crate::thread::{EventId, SuppressEvents};
use crate::value::Field;
use crate::value::arena::Arena;
use crate::value::captured::Captured;
use crate::value::data::Data;
use crate::value::memory::fields_memory;

/// The `end` of a record whose END is missing or is stored separately.
pub(super) const NO_END: u64 = 0;

/// The size at which a chunk is full, and what it stores. The memory that is reserved for further
/// events, and that a snapshot copies, is at most a chunk for each group of threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkLimits {
    pub(super) scopes: usize,
    /// The bytes of values.
    pub(super) bytes: usize,
    /// Whether objects that values share with the program are stored as their texts.
    pub(super) has_texts_only: bool,
}

impl Default for ChunkLimits {
    fn default() -> Self {
        Self {
            scopes: 2048,
            bytes: 1 << 20,
            has_texts_only: false,
        }
    }
}

/// Some consecutive records, and their data.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) scopes: Vec<ScopeRecord>,
    /// The values of the STARTs in `scopes`.
    arena: Arena,
    /// The data of STARTs that the arena cannot store.
    fields: Vec<Arc<[Field<'static>]>>,
    /// The bytes of `fields`, and of the ENDs that were stored separately while the chunk was the
    /// current one.
    owned_bytes: usize,
    max_scopes: usize,
    /// The bytes of values in the arena at which the chunk is full, because of `owned_bytes`.
    max_bytes: usize,
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
        reason = "a chunk has at most 2,048 records; 2^32 chunks take years"
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

/// A scope whose chunk was dropped.
#[derive(Debug)]
pub(super) struct CarriedScope {
    pub(super) scope: ScopeRecord,
    pub(super) data: Data<'static>,
    /// The time of the END, wherever it is stored.
    pub(super) end: Option<u64>,
}

impl Default for Chunk {
    fn default() -> Self {
        Self::empty(ChunkLimits::default())
    }
}

impl Chunk {
    /// Returns the index of the first record that does not precede `id`. Searches from the end, in
    /// steps that double, because most STARTs are near it.
    #[inline]
    pub(super) fn first_not_before(&self, id: EventId) -> usize {
        let scopes = &*self.scopes;
        let mut end = scopes.len();
        let mut step = 1;
        while let Some(index) = scopes.len().checked_sub(step) {
            match scopes.get(index) {
                Some(scope) if scope.id() >= id => end = index,
                _ => break,
            }
            step *= 2;
        }
        let start = scopes.len().saturating_sub(step);
        let between = scopes.get(start..end).unwrap_or_default();
        start + between.partition_point(|scope| scope.id() < id)
    }

    /// Returns a chunk of some scopes, each with its data.
    pub(super) fn of<'c>(scopes: impl Iterator<Item = &'c CarriedScope>) -> Self {
        let mut chunk = Self::default();
        for scope in scopes {
            chunk.scopes.push(ScopeRecord {
                data: DataPosition::Fields(position(chunk.fields.len())),
                ..scope.scope.clone()
            });
            chunk.fields.push(scope.data.to_fields());
        }
        chunk
    }

    /// Returns an empty chunk.
    pub(super) fn empty(limits: ChunkLimits) -> Self {
        Self {
            scopes: Vec::new(),
            arena: if limits.has_texts_only {
                Arena::without_objects()
            } else {
                Arena::default()
            },
            fields: Vec::new(),
            owned_bytes: 0,
            max_scopes: limits.scopes,
            max_bytes: limits.bytes,
        }
    }

    /// Returns an empty chunk that has room for about as much as `self`.
    pub(super) fn next(&self, limits: ChunkLimits) -> Self {
        Self {
            scopes: Vec::with_capacity(limits.scopes.min(self.scopes.len())),
            arena: Arena::with_capacity_of(&self.arena),
            fields: Vec::with_capacity(self.fields.len()),
            ..Self::empty(limits)
        }
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.scopes.len() >= self.max_scopes || self.arena.bytes_len() >= self.max_bytes
    }

    /// Counts bytes that belong to the chunk but are stored elsewhere.
    pub(super) fn add_owned_bytes(&mut self, bytes: usize) {
        self.owned_bytes += bytes;
        self.max_bytes = self.max_bytes.saturating_sub(bytes);
    }

    /// Returns about how many bytes of memory the chunk takes.
    pub(super) fn memory(&self) -> usize {
        size_of_val(self.scopes.as_slice()) + self.arena.memory() + self.owned_bytes
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.scopes.shrink_to_fit();
        self.arena.shrink_to_fit();
        self.fields.shrink_to_fit();
    }

    /// Stores a START of a call with the `values` that its site captured. Returns `false` and
    /// stores nothing if a value must be formatted.
    #[inline]
    pub(super) fn push(
        &mut self,
        origin: &Origin,
        nanos: u64,
        values: &[Captured<'_>],
        order: u32,
    ) -> bool {
        let data = if values.is_empty() {
            DataPosition::NoData
        } else {
            let Some(first) = self.arena.push(values) else {
                return false;
            };
            DataPosition::Arena(position(first))
        };
        self.push_record(Record::of_call(origin), nanos, data, order);
        true
    }

    /// Stores a START with any data.
    pub(super) fn push_owned(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: Arc<[Field<'static>]>,
        order: u32,
    ) {
        let index = self.fields.len();
        self.add_owned_bytes(fields_memory(&data));
        self.fields.push(data);
        let data = DataPosition::Fields(position(index));
        self.push_record(Record::of(event), nanos, data, order);
    }

    #[inline]
    fn push_record(&mut self, record: Record, nanos: u64, data: DataPosition, order: u32) {
        if self.scopes.len() == self.scopes.capacity() {
            self.grow();
        }
        self.scopes.push(ScopeRecord {
            record,
            start: nanos,
            end: NO_END,
            data,
            start_order: order,
            end_order: 0,
        });
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        self.scopes.reserve(1);
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

/// Returns a position in a chunk.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a chunk has at most the bytes of `ChunkLimits` and the values of one START"
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

    pub(super) const fn id(&self) -> EventId {
        self.record.id()
    }

    /// Returns whether `event` is the END of this START, which has had no END.
    #[inline]
    pub(super) fn is_open(&self, origin: &Origin) -> bool {
        let record = &self.record;
        record.id() == origin.id && self.end == NO_END && record.thread() == origin.thread
    }

    #[inline]
    pub(super) const fn close(&mut self, nanos: u64, order: u32) {
        self.end = nanos;
        self.end_order = order;
    }
}
