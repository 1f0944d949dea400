//! log: one record before the body and one after it.

use log::{LevelFilter, Log, Metadata, Record, trace};

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Disabled,
        "log-off",
        "log off, two records",
        |calls| {
            repeat(calls, work);
        },
    ),
    Scenario::new(
        Group::Enabled,
        "log",
        "log, two records, a logger that does nothing",
        |calls| {
            repeat(calls, work);
        },
    )
    .with(|| {
        log::set_max_level(LevelFilter::Trace);
        Box::new(log::set_logger(&Idle))
    }),
];

struct Idle;

impl Log for Idle {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &Record<'_>) {}
    fn flush(&self) {}
}

/// The measured function between two log records.
#[inline(never)]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    trace!("start a={a} b={b}");
    let hash = hash(a, b);
    trace!("end a={a} b={b}");
    hash
}
