//! Counts the allocations of one scenario on its thread: `allocations NAME CALLS` prints how many
//! there were, and how many bytes were still there at the end.

use std::process::ExitCode;

use allocation_counter::measure;
use scenarios::find;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let scenario = arguments.next().as_deref().and_then(find);
    let calls = arguments
        .next()
        .and_then(|calls| calls.parse::<u64>().ok())
        .filter(|calls| *calls > 0);
    let (Some(scenario), Some(calls)) = (scenario, calls) else {
        eprintln!("no such scenario; usage: allocations NAME CALLS");
        return ExitCode::FAILURE;
    };
    let prepared = scenario.prepare();
    // With the first call, which `prepare` made, it is a power of two: what doubles is then full.
    let counted = measure(|| scenario.run(calls - 1));
    std::mem::forget(prepared);
    println!("{} {}", counted.count_total, counted.bytes_current);
    ExitCode::SUCCESS
}
