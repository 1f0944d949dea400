//! Names of threads: those of Rust, and on Linux those that C or `prctl` gave.

#![cfg(all(feature = "chrome", target_os = "linux"))]

mod support;

use std::fs;
use std::thread::{self, Builder};

use event_core::{install_listener, trigger_event};
use event_export::ChromeTrace;
use serde_json::Value;
use support::shared_buffer::SharedBuffer;

/// Names the current thread like `prctl(PR_SET_NAME)`.
fn set_system_name(name: &[u8]) {
    fs::write("/proc/thread-self/comm", name).unwrap();
}

/// Returns the name that a trace has for a thread that calls `prepare` and then broadcasts an
/// event of `kind`.
fn traced_name(
    kind: &'static str,
    builder: Builder,
    prepare: impl FnOnce() + Send + 'static,
) -> Option<String> {
    let output = SharedBuffer::default();
    let trace = install_listener(kind, ChromeTrace::to_writer(output.clone()));
    let thread = builder.spawn(move || {
        prepare();
        trigger_event(kind, (), || {});
    });
    thread.unwrap().join().unwrap();
    drop(trace);
    let events: Vec<Value> = serde_json::from_str(&output.text()).unwrap();
    let name = events.iter().find(|event| event["name"] == "thread_name");
    name.map(|event| event["args"]["name"].as_str().unwrap().to_owned())
}

#[test]
fn name_of_rust_is_used_in_full() {
    let name = "a name that the system truncates";
    let traced = traced_name("thread_names:rust", Builder::new().name(name.into()), || {});
    assert_eq!(traced.as_deref(), Some(name));
    // The system truncates it within `ü`.
    let name = "fourteen bytesü";
    let traced = traced_name("thread_names:utf8", Builder::new().name(name.into()), || {});
    assert_eq!(traced.as_deref(), Some(name));
}

#[test]
fn name_of_the_system_is_used_for_a_thread_without_a_name_of_rust() {
    let traced = traced_name("thread_names:c", Builder::new(), || {
        set_system_name(b"from c");
    });
    assert_eq!(traced.as_deref(), Some("from c"));
    let traced = traced_name("thread_names:invalid", Builder::new(), || {
        set_system_name(b"c\xff");
    });
    assert_eq!(traced.as_deref(), Some("c\u{fffd}"));
}

#[test]
fn name_that_was_changed_by_the_system_is_used() {
    let builder = Builder::new().name("first".into());
    let traced = traced_name("thread_names:changed", builder, || {
        set_system_name(b"second");
    });
    assert_eq!(traced.as_deref(), Some("second"));
}

#[test]
fn name_that_a_thread_inherits_from_a_thread_of_rust_is_not_used() {
    let builder = Builder::new().name("a long name of the parent".into());
    let parent = builder.spawn(|| traced_name("thread_names:heir", Builder::new(), || {}));
    assert_eq!(parent.unwrap().join().unwrap(), None);
}

#[test]
fn name_of_the_process_is_no_name_of_a_thread() {
    let process = fs::read("/proc/self/comm").unwrap();
    let traced = traced_name("thread_names:none", Builder::new(), move || {
        set_system_name(process.trim_ascii_end());
        assert!(thread::current().name().is_none());
    });
    assert_eq!(traced, None);
}
