//! fastrace: `#[trace]`, under a root span or none.
//!
//! Its collector thread drains what a root span has gathered; that thread is not counted.

use std::any::Any;

use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};

use super::in_batches;
use crate::body::{Work, hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Unheard,
        "fastrace-off",
        "fastrace, no parent span",
        |calls| {
            repeat(calls, work);
        },
    ),
    Scenario::new(
        Group::Heard,
        "fastrace",
        "fastrace, under a root span (no arguments)",
        |calls| under_roots(calls, work),
    )
    .with(report),
    Scenario::new(
        Group::Recorded,
        "fastrace-properties",
        "fastrace, two properties",
        |calls| {
            under_roots(calls, with_properties);
        },
    )
    .with(report),
];

struct Discard;

impl Reporter for Discard {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

fn report() -> Box<dyn Any> {
    fastrace::set_reporter(Discard, Config::default());
    Box::new(())
}

fn under_roots(calls: u64, work: Work) {
    in_batches(calls, |calls| {
        let root = Span::root("root", SpanContext::random());
        let _parent = root.set_local_parent();
        repeat(calls, work);
    });
}

/// The function with the attribute.
#[inline(never)]
#[fastrace::trace]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
}

/// The function with the attribute and both arguments as properties.
#[inline(never)]
#[fastrace::trace(properties = { "a": "{a}", "b": "{b}" })]
#[must_use]
pub fn with_properties(a: u64, b: &str) -> u64 {
    hash(a, b)
}
