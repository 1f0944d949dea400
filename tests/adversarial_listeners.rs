//! Listeners that block, panic, recurse, and unregister themselves.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};

use event_core::{
    Event, EventGuard, EventStatus, Installed, Listener, RecordingListener, broadcast, enter_event,
    from_fn, install_listener, install_recorder, local, register, trigger_event, unregister,
};
use support::events;

fn statuses(recorder: &RecordingListener) -> Vec<EventStatus> {
    let events = events(recorder).into_iter();
    events.map(|event| event.status()).collect()
}

#[test]
fn listener_can_drop_its_own_guard() {
    type Own = Mutex<Option<Installed<Dropper>>>;
    struct Dropper(Arc<Own>, Arc<AtomicUsize>);
    impl Listener for Dropper {
        fn on_start(&self, _: &Event<'_>) {
            let own = self.0.lock().unwrap().take();
            drop(own);
            self.1.fetch_add(1, Ordering::Relaxed); // the listener is still alive
        }
        fn on_end(&self, _: &Event<'_>) {
            self.1.fetch_add(100, Ordering::Relaxed);
        }
    }
    let own = Arc::new(Own::default());
    let calls = Arc::new(AtomicUsize::new(0));
    let dropper = Dropper(Arc::clone(&own), Arc::clone(&calls));
    let installed = install_listener("adversarial_listeners:drops_itself", dropper);
    own.lock().unwrap().replace(installed);
    let after = local::install_recorder("adversarial_listeners:drops_itself");
    trigger_event("adversarial_listeners:drops_itself", (), || {});
    trigger_event("adversarial_listeners:drops_itself", (), || {});
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(after.len(), 4);
    assert_eq!(Arc::strong_count(&calls), 1, "the listener is freed");
}

#[test]
fn listener_can_register_itself_again_for_each_event() {
    struct Grows(OnceLock<Arc<Grows>>, AtomicUsize);
    impl Listener for Grows {
        fn on_start(&self, _: &Event<'_>) {
            let calls = self.1.fetch_add(1, Ordering::Relaxed);
            if calls < 10 {
                register(
                    "adversarial_listeners:grows",
                    Arc::clone(self.0.get().unwrap()),
                );
            }
        }
        fn on_end(&self, _: &Event<'_>) {}
    }
    let grows = Arc::new(Grows(OnceLock::new(), AtomicUsize::new(0)));
    let _ = grows.0.set(Arc::clone(&grows)); // leaks the listener, which is part of the test
    register("adversarial_listeners:grows", Arc::clone(&grows));
    for times in [1, 3, 7, 15] {
        trigger_event("adversarial_listeners:grows", (), || {});
        assert_eq!(grows.1.load(Ordering::Relaxed), times);
    }
    let mut registrations = 0;
    while unregister("adversarial_listeners:grows", &grows) {
        registrations += 1;
    }
    assert_eq!(registrations, 11);
}

#[test]
fn listener_can_rebroadcast_every_event_it_receives() {
    #[trigger_event("adversarial_listeners:echo")]
    fn annotated() {}
    let recorder = local::install_recorder("adversarial_listeners:echo");
    let echo = from_fn(|event: &Event<'_>| {
        broadcast(event);
        annotated();
        let _guard = enter_event("adversarial_listeners:echo", ());
    });
    let _echo = local::install_listener("adversarial_listeners:echo", echo);
    annotated();
    // The function triggers two events. For each of them the echo triggers one, two and two.
    assert_eq!(recorder.len(), 2 + 2 * 5);
}

#[test]
fn blocked_listener_does_not_block_other_threads() {
    let (release, released) = mpsc::channel::<()>();
    let (entered, on_entered) = mpsc::channel();
    let released = Mutex::new(released);
    let stuck = from_fn(move |event: &Event<'_>| {
        if event.is_start() && event.data().get("stuck").is_some() {
            entered.send(()).unwrap();
            let _ = released.lock().unwrap().recv();
        }
    });
    let stuck = install_listener("adversarial_listeners:stuck", stuck);
    let thread = std::thread::spawn(|| {
        trigger_event(
            "adversarial_listeners:stuck",
            event_core::data! { stuck = true },
            || {},
        );
    });
    on_entered.recv().unwrap();

    let recorder = install_recorder("adversarial_listeners:stuck");
    for _ in 0..1000 {
        trigger_event("adversarial_listeners:stuck", (), || {});
    }
    assert_eq!(recorder.len(), 2000);
    // Listeners that are uninstalled while the other one is blocked are freed.
    let recorder = recorder.uninstall();
    assert_eq!(Arc::strong_count(&recorder), 1);
    for _ in 0..100 {
        let kept = install_recorder("adversarial_listeners:stuck").uninstall();
        assert_eq!(Arc::strong_count(&kept), 1);
    }
    // The blocked listener can be uninstalled. It is freed when it returns.
    let stuck = stuck.uninstall();
    assert_eq!(Arc::strong_count(&stuck), 2);
    release.send(()).unwrap();
    thread.join().unwrap();
    assert_eq!(Arc::strong_count(&stuck), 1);
}

#[test]
fn listener_panicking_in_every_method_during_unwinding_does_not_abort() {
    struct Bad(Arc<AtomicUsize>);
    impl Listener for Bad {
        fn on_start(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic_any("on_start");
        }
        fn on_end(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic_any(2_u8);
        }
    }
    impl Drop for Bad {
        fn drop(&mut self) {
            self.0.fetch_add(100, Ordering::Relaxed);
            panic_any(3_u8);
        }
    }
    struct Uninstall<'a>(&'a Mutex<Option<Installed<Bad>>>);
    impl Drop for Uninstall<'_> {
        fn drop(&mut self) {
            trigger_event("adversarial_listeners:bad", (), || {});
            // Keeps the guard's own `Arc`: a panic in its drop would be a panic of user code.
            if let Some(installed) = self.0.lock().unwrap().take() {
                std::mem::forget(installed.uninstall());
            }
        }
    }
    let calls = Arc::new(AtomicUsize::new(0));
    let installed = Mutex::new(Some(install_listener(
        "adversarial_listeners:bad",
        Bad(Arc::clone(&calls)),
    )));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        trigger_event("adversarial_listeners:bad", (), || {
            let _uninstall = Uninstall(&installed);
            resume_unwind(Box::new(7_u64));
        });
    }));
    assert_eq!(*outcome.unwrap_err().downcast::<u64>().unwrap(), 7);
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[test]
fn argument_debug_panicking_during_unwinding_does_not_abort() {
    struct Bad;
    impl std::fmt::Debug for Bad {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("in Debug")
        }
    }
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a reference would be formatted later"
    )]
    #[trigger_event("adversarial_listeners:debug")]
    fn takes(bad: Bad) -> u8 {
        let _ = bad;
        1
    }
    struct Calls(Arc<AtomicBool>);
    impl Drop for Calls {
        fn drop(&mut self) {
            self.0.store(takes(Bad) == 1, Ordering::Relaxed);
        }
    }
    let recorder = local::install_recorder("adversarial_listeners:debug");
    let called = Arc::new(AtomicBool::new(false));
    let outcome = catch_unwind(|| {
        let _calls = Calls(Arc::clone(&called));
        panic_any(5_u16);
    });
    assert_eq!(*outcome.unwrap_err().downcast::<u16>().unwrap(), 5);
    assert!(called.load(Ordering::Relaxed));
    assert_eq!(statuses(&recorder), [EventStatus::Start, EventStatus::End]);
}

#[test]
fn listener_can_catch_nested_panics() {
    #[trigger_event("adversarial_listeners:inner")]
    fn panics(depth: u32) {
        if depth > 0 {
            let _ = catch_unwind(|| panics(depth - 1));
        }
        panic_any(depth);
    }
    let recorder = local::install_recorder("adversarial_listeners:inner");
    let caught = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&caught);
    let catches = from_fn(move |event: &Event<'_>| {
        let outcome = catch_unwind(|| panics(3)).unwrap_err();
        let payload = outcome.downcast_ref::<u32>().copied();
        log.lock().unwrap().push((payload, event.is_failed()));
    });
    let _catches = local::install_listener("adversarial_listeners:outer", catches);
    let outcome = catch_unwind(|| trigger_event("adversarial_listeners:outer", (), || panics(2)));
    assert_eq!(outcome.unwrap_err().downcast_ref::<u32>(), Some(&2));
    assert_eq!(*caught.lock().unwrap(), [(Some(3), false), (Some(3), true)]);
    // The program makes three calls. The listener makes four at START and four at END.
    assert_eq!(recorder.len(), 2 * (3 + 2 * 4));
    let mut ends = events(&recorder).into_iter().filter(Event::is_end);
    assert!(ends.all(|end| end.is_failed()));
}

#[test]
fn very_deep_recursion_is_recorded_completely() {
    #[trigger_event("adversarial_listeners:deep")]
    fn deep(n: u32) -> u32 {
        if n == 0 { 0 } else { deep(n - 1) + 1 }
    }
    let thread = std::thread::Builder::new().stack_size(256 << 20);
    let thread = thread.spawn(|| {
        let recorder = local::install_recorder("adversarial_listeners:deep");
        assert_eq!(deep(10_000), 10_000);
        assert_eq!(recorder.len(), 20_002);
        let buffer = recorder.buffer();
        let first = &buffer[0].1;
        let last = &buffer[20_001].1;
        assert_eq!(first.id(), last.id());
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn guards_created_by_a_listener_can_outlive_its_call() {
    thread_local! {
        static MADE: std::cell::RefCell<Vec<EventGuard>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let recorder = local::install_recorder("adversarial_listeners:guards");
    let makes = from_fn(|_: &Event<'_>| {
        let guard = enter_event("adversarial_listeners:guards", ());
        MADE.with_borrow_mut(|made| made.push(guard));
    });
    let makes = local::install_listener("adversarial_listeners:guards", makes);
    trigger_event("adversarial_listeners:guards", (), || {});
    assert_eq!(recorder.len(), 4); // including two STARTs from the listener
    drop(makes);
    MADE.take();
    assert_eq!(recorder.len(), 6);
}
