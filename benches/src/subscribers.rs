//! Subscribers and layers for tracing, and a logger: uninterested, idle and recording.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use log::{Log, Record as LogRecord};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// A subscriber that disables every span.
#[derive(Clone, Copy, Debug)]
pub enum Uninterested {
    /// Answers `Interest::never`, so tracing does not call `enabled` again.
    Never,
    /// Answers `Interest::sometimes`, so tracing calls `enabled` at every span.
    Sometimes,
}

/// A subscriber that enables every span and does nothing.
#[derive(Clone, Copy, Debug)]
pub struct IdleSubscriber;

macro_rules! idle_subscriber {
    ($type:ty, $enabled:literal, $interest:expr) => {
        impl Subscriber for $type {
            fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
                let interest: fn(&Self) -> Interest = $interest;
                interest(self)
            }

            fn enabled(&self, _: &Metadata<'_>) -> bool {
                $enabled
            }

            fn new_span(&self, _: &Attributes<'_>) -> Id {
                Id::from_u64(1)
            }

            fn record(&self, _: &Id, _: &Record<'_>) {}
            fn record_follows_from(&self, _: &Id, _: &Id) {}
            fn event(&self, _: &Event<'_>) {}
            fn enter(&self, _: &Id) {}
            fn exit(&self, _: &Id) {}
        }
    };
}

idle_subscriber!(IdleSubscriber, true, |_| Interest::always());
idle_subscriber!(Uninterested, false, |subscriber| match subscriber {
    Uninterested::Never => Interest::never(),
    Uninterested::Sometimes => Interest::sometimes(),
});

/// A layer that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct IdleLayer;

impl<S: Subscriber> Layer<S> for IdleLayer {}

/// A logger that accepts every record and does nothing.
#[derive(Clone, Copy, Debug)]
pub struct IdleLogger;

impl Log for IdleLogger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &LogRecord<'_>) {}
    fn flush(&self) {}
}

/// Installs [`IdleLogger`] for records of every level.
///
/// # Errors
///
/// Returns an error if the process already has a logger.
pub fn install_logger() -> Result<(), log::SetLoggerError> {
    log::set_max_level(log::LevelFilter::Trace);
    log::set_logger(&IdleLogger)
}

/// A layer that keeps the start and end of every span as text.
#[derive(Debug, Default)]
pub struct RecordingLayer(Mutex<Vec<Line>>);

#[derive(Debug)]
struct Line {
    name: &'static str,
    time: Instant,
    text: String,
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl RecordingLayer {
    fn keep(&self, name: &'static str, text: String) {
        let time = Instant::now();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Line { name, time, text });
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for RecordingLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        self.keep(attributes.metadata().name(), fields.0);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id) {
            self.keep(span.name(), String::new());
        }
    }
}

impl Drop for RecordingLayer {
    fn drop(&mut self) {
        let lines = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let lengths = lines.iter().map(|line| line.name.len() + line.text.len());
        std::hint::black_box((lengths.sum::<usize>(), lines.first().map(|line| line.time)));
    }
}

/// A layer that keeps the start and end of every span in a buffer of the thread, with typed values.
#[derive(Clone, Copy, Debug)]
pub struct TypedRecordingLayer;

#[derive(Debug)]
#[expect(
    dead_code,
    reason = "it is kept to be read later, as the lines of a recorder are"
)]
struct TypedLine {
    name: &'static str,
    time: Instant,
    values: Vec<(&'static str, TypedValue)>,
}

#[derive(Debug)]
#[expect(dead_code, reason = "as `TypedLine`")]
enum TypedValue {
    Uint(u64),
    Text(Box<str>),
}

thread_local! {
    static TYPED_LINES: RefCell<Vec<TypedLine>> = const { RefCell::new(Vec::new()) };
}

struct TypedFields(Vec<(&'static str, TypedValue)>);

impl Visit for TypedFields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), TypedValue::Uint(value)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), TypedValue::Text(value.into())));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}").into();
        self.0.push((field.name(), TypedValue::Text(text)));
    }
}

impl TypedRecordingLayer {
    fn keep(name: &'static str, values: Vec<(&'static str, TypedValue)>) {
        let time = Instant::now();
        let line = TypedLine { name, time, values };
        TYPED_LINES.with_borrow_mut(|lines| lines.push(line));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TypedRecordingLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut fields = TypedFields(Vec::with_capacity(attributes.fields().len()));
        attributes.record(&mut fields);
        Self::keep(attributes.metadata().name(), fields.0);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id) {
            Self::keep(span.name(), Vec::new());
        }
    }
}
