//! An event's data as text, cut at a length.
//!
//! Values print by user code, so no lock is held here, and a panic in it is caught.

use std::fmt::{self, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use event_core::Data;

/// How many bytes of values are kept of one event's data.
const MOST_TEXT: usize = 300;

/// How many fields are kept of one event's data.
const MOST_FIELDS: usize = 32;

/// How long a text mostly is.
const USUAL: usize = 32;

/// The key of what a function returned.
const RETURN: &str = "return";

/// What stands for what has been cut.
const CUT: &str = "…";

/// Keys and values of an event, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Fields {
    /// All values, one behind the other.
    text: String,
    /// Each key, and where its value ends.
    ends: Box<[(&'static str, usize)]>,
}

impl Fields {
    /// The event's data without the fields that `known` has; what was cut there stays away, but for what was
    /// returned.
    pub(super) fn of(data: &Data<'_>, known: &Self) -> Self {
        let is_cut = known.has(CUT);
        let is_new = |key| !known.has(key) && (!is_cut || key == RETURN);
        let fields = data.iter().filter(|(key, _)| is_new(key));
        let mut text = Limited::new(MOST_TEXT);
        let mut ends = if known.is_empty() {
            Vec::with_capacity(data.len().min(MOST_FIELDS + 1))
        } else {
            Vec::new() // mostly there is nothing new
        };
        for (key, value) in fields {
            if text.is_full() || ends.len() == MOST_FIELDS {
                ends.push((CUT, text.text.len()));
                break;
            }
            text.print(format_args!("{value:?}"));
            ends.push((key, text.text.len()));
        }
        Self {
            text: text.text,
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

/// What `text` prints, up to `most` bytes; a longer one ends in `…`.
pub(super) fn cut(text: impl Display, most: usize) -> String {
    let mut limited = Limited::new(most);
    limited.print(format_args!("{text}"));
    limited.text
}

/// Text that stops growing at a length.
struct Limited {
    text: String,
    most: usize,
    is_cut: bool,
}

impl Limited {
    const fn new(most: usize) -> Self {
        Self {
            text: String::new(),
            most,
            is_cut: false,
        }
    }

    fn is_full(&self) -> bool {
        self.is_cut || self.text.len() >= self.most
    }

    /// Prints as much as there is room for; a panic on the way ends the text, not the caller.
    fn print(&mut self, text: fmt::Arguments<'_>) {
        if self.text.is_empty() {
            self.text = String::with_capacity(USUAL);
        }
        if catch_unwind(AssertUnwindSafe(|| self.write_fmt(text))).is_err() {
            self.text.push_str("<panicked while printing>");
        }
    }
}

impl Write for Limited {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.most.saturating_sub(self.text.len());
        if self.is_cut || text.len() > room {
            if !self.is_cut {
                self.text.push_str(&text[..boundary(text, room)]);
                self.text.push_str(CUT);
                self.is_cut = true;
            }
            return Err(fmt::Error); // nothing more needs to be printed
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// The last boundary of a character up to `most`.
pub(super) fn boundary(text: &str, most: usize) -> usize {
    let most = most.min(text.len());
    let fits = |end: &usize| text.is_char_boundary(*end);
    (0..=most).rev().find(fits).unwrap_or_default()
}
