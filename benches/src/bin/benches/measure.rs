//! Measuring scenarios: instructions, allocations and times.

use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use scenarios::{Group, Scenario, all};

use crate::callgrind::{self, CALLS};
use crate::programs;

/// Number of concurrent callgrind runs.
const WORKERS: usize = 2;

/// The measured costs of one scenario.
pub(crate) struct Row {
    pub(crate) scenario: &'static Scenario,
    /// Per call (or poll) above the baseline; in a [`Group::Bare`] the
    /// whole call, including the loop.
    pub(crate) instructions: f64,
    /// Per call or poll.
    pub(crate) allocations: f64,
    /// Bytes that are still allocated, per call or poll.
    pub(crate) bytes: f64,
    /// Per call above the baseline, of the calling thread and of all threads.
    ///
    /// `None` if the scenario was not timed.
    pub(crate) nanoseconds: Option<[f64; 2]>,
}

/// Counts instructions and allocations of the `chosen` scenarios, `WORKERS` at a time.
pub(crate) fn count(chosen: impl Fn(&Scenario) -> bool) -> io::Result<Vec<Row>> {
    if !callgrind::is_installed() {
        return Err(io::Error::other(callgrind::MISSING));
    }
    programs::build()?;
    // A baseline is measured for each row that needs it.
    let is_baseline = |one: &Scenario| all().any(|row| chosen(row) && row.baseline == one.name);
    let scenarios: Vec<&'static Scenario> = all()
        .filter(|one| chosen(one) || is_baseline(one))
        .collect();
    let next = AtomicUsize::new(0);
    let counted = Mutex::new(Vec::new());
    let work = || {
        // Relaxed: the counter only hands out each index once.
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = count_one(scenario);
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.push(row);
        }
    };
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(work);
        }
    });
    let rows = counted.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut rows: Vec<Row> = rows.into_iter().collect::<io::Result<_>>()?;
    rows.sort_by_key(|row| {
        scenarios
            .iter()
            .position(|one| one.name == row.scenario.name)
    });
    subtract_baselines(&mut rows);
    rows.retain(|row| chosen(row.scenario));
    Ok(rows)
}

fn count_one(scenario: &'static Scenario) -> io::Result<Row> {
    let few = allocated(scenario, CALLS)?;
    let many = allocated(scenario, 2 * CALLS)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_call = |few: i64, many: i64| (many - few) as f64 / CALLS as f64;
    Ok(Row {
        scenario,
        instructions: callgrind::per_call(scenario)?,
        allocations: per_call(few[0], many[0]),
        bytes: per_call(few[1], many[1]),
        nanoseconds: None,
    })
}

/// Returns the number of allocations, and of bytes still allocated after the calls.
fn allocated(scenario: &Scenario, calls: u64) -> io::Result<[i64; 2]> {
    let printed = run("allocations", scenario.name, &calls.to_string())?;
    let mut numbers = printed.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(count)), Some(Ok(bytes))) => Ok([count, bytes]),
        _ => Err(io::Error::other(format!(
            "`allocations` printed {printed:?}, expected two numbers"
        ))),
    }
}

fn subtract_baselines(rows: &mut [Row]) {
    let totals: Vec<(&str, f64)> = rows
        .iter()
        .map(|row| (row.scenario.name, row.instructions))
        .collect();
    let measured = rows
        .iter_mut()
        .filter(|row| row.scenario.group != Group::Bare);
    for row in measured {
        let baseline = totals
            .iter()
            .find(|(name, _)| *name == row.scenario.baseline)
            .map_or(0.0, |(_, instructions)| *instructions);
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let polls = row.scenario.polls as f64;
        row.instructions = (row.instructions - baseline) / polls;
        row.allocations /= polls;
        row.bytes /= polls;
    }
}

/// Measures the times of a call.
pub(crate) fn time(row: &mut Row) -> io::Result<()> {
    let printed = run("scenario", row.scenario.name, "time")?;
    let mut times = printed.split_whitespace().map(str::parse);
    if let (Some(Ok(thread)), Some(Ok(process))) = (times.next(), times.next()) {
        row.nanoseconds = Some([thread, process]);
    }
    Ok(())
}

fn run(program: &str, scenario: &str, argument: &str) -> io::Result<String> {
    let mut command = Command::new(programs::path(program)?);
    programs::output(command.args([scenario, argument]))
}
