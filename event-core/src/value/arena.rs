//! Values kept side by side: numbers in place, text one behind the other, all else as it is.
//!
//! To keep a number or a string here is to copy it; no value is allocated by itself.

use super::{Repr, Value};

/// Values of many events.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    kept: Vec<Kept>,
    text: String,
    bytes: Vec<u8>,
    others: Vec<Value<'static>>,
}

/// One value, or where it is.
#[derive(Clone, Copy, Debug)]
enum Kept {
    None,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float32(f32),
    Float(f64),
    Char(char),
    Text { len: u32, at: usize },
    Bytes { len: u32, at: usize },
    Other { at: usize },
}

/// The length of a text or of bytes, if the arena has room for such a one.
#[inline]
fn length(bytes: &[u8]) -> Option<u32> {
    u32::try_from(bytes.len()).ok()
}

impl Value<'_> {
    /// Says whether an arena may keep it as it is: nothing need be printed.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        match &self.0 {
            Repr::Debug(_) | Repr::Display(_) => false,
            Repr::Str(text) => length(text.as_bytes()).is_some(),
            Repr::Bytes(bytes) => length(bytes).is_some(),
            _ => true,
        }
    }
}

impl Arena {
    /// Returns the number of values.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.kept.len()
    }

    /// Keeps a value that [is plain](Value::is_plain).
    #[inline]
    pub(crate) fn push(&mut self, value: &Value<'_>) {
        let kept = match &value.0 {
            Repr::Int(value) => Kept::Int(*value),
            Repr::Uint(value) => Kept::Uint(*value),
            Repr::Str(text) => {
                let (at, len) = (self.text.len(), length(text.as_bytes()));
                self.text.push_str(text);
                Kept::Text {
                    len: len.unwrap_or_default(),
                    at,
                }
            }
            _ => self.keep_rare(value),
        };
        self.kept.push(kept);
    }

    #[inline(never)]
    fn keep_rare(&mut self, value: &Value<'_>) -> Kept {
        match &value.0 {
            Repr::None => Kept::None,
            Repr::Bool(value) => Kept::Bool(*value),
            Repr::Float32(value) => Kept::Float32(*value),
            Repr::Float(value) => Kept::Float(*value),
            Repr::Char(value) => Kept::Char(*value),
            Repr::Bytes(bytes) => {
                let (at, len) = (self.bytes.len(), length(bytes));
                self.bytes.extend_from_slice(bytes);
                Kept::Bytes {
                    len: len.unwrap_or_default(),
                    at,
                }
            }
            _ => {
                self.others.push(value.clone().into_owned());
                Kept::Other {
                    at: self.others.len() - 1,
                }
            }
        }
    }

    /// Returns `count` values from the one at `place` on, each by itself.
    pub(crate) fn values(
        &self,
        place: usize,
        count: usize,
    ) -> impl ExactSizeIterator<Item = Value<'static>> {
        self.kept[place..place + count]
            .iter()
            .map(|kept| self.value(*kept))
    }

    fn value(&self, kept: Kept) -> Value<'static> {
        Value(match kept {
            Kept::None => Repr::None,
            Kept::Bool(value) => Repr::Bool(value),
            Kept::Int(value) => Repr::Int(value),
            Kept::Uint(value) => Repr::Uint(value),
            Kept::Float32(value) => Repr::Float32(value),
            Kept::Float(value) => Repr::Float(value),
            Kept::Char(value) => Repr::Char(value),
            Kept::Text { len, at } => Repr::Owned(self.text[at..at + len as usize].into()),
            Kept::Bytes { len, at } => Repr::OwnedBytes(self.bytes[at..at + len as usize].into()),
            Kept::Other { at } => return self.others[at].clone(),
        })
    }
}
