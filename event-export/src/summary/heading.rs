//! The line above the table: the run time, the calls, the failures, the kinds, and what was lost.

use std::collections::BTreeSet;
use std::time::Duration;

use event_core::__private::escaped;

use super::cut::cut;
use super::table::SummaryTable;
use super::totals::Totals;
use super::width::{width, wrapped};
use crate::profile::units;

/// The width of the line if the table has none. A list of all kinds could be long.
const DEFAULT_WIDTH: usize = 80;

/// Returns the line for a table of `table_width` columns, or `usize::MAX` if that is unlimited.
pub(super) fn line(table: &SummaryTable, table_width: usize) -> String {
    let totals = Totals::of(table.rows());
    let errors = totals.failed - totals.panicked;
    let rare = [
        (errors, counted(errors, "error")),
        (totals.panicked, counted(totals.panicked, "panic")),
        (
            totals.cancelled,
            format!("{} cancelled", units::count(totals.cancelled)),
        ),
        (totals.open, format!("{} open", units::count(totals.open))),
        (table.lost(), format!("{} lost", units::count(table.lost()))),
    ];
    let mut parts = vec![duration(table.run_time()), counted(totals.calls, "call")];
    if totals.failed == 0 {
        parts.push("no failures".to_owned());
    }
    let seen = rare.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(seen.map(|(_, text)| text));
    let start = parts.join(", ");
    let line_width = match table_width {
        usize::MAX => DEFAULT_WIDTH,
        limited => limited,
    };
    let lines = kinds(table)
        .into_iter()
        .map(|kinds| format!("{start}; {kinds}"));
    let fitting = lines.into_iter().find(|line| width(line) <= line_width);
    // A number may be wider than a very narrow table.
    let lines = wrapped(&fitting.unwrap_or(start), table_width);
    lines
        .lines()
        .map(|line| cut(line, table_width) + "\n")
        .collect()
}

/// Returns the recorded kinds, in forms that are shorter and shorter.
fn kinds(table: &SummaryTable) -> [String; 3] {
    let kinds = table.kinds();
    let area = |kind: &&str| {
        let area = kind.split_once(':').map(|(area, _)| format!("{area}:*"));
        area.unwrap_or_else(|| (*kind).to_owned())
    };
    let areas: BTreeSet<String> = kinds.iter().map(area).collect();
    let list = |names: Vec<&str>| escaped(&names.join(", ")).into_owned();
    [
        list(kinds.iter().copied().collect()),
        list(areas.iter().map(String::as_str).collect()),
        counted(u64::try_from(kinds.len()).unwrap_or(u64::MAX), "kind"),
    ]
}

fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", units::count(count))
}

fn duration(time: Duration) -> String {
    units::duration(units::nanos(time))
}
