//! `EventLayer`: spans of `tracing` as events.

#![cfg(feature = "layer")]

mod support;

use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_core::{
    Cause, Event, EventId, RecordingListener, Value, current_event, install_recorder,
    install_timer, local, trigger_event, try_trigger_event,
};
use event_export::EventLayer;
use support::events;
use support::hostile::PanicsInDebug;
use support::span_recorder::{SpanRecorder, Tree, tree};
use tracing::field::Empty;
use tracing::{Instrument, info_span};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

/// Returns the name of each START with the name of its parent.
fn event_tree(recorder: &RecordingListener) -> Tree {
    let events = events(recorder);
    let name = |event: &Event<'_>| {
        let name = event.data().get("name").and_then(Value::to_str);
        name.map_or_else(|| event.kind().to_string(), str::to_owned)
    };
    let name_of = |id: EventId| events.iter().find(|event| event.id() == id).map(name);
    let starts = events.iter().filter(|event| event.is_start());
    starts
        .map(|event| (name(event), event.parent().and_then(name_of)))
        .collect()
}

fn with_layer<R>(run: impl FnOnce() -> R) -> R {
    tracing::subscriber::with_default(Registry::default().with(EventLayer::new()), run)
}

#[test]
fn a_span_is_a_start_and_an_end_with_its_fields() {
    let recorder = local::install_recorder("tracing:plain");
    with_layer(|| {
        let point = (1, 2);
        let span = info_span!(
            target: "plain", "parse", text = "2a", radix = 16, f = 0.5, b = true, big = u64::MAX,
            point = ?point, shown = %7, later = Empty, never = Empty
        );
        assert_eq!(recorder.len(), 1);
        span.record("later", 3);
        span.record("later", 4);
        span.record("radix", 10);
    });
    let fields = "f=0.5 b=true big=18446744073709551615 point=(1, 2) shown=7";
    assert_eq!(
        recorder.lines(),
        [
            format!(r#"START tracing:plain name="parse" text="2a" radix=16 {fields}"#),
            format!(r#"END tracing:plain name="parse" text="2a" radix=10 {fields} later=4"#),
        ]
    );
    let start = &events(&recorder)[0];
    assert_eq!(start.data().get("radix").and_then(Value::to_i64), Some(16));
    assert_eq!(start.data().get("b").and_then(Value::to_bool), Some(true));
    assert_eq!(start.data().get("f").and_then(Value::to_f64), Some(0.5));
}

#[test]
fn the_site_is_the_place_of_the_span() {
    let recorder = local::install_recorder("tracing:site");
    let line = line!() + 1;
    with_layer(|| drop(info_span!(target: "site", "work")));
    let site = events(&recorder)[0].site().unwrap();
    assert_eq!((site.function(), site.line()), ("work", line));
    assert_eq!(site.module_path(), "tracing_layer");
    assert!(site.file().ends_with("tests/tracing_layer.rs"));
    assert!(site.is_async());
}

#[test]
fn characters_that_a_kind_must_not_have_are_replaced() {
    let recorder = local::install_recorder("tracing:odd*");
    with_layer(|| drop(info_span!(target: "odd*\ntarget", "work")));
    assert_eq!(events(&recorder)[0].kind().as_str(), "tracing:odd__target");
}

#[test]
fn parents_are_spans_and_annotated_scopes() {
    let recorder = local::install_recorder("*");
    with_layer(|| {
        let outer = info_span!(target: "parents", "outer").entered();
        let inner = info_span!(target: "parents", "inner");
        drop(info_span!(target: "parents", parent: None, "root"));
        trigger_event("parents:annotated", (), || {
            info_span!(target: "parents", "inside").in_scope(|| {});
            drop(info_span!(target: "parents", parent: &inner, "explicit"));
            inner.in_scope(|| trigger_event("parents:deeper", (), || {}));
        });
        drop(outer);
        inner.follows_from(&info_span!(target: "parents", "other"));
        trigger_event("parents:after", (), || {});
    });
    assert_eq!(
        event_tree(&recorder),
        tree(&[
            ("outer", None),
            ("inner", Some("outer")),
            ("root", None),
            ("parents:annotated", Some("outer")),
            ("inside", Some("parents:annotated")),
            ("explicit", Some("inner")),
            ("parents:deeper", Some("inner")),
            ("other", None),
            ("parents:after", None),
        ])
    );
    assert_eq!(current_event().id(), None);
}

#[test]
fn a_disabled_span_passes_its_parent_on() {
    let recorder = install_recorder("tracing:passed_on");
    let subscriber = Registry::default().with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, || {
        let outer = info_span!(target: "passed_on", "outer").entered();
        let disabled = info_span!(target: "passed_on_not", "disabled");
        let default = tracing::dispatcher::get_default(Clone::clone);
        drop(outer.exit());
        std::thread::spawn(move || {
            let _default = tracing::dispatcher::set_default(&default);
            let _entered = disabled.entered();
            info_span!(target: "passed_on", "inner").in_scope(|| {});
        })
        .join()
        .unwrap();
    });
    assert_eq!(
        event_tree(&recorder),
        tree(&[("outer", None), ("inner", Some("outer"))])
    );
}

#[test]
fn spans_may_be_exited_out_of_order() {
    let recorder = local::install_recorder("tracing:order");
    with_layer(|| {
        let a = info_span!(target: "order", "a").entered();
        let b = info_span!(target: "order", "b").entered();
        let a = a.exit();
        info_span!(target: "order", "in b").in_scope(|| {});
        drop(b);
        info_span!(target: "order", "in none").in_scope(|| {});
        a.in_scope(|| a.in_scope(|| drop(info_span!(target: "order", "in a"))));
    });
    assert_eq!(
        event_tree(&recorder),
        tree(&[
            ("a", None),
            ("b", Some("a")),
            ("in b", Some("b")),
            ("in none", None),
            ("in a", Some("a")),
        ])
    );
}

#[tracing::instrument(target = "tasks", ret)]
async fn task(n: u32) -> u32 {
    tokio::task::yield_now().await;
    let more = tokio::spawn(step(n).in_current_span()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    more + sync_step(n)
}

#[tracing::instrument(target = "tasks")]
async fn step(n: u32) -> u32 {
    tokio::task::yield_now().await;
    sync_step(n)
}

#[event_core::trigger_event("tasks:annotated")]
fn sync_step(n: u32) -> u32 {
    n
}

/// Returns whether the event is not of a message.
fn is_of_span(event: &Event<'_>) -> bool {
    event.data().get("level").is_none()
}

#[test]
fn parents_are_right_across_tasks_and_threads() {
    // The worker threads need a global subscriber. A process can set it once, so no other test
    // does.
    let subscriber = Registry::default().with(EventLayer::new());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let recorder = install_recorder("tracing:tasks");
    let annotated = install_recorder("tasks:annotated");
    let total = Arc::new(Mutex::new(None));
    let measured = Arc::clone(&total);
    let timer = install_timer("tracing:tasks", move |took| {
        *measured.lock().unwrap() = Some(took);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..50).map(|n| tokio::spawn(task(n))).collect();
        for (n, task) in (0..).zip(tasks) {
            assert_eq!(task.await.unwrap(), 2 * n);
        }
    });
    drop(runtime);
    drop(timer);
    assert!(total.lock().unwrap().unwrap() >= Duration::from_millis(1));

    let events: Vec<_> = events(&recorder).into_iter().filter(is_of_span).collect();
    assert_eq!(events.len(), 200);
    let argument = |event: &Event<'_>| event.data().get("n").and_then(Value::to_i64).unwrap();
    let started = |id: EventId| {
        events
            .iter()
            .find(|event| event.is_start() && event.id() == id)
    };
    let starts = events.iter().filter(|event| event.is_start());
    for start in starts.clone() {
        let parent = start.parent().map(|id| started(id).unwrap());
        match start.data().get("name").and_then(Value::to_str).unwrap() {
            "task" => assert!(parent.is_none()),
            _ => assert_eq!(argument(parent.unwrap()), argument(start)),
        }
        let ends = events
            .iter()
            .filter(|event| event.is_end() && event.id() == start.id());
        assert_eq!(ends.count(), 1);
    }
    let annotated = annotated.buffer();
    assert_eq!(annotated.len(), 200);
    for (_, event) in annotated {
        let parent = started(event.parent().unwrap()).unwrap();
        assert_eq!(argument(parent), argument(&event));
    }
    assert_eq!(current_event().id(), None);
}

/// Returns the time from START to END of the only recorded span.
fn duration(recorder: &RecordingListener) -> Duration {
    let [start, end] = &events(recorder)[..] else {
        panic!("one span was recorded");
    };
    assert!(start.is_start() && end.is_end());
    end.instant() - start.instant()
}

#[test]
fn time_of_a_span_ends_at_its_last_exit() {
    const KEPT: Duration = Duration::from_millis(300);
    let recorder = local::install_recorder("tracing:kept");
    with_layer(|| {
        let span = info_span!(target: "kept", "work", later = Empty);
        span.in_scope(|| {});
        std::thread::sleep(Duration::from_millis(20));
        span.in_scope(|| {});
        let clone = span.clone();
        drop(span);
        std::thread::sleep(KEPT);
        assert_eq!(recorder.len(), 1, "the END is sent when the span is closed");
        clone.record("later", 1); // the END has its own data
    });
    let took = duration(&recorder);
    assert!(took >= Duration::from_millis(20) && took < KEPT, "{took:?}");

    let recorder = local::install_recorder("tracing:kept_alone");
    with_layer(|| {
        let span = info_span!(target: "kept_alone", "work");
        span.in_scope(|| {});
        std::thread::sleep(KEPT);
    });
    assert!(duration(&recorder) < KEPT);
}

#[test]
fn time_of_a_span_ends_at_the_last_exit_of_any_thread() {
    let recorder = install_recorder("tracing:exit_on_thread");
    let subscriber = tracing::Dispatch::new(Registry::default().with(EventLayer::new()));
    tracing::dispatcher::with_default(&subscriber, || {
        let span = info_span!(target: "exit_on_thread", "work");
        let entered = span.enter();
        let (other, dispatch) = (span.clone(), subscriber.clone());
        std::thread::spawn(move || {
            tracing::dispatcher::with_default(&dispatch, || other.in_scope(|| {}));
        })
        .join()
        .unwrap();
        std::thread::sleep(Duration::from_millis(20));
        drop(entered);
    });
    assert!(duration(&recorder) >= Duration::from_millis(20));
}

#[test]
fn time_of_a_span_that_was_never_entered_ends_when_it_is_closed() {
    let recorder = local::install_recorder("tracing:never_entered");
    with_layer(|| {
        let _span = info_span!(target: "never_entered", "work");
        std::thread::sleep(Duration::from_millis(20));
    });
    assert!(duration(&recorder) >= Duration::from_millis(20));
}

#[test]
fn an_error_event_marks_its_span_as_failed() {
    #[tracing::instrument(target = "errors", err)]
    fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }

    let recorder = local::install_recorder("tracing:errors");
    with_layer(|| {
        let outer = info_span!(target: "errors", "outer").entered();
        assert!(parse("oops").is_err());
        drop(outer);
        let logged = info_span!(target: "errors", "logged").entered();
        tracing::error!(code = 3, "it went {}", "wrong");
        tracing::warn!("not that bad");
        drop(logged);
    });
    let ends: Vec<_> = events(&recorder)
        .into_iter()
        .filter(|event| event.is_end() && is_of_span(event))
        .collect();
    let exc = ends[0].exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Error);
    assert_eq!(exc.message(), "invalid digit found in string");
    assert!(!ends[1].is_failed());
    assert_eq!(ends[2].exc_details().unwrap().message(), "it went wrong");
}

#[test]
fn a_span_closed_by_a_panic_has_the_panic_as_its_cause() {
    let recorder = local::install_recorder("tracing:panics");
    with_layer(|| {
        let outcome = catch_unwind(|| {
            let _span = info_span!(target: "panics", "work").entered();
            tracing::error!("about to");
            panic!("no luck");
        });
        assert!(outcome.is_err());
    });
    let end = &events(&recorder)[1];
    let exc = end.exc_details().unwrap();
    assert_eq!((exc.cause(), &*exc.message()), (Cause::Panic, "no luck"));
    assert!(exc.location().is_some());
}

#[test]
fn fields_are_not_formatted_without_a_listener_for_data() {
    with_layer(|| {
        drop(info_span!(target: "unwanted", "work", x = ?PanicsInDebug));
        let timer = event_core::local::install_timer("tracing:unwanted", |_| {});
        let span = info_span!(target: "unwanted", "work", x = ?PanicsInDebug, y = Empty);
        span.record("y", tracing::field::debug(PanicsInDebug));
        drop(span);
        assert!(timer.done());
    });
}

#[test]
fn a_panic_in_debug_is_a_note_in_the_field() {
    let recorder = local::install_recorder("tracing:hostile");
    with_layer(|| drop(info_span!(target: "hostile", "work", x = ?PanicsInDebug)));
    assert!(recorder.lines()[1].contains("x=<panicked while printing>"));
}

#[test]
fn a_listener_registered_inside_a_span_receives_no_end() {
    with_layer(|| {
        let span = info_span!(target: "middle", "work").entered();
        let recorder = local::install_recorder("tracing:middle");
        drop(span);
        assert_eq!(recorder.len(), 0);
    });
}

#[test]
fn a_listener_may_use_tracing() {
    let listener = event_core::from_fn(|event: &Event<'_>| {
        let _span = info_span!(target: "listener", "notified", kind = %event.kind()).entered();
        tracing::error!("an event");
    });
    let _installed = local::install_listener("tracing:listener", listener);
    let recorder = local::install_recorder("tracing:listener");
    with_layer(|| {
        let span = info_span!(target: "listener", "work", later = Empty).entered();
        span.record("later", 1);
        drop(span);
    });
    assert!(
        recorder
            .lines()
            .contains(&r#"END tracing:listener name="work" later=1"#.to_owned())
    );
}

#[test]
fn filters_of_the_layer_are_respected() {
    let recorder = local::install_recorder("tracing:filtered*");
    let targets = Targets::new().with_target("filtered_yes", LevelFilter::INFO);
    let layer = EventLayer::new().with_filter(targets);
    tracing::subscriber::with_default(Registry::default().with(layer), || {
        let _yes = info_span!(target: "filtered_yes", "yes").entered();
        let _no = info_span!(target: "filtered_no", "no").entered();
        info_span!(target: "filtered_yes", "inner").in_scope(|| {});
    });
    assert_eq!(
        event_tree(&recorder),
        tree(&[("yes", None), ("inner", Some("yes"))])
    );
}

#[test]
fn two_layers_broadcast_each_span_once() {
    let recorder = local::install_recorder("tracing:twice");
    let subscriber = Registry::default()
        .with(EventLayer::new())
        .with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, || {
        info_span!(target: "twice", "work").in_scope(|| {});
    });
    assert_eq!(recorder.len(), 2);
}

#[cfg(feature = "tracing")]
#[test]
fn layer_and_tracing_spans_together_do_not_loop() {
    let recorder = local::install_recorder("*");
    let spans = SpanRecorder::default();
    let subscriber = Registry::default()
        .with(EventLayer::new())
        .with(spans.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _listener = local::install_listener("*", event_export::TracingSpans::new());
        trigger_event("both:outer", (), || {
            let _native = info_span!(target: "both", "native").entered();
            trigger_event("both:inner", (), || {
                info_span!(target: "both", "deepest").in_scope(|| {});
            });
        });
    });
    let expected = tree(&[
        ("both:outer", None),
        ("native", Some("both:outer")),
        ("both:inner", Some("native")),
        ("deepest", Some("both:inner")),
    ]);
    assert_eq!(spans.tree(), expected);
    assert_eq!(event_tree(&recorder), expected);
    assert_eq!(recorder.len(), 8);
}

#[cfg(feature = "tracing")]
#[test]
fn failures_that_tracing_spans_reports_are_not_messages() {
    let recorder = local::install_recorder("*");
    tracing::subscriber::with_default(Registry::default().with(EventLayer::new()), || {
        let _listener = local::install_listener("*", event_export::TracingSpans::new());
        let failed = try_trigger_event("both:failed", (), || Err::<(), _>("no file"));
        assert_eq!(failed, Err("no file"));
        let panicked = std::panic::catch_unwind(|| trigger_event("both:panic", (), || panic!("x")));
        assert!(panicked.is_err());
    });
    let kinds = recorder.buffer();
    let kinds: Vec<&str> = kinds
        .iter()
        .map(|(_, event)| event.kind().as_str())
        .collect();
    assert_eq!(
        kinds,
        ["both:failed", "both:failed", "both:panic", "both:panic"]
    );
}
