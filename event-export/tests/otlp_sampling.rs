//! Which traces are exported: the sampler of the environment, slow and failed traces, a rate.

#![cfg(feature = "otlp")]

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use event_core::{current_event, data, install_listener, trigger_event, try_trigger_event};
use event_export::{Exporter, OtlpSpans, TraceContext};
use opentelemetry_proto::tonic::trace::v1::Span;
use support::collector::{Collector, Reply, exporter};

const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const NOT_SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

fn sampler(name: &str, argument: &str, kind: &'static str, body: impl FnOnce()) -> Vec<Span> {
    let variables = [
        ("OTEL_TRACES_SAMPLER", name),
        ("OTEL_TRACES_SAMPLER_ARG", argument),
    ];
    with(&variables, |spans| spans, kind, body)
}

/// Runs `body` with an exporter. Returns the spans that were kept; none were dropped.
fn with(
    variables: &[(&str, &str)],
    set: impl FnOnce(OtlpSpans) -> OtlpSpans,
    kind: &'static str,
    body: impl FnOnce(),
) -> Vec<Span> {
    let collector = Collector::start();
    let spans = install_listener(kind, set(exporter(&collector, variables)));
    body();
    spans.finish();
    assert_eq!(spans.dropped(), 0);
    assert_eq!(spans.exported(), collector.spans().len() as u64);
    collector.spans()
}

fn nested(kind: &'static str) {
    trigger_event(kind, (), || {
        let here = current_event();
        let inner = move || here.run(|| trigger_event(kind, (), || {}));
        thread::spawn(inner).join().unwrap();
    });
}

#[test]
fn ratio_selects_whole_traces() {
    let spans = sampler("traceidratio", "0.3", "otlp_sampling:ratio", || {
        for _ in 0..500 {
            nested("otlp_sampling:ratio");
        }
    });
    let mut traces = HashMap::new();
    for span in &spans {
        *traces.entry(&span.trace_id).or_insert(0) += 1;
    }
    assert!(traces.values().all(|count| *count == 2));
    assert!((80..220).contains(&traces.len()), "{}", traces.len());
}

#[test]
fn two_processes_select_the_same_traces() {
    let variables = [
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
    ];
    let (front, back) = (Collector::start(), Collector::start());
    let of_front = install_listener("otlp_sampling:front", exporter(&front, &variables));
    let of_back = install_listener("otlp_sampling:back", exporter(&back, &variables));
    for _ in 0..100 {
        let context = trigger_event("otlp_sampling:front", (), TraceContext::current).unwrap();
        let sent = TraceContext::parse(&context.traceparent(), None).unwrap();
        sent.run(|| trigger_event("otlp_sampling:back", (), || {}));
    }
    of_front.flush().unwrap();
    of_back.flush().unwrap();
    let traces = |collector: &Collector| {
        let mut traces: Vec<_> = collector
            .spans()
            .into_iter()
            .map(|it| it.trace_id)
            .collect();
        traces.sort();
        traces
    };
    assert_eq!(traces(&front), traces(&back));
    assert!((20..80).contains(&traces(&front).len()));
}

#[test]
fn decision_is_passed_on() {
    for (name, sampled) in [("always_on", true), ("always_off", false)] {
        let mut context = None;
        let spans = sampler(name, "", "otlp_sampling:passed_on", || {
            trigger_event("otlp_sampling:passed_on", (), || {
                context = TraceContext::current();
            });
        });
        let context = context.unwrap();
        assert_eq!(
            (context.is_sampled(), spans.len()),
            (sampled, usize::from(sampled))
        );
        assert_ne!(context.trace_id(), 0);
    }
}

#[test]
fn parent_decides_if_the_sampler_is_parent_based() {
    let count = |name: &str, header: &str| {
        let kind = "otlp_sampling:parent";
        let context = TraceContext::parse(header, None).unwrap();
        sampler(name, "", kind, || context.run(|| nested(kind))).len()
    };
    for name in ["", "parentbased_always_on", "parentbased_always_off"] {
        assert_eq!(
            (count(name, SAMPLED), count(name, NOT_SAMPLED)),
            (2, 0),
            "{name}"
        );
    }
    assert_eq!(
        (
            count("always_on", NOT_SAMPLED),
            count("always_off", SAMPLED)
        ),
        (2, 0)
    );
}

fn fails(kind: &'static str, name: &'static str) {
    trigger_event(kind, data! { name = name }, || {
        trigger_event(kind, (), || {});
        let parsed = try_trigger_event(kind, (), || "x".parse::<u32>());
        assert!(parsed.is_err());
    });
}

#[test]
fn only_failed_and_slow_traces_are_kept() {
    let kind = "otlp_sampling:slow";
    let slow = |spans: OtlpSpans| spans.slow(Duration::from_secs(1));
    let spans = with(&[], slow, kind, || {
        nested(kind);
        fails(kind, "failed");
        trigger_event(kind, data! { name = "slow" }, || {
            nested(kind);
            thread::sleep(Duration::from_millis(1010));
        });
        nested(kind);
    });
    let root = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let of_trace = |root: &Span| {
        spans
            .iter()
            .filter(|it| it.trace_id == root.trace_id)
            .count()
    };
    assert_eq!((of_trace(root("failed")), of_trace(root("slow"))), (3, 3));
    assert_eq!(spans.len(), 6);
}

#[test]
fn scope_that_ends_after_its_root_follows_the_decision() {
    let kind = "otlp_sampling:late";
    let slow = |spans: OtlpSpans| spans.slow(Duration::from_secs(60));
    let spans = with(&[], slow, kind, || {
        let late = trigger_event(kind, data! { name = "ok" }, || {
            let here = current_event();
            here.run(|| event_core::open_event(kind, data! { name = "late in ok" }))
        });
        drop(late);
        let late = trigger_event(kind, data! { name = "bad" }, || {
            let _ = try_trigger_event(kind, (), || "x".parse::<u32>());
            event_core::open_event(kind, data! { name = "late in bad" })
        });
        drop(late);
    });
    let mut names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["bad", "late in bad", kind]);
}

#[test]
fn trace_is_kept_if_a_scope_on_another_thread_failed() {
    let kind = "otlp_sampling:threads";
    let slow = |spans: OtlpSpans| spans.slow(Duration::from_secs(60));
    let spans = with(&[], slow, kind, || {
        for _ in 0..200 {
            trigger_event(kind, data! { name = "root" }, || {
                let here = current_event();
                let fails = move || {
                    here.run(|| try_trigger_event(kind, (), || "x".parse::<u32>()))
                        .is_err()
                };
                assert!(thread::spawn(fails).join().unwrap());
            });
        }
    });
    let roots = spans.iter().filter(|span| span.name == "root");
    assert_eq!((roots.count(), spans.len()), (200, 400));
}

#[test]
fn sampler_keeps_some_of_the_other_traces() {
    let kind = "otlp_sampling:both";
    let variables = [
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
    ];
    let slow = |spans: OtlpSpans| spans.slow(Duration::from_secs(60));
    let spans = with(&variables, slow, kind, || {
        for _ in 0..100 {
            trigger_event(kind, (), || {});
            fails(kind, "failed");
        }
    });
    let failed = spans.iter().filter(|span| span.name == "failed").count();
    assert_eq!(failed, 100);
    assert!((20..80).contains(&(spans.len() - 300)), "{}", spans.len());
}

#[test]
fn traces_without_a_decision_take_limited_memory() {
    let kind = "otlp_sampling:memory";
    let collector = Collector::start();
    let spans = exporter(&collector, &[])
        .slow(Duration::from_secs(60))
        .max_bytes(1 << 20);
    let spans = install_listener(kind, spans);
    trigger_event(kind, data! { name = "long" }, || {
        for _ in 0..20_000 {
            trigger_event(kind, (), || {});
        }
        let _ = spans.flush(); // reports the dropped spans
    });
    fails(kind, "failed");
    spans.finish();
    assert!(spans.dropped() > 1000, "{}", spans.dropped());
    assert_eq!(collector.spans().len(), 3);
}

#[test]
fn traces_are_left_out_while_the_collector_is_down() {
    const BATCHES: u64 = 20;

    let kind = "otlp_sampling:down";
    let is_up = Arc::new(AtomicBool::new(false));
    let collector = Collector::with_replies({
        let is_up = Arc::clone(&is_up);
        move |_| {
            if is_up.load(Ordering::SeqCst) {
                Reply::Accept
            } else {
                Reply::Status(503, "retry-after: 1\r\n")
            }
        }
    });
    // The memory of about 2,000 spans without a decision.
    let spans = exporter(&collector, &[])
        .slow(Duration::from_secs(60))
        .max_bytes(1 << 20);
    let spans = install_listener(kind, spans);
    fails(kind, "first");
    while collector.received().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    for _ in 0..BATCHES {
        for _ in 0..1000 {
            trigger_event(kind, (), || {});
        }
        thread::sleep(Duration::from_millis(200)); // the pace of the program
    }
    fails(kind, "late");
    is_up.store(true, Ordering::SeqCst);
    spans.flush().unwrap();
    spans.finish();
    assert!(spans.dropped() < BATCHES * 500, "{}", spans.dropped());
    let received = collector.spans();
    for name in ["first", "late"] {
        assert!(received.iter().any(|span| span.name == name), "{name}");
    }
}

#[test]
fn rate_limits_the_traces_of_a_second() {
    let kind = "otlp_sampling:rate";
    let rate = |spans: OtlpSpans| spans.rate(5);
    let spans = with(&[], rate, kind, || (0..1000).for_each(|_| nested(kind)));
    assert!(
        spans.len() >= 10 && spans.len() % 10 == 0,
        "{}",
        spans.len()
    );
    assert!(spans.len() < 400, "{}", spans.len());
}

#[test]
fn rate_limits_the_traces_that_are_kept() {
    let kind = "otlp_sampling:kept";
    let set = |spans: OtlpSpans| spans.slow(Duration::from_secs(60)).rate(5);
    let spans = with(&[], set, kind, || {
        (0..100).for_each(|_| fails(kind, "failed"));
    });
    assert!(
        spans.len() >= 15 && spans.len() % 15 == 0 && spans.len() < 150,
        "{}",
        spans.len()
    );
}
