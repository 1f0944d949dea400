//! Counts the allocations that one scenario makes on its thread.
//!
//! `allocations NAME CALLS` prints the number of allocations, and the number of bytes that are
//! still allocated at the end.

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
        eprintln!("unknown scenario or invalid number of calls; usage: allocations NAME CALLS");
        return ExitCode::FAILURE;
    };
    let prepared = scenario.prepare();
    // `prepare` has made one call, so the total is `calls`. Callers pass a power of two, at which
    // buffers that grow by doubling are exactly full.
    let counted = measure(|| scenario.run(calls - 1));
    std::mem::forget(prepared);
    println!("{} {}", counted.count_total, counted.bytes_current);
    ExitCode::SUCCESS
}
