//! The memory of a recorder, measured by a program of its own.

use std::io;
use std::process::Command;
use std::time::Instant;

use crate::programs;

/// Number of recorded calls.
const CALLS: u64 = 10_000_000;

/// Prints the memory that a recorder keeps, and the memory that reading it takes.
pub(crate) fn print() -> io::Result<()> {
    programs::build()?;
    let start = Instant::now();
    let mut memory = Command::new(programs::path("memory")?);
    let output = programs::output(memory.arg(CALLS.to_string()))?;
    let bytes: Option<Vec<u64>> = output
        .split_whitespace()
        .map(|it| it.parse().ok())
        .collect();
    let Some(&[kept, highest, reading]) = bytes.as_deref() else {
        return Err(io::Error::other("`memory` printed no figures"));
    };
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let [kept, highest, reading, calls] = [kept, highest, reading, CALLS].map(|it| it as f64);
    println!(
        "{CALLS} recorded calls: {:.2} GB kept, {:.0} B a call",
        kept / 1e9,
        kept / calls
    );
    println!(
        "while they are recorded: {:.2} times what is kept",
        highest / kept
    );
    println!(
        "while they are read: {:.3} times what is kept",
        1.0 + reading / kept
    );
    println!("both took {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
