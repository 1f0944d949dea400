//! Runs the workload of a crate: `program LISTENER ROUNDS`. With the listener `count` it prints the
//! number of calls.

mod listeners;
mod workload;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let listener = arguments.next().expect("a listener");
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok());
    let rounds: u64 = rounds.expect("a number of rounds");
    let installed = listeners::install(&listener);
    if listener != "count" {
        workload::round(); // registers the call sites, and fills the caches
    }
    measured_rounds(rounds);
    listeners::finish(installed);
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured_rounds(rounds: u64) {
    for _ in 0..rounds {
        workload::round();
    }
}
