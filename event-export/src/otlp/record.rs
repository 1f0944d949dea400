//! Spans between their START and their export, in chunks.

use std::sync::Arc;

use event_core::{Event, Kind, Site};

use super::ids::IdKeys;
use crate::context::fields::PassedOn;
use crate::context::nearest::Nearest;

/// The most fields of a START, of an END or of a message, as in the specification of
/// OpenTelemetry.
pub(super) const MAX_FIELDS: usize = 128;

/// The most messages of a span, as in the same specification.
const MAX_MESSAGES: u32 = 128;

/// The most bytes of the messages of a span.
const MAX_BYTES: usize = 256 << 10;

/// A trace that another process has started.
#[derive(Debug)]
pub(super) struct RemoteTrace {
    pub(super) trace: u128,
    /// The flags of W3C Trace Context, without that of the sampling.
    pub(super) flags: u8,
    pub(super) passed_on: PassedOn,
}

/// The trace of a span, and its parent. Ids of spans are computed when the span is encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'o> {
    /// The number of the scope that has started the trace in this process.
    pub(super) root: u64,
    /// The trace, if another process has started it.
    pub(super) remote: Option<&'o Arc<RemoteTrace>>,
    pub(super) parent: Parent,
}

/// The parent of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    None,
    /// The number of a scope of this process.
    Local(u64),
    /// The id of a span of another process.
    Remote(u64),
}

/// The site or the kind that an event is named after. A site knows its kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Site(&'static Site),
    Kind(Kind),
}

impl Source {
    #[inline]
    pub(super) fn of(event: &Event<'_>) -> Self {
        match event.site() {
            Some(site) => Self::Site(site),
            None => Self::Kind(event.kind()),
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Site(site) => site.kind(),
            Self::Kind(kind) => kind,
        }
    }

    pub(super) fn site(self) -> Option<&'static Site> {
        match self {
            Self::Site(site) => Some(site),
            Self::Kind(_) => None,
        }
    }
}

/// A span. Its fields and bytes are in the same chunk.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The number of the scope.
    pub(super) id: u64,
    /// The number of the scope that has started the trace in this process.
    pub(super) root: u64,
    /// The trace, if another process has started it.
    pub(super) remote: Option<Arc<RemoteTrace>>,
    pub(super) parent: Parent,
    pub(super) source: Source,
    /// The number of the thread of the START.
    pub(super) thread: u64,
    pub(super) start: u64,
    /// The time of the END; [`OPEN`] before it.
    pub(super) end: u64,
    /// The innermost scope of the thread before this one.
    pub(super) before: Nearest,
    /// The index of the span that was the last open one of the chunk before this one.
    pub(super) outer: u32,
    /// Where the fields start, and how many there are.
    pub(super) fields: (u32, u32),
    /// Where the bytes start, and how many there are.
    pub(super) bytes: (u32, u32),
    pub(super) counts: Counts,
    pub(super) is_failed: bool,
    /// Whether the scope had not ended when the exporter was finished.
    pub(super) is_unfinished: bool,
}

/// The messages of a span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    messages: u32,
    message_bytes: u32,
    /// How many messages were left out.
    pub(super) dropped_messages: u32,
}

impl Counts {
    pub(super) const NONE: Self = Self {
        messages: 0,
        message_bytes: 0,
        dropped_messages: 0,
    };
}

impl Record {
    /// Returns the id of the trace.
    pub(super) fn trace(&self, keys: &IdKeys) -> u128 {
        keys.trace_of(self.root, self.remote.as_deref())
    }

    /// Returns whether the parent is not a span of this process.
    pub(super) fn is_local_root(&self) -> bool {
        !matches!(self.parent, Parent::Local(_))
    }

    /// Returns the record of a span that is moved to another chunk. The ranges have a start and a
    /// length.
    pub(super) fn with_ranges(self, fields: (usize, usize), bytes: (usize, usize)) -> Self {
        Self {
            fields: (position(fields.0), position(fields.1)),
            bytes: (position(bytes.0), position(bytes.1)),
            ..self
        }
    }

    pub(super) fn fields_of<'c>(&self, fields: &'c [PlainField]) -> &'c [PlainField] {
        fields.get(range(self.fields)).unwrap_or_default()
    }

    pub(super) fn bytes_of<'c>(&self, bytes: &'c [u8]) -> &'c [u8] {
        bytes.get(range(self.bytes)).unwrap_or_default()
    }

    /// Counts bytes that are appended to those of the span.
    pub(super) fn add_bytes(&mut self, added: usize) {
        self.bytes.1 += position(added);
    }

    /// Counts a message with this number of bytes. Returns whether the span has room for it.
    pub(super) fn admit_message(&mut self, bytes: usize) -> bool {
        let counts = &mut self.counts;
        let all_bytes = counts.message_bytes as usize + bytes;
        let has_room = counts.messages < MAX_MESSAGES && all_bytes <= MAX_BYTES;
        if has_room {
            counts.messages += 1;
            counts.message_bytes += position(bytes);
        } else {
            counts.dropped_messages += 1;
        }
        has_room
    }
}

/// The time of an END that has not come. No event has this time.
pub(super) const OPEN: u64 = 0;

/// A field whose value needs no formatting. The bytes of a text are in the chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlainField {
    pub(super) key: &'static str,
    pub(super) value: PlainValue,
}

impl PlainField {
    /// Memory for a field.
    pub(super) const NONE: Self = Self {
        key: "",
        value: PlainValue::None,
    };
}

#[derive(Clone, Copy, Debug)]
pub(super) enum PlainValue {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// The length of a text.
    Text(u32),
}

/// A span with its fields and bytes.
#[derive(Debug)]
pub(super) struct OwnedSpan {
    pub(super) record: Record,
    pub(super) fields: Box<[PlainField]>,
    /// The texts of the fields, then the parts that `parts.rs` writes.
    pub(super) bytes: Vec<u8>,
}

/// A span of a chunk, or of an [`OwnedSpan`].
#[derive(Clone, Copy, Debug)]
pub(super) struct SpanRef<'c> {
    pub(super) record: &'c Record,
    pub(super) fields: &'c [PlainField],
    pub(super) bytes: &'c [u8],
}

impl SpanRef<'_> {
    pub(super) fn to_owned(self) -> OwnedSpan {
        OwnedSpan {
            record: self.record.clone(),
            fields: self.fields.into(),
            bytes: self.bytes.to_vec(),
        }
    }
}

impl OwnedSpan {
    pub(super) fn as_ref(&self) -> SpanRef<'_> {
        SpanRef {
            record: &self.record,
            fields: &self.fields,
            bytes: &self.bytes,
        }
    }
}

/// Returns a position or length in a chunk, whose size is limited.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "explained above")]
pub(super) const fn position(index: usize) -> u32 {
    index as u32
}

fn range((start, len): (u32, u32)) -> std::ops::Range<usize> {
    let start = start as usize;
    start..start + len as usize
}
