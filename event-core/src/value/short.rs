//! Short text, stored inside a value.

use std::fmt::{self, Write};

use crate::sync::Arc;

/// The most bytes of text that a value stores in itself. A value has three words.
const MAX_SHORT: usize = 22;

/// Text of at most [`MAX_SHORT`] bytes.
#[derive(Clone, Copy)]
pub(super) struct ShortText {
    len: u8,
    bytes: [u8; MAX_SHORT],
}

impl ShortText {
    const EMPTY: Self = Self {
        len: 0,
        bytes: [0; MAX_SHORT],
    };

    /// Returns a copy of `text`, or `None` if it is too long.
    #[inline]
    pub(super) fn new(text: &str) -> Option<Self> {
        if text.len() > MAX_SHORT {
            return None;
        }
        let mut short = Self::EMPTY;
        // Two words that may overlap hold most texts, without a call of `memcpy`.
        match (
            text.as_bytes().first_chunk::<8>(),
            text.as_bytes().last_chunk::<8>(),
        ) {
            (Some(first), Some(last)) if text.len() <= 16 => {
                short.bytes[..8].copy_from_slice(first);
                short.bytes[text.len() - 8..text.len()].copy_from_slice(last);
                #[expect(clippy::cast_possible_truncation, reason = "at most `MAX_SHORT`")]
                {
                    short.len = text.len() as u8;
                }
            }
            _ => {
                short.push(text);
            }
        }
        Some(short)
    }

    /// Appends `text` if there is room. Returns whether there was.
    #[inline]
    fn push(&mut self, text: &str) -> bool {
        let start = usize::from(self.len);
        let Some(room) = self.bytes.get_mut(start..start + text.len()) else {
            return false;
        };
        room.copy_from_slice(text.as_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "at most `MAX_SHORT`")]
        {
            self.len = (start + text.len()) as u8;
        }
        true
    }

    pub(super) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        // The bytes are those of whole texts, so the conversion does not fail.
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// Text that a value owns.
pub(super) enum OwnedText {
    Short(ShortText),
    Long(Arc<str>),
}

/// Text that is being written: it is short until it has to be allocated.
pub(super) enum WrittenText {
    Short(ShortText),
    Long(String),
}

impl WrittenText {
    pub(super) const fn new() -> Self {
        Self::Short(ShortText::EMPTY)
    }

    pub(super) fn finish(self) -> OwnedText {
        match self {
            Self::Short(text) => OwnedText::Short(text),
            Self::Long(text) => OwnedText::Long(text.into()),
        }
    }
}

impl Write for WrittenText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self {
            Self::Short(short) => {
                if !short.push(text) {
                    *self = Self::Long([short.as_str(), text].concat());
                }
            }
            Self::Long(long) => long.push_str(text),
        }
        Ok(())
    }
}
