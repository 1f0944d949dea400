//! The forms other than the attribute: a closure, a guard, a start/end pair.
//!
//! Each form is measured without a listener, with a listener of another kind, and with an idle
//! listener. Without any listener a form does not even look up its kind.

use std::any::Any;

use event_core::{data, end_event, enter_event, install_listener, start_event};

use crate::body::{hash, repeat};
use crate::ours::{Idle, KIND};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    disabled("ours-closure", "ours: `trigger_event` closure", |calls| {
        repeat(calls, closure);
    }),
    disabled("ours-guard", "ours: `enter_event`", |calls| {
        repeat(calls, guard);
    }),
    disabled(
        "ours-pair",
        "ours: `start_event` and `end_event`",
        |calls| {
            repeat(calls, pair);
        },
    ),
    disabled(
        "ours-closure-other",
        "ours: `trigger_event` closure, listeners of other kinds",
        |calls| {
            repeat(calls, closure);
        },
    )
    .with(install_other_kind),
    disabled(
        "ours-guard-other",
        "ours: `enter_event`, listeners of other kinds",
        |calls| {
            repeat(calls, guard);
        },
    )
    .with(install_other_kind),
    disabled(
        "ours-pair-other",
        "ours: `start_event` and `end_event`, listeners of other kinds",
        |calls| {
            repeat(calls, pair);
        },
    )
    .with(install_other_kind),
    enabled(
        "ours-closure-idle",
        "ours: `trigger_event` closure",
        |calls| {
            repeat(calls, closure);
        },
    ),
    enabled("ours-guard-idle", "ours: `enter_event`", |calls| {
        repeat(calls, guard);
    }),
    enabled(
        "ours-pair-idle",
        "ours: `start_event` and `end_event`",
        |calls| {
            repeat(calls, pair);
        },
    ),
];

const fn disabled(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::DisabledForm, name, label, run)
}

const fn enabled(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::EnabledForm, name, label, run)
        .with(|| Box::new(install_listener(KIND, Idle)))
}

fn install_other_kind() -> Box<dyn Any> {
    Box::new(install_listener("bench:other", Idle))
}

/// The measured function inside a closure.
#[inline(never)]
#[must_use]
pub fn closure(a: u64, b: &str) -> u64 {
    event_core::trigger_event(KIND, data! { a, b }, || hash(a, b))
}

/// The measured function under a guard.
#[inline(never)]
#[must_use]
pub fn guard(a: u64, b: &str) -> u64 {
    let _guard = enter_event(KIND, data! { a, b });
    hash(a, b)
}

/// The measured function between `start_event` and `end_event`.
#[inline(never)]
#[must_use]
pub fn pair(a: u64, b: &str) -> u64 {
    start_event(KIND, data! { a, b });
    let hash = hash(a, b);
    end_event(KIND, (), None);
    hash
}
