//! A small program with a value for each column of a summary. `EVENT_EXPORT` selects the outputs.
//!
//! `EVENT_EXPORT=summary cargo run --example calls --all-features [ROUNDS [print|exit|panic]]`
//!
//! `print` prints a line at each 25th round. `exit` and `panic` end the process in that way.

use std::time::{Duration, Instant};

use event_core::{builtin, data, trigger_event};

#[cfg(feature = "alloc")]
#[global_allocator]
static ALLOCATOR: event_export::CountingAllocator = event_export::CountingAllocator::system();

#[trigger_event("app:parse", err)]
fn parse(text: &str) -> Result<Vec<u64>, std::num::ParseIntError> {
    text.split(' ').map(str::parse).collect()
}

#[trigger_event("app:fibonacci")]
fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fibonacci(n - 1) + fibonacci(n - 2)
    }
}

#[trigger_event("app:run")]
fn run(round: u64) {
    let text = if round % 10 == 3 { "1 2 x" } else { "1 2 3" };
    let numbers = parse(text).unwrap_or_default();
    for number in numbers {
        fibonacci(number * 4);
    }
    for (name, micros) in [
        ("inline", 30),
        ("constant_folding", 90),
        ("type_inference", 250),
    ] {
        trigger_event(builtin::RUN_PASS, data! { name }, || wait(micros));
    }
}

fn wait(micros: u64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _exports = event_export::from_env()?;
    let mut arguments = std::env::args().skip(1);
    let rounds: u64 = arguments.next().map_or(Ok(200), |rounds| rounds.parse())?;
    let then = arguments.next();
    for round in 0..rounds {
        run(round);
        if then.as_deref() == Some("print") && round % 25 == 0 {
            println!("round {round}");
        }
    }
    match then.as_deref() {
        Some("exit") => std::process::exit(3),
        Some("panic") => panic!("as requested"),
        _ => {}
    }
    Ok(())
}
