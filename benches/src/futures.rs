//! Annotated `async fn`s: the cost of creating a future and of each poll.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use event_core::{install_listener, trigger_event};
use tracing::subscriber::set_global_default;

use crate::body::{hash, repeat};
use crate::ours::Idle;
use crate::peers::tracing::IdleSubscriber;
use crate::scenario::{Group, Scenario};

/// Number of polls of a long future.
const POLLS: u64 = 9;

/// The kind of the annotated futures.
const KIND: &str = "bench:future";

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Bare,
        "bare-future",
        "the bare future, created and polled once",
        |calls| repeat(calls, bare_once),
    ),
    Scenario::new(
        Group::Bare,
        "bare-future-long",
        "the bare future, polled nine times",
        |calls| repeat(calls, bare_long),
    ),
    Scenario::new(
        Group::Bare,
        "bare-future-leaf",
        "the bare future without `.await`, created and polled",
        |calls| repeat(calls, bare_leaf_once),
    ),
    disabled(
        "ours-future-leaf",
        "**ours: no `.await`, created and polled**",
        |calls| repeat(calls, ours_leaf_once),
    )
    .at_most(25)
    .above("bare-future-leaf"),
    disabled(
        "ours-future",
        "**ours: created and polled once**",
        |calls| repeat(calls, ours_once),
    )
    .at_most(25)
    .above("bare-future"),
    disabled(
        "ours-future-long",
        "**ours: each of nine polls**",
        |calls| repeat(calls, ours_long),
    )
    .at_most(25)
    .above("bare-future-long")
    .polls(POLLS),
    disabled(
        "tracing-future",
        "tracing: created and polled once, no subscriber",
        |calls| repeat(calls, tracing_once),
    )
    .above("bare-future"),
    disabled(
        "tracing-future-long",
        "tracing: each of nine polls, no subscriber",
        |calls| repeat(calls, tracing_long),
    )
    .above("bare-future-long")
    .polls(POLLS),
    disabled(
        "fastrace-future",
        "fastrace: created and polled once, no parent span",
        |calls| repeat(calls, fastrace_once),
    )
    .above("bare-future"),
    disabled(
        "fastrace-future-long",
        "fastrace: each of nine polls, no parent span",
        |calls| repeat(calls, fastrace_long),
    )
    .above("bare-future-long")
    .polls(POLLS),
    enabled(
        "ours-future-leaf-idle",
        "ours: no `.await`, created and polled",
        |calls| repeat(calls, ours_leaf_once),
    )
    .above("bare-future-leaf")
    .with(install_idle),
    enabled(
        "ours-future-idle",
        "ours: created and polled once",
        |calls| repeat(calls, ours_once),
    )
    .above("bare-future")
    .with(install_idle),
    enabled(
        "ours-future-long-idle",
        "ours: each of nine polls",
        |calls| repeat(calls, ours_long),
    )
    .above("bare-future-long")
    .polls(POLLS)
    .with(install_idle),
    enabled(
        "tracing-future-idle",
        "tracing: created and polled once, a `Subscriber` that does nothing",
        |calls| repeat(calls, tracing_once),
    )
    .above("bare-future")
    .with(install_tracing),
    enabled(
        "tracing-future-long-idle",
        "tracing: each of nine polls, a `Subscriber` that does nothing",
        |calls| repeat(calls, tracing_long),
    )
    .above("bare-future-long")
    .polls(POLLS)
    .with(install_tracing),
];

const fn disabled(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::DisabledFuture, name, label, run)
}

const fn enabled(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::EnabledFuture, name, label, run)
}

fn install_idle() -> Box<dyn Any> {
    Box::new(install_listener(KIND, Idle))
}

fn install_tracing() -> Box<dyn Any> {
    Box::new(set_global_default(IdleSubscriber))
}

/// Returns a future that is pending the given number of times.
fn wait(mut times: u64) -> impl Future<Output = ()> {
    poll_fn(move |_| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        Poll::Pending
    })
}

/// Polls `future` until it is ready.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "the executor must be the same code around every future"
)]
fn drive(future: impl Future<Output = u64>) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = black_box(future.as_mut()).poll(&mut context) {
            return value;
        }
    }
}

macro_rules! futures {
    ($($(#[$attribute:meta])* $once:ident $long:ident $work:ident;)*) => { $(
        $(#[$attribute])*
        async fn $work(a: u64, b: &str, waits: u64) -> u64 {
            wait(waits).await;
            hash(a, b)
        }

        #[inline(never)]
        fn $once(a: u64, b: &str) -> u64 {
            drive($work(a, b, 0))
        }

        #[inline(never)]
        fn $long(a: u64, b: &str) -> u64 {
            drive($work(a, b, POLLS - 1))
        }
    )* };
}

macro_rules! leaves {
    ($($(#[$attribute:meta])* $once:ident $work:ident;)*) => { $(
        $(#[$attribute])*
        #[allow(clippy::unused_async, reason = "an `async fn` without `.await` is one of the measured shapes")]
        async fn $work(a: u64, b: &str) -> u64 {
            hash(a, b)
        }

        #[inline(never)]
        fn $once(a: u64, b: &str) -> u64 {
            drive($work(a, b))
        }
    )* };
}

leaves! {
    bare_leaf_once bare_leaf;
    #[trigger_event("bench:future")] ours_leaf_once ours_leaf;
}

futures! {
    bare_once bare_long bare;
    #[trigger_event("bench:future")] ours_once ours_long ours;
    #[tracing::instrument] tracing_once tracing_long traced;
    #[fastrace::trace] fastrace_once fastrace_long fast_traced;
}
