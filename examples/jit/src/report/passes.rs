//! The table of passes: number of runs and run time of each.
//!
//! Passes are nested: type inference compiles callees, and code generation runs Cranelift's passes.
//! A pass's share is based on its self time, so that the shares add up to 100 %.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use event_core::builtin::RUN_PASS;
use event_core::{Event, ThreadId};

use super::milliseconds;

/// The number of runs and the run time of each pass, over all functions.
#[derive(Clone, Debug, Default)]
pub struct PassTable {
    /// Sorted by self time, longest first.
    rows: Vec<Row>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    pass: String,
    calls: usize,
    /// Time from START to END.
    total: Duration,
    /// Time without nested passes.
    own: Duration,
}

/// A pass that has started and not ended yet.
#[derive(Debug)]
struct RunningPass {
    pass: String,
    started: Instant,
    /// Total time of the nested passes.
    nested: Duration,
}

impl PassTable {
    /// Builds the table from recorded events in their order. Other kinds than `numba:run_pass` are
    /// ignored.
    pub fn from_events<'a>(events: impl IntoIterator<Item = &'a Event<'static>>) -> Self {
        let mut rows: HashMap<String, Row> = HashMap::new();
        let mut threads: HashMap<ThreadId, Vec<RunningPass>> = HashMap::new();
        for event in events {
            if event.kind() != RUN_PASS {
                continue;
            }
            let running = threads.entry(event.thread()).or_default();
            if event.is_start() {
                running.push(RunningPass {
                    pass: pass_name(event),
                    started: event.instant(),
                    nested: Duration::ZERO,
                });
                continue;
            }
            let Some(ended) = running.pop() else {
                continue;
            };
            let total = event.instant().saturating_duration_since(ended.started);
            if let Some(outer) = running.last_mut() {
                outer.nested += total;
            }
            let row = rows.entry(ended.pass.clone()).or_default();
            row.pass = ended.pass;
            row.calls += 1;
            row.total += total;
            row.own += total.saturating_sub(ended.nested);
        }
        let mut rows: Vec<_> = rows.into_values().collect();
        rows.sort_by(|one, two| two.own.cmp(&one.own).then_with(|| one.pass.cmp(&two.pass)));
        Self { rows }
    }
}

/// Returns the pass's name without the function's name: `regalloc` of `regalloc [area]`.
fn pass_name(event: &Event<'_>) -> String {
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
        writeln!(
            f,
            "{:<width$}  calls  {:>12}  {:>12}   share",
            "pass", "total", "self"
        )?;
        for row in &self.rows {
            let share = if all.is_zero() {
                0.0
            } else {
                row.own.div_duration_f64(all) * 100.0
            };
            writeln!(
                f,
                "{:<width$}  {:>5}  {:>12}  {:>12}  {share:>5.1}%",
                row.pass,
                row.calls,
                milliseconds(row.total),
                milliseconds(row.own),
            )?;
        }
        Ok(())
    }
}
