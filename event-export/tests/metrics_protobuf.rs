//! The protobuf format of `Metrics`, read by a reader that shares no code with its writer.
//!
//! `scripts/metrics` shows the same with Prometheus.

#![cfg(feature = "metrics-protobuf")]

mod support;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::catch_unwind;
use std::thread;
use std::time::Duration;

use event_core::{Installed, install_listener, open_event, trigger_event};
use event_export::Metrics;
use support::exposition::{Exposition, request_bytes, scrape};
use support::wire::{Fields, split_delimited};

const ACCEPT: &str = "application/vnd.google.protobuf; \
    proto=io.prometheus.client.MetricFamily; encoding=delimited";

fn serve(kind: &'static str) -> (SocketAddr, Installed<Metrics>) {
    let metrics = Metrics::new();
    let metrics = metrics.serve("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = metrics.address().unwrap();
    (address, install_listener(kind, metrics))
}

fn scrape_protobuf(address: SocketAddr) -> Vec<u8> {
    let request = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: {ACCEPT}\r\n\r\n");
    let (head, body) = request_bytes(address, request.as_bytes());
    let content_type = format!("Content-Type: {ACCEPT}\r\n");
    assert!(
        head.starts_with("HTTP/1.1 200 ") && head.contains(&content_type),
        "{head}"
    );
    body
}

/// Returns the metrics of a family.
fn family<'m>(families: &[Fields<'m>], name: &str, kind: u64) -> Vec<Fields<'m>> {
    let family = families.iter().find(|family| family.text(1) == name);
    let family = family.unwrap_or_else(|| panic!("no {name}: {families:?}"));
    assert_eq!(family.number(3), kind);
    family.messages(4)
}

fn label<'m>(of: &Fields<'m>, name: &str) -> &'m str {
    let labels = of.messages(1);
    let label = labels.iter().find(|label| label.text(1) == name);
    label.unwrap_or_else(|| panic!("no {name}")).text(2)
}

/// The buckets of a native histogram that are not empty: their numbers and counts.
fn native_buckets(histogram: &Fields<'_>) -> BTreeMap<i64, i64> {
    let deltas = histogram.all_signed(13);
    let mut deltas = deltas.iter();
    let (mut next, mut count) = (0, 0);
    let mut buckets = BTreeMap::new();
    for span in histogram.messages(12) {
        next += span.signed(1);
        for _ in 0..span.number(2) {
            count += deltas.next().expect("each bucket of a span has a delta");
            assert!(count >= 0, "{histogram:?}");
            if count > 0 {
                buckets.insert(next, count);
            }
            next += 1;
        }
    }
    assert_eq!(deltas.next(), None);
    buckets
}

/// Returns the upper bound of a native bucket in seconds.
fn bound(bucket: i64) -> f64 {
    2_f64.powf(f64::from(i32::try_from(bucket).unwrap()) / 8.0)
}

#[test]
fn native_histogram_agrees_with_the_classic_one() {
    let kind = "metrics_protobuf:histogram";
    let (address, _metrics) = serve(kind);
    for _ in 0..1_000 {
        trigger_event(kind, (), || {});
    }
    for millis in [2, 30, 31, 120] {
        trigger_event(kind, (), || thread::sleep(Duration::from_millis(millis)));
    }
    let body = scrape_protobuf(address);
    let families = split_delimited(&body);
    let durations = family(&families, "event_duration_seconds", 4);
    let [metric] = &*durations else {
        panic!("{durations:?}");
    };
    assert_eq!(
        (label(metric, "kind"), label(metric, "function")),
        (kind, kind)
    );
    let histogram = metric.message(7).unwrap();
    assert_eq!(histogram.number(1), 1_004);
    let sum = histogram.double(2);
    assert!((0.183..30.0).contains(&sum), "{sum}");
    assert_eq!(histogram.signed(5), 3);
    assert!((histogram.double(6) - bound(-27 * 8)).abs() < f64::EPSILON);

    let native = native_buckets(&histogram);
    let counts = native.values().sum::<i64>() + i64::try_from(histogram.number(7)).unwrap();
    assert_eq!(counts, 1_004);
    // Each native bucket is less than 10 % wide.
    let classic = histogram.messages(3);
    assert_eq!(classic.len(), 19);
    for bucket in classic {
        let (count, classic_bound) = (bucket.number(1), bucket.double(2));
        let up_to = |is_counted: &dyn Fn(i64) -> bool| -> i64 {
            let zero = i64::try_from(histogram.number(7)).unwrap();
            let buckets = native.iter().filter(|(bucket, _)| is_counted(**bucket));
            zero + buckets.map(|(_, count)| count).sum::<i64>()
        };
        let least = up_to(&|bucket| bound(bucket) <= classic_bound);
        let most = up_to(&|bucket| bound(bucket - 1) < classic_bound);
        let count = i64::try_from(count).unwrap();
        assert!((least..=most).contains(&count), "{least} {count} {most}");
    }
    let slowest = bound(*native.last_key_value().unwrap().0);
    assert!((0.12..20.0).contains(&slowest), "{slowest}");
}

#[test]
fn text_and_protobuf_have_the_same_numbers() {
    let kind = "metrics_protobuf:same";
    let (address, _metrics) = serve(kind);
    trigger_event(kind, (), || {});
    assert!(catch_unwind(|| trigger_event(kind, (), || panic!("as requested"))).is_err());
    let open = open_event(kind, ());
    let body = scrape_protobuf(address);
    let text = Exposition::parse(&scrape(address));
    let families = split_delimited(&body);

    let calls = family(&families, "event_calls_total", 0);
    assert_eq!(calls.len(), 4);
    for metric in calls {
        let outcome = label(&metric, "outcome");
        let value = text.value("event_calls_total", &[("outcome", outcome)]);
        let counter = metric.message(3).unwrap();
        assert!(
            (counter.double(1) - value).abs() < f64::EPSILON,
            "{outcome}"
        );
        assert_eq!(counter.message(2).map(|_| ()), None);
    }
    let in_flight = family(&families, "event_in_flight", 1);
    assert!((in_flight[0].message(2).unwrap().double(1) - 1.0).abs() < f64::EPSILON);
    let durations = family(&families, "event_duration_seconds", 4);
    let histogram = durations[0].message(7).unwrap();
    assert_eq!(histogram.number(1), 2);
    assert_eq!(text.count("event_duration_seconds_count", &[]), 2);
    let classic: Vec<i64> = histogram
        .messages(3)
        .iter()
        .map(|it| i64::try_from(it.number(1)).unwrap())
        .collect();
    let of_text = text.buckets("event_duration_seconds", &[]);
    let of_text: Vec<i64> = of_text.into_iter().map(|(_, count)| count).collect();
    assert_eq!(classic, of_text);
    open.end();
}

#[test]
fn a_function_without_ended_calls_has_an_empty_native_histogram() {
    let kind = "metrics_protobuf:empty";
    let (address, _metrics) = serve(kind);
    let open = open_event(kind, ());
    let body = scrape_protobuf(address);
    let durations = family(&split_delimited(&body), "event_duration_seconds", 4);
    let histogram = durations[0].message(7).unwrap();
    assert_eq!(histogram.number(1), 0);
    assert!(native_buckets(&histogram).is_empty());
    // Without a threshold, Prometheus would take it for a classic histogram.
    assert!(histogram.double(6) > 0.0);
    open.end();
}

#[test]
fn without_functions_there_are_no_metrics() {
    let (address, _metrics) = serve("metrics_protobuf:none");
    assert!(scrape_protobuf(address).is_empty());
}

#[cfg(feature = "otlp")]
#[test]
fn exemplars_are_spans() {
    use event_export::Exporter;

    let kind = "metrics_protobuf:exemplars";
    let collector = support::collector::Collector::start();
    let otlp = install_listener(kind, support::collector::exporter(&collector, &[]));
    let (address, _metrics) = serve(kind);
    trigger_event(kind, (), || {});
    otlp.flush().unwrap();
    let spans = collector.spans();
    let hex = |id: &[u8]| {
        let number = id.iter().fold(0, |id, byte| id << 8 | u128::from(*byte));
        format!("{number:0width$x}", width = 2 * id.len())
    };
    let expected = (hex(&spans[0].trace_id), hex(&spans[0].span_id));

    let body = scrape_protobuf(address);
    let families = split_delimited(&body);
    let histogram = family(&families, "event_duration_seconds", 4)[0]
        .message(7)
        .unwrap();
    let of_buckets = histogram
        .messages(3)
        .into_iter()
        .filter_map(|bucket| bucket.message(3));
    let calls = family(&families, "event_calls_total", 0);
    let of_calls = calls
        .iter()
        .filter_map(|call| call.message(3).unwrap().message(2));
    let all: Vec<Fields<'_>> = of_buckets
        .chain(histogram.messages(16))
        .chain(of_calls)
        .collect();
    assert_eq!(all.len(), 3, "{all:?}");
    for exemplar in all {
        let ids = (label(&exemplar, "trace_id"), label(&exemplar, "span_id"));
        assert_eq!(ids, (&*expected.0, &*expected.1));
        let seconds = exemplar.message(3).unwrap().number(1);
        let nanos = spans[0].end_time_unix_nano;
        assert!(
            seconds.abs_diff(nanos / 1_000_000_000) <= 1,
            "{seconds} {nanos}"
        );
        let duration = Duration::from_nanos(nanos - spans[0].start_time_unix_nano);
        assert!(exemplar.double(2) >= duration.as_secs_f64() * 0.5);
    }
}
