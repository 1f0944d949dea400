//! Runs one scenario in a process of its own.
//!
//! `scenario NAME CALLS` makes the calls; the runner executes it under callgrind.
//! `scenario NAME time` prints nanoseconds per call (or per poll) above the baseline.

use std::process::ExitCode;
use std::time::Instant;

use scenarios::{Scenario, by_hand, find};

/// Number of calls that are timed together.
const CALLS: u64 = 4096;

/// Number of timings of which the median is taken.
const ROUNDS: usize = 41;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, calls) = (arguments.next(), arguments.next());
    // The flag depends on the environment, so the optimiser cannot replace it by a constant.
    by_hand::set_enabled(std::env::var_os("BENCHES_ENABLED").is_some());
    let Some(scenario) = name.as_deref().and_then(find) else {
        eprintln!("unknown scenario; usage: scenario NAME CALLS|time");
        return ExitCode::FAILURE;
    };
    match calls.as_deref().map(str::parse) {
        Some(Ok(calls)) => run(scenario, calls),
        _ => println!("{:.2}", time(scenario)),
    }
    ExitCode::SUCCESS
}

fn run(scenario: &Scenario, calls: u64) {
    let prepared = scenario.prepare();
    scenario.run(calls);
    // Forgotten, because uninstalling the listeners is not part of the measurement.
    std::mem::forget(prepared);
}

fn time(scenario: &Scenario) -> f64 {
    let baseline = find(scenario.baseline).unwrap_or(scenario);
    let prepared = scenario.prepare();
    let mut baseline_times = Vec::new();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        baseline_times.push(nanoseconds(baseline));
        times.push(nanoseconds(scenario));
    }
    std::mem::forget(prepared);
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let polls = scenario.polls as f64;
    (median(times) - median(baseline_times)) / polls
}

fn nanoseconds(scenario: &Scenario) -> f64 {
    let start = Instant::now();
    scenario.run(CALLS);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let calls = CALLS as f64;
    start.elapsed().as_secs_f64() * 1e9 / calls
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
