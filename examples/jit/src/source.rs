//! A source file and positions in it.
//!
//! The syntax tree stores each position as an [`At`], an offset into the text. Only error messages
//! convert it into a line and a column.

use std::fmt;

/// A byte offset into the source text.
pub(crate) type At = u32;

/// The text of one Python file.
#[derive(Debug)]
pub(crate) struct Source {
    label: String,
    text: String,
}

impl Source {
    pub(crate) fn new(label: &str, text: &str) -> Self {
        // Python skips a byte order mark, with which some editors start a file.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            label: label.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the module name under which Python would import the file: its name without `.py`.
    pub(crate) fn module(&self) -> &str {
        let file = self.label.rsplit(['/', '\\']).next().unwrap_or(&self.label);
        file.strip_suffix(".py").unwrap_or(file)
    }

    pub(crate) fn place(&self, at: At) -> Place {
        let before = self.text.get(..at as usize).unwrap_or(&self.text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        Place {
            file: self.label.clone(),
            line,
            column: before[start..].chars().count() + 1,
        }
    }
}

/// A position in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The label under which the file was loaded.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
