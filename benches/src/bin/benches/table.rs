//! The tables of instructions, times, allocations and bytes kept.

use std::io;

use scenarios::Group;

use crate::measure::{self, Row};

const GROUPS: [(Group, &str); 11] = [
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
    (Group::Aggregated, "aggregated: above the bare call"),
    (Group::Bridge, "bridges: above the bare call"),
    (
        Group::Install,
        "installing and dropping: above the bare call",
    ),
];

/// Measures every scenario and prints the tables.
pub(crate) fn print() -> io::Result<()> {
    let mut rows = measure::count(|_| true)?;
    for row in &mut rows {
        measure::time(row)?;
    }
    print_rows(&rows);
    Ok(())
}

/// Prints the tables without peers and without times.
pub(crate) fn print_quick() -> io::Result<()> {
    print_rows(&measure::count(|scenario| !scenario.is_peer())?);
    Ok(())
}

fn print_rows(rows: &[Row]) {
    if let Some(bare) = rows.iter().find(|row| row.scenario.name == "bare") {
        let instructions = bare.instructions;
        println!("A bare call is {instructions:.1} instructions with the loop around it.");
    }
    for (group, title) in GROUPS {
        print_group(rows, group, title);
    }
}

fn print_group(rows: &[Row], group: Group, title: &str) {
    println!(
        "\n| {title} | instructions | target | × ours | ns | CPU ns, all threads | allocations | bytes kept |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
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
    let time = nanoseconds.map_or_else(
        || " | ".to_owned(),
        |[thread, process]| format!("{thread:+.1} | {process:+.1}"),
    );
    println!(
        "| {} | {instructions:+.0} | {target} | {ratio} | {time} | {allocations:.2} | {bytes:.0} |",
        scenario.label
    );
}
