//! A source file and the places in it.
//!
//! Everything behind the parser carries an [`At`], an offset into the text; it becomes a
//! line and a column only when an error is made of it.

use std::fmt;

/// An offset in bytes into the source text.
pub(crate) type At = u32;

/// The text of one Python file.
#[derive(Debug)]
pub(crate) struct Source {
    label: String,
    text: String,
}

impl Source {
    pub(crate) fn new(label: &str, text: &str) -> Self {
        // Editors on some systems begin a file with a byte order mark; Python skips it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            label: label.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The module's name as Python would import it: the file's name without `.py`.
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

/// A file, a line and a column, both counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The file as it was named when it was loaded.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
