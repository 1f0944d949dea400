//! Spans that are sent by gRPC, also to collectors that fail.

#![cfg(feature = "otlp-grpc")]

mod support;

use std::net::TcpListener;
use std::time::Duration;

use event_core::{data, install_listener, trigger_event};
use event_export::Exporter;
use support::collector::{COUNT, Collector, Reply, exporter, exporter_of_spans, finish, text};
use support::grpc_collector::{start, wait_for_request};

const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");

// The codes of gRPC.
const INVALID_ARGUMENT: u16 = 3;
const RESOURCE_EXHAUSTED: u16 = 8;
const OUT_OF_RANGE: u16 = 11;
const UNAVAILABLE: u16 = 14;

#[test]
fn request_has_the_spans_and_the_configured_headers() {
    let collector = start(|_| Reply::Accept);
    let variables = [
        GRPC,
        ("OTEL_EXPORTER_OTLP_HEADERS", "Api-Key=a%2Cb, x-team = core"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let spans = install_listener("otlp_grpc:request", exporter(&collector, &variables));
    trigger_event(
        "otlp_grpc:request",
        data! { text = "long ".repeat(100) },
        || {},
    );
    spans.flush().unwrap();
    assert_eq!((spans.exported(), spans.dropped()), (1, 0));
    let received = &collector.received()[0];
    assert_eq!(received.headers["api-key"], "a,b");
    assert_eq!(received.headers["x-team"], "core");
    assert_eq!(received.headers["grpc-encoding"], "gzip");
    assert!(received.headers["user-agent"].starts_with("event-export/"));
    let resource = received.request.resource_spans[0]
        .resource
        .as_ref()
        .unwrap();
    assert_eq!(text(&resource.attributes, "service.name"), Some("shop"));
    assert_eq!(collector.spans()[0].name, "otlp_grpc:request");
}

#[test]
fn many_requests_use_one_connection() {
    let collector = start(|_| Reply::Accept);
    let spans = install_listener("otlp_grpc:many", exporter(&collector, &[GRPC]));
    for number in 0..20 {
        trigger_event("otlp_grpc:many", data! { number = number }, || {});
        spans.flush().unwrap();
    }
    assert_eq!((spans.exported(), collector.received().len()), (20, 20));
}

#[test]
fn busy_collector_is_tried_again_after_the_time_that_it_names() {
    for (kind, code) in [
        ("otlp_grpc:unavailable", UNAVAILABLE),
        ("otlp_grpc:exhausted", RESOURCE_EXHAUSTED),
    ] {
        let collector = start(move |request| match request {
            0 => Reply::Status(code, "1"),
            _ => Reply::Accept,
        });
        let spans = exporter_of_spans(kind, &collector, &[GRPC]);
        spans.flush().unwrap();
        assert_eq!((spans.exported(), spans.dropped()), (COUNT, 0));
        let received = collector.received();
        assert!(received[1].at - received[0].at >= Duration::from_secs(1));
    }
}

#[test]
fn temporary_status_is_repeated_with_a_pause() {
    let collector = start(|request| match request {
        0 => Reply::Status(UNAVAILABLE, ""),
        1 => Reply::Reset,
        _ => Reply::Accept,
    });
    let spans = exporter_of_spans("otlp_grpc:backoff", &collector, &[GRPC]);
    spans.flush().unwrap();
    assert_eq!((spans.exported(), spans.dropped()), (COUNT, 0));
    let received = collector.received();
    assert!(received[1].at - received[0].at >= Duration::from_millis(250));
}

#[test]
fn rejected_request_is_dropped_and_not_repeated() {
    for (kind, code) in [
        ("otlp_grpc:invalid", INVALID_ARGUMENT),
        ("otlp_grpc:quota", RESOURCE_EXHAUSTED), // without a time, it never succeeds
    ] {
        let collector = start(move |_| Reply::Status(code, ""));
        let spans = exporter_of_spans(kind, &collector, &[GRPC]);
        let error = spans.flush().unwrap_err().to_string();
        assert!(error.starts_with("100 spans were dropped: "), "{error}");
        assert!(error.ends_with("the collector's reason"), "{error}");
        assert_eq!(collector.received().len(), 1);
    }
}

#[test]
fn spans_that_a_partial_success_rejects_are_counted() {
    let collector = start(|_| Reply::Partial(7));
    let spans = exporter_of_spans("otlp_grpc:partial", &collector, &[GRPC]);
    let error = spans.flush().unwrap_err();
    assert_eq!(error.to_string(), "7 spans were dropped: too old");
    assert_eq!(finish(&spans), (COUNT - 7, 7));
}

#[test]
fn request_that_is_too_large_is_split() {
    for (kind, code, message) in [
        (
            "otlp_grpc:go",
            RESOURCE_EXHAUSTED,
            "grpc: received message larger than max",
        ),
        (
            "otlp_grpc:rust",
            OUT_OF_RANGE,
            "decoded message length too large",
        ),
    ] {
        let collector = start(move |request| match request {
            0 => Reply::Status(code, message),
            _ => Reply::Accept,
        });
        let spans = exporter_of_spans(kind, &collector, &[GRPC]);
        spans.flush().unwrap();
        assert_eq!((spans.exported(), collector.received().len()), (COUNT, 3));
    }
}

#[test]
fn absent_collector_does_not_delay_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let collector = Collector::at(format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let spans = exporter_of_spans("otlp_grpc:absent", &collector, &[GRPC]);
    assert_eq!(finish(&spans), (0, COUNT));
}

#[test]
fn silent_collector_delays_the_end_for_two_seconds_at_most() {
    let collector = start(|_| Reply::Silent);
    let spans = exporter_of_spans("otlp_grpc:silent", &collector, &[GRPC]);
    wait_for_request(&collector);
    assert_eq!(finish(&spans), (0, COUNT));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let collector = Collector::at(format!("http://{}", listener.local_addr().unwrap()));
    let spans = exporter_of_spans("otlp_grpc:stalled", &collector, &[GRPC]);
    assert_eq!(finish(&spans), (0, COUNT));
}

#[test]
fn slow_collector_gets_all_spans_at_the_end() {
    let collector = start(|_| Reply::Slow(Duration::from_millis(500)));
    let spans = exporter_of_spans("otlp_grpc:slow", &collector, &[GRPC]);
    assert_eq!(finish(&spans), (COUNT, 0));
}

#[test]
fn program_on_a_current_thread_runtime_may_flush() {
    let collector = start(|_| Reply::Accept);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let spans = exporter_of_spans("otlp_grpc:runtime", &collector, &[GRPC]);
        spans.flush().unwrap();
        assert_eq!(finish(&spans), (COUNT, 0));
    });
}
