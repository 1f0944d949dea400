//! Annotated `async fn`s: the cost of creating a future and of each poll.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use event_core::{
    Event, EventId, EventStatus, Listener, current_event, install_listener, trigger_event,
};

use crate::body::{hash, repeat};
use crate::ours::Idle;
use crate::scenario::{Group, Scenario};

/// Number of polls of a long future.
pub(crate) const POLLS: u64 = 9;

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
    .at_most(40)
    .above("bare-future"),
    disabled(
        "ours-future-long",
        "**ours: each of nine polls**",
        |calls| repeat(calls, ours_long),
    )
    .at_most(20)
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
    .at_most(620)
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
        "ours-future-polls",
        "ours: each of nine polls, a listener of polls",
        |calls| repeat(calls, ours_long),
    )
    .above("bare-future-long")
    .polls(POLLS)
    .with(|| Box::new(install_listener(KIND, Polls))),
    enabled(
        "ours-future-handle",
        "ours: created and polled once, in `EventHandle::run_future`",
        |calls| repeat(calls, ours_under_handle),
    )
    .above("bare-future")
    .with(install_idle),
];

pub(crate) const fn disabled(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::DisabledFuture, name, label, run)
}

pub(crate) const fn enabled(name: &'static str, label: &'static str, run: fn(u64)) -> Scenario {
    Scenario::new(Group::EnabledFuture, name, label, run)
}

fn install_idle() -> Box<dyn Any> {
    Box::new(install_listener(KIND, Idle))
}

/// A listener that receives polls and does nothing.
struct Polls;

impl Listener for Polls {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}

    fn on_poll(&self, future: EventId, status: EventStatus) {
        black_box((future, status));
    }

    fn wants_polls(&self) -> bool {
        true
    }
}

#[inline(never)]
fn ours_under_handle(a: u64, b: &str) -> u64 {
    drive(current_event().run_future(ours(a, b, 0)))
}

/// Returns a future that is pending the given number of times.
pub(crate) fn wait(mut times: u64) -> impl Future<Output = ()> {
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
pub(crate) fn drive(future: impl Future<Output = u64>) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = black_box(future.as_mut()).poll(&mut context) {
            return value;
        }
    }
}

/// Defines `async fn`s, each with a function that polls it once and one that polls it nine times.
macro_rules! futures {
    ($($(#[$attribute:meta])* $once:ident $long:ident $work:ident;)*) => { $(
        $(#[$attribute])*
        async fn $work(a: u64, b: &str, waits: u64) -> u64 {
            $crate::futures::wait(waits).await;
            $crate::body::hash(a, b)
        }

        #[inline(never)]
        fn $once(a: u64, b: &str) -> u64 {
            $crate::futures::drive($work(a, b, 0))
        }

        #[inline(never)]
        fn $long(a: u64, b: &str) -> u64 {
            $crate::futures::drive($work(a, b, $crate::futures::POLLS - 1))
        }
    )* };
}

#[cfg(feature = "peers")]
pub(crate) use futures;

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
}
