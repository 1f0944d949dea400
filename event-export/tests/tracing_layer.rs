//! `EventLayer`: spans of `tracing` as events.
#![cfg(feature = "layer")]

use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_core::{
    Cause, Event, EventId, RecordingListener, Value, current_event, install_recorder,
    install_timer, local, trigger_event,
};
use event_export::EventLayer;
use tracing::field::Empty;
use tracing::{Instrument, info_span};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

fn events(recorder: &RecordingListener) -> Vec<Event<'static>> {
    let buffer = recorder.buffer().into_iter();
    buffer.map(|(_, event)| event).collect()
}

fn told(recorder: &RecordingListener) -> Vec<String> {
    events(recorder).iter().map(ToString::to_string).collect()
}

/// The name of each span that began, and of the event that it is in.
fn tree(recorder: &RecordingListener) -> Vec<(String, Option<String>)> {
    let events = events(recorder);
    let name = |event: &Event<'_>| {
        let name = event.data().get("name").and_then(Value::to_str);
        name.map_or_else(|| event.kind().to_string(), str::to_owned)
    };
    let of = |id: EventId| events.iter().find(|event| event.id() == id).map(name);
    let starts = events.iter().filter(|event| event.is_start());
    starts
        .map(|event| (name(event), event.parent().and_then(of)))
        .collect()
}

fn pairs(expected: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    let expected = expected.iter();
    expected
        .map(|(name, parent)| ((*name).to_owned(), parent.map(str::to_owned)))
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
        told(&recorder),
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
fn the_site_is_where_the_span_stands() {
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
fn what_a_kind_may_not_have_is_replaced() {
    let recorder = local::install_recorder("tracing:odd*");
    with_layer(|| drop(info_span!(target: "odd*\ntarget", "work")));
    assert_eq!(events(&recorder)[0].kind().as_str(), "tracing:odd__target");
}

#[test]
fn parents_are_those_of_the_spans_and_of_what_is_around_them() {
    let recorder = local::install_recorder("*");
    with_layer(|| {
        let outer = info_span!(target: "parents", "outer").entered();
        let inner = info_span!(target: "parents", "inner");
        drop(info_span!(target: "parents", parent: None, "root"));
        trigger_event("parents:ours", (), || {
            info_span!(target: "parents", "inside").in_scope(|| {});
            drop(info_span!(target: "parents", parent: &inner, "explicit"));
            inner.in_scope(|| trigger_event("parents:deeper", (), || {}));
        });
        drop(outer);
        inner.follows_from(&info_span!(target: "parents", "other"));
        trigger_event("parents:after", (), || {});
    });
    assert_eq!(
        tree(&recorder),
        pairs(&[
            ("outer", None),
            ("inner", Some("outer")),
            ("root", None),
            ("parents:ours", Some("outer")),
            ("inside", Some("parents:ours")),
            ("explicit", Some("inner")),
            ("parents:deeper", Some("inner")),
            ("other", None),
            ("parents:after", None),
        ])
    );
    assert_eq!(current_event().id(), None);
}

#[test]
fn spans_that_nobody_hears_pass_their_parents_on() {
    let recorder = install_recorder("tracing:passed_on");
    let subscriber = Registry::default().with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, || {
        let outer = info_span!(target: "passed_on", "outer").entered();
        let unheard = info_span!(target: "passed_on_not", "unheard");
        let default = tracing::dispatcher::get_default(Clone::clone);
        drop(outer.exit());
        std::thread::spawn(move || {
            let _default = tracing::dispatcher::set_default(&default);
            let _entered = unheard.entered();
            info_span!(target: "passed_on", "inner").in_scope(|| {});
        })
        .join()
        .unwrap();
    });
    assert_eq!(
        tree(&recorder),
        pairs(&[("outer", None), ("inner", Some("outer"))])
    );
}

#[test]
fn spans_may_be_left_out_of_order() {
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
        tree(&recorder),
        pairs(&[
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

#[event_core::trigger_event("tasks:ours")]
fn sync_step(n: u32) -> u32 {
    n
}

#[test]
fn parents_are_right_across_tasks_and_threads() {
    // The subscriber of every thread, as worker threads have no other; so this is the one test with it.
    let subscriber = Registry::default().with(EventLayer::new());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let recorder = install_recorder("tracing:tasks");
    let ours = install_recorder("tasks:ours");
    let total = Arc::new(Mutex::new(None));
    let told = Arc::clone(&total);
    let timer = install_timer("tracing:tasks", move |took| {
        *told.lock().unwrap() = Some(took);
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

    let events = events(&recorder);
    assert_eq!(events.len(), 200);
    let argument = |event: &Event<'_>| event.data().get("n").and_then(Value::to_i64).unwrap();
    let started = |id: EventId| events.iter().find(|one| one.is_start() && one.id() == id);
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
    let ours = ours.buffer();
    assert_eq!(ours.len(), 200);
    for (_, event) in ours {
        let parent = started(event.parent().unwrap()).unwrap();
        assert_eq!(argument(parent), argument(&event));
    }
    assert_eq!(current_event().id(), None);
}

#[test]
fn an_error_event_makes_its_span_fail() {
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
        .filter(Event::is_end)
        .collect();
    let exc = ends[0].exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Error);
    assert_eq!(exc.message(), "invalid digit found in string");
    assert!(!ends[1].is_failed());
    assert_eq!(ends[2].exc_details().unwrap().message(), "it went wrong");
}

#[test]
fn a_panic_that_closes_a_span_is_its_failure() {
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

/// Something that must not be printed.
struct Unprintable;

impl std::fmt::Debug for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("printed")
    }
}

#[test]
fn fields_that_nobody_wants_are_not_looked_at() {
    with_layer(|| {
        drop(info_span!(target: "unwanted", "work", x = ?Unprintable));
        let timer = event_core::local::install_timer("tracing:unwanted", |_| {});
        let span = info_span!(target: "unwanted", "work", x = ?Unprintable, y = Empty);
        span.record("y", tracing::field::debug(Unprintable));
        drop(span);
        assert!(timer.done());
    });
}

#[test]
fn a_value_that_panics_when_it_is_printed_harms_nobody() {
    let recorder = local::install_recorder("tracing:hostile");
    with_layer(|| drop(info_span!(target: "hostile", "work", x = ?Unprintable)));
    assert!(told(&recorder)[1].contains("x=<panicked while printing>"));
}

#[test]
fn a_listener_that_comes_in_the_middle_hears_no_end() {
    with_layer(|| {
        let span = info_span!(target: "middle", "work").entered();
        let recorder = local::install_recorder("tracing:middle");
        drop(span);
        assert_eq!(recorder.len(), 0);
    });
}

#[test]
fn a_listener_may_use_tracing_itself() {
    let listener = event_core::from_fn(|event: &Event<'_>| {
        let _span = info_span!(target: "listener", "listening", kind = %event.kind()).entered();
        tracing::error!("heard");
    });
    let _installed = local::install_listener("tracing:listener", listener);
    let recorder = local::install_recorder("tracing:listener");
    with_layer(|| {
        let span = info_span!(target: "listener", "work", later = Empty).entered();
        span.record("later", 1);
        drop(span);
    });
    assert!(told(&recorder).contains(&r#"END tracing:listener name="work" later=1"#.to_owned()));
}

#[test]
fn filters_of_the_layer_count() {
    let recorder = local::install_recorder("tracing:filtered*");
    let targets = Targets::new().with_target("filtered_yes", LevelFilter::INFO);
    let layer = EventLayer::new().with_filter(targets);
    tracing::subscriber::with_default(Registry::default().with(layer), || {
        let _yes = info_span!(target: "filtered_yes", "yes").entered();
        let _no = info_span!(target: "filtered_no", "no").entered();
        info_span!(target: "filtered_yes", "inner").in_scope(|| {});
    });
    assert_eq!(
        tree(&recorder),
        pairs(&[("yes", None), ("inner", Some("yes"))])
    );
}

#[test]
fn two_layers_tell_once() {
    let recorder = local::install_recorder("tracing:twice");
    let subscriber = Registry::default()
        .with(EventLayer::new())
        .with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, || {
        info_span!(target: "twice", "work").in_scope(|| {});
    });
    assert_eq!(recorder.len(), 2);
}

/// Names of spans, and of their parents.
#[cfg(feature = "tracing")]
type Tree = Vec<(String, Option<String>)>;

/// A layer that keeps the tree of the spans themselves.
#[cfg(feature = "tracing")]
struct Seen(Arc<Mutex<Tree>>);

#[cfg(feature = "tracing")]
impl<S> Layer<S> for Seen
where
    S: tracing::Subscriber + for<'l> tracing_subscriber::registry::LookupSpan<'l>,
{
    fn on_new_span(
        &self,
        _: &tracing::span::Attributes<'_>,
        id: &tracing::span::Id,
        context: tracing_subscriber::layer::Context<'_, S>,
    ) {
        let span = context.span(id).unwrap();
        let parent = span.parent().map(|parent| parent.name().to_owned());
        let mut tree = self.0.lock().unwrap();
        tree.push((span.name().to_owned(), parent));
    }
}

#[cfg(feature = "tracing")]
#[test]
fn both_ways_at_once_end() {
    let recorder = local::install_recorder("*");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let subscriber = Registry::default()
        .with(EventLayer::new())
        .with(Seen(Arc::clone(&seen)));
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("*", event_export::TracingSpans::new());
        trigger_event("both:outer", (), || {
            let _native = info_span!(target: "both", "native").entered();
            trigger_event("both:inner", (), || {
                info_span!(target: "both", "deepest").in_scope(|| {});
            });
        });
    });
    let expected = pairs(&[
        ("both:outer", None),
        ("native", Some("both:outer")),
        ("both:inner", Some("native")),
        ("deepest", Some("both:inner")),
    ]);
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(tree(&recorder), expected);
    assert_eq!(recorder.len(), 8);
}
