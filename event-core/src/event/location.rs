//! The source position of a panic.

use std::fmt::{self, Display};

use crate::escape::escaped;
use crate::sync::Arc;

/// A position in a source file; [`ExcDetails::location`](crate::ExcDetails::location) returns it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    file: Arc<str>,
    line: u32,
    column: u32,
}

impl Location {
    pub(crate) fn new(file: &str, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column,
        }
    }

    /// Returns the path of the file, as the compiler knows it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the line, counted from one.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Returns the column, counted from one.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.column
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", escaped(&self.file), self.line, self.column)
    }
}
