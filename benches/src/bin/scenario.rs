//! Runs one scenario in a process of its own: `scenario NAME CALLS`, which is what callgrind
//! counts, or `scenario NAME time`, which prints nanoseconds for each call (or poll) above the bare one.

use std::process::ExitCode;
use std::time::Instant;

use scenarios::{Scenario, by_hand, find};

/// How many calls are timed together, and how often.
const CALLS: u64 = 4096;
const ROUNDS: usize = 41;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, calls) = (arguments.next(), arguments.next());
    // Whatever a check loads may be written, as far as the optimiser knows.
    by_hand::set_heard(std::env::var_os("BENCHES_HEARD").is_some());
    let Some(scenario) = name.as_deref().and_then(find) else {
        eprintln!("no such scenario; usage: scenario NAME CALLS|time");
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
    // The end of the process is not what is measured.
    std::mem::forget(prepared);
}

fn time(scenario: &Scenario) -> f64 {
    let bare = find(scenario.bare).unwrap_or(scenario);
    let prepared = scenario.prepare();
    let (mut bares, mut times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bares.push(nanoseconds(bare));
        times.push(nanoseconds(scenario));
    }
    std::mem::forget(prepared);
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let polls = scenario.polls as f64;
    (median(times) - median(bares)) / polls
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
