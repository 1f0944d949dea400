//! The counts of `Metrics`, read by another parser.

#![cfg(feature = "metrics")]

mod support;

use std::future::pending;
use std::panic::catch_unwind;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::{Context, Waker};
use std::time::Duration;

use event_core::{
    Installed, Kind, data, end_event, install_listener, install_recorder, open_event, start_event,
    trigger_event,
};
use event_export::Metrics;
use support::exposition::{Exposition, request};

fn parse(metrics: &Installed<Metrics>) -> Exposition {
    Exposition::parse(&metrics.text())
}

fn calls(metrics: &Exposition, function: &str, outcome: &str) -> i64 {
    let labels = [("function", function), ("outcome", outcome)];
    metrics.count("event_calls_total", &labels)
}

mod outcomes {
    use super::*;

    #[trigger_event("metrics:outcomes", err)]
    fn checked(text: &str) -> Result<u8, std::num::ParseIntError> {
        text.parse()
    }

    #[trigger_event("metrics:outcomes")]
    fn panics() {
        panic!("as requested");
    }

    #[trigger_event("metrics:outcomes")]
    async fn waits() {
        pending::<()>().await;
    }

    #[test]
    fn calls_are_counted_by_outcome() {
        let metrics = install_listener("metrics:outcomes", Metrics::new());
        for text in ["1", "2", "x"] {
            let _ = checked(text);
        }
        assert!(catch_unwind(panics).is_err());
        {
            let mut future = pin!(waits());
            let mut context = Context::from_waker(Waker::noop());
            assert!(future.as_mut().poll(&mut context).is_pending());
            let open = parse(&metrics);
            assert_eq!(open.count("event_in_flight", &[("function", "waits")]), 1);
            assert_eq!(calls(&open, "waits", "cancelled"), 0);
        }
        let metrics = parse(&metrics);
        assert_eq!(calls(&metrics, "checked", "ok"), 2);
        assert_eq!(calls(&metrics, "checked", "error"), 1);
        assert_eq!(calls(&metrics, "checked", "panic"), 0);
        assert_eq!(calls(&metrics, "panics", "panic"), 1);
        assert_eq!(calls(&metrics, "waits", "cancelled"), 1);
        assert_eq!(
            metrics.count("event_in_flight", &[("function", "waits")]),
            0
        );
        let kinds = metrics.label("event_calls_total", "kind");
        assert!(kinds.iter().all(|kind| kind == "metrics:outcomes"));
    }
}

#[test]
fn durations_are_in_cumulative_buckets_of_seconds() {
    let metrics = install_listener("metrics:durations", Metrics::new());
    for millis in [0, 2, 30] {
        let pause = Duration::from_millis(millis);
        trigger_event("metrics:durations", (), || std::thread::sleep(pause));
    }
    let metrics = parse(&metrics);
    let buckets = metrics.buckets("event_duration_seconds", &[]);
    assert_eq!(buckets.len(), 19);
    assert!(
        buckets.is_sorted_by(|(a, n), (b, m)| a < b && n <= m),
        "{buckets:?}"
    );
    let at = |micros| buckets.iter().find(|(it, _)| *it == micros).unwrap().1;
    assert_eq!(at(1), 0);
    assert!(at(1_000) <= 1 && at(25_000) <= 2, "{buckets:?}");
    assert_eq!(at(10_000_000), 3);
    assert_eq!(buckets[18], (i64::MAX, 3));
    assert_eq!(metrics.count("event_duration_seconds_count", &[]), 3);
    let sum = metrics.value("event_duration_seconds_sum", &[]);
    assert!((0.032..20.0).contains(&sum), "{sum}");
}

#[test]
fn buckets_are_sorted_and_distinct() {
    let bounds = [3, 1, 3].map(Duration::from_secs);
    let metrics = install_listener("metrics:buckets", Metrics::with_buckets(bounds));
    trigger_event("metrics:buckets", (), || {});
    let buckets = parse(&metrics).buckets("event_duration_seconds", &[]);
    assert_eq!(buckets, [(1_000_000, 1), (3_000_000, 1), (i64::MAX, 1)]);
}

mod one {
    #[event_core::trigger_event("metrics:names")]
    pub(super) fn load() {}
}

mod two {
    #[event_core::trigger_event("metrics:names")]
    pub(super) fn load() {}
}

struct Parser;

#[trigger_event("metrics:names")]
impl Parser {
    fn load() {}
}

#[test]
fn functions_of_one_name_have_labels_of_their_own_that_stay() {
    let metrics = install_listener("metrics:names", Metrics::new());
    one::load();
    let functions =
        |metrics: &Installed<Metrics>| parse(metrics).label("event_in_flight", "function");
    assert_eq!(functions(&metrics), ["load"]);
    two::load();
    Parser::load();
    one::load();
    let expected = ["load", "metrics::two::load", "Parser::load"];
    assert_eq!(functions(&metrics), expected);
    assert_eq!(calls(&parse(&metrics), "load", "ok"), 2);
}

#[test]
fn open_events_of_a_kind_are_one_series() {
    let metrics = install_listener("metrics:open", Metrics::new());
    let first = open_event("metrics:open", ());
    let second = open_event("metrics:open", ());
    trigger_event("metrics:open", (), || {});
    std::thread::spawn(move || first.end()).join().unwrap();
    let text = metrics.text();
    let labels = r#"{kind="metrics:open",function="metrics:open"}"#;
    assert!(
        text.contains(&format!("event_in_flight{labels} 1\n")),
        "{text}"
    );
    let count = format!("event_duration_seconds_count{labels} 2\n");
    assert_eq!(text.matches(&count).count(), 1, "{text}");
    drop(second);
}

#[test]
fn arguments_are_never_labels() {
    #[trigger_event("metrics:secret")]
    fn login(password: &str, name: &str) -> usize {
        password.len() + name.len()
    }
    let metrics = install_listener("metrics:secret", Metrics::new());
    login("hunter2", "margaret");
    trigger_event("metrics:secret", data! { name = "margaret" }, || {});
    let text = metrics.text();
    assert!(text.contains(r#"function="login""#), "{text}");
    assert!(
        !text.contains("hunter2") && !text.contains("margaret"),
        "{text}"
    );
}

#[test]
fn an_end_without_its_start_does_not_count() {
    // The recorder makes the time of the START known.
    let _recorder = install_recorder("metrics:late");
    start_event("metrics:late", ());
    let metrics = install_listener("metrics:late", Metrics::new());
    end_event("metrics:late", (), None);
    end_event("metrics:late", (), None);
    assert!(!metrics.text().contains("metrics:late"));
    start_event("metrics:late", ());
    end_event("metrics:late", (), None);
    let metrics = parse(&metrics);
    assert_eq!(calls(&metrics, "metrics:late", "ok"), 1);
    assert_eq!(metrics.count("event_in_flight", &[]), 0);
}

#[test]
fn functions_beyond_the_limit_count_as_others() {
    let metrics = install_listener("metrics_many:*", Metrics::new());
    for number in 0..2_300 {
        let kind = Kind::new(format!("metrics_many:{number}")).unwrap();
        trigger_event(kind, (), || {});
        trigger_event(kind, (), || {});
    }
    let metrics = parse(&metrics);
    let kinds = metrics.label("event_in_flight", "kind");
    assert_eq!(kinds.len(), 2_001);
    assert_eq!(kinds[2_000], "(others)");
    assert_eq!(calls(&metrics, "(others)", "ok"), 600);
    assert_eq!(calls(&metrics, "metrics_many:1999", "ok"), 2);
    assert_eq!(metrics.count("event_in_flight", &[("kind", "(others)")]), 0);
}

#[trigger_event("metrics:hostile", name = r#"a"b\c{d="e"} 7"#)]
fn hostile() {}

#[test]
fn labels_are_escaped() {
    let metrics = Metrics::new().serve("127.0.0.1:0".parse().unwrap());
    let metrics = install_listener("metrics:hostile", metrics.unwrap());
    hostile();
    let text = metrics.text();
    let line = r#"event_in_flight{kind="metrics:hostile",function="a\"b\\c{d=\"e\"} 7"} 0"#;
    assert!(text.lines().any(|it| it == line), "{text}");
    let request_text = b"GET /metrics HTTP/1.0\r\nAccept: text/plain\r\n\r\n";
    check_with_promtool(&request(metrics.address().unwrap(), request_text).body);
}

/// Reads the text with the parser and the linter of Prometheus, if `promtool` is installed.
fn check_with_promtool(text: &str) {
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        eprintln!("skipped: promtool is not installed");
        return;
    };
    let stdin = promtool.stdin.take().unwrap();
    std::io::Write::write_all(&mut &stdin, text.as_bytes()).unwrap();
    drop(stdin);
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(
        output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}
