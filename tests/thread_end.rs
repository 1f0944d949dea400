//! Events at the end of a thread or process, and events from inside a panic hook.
//!
//! Tests that end the process run in a child: this program again, with the name of the test.

mod support;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_core::{
    Event, Installed, RecordingListener, enter_event, from_fn, install_listener, install_recorder,
    trigger_event,
};
use support::{events, is_child, run_in_child};

#[trigger_event("thread_end:work")]
fn work(n: u32) -> u32 {
    n
}

/// Triggers events when it is dropped.
struct AtEnd(u32);

impl Drop for AtEnd {
    fn drop(&mut self) {
        assert_eq!(work(self.0), self.0);
        let _guard = enter_event("thread_end:guard", ());
        drop(install_recorder("thread_end:work"));
    }
}

thread_local! {
    static FIRST: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
    static LAST: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

/// Counts of listener and hook calls in a child.
static NOTIFIED: AtomicUsize = AtomicUsize::new(0);
static HOOKED: AtomicUsize = AtomicUsize::new(0);

/// Runs a test in a child process, which must print `done`. Returns `true` in that child.
fn in_child(test: &str) -> bool {
    if is_child() {
        return true;
    }
    let (stdout, stderr) = run_in_child(test, &[]);
    assert!(stdout.contains("done"), "{stdout}{stderr}");
    false
}

#[test]
fn dropped_thread_locals_can_trigger_events() {
    let recorder = install_recorder("thread_end:*");
    // Other tests use smaller numbers.
    for n in 100..120 {
        std::thread::spawn(move || {
            // `FIRST` is dropped after the thread-locals of event-core, and `LAST` before them.
            FIRST.set(Some(AtEnd(n)));
            work(n);
            LAST.set(Some(AtEnd(n)));
        })
        .join()
        .unwrap();
    }
    let ends = events(&recorder).into_iter().filter(Event::is_end);
    let numbers = ends.filter_map(|it| it.data().get("n")?.to_u64());
    assert_eq!(numbers.filter(|n| *n >= 100).count(), 3 * 20);
}

#[test]
fn listener_can_be_dropped_with_its_thread() {
    thread_local! {
        static KEPT: RefCell<Option<Installed<RecordingListener>>> = const { RefCell::new(None) };
    }
    let recorder = Arc::new(RecordingListener::new());
    let shared = Arc::clone(&recorder);
    std::thread::spawn(move || {
        KEPT.set(Some(event_core::install_shared("thread_end:kept", shared)));
        trigger_event("thread_end:kept", (), || {});
    })
    .join()
    .unwrap();
    trigger_event("thread_end:kept", (), || {});
    assert_eq!(recorder.len(), 2);
    assert_eq!(Arc::strong_count(&recorder), 1);
}

#[test]
fn thread_can_outlive_main() {
    if !in_child("thread_can_outlive_main") {
        return;
    }
    let recorder = install_recorder("thread_end:*");
    std::thread::spawn(|| {
        loop {
            FIRST.set(Some(AtEnd(1)));
            work(1);
            drop(install_recorder("thread_end:*"));
        }
    });
    std::thread::sleep(Duration::from_millis(50));
    assert!(recorder.len() > 2);
    std::mem::forget(recorder);
    println!("done");
    // The harness now ends the process while that thread runs.
}

#[test]
fn listener_can_exit_the_process() {
    if !in_child("listener_can_exit_the_process") {
        return;
    }
    let exits = from_fn(|_: &Event<'_>| {
        if NOTIFIED.fetch_add(1, Ordering::Relaxed) > 0 {
            std::process::abort(); // a listener must not receive its own events
        }
        println!("done");
        // Runs the destructors of this thread while the listener is still in its call.
        std::process::exit(0);
    });
    let _exits = install_listener("thread_end:*", exits);
    let _recorder = install_recorder("thread_end:*");
    FIRST.set(Some(AtEnd(2)));
    trigger_event("thread_end:exit", (), || LAST.set(Some(AtEnd(3))));
    unreachable!("the listener exits");
}

#[test]
fn panic_hook_can_use_the_whole_api() {
    if !in_child("panic_hook_can_use_the_whole_api") {
        return;
    }
    let hook = |_: &std::panic::PanicHookInfo<'_>| {
        HOOKED.fetch_add(1, Ordering::Relaxed);
        work(7);
        let _guard = enter_event("thread_end:hook", ());
        drop(install_recorder("thread_end:work"));
    };
    // Round 1: the hook of event-core runs first. Round 2: another hook runs before it.
    std::panic::set_hook(Box::new(hook));
    let recorder = install_recorder("thread_end:work");
    for round in 1..=2 {
        let outcome = std::panic::catch_unwind(|| {
            trigger_event("thread_end:panics", (), || panic!("in the body"));
        });
        assert!(outcome.is_err());
        assert_eq!(HOOKED.load(Ordering::Relaxed), round);
        if round == 1 {
            let ours = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                work(8);
                ours(info);
            }));
        }
    }
    let numbers: Vec<_> = recorder.buffer();
    assert!(
        numbers.iter().all(|(_, it)| it.to_string().contains("n=8")),
        "{numbers:?}"
    );
    assert_eq!(work(9), 9);
    println!("done");
}

#[test]
fn threads_can_end_while_listeners_change() {
    let stop = Arc::new(AtomicBool::new(false));
    let changes = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            while !stop.load(Ordering::Relaxed) {
                let seen = Mutex::new(0_u32);
                let counts = from_fn(move |_: &Event<'_>| *seen.lock().unwrap() += 1);
                drop(install_listener("thread_end:*", counts));
            }
        }
    });
    for _ in 0..100 {
        let threads = [1, 2, 3].map(|n| {
            std::thread::spawn(move || {
                FIRST.set(Some(AtEnd(n)));
                work(n);
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
    }
    stop.store(true, Ordering::Relaxed);
    changes.join().unwrap();
}
