//! Whether an event is a START or an END.

use std::fmt;

/// The status of an event: START or END.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventStatus {
    /// A scope starts.
    Start,
    /// A scope ends, successfully or not.
    End,
}

impl fmt::Display for EventStatus {
    /// Writes `START` or `END`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Start => "START",
            Self::End => "END",
        })
    }
}
