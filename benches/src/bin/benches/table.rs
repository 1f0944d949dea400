//! The tables of instructions, times, allocations and bytes kept.

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

const GROUPS: [(Group, &str); 8] = [
    (Group::Disabled, "disabled: above the bare call"),
    (
        Group::DisabledForm,
        "disabled, the other forms: above the bare call",
    ),
    (
        Group::DisabledFuture,
        "disabled futures: above the bare future",
    ),
    (
        Group::Enabled,
        "enabled, the listener does nothing: above the bare call",
    ),
    (
        Group::EnabledForm,
        "the same, the other forms: above the bare call",
    ),
    (
        Group::EnabledFuture,
        "the same, futures: above the bare future",
    ),
    (Group::Timed, "timed: above a call with two clock reads"),
    (Group::Recorded, "recorded: above the bare call"),
];

/// The measured costs of one scenario.
struct Row {
    scenario: &'static Scenario,
    /// Per call including the loop. `subtract_baselines` changes it to the cost of a call or poll
    /// above the baseline.
    instructions: f64,
    /// Per call; after `subtract_baselines`, per call or poll.
    allocations: f64,
    bytes: f64,
    /// Per call above the baseline; `None` if the scenario was not timed.
    nanoseconds: Option<f64>,
}

/// Measures every scenario and prints the tables.
pub(crate) fn print() -> io::Result<()> {
    let mut rows = count_all(|_| true)?;
    for row in &mut rows {
        let time = run("scenario", row.scenario.name, "time")?;
        row.nanoseconds = time.trim().parse().ok();
    }
    print_rows(rows);
    Ok(())
}

/// Prints the tables without peers and without times.
pub(crate) fn print_quick() -> io::Result<()> {
    print_rows(count_all(|scenario| !scenario.is_peer())?);
    Ok(())
}

fn print_rows(mut rows: Vec<Row>) {
    if let Some(bare) = rows.iter().find(|row| row.scenario.name == "bare") {
        let instructions = bare.instructions;
        println!("A bare call is {instructions:.1} instructions with the loop around it.");
    }
    subtract_baselines(&mut rows);
    for (group, title) in GROUPS {
        print_group(&rows, group, title);
    }
}

fn run(program: &str, scenario: &str, argument: &str) -> io::Result<String> {
    let mut command = Command::new(programs::path(program)?);
    programs::output(command.args([scenario, argument]))
}

/// Counts instructions and allocations of the `chosen` scenarios, `WORKERS` at a time.
fn count_all(chosen: fn(&Scenario) -> bool) -> io::Result<Vec<Row>> {
    if !callgrind::is_installed() {
        return Err(io::Error::other(callgrind::MISSING));
    }
    programs::build()?;
    let scenarios: Vec<&'static Scenario> = all().filter(|one| chosen(one)).collect();
    let next = AtomicUsize::new(0);
    let counted = Mutex::new(Vec::new());
    let work = || {
        // Relaxed: the counter only hands out each index once.
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = count(scenario);
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
    Ok(rows)
}

fn count(scenario: &'static Scenario) -> io::Result<Row> {
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
    for row in rows {
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

fn print_group(rows: &[Row], group: Group, title: &str) {
    println!("\n| {title} | instructions | target | × ours | ns | allocations | bytes kept |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let rows = || rows.iter().filter(|row| row.scenario.group == group);
    let ours = rows()
        .find(|row| row.scenario.is_ours())
        .map(|row| row.instructions);
    for row in rows() {
        print_row(row, ours.filter(|ours| *ours >= 0.5));
    }
}

fn print_row(row: &Row, ours: Option<f64>) {
    let Row {
        scenario,
        instructions,
        allocations,
        bytes,
        nanoseconds,
    } = row;
    let target = scenario.target.map_or(String::new(), |target| {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let is_met = *instructions <= target as f64 + 0.01;
        format!("≤ {target}{}", if is_met { "" } else { ", missed" })
    });
    let ratio = ours.map_or(String::new(), |ours| format!("{:.1}", instructions / ours));
    let time = nanoseconds.map_or(String::new(), |time| format!("{time:+.1}"));
    println!(
        "| {} | {instructions:+.0} | {target} | {ratio} | {time} | {allocations:.2} | {bytes:.0} |",
        scenario.label
    );
}
