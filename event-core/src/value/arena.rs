//! Compact storage for the values of many events.
//!
//! Numbers and text are copied into one buffer of bytes, so adding one needs no allocation of its
//! own.

use super::captured::Captured;
use super::truncate::MAX_TEXT;
use super::{Repr, Value};
use crate::thread::SuppressEvents;

/// Values that are stored as bytes: numbers and text.
#[derive(Debug, Default)]
pub(crate) struct CopiedValues {
    /// The bytes of the values, and room for more, which has been initialized.
    bytes: Vec<u8>,
    /// The number of bytes that are used.
    len: usize,
}

/// The values of many events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    copied: CopiedValues,
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

/// The least room for values, in bytes.
const MIN_ROOM: usize = 32;

/// The most bytes that are initialized at a time. The memory is allocated in larger steps.
const MAX_STEP: usize = 1 << 10;

/// Why a value was not stored as bytes.
enum Refusal {
    /// There is not enough room.
    NoRoom,
    /// Values of its type are not stored as bytes, or it is too long.
    WrongType,
}

impl Arena {
    /// Returns an arena that has room for about the values of `other`.
    pub(crate) fn with_capacity_of(other: &Self) -> Self {
        Self {
            copied: CopiedValues {
                bytes: Vec::with_capacity(other.copied.len),
                len: 0,
            },
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

    pub(crate) const fn bytes_len(&self) -> usize {
        self.copied.len
    }

    /// Returns about how many bytes of memory the values take.
    pub(crate) fn memory(&self) -> usize {
        self.copied.len + size_of_val(self.others.as_slice())
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.copied.bytes.truncate(self.copied.len);
        self.copied.bytes.shrink_to_fit();
        self.others.shrink_to_fit();
    }

    /// Stores the values and returns the position of the first. Returns `None` and stores nothing
    /// if one must be formatted.
    #[inline]
    pub(crate) fn push(&mut self, values: &[Captured<'_>]) -> Option<usize> {
        let first = self.copied.len;
        (self.copied.push_in_room(values) || self.push_slowly(values)).then_some(first)
    }

    #[inline(never)]
    fn push_slowly(&mut self, values: &[Captured<'_>]) -> bool {
        let _suppress = SuppressEvents::new(); // the caller may hold a lock
        let first = self.copied.len;
        for value in values.iter().map(Captured::value) {
            if !self.copied.push(value) && !self.push_other(value) {
                self.copied.len = first;
                return false;
            }
        }
        true
    }

    /// Stores a value that is not stored as bytes. Returns `false` if it must be formatted.
    fn push_other(&mut self, value: &Value<'_>) -> bool {
        if matches!(value.0, Repr::Debug(_) | Repr::Display(_)) {
            return false;
        }
        if self.refuses_objects && (value.is_object() || matches!(value.0, Repr::Nested(_))) {
            return false;
        }
        let index = self.others.len() as u64;
        self.copied.push_with(|room| put_number(room, OTHER, index));
        self.others.push(value.clone().into_owned());
        true
    }

    /// Returns copies of the values that were stored at `first`.
    pub(crate) fn values(&self, first: usize) -> StoredValues<'_> {
        StoredValues {
            bytes: self.copied.used().get(first..).unwrap_or_default(),
            others: &self.others,
        }
    }
}

impl Clone for CopiedValues {
    fn clone(&self) -> Self {
        Self {
            bytes: self.used().to_vec(),
            len: self.len,
        }
    }
}

impl CopiedValues {
    /// Replaces the values. Returns `false`, after storing some, if one is not stored as bytes.
    #[inline]
    pub(crate) fn set(&mut self, values: &[Captured<'_>]) -> bool {
        self.len = 0;
        self.push_in_room(values) || self.push_all(values)
    }

    /// Returns how many bytes of memory are allocated.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Stores the values. Returns `false` and stores nothing if one is not stored as bytes, or if
    /// there is not enough room.
    #[inline]
    fn push_in_room(&mut self, values: &[Captured<'_>]) -> bool {
        let Some(mut room) = self.bytes.get_mut(self.len..) else {
            return false;
        };
        for value in values.iter().map(Captured::value) {
            match put(room, value) {
                Ok(rest) => room = rest,
                Err(_) => return false,
            }
        }
        let rest = room.len();
        self.len = self.bytes.len() - rest;
        true
    }

    /// Stores the values. Returns `false`, after storing some, if one is not stored as bytes.
    #[inline(never)]
    fn push_all(&mut self, values: &[Captured<'_>]) -> bool {
        let _suppress = SuppressEvents::new(); // the caller may hold a lock
        let mut values = values.iter().map(Captured::value);
        values.all(|value| self.push(value))
    }

    /// Stores a value. Returns `false` and stores nothing if it is not stored as bytes.
    fn push(&mut self, value: &Value<'_>) -> bool {
        self.push_with(|room| put(room, value))
    }

    fn push_with(&mut self, put: impl Fn(&mut [u8]) -> Result<&mut [u8], Refusal>) -> bool {
        loop {
            let room = self.bytes.get_mut(self.len..).unwrap_or_default();
            match put(room).map(|rest| rest.len()) {
                Ok(rest) => {
                    self.len = self.bytes.len() - rest;
                    return true;
                }
                Err(Refusal::NoRoom) => {
                    let room = self.bytes.len();
                    self.bytes.resize(room + room.clamp(MIN_ROOM, MAX_STEP), 0);
                }
                Err(Refusal::WrongType) => return false,
            }
        }
    }

    fn used(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Returns copies of the values.
    pub(crate) fn values(&self) -> StoredValues<'_> {
        StoredValues {
            bytes: self.used(),
            others: &[],
        }
    }
}

/// Stores a value at the start of `room`, and returns the rest of the room.
#[inline(always)]
fn put<'r>(room: &'r mut [u8], value: &Value<'_>) -> Result<&'r mut [u8], Refusal> {
    match &value.0 {
        Repr::Uint(value) => put_number(room, UINT, *value),
        Repr::Str(text) => put_slice(room, TEXT, text.as_bytes()),
        _ => put_rare(room, value),
    }
}

#[inline(always)]
fn put_number(room: &mut [u8], kind: u8, number: u64) -> Result<&mut [u8], Refusal> {
    let ([first, payload @ ..], rest) = room.split_first_chunk_mut::<9>().ok_or(Refusal::NoRoom)?;
    *first = kind;
    *payload = number.to_ne_bytes();
    Ok(rest)
}

#[inline(always)]
fn put_slice<'r>(room: &'r mut [u8], kind: u8, slice: &[u8]) -> Result<&'r mut [u8], Refusal> {
    if slice.len() > MAX_TEXT {
        return Err(Refusal::WrongType);
    }
    let (stored, rest) = room
        .split_at_mut_checked(3 + slice.len())
        .ok_or(Refusal::NoRoom)?;
    let (head, payload) = stored.split_first_chunk_mut().ok_or(Refusal::NoRoom)?;
    #[expect(clippy::cast_possible_truncation, reason = "at most `MAX_TEXT`")]
    let [low, high] = (slice.len() as u16).to_ne_bytes();
    *head = [kind, low, high];
    copy_short(payload, slice);
    Ok(rest)
}

/// Copies `from` to a slice of the same length.
#[inline(always)]
fn copy_short(to: &mut [u8], from: &[u8]) {
    // Two words that may overlap hold most texts, without a call of `memcpy`.
    match (from.first_chunk::<8>(), from.last_chunk::<8>()) {
        (Some(start), Some(end)) if from.len() <= 16 => {
            to.first_chunk_mut().into_iter().for_each(|it| *it = *start);
            to.last_chunk_mut().into_iter().for_each(|it| *it = *end);
        }
        _ => to.copy_from_slice(from),
    }
}

/// Does the same as [`put`] for the types that calls rarely have, and refuses others.
#[inline(never)]
fn put_rare<'r>(room: &'r mut [u8], value: &Value<'_>) -> Result<&'r mut [u8], Refusal> {
    match &value.0 {
        Repr::None => put_byte(room, NONE),
        Repr::Bool(value) => put_byte(room, if *value { TRUE } else { FALSE }),
        #[expect(clippy::cast_sign_loss, reason = "the bits do not change")]
        Repr::Int(value) => put_number(room, INT, *value as u64),
        Repr::Float32(value) => put_number(room, FLOAT32, value.to_bits().into()),
        Repr::Float(value) => put_number(room, FLOAT, value.to_bits()),
        Repr::Char(value) => put_number(room, CHAR, u32::from(*value).into()),
        Repr::Bytes(slice) => put_slice(room, BYTES, slice),
        Repr::ShortOwned(text) => put_slice(room, TEXT, text.as_str().as_bytes()),
        _ => Err(Refusal::WrongType),
    }
}

fn put_byte(room: &mut [u8], byte: u8) -> Result<&mut [u8], Refusal> {
    let (first, rest) = room.split_first_mut().ok_or(Refusal::NoRoom)?;
    *first = byte;
    Ok(rest)
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
                let index = self.number() as usize;
                return self.others.get(index).cloned();
            }
            _ => Repr::None,
        }))
    }
}
