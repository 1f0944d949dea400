//! Spans that are written at their STARTs and passed on together.

use event_core::__private::PlainValue as Plain;
use event_core::{Data, Event, EventId, Value};

use super::record::{
    Counts, MAX_FIELDS, OPEN, Origin, OwnedSpan, PlainField, PlainValue, Record, Source, SpanRef,
    position,
};
use crate::context::nearest::Nearest;

/// A longer text is copied before the chunk is locked.
const MAX_PLAIN_TEXT: usize = 512;

/// The index of no span.
const NONE: u32 = u32::MAX;

/// The properties of a START, read before the chunk is locked.
pub(super) struct Start<'e> {
    pub(super) event: &'e Event<'e>,
    pub(super) id: EventId,
    pub(super) thread: u64,
    pub(super) source: Source,
    /// The innermost scope of the thread before this one.
    pub(super) before: Nearest,
}

/// Spans, of which some may be open.
///
/// The open spans form a list, because the last of them usually is the next one to end.
#[derive(Debug)]
pub(super) struct Chunk {
    records: Vec<Record>,
    /// The first `fields_len` belong to spans. The memory for others is initialized, so that a call
    /// only writes what it changes.
    fields: Vec<PlainField>,
    fields_len: usize,
    bytes: Vec<u8>,
    /// The index of the last open span; [`NONE`] if there is none.
    last_open: u32,
}

#[expect(
    clippy::inline_always,
    reason = "a START has two copies of these functions, so the compiler would not inline them"
)]
impl Chunk {
    /// How many spans a chunk has at most.
    const MAX_RECORDS: usize = 128;

    /// A chunk with more bytes is full.
    const FULL: usize = 32 << 10;

    /// Returns a chunk that is full: it has no memory.
    pub(super) const fn without_memory() -> Self {
        Self {
            records: Vec::new(),
            fields: Vec::new(),
            fields_len: 0,
            bytes: Vec::new(),
            last_open: NONE,
        }
    }

    /// Returns an empty chunk with memory for usual spans, so that calls do not allocate.
    pub(super) fn with_memory() -> Self {
        Self {
            records: Vec::with_capacity(Self::MAX_RECORDS),
            fields: vec![PlainField::NONE; 3 * Self::MAX_RECORDS],
            bytes: Vec::with_capacity(Self::FULL / 4),
            ..Self::without_memory()
        }
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= self.records.capacity() || self.bytes.len() >= Self::FULL
    }

    /// Appends the span of a START. Returns `false` and appends nothing if a value must be
    /// formatted.
    #[inline(always)]
    pub(super) fn push_plain(&mut self, start: &Start<'_>, origin: &Origin<'_>) -> bool {
        let bytes = self.bytes.len();
        let Some(fields) = self.push_fields(start.event.data()) else {
            self.bytes.truncate(bytes);
            return false;
        };
        self.push_record(start, origin, fields, bytes);
        self.fields_len += fields;
        true
    }

    /// Appends the span of a START whose data is in `parts`.
    pub(super) fn push_formatted(&mut self, start: &Start<'_>, origin: &Origin<'_>, parts: &[u8]) {
        let bytes = self.bytes.len();
        self.bytes.extend_from_slice(parts);
        self.push_record(start, origin, 0, bytes);
    }

    /// Appends a span with a number of fields, and with the bytes after the position `bytes`.
    #[inline(always)]
    fn push_record(&mut self, start: &Start<'_>, origin: &Origin<'_>, fields: usize, bytes: usize) {
        let index = position(self.records.len());
        self.records.push(Record {
            id: start.id.as_u64(),
            root: origin.root,
            remote: origin.remote.cloned(),
            parent: origin.parent,
            source: start.source,
            thread: start.thread,
            start: start.event.nanos(), // after the formatting, which is not time of the call
            end: OPEN,
            before: start.before,
            outer: self.last_open,
            fields: (position(self.fields_len), position(fields)),
            bytes: (position(bytes), position(self.bytes.len() - bytes)),
            counts: Counts::NONE,
            is_failed: false,
            is_unfinished: false,
        });
        self.last_open = index;
    }

    /// Writes the data of a START after the fields of other spans. Returns their number, or `None`
    /// if a value must be formatted.
    #[inline(always)]
    fn push_fields(&mut self, data: &Data<'_>) -> Option<usize> {
        let len = data.start_len();
        if len == 0 {
            return Some(0);
        }
        let room = self.fields.len() - self.fields_len;
        if len > room.min(MAX_FIELDS) {
            self.reserve_fields(len)?;
        }
        let slots = self.fields.get_mut(self.fields_len..)?;
        if let Some(captured) = data.only_captured_fields() {
            for (slot, (key, value)) in slots.iter_mut().zip(captured) {
                slot.value = plain(value, &mut self.bytes)?;
                slot.key = key;
            }
        } else {
            for (slot, (key, value)) in slots.iter_mut().zip(data.start_fields()) {
                slot.value = plain(value, &mut self.bytes)?;
                slot.key = key;
            }
        }
        Some(len)
    }

    /// Makes room for fields. Returns `None` if they are too many.
    #[cold]
    #[inline(never)]
    fn reserve_fields(&mut self, len: usize) -> Option<()> {
        let len = (len <= MAX_FIELDS).then_some(self.fields_len + 2 * len)?;
        self.fields.resize(len, PlainField::NONE);
        Some(())
    }

    /// Appends a span that has ended.
    pub(super) fn push_owned(&mut self, span: OwnedSpan) {
        self.fields.truncate(self.fields_len);
        let fields = (self.fields_len, span.fields.len());
        let bytes = (self.bytes.len(), span.bytes.len());
        self.fields.extend_from_slice(&span.fields);
        self.fields_len = self.fields.len();
        self.bytes.extend_from_slice(&span.bytes);
        self.records.push(span.record.with_ranges(fields, bytes));
        // Memory for further fields, unless there is enough already.
        self.fields.resize(self.fields.capacity(), PlainField::NONE);
    }

    /// Returns the last open span if it is that of `scope`.
    #[inline]
    pub(super) fn last_open_mut(&mut self, scope: EventId) -> Option<&mut Record> {
        let last = self.records.get_mut(self.last_open as usize)?;
        (last.id == scope.as_u64()).then_some(last)
    }

    /// Returns the open span of `scope`.
    pub(super) fn open_mut(&mut self, scope: EventId) -> Option<&mut Record> {
        let index = self.find(scope)?;
        self.records.get_mut(index as usize)
    }

    fn find(&self, scope: EventId) -> Option<u32> {
        self.open().find(|index| self.is_of(*index, scope))
    }

    fn is_of(&self, index: u32, scope: EventId) -> bool {
        let record = self.records.get(index as usize);
        record.is_some_and(|record| record.id == scope.as_u64())
    }

    /// Returns the indexes of the open spans, the last one first.
    fn open(&self) -> impl Iterator<Item = u32> {
        let index = |index: u32| (index != NONE).then_some(index);
        std::iter::successors(index(self.last_open), move |at| {
            index(self.records.get(*at as usize)?.outer)
        })
    }

    /// Removes the last open span from the list of open ones.
    #[inline]
    pub(super) fn close_last(&mut self) {
        let last = self.records.get(self.last_open as usize);
        self.last_open = last.map_or(NONE, |last| last.outer);
    }

    /// Removes the span of `scope` from the list of open ones, and returns it.
    pub(super) fn close(&mut self, scope: EventId) -> Option<&mut Record> {
        let index = self.find(scope)?;
        let outer = self.records.get(index as usize)?.outer;
        let inner = self.open().find(|inner| self.outer_of(*inner) == index);
        match inner.and_then(|inner| self.records.get_mut(inner as usize)) {
            Some(inner) => inner.outer = outer,
            None => self.last_open = outer,
        }
        self.records.get_mut(index as usize)
    }

    fn outer_of(&self, index: u32) -> u32 {
        self.records.get(index as usize).map_or(NONE, |it| it.outer)
    }

    /// Appends parts to an open span. Returns `false` and does nothing if it is not the last span
    /// of the chunk.
    pub(super) fn extend(&mut self, scope: EventId, parts: &[u8]) -> bool {
        match self.records.last_mut() {
            Some(last) if last.id == scope.as_u64() && last.end == OPEN => {
                last.add_bytes(parts.len());
                self.bytes.extend_from_slice(parts);
                true
            }
            _ => false,
        }
    }

    /// Takes an open span out of the chunk. Its record stays, and is skipped.
    pub(super) fn take(&mut self, scope: EventId) -> Option<OwnedSpan> {
        let index = self.find(scope)?;
        self.close(scope);
        let record = self.records.get(index as usize)?;
        Some(self.span(record).to_owned())
    }

    /// Takes all open spans out of the chunk, the last one first.
    pub(super) fn take_open(&mut self) -> Vec<OwnedSpan> {
        let open = self.open().filter_map(|at| self.records.get(at as usize));
        let open = open.map(|record| self.span(record).to_owned()).collect();
        self.last_open = NONE;
        open
    }

    fn span<'c>(&'c self, record: &'c Record) -> SpanRef<'c> {
        SpanRef {
            record,
            fields: record.fields_of(&self.fields),
            bytes: record.bytes_of(&self.bytes),
        }
    }

    /// Returns the spans that have ended.
    pub(super) fn ended(&self) -> impl Iterator<Item = SpanRef<'_>> {
        let ended = self.records.iter().filter(|record| record.end != OPEN);
        ended.map(|record| self.span(record))
    }

    pub(super) fn has_ended(&self) -> bool {
        self.records.iter().any(|record| record.end != OPEN)
    }

    /// Returns the memory that the chunk takes.
    pub(super) fn memory(&self) -> usize {
        self.records.capacity() * size_of::<Record>()
            + self.fields.capacity() * size_of::<PlainField>()
            + self.bytes.capacity()
    }

    /// Frees the memory that the spans do not need.
    pub(super) fn shrink(&mut self) {
        self.records.shrink_to_fit();
        self.fields.truncate(self.fields_len);
        self.fields.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }

    /// Removes all spans. Returns `false` if there is too little or too much memory to use the
    /// chunk again.
    pub(super) fn clear(&mut self) -> bool {
        self.records.clear();
        self.fields_len = 0;
        self.bytes.clear();
        self.last_open = NONE;
        self.records.capacity() == Self::MAX_RECORDS
            && self.fields.len() >= 3 * Self::MAX_RECORDS
            && self.fields.len() <= 8 * Self::MAX_RECORDS
            && self.bytes.capacity() <= 2 * Self::FULL
    }
}

impl Default for Chunk {
    fn default() -> Self {
        Self::without_memory()
    }
}

/// Returns a value that needs no formatting, and appends its text to `bytes`.
#[inline]
fn plain(value: &Value<'_>, bytes: &mut Vec<u8>) -> Option<PlainValue> {
    Some(match value.plain() {
        Plain::Uint(number) => PlainValue::Int(i64::try_from(number).ok()?),
        Plain::Int(number) => PlainValue::Int(number),
        Plain::Text(text) if text.len() <= MAX_PLAIN_TEXT => {
            bytes.extend_from_slice(text.as_bytes());
            PlainValue::Text(position(text.len()))
        }
        Plain::Float(number) => PlainValue::Float(number),
        Plain::Bool(is_true) => PlainValue::Bool(is_true),
        Plain::None => PlainValue::None,
        Plain::Text(_) | Plain::Other => return None,
    })
}
