//! What a program says by itself, and what its environment asks for: each in a child, this program again with the
//! test's name.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{
    Event, Listener, from_fn, install_listener, listener_panics, local, trigger_event,
};

/// In the child nothing, else what the child called `name` said on stderr.
fn in_a_child(name: &str, backtrace: &str) -> Option<String> {
    if std::env::var_os("SAID_CHILD").is_some() {
        return None;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env("SAID_CHILD", "1")
        .env("RUST_BACKTRACE", backtrace)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.success(), "{said}");
    Some(said)
}

#[test]
fn the_first_panic_of_a_listener_is_reported_and_no_other() {
    let name = "the_first_panic_of_a_listener_is_reported_and_no_other";
    if let Some(said) = in_a_child(name, "0") {
        let reports = said.matches("event-core: a listener panicked").count();
        assert_eq!(reports, 1, "{said}");
        assert!(
            said.contains("told START said:panics: panic: the first (at "),
            "{said}"
        );
        return;
    }
    let told = AtomicU32::new(0);
    let bad = from_fn(
        move |_: &Event<'_>| match told.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("the first"),
            _ => panic!("another"),
        },
    );
    let _installed = install_listener("said:panics", bad);
    trigger_event("said:panics", (), || {});
    trigger_event("said:panics", (), || {});
    assert_eq!(listener_panics(), 4);
}

/// Its `Drop` panics.
struct BadDrop;

impl Listener for BadDrop {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

impl Drop for BadDrop {
    fn drop(&mut self) {
        panic!("in the drop");
    }
}

#[test]
fn a_panic_in_a_listeners_drop_is_counted() {
    let name = "a_panic_in_a_listeners_drop_is_counted";
    if in_a_child(name, "0").is_some() {
        return;
    }
    let installed = install_listener("said:drop", BadDrop);
    trigger_event("said:drop", (), || {});
    drop(installed);
    assert_eq!(listener_panics(), 1);
}

#[test]
fn a_backtrace_is_there_where_it_is_asked_for() {
    let name = "a_backtrace_is_there_where_it_is_asked_for";
    for asked in ["0", "1"] {
        if in_a_child(name, asked).is_some() {
            continue;
        }
        let asked = std::env::var("RUST_BACKTRACE").is_ok_and(|asked| asked == "1");
        let recorder = local::install_recorder("said:backtrace");
        let call = || trigger_event("said:backtrace", (), || panic!("with a trace"));
        assert!(std::panic::catch_unwind(call).is_err());
        let exc = recorder.buffer()[1].1.exc_details().cloned().unwrap();
        let trace = exc.backtrace().map(ToString::to_string);
        assert_eq!(trace.is_some(), asked);
        assert!(trace.is_none_or(|trace| trace.contains("a_backtrace_is_there")));
        return;
    }
}

#[test]
fn the_first_listener_may_be_installed_while_a_panic_passes() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let recorder = local::install_recorder("said:passing");
            trigger_event("said:passing", (), || {});
            assert_eq!(recorder.len(), 2);
        }
    }
    let name = "the_first_listener_may_be_installed_while_a_panic_passes";
    if in_a_child(name, "0").is_some() {
        return;
    }
    let passing = std::panic::catch_unwind(|| {
        let _at_end = AtEnd;
        panic!("passes");
    });
    assert!(passing.is_err());
}

#[test]
fn a_panic_of_one_of_several_listeners_is_counted() {
    let name = "a_panic_of_one_of_several_listeners_is_counted";
    if in_a_child(name, "0").is_some() {
        return;
    }
    let told = Arc::new(AtomicU32::new(0));
    let one = |panics: bool| {
        let told = Arc::clone(&told);
        from_fn(move |_: &Event<'_>| {
            told.fetch_add(1, Ordering::Relaxed);
            assert!(!panics, "one of several");
        })
    };
    let _installed = install_listener("said:several", vec![one(true), one(false)]);
    trigger_event("said:several", (), || {});
    assert_eq!((told.load(Ordering::Relaxed), listener_panics()), (4, 2));
}
