//! Measures the memory of a recorder: what it keeps, and what reading it takes in addition.
//!
//! `memory CALLS` prints the bytes that are kept, the highest number of bytes that were allocated
//! meanwhile, and the highest number of further bytes while all events are read.

use std::hint::black_box;
use std::process::ExitCode;

use allocation_counter::measure;
use event_core::{RecordingListener, install_listener};
use scenarios::ours::{KIND, work};

fn main() -> ExitCode {
    let calls = std::env::args().nth(1);
    let Some(calls) = calls.and_then(|calls| calls.parse::<u64>().ok()) else {
        eprintln!("usage: memory CALLS");
        return ExitCode::FAILURE;
    };
    let recorder = install_listener(KIND, RecordingListener::new());
    let kept = measure(|| {
        for call in 0..calls {
            black_box(work(black_box(call), "select 7"));
        }
    });
    let reading = measure(|| recorder.events().for_each(|event| drop(black_box(event))));
    println!(
        "{} {} {}",
        kept.bytes_current, kept.bytes_max, reading.bytes_max
    );
    ExitCode::SUCCESS
}
