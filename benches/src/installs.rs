//! Installing a listener and dropping it again.
//!
//! The process has one call site and one kind with a listener of its own.

use std::any::Any;

use event_core::{RecordingListener, TimingListener, install_listener, local};

use crate::body::{hash, repeat};
use crate::ours::{Idle, KIND, work};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    install("ours-install", "ours: a listener of one kind", |calls| {
        repeat(calls, |a, b| {
            drop(install_listener(KIND, Idle));
            hash(a, b)
        });
    }),
    install(
        "ours-install-pattern",
        "ours: a listener of a pattern",
        |calls| {
            repeat(calls, |a, b| {
                drop(install_listener("bench:*", Idle));
                hash(a, b)
            });
        },
    ),
    install("ours-install-local", "ours: a `local` listener", |calls| {
        repeat(calls, |a, b| {
            drop(local::install_listener(KIND, Idle));
            hash(a, b)
        });
    }),
    install("ours-install-recorder", "ours: a recorder", |calls| {
        repeat(calls, |a, b| {
            drop(install_listener(KIND, RecordingListener::new()));
            hash(a, b)
        });
    }),
    install("ours-install-timer", "ours: a timer", |calls| {
        repeat(calls, |a, b| {
            drop(install_listener(KIND, TimingListener::new()));
            hash(a, b)
        });
    }),
];

const fn install(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::Install, name, label, run).with(prepare)
}

fn prepare() -> Box<dyn Any> {
    let _ = work(1, "registered");
    Box::new(install_listener("bench:other", Idle))
}
