//! The table of passes: how often each ran, and how long.
//!
//! Passes run inside passes: type inference has callees compiled, and code generation is full
//! of Cranelift's. A pass's share is of what it did itself, so the shares add up to all.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use event_core::builtin::RUN_PASS;
use event_core::{Event, ThreadId};

use super::milliseconds;

/// How often each pass ran and how long it took, over all functions.
#[derive(Clone, Debug, Default)]
pub struct PassTable {
    /// The longest first.
    rows: Vec<Row>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    pass: String,
    calls: usize,
    /// From START to END.
    total: Duration,
    /// Without the passes inside.
    own: Duration,
}

/// A pass that has begun.
#[derive(Debug)]
struct Open {
    pass: String,
    began: Instant,
    inside: Duration,
}

impl PassTable {
    /// Makes the table from recorded events, in their order; only `numba:run_pass` counts.
    pub fn from_events<'a>(events: impl IntoIterator<Item = &'a Event<'static>>) -> Self {
        let mut rows: HashMap<String, Row> = HashMap::new();
        let mut threads: HashMap<ThreadId, Vec<Open>> = HashMap::new();
        for event in events {
            if event.kind() != RUN_PASS {
                continue;
            }
            let open = threads.entry(event.thread()).or_default();
            if event.is_start() {
                let (pass, inside) = (pass_of(event), Duration::ZERO);
                open.push(Open {
                    pass,
                    began: event.instant(),
                    inside,
                });
                continue;
            }
            let Some(ended) = open.pop() else {
                continue;
            };
            let total = event.instant().saturating_duration_since(ended.began);
            if let Some(outer) = open.last_mut() {
                outer.inside += total;
            }
            let row = rows.entry(ended.pass.clone()).or_default();
            row.pass = ended.pass;
            row.calls += 1;
            row.total += total;
            row.own += total.saturating_sub(ended.inside);
        }
        let mut rows: Vec<_> = rows.into_values().collect();
        rows.sort_by(|one, two| two.own.cmp(&one.own).then_with(|| one.pass.cmp(&two.pass)));
        Self { rows }
    }
}

/// The pass's name without the function's: `regalloc` of `regalloc [area]`.
fn pass_of(event: &Event<'_>) -> String {
    let name = event
        .data()
        .get("name")
        .map(ToString::to_string)
        .unwrap_or_default();
    name.split(" [").next().unwrap_or_default().to_owned()
}

impl fmt::Display for PassTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return writeln!(f, "no numba:run_pass events");
        }
        let width = self
            .rows
            .iter()
            .map(|row| row.pass.len())
            .max()
            .unwrap_or(0);
        let all: Duration = self.rows.iter().map(|row| row.own).sum();
        let (total, own) = ("total", "itself");
        writeln!(
            f,
            "{:<width$}  calls  {total:>12}  {own:>12}   share",
            "pass"
        )?;
        for row in &self.rows {
            let share = if all.is_zero() {
                0.0
            } else {
                row.own.div_duration_f64(all) * 100.0
            };
            let (total, own) = (milliseconds(row.total), milliseconds(row.own));
            let (pass, calls) = (&row.pass, row.calls);
            writeln!(
                f,
                "{pass:<width$}  {calls:>5}  {total:>12}  {own:>12}  {share:>5.1}%"
            )?;
        }
        Ok(())
    }
}
