//! log: one record before the body and one after it.

use log::trace;

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};
use crate::subscribers::install_logger;

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
    .with(|| Box::new(install_logger())),
];

/// The measured function between two log records.
#[inline(never)]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    trace!("start a={a} b={b}");
    let hash = hash(a, b);
    trace!("end a={a} b={b}");
    hash
}
