//! The depth of an annotated recursion in a stack of fixed size, disabled and enabled.

use std::io;
use std::thread;

use event_core::install_listener;
use scenarios::depth::{self, Descent, reached};
use scenarios::ours::Idle;
#[cfg(feature = "peers")]
use scenarios::peers;

/// Number of bytes of stack that a recursion may use. Its thread's stack is larger.
const BYTES: usize = 1 << 20;

/// Label of a row, and its recursions with few and with many locals.
type Row = (&'static str, Descent, Descent);

const OURS: &[Row] = &[
    ("bare", depth::bare_small, depth::bare_large),
    ("**ours, disabled**", depth::ours_small, depth::ours_large),
];

#[cfg(feature = "peers")]
const PEERS: &[Row] = &[
    (
        "tracing, no subscriber",
        peers::depth::tracing_small,
        peers::depth::tracing_large,
    ),
    (
        "fastrace, no parent span",
        peers::depth::fastrace_small,
        peers::depth::fastrace_large,
    ),
];

#[cfg(not(feature = "peers"))]
const PEERS: &[Row] = &[];

/// Prints the depths as a table.
pub(crate) fn print() -> io::Result<()> {
    println!(
        "\n| depth in 1 MiB of stack, and share of the bare depth | 8 bytes of locals | 128 bytes of locals |"
    );
    println!("| --- | ---: | ---: |");
    let bare = [depth_of(depth::bare_small)?, depth_of(depth::bare_large)?];
    for &(label, small, large) in OURS.iter().chain(PEERS) {
        print_row(label, [small, large], bare)?;
    }
    let installed = install_listener("bench:descent", Idle);
    print_row(
        "ours, an idle listener",
        [depth::ours_small, depth::ours_large],
        bare,
    )?;
    drop(installed);
    Ok(())
}

fn print_row(label: &str, descents: [Descent; 2], bare: [u64; 2]) -> io::Result<()> {
    let cell = |index: usize| -> io::Result<String> {
        let depth = depth_of(descents[index])?;
        let percent = depth * 100 / bare[index].max(1);
        Ok(format!("{depth} ({percent} %)"))
    };
    println!("| {label} | {} | {} |", cell(0)?, cell(1)?);
    Ok(())
}

fn depth_of(descent: Descent) -> io::Result<u64> {
    let thread = thread::Builder::new().stack_size(4 * BYTES);
    let depth = thread.spawn(move || reached(descent, BYTES))?.join();
    depth.map_err(|_| io::Error::other("a measured recursion panicked"))
}
