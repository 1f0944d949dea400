//! The numbers of one run that are compared with those of another: of a table, or read from JSON.

use std::collections::HashMap;
use std::time::Duration;

use event_core::Site;
use serde_json::Value;

use super::row::{Interval, SummaryRow};
use crate::profile::units::nanos;

/// The version of the JSON of a table.
pub(super) const VERSION: u64 = 1;

/// The numbers of a run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) duration: u64,
    pub(super) calls: u64,
    pub(super) rows: HashMap<RowKey, Measures>,
}

/// The identity of a function in two runs. Its line may differ between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RowKey {
    pub(super) kind: String,
    pub(super) function: String,
    pub(super) module: String,
    /// The number of the function among those with equal names, in the order of their lines.
    number: usize,
}

/// The numbers of a function. Times are in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    pub(super) calls: u64,
    pub(super) total: u64,
    pub(super) mean: Estimate,
    pub(super) p50: Estimate,
    pub(super) p99: Estimate,
}

/// A time, and its 99 % confidence interval if it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) nanos: u64,
    pub(super) interval: Interval,
}

/// A row before its number is known.
struct UnnumberedRow {
    key: RowKey,
    position: (String, u64),
    measures: Measures,
}

impl Run {
    pub(super) fn of_rows(rows: &[SummaryRow], run_time: Duration) -> Self {
        let rows = rows.iter().filter(|row| !row.is_others());
        let rows: Vec<_> = rows.map(UnnumberedRow::of_row).collect();
        Self::new(nanos(run_time), rows)
    }

    /// Reads the JSON of a table.
    ///
    /// # Errors
    ///
    /// Returns why `text` is not a table of this version.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| {
            format!("it is not JSON, as `summary=FILE.json` writes it: {error}")
        })?;
        match json.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                return Err(format!(
                    "it has version {other}, and this program reads version {VERSION}; write it \
                     again with this program"
                ));
            }
            None => {
                let why = "it has no `version`; write it with `summary=FILE.json`";
                return Err(why.to_owned());
            }
        }
        let duration = number(&json, "run_ns")?;
        let Some(Value::Array(rows)) = json.get("rows") else {
            return Err("it has no list `rows`".to_owned());
        };
        let read = |(index, row)| {
            let row = UnnumberedRow::from_json(row);
            row.map_err(|why| format!("in row {}: {why}", index + 1))
        };
        let rows: Result<Vec<_>, String> = (0_usize..).zip(rows).map(read).collect();
        let mut rows = rows?;
        rows.retain(|row| row.key.kind != SummaryRow::OTHERS);
        Ok(Self::new(duration, rows))
    }

    fn new(duration: u64, mut rows: Vec<UnnumberedRow>) -> Self {
        rows.sort_by(|one, other| one.position.cmp(&other.position));
        let calls = rows.iter().map(|row| row.measures.calls);
        let calls = calls.fold(0, u64::saturating_add);
        let mut numbered = HashMap::new();
        for UnnumberedRow {
            mut key, measures, ..
        } in rows
        {
            while numbered.contains_key(&key) {
                key.number += 1;
            }
            numbered.insert(key, measures);
        }
        Self {
            duration,
            calls,
            rows: numbered,
        }
    }
}

impl UnnumberedRow {
    fn of_row(row: &SummaryRow) -> Self {
        let (intervals, site) = (row.intervals(), row.site());
        let estimate = |time, interval| Estimate {
            nanos: nanos(time),
            interval,
        };
        Self {
            key: RowKey {
                kind: row.kind().to_owned(),
                function: row.function().to_owned(),
                module: site.map_or("", Site::module_path).to_owned(),
                number: 0,
            },
            position: site.map_or_else(Default::default, |site| {
                (site.file().to_owned(), site.line().into())
            }),
            measures: Measures {
                calls: row.calls(),
                total: nanos(row.total()),
                mean: estimate(row.mean(), intervals.mean),
                p50: estimate(row.p50(), intervals.p50),
                p99: estimate(row.p99(), intervals.p99),
            },
        }
    }

    fn from_json(row: &Value) -> Result<Self, String> {
        let text = |key: &str| match row.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Null) => Ok(String::new()),
            _ => Err(format!("`{key}` is not a text")),
        };
        let estimate = |key: &str| {
            Ok::<_, String>(Estimate {
                nanos: number(row, key)?,
                interval: interval(row, key)?,
            })
        };
        let line = row.get("line").and_then(Value::as_u64);
        Ok(Self {
            key: RowKey {
                kind: text("kind")?,
                function: text("function")?,
                module: text("module")?,
                number: 0,
            },
            position: (text("file")?, line.unwrap_or(0)),
            measures: Measures {
                calls: number(row, "calls")?,
                total: number(row, "total_ns")?,
                mean: estimate("mean_ns")?,
                p50: estimate("p50_ns")?,
                p99: estimate("p99_ns")?,
            },
        })
    }
}

fn number(json: &Value, key: &str) -> Result<u64, String> {
    let number = json.get(key).and_then(Value::as_u64);
    number.ok_or_else(|| format!("`{key}` is not a whole number"))
}

fn interval(row: &Value, key: &str) -> Result<Interval, String> {
    let interval = row
        .get("intervals")
        .and_then(|intervals| intervals.get(key));
    match interval {
        Some(Value::Null) => Ok(None),
        Some(Value::Array(ends)) => match &ends[..] {
            [low, high] => Ok(low.as_u64().zip(high.as_u64())),
            _ => Err(format!("the interval of `{key}` has not two numbers")),
        },
        _ => Err(format!("`intervals` has no `{key}`")),
    }
}
