//! fastrace: `#[trace]`, with and without a root span.
//!
//! A collector thread of fastrace drains the collected spans. Its instructions are not counted.

use std::any::Any;

use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};

use super::in_batches;
use crate::body::{Work, hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Disabled,
        "fastrace-off",
        "fastrace, no parent span",
        |calls| {
            repeat(calls, work);
        },
    ),
    Scenario::new(
        Group::Enabled,
        "fastrace",
        "fastrace, under a root span (no arguments)",
        |calls| under_roots(calls, work),
    )
    .with(install_reporter),
    Scenario::new(
        Group::Recorded,
        "fastrace-properties",
        "fastrace, two properties",
        |calls| {
            under_roots(calls, with_properties);
        },
    )
    .with(install_reporter),
];

struct Discard;

impl Reporter for Discard {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

fn install_reporter() -> Box<dyn Any> {
    fastrace::set_reporter(Discard, Config::default());
    Box::new(Flush)
}

/// Processes all collected spans when it is dropped.
struct Flush;

impl Drop for Flush {
    fn drop(&mut self) {
        fastrace::flush();
    }
}

fn under_roots(calls: u64, work: Work) {
    in_batches(calls, |calls| {
        let root = Span::root("root", SpanContext::random());
        let _parent = root.set_local_parent();
        repeat(calls, work);
    });
}

/// The measured function with the attribute.
#[inline(never)]
#[fastrace::trace]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
}

/// The measured function with the attribute and both arguments as properties.
#[inline(never)]
#[fastrace::trace(properties = { "a": "{a}", "b": "{b}" })]
#[must_use]
pub fn with_properties(a: u64, b: &str) -> u64 {
    hash(a, b)
}
