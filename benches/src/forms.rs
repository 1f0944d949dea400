//! The forms other than the attribute: closures, guards, start/end pairs, open events, handles.
//!
//! Each form is measured without a listener, with a listener of another kind, and with an idle
//! listener. Without any listener a form does not even look up its kind.

use std::any::Any;

use event_core::{
    Event, EventStatus, broadcast, current_event, data, end_event, enter, enter_event,
    install_listener, open_event, scope, start_event,
};

use crate::body::{hash, repeat};
use crate::ours::{Idle, KIND};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    disabled("ours-scope", "ours: `scope!`", |calls| {
        repeat(calls, scope_macro);
    })
    .at_most(10),
    disabled("ours-enter", "ours: `enter!`", |calls| {
        repeat(calls, enter_macro);
    })
    .at_most(10),
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
    disabled("ours-open", "ours: `open_event` and `end`", |calls| {
        repeat(calls, open);
    }),
    disabled(
        "ours-handle",
        "ours: `current_event` and `EventHandle::run`",
        |calls| {
            repeat(calls, under_handle);
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
    enabled("ours-scope-idle", "ours: `scope!`", |calls| {
        repeat(calls, scope_macro);
    }),
    enabled("ours-enter-idle", "ours: `enter!`", |calls| {
        repeat(calls, enter_macro);
    }),
    enabled(
        "ours-closure-idle",
        "ours: `trigger_event` closure",
        |calls| {
            repeat(calls, closure);
        },
    )
    .at_most(320),
    enabled("ours-guard-idle", "ours: `enter_event`", |calls| {
        repeat(calls, guard);
    })
    .at_most(550),
    enabled(
        "ours-pair-idle",
        "ours: `start_event` and `end_event`",
        |calls| {
            repeat(calls, pair);
        },
    ),
    enabled("ours-open-idle", "ours: `open_event` and `end`", |calls| {
        repeat(calls, open);
    }),
    enabled(
        "ours-start-idle",
        "ours: `broadcast` of a START alone",
        |calls| {
            repeat(calls, start);
        },
    ),
    enabled(
        "ours-handle-idle",
        "ours: `current_event` and `EventHandle::run` around `trigger_event`",
        |calls| {
            repeat(calls, closure_under_handle);
        },
    ),
    enabled(
        "ours-entered-idle",
        "ours: `current_event` and `EventHandle::enter` around `trigger_event`",
        |calls| {
            repeat(calls, closure_in_entered);
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

/// The measured function in the macro form of the closure.
#[inline(never)]
#[must_use]
pub fn scope_macro(a: u64, b: &str) -> u64 {
    scope!("bench:work", a, b; { hash(a, b) })
}

/// The measured function under the macro form of the guard.
#[inline(never)]
#[must_use]
pub fn enter_macro(a: u64, b: &str) -> u64 {
    let _guard = enter!("bench:work", a, b);
    hash(a, b)
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

/// The measured function in an open event.
#[inline(never)]
#[must_use]
pub fn open(a: u64, b: &str) -> u64 {
    let open = open_event(KIND, data! { a, b });
    let hash = hash(a, b);
    open.end();
    hash
}

/// The measured function after a START without an END.
#[inline(never)]
#[must_use]
pub fn start(a: u64, b: &str) -> u64 {
    broadcast(&Event::new(KIND, EventStatus::Start).with_data(data! { a, b }));
    hash(a, b)
}

/// The measured function under a handle.
#[inline(never)]
#[must_use]
pub fn under_handle(a: u64, b: &str) -> u64 {
    current_event().run(|| hash(a, b))
}

/// The closure form under a handle.
#[inline(never)]
#[must_use]
pub fn closure_under_handle(a: u64, b: &str) -> u64 {
    current_event().run(|| closure(a, b))
}

/// The closure form in an entered handle.
#[inline(never)]
#[must_use]
pub fn closure_in_entered(a: u64, b: &str) -> u64 {
    let _entered = current_event().enter();
    closure(a, b)
}
