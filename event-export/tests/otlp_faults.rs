//! Collectors that fail: no span is lost without being counted, and nothing waits for long.

#![cfg(feature = "otlp")]

mod support;

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{data, install_listener, trigger_event};
use event_export::Exporter;
use support::collector::{COUNT, Collector, Reply, exporter, exporter_of_spans, finish};

/// Returns the times between the requests.
fn pauses(collector: &Collector) -> Vec<Duration> {
    let received = collector.received();
    let pairs = received.windows(2);
    pairs.map(|pair| pair[1].at - pair[0].at).collect()
}

#[test]
fn busy_collector_is_tried_again_after_the_time_that_it_names() {
    for (kind, status) in [("otlp_faults:429", 429), ("otlp_faults:503", 503)] {
        let collector = Collector::with_replies(move |request| match request {
            0 => Reply::Status(status, "retry-after: 1\r\n"),
            _ => Reply::Accept,
        });
        let spans = exporter_of_spans(kind, &collector, &[]);
        spans.flush().unwrap();
        assert_eq!((spans.exported(), spans.dropped()), (COUNT, 0));
        assert!(pauses(&collector)[0] >= Duration::from_secs(1));
    }
}

#[test]
fn pause_grows_from_one_repetition_to_the_next() {
    let collector = Collector::with_replies(|request| match request {
        0..3 => Reply::Status(502, ""),
        _ => Reply::Accept,
    });
    let spans = exporter_of_spans("otlp_faults:backoff", &collector, &[]);
    spans.flush().unwrap();
    assert_eq!((spans.exported(), spans.dropped()), (COUNT, 0));
    let pauses = pauses(&collector);
    for (pause, at_least) in pauses.iter().zip([250, 500, 1000]) {
        assert!(*pause >= Duration::from_millis(at_least), "{pauses:?}");
    }
}

#[test]
fn connection_that_is_reset_is_opened_again() {
    let collector = Collector::with_replies(|request| match request {
        0 => Reply::Reset,
        _ => Reply::Accept,
    });
    let spans = exporter_of_spans("otlp_faults:reset", &collector, &[]);
    assert_eq!(finish(&spans), (COUNT, 0));
}

#[test]
fn rejected_request_is_dropped_and_not_repeated() {
    let collector = Collector::with_replies(|request| match request {
        0 => Reply::Status(400, ""),
        _ => Reply::Accept,
    });
    let spans = exporter_of_spans("otlp_faults:rejected", &collector, &[]);
    let error = spans.flush().unwrap_err();
    assert_eq!(error.to_string(), "100 spans were dropped: 400 Bad Request");
    trigger_event("otlp_faults:rejected", (), || {});
    spans.flush().unwrap();
    assert_eq!((spans.exported(), spans.dropped()), (1, COUNT));
    assert_eq!(collector.received().len(), 2);
}

#[test]
fn spans_that_a_partial_success_rejects_are_counted() {
    let collector = Collector::with_replies(|_| Reply::Partial(7));
    let spans = exporter_of_spans("otlp_faults:partial", &collector, &[]);
    let error = spans.flush().unwrap_err();
    assert_eq!(error.to_string(), "7 spans were dropped: too old");
    assert_eq!(finish(&spans), (COUNT - 7, 7));
    assert_eq!(collector.received().len(), 1);
}

#[test]
fn request_that_is_too_large_is_split() {
    let collector = Collector::start();
    let limited = Collector::with_replies({
        let sizes = std::sync::Mutex::new([100, 50, 25, 25, 50, 25, 25].into_iter());
        move |_| match sizes.lock().unwrap().next() {
            Some(30..) => Reply::Status(413, ""),
            _ => Reply::Accept,
        }
    });
    drop(collector);
    let spans = exporter_of_spans("otlp_faults:large", &limited, &[]);
    spans.flush().unwrap();
    assert_eq!((spans.exported(), spans.dropped()), (COUNT, 0));
    let sizes: Vec<_> = limited
        .received()
        .iter()
        .map(|it| support::collector::spans(&it.request).len())
        .collect();
    assert_eq!(sizes, [100, 50, 25, 25, 50, 25, 25]);
}

#[test]
fn absent_collector_does_not_delay_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut collector = Collector::start();
    collector.address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let spans = exporter_of_spans("otlp_faults:absent", &collector, &[]);
    let start = Instant::now();
    assert_eq!(finish(&spans), (0, COUNT));
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn silent_collector_delays_the_end_for_two_seconds_at_most() {
    let collector = Collector::with_replies(|_| Reply::Silent);
    let spans = exporter_of_spans("otlp_faults:silent", &collector, &[]);
    // The request begins long before the end.
    while collector.received().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    trigger_event("otlp_faults:silent_later", (), || {});
    assert_eq!(finish(&spans), (0, COUNT));
}

#[test]
fn collector_that_never_accepts_a_connection_does_not_delay_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut collector = Collector::start();
    collector.address = format!("http://{}", listener.local_addr().unwrap());
    let spans = exporter_of_spans("otlp_faults:stalled", &collector, &[]);
    assert_eq!(finish(&spans), (0, COUNT));
}

#[test]
fn collector_that_asks_for_a_long_pause_does_not_delay_the_end() {
    let collector = Collector::with_replies(|_| Reply::Status(503, "retry-after: 30\r\n"));
    let spans = exporter_of_spans("otlp_faults:pause", &collector, &[]);
    while collector.received().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    let start = Instant::now();
    assert_eq!(finish(&spans), (0, COUNT));
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn slow_collector_gets_all_spans_at_the_end() {
    let collector = Collector::with_replies(|_| Reply::Slow(Duration::from_millis(500)));
    let spans = exporter_of_spans("otlp_faults:slow", &collector, &[]);
    assert_eq!(finish(&spans), (COUNT, 0));
    assert_eq!(collector.spans().len() as u64, COUNT);
}

#[test]
fn spans_beyond_the_limit_of_memory_are_counted() {
    let is_busy = std::sync::Arc::new(AtomicBool::new(true));
    let collector = Collector::with_replies({
        let is_busy = is_busy.clone();
        move |_| {
            if is_busy.load(Ordering::Relaxed) {
                Reply::Status(503, "")
            } else {
                Reply::Accept
            }
        }
    });
    let spans = exporter(&collector, &[]).max_bytes(256 << 10);
    let spans = install_listener("otlp_faults:memory", spans);
    let text = "x".repeat(1000);
    for _ in 0..5_000 {
        trigger_event("otlp_faults:memory", data! { text = &*text }, || {});
    }
    assert!(spans.dropped() > 4_000, "{}", spans.dropped());
    is_busy.store(false, Ordering::Relaxed);
    spans.finish();
    assert_eq!(spans.exported() + spans.dropped(), 5_000);
    assert!(spans.exported() > 0);
    assert_eq!(collector.spans().len() as u64, spans.exported());
}
