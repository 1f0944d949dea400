//! The attribute under each kind of listener.

use std::time::Duration;

use event_core::{
    Event, Listener, RecordingListener, TimingListener, install, install_listener, local,
    trigger_event,
};
use event_export::{ChromeTrace, FlameGraph, FlightRecorder, Metrics, OtlpSpans, Summary};

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

/// The kind of [`work`].
pub const KIND: &str = "bench:work";

const fn scenario(group: Group, name: &'static str, label: &'static str) -> Scenario {
    Scenario::new(group, name, label, |calls| repeat(calls, work))
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(Group::Disabled, "ours-disabled", "**ours: no listener**").at_most(6),
    scenario(
        Group::Disabled,
        "ours-other-kinds",
        "**ours: listeners of other kinds only**",
    )
    .at_most(6)
    .with(|| {
        let other = |kind: &'static str| install_listener(kind, Idle);
        Box::new([other("bench:other"), other("other:*")])
    }),
    scenario(
        Group::Disabled,
        "ours-uninstalled",
        "**ours: a listener was uninstalled**",
    )
    .at_most(6)
    .with(|| {
        let installed = install_listener(KIND, Idle);
        let _ = work(1, "enabled");
        Box::new(installed.uninstall())
    }),
    scenario(
        Group::Disabled,
        "ours-other-thread",
        "ours: a `local` listener of another thread",
    )
    .at_most(50)
    .with(|| {
        let other_thread = std::thread::spawn(|| {
            // Forgotten, so that the listener stays registered after its thread has ended.
            std::mem::forget(local::install_listener(KIND, Idle));
        });
        Box::new(other_thread.join())
    }),
    scenario(
        Group::Enabled,
        "ours-idle",
        "**ours: an idle listener, both arguments captured**",
    )
    .at_most(240)
    .with(|| Box::new(install_listener(KIND, Idle))),
    scenario(
        Group::Enabled,
        "ours-idle-bare",
        "ours: an idle listener that wants no data",
    )
    .with(|| Box::new(install_listener(KIND, IdleWithoutData))),
    scenario(
        Group::Enabled,
        "ours-idle-local",
        "ours: an idle `local` listener",
    )
    .with(|| Box::new(local::install_listener(KIND, Idle))),
    scenario(
        Group::Enabled,
        "ours-idle-2",
        "ours: a second idle listener, above one",
    )
    .above("ours-idle")
    .at_most(60)
    .with(|| Box::new([(); 2].map(|()| install_listener(KIND, Idle)))),
    scenario(
        Group::Enabled,
        "ours-idle-3",
        "ours: a third idle listener, above two",
    )
    .above("ours-idle-2")
    .at_most(60)
    .with(|| Box::new([(); 3].map(|()| install_listener(KIND, Idle)))),
    scenario(
        Group::Enabled,
        "ours-derived",
        "ours: a derived listener with three handlers",
    )
    .with(|| Box::new(install(Derived))),
    scenario(Group::Timed, "ours-timing", "**ours: `TimingListener`**")
        .above("hand-clock")
        .at_most(150)
        .with(|| Box::new(install_listener(KIND, TimingListener::new()))),
    scenario(
        Group::Recorded,
        "ours-recorder",
        "**ours: `RecordingListener`**",
    )
    .at_most(550)
    .with(|| Box::new(install_listener(KIND, RecordingListener::new()))),
    Scenario::new(
        Group::Recorded,
        "ours-recorder-nested",
        "ours: `RecordingListener`, each of two nested calls, after 200,000 calls",
        |calls| repeat(calls, outer),
    )
    .polls(2)
    .with(|| {
        let installed = install_listener(KIND, RecordingListener::new());
        repeat(100_000, outer);
        Box::new(installed)
    }),
    scenario(
        Group::Recorded,
        "ours-recorder-bounded",
        "ours: `RecordingListener`, the last 1,000 kept",
    )
    .at_most(680)
    .with(|| {
        let bounded = RecordingListener::with_capacity_limit(1_000);
        Box::new(install_listener(KIND, bounded))
    }),
    scenario(
        Group::Recorded,
        "ours-flight",
        "ours: `FlightRecorder`, the last 30 s kept",
    )
    .at_most(680)
    .with(|| {
        let directory = std::env::temp_dir().join("event-benches-flight");
        let flight = FlightRecorder::to_directory(directory).expect("a directory to write to");
        let flight = flight.slower_than(Duration::from_secs(5)).without_signal();
        Box::new(install_listener(KIND, flight))
    }),
    scenario(
        Group::Recorded,
        "ours-chrome",
        "**ours: `ChromeTrace`, to a sink**",
    )
    .at_most(1_300)
    .with(|| {
        let trace = ChromeTrace::to_writer(std::io::sink());
        Box::new(install_listener(KIND, trace))
    }),
    scenario(
        Group::Recorded,
        "ours-otlp",
        "**ours: `OtlpSpans`, on the caller's thread**",
    )
    .at_most(700)
    .with(|| Box::new(install_listener(KIND, otlp("always_on")))),
    scenario(
        Group::Recorded,
        "ours-otlp-sampled-out",
        "ours: `OtlpSpans`, a trace that is not sampled",
    )
    .at_most(300)
    .with(|| Box::new(install_listener(KIND, otlp("always_off")))),
    Scenario::new(
        Group::Recorded,
        "ours-otlp-sampled-out-nested",
        "ours: `OtlpSpans`, each of two nested calls in such a trace",
        |calls| repeat(calls, outer),
    )
    .polls(2)
    .with(|| Box::new(install_listener(KIND, otlp("always_off")))),
    scenario(Group::Aggregated, "ours-summary", "**ours: `Summary`**")
        .at_most(700)
        .with(|| Box::new(install_listener(KIND, Summary::new()))),
    scenario(Group::Aggregated, "ours-metrics", "**ours: `Metrics`**")
        .at_most(700)
        .with(|| Box::new(install_listener(KIND, Metrics::new()))),
    scenario(Group::Aggregated, "ours-flame", "**ours: `FlameGraph`**")
        .at_most(650)
        .with(|| Box::new(install_listener(KIND, FlameGraph::new()))),
];

/// Returns an exporter whose collector does not exist.
fn otlp(sampler: &str) -> OtlpSpans {
    let spans = OtlpSpans::from_variables(|name| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://127.0.0.1:9".to_owned()),
        "OTEL_TRACES_SAMPLER" => Some(sampler.to_owned()),
        _ => None,
    });
    spans.expect("the settings are valid")
}

/// The measured function with the attribute.
#[inline(never)]
#[trigger_event("bench:work")]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
}

/// An annotated function that calls the measured function.
#[inline(never)]
#[trigger_event("bench:work")]
#[must_use]
pub fn outer(a: u64, b: &str) -> u64 {
    work(a, b)
}

/// A listener that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Idle;

impl Listener for Idle {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

/// A listener that does nothing and wants no data.
#[derive(Clone, Copy, Debug)]
pub struct IdleWithoutData;

impl Listener for IdleWithoutData {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}

    fn wants_data(&self) -> bool {
        false
    }
}

/// A listener with several handlers, of which one handles [`KIND`].
#[derive(Debug, Listener)]
#[listen("bench:other", on_start = Self::start)]
#[listen("bench:work", on_start = Self::start, on_end = Self::end)]
#[listen("other:*", on_end = Self::end)]
struct Derived;

impl Derived {
    #[expect(clippy::unused_self, reason = "handlers are methods")]
    fn start(&self, event: &Event<'_>) {
        std::hint::black_box(event.id());
    }

    #[expect(clippy::unused_self, reason = "handlers are methods")]
    fn end(&self, event: &Event<'_>) {
        std::hint::black_box(event.id());
    }
}
