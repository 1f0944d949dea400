//! `add_data` from listeners, formatting, expressions, drops and data of events.

mod support;

use std::fmt;
use std::panic::catch_unwind;
use std::sync::Arc;

use event_core::{
    Event, EventData, Listener, RecordingListener, add_data, data, enter_event, from_fn, local,
    open_event, trigger_event,
};
use support::events;

/// Returns the data of the last END of `kind`, as text.
fn end_data(recorder: &RecordingListener, kind: &str) -> String {
    let calls = events(recorder);
    let mut ends = calls.iter().rev().filter(|event| event.is_end());
    let end = ends.find(|event| event.kind().as_str() == kind).unwrap();
    end.data().to_string()
}

#[test]
fn formatting_and_expressions_of_fields_add_nothing() {
    struct Adds;
    impl fmt::Debug for Adds {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            add_data(data! { from_debug = 1 });
            f.write_str("Adds")
        }
    }
    let recorder = local::install_recorder("added_nested:a");
    let adds = || {
        add_data(data! { from_expression = 1 });
        2
    };
    trigger_event("added_nested:a", (), || {
        add_data(data! { debug = ?Adds, expression = adds() });
        trigger_event("added_nested:a", data! { start = ?Adds, n = adds() }, || {});
    });
    let calls = recorder.calls();
    assert_eq!(calls[0].data().to_string(), "debug=Adds expression=2");
    assert_eq!(calls[1].data().to_string(), "start=Adds n=2");
}

#[test]
fn formatting_of_arguments_results_and_errors_adds_nothing() {
    struct Adds;
    impl fmt::Debug for Adds {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            add_data(data! { from_debug = 1 });
            f.write_str("Adds")
        }
    }
    impl fmt::Display for Adds {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            add_data(data! { from_display = 1 });
            f.write_str("shown")
        }
    }
    #[trigger_event("added_formats:ret", data(n, shown = %Adds), ret)]
    fn returns(n: Adds) -> Adds {
        n
    }
    #[trigger_event("added_formats:err", err)]
    fn fails() -> Result<(), Adds> {
        Err(Adds)
    }
    #[trigger_event("added_formats:outer")]
    fn outer() {
        returns(Adds);
        fails().unwrap_err();
    }
    let recorder = local::install_recorder("added_formats:*");
    // It formats the data and the errors while it receives an event.
    let formatting = from_fn(|event: &Event<'_>| {
        add_data(data! { outside = 1 });
        assert!(event.to_string().contains("added_formats:"));
        for (_, value) in event.data().iter() {
            assert_eq!(format!("{value}").len(), value.to_string().len());
        }
    });
    let formatting = local::install_listener("!added_formats:outer,added_formats:*", formatting);
    outer();
    drop(formatting);
    outer();
    let lines: Vec<_> = recorder.calls().iter().map(ToString::to_string).collect();
    let inner = [
        "END added_formats:ret returns n=Adds shown=\"shown\" return=Adds",
        "END added_formats:err fails failed: error: shown",
    ];
    assert_eq!(lines[0], "END added_formats:outer outer outside=1");
    assert_eq!(lines[1..3], inner);
    assert_eq!(lines[3], "END added_formats:outer outer");
    assert_eq!(lines[4..], inner);
}

#[test]
fn panic_in_added_data_keeps_what_was_added_before() {
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("in the `Debug` of added data")
        }
    }
    fn panics() -> u8 {
        panic!("in an expression of added data")
    }
    let recorder = local::install_recorder("added_panics:*");
    trigger_event("added_panics:expression", (), || {
        add_data(data! { before = 1 });
        let outcome = catch_unwind(|| add_data(data! { a = 1, n = panics() }));
        assert!(outcome.is_err(), "the expression is the caller's code");
        add_data(data! { after = 2 });
    });
    assert_eq!(
        end_data(&recorder, "added_panics:expression"),
        "before=1 after=2"
    );
    trigger_event("added_panics:debug", (), || {
        add_data(data! { before = 1 });
        add_data(data! { n = ?Panics });
        add_data(data! { after = 2 });
    });
    let calls = recorder.calls();
    let data = calls[1].data();
    let keys: Vec<_> = data.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["before", "n", "after"]);
    assert!(!calls[1].is_failed());
}

#[test]
fn listener_adds_to_the_scope_around_and_to_its_own() {
    struct Reenters;
    impl Listener for Reenters {
        fn on_start(&self, _: &Event<'_>) {
            add_data(data! { start = 1 });
        }
        fn on_end(&self, _: &Event<'_>) {
            trigger_event("added_reenters:own", (), || add_data(data! { own = 1 }));
            add_data(data! { end = 1 });
        }
    }
    let recorder = local::install_recorder("added_reenters:*");
    let _reenters = local::install_listener("added_reenters:inner", Reenters);
    trigger_event("added_reenters:outer", (), || {
        trigger_event("added_reenters:inner", (), || {});
        add_data(data! { last = 1 });
    });
    assert_eq!(end_data(&recorder, "added_reenters:inner"), "");
    assert_eq!(end_data(&recorder, "added_reenters:own"), "own=1");
    let outer = end_data(&recorder, "added_reenters:outer");
    assert_eq!(outer, "start=1 end=1 last=1");
}

#[test]
fn data_of_any_type_may_add_data_itself() {
    struct Nested;
    impl EventData for Nested {
        fn with_data<R>(self, f: impl FnOnce(event_core::Data<'_>) -> R) -> R {
            add_data(data! { nested = 1 });
            data! { outer = 1 }.with_data(f)
        }
    }
    let recorder = local::install_recorder("added_data_type:a");
    trigger_event("added_data_type:a", (), || add_data(Nested));
    assert_eq!(end_data(&recorder, "added_data_type:a"), "nested=1 outer=1");
}

#[test]
fn listeners_add_to_the_scope_around_their_event() {
    let recorder = local::install_recorder("added_listener:*");
    let adding = from_fn(|event: &Event<'_>| {
        let count = if event.is_start() { "start" } else { "end" };
        add_data(data! { status = count });
    });
    let adding = local::install_listener("added_listener:inner", adding);
    trigger_event("added_listener:inner", (), || {});
    trigger_event("added_listener:outer", (), || {
        trigger_event("added_listener:inner", (), || {});
    });
    drop(adding);
    assert_eq!(end_data(&recorder, "added_listener:inner"), "");
    assert_eq!(
        end_data(&recorder, "added_listener:outer"),
        r#"status="end""#
    );
}

#[test]
fn drop_of_replaced_data_may_add_and_trigger() {
    #[derive(Debug)]
    struct Noisy;
    impl Drop for Noisy {
        fn drop(&mut self) {
            add_data(data! { dropped = 1 });
            trigger_event("added_drop:inner", (), || {});
        }
    }
    let recorder = local::install_recorder("added_drop:*");
    trigger_event("added_drop:outer", (), || {
        add_data(data! { shared = Arc::new(Noisy) });
        add_data(data! { shared = 2 });
    });
    let calls = recorder.calls();
    assert_eq!(calls[0].data().get("shared").unwrap().to_u64(), Some(2));
    assert!(calls.len() > 1);
}

/// Broadcasts a scope with the data of each END, in three forms.
struct Forward;

impl Listener for Forward {
    fn on_start(&self, _: &Event<'_>) {}

    fn on_end(&self, event: &Event<'_>) {
        drop(open_event("added_forwarded:open", event.data()));
        drop(enter_event("added_forwarded:guard", event.data().clone()));
        trigger_event("added_forwarded:closure", event.data(), || {
            add_data(data! { last = true });
        });
    }
}

#[test]
fn data_of_an_end_can_be_the_data_of_another_event() {
    #[trigger_event("added_source:call", ret)]
    fn source(n: u8, kept: u8) -> u8 {
        add_data(data! { n = 2, more = 3 });
        n + kept
    }
    let recorder = local::install_recorder("added_forwarded:*");
    let _forward = local::install_listener("added_source:*", Forward);
    source(1, 5);
    let data = "n=2 kept=5 more=3 return=6";
    let expected = ["open", "guard", "closure"].map(|form| {
        let last = if form == "closure" { " last=true" } else { "" };
        [
            format!("START added_forwarded:{form} {data}"),
            format!("END added_forwarded:{form} {data}{last}"),
        ]
    });
    let lines: Vec<String> = recorder
        .events()
        .map(|(_, event)| {
            let line = event.to_string();
            // The function of an open event is its kind.
            line.replacen(
                "added_forwarded:open added_forwarded:open",
                "added_forwarded:open",
                1,
            )
        })
        .collect();
    assert_eq!(lines, expected.concat());
}
