//! Two runs compared, function by function.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use anstyle::Style;
use event_core::__private::escaped;

use super::columns::{self, Column, FAILED, FAINT, FASTER, FUNCTION, KIND, PLAIN};
use super::measures::{Estimate, Measures, RowKey, Run};
use super::width::{width, wrapped};
use crate::profile::units;

/// A smaller change relative to the earlier run is noise. The times of a histogram are rounded to
/// 1 %.
const MIN_CHANGE: f64 = 0.02;

/// A change of a function's calls by less nanoseconds in total is noise.
const MIN_EFFECT: u64 = 1_000_000;

/// The columns that a comparison of limited width leaves out, the least important first.
const LEAST_IMPORTANT_FIRST: [&str; 6] = [KIND, "p50", "mean", "p99", "calls", "total"];

const NOTE: &str = "~ marks noise: less than 2 %, less than 1 ms in total, or 99 % confidence \
                    intervals that overlap or are unknown (few calls)";

/// The change of each function between two runs, by
/// [`SummaryTable::compared_with`](crate::SummaryTable::compared_with).
///
/// `{}` formats it as aligned text, `{:#}` with colours, both in lines of at most the width that is
/// given as in `{:80}`. The function whose total has changed most comes first. Each of the columns
/// `calls`, `total`, `mean`, `p50` and `p99` shows the number of the later run and its change:
/// `+12%`, or `×13` from ten times on. Functions of one run only are marked by `new` and `gone`.
///
/// # Noise
///
/// A change of a time is noise, and is marked by `~`, if one of these is true:
///
/// * It is less than 2 %.
/// * For all calls of the function together it is less than 1 ms.
/// * The 99 % confidence intervals of the two runs overlap, or one of them is unknown. That of the
///   mean and the median is known from 11 calls on, that of `p99` from 657 calls on.
///
/// The intervals describe how much the calls of one run differ. They do not describe that the
/// machine itself may be slower in one run, so compare runs on the same, idle machine.
#[derive(Clone, Debug)]
pub struct SummaryComparison {
    before: Run,
    now: Run,
    rows: Vec<ComparedRow>,
}

#[derive(Clone, Debug)]
struct ComparedRow {
    key: RowKey,
    before: Option<Measures>,
    now: Option<Measures>,
}

type Time = fn(&Measures) -> Estimate;

/// How a number has changed.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// The later number relative to the earlier one, minus one.
    relative: f64,
    is_noise: bool,
}

/// A function that has become slower; see [`SummaryComparison::regressions`].
#[derive(Clone, Debug)]
pub struct SummaryRegression {
    pub(super) key: RowKey,
    pub(super) before: Measures,
    pub(super) now: Measures,
    change: f64,
}

impl SummaryRegression {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.key.kind
    }

    /// Returns the [path](event_core::Site::path) of the function, or the name of the row.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.key.function
    }

    /// Returns the change of the median relative to the earlier run: 0.1 if it is 10 % more.
    #[must_use]
    pub const fn change(&self) -> f64 {
        self.change
    }
}

impl SummaryComparison {
    pub(super) fn new(before: Run, now: Run) -> Self {
        let keys: BTreeSet<&RowKey> = before.rows.keys().chain(now.rows.keys()).collect();
        let rows = keys.into_iter().map(|key| ComparedRow {
            key: key.clone(),
            before: before.rows.get(key).copied(),
            now: now.rows.get(key).copied(),
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|row| Reverse(row.effect())); // stable: equal ones stay sorted by name
        Self { before, now, rows }
    }

    /// Returns the functions whose median has grown by more than `limit`, relative to the earlier
    /// run, without [noise](Self#noise): 0.1 for 10 %. The one with the greatest effect on the
    /// total comes first.
    ///
    /// The median is used because a few slow calls, as on a busy machine, do not change it.
    #[must_use]
    pub fn regressions(&self, limit: f64) -> Vec<SummaryRegression> {
        let slower = self.rows.iter().filter_map(|row| {
            let (before, now) = (row.before?, row.now?);
            let change = Change::of_time(&before, &now, |measures| measures.p50);
            let is_slower = !change.is_noise && change.relative > limit;
            is_slower.then(|| SummaryRegression {
                key: row.key.clone(),
                before,
                now,
                change: change.relative,
            })
        });
        slower.collect()
    }

    /// Returns whether the two runs have no function in common.
    pub(super) fn is_of_other_functions(&self) -> bool {
        let mut rows = self.rows.iter();
        !rows.any(|row| row.before.is_some() && row.now.is_some())
    }

    /// Formats all rows, in lines of at most `width` columns if there is a width.
    pub(super) fn text(&self, width: Option<usize>, has_colours: bool) -> String {
        let width = width.unwrap_or(usize::MAX).max(1);
        let (before, now) = (&self.before, &self.now);
        let first = format!(
            "compared: {} ({}), {} calls ({})",
            units::duration(now.duration),
            relative_text(relative(before.duration, now.duration)),
            units::count(now.calls),
            relative_text(relative(before.calls, now.calls)),
        );
        if self.rows.is_empty() {
            return wrapped("nothing to compare: no events were received", width);
        }
        let columns = self.columns();
        let mut text = wrapped(&first, width);
        text += &columns::format(columns, &LEAST_IMPORTANT_FIRST, width, has_colours);
        if text.contains('~') {
            text += &wrapped(NOTE, width);
        }
        text
    }

    fn columns(&self) -> Vec<Column> {
        let mut counts = HashMap::new();
        for row in &self.rows {
            *counts
                .entry((&row.key.kind, &row.key.function))
                .or_insert(0) += 1;
        }
        let name = |row: &ComparedRow| {
            let RowKey {
                kind,
                function,
                module,
                ..
            } = &row.key;
            let is_shared = counts[&(kind, function)] > 1 && !module.is_empty();
            let name = if is_shared {
                format!("{module}::{function}")
            } else {
                function.clone()
            };
            escaped(&name).into_owned()
        };
        let kinds = self.rows.iter();
        let kinds = kinds.map(|row| escaped(&row.key.kind).into_owned());
        let times: [(_, Time); 3] = [
            ("mean", |row| row.mean),
            ("p50", |row| row.p50),
            ("p99", |row| row.p99),
        ];
        let mut columns = vec![
            Column::names(KIND, kinds.collect()),
            Column::names(FUNCTION, self.rows.iter().map(name).collect()),
            self.column("calls", |row| units::count(row.calls), Change::of_calls),
            self.column("total", |row| units::duration(row.total), Change::of_total),
        ];
        columns.extend(times.map(|(heading, time)| {
            let change = |before: &Measures, now: &Measures| Change::of_time(before, now, time);
            self.column(heading, |row| units::duration(time(row).nanos), change)
        }));
        columns
    }

    /// Returns a column of numbers, each with its change.
    fn column(
        &self,
        heading: &'static str,
        number: impl Fn(&Measures) -> String,
        change: impl Fn(&Measures, &Measures) -> Change,
    ) -> Column {
        let cells = self.rows.iter().map(|row| match (&row.before, &row.now) {
            (Some(before), Some(now)) => {
                let change = change(before, now);
                (number(now), change.text(), change.style(heading == "calls"))
            }
            (None, Some(now)) => (number(now), "new".to_owned(), PLAIN),
            (_, None) => ("-".to_owned(), "gone".to_owned(), FAINT),
        });
        let cells: Vec<(String, String, Style)> = cells.collect();
        let widest = cells.iter().map(|(_, change, _)| width(change)).max();
        let aligned = cells.into_iter().map(|(number, change, style)| {
            let pad = " ".repeat(widest.unwrap_or(0) - width(&change));
            (format!("{number} {pad}{change}"), style)
        });
        Column::numbers(heading, aligned.collect())
    }
}

impl fmt::Display for SummaryComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(f.width(), f.alternate()))
    }
}

impl ComparedRow {
    /// Returns by how much the total has changed, in nanoseconds.
    fn effect(&self) -> u64 {
        let total = |measures: Option<Measures>| measures.map_or(0, |measures| measures.total);
        total(self.now).abs_diff(total(self.before))
    }
}

impl Change {
    /// Returns the change of the number of calls, which is exact.
    fn of_calls(before: &Measures, now: &Measures) -> Self {
        Self {
            relative: relative(before.calls, now.calls),
            is_noise: false,
        }
    }

    /// Returns the change of the total. It is that of the calls times that of the mean.
    fn of_total(before: &Measures, now: &Measures) -> Self {
        let relative = relative(before.total, now.total);
        let is_small = relative.abs() < MIN_CHANGE || now.total.abs_diff(before.total) < MIN_EFFECT;
        let mean = Self::of_time(before, now, |measures| measures.mean);
        let calls = Self::of_calls(before, now);
        Self {
            relative,
            is_noise: is_small || (mean.is_noise && calls.relative.abs() < MIN_CHANGE),
        }
    }

    fn of_time(before: &Measures, now: &Measures, time: impl Fn(&Measures) -> Estimate) -> Self {
        let calls = now.calls.min(before.calls);
        let (before, now) = (time(before), time(now));
        let relative = relative(before.nanos, now.nanos);
        let effect = now.nanos.abs_diff(before.nanos).saturating_mul(calls);
        let is_apart = before
            .interval
            .zip(now.interval)
            .is_some_and(|(before, now)| {
                let ((low, high), (low_now, high_now)) = (before, now);
                high < low_now || high_now < low
            });
        Self {
            relative,
            is_noise: relative.abs() < MIN_CHANGE || effect < MIN_EFFECT || !is_apart,
        }
    }

    fn text(self) -> String {
        let noise = if self.is_noise { "~" } else { "" };
        format!("{noise}{}", relative_text(self.relative))
    }

    /// Returns the style. More calls are neither good nor bad.
    fn style(self, is_calls: bool) -> Style {
        if self.is_noise {
            FAINT
        } else if is_calls || self.relative == 0.0 {
            PLAIN
        } else if self.relative > 0.0 {
            FAILED
        } else {
            FASTER
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
fn relative(before: u64, now: u64) -> f64 {
    match (before, now) {
        (0, 0) => 0.0,
        (0, _) => f64::INFINITY,
        _ => now as f64 / before as f64 - 1.0,
    }
}

fn relative_text(relative: f64) -> String {
    match relative {
        f64::INFINITY => "new".to_owned(),
        9.0.. => format!("×{:.0}", relative + 1.0),
        _ if relative.abs() < 0.005 => "+0%".to_owned(),
        _ => format!("{:+.0}%", relative * 100.0),
    }
}
