//! Compact storage for the values of many events.
//!
//! Numbers and text are copied into one buffer of bytes, so adding one needs no allocation of its
//! own.

use super::captured::Captured;
use super::truncate::MAX_TEXT;
use super::{Repr, Value};

/// The values of many events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    bytes: Vec<u8>,
    /// The values that are not stored as bytes.
    others: Vec<Value<'static>>,
    refuses_objects: bool,
}

// The first byte of a stored value. Its payload follows, in the byte order of the processor.
const NONE: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const UINT: u8 = 4;
const FLOAT32: u8 = 5;
const FLOAT: u8 = 6;
const CHAR: u8 = 7;
/// Two bytes of length, and the text.
const TEXT: u8 = 8;
/// Two bytes of length, and the bytes.
const BYTES: u8 = 9;
/// The index in [`Arena::others`].
const OTHER: u8 = 10;

const _: () = assert!(MAX_TEXT <= u16::MAX as usize, "a length has two bytes");

impl Arena {
    /// Returns an arena that has room for about the values of `other`.
    pub(crate) fn with_capacity_of(other: &Self) -> Self {
        Self {
            bytes: Vec::with_capacity(other.bytes.len()),
            others: Vec::new(),
            refuses_objects: other.refuses_objects,
        }
    }

    /// Returns an arena that stores no objects, because it would keep them alive.
    pub(crate) fn without_objects() -> Self {
        Self {
            refuses_objects: true,
            ..Self::default()
        }
    }

    pub(crate) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns about how many bytes of memory the values take.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.len() + size_of_val(self.others.as_slice())
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.others.shrink_to_fit();
    }

    /// Stores the values and returns the position of the first. Returns `None` and stores nothing
    /// if one must be formatted.
    #[inline]
    pub(crate) fn push(&mut self, values: &[Captured<'_>]) -> Option<usize> {
        let first = self.bytes.len();
        for value in values.iter().map(Captured::value) {
            if !push_copied(&mut self.bytes, value) && !self.push_other(value) {
                self.bytes.truncate(first);
                return None;
            }
        }
        Some(first)
    }

    /// Stores a value that is not stored as bytes. Returns `false` if it must be formatted.
    #[inline(never)]
    fn push_other(&mut self, value: &Value<'_>) -> bool {
        if matches!(value.0, Repr::Debug(_) | Repr::Display(_)) {
            return false;
        }
        if self.refuses_objects && (value.is_object() || matches!(value.0, Repr::Nested(_))) {
            return false;
        }
        self.bytes.push(OTHER);
        self.bytes
            .extend_from_slice(&self.others.len().to_ne_bytes());
        self.others.push(value.clone().into_owned());
        true
    }

    /// Returns copies of the values that were stored at `first`.
    pub(crate) fn values(&self, first: usize) -> StoredValues<'_> {
        StoredValues {
            bytes: self.bytes.get(first..).unwrap_or_default(),
            others: &self.others,
        }
    }
}

/// Stores `values` as bytes. Returns `false`, after storing some, if a value is not stored as
/// bytes.
#[inline]
pub(crate) fn push_all_copied(bytes: &mut Vec<u8>, values: &[Captured<'_>]) -> bool {
    let mut values = values.iter().map(Captured::value);
    values.all(|value| push_copied(bytes, value))
}

/// Stores a value as bytes. Returns `false` and stores nothing if that is impossible.
#[inline]
fn push_copied(bytes: &mut Vec<u8>, value: &Value<'_>) -> bool {
    match &value.0 {
        Repr::Uint(value) => push_number(bytes, UINT, *value),
        Repr::Str(text) => push_slice(bytes, TEXT, text.as_bytes()),
        _ => push_rare(bytes, value),
    }
}

#[inline]
fn push_number(bytes: &mut Vec<u8>, kind: u8, number: u64) -> bool {
    let mut stored = [kind; 9];
    stored[1..].copy_from_slice(&number.to_ne_bytes());
    bytes.extend_from_slice(&stored);
    true
}

#[inline]
fn push_slice(bytes: &mut Vec<u8>, kind: u8, slice: &[u8]) -> bool {
    if slice.len() > MAX_TEXT {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most `MAX_TEXT`")]
    let [low, high] = (slice.len() as u16).to_ne_bytes();
    bytes.extend_from_slice(&[kind, low, high]);
    bytes.extend_from_slice(slice);
    true
}

#[inline(never)]
fn push_rare(bytes: &mut Vec<u8>, value: &Value<'_>) -> bool {
    match &value.0 {
        Repr::None => bytes.push(NONE),
        Repr::Bool(value) => bytes.push(if *value { TRUE } else { FALSE }),
        #[expect(clippy::cast_sign_loss, reason = "the bits do not change")]
        Repr::Int(value) => return push_number(bytes, INT, *value as u64),
        Repr::Float32(value) => return push_number(bytes, FLOAT32, value.to_bits().into()),
        Repr::Float(value) => return push_number(bytes, FLOAT, value.to_bits()),
        Repr::Char(value) => return push_number(bytes, CHAR, u32::from(*value).into()),
        Repr::Bytes(slice) => return push_slice(bytes, BYTES, slice),
        Repr::ShortOwned(text) => return push_slice(bytes, TEXT, text.as_str().as_bytes()),
        _ => return false,
    }
    true
}

/// Returns the values that [`push_all_copied`] stored.
pub(crate) const fn copied_values(bytes: &[u8]) -> StoredValues<'_> {
    StoredValues { bytes, others: &[] }
}

/// Copies of stored values. The caller knows how many there are.
pub(crate) struct StoredValues<'a> {
    bytes: &'a [u8],
    others: &'a [Value<'static>],
}

impl StoredValues<'_> {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let (array, rest) = self.bytes.split_first_chunk().unwrap_or((&[0; N], &[]));
        self.bytes = rest;
        *array
    }

    fn number(&mut self) -> u64 {
        u64::from_ne_bytes(self.array())
    }

    fn slice(&mut self) -> &[u8] {
        let len = usize::from(u16::from_ne_bytes(self.array()));
        let (slice, rest) = self.bytes.split_at_checked(len).unwrap_or_default();
        self.bytes = rest;
        slice
    }
}

impl Iterator for StoredValues<'_> {
    type Item = Value<'static>;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "the bits that were stored"
    )]
    fn next(&mut self) -> Option<Value<'static>> {
        if self.bytes.is_empty() {
            return None;
        }
        let [kind] = self.array();
        Some(Value(match kind {
            FALSE => Repr::Bool(false),
            TRUE => Repr::Bool(true),
            INT => Repr::Int(self.number() as i64),
            UINT => Repr::Uint(self.number()),
            FLOAT32 => Repr::Float32(f32::from_bits(self.number() as u32)),
            FLOAT => Repr::Float(f64::from_bits(self.number())),
            CHAR => Repr::Char(char::from_u32(self.number() as u32).unwrap_or_default()),
            // The bytes are those of a whole text, so the conversion does not fail.
            TEXT => Repr::Owned(std::str::from_utf8(self.slice()).unwrap_or_default().into()),
            BYTES => Repr::OwnedBytes(self.slice().into()),
            OTHER => {
                let index = usize::from_ne_bytes(self.array());
                return self.others.get(index).cloned();
            }
            _ => Repr::None,
        }))
    }
}
