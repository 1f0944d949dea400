//! Spans of OpenTelemetry, as a collector receives them.

#![cfg(feature = "otlp")]

mod support;

use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, SystemTime};

use event_core::{
    RecordingListener, Value as EventValue, add_data, current_event, data, install_listener,
    open_event, trigger_event, try_trigger_event,
};
use event_export::{Exporter, TraceContext};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use support::collector::{Collector, exporter, text, value};

const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Runs `body` with an exporter for `kind`, and returns the spans.
fn spans_of(kind: &'static str, body: impl FnOnce()) -> Vec<Span> {
    let collector = Collector::start();
    let exporter = install_listener(kind, exporter(&collector, &[]));
    body();
    exporter.flush().unwrap();
    let spans = collector.spans();
    assert_eq!(
        (exporter.exported(), exporter.dropped()),
        (spans.len() as u64, 0)
    );
    spans
}

fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let mut named = spans.iter().filter(|span| span.name == name);
    let span = named
        .next()
        .unwrap_or_else(|| panic!("no span `{name}` in {spans:?}"));
    assert!(named.next().is_none(), "several spans are named `{name}`");
    span
}

struct Parser;

#[trigger_event("otlp:attributes")]
impl Parser {
    fn token(text: &str, radix: u32) {
        let _ = (text, radix);
    }
}

#[test]
fn span_says_what_was_called_and_where() {
    let spans = spans_of("otlp:attributes", || Parser::token("2a", 16));
    let span = named(&spans, "Parser::token");
    assert_eq!(
        text(&span.attributes, "event.kind"),
        Some("otlp:attributes")
    );
    assert_eq!(
        text(&span.attributes, "code.function.name"),
        Some("otlp::Parser::token")
    );
    assert!(
        text(&span.attributes, "code.file.path")
            .unwrap()
            .ends_with("otlp.rs")
    );
    assert!(matches!(
        value(&span.attributes, "code.line.number"),
        Some(Value::IntValue(1..))
    ));
    assert!(matches!(
        value(&span.attributes, "thread.id"),
        Some(Value::IntValue(1..))
    ));
    let thread = thread::current();
    assert_eq!(text(&span.attributes, "thread.name"), thread.name());
    assert_eq!(text(&span.attributes, "text"), Some("2a"));
    assert_eq!(value(&span.attributes, "radix"), Some(&Value::IntValue(16)));
    assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
    assert!(span.parent_span_id.is_empty());
    assert_eq!(span.flags, 0x101);
    assert_eq!(span.status, None);
}

#[test]
fn data_keeps_its_types() {
    let nested = EventValue::nested(data! { a = 1, b = "x" });
    let spans = spans_of("otlp:types", || {
        let data = data! {
            int = -5, max = u64::MAX, float = 1.5, yes = true, no = false, text = "ä\n",
            letter = 'x', bytes = &b"\x00\xff"[..], debug = ?Some(3), nested = nested
        };
        trigger_event("otlp:types", data, || {});
    });
    let attributes = &named(&spans, "otlp:types").attributes;
    assert_eq!(value(attributes, "int"), Some(&Value::IntValue(-5)));
    assert_eq!(text(attributes, "max"), Some("18446744073709551615"));
    assert_eq!(value(attributes, "float"), Some(&Value::DoubleValue(1.5)));
    assert_eq!(value(attributes, "yes"), Some(&Value::BoolValue(true)));
    assert_eq!(value(attributes, "no"), Some(&Value::BoolValue(false)));
    assert_eq!(text(attributes, "text"), Some("ä\n"));
    assert_eq!(text(attributes, "letter"), Some("x"));
    assert_eq!(
        value(attributes, "bytes"),
        Some(&Value::BytesValue(vec![0, 255]))
    );
    assert_eq!(text(attributes, "debug"), Some("Some(3)"));
    let Some(Value::KvlistValue(map)) = value(attributes, "nested") else {
        panic!("{attributes:?}");
    };
    assert_eq!(value(&map.values, "a"), Some(&Value::IntValue(1)));
    assert_eq!(text(&map.values, "b"), Some("x"));
}

#[test]
fn long_and_many_values_are_limited() {
    struct Many;
    impl event_core::EventData for Many {
        fn with_data<R>(self, f: impl FnOnce(event_core::Data<'_>) -> R) -> R {
            let keys = (0..200).map(|index| &*format!("key{index}").leak());
            let fields: Vec<_> = keys
                .map(|key: &'static str| event_core::Field::new(key, 1.into()))
                .collect();
            f(event_core::Data::new(&fields))
        }
    }
    let long = "x".repeat(EventValue::MAX_TEXT + 1);
    let spans = spans_of("otlp:limits", || {
        trigger_event("otlp:limits", data! { text = &*long }, || {});
        trigger_event("otlp:limits", Many, || {});
    });
    assert_eq!(
        text(&spans[0].attributes, "text").unwrap().len(),
        EventValue::MAX_TEXT + 3
    );
    let keys = spans[1]
        .attributes
        .iter()
        .filter(|it| it.key.starts_with("key"));
    assert_eq!((keys.count(), spans[1].dropped_attributes_count), (128, 72));
}

#[test]
fn added_data_replaces_attributes() {
    let spans = spans_of("otlp:added", || {
        trigger_event("otlp:added", data! { rows = 1, path = "a" }, || {
            add_data(data! { rows = 2, cached = true });
        });
    });
    let attributes = &named(&spans, "otlp:added").attributes;
    assert_eq!(value(attributes, "rows"), Some(&Value::IntValue(2)));
    assert_eq!(value(attributes, "cached"), Some(&Value::BoolValue(true)));
    assert_eq!(text(attributes, "path"), Some("a"));
}

#[test]
fn data_replaces_attributes_of_the_exporter() {
    let kind = "otlp:keys";
    let spans = spans_of(kind, || {
        let data = data! { thread.id = 77, error.type = "timeout" };
        let failed: Result<(), std::fmt::Error> =
            try_trigger_event(kind, data, || Err(std::fmt::Error));
        assert!(failed.is_err());
    });
    // `value` checks that each key is there once.
    let attributes = &spans[0].attributes;
    assert_eq!(value(attributes, "thread.id"), Some(&Value::IntValue(77)));
    assert_eq!(text(attributes, "error.type"), Some("timeout"));
    assert_eq!(text(attributes, "event.kind"), Some(kind));
}

#[test]
fn times_are_unix_times_and_durations() {
    let before = SystemTime::now();
    let spans = spans_of("otlp:times", || {
        trigger_event("otlp:times", (), || {
            thread::sleep(Duration::from_millis(20));
        });
    });
    let span = &spans[0];
    let time = |nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
    let (start, end) = (
        time(span.start_time_unix_nano),
        time(span.end_time_unix_nano),
    );
    assert!(
        start + Duration::from_secs(1) >= before
            && end <= SystemTime::now() + Duration::from_secs(1)
    );
    assert!(end.duration_since(start).unwrap() >= Duration::from_millis(20));
}

#[trigger_event("otlp:nested", err)]
fn outer(fails: bool) -> Result<u32, std::num::ParseIntError> {
    inner(fails)
}

#[trigger_event("otlp:nested", err)]
fn inner(fails: bool) -> Result<u32, std::num::ParseIntError> {
    if fails { "x".parse() } else { Ok(1) }
}

#[test]
fn error_sets_the_status_and_adds_an_exception() {
    let spans = spans_of("otlp:nested", || assert!(outer(true).is_err()));
    let (outer, inner) = (named(&spans, "outer"), named(&spans, "inner"));
    assert_eq!(inner.parent_span_id, outer.span_id);
    assert_eq!(inner.trace_id, outer.trace_id);
    let status = inner.status.as_ref().unwrap();
    assert_eq!(
        (status.code, &*status.message),
        (2, "invalid digit found in string")
    );
    assert_eq!(
        text(&inner.attributes, "error.type"),
        Some("core::num::error::ParseIntError")
    );
    let exception = &inner.events[0];
    assert_eq!(exception.name, "exception");
    assert_eq!(exception.time_unix_nano, inner.end_time_unix_nano);
    let attributes = &exception.attributes;
    assert_eq!(
        text(attributes, "exception.type"),
        Some("core::num::error::ParseIntError")
    );
    assert_eq!(
        text(attributes, "exception.message"),
        Some("invalid digit found in string")
    );
    assert_eq!(text(attributes, "event.cause"), Some("error"));
}

#[test]
fn panic_is_an_exception_with_its_location() {
    let spans = spans_of("otlp:panic", || {
        let body = || trigger_event("otlp:panic", (), || panic!("in the body"));
        assert!(std::panic::catch_unwind(body).is_err());
    });
    let exception = &spans[0].events[0].attributes;
    assert_eq!(spans[0].status.as_ref().unwrap().code, 2);
    assert_eq!(text(exception, "exception.message"), Some("in the body"));
    assert_eq!(text(exception, "event.cause"), Some("panic"));
    assert!(
        text(exception, "exception.location")
            .unwrap()
            .contains("otlp.rs")
    );
}

#[trigger_event("otlp:async")]
async fn waits(name: &str) {
    let _ = name;
    support::wait_for_a_poll().await;
    after_wait();
}

#[trigger_event("otlp:async")]
fn after_wait() {}

#[test]
fn cancelled_future_is_no_error() {
    let spans = spans_of("otlp:async", || {
        let mut future = Box::pin(waits("x"));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        drop(future);
    });
    let span = named(&spans, "waits");
    assert_eq!(
        value(&span.attributes, "event.cancelled"),
        Some(&Value::BoolValue(true))
    );
    assert_eq!(span.status.as_ref().unwrap().code, 0);
    assert!(span.events.is_empty());
}

#[trigger_event("otlp:tasks")]
async fn task(number: u32) {
    tokio::time::sleep(Duration::from_millis(1)).await;
    in_task(number);
}

#[trigger_event("otlp:tasks")]
fn in_task(number: u32) {
    let _ = number;
}

#[test]
fn parents_are_right_across_threads_and_awaits() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .unwrap();
    let spans = spans_of("otlp:tasks", || {
        trigger_event("otlp:tasks", data! { name = "root" }, || {
            let here = current_event();
            runtime.block_on(async {
                let tasks = (0..20).map(|number| tokio::spawn(here.run_future(task(number))));
                for task in tasks.collect::<Vec<_>>() {
                    task.await.unwrap();
                }
            });
            thread::spawn(move || here.run(|| in_task(99)))
                .join()
                .unwrap();
        });
    });
    assert_eq!(spans.len(), 42);
    let root = named(&spans, "root");
    let number = |span: &Span| value(&span.attributes, "number").cloned();
    for span in spans.iter().filter(|span| span.name == "in_task") {
        let parent = spans
            .iter()
            .find(|it| it.span_id == span.parent_span_id)
            .unwrap();
        if number(span) == Some(Value::IntValue(99)) {
            assert_eq!(parent, root);
        } else {
            assert_eq!((number(parent), &*parent.name), (number(span), "task"));
            assert_eq!(parent.parent_span_id, root.span_id);
        }
    }
    assert!(spans.iter().all(|span| span.trace_id == root.trace_id));
}

#[test]
fn traces_and_spans_have_ids_of_their_own() {
    let spans = spans_of("otlp:ids", || {
        for _ in 0..1000 {
            trigger_event("otlp:ids", (), || {});
        }
    });
    let traces: std::collections::HashSet<_> = spans.iter().map(|span| &span.trace_id).collect();
    let ids: std::collections::HashSet<_> = spans.iter().map(|span| &span.span_id).collect();
    assert_eq!((traces.len(), ids.len()), (1000, 1000));
}

#[test]
fn remote_parent_is_the_parent() {
    let context = TraceContext::parse(HEADER, "a=1")
        .unwrap()
        .with_baggage("user=7");
    let mut current = None;
    let spans = spans_of("otlp:remote", || {
        context.run(|| {
            trigger_event("otlp:remote", data! { name = "outer" }, || {
                trigger_event("otlp:remote", data! { name = "inner" }, || {
                    current = TraceContext::current();
                });
            });
        });
    });
    let (outer, inner) = (named(&spans, "outer"), named(&spans, "inner"));
    assert_eq!(outer.trace_id, context.trace_id().to_be_bytes());
    assert_eq!(outer.parent_span_id, context.span_id().to_be_bytes());
    assert_eq!((outer.flags, inner.flags), (0x301, 0x101));
    assert_eq!((&*outer.trace_state, &*inner.trace_state), ("a=1", "a=1"));
    let current = current.unwrap();
    assert_eq!(current.trace_id(), context.trace_id());
    assert_eq!(inner.span_id, current.span_id().to_be_bytes());
    assert_eq!(
        (current.tracestate(), current.baggage()),
        (Some("a=1"), Some("user=7"))
    );
}

#[test]
fn trace_goes_on_in_a_second_process() {
    let (front, back) = (Collector::start(), Collector::start());
    let of_front = install_listener("otlp:front", exporter(&front, &[]));
    let of_back = install_listener("otlp:back", exporter(&back, &[]));
    let mut headers = Vec::new();
    trigger_event("otlp:front", (), || {
        let context = TraceContext::current().unwrap();
        context.inject(|name, value| headers.push((name, value.to_owned())));
    });
    assert_eq!(TraceContext::current(), None);
    let traceparent = &headers[0].1;
    thread::scope(|scope| {
        let context = TraceContext::parse(traceparent, None).unwrap();
        scope.spawn(move || context.run(|| trigger_event("otlp:back", (), || {})));
    });
    of_front.flush().unwrap();
    of_back.flush().unwrap();
    let (front, back) = (&front.spans()[0], &back.spans()[0]);
    assert_eq!(
        (&back.trace_id, &back.parent_span_id),
        (&front.trace_id, &front.span_id)
    );
}

#[test]
fn parent_of_another_listener_is_replaced_by_the_nearest_exported_scope() {
    let recorder = install_listener("otlp_other:*", RecordingListener::new());
    let spans = spans_of("otlp:nearest", || {
        trigger_event("otlp:nearest", data! { name = "outer" }, || {
            trigger_event("otlp_other:nearest", (), || {
                trigger_event("otlp:nearest", data! { name = "inner" }, || {});
            });
        });
        trigger_event("otlp_other:nearest", (), || {
            trigger_event("otlp:nearest", data! { name = "alone" }, || {});
        });
    });
    assert_eq!(recorder.len(), 4);
    assert_eq!(
        named(&spans, "inner").parent_span_id,
        named(&spans, "outer").span_id
    );
    assert!(named(&spans, "alone").parent_span_id.is_empty());
}

#[trigger_event("otlp:future")]
async fn exported(name: &str) {
    other_future().await;
    trigger_event("otlp:future", data! { name = name }, || {});
}

#[trigger_event("otlp_other:future")]
async fn other_future() {
    tokio::task::yield_now().await;
    trigger_event("otlp:future", data! { name = "deep" }, || {});
}

#[test]
fn nearest_exported_scope_of_a_future_is_found_at_each_poll() {
    let _recorder = install_listener("otlp_other:future", RecordingListener::new());
    let spans = spans_of("otlp:future", || {
        let mut future = pin!(exported("direct"));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        // Another task on the same thread.
        trigger_event("otlp_other:future", (), || {
            trigger_event("otlp:future", data! { name = "unrelated" }, || {});
        });
        assert!(future.as_mut().poll(&mut context).is_ready());
    });
    let parent = &named(&spans, "exported").span_id;
    assert_eq!(&named(&spans, "deep").parent_span_id, parent);
    assert_eq!(&named(&spans, "direct").parent_span_id, parent);
    assert!(named(&spans, "unrelated").parent_span_id.is_empty());
}

#[test]
fn open_event_may_end_on_another_thread() {
    let spans = spans_of("otlp:open", || {
        let open = open_event("otlp:open", data! { n = 1 });
        let handle = open.handle();
        thread::spawn(move || {
            handle.run(|| trigger_event("otlp:open", data! { name = "child" }, || {}));
            drop(open);
        })
        .join()
        .unwrap();
    });
    assert_eq!(spans.len(), 2);
    assert_eq!(
        named(&spans, "child").parent_span_id,
        named(&spans, "otlp:open").span_id
    );
}

#[test]
fn data_sets_the_kind_and_the_name_of_a_span() {
    let spans = spans_of("otlp:kind", || {
        let data = data! { "otel.kind" = "server", "otel.name" = "GET /users" };
        trigger_event("otlp:kind", data, || {});
        trigger_event("otlp:kind", (), || {});
    });
    let (server, internal) = (named(&spans, "GET /users"), named(&spans, "otlp:kind"));
    assert_eq!((server.kind, internal.kind), (2, 1));
    assert_eq!(value(&server.attributes, "otel.kind"), None);
}

#[test]
fn request_has_the_configured_headers_and_resource() {
    let collector = Collector::start();
    let variables = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%2Cb, x-team = core"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment=test,service.name=ignored",
        ),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let spans = exporter(&collector, &variables).service_name("default");
    let spans = install_listener("otlp:request", spans);
    let text_of_span = "long ".repeat(100);
    trigger_event("otlp:request", data! { text = &*text_of_span }, || {});
    spans.flush().unwrap();
    let received = &collector.received()[0];
    assert_eq!(received.path, "/v1/traces");
    assert_eq!(received.headers["content-type"], "application/x-protobuf");
    assert_eq!(received.headers["content-encoding"], "gzip");
    assert_eq!(received.headers["api-key"], "a,b");
    assert_eq!(received.headers["x-team"], "core");
    assert!(received.headers["user-agent"].starts_with("event-export/"));
    assert!(received.len < 500, "{}", received.len);
    let resource = received.request.resource_spans[0]
        .resource
        .as_ref()
        .unwrap();
    assert_eq!(text(&resource.attributes, "service.name"), Some("shop"));
    assert_eq!(
        text(&resource.attributes, "deployment.environment"),
        Some("test")
    );
    assert_eq!(
        text(&resource.attributes, "telemetry.sdk.language"),
        Some("rust")
    );
    let pid = Value::IntValue(std::process::id().into());
    assert_eq!(value(&resource.attributes, "process.pid"), Some(&pid));
}

#[test]
fn service_has_a_default_name() {
    let collector = Collector::start();
    let spans = install_listener("otlp:service", exporter(&collector, &[]));
    trigger_event("otlp:service", (), || {});
    spans.flush().unwrap();
    let received = &collector.received()[0];
    let resource = received.request.resource_spans[0]
        .resource
        .as_ref()
        .unwrap();
    let name = text(&resource.attributes, "service.name").unwrap();
    assert!(name.starts_with("unknown_service:otlp"), "{name}");
}

#[test]
fn spans_are_sent_without_a_flush_and_in_requests_of_limited_size() {
    let collector = Collector::start();
    let spans = install_listener("otlp:size", exporter(&collector, &[]));
    let text = "x".repeat(10_000);
    for _ in 0..300 {
        trigger_event("otlp:size", data! { text = &*text }, || {});
    }
    collector.wait_for(300);
    let received = collector.received();
    assert!(received.len() >= 3, "{}", received.len());
    assert!(received.iter().all(|it| it.len <= 1 << 20));
    spans.flush().unwrap();
    assert_eq!(spans.exported(), 300);
}

#[test]
fn scopes_that_have_not_ended_are_sent_at_the_end() {
    let collector = Collector::start();
    let spans = install_listener("otlp:unfinished", exporter(&collector, &[]));
    let open = open_event("otlp:unfinished", ());
    open.handle()
        .run(|| trigger_event("otlp:unfinished", data! { name = "child" }, || {}));
    spans.finish();
    let sent = collector.spans();
    let parent = named(&sent, "otlp:unfinished");
    assert_eq!(named(&sent, "child").parent_span_id, parent.span_id);
    assert_eq!(
        value(&parent.attributes, "event.unfinished"),
        Some(&Value::BoolValue(true))
    );
    drop(open);
    assert_eq!((spans.exported(), spans.dropped()), (2, 0));
}

#[test]
fn flush_ends_while_spans_arrive() {
    let collector = Collector::start();
    let spans = install_listener("otlp:arriving", exporter(&collector, &[]));
    let is_done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                trigger_event("otlp:arriving", (), || {});
            }
        });
        for _ in 0..3 {
            let flushed = spans.flush();
            assert!(spans.dropped() > 0 || flushed.is_ok(), "{flushed:?}");
        }
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
