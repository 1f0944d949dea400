//! The quantity that a flame graph adds up, its units and its texts.

use crate::profile::units;

/// The meaning of a frame's width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Self time in nanoseconds.
    Time,
    /// Calls.
    Count,
}

/// The unit of the numbers in a picture.
pub(super) struct Unit {
    pub(super) name: &'static str,
    pub(super) nanos: u64,
}

impl Unit {
    #[expect(clippy::cast_precision_loss, reason = "a power of ten, exactly")]
    pub(super) fn nanos_f64(&self) -> f64 {
        self.nanos as f64
    }
}

impl Measure {
    /// Returns a unit that is at most a ten-thousandth of `total`, or else the smallest one. Frames
    /// of less than a ten-thousandth are too narrow to be drawn.
    pub(super) fn unit(self, total: u64) -> Unit {
        let (name, nanos) = match (self, total) {
            (Self::Count, _) => ("calls", 1),
            (Self::Time, ..10_000_000) => ("ns", 1),
            (Self::Time, ..10_000_000_000) => ("µs", 1_000),
            (Self::Time, _) => ("ms", 1_000_000),
        };
        Unit { name, nanos }
    }

    /// Formats a sum for the subtitle.
    pub(super) fn format(self, total: u64) -> String {
        match self {
            Self::Count if total == 1 => "1 call".to_owned(),
            Self::Count => format!("{total} calls"),
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
