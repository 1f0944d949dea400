//! The rows of the table: one for each kind and function. They count every call.

use std::borrow::Cow;

use event_core::Event;

use crate::profile::labels::{self, Labelled};
use crate::profile::names::Identity;
use crate::profile::row_index::{RowId, RowIdentity, RowIndex};
use crate::profile::stats::Stats;

/// The most rows, not counting one row `(others)` for each kind.
const MAX_ROWS: usize = 2000;

/// The name of the row that collects a kind's functions beyond the limit.
const OTHERS: &str = "(others)";

/// The most bytes of a name.
const MAX_NAME_BYTES: usize = 200;

#[derive(Debug)]
pub(super) struct Rows {
    index: RowIndex,
    /// In the order of the rows.
    stats: Vec<Stats>,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) identity: RowIdentity,
    pub(super) stats: Stats,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            index: RowIndex::new(MAX_ROWS, MAX_NAME_BYTES),
            stats: Vec::new(),
        }
    }
}

impl Rows {
    /// Returns the row of `event`.
    pub(super) fn row(&mut self, event: &Event<'_>) -> RowId {
        let kind = event.kind();
        let row = match Identity::of(event) {
            Identity::Site(site) => self.index.add_site(kind, site),
            Identity::Own(name) => self.index.add_name(kind, &name),
            Identity::Kind => self.index.add_name(kind, kind.as_str()),
        };
        let row = row.unwrap_or_else(|| self.index.add_others(kind, OTHERS));
        if self.stats.len() <= row.index() {
            self.stats.resize_with(row.index() + 1, Stats::default);
        }
        row
    }

    pub(super) fn stats(&mut self, row: RowId) -> Option<&mut Stats> {
        self.stats.get_mut(row.index())
    }

    /// Returns a copy of the rows, whose functions have labels that differ.
    pub(super) fn to_vec(&self) -> Vec<Row> {
        let identities = self.index.identities();
        let labelled = identities.iter().map(|identity| Labelled {
            kind: identity.kind.as_str(),
            name: &identity.function,
            site: identity.site,
        });
        // The bars of a timeline show no kinds.
        let labels = labels::distinct(&labelled.collect::<Vec<_>>(), false);
        let rows = identities.iter().zip(labels).zip(&self.stats);
        rows.map(|((identity, label), stats)| Row {
            identity: RowIdentity {
                function: Cow::Owned(label),
                ..identity.clone()
            },
            stats: stats.clone(),
        })
        .collect()
    }
}
