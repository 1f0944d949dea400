//! The check of CI: a disabled call must not cost more instructions than its target.

use std::io;
use std::process::ExitCode;

use scenarios::{Scenario, find};

use crate::{callgrind, programs};

/// The states in which an annotated function is disabled.
const CHECKED: [&str; 3] = ["ours-disabled", "ours-other-kinds", "ours-uninstalled"];

/// Fails if a disabled call costs more instructions than its target.
pub(crate) fn run() -> ExitCode {
    if !callgrind::is_installed() {
        println!("skipped: {}", callgrind::MISSING);
        return ExitCode::SUCCESS;
    }
    match check() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> io::Result<bool> {
    programs::build()?;
    let mut all_within = true;
    for scenario in CHECKED.iter().filter_map(|name| find(name)) {
        all_within &= is_within(scenario)?;
    }
    Ok(all_within)
}

fn is_within(scenario: &Scenario) -> io::Result<bool> {
    let bare = find(scenario.baseline).map_or(Ok(0.0), callgrind::per_call)?;
    let above = callgrind::per_call(scenario)? - bare;
    let target = scenario.target.unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let is_within = above <= target as f64 + 0.01;
    let verdict = if is_within { "ok" } else { "TOO MANY" };
    println!(
        "{}: {above:.1} instructions above the bare call ({bare:.1}), target at most {target}: {verdict}",
        scenario.name
    );
    Ok(is_within)
}
