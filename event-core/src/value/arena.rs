//! Compact storage for the values of many events.
//!
//! Numbers are stored in place. All strings share one buffer, and so do all bytes. Adding a number
//! or a string copies it into these buffers, so it needs no allocation of its own.

use super::captured::Captured;
use super::truncate::MAX_TEXT;
use super::{Repr, Value};

/// The values of many events.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    values: Vec<StoredValue>,
    text: String,
    bytes: Vec<u8>,
    others: Vec<Value<'static>>,
}

/// A value, or its position in one of the buffers.
#[derive(Clone, Copy, Debug)]
enum StoredValue {
    None,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float32(f32),
    Float(f64),
    Char(char),
    Text { len: u32, start: usize },
    Bytes { len: u32, start: usize },
    Other { index: usize },
}

/// Returns the length of `bytes`, or `None` if they must be truncated.
#[inline]
fn length(bytes: &[u8]) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, reason = "at most `MAX_TEXT`")]
    (bytes.len() <= MAX_TEXT).then_some(bytes.len() as u32)
}

impl Value<'_> {
    /// Returns whether the value can be stored without formatting it.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        !matches!(self.0, Repr::Debug(_) | Repr::Display(_))
    }
}

impl Arena {
    /// Stores values that [are plain](Value::is_plain), and returns the index of the first.
    #[inline]
    pub(crate) fn push(&mut self, values: &[Captured<'_>]) -> usize {
        let first = self.values.len();
        for value in values.iter().map(Captured::value) {
            match &value.0 {
                Repr::Uint(value) => self.values.push(StoredValue::Uint(*value)),
                Repr::Str(text) => self.push_text(text),
                _ => self.push_rare(value),
            }
        }
        first
    }

    #[inline]
    fn push_text(&mut self, text: &str) {
        let Some(len) = length(text.as_bytes()) else {
            return self.push_rare(&text.into());
        };
        let start = self.text.len();
        self.text.push_str(text);
        self.values.push(StoredValue::Text { len, start });
    }

    #[inline(never)]
    fn push_rare(&mut self, value: &Value<'_>) {
        let stored = match &value.0 {
            Repr::None => StoredValue::None,
            Repr::Bool(value) => StoredValue::Bool(*value),
            Repr::Int(value) => StoredValue::Int(*value),
            Repr::Float32(value) => StoredValue::Float32(*value),
            Repr::Float(value) => StoredValue::Float(*value),
            Repr::Char(value) => StoredValue::Char(*value),
            Repr::Bytes(bytes) if length(bytes).is_some() => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(bytes);
                StoredValue::Bytes {
                    len: length(bytes).unwrap_or_default(),
                    start,
                }
            }
            _ => {
                self.others.push(value.clone().into_owned());
                StoredValue::Other {
                    index: self.others.len() - 1,
                }
            }
        };
        self.values.push(stored);
    }

    /// Returns copies of `count` values, starting with the one at index `first`.
    pub(crate) fn values(
        &self,
        first: usize,
        count: usize,
    ) -> impl ExactSizeIterator<Item = Value<'static>> {
        self.values[first..first + count]
            .iter()
            .map(|stored| self.value(*stored))
    }

    fn value(&self, stored: StoredValue) -> Value<'static> {
        Value(match stored {
            StoredValue::None => Repr::None,
            StoredValue::Bool(value) => Repr::Bool(value),
            StoredValue::Int(value) => Repr::Int(value),
            StoredValue::Uint(value) => Repr::Uint(value),
            StoredValue::Float32(value) => Repr::Float32(value),
            StoredValue::Float(value) => Repr::Float(value),
            StoredValue::Char(value) => Repr::Char(value),
            StoredValue::Text { len, start } => {
                Repr::Owned(self.text[start..start + len as usize].into())
            }
            StoredValue::Bytes { len, start } => {
                Repr::OwnedBytes(self.bytes[start..start + len as usize].into())
            }
            StoredValue::Other { index } => return self.others[index].clone(),
        })
    }
}
