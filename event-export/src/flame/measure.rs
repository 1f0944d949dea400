//! The quantity that a flame graph adds up, its units and its texts.

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
            Self::Time => format_nanos(total),
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

/// Formats a time with four digits.
fn format_nanos(nanos: u64) -> String {
    let (unit, name) = match nanos {
        0..1_000 => return format!("{nanos} ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let whole = nanos / unit;
    let thousandths = nanos % unit * 1_000 / unit;
    match whole {
        0..10 => format!("{whole}.{thousandths:03} {name}"),
        10..100 => format!("{whole}.{:02} {name}", thousandths / 10),
        100..1_000 => format!("{whole}.{} {name}", thousandths / 100),
        _ => format!("{whole} {name}"),
    }
}
