//! Traces that are not exported, with one exporter in the process: none of their scopes starts
//! another trace.

#![cfg(feature = "otlp")]

mod support;

use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use event_core::{
    RecordingListener, current_event, data, enter_event, install_listener, open_event,
    trigger_event,
};
use event_export::{Exporter, OtlpSpans, TraceContext};
use support::collector::{Collector, exporter};

const KIND: &str = "otlp_not_sampled:call";
const OTHER: &str = "otlp_not_sampled_other:call";

/// The tests of this file run one after the other, because each has the only exporter.
static TURN: Mutex<()> = Mutex::new(());

fn names_of(
    variables: &[(&str, &str)],
    set: impl FnOnce(OtlpSpans) -> OtlpSpans,
    body: impl FnOnce(),
) -> Vec<String> {
    let _turn = TURN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let collector = Collector::start();
    let spans = install_listener("otlp_not_sampled:*", set(exporter(&collector, variables)));
    body();
    spans.flush().unwrap();
    let names = collector
        .spans()
        .into_iter()
        .map(|span| span.name)
        .collect();
    drop(spans);
    names
}

fn span(name: &str) {
    trigger_event(KIND, data! { name = name }, || {});
}

#[trigger_event("otlp_not_sampled:call")]
async fn task() {
    span("first poll");
    support::wait_for_a_poll().await;
    span("second poll");
}

/// All of this is in one trace, and takes long enough that the rate admits a new one.
fn work() {
    let _recorder = install_listener(OTHER, RecordingListener::new());
    let mut context = Context::from_waker(Waker::noop());
    let mut task = Box::pin(task());
    assert!(task.as_mut().poll(&mut context).is_pending());
    let job = open_event(KIND, ());
    thread::sleep(Duration::from_millis(1_100));
    span("inner");
    trigger_event(OTHER, (), || span("inside another scope"));
    let (here, in_job) = (current_event(), job.handle());
    let other = trigger_event(OTHER, (), current_event);
    let on_thread = move || {
        here.run(|| span("on a thread"));
        in_job.run(|| span("in an open event"));
        other.run(|| span("in another scope"));
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(task).poll(&mut context).is_ready());
        job.end();
    };
    thread::spawn(on_thread).join().unwrap();
    let guard = enter_event(KIND, ());
    span("in a guard");
    drop(guard);
    span("last");
}

#[test]
fn scopes_of_a_trace_beyond_the_rate_start_no_traces() {
    let names = names_of(
        &[],
        |spans| spans.rate(1),
        || {
            span("admitted");
            trigger_event(KIND, data! { name = "beyond" }, work);
            span("next");
        },
    );
    assert_eq!(names, ["admitted", "next"]);
}

#[test]
fn sampler_that_selects_no_trace_exports_none() {
    let mut header = String::new();
    let variables = [("OTEL_TRACES_SAMPLER", "always_off")];
    let names = names_of(
        &variables,
        |spans| spans,
        || {
            trigger_event(KIND, (), || {
                span("inner");
                let outer = TraceContext::current().unwrap();
                let inner = trigger_event(KIND, (), || TraceContext::current().unwrap());
                assert_eq!(outer.trace_id(), inner.trace_id());
                assert!(!outer.is_sampled() && !inner.is_sampled());
                header = inner.traceparent();
            });
            assert_eq!(TraceContext::current(), None);
            work();
        },
    );
    assert_eq!(names, [""; 0]);
    assert!(header.ends_with("-00"), "{header}");
}

#[test]
fn trace_that_another_process_does_not_record_passes_through() {
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    let context = TraceContext::parse(header, "a=1")
        .unwrap()
        .with_baggage("user=7");
    let names = names_of(
        &[],
        |spans| spans,
        || {
            let inside = context.run(|| {
                trigger_event(KIND, (), || {
                    work();
                    trigger_event(KIND, (), || TraceContext::current().unwrap())
                })
            });
            assert_eq!(inside.trace_id(), context.trace_id());
            assert!(!inside.is_sampled());
            assert_eq!(
                (inside.tracestate(), inside.baggage()),
                (Some("a=1"), Some("user=7"))
            );
            span("after");
        },
    );
    assert_eq!(names, ["after"]);
}

#[test]
fn traces_inside_and_beside_an_unsampled_one_are_decided_alone() {
    let names = names_of(
        &[],
        |spans| spans.rate(1),
        || {
            let job = trigger_event(KIND, data! { name = "sampled" }, || {
                open_event(KIND, data! { name = "job" })
            });
            trigger_event(KIND, data! { name = "beyond" }, || {
                // A scope of the sampled trace ends inside the other one.
                job.handle().run(|| span("in the job"));
                job.end();
                span("beyond, too");
            });
        },
    );
    let mut names = names;
    names.sort();
    assert_eq!(names, ["in the job", "job", "sampled"]);
}
