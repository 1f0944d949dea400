//! The counters of spans in `Metrics`. They count those of the process, so this is one test.

#![cfg(all(feature = "metrics", feature = "otlp"))]

mod support;

use event_core::{install_listener, trigger_event};
use event_export::{Exporter, Metrics};
use support::collector::{Collector, Reply, exporter};
use support::exposition::Exposition;

#[test]
fn spans_are_counted_by_their_fate() {
    let kind = "metrics_spans:fate";
    let metrics = install_listener(kind, Metrics::new());
    let counts = || {
        let metrics = Exposition::parse(&metrics.text());
        ["exported", "failed", "dropped"]
            .map(|fate| metrics.count(&format!("event_otlp_{fate}_spans_total"), &[]))
    };
    assert!(
        !metrics.text().contains("event_otlp"),
        "no exporter of spans is installed"
    );

    let rejecting = Collector::with_replies(|_| Reply::Partial(7));
    let spans = install_listener(kind, exporter(&rejecting, &[]));
    for _ in 0..100 {
        trigger_event(kind, (), || {});
    }
    assert!(spans.flush().is_err());
    assert_eq!(counts(), [93, 7, 0]);
    spans.finish();
    assert_eq!(counts(), [93, 7, 0]);

    // The memory of the first chunk is more than the limit.
    let silent = Collector::with_replies(|_| Reply::Silent);
    let limited = install_listener(kind, exporter(&silent, &[]).max_bytes(1));
    drop(spans);
    for _ in 0..20_000 {
        trigger_event(kind, (), || {});
    }
    let [exported, failed, dropped] = counts();
    assert_eq!((exported, failed), (0, 0));
    assert!(dropped > 0);
    limited.finish();
    let [exported, failed, dropped] = counts();
    assert_eq!(exported, 0);
    assert_eq!(failed + dropped, 20_000);
    assert_eq!(u64::try_from(failed + dropped), Ok(limited.dropped()));
}
