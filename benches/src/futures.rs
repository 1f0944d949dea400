//! Futures that nobody hears: what an `async fn` costs for each poll.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use event_core::trigger_event;

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

/// How often a long future is polled.
const POLLS: u64 = 9;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Bare,
        "bare-future",
        "the bare future, made and polled once",
        |calls| {
            repeat(calls, bare_once);
        },
    ),
    Scenario::new(
        Group::Bare,
        "bare-future-long",
        "the bare future, polled nine times",
        |calls| {
            repeat(calls, bare_long);
        },
    ),
    Scenario::new(
        Group::Bare,
        "bare-future-leaf",
        "the bare future that awaits nothing, made and polled",
        |calls| {
            repeat(calls, bare_leaf_once);
        },
    ),
    poll(
        "ours-future-leaf",
        "**ours: that awaits nothing, made and polled**",
        |calls| {
            repeat(calls, ours_leaf_once);
        },
    )
    .at_most(25)
    .against("bare-future-leaf", 1),
    poll("ours-future", "**ours: made and polled once**", |calls| {
        repeat(calls, ours_once);
    })
    .at_most(25)
    .against("bare-future", 1),
    poll(
        "ours-future-long",
        "**ours: polled nine times, for each poll**",
        |calls| {
            repeat(calls, ours_long);
        },
    )
    .at_most(25)
    .against("bare-future-long", POLLS),
    poll(
        "tracing-future",
        "tracing: made and polled once, no subscriber",
        |calls| {
            repeat(calls, tracing_once);
        },
    )
    .against("bare-future", 1),
    poll(
        "tracing-future-long",
        "tracing: polled nine times, for each poll",
        |calls| {
            repeat(calls, tracing_long);
        },
    )
    .against("bare-future-long", POLLS),
    poll(
        "fastrace-future",
        "fastrace: made and polled once, no parent span",
        |calls| {
            repeat(calls, fastrace_once);
        },
    )
    .against("bare-future", 1),
    poll(
        "fastrace-future-long",
        "fastrace: polled nine times, for each poll",
        |calls| {
            repeat(calls, fastrace_long);
        },
    )
    .against("bare-future-long", POLLS),
];

const fn poll(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::Poll, name, label, run)
}

/// Waits so many times.
fn wait(mut times: u64) -> impl Future<Output = ()> {
    poll_fn(move |_| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        Poll::Pending
    })
}

/// Polls until the future is done.
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
        #[allow(clippy::unused_async, reason = "that is what is measured")]
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
