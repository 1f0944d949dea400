//! An event's data as text, up to a limit.
//!
//! Formatting runs user code, so no lock is held here, and a panic in it is caught.

use event_core::__private::Raw;
use event_core::Data;

use crate::profile::truncate::{ELLIPSIS, LimitedText};

/// The most bytes of the values of one event.
const MAX_BYTES: usize = 300;

/// The most fields of one event.
const MAX_FIELDS: usize = 32;

/// Keys and values of an event, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Fields {
    /// All values, without separators.
    text: String,
    /// Each key, and the end of its value in `text`. The key `…` represents fields beyond a limit.
    ends: Box<[(&'static str, usize)]>,
}

impl Fields {
    /// Returns known fields with one key, to format an event's other fields.
    pub(super) fn known(key: &'static str) -> Self {
        Self {
            text: String::new(),
            ends: [(key, 0)].into(),
        }
    }

    /// Formats the event's data without the fields that `known` has, unless they were replaced. If
    /// `known` is truncated, only the fields that were added are formatted.
    pub(super) fn new(data: &Data<'_>, known: &Self) -> Self {
        let is_truncated = known.has(ELLIPSIS);
        let is_added = |key| data.added().any(|(added, _)| added == key);
        let is_new = |key| is_added(key) || !(is_truncated || known.has(key));
        let fields = data.iter().filter(|(key, _)| is_new(key));
        let mut text = LimitedText::new(MAX_BYTES);
        let mut ends = if known.is_empty() {
            Vec::with_capacity(data.len().min(MAX_FIELDS + 1))
        } else {
            Vec::new() // an END rarely has additional data
        };
        for (key, value) in fields {
            if text.is_full() || ends.len() == MAX_FIELDS {
                ends.push((ELLIPSIS, text.len()));
                break;
            }
            text.print(format_args!("{:?}", Raw(value)));
            ends.push((key, text.len()));
        }
        Self {
            text: text.into_string(),
            ends: ends.into(),
        }
    }

    fn has(&self, key: &str) -> bool {
        self.ends.iter().any(|(known, _)| *known == key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |(key, end)| {
            let value = &self.text[start..*end];
            start = *end;
            (*key, value)
        })
    }
}
