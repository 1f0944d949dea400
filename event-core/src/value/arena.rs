//! Values kept side by side: numbers in place, text one behind the other, all else as it is.
//!
//! To keep a number or a string here is to copy it; no value is allocated by itself.

use super::captured::Captured;
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

/// The length of a text or of bytes, if it is one that [`Kept`] has room for.
#[inline]
fn length(bytes: &[u8]) -> Option<u32> {
    u32::try_from(bytes.len()).ok()
}

impl Value<'_> {
    /// Says whether it can be kept without printing it.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        !matches!(self.0, Repr::Debug(_) | Repr::Display(_))
    }
}

impl Arena {
    /// Keeps values that [are plain](Value::is_plain), and returns the place of the first.
    #[inline]
    pub(crate) fn push(&mut self, values: &[Captured<'_>]) -> usize {
        let at = self.kept.len();
        for value in values.iter().map(Captured::value) {
            match &value.0 {
                Repr::Uint(value) => self.kept.push(Kept::Uint(*value)),
                Repr::Str(text) => self.push_text(text),
                _ => self.push_rare(value),
            }
        }
        at
    }

    #[inline]
    fn push_text(&mut self, text: &str) {
        let Some(len) = length(text.as_bytes()) else {
            return self.push_rare(&text.into());
        };
        let at = self.text.len();
        self.text.push_str(text);
        self.kept.push(Kept::Text { len, at });
    }

    #[inline(never)]
    fn push_rare(&mut self, value: &Value<'_>) {
        let kept = match &value.0 {
            Repr::None => Kept::None,
            Repr::Bool(value) => Kept::Bool(*value),
            Repr::Int(value) => Kept::Int(*value),
            Repr::Float32(value) => Kept::Float32(*value),
            Repr::Float(value) => Kept::Float(*value),
            Repr::Char(value) => Kept::Char(*value),
            Repr::Bytes(bytes) if length(bytes).is_some() => {
                let at = self.bytes.len();
                self.bytes.extend_from_slice(bytes);
                Kept::Bytes {
                    len: length(bytes).unwrap_or_default(),
                    at,
                }
            }
            _ => {
                self.others.push(value.clone().into_owned());
                Kept::Other {
                    at: self.others.len() - 1,
                }
            }
        };
        self.kept.push(kept);
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
