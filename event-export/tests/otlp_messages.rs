//! Messages of `log` as events of spans, and those of the exporter's own HTTP client.

#![cfg(all(feature = "otlp", feature = "log"))]

mod support;

use event_core::{RecordingListener, data, install_listener, trigger_event};
use event_export::{EventLogger, Exporter};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use support::collector::{Collector, exporter, text, value};

/// Both tests in one function, because a process has one logger.
#[test]
fn messages_of_the_program_are_events_and_those_of_the_client_are_suppressed() {
    log::set_boxed_logger(Box::new(EventLogger::new())).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let recorder = install_listener("log:*", RecordingListener::new());
    let collector = Collector::start();
    let spans = install_listener("*", exporter(&collector, &[]));
    trigger_event("otlp_messages:scope", data! { n = 1 }, || {
        log::info!(target: "shop", user = 7; "paid {} items", 3);
        (0..200).for_each(|number| log::debug!(target: "shop", "{number}"));
    });
    log::warn!(target: "shop", "outside of all scopes");
    spans.flush().unwrap();
    trigger_event("otlp_messages:scope", (), || {});
    spans.flush().unwrap();

    let sent = collector.spans();
    assert_eq!(sent.len(), 2);
    let events = &sent[0].events;
    assert_eq!((events.len(), sent[0].dropped_events_count), (128, 73));
    let message = &events[0];
    assert_eq!(message.name, "paid 3 items");
    assert_eq!(text(&message.attributes, "event.kind"), Some("log:shop"));
    assert_eq!(text(&message.attributes, "level"), Some("INFO"));
    assert_eq!(
        value(&message.attributes, "user"),
        Some(&Value::IntValue(7))
    );
    assert!(message.time_unix_nano >= sent[0].start_time_unix_nano);
    assert!(message.time_unix_nano <= sent[0].end_time_unix_nano);
    assert_eq!(value(&sent[0].attributes, "n"), Some(&Value::IntValue(1)));

    let is_of_client = |line: &String| !line.contains("log:shop");
    let lines = recorder.lines();
    assert_eq!(lines.iter().find(|line| is_of_client(line)), None);
    assert_eq!(lines.len(), 2 * 202);
}
