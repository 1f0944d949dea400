//! `TracingSpans`: events as spans of `tracing`, recorded by a layer of `tracing-subscriber`.

#![cfg(feature = "tracing")]

mod support;

use std::panic::catch_unwind;

use event_core::{
    Data, EventData, Field, Value, current_event, data, end_event, enter_event, install_listener,
    local, open_event, start_event, trigger_event,
};
use event_export::TracingSpans;
use support::hostile::PanicsInDebug;
use support::span_recorder::{RecordedSpan, SpanRecorder, tree};
use tracing::Level;

/// Records the spans that `run` creates on this thread.
fn record_spans(kinds: &'static str, run: impl FnOnce()) -> SpanRecorder {
    let recorder = SpanRecorder::default();
    tracing::subscriber::with_default(recorder.subscriber(), || {
        let _spans = local::install_listener(kinds, TracingSpans::new());
        run();
    });
    recorder
}

#[test]
fn a_scope_is_a_span_with_name_place_and_fields() {
    #[event_core::trigger_event("spans:parse", ret)]
    fn parse(text: &str, radix: u32) -> u32 {
        u32::from_str_radix(text, radix).unwrap_or_default()
    }

    let span = &record_spans("spans:parse", || assert_eq!(parse("2a", 16), 42)).spans()[0];
    assert_eq!((&*span.name, &*span.target), ("parse", "spans:parse"));
    assert_eq!(span.level, Some(Level::INFO));
    assert_eq!(span.module_path.as_deref(), Some("tracing_spans"));
    let file = span.file.as_deref().unwrap();
    assert!(file.ends_with("tests/tracing_spans.rs"), "{file}");
    assert!(span.line.is_some());
    assert_eq!(span.fields["text"], "2a");
    assert_eq!(span.fields["radix"], 16);
    assert_eq!(span.fields["return"], 42);
    assert_eq!((span.entered, span.exited, span.closed), (1, 1, true));
    assert!(span.events.is_empty());
}

#[test]
fn fields_keep_their_types() {
    #[derive(Debug)]
    struct Point {
        x: i32,
    }

    let point = Point { x: 1 };
    let data = data! {
        i = -1, big = u64::MAX, f = 0.5, b = true, s = "text", c = 'c', d = ?point, t = %point.x,
        bytes = &[1_u8, 2][..], wide = u128::MAX
    };
    let recorder = record_spans("spans:typed", || trigger_event("spans:typed", data, || {}));
    let fields = &recorder.spans()[0].fields;
    assert_eq!(fields["i"], -1);
    assert_eq!(fields["big"], u64::MAX);
    assert_eq!(fields["f"], 0.5);
    assert_eq!(fields["b"], true);
    assert_eq!(fields["s"], "text");
    assert_eq!(fields["c"], "formatted: c");
    assert_eq!(fields["d"], "formatted: Point { x: 1 }");
    assert_eq!(fields["t"], "1");
    assert_eq!(fields["bytes"], "formatted: [01 02]");
    assert_eq!(fields["wide"], format!("formatted: {}", u128::MAX));
    assert!(!fields.contains_key("return"));
}

#[test]
fn spans_nest_with_spans_of_the_program() {
    let recorder = record_spans("spans:nest*", || {
        trigger_event("spans:nest_outer", (), || {
            let native = tracing::info_span!("native").entered();
            trigger_event("spans:nest_inner", (), || {
                tracing::info!("inside the inner scope");
            });
            drop(native);
            trigger_event("spans:nest_last", (), || {});
        });
    });
    assert_eq!(
        recorder.tree(),
        tree(&[
            ("spans:nest_outer", None),
            ("native", Some("spans:nest_outer")),
            ("spans:nest_inner", Some("native")),
            ("spans:nest_last", Some("spans:nest_outer")),
        ])
    );
    assert_eq!(recorder.named("spans:nest_inner").events.len(), 1);
    assert!(recorder.spans().iter().all(|span| span.closed));
}

#[test]
fn a_scope_of_another_kind_is_skipped_in_the_tree() {
    let recorder = record_spans("spans:selected", || {
        let _recorder = local::install_recorder("spans:other");
        trigger_event("spans:selected", data! { n = 1 }, || {
            trigger_event("spans:other", (), || {
                trigger_event("spans:selected", (), || {});
            });
        });
    });
    assert_eq!(
        recorder.tree(),
        tree(&[
            ("spans:selected", None),
            ("spans:selected", Some("spans:selected"))
        ])
    );
}

#[test]
fn guards_may_end_out_of_order() {
    let recorder = record_spans("spans:guard*", || {
        let outer = enter_event("spans:guard_outer", ());
        let inner = enter_event("spans:guard_inner", ());
        drop(outer);
        trigger_event("spans:guard_child", (), || tracing::info!("here"));
        drop(inner);
        trigger_event("spans:guard_after", (), || {});
    });
    assert_eq!(
        recorder.tree(),
        tree(&[
            ("spans:guard_outer", None),
            ("spans:guard_inner", Some("spans:guard_outer")),
            ("spans:guard_child", Some("spans:guard_inner")),
            ("spans:guard_after", None),
        ])
    );
    assert!(recorder.spans().iter().all(RecordedSpan::is_complete));
}

#[test]
fn a_handle_carries_the_parent_to_another_thread() {
    let recorder = SpanRecorder::default();
    let _default = tracing::subscriber::set_default(recorder.subscriber());
    let _spans = install_listener("spans:across*", TracingSpans::new());
    trigger_event("spans:across_outer", (), || {
        let here = current_event();
        // The new thread has no subscriber, so the child uses the subscriber of its parent.
        let child = move || here.run(|| trigger_event("spans:across_inner", (), || {}));
        std::thread::spawn(child).join().unwrap();
        let other = trigger_event("spans:across_other", (), current_event);
        other.run(|| trigger_event("spans:across_late", (), || {}));
    });
    assert_eq!(
        recorder.tree(),
        tree(&[
            ("spans:across_outer", None),
            ("spans:across_inner", Some("spans:across_outer")),
            ("spans:across_other", Some("spans:across_outer")),
            // Its parent has ended, so it is a child of the current span.
            ("spans:across_late", Some("spans:across_outer")),
        ])
    );
}

#[test]
fn a_handle_of_an_outer_scope_sets_the_parent_on_the_same_thread() {
    let recorder = record_spans("spans:jump*", || {
        trigger_event("spans:jump_outer", (), || {
            let outer = current_event();
            trigger_event("spans:jump_inner", (), || {
                outer.run(|| trigger_event("spans:jump_back", (), || {}));
            });
        });
    });
    assert_eq!(
        recorder.named("spans:jump_back").parent.as_deref(),
        Some("spans:jump_outer")
    );
}

#[test]
fn an_open_event_is_a_span_that_is_not_entered() {
    let recorder = record_spans("spans:open*", || {
        let open = open_event("spans:open", data! { n = 1 });
        tracing::info!("in no span");
        let handle = open.handle();
        handle.run(|| trigger_event("spans:open_inside", (), || {}));
        std::thread::spawn(move || open.end()).join().unwrap();
    });
    let span = recorder.named("spans:open");
    assert_eq!((span.entered, span.exited, span.closed), (0, 0, true));
    assert!(span.events.is_empty());
    assert_eq!(
        recorder.named("spans:open_inside").parent.as_deref(),
        Some("spans:open")
    );
}

#[test]
fn a_start_end_pair_on_one_thread_is_one_span() {
    let recorder = record_spans("spans:pair*", || {
        start_event("spans:pair", data! { n = 1 });
        tracing::info!("locked");
        end_event("spans:pair", data! { n = 1, return = 2 }, None);
    });
    let span = recorder.named("spans:pair");
    assert!(span.closed && span.entered == 1 && span.exited == 1);
    assert_eq!((span.events.len(), &span.fields["return"]), (1, &2.into()));
}

#[test]
fn a_start_that_ends_on_another_thread_does_not_stay_entered() {
    let recorder = record_spans("spans:loose*", || {
        start_event("spans:loose_lock", ());
        std::thread::spawn(|| end_event("spans:loose_lock", (), None))
            .join()
            .unwrap();
        trigger_event("spans:loose_after", (), || tracing::info!("here"));
        tracing::info_span!("native").in_scope(|| {});
    });
    assert_eq!(recorder.named("spans:loose_after").parent, None);
    assert_eq!(recorder.named("native").parent, None);
}

#[test]
fn an_error_is_an_error_event_like_that_of_instrument_err() {
    #[event_core::trigger_event("spans:error", err)]
    fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }

    let recorder = record_spans("spans:error", || assert!(parse("oops").is_err()));
    let span = &recorder.spans()[0];
    let message = "formatted: invalid digit found in string";
    assert_eq!(span.fields["error"], message);
    let (level, fields) = &span.events[0];
    assert_eq!(*level, Level::ERROR);
    assert_eq!(fields["error"], message);
    assert_eq!(fields["cause"], "formatted: error");
    assert!(
        fields["exception.type"]
            .as_str()
            .unwrap()
            .ends_with("ParseIntError")
    );
    assert!(!fields.contains_key("location"));
}

#[test]
fn a_panic_is_an_error_event_with_its_location() {
    let recorder = record_spans("spans:panics", || {
        let outcome = catch_unwind(|| trigger_event("spans:panics", (), || panic!("no luck")));
        assert!(outcome.is_err());
    });
    let span = &recorder.spans()[0];
    let (level, fields) = &span.events[0];
    assert_eq!(
        (*level, fields["error"].as_str()),
        (Level::ERROR, Some("formatted: no luck"))
    );
    assert_eq!(fields["cause"], "formatted: panic");
    assert!(
        fields["location"]
            .as_str()
            .unwrap()
            .contains("tests/tracing_spans.rs:")
    );
    assert_eq!((span.entered, span.exited, span.closed), (1, 1, true));
}

#[test]
fn an_argument_called_error_is_not_replaced() {
    let recorder = record_spans("spans:own_error", || {
        let data = data! { error = 7, return = 8 };
        let _ = catch_unwind(|| trigger_event("spans:own_error", data, || panic!("no luck")));
    });
    let span = &recorder.spans()[0];
    assert_eq!(
        (&span.fields["error"], &span.fields["return"]),
        (&7.into(), &8.into())
    );
    assert_eq!(span.events.len(), 1);
}

#[test]
fn a_panic_in_debug_is_a_note_in_the_field() {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a reference would be formatted later"
    )]
    #[event_core::trigger_event("spans:hostile")]
    fn hostile(value: PanicsInDebug) {
        let _ = value;
    }

    let recorder = record_spans("spans:hostile", || hostile(PanicsInDebug));
    let text = recorder.spans()[0].fields["value"].to_string();
    assert!(text.contains("<panicked while printing>"), "{text}");
}

/// Data with one field, whose key is known at run time only.
struct OneField(&'static str);

impl EventData for OneField {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        f(Data::new(&[Field::new(self.0, Value::from(1))]))
    }
}

#[test]
fn beyond_the_limit_of_key_lists_all_data_is_one_field() {
    let recorder = record_spans("spans:keys", || {
        for _ in 0..2 {
            for n in 0..80 {
                let key: &'static str = format!("key{n}").leak();
                trigger_event("spans:keys", OneField(key), || {});
            }
        }
    });
    let spans = recorder.spans();
    assert_eq!(spans.len(), 160);
    assert_eq!(spans[63].fields["key63"], 1);
    assert_eq!(spans[64].fields["data"], "formatted: key64=1");
    assert_eq!(spans[80].fields["key0"], 1);
    assert_eq!(spans[159].fields["data"], "formatted: key79=1");
}

#[test]
fn uninstalling_exits_and_closes_open_spans() {
    let recorder = SpanRecorder::default();
    tracing::subscriber::with_default(recorder.subscriber(), || {
        let spans = local::install_listener("spans:middle", TracingSpans::new());
        trigger_event("spans:middle", (), || {
            drop(spans);
            tracing::info_span!("native").in_scope(|| {});
        });
    });
    let span = recorder.named("spans:middle");
    assert_eq!((span.entered, span.exited, span.closed), (1, 1, true));
    assert_eq!(recorder.named("native").parent, None);
}
