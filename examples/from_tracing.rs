//! One program in three versions: with `tracing`, with both libraries and the bridges between them,
//! and with this library only. All versions print the same outline of the calls.
//!
//! Run it with `cargo run --example from_tracing`.

use event_core::install_listener;
use event_export::{EventLayer, TracingSpans};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

/// Returns the lines of a file.
fn read(file: &str) -> &'static [&'static str] {
    match file {
        "orders.csv" => &["apples 3", "pears x"],
        _ => &[],
    }
}

/// The program before: `#[instrument]` on each function.
mod with_tracing {
    use std::num::ParseIntError;

    use tracing::{Span, instrument};

    #[instrument(skip(limit), fields(sum))]
    pub(crate) fn import(file: &str, limit: u32) -> u32 {
        let amounts = super::read(file).iter().flat_map(|line| parse(line));
        let sum = limit.min(amounts.sum());
        Span::current().record("sum", sum);
        sum
    }

    #[instrument(err)]
    fn parse(line: &str) -> Result<u32, ParseIntError> {
        amount(line.split(' ').next_back().unwrap_or_default())
    }

    #[instrument(err)]
    pub(crate) fn amount(text: &str) -> Result<u32, ParseIntError> {
        text.parse()
    }
}

/// The program on its way: `parse` has been moved, its caller and the function it calls have not.
mod with_both {
    use std::num::ParseIntError;

    use event_core::trigger_event;
    use tracing::{Span, instrument};

    #[instrument(skip(limit), fields(sum))]
    pub(crate) fn import(file: &str, limit: u32) -> u32 {
        let amounts = super::read(file).iter().flat_map(|line| parse(line));
        let sum = limit.min(amounts.sum());
        Span::current().record("sum", sum);
        sum
    }

    #[trigger_event("orders:parse", err)]
    fn parse(line: &str) -> Result<u32, ParseIntError> {
        super::with_tracing::amount(line.split(' ').next_back().unwrap_or_default())
    }
}

/// The program afterwards. The field `sum` need not be declared.
mod with_events {
    use std::num::ParseIntError;

    use event_core::{add_data, data, trigger_event};

    #[trigger_event("orders:import", skip(limit))]
    pub(crate) fn import(file: &str, limit: u32) -> u32 {
        let amounts = super::read(file).iter().flat_map(|line| parse(line));
        let sum = limit.min(amounts.sum());
        add_data(data! { sum });
        sum
    }

    #[trigger_event("orders:parse", err)]
    fn parse(line: &str) -> Result<u32, ParseIntError> {
        amount(line.split(' ').next_back().unwrap_or_default())
    }

    #[trigger_event("orders:parse", err)]
    fn amount(text: &str) -> Result<u32, ParseIntError> {
        text.parse()
    }
}

/// A line for each call that has ended: `parse line="pears x" failed: …`, indented by its depth.
mod outline {
    use std::sync::{Arc, Mutex, PoisonError};

    /// Shared by the threads that write lines and the code that reads them.
    #[derive(Clone, Default)]
    pub(crate) struct Outline(Arc<Mutex<Vec<String>>>);

    impl Outline {
        pub(crate) fn add(&self, depth: usize, call: &str, failure: Option<&str>) {
            let failure = failure.map(|text| format!(" failed: {text}"));
            let line = format!(
                "{}{call}{}",
                "  ".repeat(depth),
                failure.unwrap_or_default()
            );
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }

        pub(crate) fn lines(&self) -> Vec<String> {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        }
    }
}

/// The receiver for `tracing`: it collects what a line needs in the extensions of the span.
mod layer {
    use std::fmt::{Debug, Write};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::Context;
    use tracing_subscriber::registry::LookupSpan;

    use super::outline::Outline;

    pub(crate) struct OutlineLayer(pub(crate) Outline);

    struct Call(String);

    impl Visit for Call {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            // `TracingSpans` also records the error of its event in the span.
            if field.name() != "error" {
                let _ = write!(self.0, " {field}={value:?}"); // a `String` accepts all text
            }
        }
    }

    #[derive(Default)]
    struct Failure(Option<String>);

    impl Visit for Failure {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            if field.name() == "error" {
                self.0 = Some(format!("{value:?}"));
            }
        }
    }

    impl<S> Layer<S> for OutlineLayer
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            let Some(span) = context.span(id) else { return };
            let mut call = Call(span.name().to_owned());
            attributes.record(&mut call);
            span.extensions_mut().insert(call);
        }

        fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
            let Some(span) = context.span(id) else { return };
            if let Some(call) = span.extensions_mut().get_mut::<Call>() {
                values.record(call);
            }
        }

        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            let Some(span) = context.event_span(event) else {
                return;
            };
            let mut failure = Failure::default();
            event.record(&mut failure);
            span.extensions_mut().replace(failure);
        }

        fn on_close(&self, id: Id, context: Context<'_, S>) {
            let Some(span) = context.span(&id) else {
                return;
            };
            let extensions = span.extensions();
            let failure = extensions
                .get::<Failure>()
                .and_then(|failure| failure.0.as_deref());
            if let Some(Call(call)) = extensions.get() {
                self.0.add(span.scope().skip(1).count(), call, failure);
            }
        }
    }
}

/// The receiver for events: the END has all that a line needs, except the depth.
mod listener {
    use std::collections::HashMap;
    use std::fmt::Write;
    use std::sync::{Mutex, PoisonError};

    use event_core::{Event, EventId, Listener};

    use super::outline::Outline;

    pub(crate) struct OutlineListener {
        outline: Outline,
        depths: Mutex<HashMap<EventId, usize>>,
    }

    impl OutlineListener {
        pub(crate) fn new(outline: Outline) -> Self {
            let depths = Mutex::default();
            Self { outline, depths }
        }
    }

    impl Listener for OutlineListener {
        fn on_start(&self, event: &Event<'_>) {
            let mut depths = self.depths.lock().unwrap_or_else(PoisonError::into_inner);
            let parent = event.parent().and_then(|parent| depths.get(&parent));
            let depth = parent.map_or(0, |depth| depth + 1);
            depths.insert(event.id(), depth);
        }

        fn on_end(&self, event: &Event<'_>) {
            let mut depths = self.depths.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(depth) = depths.remove(&event.id()) else {
                return;
            };
            drop(depths);
            let Some(site) = event.site() else { return };
            let mut call = site.path().to_owned();
            let data = event.data();
            let mut fields = data.iter();
            if event.kind().as_str().starts_with("tracing:") {
                // The data of a span begins with its name, which is the path of the site, too.
                // Anything else is a message, such as the `error!` of `#[instrument(err)]`.
                if fields.next().is_none_or(|(key, _)| key != "name") {
                    return;
                }
            }
            for (key, value) in fields {
                let _ = write!(call, " {key}={value:?}");
            }
            let failure = event.exc_details();
            let failure = failure.as_ref().map(|exc| exc.message());
            self.outline.add(depth, &call, failure.as_deref());
        }
    }
}

use layer::OutlineLayer;
use listener::OutlineListener;
use outline::Outline;

/// `tracing` only.
fn first_version() -> Vec<String> {
    let outline = Outline::default();
    let subscriber = registry().with(OutlineLayer(outline.clone()));
    tracing::subscriber::with_default(subscriber, || {
        assert_eq!(with_tracing::import("orders.csv", 99), 3);
    });
    outline.lines()
}

/// Both libraries. Each receiver gets all calls: the layer those of events by [`TracingSpans`], and
/// the listener those of spans by [`EventLayer`]. A program needs one of the receivers only.
fn second_version() -> (Vec<String>, Vec<String>) {
    let (of_layer, of_listener) = (Outline::default(), Outline::default());
    let subscriber = registry()
        .with(OutlineLayer(of_layer.clone()))
        .with(EventLayer::new());
    let _spans = install_listener("orders:*", TracingSpans::new());
    let _listener = install_listener("*", OutlineListener::new(of_listener.clone()));
    tracing::subscriber::with_default(subscriber, || {
        assert_eq!(with_both::import("orders.csv", 99), 3);
    });
    (of_layer.lines(), of_listener.lines())
}

/// This library only.
fn third_version() -> Vec<String> {
    let outline = Outline::default();
    let _listener = install_listener("orders:*", OutlineListener::new(outline.clone()));
    assert_eq!(with_events::import("orders.csv", 99), 3);
    outline.lines()
}

fn main() {
    let expected = [
        r#"    amount text="3""#,
        r#"  parse line="apples 3""#,
        r#"    amount text="x" failed: invalid digit found in string"#,
        r#"  parse line="pears x" failed: invalid digit found in string"#,
        r#"import file="orders.csv" sum=3"#,
    ];
    assert_eq!(first_version(), expected);
    let (of_layer, of_listener) = second_version();
    assert_eq!(of_layer, expected);
    assert_eq!(of_listener, expected);
    assert_eq!(third_version(), expected);
    println!("{}", expected.join("\n"));
}
