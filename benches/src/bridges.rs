//! The bridges to tracing and log, each connected to something that does nothing.

use event_core::install_listener;
use event_export::{EventLayer, LogRecords, TracingSpans};
use tracing::subscriber::set_global_default;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::body::{hash, repeat};
use crate::ours::{Idle, KIND, work};
use crate::scenario::{Group, Scenario};
use crate::subscribers::{IdleSubscriber, install_logger};

pub(crate) const SCENARIOS: &[Scenario] = &[
    bridge(
        "ours-layer-disabled",
        "ours: `EventLayer`, no listener (a span)",
        |calls| repeat(calls, span),
    )
    .with(|| {
        Box::new(set_global_default(
            Registry::default().with(EventLayer::new()),
        ))
    }),
    bridge(
        "ours-layer",
        "ours: `EventLayer`, an idle listener (a span)",
        |calls| repeat(calls, span),
    )
    .with(|| {
        let set = set_global_default(Registry::default().with(EventLayer::new()));
        Box::new((set, install_listener("tracing:*", Idle)))
    }),
    bridge(
        "ours-spans",
        "ours: `TracingSpans`, an idle subscriber",
        |calls| repeat(calls, work),
    )
    .with(|| {
        let set = set_global_default(IdleSubscriber);
        Box::new((set, install_listener(KIND, TracingSpans::new())))
    }),
    bridge("ours-log", "ours: `LogRecords`, an idle logger", |calls| {
        repeat(calls, work);
    })
    .with(|| {
        let set = install_logger();
        Box::new((set, install_listener(KIND, LogRecords::new())))
    }),
];

const fn bridge(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::Bridge, name, label, run)
}

/// The measured function in a span of tracing.
#[inline(never)]
fn span(a: u64, b: &str) -> u64 {
    tracing::info_span!("work", a, b).in_scope(|| hash(a, b))
}
