//! The exemplars of `Metrics`: they name the spans that a collector of OpenTelemetry receives.

#![cfg(all(feature = "metrics", feature = "otlp"))]

mod support;

use std::thread;
use std::time::{Duration, SystemTime};

use event_core::{install_listener, trigger_event, try_trigger_event};
use event_export::{Exporter, Metrics, OtlpSpans};
use opentelemetry_proto::tonic::trace::v1::Span;
use support::collector::{Collector, exporter};
use support::exposition::{Exposition, scrape};

/// An exemplar as `OpenMetrics` text has it.
#[derive(Clone, Debug, PartialEq)]
struct Exemplar {
    /// The bound or the outcome of its series.
    series: String,
    trace: String,
    span: String,
    value: f64,
    time: f64,
}

/// Returns the exemplars of the lines that start with `name`.
fn exemplars(text: &str, name: &str) -> Vec<Exemplar> {
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.filter_map(exemplar).collect()
}

fn exemplar(line: &str) -> Option<Exemplar> {
    let (sample, exemplar) = line.split_once(" # ")?;
    let label = |text: &str, name: &str| {
        let (_, value) = text.split_once(&format!("{name}=\"")).unwrap();
        value.split_once('"').unwrap().0.to_owned()
    };
    let series = if sample.contains("outcome=") {
        label(sample, "outcome")
    } else {
        label(sample, "le")
    };
    let (labels, rest) = exemplar.split_once("} ").unwrap();
    let (value, time) = rest.split_once(' ').unwrap();
    Some(Exemplar {
        series,
        trace: label(labels, "trace_id"),
        span: label(labels, "span_id"),
        value: value.parse().unwrap(),
        time: time.parse().unwrap(),
    })
}

/// Returns the text without exemplars, for the parser of the older format.
fn without_exemplars(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(" # ").next().unwrap());
    lines.fold(String::new(), |text, line| text + line + "\n")
}

fn hex(id: &[u8]) -> String {
    let number = id.iter().fold(0, |id, byte| id << 8 | u128::from(*byte));
    format!("{number:0width$x}", width = 2 * id.len())
}

fn unix_seconds() -> f64 {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    unix.unwrap().as_secs_f64()
}

fn spans(collector: &Collector, spans: &OtlpSpans) -> Vec<Span> {
    spans.flush().unwrap();
    collector.spans()
}

fn check_that_exemplars_are_spans(text: &str, spans: &[Span], count: usize) {
    let buckets = exemplars(text, "event_duration_seconds_bucket{");
    assert_eq!(buckets.len(), count, "{text}");
    for exemplar in buckets {
        let mut spans = spans.iter();
        let span = spans.find(|span| hex(&span.span_id) == exemplar.span);
        let span = span.unwrap_or_else(|| panic!("{exemplar:?}"));
        assert_eq!(hex(&span.trace_id), exemplar.trace);
        let nanos = span.end_time_unix_nano - span.start_time_unix_nano;
        let duration = Duration::from_nanos(nanos).as_secs_f64();
        // The clocks of the two are read at almost the same time.
        assert!(exemplar.value >= duration * 0.5, "{exemplar:?} {duration}");
    }
}

#[test]
fn exemplars_are_spans_whichever_listener_is_installed_first() {
    for metrics_are_first in [true, false] {
        let kind = if metrics_are_first {
            "metrics_exemplars:before"
        } else {
            "metrics_exemplars:after"
        };
        let collector = Collector::start();
        let install_metrics = || install_listener(kind, Metrics::new());
        let before = metrics_are_first.then(install_metrics);
        let otlp = install_listener(kind, exporter(&collector, &[]));
        let metrics = before.unwrap_or_else(install_metrics);

        let start = unix_seconds();
        trigger_event(kind, (), || {});
        for millis in [3, 30] {
            trigger_event(kind, (), || thread::sleep(Duration::from_millis(millis)));
        }
        let failed: Result<(), std::fmt::Error> =
            try_trigger_event(kind, (), || Err(std::fmt::Error));
        assert!(failed.is_err());

        let text = metrics.text();
        let received = spans(&collector, &otlp);
        assert_eq!(received.len(), 4);
        let buckets = exemplars(&text, "event_duration_seconds_bucket{");
        assert!((3..=4).contains(&buckets.len()), "{text}");
        check_that_exemplars_are_spans(&text, &received, buckets.len());
        for exemplar in &buckets {
            assert!(
                exemplar.value <= exemplar.series.parse().unwrap(),
                "{exemplar:?}"
            );
            assert!((start - 1.0..unix_seconds() + 1.0).contains(&exemplar.time));
        }
        let calls = exemplars(&text, "event_calls_total{");
        let outcomes: Vec<&str> = calls.iter().map(|it| &*it.series).collect();
        assert_eq!(outcomes, ["ok", "error"]);
        assert_eq!(calls[1].span, hex(&received[3].span_id));

        // The counts are what they are without exemplars, and the last line remains.
        let parsed = Exposition::parse(&without_exemplars(&text));
        assert_eq!(parsed.count("event_duration_seconds_count", &[]), 4);
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}

#[test]
fn without_an_exporter_of_spans_there_are_no_exemplars() {
    let metrics = install_listener("metrics_exemplars:none", Metrics::new());
    trigger_event("metrics_exemplars:none", (), || {});
    let text = metrics.text();
    assert!(
        text.contains("metrics_exemplars:none") && !text.contains(" # "),
        "{text}"
    );
}

#[test]
fn only_open_metrics_has_exemplars() {
    let collector = Collector::start();
    let _otlp = install_listener("metrics_exemplars:format", exporter(&collector, &[]));
    let metrics = Metrics::new()
        .serve("127.0.0.1:0".parse().unwrap())
        .unwrap();
    let address = metrics.address().unwrap();
    let _metrics = install_listener("metrics_exemplars:format", metrics);
    trigger_event("metrics_exemplars:format", (), || {});
    assert!(scrape(address).contains(" # {trace_id="));
    let plain = support::exposition::request(address, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(plain.body.contains("metrics_exemplars:format"));
    assert!(!plain.body.contains(" # "), "{}", plain.body);
}

#[test]
fn calls_that_are_not_sampled_are_no_exemplars() {
    let collector = Collector::start();
    let variables = [("OTEL_TRACES_SAMPLER", "always_off")];
    let _otlp = install_listener("metrics_exemplars:off", exporter(&collector, &variables));
    let metrics = install_listener("metrics_exemplars:off", Metrics::new());
    trigger_event("metrics_exemplars:off", (), || {});
    assert!(!metrics.text().contains(" # "), "{}", metrics.text());
}

#[test]
fn with_slow_only_slow_and_failed_calls_are_exemplars() {
    let kind = "metrics_exemplars:slow";
    let collector = Collector::start();
    let otlp = exporter(&collector, &[]).slow(Duration::from_secs(3));
    let otlp = install_listener(kind, otlp);
    let metrics = install_listener(kind, Metrics::new());
    for _ in 0..3 {
        trigger_event(kind, (), || {});
    }
    let failed: Result<(), std::fmt::Error> = try_trigger_event(kind, (), || Err(std::fmt::Error));
    assert!(failed.is_err());
    let text = metrics.text();
    check_that_exemplars_are_spans(&text, &spans(&collector, &otlp), 1);
    let calls = exemplars(&text, "event_calls_total{");
    assert_eq!(calls.len(), 1, "{text}");
    assert_eq!(calls[0].series, "error");
}

#[test]
fn exemplar_is_replaced_after_a_second() {
    let kind = "metrics_exemplars:age";
    let collector = Collector::start();
    let _otlp = install_listener(kind, exporter(&collector, &[]));
    let metrics = install_listener(kind, Metrics::new());
    let of_ok = || exemplars(&metrics.text(), "event_calls_total{");
    trigger_event(kind, (), || {});
    let first = of_ok();
    thread::sleep(Duration::from_millis(1_100));
    trigger_event(kind, (), || {});
    let second = of_ok();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0].span, second[0].span);
    assert!(
        second[0].time >= first[0].time + 1.0,
        "{first:?} {second:?}"
    );
}
