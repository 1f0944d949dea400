//! A layer of `tracing-subscriber` that records all spans.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

pub(crate) type Fields = BTreeMap<String, serde_json::Value>;

/// The name of each span with the name of its parent.
pub(crate) type Tree = Vec<(String, Option<String>)>;

#[derive(Clone, Debug, Default)]
pub(crate) struct RecordedSpan {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) parent: Option<String>,
    pub(crate) level: Option<Level>,
    pub(crate) module_path: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) fields: Fields,
    pub(crate) events: Vec<(Level, Fields)>,
    pub(crate) entered: u32,
    pub(crate) exited: u32,
    pub(crate) closed: bool,
}

impl RecordedSpan {
    /// Returns true if the span was closed, with one exit for each enter.
    pub(crate) fn is_complete(&self) -> bool {
        self.closed && self.entered == self.exited
    }

    /// Returns the `message` field of each event.
    pub(crate) fn messages(&self) -> Vec<String> {
        let events = self.events.iter();
        let messages = events.filter_map(|(_, fields)| fields["message"].as_str());
        messages
            .map(|text| text.trim_start_matches("formatted: ").to_owned())
            .collect()
    }
}

/// Records all spans with their ids, in the order of their creation.
#[derive(Clone, Default)]
pub(crate) struct SpanRecorder(Arc<Mutex<Vec<(u64, RecordedSpan)>>>);

impl SpanRecorder {
    /// Returns a registry with this recorder as its only layer.
    pub(crate) fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        Registry::default().with(self.clone())
    }

    /// Changes the span `id`. As ids are reused, it is the last span with that id.
    fn change(&self, id: &Id, change: impl FnOnce(&mut RecordedSpan)) {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let span = spans.iter_mut().rfind(|(key, _)| *key == id.into_u64());
        change(&mut span.expect("a recorded span").1);
    }

    pub(crate) fn spans(&self) -> Vec<RecordedSpan> {
        let spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.iter().map(|(_, span)| span.clone()).collect()
    }

    /// Returns the first span called `name`.
    pub(crate) fn named(&self, name: &str) -> RecordedSpan {
        let span = self.spans().into_iter().find(|span| span.name == name);
        span.unwrap_or_else(|| panic!("no span `{name}` in {:#?}", self.spans()))
    }

    pub(crate) fn tree(&self) -> Tree {
        let spans = self.spans().into_iter();
        spans.map(|span| (span.name, span.parent)).collect()
    }
}

/// Converts literals to a [`Tree`].
pub(crate) fn tree(spans: &[(&str, Option<&str>)]) -> Tree {
    let spans = spans.iter();
    spans
        .map(|(name, parent)| ((*name).to_owned(), parent.map(str::to_owned)))
        .collect()
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for SpanRecorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = FieldRecorder::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("the new span");
        let metadata = span.metadata();
        let recorded = RecordedSpan {
            name: span.name().to_owned(),
            target: metadata.target().to_owned(),
            parent: span.parent().map(|parent| parent.name().to_owned()),
            level: Some(*metadata.level()),
            module_path: metadata.module_path().map(str::to_owned),
            file: metadata.file().map(str::to_owned),
            line: metadata.line(),
            fields: fields.0,
            ..RecordedSpan::default()
        };
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push((id.into_u64(), recorded));
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, S>) {
        let mut fields = FieldRecorder::default();
        record.record(&mut fields);
        self.change(id, |span| span.fields.extend(fields.0));
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = FieldRecorder::default();
        event.record(&mut fields);
        if let Some(span) = context.event_span(event) {
            let level = *event.metadata().level();
            self.change(&span.id(), |span| span.events.push((level, fields.0)));
        }
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.change(id, |span| span.entered += 1);
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.change(id, |span| span.exited += 1);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.change(&id, |span| span.closed = true);
    }
}

/// Records fields with their types. `formatted: ` marks a value that arrived as `Debug`.
#[derive(Default)]
struct FieldRecorder(Fields);

impl Visit for FieldRecorder {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("formatted: {value:?}");
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
