//! The forms other than the attribute, when nobody listens: a closure, a guard, a pair.
//!
//! Each is measured where no listener exists at all and where one of another kind does: only then
//! must the kind be looked up.

use std::any::Any;

use event_core::{data, end_event, enter_event, install_listener, start_event};

use crate::body::{hash, repeat};
use crate::ours::{Idle, KIND};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    form("ours-closure", "ours: `trigger_event` closure", |calls| {
        repeat(calls, closure);
    }),
    form("ours-guard", "ours: `enter_event`", |calls| {
        repeat(calls, guard);
    }),
    form(
        "ours-pair",
        "ours: `start_event` and `end_event`",
        |calls| {
            repeat(calls, pair);
        },
    ),
    form(
        "ours-closure-other",
        "ours: `trigger_event` closure, listeners of other kinds",
        |calls| {
            repeat(calls, closure);
        },
    )
    .with(other),
    form(
        "ours-guard-other",
        "ours: `enter_event`, listeners of other kinds",
        |calls| {
            repeat(calls, guard);
        },
    )
    .with(other),
    form(
        "ours-pair-other",
        "ours: `start_event` and `end_event`, listeners of other kinds",
        |calls| {
            repeat(calls, pair);
        },
    )
    .with(other),
];

const fn form(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::Form, name, label, run)
}

fn other() -> Box<dyn Any> {
    Box::new(install_listener("bench:other", Idle))
}

/// The function inside a closure.
#[inline(never)]
#[must_use]
pub fn closure(a: u64, b: &str) -> u64 {
    event_core::trigger_event(KIND, data! { a, b }, || hash(a, b))
}

/// The function under a guard.
#[inline(never)]
#[must_use]
pub fn guard(a: u64, b: &str) -> u64 {
    let _guard = enter_event(KIND, data! { a, b });
    hash(a, b)
}

/// The function between a start and an end.
#[inline(never)]
#[must_use]
pub fn pair(a: u64, b: &str) -> u64 {
    start_event(KIND, data! { a, b });
    let hash = hash(a, b);
    end_event(KIND, (), None);
    hash
}
