//! Runs one scenario in a process of its own.
//!
//! `scenario NAME CALLS` makes the calls; the runner executes it under callgrind.
//! `scenario NAME time` prints nanoseconds per call (or per poll) above the baseline: those of the
//! calling thread, and those of all threads.

use std::ops::Range;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use scenarios::{Scenario, by_hand, find};

/// Number of calls that are timed together.
const CALLS: u64 = 4096;

/// Lowest and highest number of timings of which the median is taken.
const ROUNDS: Range<usize> = 41..1_000;

/// Rounds are repeated for this long. It is longer than the peers keep data before they process it.
const ROUNDS_DURATION: Duration = Duration::from_millis(1_500);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, calls) = (arguments.next(), arguments.next());
    // The flag depends on the environment, so the optimiser cannot replace it by a constant.
    by_hand::set_enabled(std::env::var_os("BENCHES_ENABLED").is_some());
    let Some(scenario) = name.as_deref().and_then(find) else {
        eprintln!("unknown scenario; usage: scenario NAME CALLS|time");
        return ExitCode::FAILURE;
    };
    if let Some(Ok(calls)) = calls.as_deref().map(str::parse) {
        run(scenario, calls);
    } else {
        let Time { thread, process } = time(scenario);
        println!("{thread:.2} {process:.2}");
    }
    ExitCode::SUCCESS
}

fn run(scenario: &Scenario, calls: u64) {
    let prepared = scenario.prepare();
    scenario.run(calls);
    // Forgotten, because uninstalling the listeners is not part of the measurement.
    std::mem::forget(prepared);
}

/// The nanoseconds of a call (or a poll) above the baseline.
struct Time {
    /// CPU time of the calling thread: the median of the rounds after the first.
    thread: f64,
    /// CPU time of all threads of the process, from the first call until everything is flushed.
    process: f64,
}

fn time(scenario: &Scenario) -> Time {
    let baseline = find(scenario.baseline).unwrap_or(scenario);
    let start = ClockId::ProcessCPUTime.now();
    let prepared = scenario.prepare();
    let mut baseline_times = Vec::new();
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < ROUNDS.start
        || times.len() < ROUNDS.end && begin.elapsed() < ROUNDS_DURATION
    {
        baseline_times.push(nanoseconds(baseline));
        times.push(nanoseconds(scenario));
    }
    drop(prepared);
    let process = ClockId::ProcessCPUTime.now() - start;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let (polls, rounds, calls) = (scenario.polls as f64, times.len() as f64, CALLS as f64);
    let process = process / calls - baseline_times.iter().sum::<f64>();
    let baseline = median(baseline_times);
    Time {
        thread: (median(times) - baseline) / polls,
        process: (process / rounds - baseline) / polls,
    }
}

/// Returns the CPU time of this thread in one call of `scenario`.
fn nanoseconds(scenario: &Scenario) -> f64 {
    let start = ClockId::ThreadCPUTime.now();
    scenario.run(CALLS);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let calls = CALLS as f64;
    (ClockId::ThreadCPUTime.now() - start) / calls
}

trait Nanoseconds {
    /// Returns the time of this clock in nanoseconds.
    fn now(self) -> f64;
}

impl Nanoseconds for ClockId {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn now(self) -> f64 {
        let time = clock_gettime(self);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    // The first rounds warm caches and grow buffers.
    let mut times = times.split_off(times.len() / 10);
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
