//! The attribute under each kind of listener.

use event_core::{
    Event, Listener, RecordingListener, TimingListener, install_listener, local, trigger_event,
};
use event_export::ChromeTrace;

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
        "ours: a `local` listener of another thread (no target)",
    )
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
    .at_most(130)
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
    scenario(Group::Timed, "ours-timing", "**ours: `TimingListener`**")
        .above("hand-clock")
        .at_most(60)
        .with(|| Box::new(install_listener(KIND, TimingListener::new()))),
    scenario(
        Group::Recorded,
        "ours-recorder",
        "**ours: `RecordingListener`**",
    )
    .at_most(600)
    .with(|| Box::new(install_listener(KIND, RecordingListener::new()))),
    scenario(
        Group::Recorded,
        "ours-recorder-bounded",
        "ours: `RecordingListener`, the last 1,000 kept",
    )
    .with(|| {
        let bounded = RecordingListener::with_capacity_limit(1_000);
        Box::new(install_listener(KIND, bounded))
    }),
    scenario(
        Group::Recorded,
        "ours-chrome",
        "**ours: `ChromeTrace`, to a sink**",
    )
    .at_most(1_800)
    .with(|| {
        let trace = ChromeTrace::to_writer(std::io::sink());
        Box::new(install_listener(KIND, trace))
    }),
];

/// The measured function with the attribute.
#[inline(never)]
#[trigger_event("bench:work")]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
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
