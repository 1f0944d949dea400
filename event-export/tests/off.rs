//! With the feature `off` of event-core, exporters say that all outputs are empty. Run it with
//! `cargo test -p event-export --features event-core/off --test off`.

#![cfg(feature = "summary")]

mod support;

use event_core::{install_listener, trigger_event};
use event_export::Summary;
use support::child::{self, current_test, warnings};

#[trigger_event("off:call")]
fn call() {}

#[test]
fn exporters_say_once_that_events_are_compiled_away() {
    if child::mode().is_some() {
        let _exports = event_export::from_env().unwrap();
        call();
        trigger_event("off:named", (), || {});
        return;
    }
    for kinds in ["*", "off:*,other:*"] {
        let mut command = child::command(current_test!(), "");
        command.env("EVENT_EXPORT", "summary=/dev/null,flame=/dev/null");
        command.env("EVENT_KINDS", kinds);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let lines = warnings(&output);
        let says = "event-export: the feature `off` of event-core compiles all events away, so the \
                    outputs are empty";
        if event_core::__private::IS_OFF {
            assert_eq!(lines, [says]);
        } else {
            assert!(!lines.iter().any(|line| line == says), "{lines:?}");
        }
    }
    let mut command = child::command(current_test!(), "");
    command.env_remove("EVENT_EXPORT");
    assert!(warnings(&command.output().unwrap()).is_empty());
}

#[test]
fn exporters_that_code_installs_say_so_too() {
    if child::mode().is_some() {
        let _one = install_listener("off:*", Summary::to_file("/dev/null").unwrap());
        let _other = install_listener("off:*", Summary::to_file("/dev/null").unwrap());
        return;
    }
    let output = child::command(current_test!(), "").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = usize::from(event_core::__private::IS_OFF);
    assert_eq!(warnings(&output).len(), lines);
}
