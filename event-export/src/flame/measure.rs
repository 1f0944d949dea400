//! The quantity that a flame graph adds up, its unit and its texts.

use crate::profile::units;

/// The meaning of a frame's width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Self time in nanoseconds.
    Time,
    /// Calls.
    Count,
}

impl Measure {
    /// Returns the unit of the numbers in folded stacks.
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Count => "calls",
            Self::Time => "ns",
        }
    }

    /// Formats a number with its unit.
    pub(super) fn format(self, total: u64) -> String {
        match self {
            Self::Count if total == 1 => "1 call".to_owned(),
            Self::Count => format!("{} calls", units::count(total)),
            Self::Time => units::duration_with_space(total, " "),
        }
    }

    /// Returns the text of an empty picture.
    pub(super) fn nothing(self) -> &'static str {
        match self {
            Self::Count => "Nothing to draw: no event was received",
            Self::Time => "Nothing to draw: no event took time",
        }
    }
}
