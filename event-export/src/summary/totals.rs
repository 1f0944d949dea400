//! Sums over all rows of a table.

use super::row::SummaryRow;

/// Sums over all rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) panicked: u64,
    pub(super) cancelled: u64,
    pub(super) open: u64,
}

impl Totals {
    pub(super) fn of(rows: &[SummaryRow]) -> Self {
        rows.iter().fold(Self::default(), |sum, row| Self {
            calls: sum.calls.saturating_add(row.calls()),
            failed: sum.failed.saturating_add(row.failed()),
            panicked: sum.panicked.saturating_add(row.panicked()),
            cancelled: sum.cancelled.saturating_add(row.cancelled()),
            open: sum.open.saturating_add(row.open()),
        })
    }
}
