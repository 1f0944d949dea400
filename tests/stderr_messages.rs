//! Messages on stderr, and behaviour that depends on the environment.
//!
//! Each test runs in a child process: this program again, with the name of the test.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{
    Event, Listener, from_fn, install_listener, listener_panics, local, trigger_event,
};
use support::{is_child, run_in_child};

#[test]
fn only_the_first_listener_panic_is_reported() {
    let name = "only_the_first_listener_panic_is_reported";
    if !is_child() {
        let (_, stderr) = run_in_child(name, &[("RUST_BACKTRACE", "0")]);
        let reports = stderr.matches("event-core: a listener panicked").count();
        assert_eq!(reports, 1, "{stderr}");
        assert!(
            stderr.contains("notified of START stderr_messages:panics: panic: the first (at "),
            "{stderr}"
        );
        return;
    }
    let calls = AtomicU32::new(0);
    let bad = from_fn(
        move |_: &Event<'_>| match calls.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("the first"),
            _ => panic!("another"),
        },
    );
    let _installed = install_listener("stderr_messages:panics", bad);
    trigger_event("stderr_messages:panics", (), || {});
    trigger_event("stderr_messages:panics", (), || {});
    assert_eq!(listener_panics(), 4);
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Listener for PanicsOnDrop {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("in the drop");
    }
}

#[test]
fn panic_in_a_listener_drop_is_counted() {
    let name = "panic_in_a_listener_drop_is_counted";
    if !is_child() {
        run_in_child(name, &[("RUST_BACKTRACE", "0")]);
        return;
    }
    let installed = install_listener("stderr_messages:drop", PanicsOnDrop);
    trigger_event("stderr_messages:drop", (), || {});
    drop(installed);
    assert_eq!(listener_panics(), 1);
}

#[test]
fn backtrace_is_captured_on_request() {
    let name = "backtrace_is_captured_on_request";
    if !is_child() {
        for backtrace in ["0", "1"] {
            run_in_child(name, &[("RUST_BACKTRACE", backtrace)]);
        }
        return;
    }
    let requested = std::env::var("RUST_BACKTRACE").is_ok_and(|value| value == "1");
    let recorder = local::install_recorder("stderr_messages:backtrace");
    let call = || trigger_event("stderr_messages:backtrace", (), || panic!("with a trace"));
    assert!(std::panic::catch_unwind(call).is_err());
    let exc = recorder.buffer()[1].1.exc_details().cloned().unwrap();
    let trace = exc.backtrace().map(ToString::to_string);
    assert_eq!(trace.is_some(), requested);
    assert!(trace.is_none_or(|trace| trace.contains(name)));
}

#[test]
fn first_listener_can_be_installed_during_unwinding() {
    struct InstallsOnDrop;
    impl Drop for InstallsOnDrop {
        fn drop(&mut self) {
            let recorder = local::install_recorder("stderr_messages:unwinding");
            trigger_event("stderr_messages:unwinding", (), || {});
            assert_eq!(recorder.len(), 2);
        }
    }
    let name = "first_listener_can_be_installed_during_unwinding";
    if !is_child() {
        run_in_child(name, &[("RUST_BACKTRACE", "0")]);
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        let _installs = InstallsOnDrop;
        panic!("unwinding");
    });
    assert!(outcome.is_err());
}

#[test]
fn panic_of_one_of_several_listeners_is_counted() {
    let name = "panic_of_one_of_several_listeners_is_counted";
    if !is_child() {
        run_in_child(name, &[("RUST_BACKTRACE", "0")]);
        return;
    }
    let calls = Arc::new(AtomicU32::new(0));
    let one = |panics: bool| {
        let calls = Arc::clone(&calls);
        from_fn(move |_: &Event<'_>| {
            calls.fetch_add(1, Ordering::Relaxed);
            assert!(!panics, "one of several");
        })
    };
    let _installed = install_listener("stderr_messages:several", vec![one(true), one(false)]);
    trigger_event("stderr_messages:several", (), || {});
    assert_eq!((calls.load(Ordering::Relaxed), listener_panics()), (4, 2));
}
