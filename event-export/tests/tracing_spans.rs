//! `TracingSpans`: events as spans of `tracing`, seen by `tracing-subscriber`'s own layers and by one that keeps all it
//! is told.
#![cfg(feature = "tracing")]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_core::{
    Data, EventData, Field as DataField, Value, current_event, data, end_event, enter_event,
    install_listener, local, open_event, start_event, trigger_event,
};
use event_export::TracingSpans;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

type Fields = BTreeMap<String, serde_json::Value>;

/// What is kept of a span.
#[derive(Clone, Debug, Default)]
struct Kept {
    name: String,
    target: String,
    parent: Option<String>,
    level: Option<Level>,
    place: (Option<String>, Option<String>, Option<u32>),
    fields: Fields,
    events: Vec<(Level, Fields)>,
    entered: u32,
    exited: u32,
    closed: bool,
}

/// A layer that keeps all spans, by their ids, in the order in which they came.
#[derive(Clone, Default)]
struct Keeping(Arc<Mutex<Vec<(u64, Kept)>>>);

#[derive(Default)]
struct Visited(Fields);

impl Visit for Visited {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("printed: {value:?}");
        self.0.insert(field.name().to_owned(), text.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Keeping {
    /// The last span of that id, as ids are used again.
    fn with(&self, id: &Id, change: impl FnOnce(&mut Kept)) {
        let mut kept = lock(&self.0);
        let found = kept.iter_mut().rfind(|(of, _)| *of == id.into_u64());
        change(&mut found.expect("a span that was told of").1);
    }

    fn spans(&self) -> Vec<Kept> {
        let kept = lock(&self.0);
        kept.iter().map(|(_, kept)| kept.clone()).collect()
    }

    fn named(&self, name: &str) -> Kept {
        let found = self.spans().into_iter().find(|kept| kept.name == name);
        found.unwrap_or_else(|| panic!("no span `{name}` in {:#?}", self.spans()))
    }

    /// Name and parent's name of each.
    fn tree(&self) -> Vec<(String, Option<String>)> {
        let spans = self.spans().into_iter();
        spans.map(|kept| (kept.name, kept.parent)).collect()
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Keeping {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut visited = Visited::default();
        attributes.record(&mut visited);
        let span = context.span(id).expect("the span");
        let metadata = span.metadata();
        let kept = Kept {
            name: span.name().to_owned(),
            target: metadata.target().to_owned(),
            parent: span.parent().map(|parent| parent.name().to_owned()),
            level: Some(*metadata.level()),
            place: (
                metadata.module_path().map(str::to_owned),
                metadata.file().map(str::to_owned),
                metadata.line(),
            ),
            fields: visited.0,
            ..Kept::default()
        };
        lock(&self.0).push((id.into_u64(), kept));
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, S>) {
        let mut visited = Visited::default();
        record.record(&mut visited);
        self.with(id, |kept| kept.fields.extend(visited.0));
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut visited = Visited::default();
        event.record(&mut visited);
        if let Some(span) = context.event_span(event) {
            let level = *event.metadata().level();
            self.with(&span.id(), |kept| kept.events.push((level, visited.0)));
        }
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.with(id, |kept| kept.entered += 1);
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.with(id, |kept| kept.exited += 1);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.with(&id, |kept| kept.closed = true);
    }
}

/// The spans that `run` makes on this thread.
fn spans_of(kinds: &'static str, run: impl FnOnce()) -> Keeping {
    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener(kinds, TracingSpans::new());
        run();
    });
    keeping
}

fn pairs(expected: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    let expected = expected.iter();
    expected
        .map(|(name, parent)| ((*name).to_owned(), parent.map(str::to_owned)))
        .collect()
}

#[test]
fn a_scope_is_a_span_that_says_what_and_where_it_is() {
    #[event_core::trigger_event("spans:parse", ret)]
    fn parse(text: &str, radix: u32) -> u32 {
        u32::from_str_radix(text, radix).unwrap_or_default()
    }

    let span = &spans_of("spans:parse", || assert_eq!(parse("2a", 16), 42)).spans()[0];
    assert_eq!((&*span.name, &*span.target), ("parse", "spans:parse"));
    assert_eq!(span.level, Some(Level::INFO));
    assert_eq!(span.place.0.as_deref(), Some("tracing_spans"));
    assert!(
        span.place
            .1
            .as_deref()
            .unwrap()
            .ends_with("tests/tracing_spans.rs")
    );
    assert!(span.place.2.is_some());
    assert_eq!(span.fields["text"], "2a");
    assert_eq!(span.fields["radix"], 16);
    assert_eq!(span.fields["return"], 42);
    assert_eq!((span.entered, span.exited, span.closed), (1, 1, true));
    assert!(span.events.is_empty());
}

#[test]
fn fields_keep_their_types() {
    #[derive(Debug)]
    struct Point {
        x: i32,
    }

    let point = Point { x: 1 };
    let data = data! {
        i = -1, big = u64::MAX, f = 0.5, b = true, s = "text", c = 'c', d = ?point, t = %point.x,
        bytes = &[1_u8, 2][..], wide = u128::MAX
    };
    let spans = spans_of("spans:typed", || trigger_event("spans:typed", data, || {}));
    let fields = &spans.spans()[0].fields;
    assert_eq!(fields["i"], -1);
    assert_eq!(fields["big"], u64::MAX);
    assert_eq!(fields["f"], 0.5);
    assert_eq!(fields["b"], true);
    assert_eq!(fields["s"], "text");
    assert_eq!(fields["c"], "printed: c");
    assert_eq!(fields["d"], "printed: Point { x: 1 }");
    assert_eq!(fields["t"], "1");
    assert_eq!(fields["bytes"], "printed: [01 02]");
    assert_eq!(fields["wide"], format!("printed: {}", u128::MAX));
    assert!(!fields.contains_key("return"));
}

#[test]
fn spans_nest_as_calls_do_and_among_those_of_the_program() {
    let spans = spans_of("spans:nest*", || {
        trigger_event("spans:nest_outer", (), || {
            let native = tracing::info_span!("native").entered();
            trigger_event("spans:nest_inner", (), || {
                tracing::info!("in the inner one");
            });
            drop(native);
            trigger_event("spans:nest_last", (), || {});
        });
    });
    assert_eq!(
        spans.tree(),
        pairs(&[
            ("spans:nest_outer", None),
            ("native", Some("spans:nest_outer")),
            ("spans:nest_inner", Some("native")),
            ("spans:nest_last", Some("spans:nest_outer")),
        ])
    );
    assert_eq!(spans.named("spans:nest_inner").events.len(), 1);
    assert!(spans.spans().iter().all(|span| span.closed));
}

#[test]
fn kinds_that_this_listener_does_not_hear_do_not_break_the_tree() {
    let spans = spans_of("spans:heard", || {
        let _other = local::install_recorder("spans:not_heard");
        trigger_event("spans:heard", data! { n = 1 }, || {
            trigger_event("spans:not_heard", (), || {
                trigger_event("spans:heard", (), || {});
            });
        });
    });
    assert_eq!(
        spans.tree(),
        pairs(&[("spans:heard", None), ("spans:heard", Some("spans:heard"))])
    );
}

#[test]
fn guards_may_end_out_of_order() {
    let spans = spans_of("spans:guard*", || {
        let outer = enter_event("spans:guard_outer", ());
        let inner = enter_event("spans:guard_inner", ());
        drop(outer);
        trigger_event("spans:guard_child", (), || tracing::info!("here"));
        drop(inner);
        trigger_event("spans:guard_after", (), || {});
    });
    assert_eq!(
        spans.tree(),
        pairs(&[
            ("spans:guard_outer", None),
            ("spans:guard_inner", Some("spans:guard_outer")),
            ("spans:guard_child", Some("spans:guard_inner")),
            ("spans:guard_after", None),
        ])
    );
    assert!(
        spans
            .spans()
            .iter()
            .all(|span| span.closed && span.entered == span.exited)
    );
}

#[test]
fn a_handle_carries_the_parent_to_another_thread() {
    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    let _spans = install_listener("spans:across*", TracingSpans::new());
    trigger_event("spans:across_outer", (), || {
        let here = current_event();
        // There is no subscriber on that thread: the child goes to its parent's.
        let child = move || here.run(|| trigger_event("spans:across_inner", (), || {}));
        std::thread::spawn(child).join().unwrap();
        let other = trigger_event("spans:across_other", (), current_event);
        other.run(|| trigger_event("spans:across_late", (), || {}));
    });
    assert_eq!(
        keeping.tree(),
        pairs(&[
            ("spans:across_outer", None),
            ("spans:across_inner", Some("spans:across_outer")),
            ("spans:across_other", Some("spans:across_outer")),
            // Its parent has ended: the next best is what is current.
            ("spans:across_late", Some("spans:across_outer")),
        ])
    );
}

#[test]
fn a_jump_to_an_outer_scope_on_the_same_thread_is_followed() {
    let spans = spans_of("spans:jump*", || {
        trigger_event("spans:jump_outer", (), || {
            let outer = current_event();
            trigger_event("spans:jump_inner", (), || {
                outer.run(|| trigger_event("spans:jump_back", (), || {}));
            });
        });
    });
    assert_eq!(
        spans.named("spans:jump_back").parent.as_deref(),
        Some("spans:jump_outer")
    );
}

#[test]
fn an_error_is_an_error_event_as_by_instrument_err() {
    #[event_core::trigger_event("spans:error", err)]
    fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }

    let spans = spans_of("spans:error", || assert!(parse("oops").is_err()));
    let span = &spans.spans()[0];
    let message = "printed: invalid digit found in string";
    assert_eq!(span.fields["error"], message);
    let (level, fields) = &span.events[0];
    assert_eq!(*level, Level::ERROR);
    assert_eq!(fields["error"], message);
    assert_eq!(fields["cause"], "printed: error");
    assert!(
        fields["exception.type"]
            .as_str()
            .unwrap()
            .ends_with("ParseIntError")
    );
    assert!(!fields.contains_key("location"));
}

#[test]
fn a_panic_is_an_error_event_that_says_where() {
    let spans = spans_of("spans:panics", || {
        let outcome = catch_unwind(|| trigger_event("spans:panics", (), || panic!("no luck")));
        assert!(outcome.is_err());
    });
    let span = &spans.spans()[0];
    let (level, fields) = &span.events[0];
    assert_eq!(
        (*level, fields["error"].as_str()),
        (Level::ERROR, Some("printed: no luck"))
    );
    assert_eq!(fields["cause"], "printed: panic");
    assert!(
        fields["location"]
            .as_str()
            .unwrap()
            .contains("tests/tracing_spans.rs:")
    );
    assert_eq!((span.entered, span.exited, span.closed), (1, 1, true));
}

#[test]
fn an_argument_that_is_called_error_stays_what_it_is() {
    let spans = spans_of("spans:own_error", || {
        let data = data! { error = 7, return = 8 };
        let _ = catch_unwind(|| trigger_event("spans:own_error", data, || panic!("no luck")));
    });
    let span = &spans.spans()[0];
    assert_eq!(
        (&span.fields["error"], &span.fields["return"]),
        (&7.into(), &8.into())
    );
    assert_eq!(span.events.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn futures_are_children_of_their_parents_on_every_thread() {
    #[event_core::trigger_event("spans:async", ret)]
    async fn outer(n: u32) -> u32 {
        let handle = tokio::spawn(current_event().run_future(inner(n)));
        tokio::task::yield_now().await;
        step(n);
        handle.await.unwrap()
    }

    #[event_core::trigger_event("spans:async")]
    async fn inner(n: u32) -> u32 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        step(n);
        n + 1
    }

    #[event_core::trigger_event("spans:async")]
    fn step(n: u32) {
        tracing::info!(n, "a step");
    }

    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    let spans = install_listener("spans:async", TracingSpans::new());
    // Polled on this thread alone, where the subscriber is; what they spawn is on others.
    let done = futures_joined((0..8).map(outer)).await;
    assert_eq!(done, (1..9).collect::<Vec<_>>());
    drop(spans);

    let spans = keeping.spans();
    assert_eq!(spans.len(), 32);
    assert!(
        spans
            .iter()
            .all(|span| span.closed && span.entered == span.exited)
    );
    for span in &spans {
        match &*span.name {
            // By every poll.
            "outer" => assert!(span.parent.is_none() && span.entered >= 2),
            "inner" => assert!(span.parent.as_deref() == Some("outer") && span.entered >= 2),
            _ => assert!(matches!(span.parent.as_deref(), Some("outer" | "inner"))),
        }
    }
}

/// All of them, side by side on this thread.
async fn futures_joined<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        let mut is_done = true;
        for (future, output) in &mut futures {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => is_done = false,
                }
            }
        }
        if is_done {
            let outputs = futures.iter_mut().filter_map(|(_, output)| output.take());
            std::task::Poll::Ready(outputs.collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn what_is_told_during_a_poll_or_a_drop_is_in_the_futures_span() {
    struct Held;
    impl Drop for Held {
        fn drop(&mut self) {
            tracing::info!("dropped");
        }
    }
    #[event_core::trigger_event("spans:polls")]
    async fn outer(n: u32) {
        tracing::info!(n, "first");
        inner().await;
        let _own = tracing::info_span!("own").entered();
        step();
    }
    #[event_core::trigger_event("spans:polls")]
    async fn inner() {
        tokio::task::yield_now().await;
        tracing::info!("second");
    }
    #[event_core::trigger_event("spans:polls")]
    fn step() {}
    #[event_core::trigger_event("spans:polls")]
    async fn never() {
        let _held = Held;
        std::future::pending::<()>().await;
    }

    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    let spans = local::install_listener("spans:polls", TracingSpans::new());
    // Side by side, so that the one is polled between the polls of the other.
    futures_joined([outer(1), outer(2)].into_iter()).await;
    let short = std::time::Duration::from_millis(1);
    assert!(tokio::time::timeout(short, never()).await.is_err());
    tracing::info!("in none");
    drop(spans);

    let told = |span: &Kept| {
        let events = span.events.iter();
        let messages = events.filter_map(|(_, fields)| fields["message"].as_str());
        messages
            .map(|text| text.trim_start_matches("printed: ").to_owned())
            .collect::<Vec<_>>()
    };
    let spans = keeping.spans();
    let named = |name: &str| {
        spans
            .iter()
            .filter(|span| span.name == name)
            .collect::<Vec<_>>()
    };
    assert!(
        named("outer")
            .iter()
            .all(|span| told(span) == ["first"] && span.entered == 2)
    );
    assert!(named("inner").iter().all(|span| told(span) == ["second"]));
    assert!(
        named("own")
            .iter()
            .all(|span| span.parent.as_deref() == Some("outer"))
    );
    assert!(
        named("step")
            .iter()
            .all(|span| span.parent.as_deref() == Some("own"))
    );
    assert_eq!((named("outer").len(), named("step").len()), (2, 2));
    assert_eq!(told(named("never")[0])[0], "dropped");
    assert!(
        spans
            .iter()
            .all(|span| span.closed && span.entered == span.exited)
    );
}

#[tokio::test]
async fn a_cancelled_future_is_a_warning() {
    #[event_core::trigger_event("spans:cancelled")]
    async fn waits() {
        std::future::pending::<()>().await;
    }

    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    let _spans = local::install_listener("spans:cancelled", TracingSpans::new());
    let short = std::time::Duration::from_millis(1);
    assert!(tokio::time::timeout(short, waits()).await.is_err());
    let span = keeping.named("waits");
    let (level, fields) = &span.events[0];
    assert_eq!(*level, Level::WARN);
    assert!(fields["message"].as_str().unwrap().contains("cancelled"));
    assert!(span.closed && !span.fields.contains_key("error"));
}

#[test]
fn open_events_are_spans_that_are_not_entered() {
    let spans = spans_of("spans:open*", || {
        let open = open_event("spans:open", data! { n = 1 });
        tracing::info!("in no span");
        let handle = open.handle();
        handle.run(|| trigger_event("spans:open_inside", (), || {}));
        std::thread::spawn(move || open.end()).join().unwrap();
    });
    let span = spans.named("spans:open");
    assert_eq!((span.entered, span.exited, span.closed), (0, 0, true));
    assert!(span.events.is_empty());
    assert_eq!(
        spans.named("spans:open_inside").parent.as_deref(),
        Some("spans:open")
    );
}

#[test]
fn a_start_whose_end_is_elsewhere_does_not_stay_entered() {
    let spans = spans_of("spans:loose*", || {
        start_event("spans:loose_lock", ());
        std::thread::spawn(|| end_event("spans:loose_lock", (), None))
            .join()
            .unwrap();
        trigger_event("spans:loose_after", (), || tracing::info!("here"));
        tracing::info_span!("native").in_scope(|| {});
    });
    assert_eq!(spans.named("spans:loose_after").parent, None);
    assert_eq!(spans.named("native").parent, None);
}

#[test]
fn a_start_and_an_end_on_one_thread_are_one_span() {
    let spans = spans_of("spans:pair*", || {
        start_event("spans:pair", data! { n = 1 });
        tracing::info!("locked");
        end_event("spans:pair", data! { n = 1, return = 2 }, None);
    });
    let span = spans.named("spans:pair");
    assert!(span.closed && span.entered == 1 && span.exited == 1);
    assert_eq!((span.events.len(), &span.fields["return"]), (1, &2.into()));
}

#[test]
fn filters_by_target_and_level_turn_kinds_away() {
    let keeping = Keeping::default();
    let targets = Targets::new()
        .with_target("spans:filter_no", LevelFilter::WARN)
        .with_target("spans:filter", LevelFilter::INFO);
    let subscriber = Registry::default().with(targets).with(keeping.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:filter*", TracingSpans::new());
        let debug = TracingSpans::new().level(Level::DEBUG);
        let _debug = local::install_listener("spans:filter*", debug);
        trigger_event("spans:filter", (), || {
            trigger_event("spans:filter_no", data! { x = ?Unprintable }, || {
                trigger_event("spans:filter_yes", (), || {});
            });
        });
    });
    assert_eq!(
        keeping.tree(),
        pairs(&[
            ("spans:filter", None),
            ("spans:filter_yes", Some("spans:filter"))
        ])
    );
}

#[test]
fn children_of_what_a_filter_turns_away_are_its_parents() {
    let keeping = Keeping::default();
    let targets = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("spans:away_middle", LevelFilter::OFF);
    let subscriber = Registry::default().with(targets).with(keeping.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:away*", TracingSpans::new());
        let outer = open_event("spans:away_outer", ());
        let middle = outer.handle().run(|| open_event("spans:away_middle", ()));
        drop(outer);
        middle
            .handle()
            .run(|| trigger_event("spans:away_inner", (), || {}));
    });
    assert_eq!(
        keeping.named("spans:away_inner").parent.as_deref(),
        Some("spans:away_outer")
    );
    assert!(keeping.named("spans:away_outer").closed);
}

/// Something that must not be printed.
struct Unprintable;

impl Debug for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("printed")
    }
}

#[test]
fn a_value_that_panics_when_it_is_printed_harms_nobody() {
    #[event_core::trigger_event("spans:hostile")]
    fn hostile(value: Unprintable) {
        let _ = value;
    }

    let spans = spans_of("spans:hostile", || hostile(Unprintable));
    let text = spans.spans()[0].fields["value"].to_string();
    assert!(text.contains("<panicked while printing>"), "{text}");
}

#[test]
fn a_subscriber_that_panics_harms_nobody() {
    /// Panics wherever it can.
    struct Panics;

    impl<S: Subscriber> Layer<S> for Panics {
        fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
            panic!("recording");
        }

        fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
            panic!("telling");
        }

        fn on_close(&self, _: Id, _: Context<'_, S>) {
            panic!("closing");
        }
    }

    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone()).with(Panics);
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:bad_subscriber", TracingSpans::new());
        for _ in 0..3 {
            let outcome = catch_unwind(|| {
                trigger_event("spans:bad_subscriber", (), || panic!("of its own"));
            });
            assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"of its own"));
        }
    });
    assert_eq!(keeping.spans().len(), 3);
    assert!(
        keeping
            .spans()
            .iter()
            .all(|span| span.parent.is_none() && span.exited == 1)
    );
}

#[test]
fn a_subscriber_that_is_annotated_itself_is_not_asked_for_ever() {
    struct Annotated(Keeping);

    impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Annotated {
        fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            trigger_event("spans:annotated", (), || {
                self.0.on_new_span(attributes, id, context);
            });
        }
    }

    let keeping = Keeping::default();
    let subscriber = Registry::default().with(Annotated(keeping.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:annotated", TracingSpans::new());
        trigger_event("spans:annotated", (), || {});
    });
    assert_eq!(keeping.spans().len(), 1);
}

/// Data of any key.
struct Row(&'static str);

impl EventData for Row {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        f(Data::new(&[DataField::new(self.0, Value::from(1))]))
    }
}

#[test]
fn there_are_only_so_many_lists_of_keys() {
    let spans = spans_of("spans:keys", || {
        for _ in 0..2 {
            for n in 0..80 {
                let key: &'static str = format!("key{n}").leak();
                trigger_event("spans:keys", Row(key), || {});
            }
        }
    });
    let spans = spans.spans();
    assert_eq!(spans.len(), 160);
    assert_eq!(spans[63].fields["key63"], 1);
    assert_eq!(spans[64].fields["data"], "printed: key64=1");
    assert_eq!(spans[80].fields["key0"], 1);
    assert_eq!(spans[159].fields["data"], "printed: key79=1");
}

#[test]
fn without_a_subscriber_nothing_happens() {
    let _spans = local::install_listener("spans:nobody", TracingSpans::new());
    trigger_event("spans:nobody", data! { x = ?Unprintable }, || {});
}

#[test]
fn uninstalled_in_the_middle_it_leaves_and_closes_its_spans() {
    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone());
    tracing::subscriber::with_default(subscriber, || {
        let spans = local::install_listener("spans:middle", TracingSpans::new());
        trigger_event("spans:middle", (), || {
            drop(spans);
            tracing::info_span!("native").in_scope(|| {});
        });
    });
    let span = keeping.named("spans:middle");
    assert_eq!((span.entered, span.exited, span.closed), (1, 1, true));
    assert_eq!(keeping.named("native").parent, None);
}

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Written {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[event_core::trigger_event("spans:fmt", ret, err)]
fn formatted(text: &str, radix: u32) -> Result<u32, std::num::ParseIntError> {
    tracing::info!("inside");
    u32::from_str_radix(text, radix)
}

#[test]
fn the_text_format_shows_them() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(written.clone())
        .with_ansi(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:fmt", TracingSpans::new());
        let _ = formatted("2a", 16);
        let _ = formatted("oops", 10);
    });
    let text = String::from_utf8(lock(&written.0).clone()).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[0],
        r#"INFO formatted{text="2a" radix=16}: tracing_spans: inside"#
    );
    assert!(
        lines[2].starts_with(
            r#"ERROR formatted{text="oops" radix=10}: spans:fmt: error=invalid digit found in string cause=error"#
        ),
        "{text}"
    );
}

#[test]
fn the_json_format_shows_them() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(written.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let _spans = local::install_listener("spans:fmt", TracingSpans::new());
        let _ = formatted("2a", 16);
        let _ = formatted("oops", 10);
    });
    let text = String::from_utf8(lock(&written.0).clone()).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5, "{text}");
    let closed = &lines[1];
    assert_eq!(closed["target"], "spans:fmt");
    assert_eq!(closed["span"]["name"], "formatted");
    assert_eq!(closed["span"]["text"], "2a");
    assert_eq!(closed["span"]["radix"], 16);
    assert_eq!(closed["span"]["return"], 42);
    let failed = &lines[3];
    assert_eq!(failed["level"], "ERROR");
    assert_eq!(failed["fields"]["error"], "invalid digit found in string");
    assert_eq!(lines[4]["span"]["error"], "invalid digit found in string");
}

#[test]
fn the_environment_may_name_it_with_a_level() {
    let keeping = Keeping::default();
    let subscriber = Registry::default().with(keeping.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _exports = event_export::from_text("tracing;level=debug", "spans:env").unwrap();
        trigger_event("spans:env", (), || {});
    });
    assert_eq!(keeping.named("spans:env").level, Some(Level::DEBUG));
    assert!(event_export::from_text("tracing;level=loud", "*").is_err());
}
