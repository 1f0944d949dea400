//! `TracingSpans` with subscribers that filter, format or panic.

#![cfg(feature = "tracing")]

mod support;

use std::panic::catch_unwind;

use event_core::{data, local, open_event, trigger_event};
use event_export::TracingSpans;
use support::hostile::PanicsInDebug;
use support::shared_buffer::SharedBuffer;
use support::span_recorder::{SpanRecorder, tree};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

#[test]
fn without_a_subscriber_no_value_is_formatted() {
    let _spans = local::install_listener("spans:no_subscriber", TracingSpans::new());
    trigger_event("spans:no_subscriber", data! { x = ?PanicsInDebug }, || {});
}

#[test]
fn filters_by_target_and_level_are_respected() {
    let recorder = SpanRecorder::default();
    let targets = Targets::new()
        .with_target("spans:filter_no", LevelFilter::WARN)
        .with_target("spans:filter", LevelFilter::INFO);
    let subscriber = Registry::default().with(targets).with(recorder.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:filter*", TracingSpans::new());
        let debug = TracingSpans::new().level(Level::DEBUG);
        let _debug = local::install_listener("spans:filter*", debug);
        trigger_event("spans:filter", (), || {
            trigger_event("spans:filter_no", data! { x = ?PanicsInDebug }, || {
                trigger_event("spans:filter_yes", (), || {});
            });
        });
    });
    assert_eq!(
        recorder.tree(),
        tree(&[
            ("spans:filter", None),
            ("spans:filter_yes", Some("spans:filter"))
        ])
    );
}

#[test]
fn a_child_of_a_filtered_span_is_a_child_of_its_grandparent() {
    let recorder = SpanRecorder::default();
    let targets = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("spans:skip_middle", LevelFilter::OFF);
    let subscriber = Registry::default().with(targets).with(recorder.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:skip*", TracingSpans::new());
        let outer = open_event("spans:skip_outer", ());
        let middle = outer.handle().run(|| open_event("spans:skip_middle", ()));
        drop(outer);
        middle
            .handle()
            .run(|| trigger_event("spans:skip_inner", (), || {}));
    });
    assert_eq!(
        recorder.named("spans:skip_inner").parent.as_deref(),
        Some("spans:skip_outer")
    );
    assert!(recorder.named("spans:skip_outer").closed);
}

#[test]
fn a_panicking_subscriber_does_not_change_the_program() {
    struct PanickingLayer;

    impl<S: Subscriber> Layer<S> for PanickingLayer {
        fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
            panic!("in on_record");
        }

        fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
            panic!("in on_event");
        }

        fn on_close(&self, _: Id, _: Context<'_, S>) {
            panic!("in on_close");
        }
    }

    let recorder = SpanRecorder::default();
    let subscriber = Registry::default()
        .with(recorder.clone())
        .with(PanickingLayer);
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:bad_subscriber", TracingSpans::new());
        for _ in 0..3 {
            let outcome = catch_unwind(|| {
                trigger_event("spans:bad_subscriber", (), || panic!("of the program"));
            });
            assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"of the program"));
        }
    });
    assert_eq!(recorder.spans().len(), 3);
    for span in recorder.spans() {
        assert!(span.parent.is_none() && span.exited == 1);
    }
}

#[test]
fn an_annotated_subscriber_does_not_recurse() {
    struct AnnotatedLayer(SpanRecorder);

    impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for AnnotatedLayer {
        fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            trigger_event("spans:annotated", (), || {
                self.0.on_new_span(attributes, id, context);
            });
        }
    }

    let recorder = SpanRecorder::default();
    let subscriber = Registry::default().with(AnnotatedLayer(recorder.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:annotated", TracingSpans::new());
        trigger_event("spans:annotated", (), || {});
    });
    assert_eq!(recorder.spans().len(), 1);
}

#[test]
fn the_level_in_the_environment_is_applied() {
    let recorder = SpanRecorder::default();
    tracing::subscriber::with_default(recorder.subscriber(), || {
        let _exports = event_export::from_text("tracing;level=debug", "spans:env").unwrap();
        trigger_event("spans:env", (), || {});
    });
    assert_eq!(recorder.named("spans:env").level, Some(Level::DEBUG));
    assert!(event_export::from_text("tracing;level=loud", "*").is_err());
}

#[event_core::trigger_event("spans:fmt", ret, err)]
fn formatted(text: &str, radix: u32) -> Result<u32, std::num::ParseIntError> {
    tracing::info!("inside");
    u32::from_str_radix(text, radix)
}

#[test]
fn the_text_format_shows_spans_and_failures() {
    let buffer = SharedBuffer::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(buffer.clone())
        .with_ansi(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:fmt", TracingSpans::new());
        let _ = formatted("2a", 16);
        let _ = formatted("oops", 10);
    });
    let text = buffer.text();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[0],
        r#"INFO formatted{text="2a" radix=16}: tracing_spans_subscribers: inside"#
    );
    assert!(
        lines[2].starts_with(
            r#"ERROR formatted{text="oops" radix=10}: spans:fmt: error=invalid digit found in string cause=error"#
        ),
        "{text}"
    );
}

#[test]
fn the_json_format_shows_spans_and_failures() {
    let buffer = SharedBuffer::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(buffer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:fmt", TracingSpans::new());
        let _ = formatted("2a", 16);
        let _ = formatted("oops", 10);
    });
    let text = buffer.text();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5, "{text}");
    let closed = &lines[1];
    assert_eq!(closed["target"], "spans:fmt");
    assert_eq!(closed["span"]["name"], "formatted");
    assert_eq!(closed["span"]["text"], "2a");
    assert_eq!(closed["span"]["radix"], 16);
    assert_eq!(closed["span"]["return"], 42);
    let failed = &lines[3];
    assert_eq!(failed["level"], "ERROR");
    assert_eq!(failed["fields"]["error"], "invalid digit found in string");
    assert_eq!(lines[4]["span"]["error"], "invalid digit found in string");
}
