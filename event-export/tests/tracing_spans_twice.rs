//! Several `TracingSpans`: no event has two spans.

#![cfg(feature = "tracing")]

mod support;

use event_core::{EventStatus, from_fn, install_listener, open_event, trigger_event};
use event_export::TracingSpans;
use support::child::{self, current_test, warnings};
use support::span_recorder::{RecordedSpan, SpanRecorder};
use tracing::Level;

#[trigger_event("twice:app")]
fn outer() {
    inner();
}

#[trigger_event("twice:app")]
fn inner() {}

#[trigger_event("twice:app")]
async fn later() {
    std::future::ready(()).await;
    inner();
}

fn run_program() {
    outer();
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(later());
    let open = open_event("twice:open", ());
    open.handle().run(inner);
    open.end();
}

/// Returns the names of the spans, each with its parent.
fn names(recorder: &SpanRecorder) -> Vec<String> {
    let spans = recorder.spans();
    assert!(spans.iter().all(RecordedSpan::is_complete));
    let name = |span: &RecordedSpan| match &span.parent {
        None => span.name.clone(),
        Some(parent) => format!("{parent}>{}", span.name),
    };
    spans.iter().map(name).collect()
}

const ONCE: [&str; 6] = [
    "outer",
    "outer>inner",
    "later",
    "later>inner",
    "twice:open",
    "twice:open>inner",
];

/// Runs in the child process.
fn run(mode: &str) {
    let recorder = SpanRecorder::default();
    tracing::subscriber::set_global_default(recorder.subscriber()).unwrap();
    let in_code = || install_listener("twice:*", TracingSpans::new());
    let before = (mode == "code first").then(in_code);
    let exports = event_export::from_env().unwrap();
    let after = (mode == "code last").then(in_code);
    run_program();
    drop((before, after, exports));
    assert_eq!(names(&recorder), ONCE);
}

#[test]
fn exporter_of_the_environment_and_one_in_code_make_one_span_and_say_it_once() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    for (mode, is_double) in [("code first", true), ("code last", true), ("alone", false)] {
        let mut command = child::command(current_test!(), mode);
        let output = command.env("EVENT_EXPORT", "tracing").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let expected = "event-export: several `TracingSpans` receive `twice:app`, so only the \
                        first of them makes spans; remove one, such as `tracing` in \
                        EVENT_EXPORT, or give each its own kinds";
        let expected = is_double.then_some(expected);
        assert_eq!(warnings(&output), Vec::from_iter(expected), "{mode}");
    }
}

#[test]
fn listeners_with_other_kinds_or_other_levels_make_their_own_spans() {
    let recorder = SpanRecorder::default();
    let _default = tracing::subscriber::set_default(recorder.subscriber());
    let spans = [
        ("twice_own:a", TracingSpans::new()),
        ("twice_own:b", TracingSpans::new().level(Level::DEBUG)),
    ];
    let spans = spans.map(|(kinds, spans)| install_listener(kinds, spans));
    trigger_event("twice_own:a", (), || {
        trigger_event("twice_own:b", (), || {});
    });
    drop(spans);
    assert_eq!(names(&recorder), ["twice_own:a", "twice_own:a>twice_own:b"]);
}

#[test]
fn events_of_a_listener_between_the_two_change_nothing() {
    let recorder = SpanRecorder::default();
    let _default = tracing::subscriber::set_default(recorder.subscriber());
    let first = install_listener("twice_between:*", TracingSpans::new());
    let between = install_listener(
        "twice_between:outer",
        from_fn(|event| {
            if event.status() == EventStatus::Start {
                for _ in 0..3 {
                    trigger_event("twice_between:inner", (), || {});
                }
            }
        }),
    );
    let second = install_listener("twice_between:*", TracingSpans::new());
    trigger_event("twice_between:outer", (), || {});
    drop((first, between, second));
    let mut names = names(&recorder);
    names.sort();
    names.dedup();
    assert_eq!(recorder.spans().len(), 4);
    assert_eq!(names.len(), 2);
}
