//! Parents of spans when other listeners receive the scopes between them.

#![cfg(feature = "otlp")]

mod support;

use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;

use event_core::{
    EventHandle, InCurrentEvent, RecordingListener, current_event, data, enter, install_listener,
    open_event, scope, trigger_event,
};
use event_export::{Exporter, TraceContext};
use opentelemetry_proto::tonic::trace::v1::Span;
use support::collector::{Collector, exporter};

/// Runs `body` with an exporter for `kind` and another listener for `other`. Returns the spans.
fn spans_of(kind: &'static str, other: &'static str, body: impl FnOnce()) -> Vec<Span> {
    let collector = Collector::start();
    let exporter = install_listener(kind, exporter(&collector, &[]));
    let recorder = install_listener(other, RecordingListener::new());
    body();
    assert!(!recorder.is_empty());
    exporter.flush().unwrap();
    collector.spans()
}

fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let named = spans.iter().find(|span| span.name == name);
    named.unwrap_or_else(|| panic!("no span `{name}` in {spans:?}"))
}

fn assert_inside(spans: &[Span], inner: &str, outer: &str) {
    let (inner, outer) = (named(spans, inner), named(spans, outer));
    assert_eq!(inner.parent_span_id, outer.span_id, "{}", inner.name);
    assert_eq!(inner.trace_id, outer.trace_id);
}

fn span(kind: &'static str, name: &str) {
    trigger_event(kind, data! { name = name }, || {});
}

#[test]
fn handle_of_another_listeners_scope_carries_the_nearest_exported_scope() {
    const KIND: &str = "otlp_parents:handle";
    const OTHER: &str = "otlp_parents_other:handle";
    let spans = spans_of(KIND, OTHER, || {
        trigger_event(KIND, data! { name = "outer" }, || {
            trigger_event(OTHER, (), || {
                let here = current_event();
                let of_thread = move || here.run(|| span(KIND, "run"));
                thread::spawn(of_thread).join().unwrap();
                let of_thread = move || {
                    let _entered = here.enter();
                    span(KIND, "entered");
                };
                thread::spawn(of_thread).join().unwrap();
                let of_thread = (|| span(KIND, "closure")).in_current_event();
                thread::spawn(of_thread).join().unwrap();
                let future = async { span(KIND, "future") }.in_current_event();
                let of_thread = || {
                    let mut context = Context::from_waker(Waker::noop());
                    assert!(pin!(future).poll(&mut context).is_ready());
                    span(KIND, "after");
                };
                thread::scope(|scope| scope.spawn(of_thread).join().unwrap());
            });
        });
    });
    for name in ["run", "entered", "closure", "future"] {
        assert_inside(&spans, name, "outer");
    }
    assert!(named(&spans, "after").parent_span_id.is_empty());
}

#[test]
fn macro_is_entered_like_a_function() {
    const KIND: &str = "otlp_parents:macro";
    const OTHER: &str = "otlp_parents_other:macro";
    let spans = spans_of(KIND, OTHER, || {
        scope!("otlp_parents:macro", name = "outer"; {
            scope!("otlp_parents_other:macro"; { span(KIND, "inner") });
        });
        let guard = enter!("otlp_parents:macro", name = "guard");
        let other = enter!("otlp_parents_other:macro");
        span(KIND, "in_guard");
        drop((other, guard));
        span(KIND, "after");
    });
    assert_inside(&spans, "inner", "outer");
    assert_inside(&spans, "in_guard", "guard");
    assert!(named(&spans, "after").parent_span_id.is_empty());
}

#[test]
fn handle_of_no_scope_starts_a_trace() {
    const KIND: &str = "otlp_parents:default";
    const OTHER: &str = "otlp_parents_other:default";
    let spans = spans_of(KIND, OTHER, || {
        trigger_event(KIND, data! { name = "outer" }, || {
            let work = || trigger_event(OTHER, (), || span(KIND, "alone"));
            EventHandle::default().run(work);
            span(KIND, "inner");
        });
    });
    assert_inside(&spans, "inner", "outer");
    assert!(named(&spans, "alone").parent_span_id.is_empty());
}

#[test]
fn open_event_is_no_parent_where_it_is_not_entered() {
    const KIND: &str = "otlp_parents:open";
    const OTHER: &str = "otlp_parents_other:open";
    let spans = spans_of(KIND, OTHER, || {
        trigger_event(KIND, data! { name = "outer" }, || {
            let job = open_event(KIND, data! { name = "job" });
            trigger_event(OTHER, (), || span(KIND, "beside"));
            let other_job = open_event(OTHER, ());
            let handle = other_job.handle();
            thread::spawn(move || handle.run(|| span(KIND, "in_other_job")))
                .join()
                .unwrap();
            let handle = job.handle();
            let in_job = move || handle.run(|| trigger_event(OTHER, (), || span(KIND, "in_job")));
            thread::spawn(in_job).join().unwrap();
        });
    });
    assert_inside(&spans, "job", "outer");
    assert_inside(&spans, "beside", "outer");
    assert_inside(&spans, "in_other_job", "outer");
    assert_eq!(
        named(&spans, "in_job").trace_id,
        named(&spans, "outer").trace_id
    );
}

#[test]
fn remote_parent_reaches_threads_through_scopes_of_other_listeners() {
    const KIND: &str = "otlp_parents:remote";
    const OTHER: &str = "otlp_parents_other:remote";
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let context = TraceContext::parse(header, None).unwrap();
    let mut current = None;
    let spans = spans_of(KIND, OTHER, || {
        context.run(|| {
            trigger_event(OTHER, (), || {
                let here = current_event();
                thread::scope(|scope| {
                    let work = move || {
                        here.run(|| {
                            span(KIND, "remote");
                            TraceContext::current()
                        })
                    };
                    current = scope.spawn(work).join().unwrap();
                });
            });
        });
    });
    let remote = named(&spans, "remote");
    assert_eq!(remote.parent_span_id, context.span_id().to_be_bytes());
    assert_eq!(remote.trace_id, context.trace_id().to_be_bytes());
    assert_eq!(current, Some(context));
}
