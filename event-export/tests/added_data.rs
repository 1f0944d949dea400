//! Data that `add_data` adds to the END, in each output that shows data.

#![cfg(all(
    feature = "chrome",
    feature = "report",
    feature = "log",
    feature = "tracing"
))]

mod support;

use std::sync::Mutex;

use event_core::{
    Listener, RecordingListener, add_data, data, install_listener, local, open_event, trigger_event,
};
use event_export::{ChromeTrace, LogRecords, Redacted, TracingSpans};
use log::{LevelFilter, Log, Metadata, Record};
use serde_json::{Value, json};
use support::report_page;
use support::shared_buffer::SharedBuffer;
use support::span_recorder::SpanRecorder;

/// Calls `test` twice: without and with a listener that reads the data of STARTs at the END.
fn with_and_without_end_data(kind: &'static str, test: impl Fn()) {
    test();
    let recorder = RecordingListener::with_capacity_limit(10);
    assert!(recorder.wants_end_data());
    let _recorder = install_listener(kind, recorder);
    test();
}

#[trigger_event("added:chrome", ret)]
fn chrome(n: u32, text: &str) -> usize {
    add_data(data! { rows = 3, n = 9 });
    text.len() * n as usize
}

#[test]
fn chrome_trace_has_the_added_arguments_at_the_end() {
    with_and_without_end_data("added:chrome", || {
        let file = SharedBuffer::default();
        let trace = ChromeTrace::to_writer(file.clone());
        let trace = local::install_listener("added:chrome", trace);
        assert_eq!(chrome(1, "ab"), 2);
        let open = open_event("added:chrome", data! { id = 1 });
        open.handle().run(|| add_data(data! { status = 200 }));
        open.end();
        drop(trace);
        let events: Vec<Value> = serde_json::from_str(&file.text()).unwrap();
        let args = |phase: &str| {
            let mut events = events.iter();
            events.find(|event| event["ph"] == phase).unwrap()["args"].clone()
        };
        assert_eq!(args("B"), json!({ "n": 1, "text": "ab" }));
        assert_eq!(args("E"), json!({ "rows": 3, "n": 9, "return": 2 }));
        assert_eq!(args("e"), json!({ "status": 200 }));
    });
}

#[trigger_event("added:report", ret)]
fn report(n: u32, text: &str) -> usize {
    add_data(data! { rows = 3, n = 9 });
    text.len() * n as usize
}

#[test]
fn report_shows_the_added_fields_as_results() {
    with_and_without_end_data("added:report", || {
        let (path, installed) = report_page::install("added:report", |report| report);
        assert_eq!(report(1, "ab"), 2);
        drop(installed);
        let page = report_page::read(&path);
        assert_eq!(page.texts("arguments", 0), ["n", "1", "text", r#""ab""#]);
        let mut results = page.texts("result", 0);
        results.sort_unstable();
        assert_eq!(results, ["2", "3", "9", "n", "return", "rows"]);
    });
}

static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct TestLogger;

impl Log for TestLogger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if record.target() == "added:log" {
            MESSAGES.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[trigger_event("added:log", ret)]
#[expect(clippy::needless_pass_by_value, reason = "it is copied for the END")]
fn logged(n: u32, text: String) -> usize {
    add_data(data! { rows = 3, n = 9 });
    text.len() * n as usize
}

#[test]
fn log_records_have_the_added_and_the_replaced_fields() {
    log::set_logger(&TestLogger).unwrap();
    log::set_max_level(LevelFilter::Trace);
    with_and_without_end_data("added:log", || {
        let log = local::install_listener("added:log", LogRecords::new());
        assert_eq!(logged(1, "ab".to_owned()), 2);
        drop(log);
        let message = MESSAGES.lock().unwrap().pop().unwrap();
        for part in ["n=9", r#"text="ab""#, "rows=3"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(!message.contains("n=1"), "{message}");
    });
}

#[trigger_event("added:spans", ret)]
fn spans(n: u32, text: &str) -> usize {
    add_data(data! { rows = 3, n = 9, unit = "kB" });
    text.len() * n as usize
}

#[test]
fn spans_record_the_replaced_fields_and_the_others_as_one() {
    with_and_without_end_data("added:spans", || {
        let recorder = SpanRecorder::default();
        tracing::subscriber::with_default(recorder.subscriber(), || {
            let _spans = local::install_listener("added:spans", TracingSpans::new());
            assert_eq!(spans(1, "ab"), 2);
        });
        let span = &recorder.spans()[0];
        assert_eq!(span.fields["n"], 9);
        assert_eq!(span.fields["text"], "ab");
        assert_eq!(span.fields["return"], 2);
        assert_eq!(span.fields["added"], r#"formatted: rows=3 unit="kB""#);
        assert_eq!(span.fields.len(), 4, "{:?}", span.fields);
    });
}

#[trigger_event("added:own_name")]
fn with_own_name(added: u32) -> u32 {
    add_data(data! { rows = 3 });
    added
}

#[test]
fn an_argument_called_added_keeps_its_value() {
    let recorder = SpanRecorder::default();
    tracing::subscriber::with_default(recorder.subscriber(), || {
        let _spans = local::install_listener("added:own_name", TracingSpans::new());
        assert_eq!(with_own_name(7), 7);
    });
    assert_eq!(recorder.spans()[0].fields["added"], 7);
}

#[test]
fn spans_of_open_events_record_the_fields_of_their_end() {
    with_and_without_end_data("added:open_span", || {
        let recorder = SpanRecorder::default();
        tracing::subscriber::with_default(recorder.subscriber(), || {
            let _spans = local::install_listener("added:open_span", TracingSpans::new());
            let open = open_event("added:open_span", data! { path = "a", rows = 0 });
            open.end_with(data! { rows = 3, size = 8 }, None);
        });
        let span = &recorder.spans()[0];
        assert_eq!(span.fields["rows"], 3);
        assert_eq!(span.fields["added"], "formatted: size=8");
    });
}

#[trigger_event("added:redacted", ret)]
fn with_secrets(n: u32) -> u32 {
    add_data(data! { token = "hunter2", n = 9 });
    n
}

#[test]
fn added_fields_are_redacted_and_remain_added() {
    with_and_without_end_data("added:redacted", || {
        let file = SharedBuffer::default();
        let trace = Redacted::new("token", ChromeTrace::to_writer(file.clone()));
        let trace = local::install_listener("added:redacted", trace);
        assert_eq!(with_secrets(1), 1);
        drop(trace);
        let events: Vec<Value> = serde_json::from_str(&file.text()).unwrap();
        let end = events.iter().find(|event| event["ph"] == "E").unwrap();
        let args = json!({ "token": "[redacted]", "n": 9, "return": 1 });
        assert_eq!(end["args"], args);
    });
}
