//! A panic in a listener is contained.
//!
//! The file is a process of its own, and its tests run one at a time: the count of panics and the
//! hook are process-wide.
#![allow(
    clippy::unused_async,
    reason = "an `async fn` without `.await` is expanded differently"
)]
#![allow(
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls,
    reason = "a path does not have the lifetimes that the closure needs"
)]

mod support;

use std::panic::{catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_core::{
    Event, Listener, RecordingListener, enter_event, from_fn, install_listener, listener_panics,
    local, set_listener_panic_hook, trigger_event,
};
use support::events;

/// Waits until no other test runs, and returns the number of panics so far.
fn turn() -> (MutexGuard<'static, ()>, u64) {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    (turn, listener_panics())
}

/// Panics at the events for which the function returns `true`.
struct Bad(fn(&Event<'_>) -> bool);

impl Listener for Bad {
    fn on_start(&self, event: &Event<'_>) {
        assert!(!(self.0)(event), "bad listener");
    }
    fn on_end(&self, event: &Event<'_>) {
        self.on_start(event);
    }
}

#[test]
fn other_listeners_are_notified_and_the_outcome_is_unchanged() {
    #[trigger_event("listener_panics:others", ret)]
    fn work() -> u8 {
        1
    }
    let (_turn, before) = turn();
    let first = local::install_recorder("listener_panics:others");
    let start = local::install_listener("listener_panics:others", Bad(|event| event.is_start()));
    let middle = local::install_recorder("listener_panics:others");
    let end = local::install_listener("listener_panics:others", Bad(|event| event.is_end()));
    let both = local::install_listener("listener_panics:others", Bad(|_| true));
    let last = local::install_recorder("listener_panics:others");
    assert_eq!(work(), 1);
    assert_eq!(trigger_event("listener_panics:others", (), || 2), 2);
    drop(enter_event("listener_panics:others", ()));
    for recorder in [&first, &middle, &last] {
        assert_eq!(recorder.len(), 6);
        assert!(events(recorder).iter().all(|event| !event.is_failed()));
    }
    assert_eq!(listener_panics() - before, 3 * 4);
    drop((start, end, both));
}

#[test]
fn listener_panic_during_unwinding_does_not_abort() {
    let (_turn, before) = turn();
    let bad = local::install_listener("listener_panics:unwinding", Bad(|event| event.is_end()));
    let recorder = local::install_recorder("listener_panics:unwinding");
    let outcome = catch_unwind(|| {
        let _guard = enter_event("listener_panics:unwinding", ());
        trigger_event("listener_panics:unwinding", (), || panic_any(7_u8));
    });
    assert_eq!(*outcome.unwrap_err().downcast::<u8>().unwrap(), 7);
    assert_eq!(listener_panics() - before, 2);
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 4);
    assert!(buffer[2].1.is_failed() && buffer[3].1.is_failed());
    drop(bad);
}

#[test]
fn listener_panic_in_a_drop_during_unwinding_does_not_abort() {
    struct Cleanup;
    impl Drop for Cleanup {
        fn drop(&mut self) {
            assert!(std::thread::panicking());
            assert_eq!(trigger_event("listener_panics:drop", (), || 1), 1);
            let _guard = enter_event("listener_panics:drop", ());
        }
    }
    let (_turn, before) = turn();
    let bad = local::install_listener("listener_panics:drop", Bad(|_| true));
    let outcome = catch_unwind(|| {
        let _cleanup = Cleanup;
        panic!("outside");
    });
    assert_eq!(
        outcome.unwrap_err().downcast_ref::<&str>(),
        Some(&"outside")
    );
    assert_eq!(listener_panics() - before, 4);
    drop(bad);
}

#[test]
fn payload_read_by_a_panicking_listener_propagates_unchanged() {
    let (_turn, before) = turn();
    let bad = from_fn(|event: &Event<'_>| {
        let payload = event.exc_details().and_then(|exc| exc.payload());
        if let Some(payload) = payload {
            let _ = payload.downcast_ref::<u8>();
            panic!("while the payload is borrowed");
        }
    });
    let bad = local::install_listener("listener_panics:payload", bad);
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let good = from_fn(move |event: &Event<'_>| {
        if event
            .exc_details()
            .is_some_and(|exc| exc.payload().is_some())
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let good = local::install_listener("listener_panics:payload", good);
    let outcome = catch_unwind(|| trigger_event("listener_panics:payload", (), || panic_any(7_u8)));
    assert_eq!(*outcome.unwrap_err().downcast::<u8>().unwrap(), 7);
    assert_eq!(seen.load(Ordering::Relaxed), 1);
    assert_eq!(listener_panics() - before, 1);
    drop((bad, good));
}

#[test]
fn payload_that_panics_on_drop_is_contained() {
    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic_any(PanicsOnDrop);
            }
        }
    }
    let (_turn, before) = turn();
    let bad = from_fn(|_: &Event<'_>| panic_any(PanicsOnDrop));
    let bad = local::install_listener("listener_panics:payload_drop", bad);
    assert_eq!(trigger_event("listener_panics:payload_drop", (), || 1), 1);
    assert_eq!(listener_panics() - before, 2);
    drop(bad);
}

/// Panics when it is dropped.
struct BadDrop(Arc<AtomicUsize>);

impl Listener for BadDrop {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

impl Drop for BadDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("in a listener's Drop");
    }
}

#[test]
fn listener_drop_panic_in_a_broadcast_keeps_the_outcome() {
    let (_turn, _) = turn();
    let dropped = Arc::new(AtomicUsize::new(0));
    let slot = Arc::new(Mutex::new(Some(install_listener(
        "listener_panics:bad_drop",
        BadDrop(Arc::clone(&dropped)),
    ))));
    let taking = from_fn(move |_: &Event<'_>| {
        let taken = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(taken);
    });
    let taking = local::install_listener("listener_panics:bad_drop", taking);
    let recorder = local::install_recorder("listener_panics:bad_drop");
    let outcome = catch_unwind(|| trigger_event("listener_panics:bad_drop", (), || 1));
    assert_eq!(outcome.expect("the outcome is unchanged"), 1);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    assert_eq!(recorder.len(), 2);
    drop(taking);
}

#[test]
fn events_from_a_panicking_listener_reach_other_listeners() {
    let (_turn, before) = turn();
    let inner = local::install_recorder("listener_panics:inner");
    let bad = from_fn(|_: &Event<'_>| {
        trigger_event("listener_panics:inner", (), || {
            panic!("a body in a listener")
        });
    });
    let bad = local::install_listener("listener_panics:outer", bad);
    assert_eq!(trigger_event("listener_panics:outer", (), || 1), 1);
    let buffer = inner.buffer();
    assert_eq!(buffer.len(), 4);
    assert!(buffer[1].1.is_failed());
    assert_eq!(
        buffer[1].1.exc_details().unwrap().message(),
        "a body in a listener"
    );
    assert_eq!(listener_panics() - before, 2);
    drop(bad);
}

#[test]
fn listener_is_notified_again_after_a_panic() {
    let (_turn, before) = turn();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let bad = from_fn(move |_: &Event<'_>| {
        assert!(count.fetch_add(1, Ordering::Relaxed) >= 3, "not yet");
    });
    let bad = local::install_listener("listener_panics:again", bad);
    for _ in 0..4 {
        trigger_event("listener_panics:again", (), || {});
    }
    assert_eq!(calls.load(Ordering::Relaxed), 8);
    assert_eq!(listener_panics() - before, 3);
    drop(bad);
}

#[test]
fn hook_receives_event_and_panic() {
    let (_turn, before) = turn();
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&calls);
    set_listener_panic_hook(move |event, exc| {
        let place = exc.location().map(|place| place.file().to_owned());
        let payload = exc.payload().is_some();
        log.lock().unwrap().push(format!(
            "{} {} {place:?} {payload}",
            event.status(),
            exc.message()
        ));
    });
    let bad = local::install_listener("listener_panics:hook", Bad(|event| event.is_start()));
    trigger_event("listener_panics:hook", (), || {});
    drop(bad);
    let expected = format!("START bad listener {:?} true", Some(file!()));
    assert_eq!(*calls.lock().unwrap(), [expected]);

    // Events from the hook are suppressed, and a panic in the hook is contained.
    set_listener_panic_hook(|_, _| {
        trigger_event("listener_panics:from_hook", (), || {});
        panic!("in the hook");
    });
    let recorder = local::install_recorder("listener_panics:from_hook");
    let bad = local::install_listener("listener_panics:hook", Bad(|_| true));
    assert_eq!(trigger_event("listener_panics:hook", (), || 1), 1);
    assert_eq!(recorder.len(), 0);
    assert_eq!(listener_panics() - before, 3);
    set_listener_panic_hook(|_, _| {});
    drop(bad);
}

#[test]
fn listener_panic_in_a_future_is_contained() {
    #[trigger_event("listener_panics:future")]
    async fn work() -> u8 {
        1
    }
    let (_turn, before) = turn();
    let bad = local::install_listener("listener_panics:future", Bad(|_| true));
    let recorder: local::Installed<RecordingListener> =
        local::install_recorder("listener_panics:future");
    assert_eq!(futures::executor::block_on(work()), 1);
    assert_eq!(recorder.len(), 2);
    assert_eq!(listener_panics() - before, 2);
    drop(bad);
}

#[test]
fn several_payloads_that_panic_on_drop_are_contained() {
    static REACHED: AtomicUsize = AtomicUsize::new(0);
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a payload's drop");
        }
    }
    type Handler = fn(&Event<'_>);
    let (_turn, _) = turn();
    let handlers: [Handler; 3] = [
        |_| panic!("plain"),
        |_| std::panic::panic_any(Bomb),
        |_| std::panic::panic_any(Bomb),
    ];
    let last: Handler = |_| _ = REACHED.fetch_add(1, Ordering::Relaxed);
    for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
        let parts = order.map(|place| from_fn(handlers[place]));
        let parts: Vec<_> = parts.into_iter().chain([from_fn(last)]).collect();
        let _parts = local::install_listener("listener_panics:parts", parts);
        assert_eq!(trigger_event("listener_panics:parts", (), || 7), 7);
    }
    assert_eq!(REACHED.load(Ordering::Relaxed), 6);
}
