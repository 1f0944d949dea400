//! A span of `tracing`: its creation, its fields, the events in it, and its close.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use event_core::__private::escaped;
use event_core::{Cause, Data, Event, ExcDetails, Field, Value};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::subscriber::NoSubscriber;
use tracing_core::{Dispatch, LevelFilter, Metadata, dispatcher, field};

use super::callsite::{ADDED, ERROR, RETURN, SpanSite, TracingCallsite};
use super::values::Typed;
use crate::profile::truncate;

/// An open span of `tracing`. Dropping this value closes the span.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) dispatch: Dispatch,
    pub(super) id: Id,
}

impl Drop for Span {
    fn drop(&mut self) {
        let close = || under(&self.dispatch, || self.dispatch.try_close(self.id.clone()));
        match catch_unwind(AssertUnwindSafe(close)) {
            // A second panic would abort.
            Err(panic) if std::thread::panicking() => std::mem::forget(panic),
            Err(panic) => resume_unwind(panic),
            Ok(_) => {}
        }
    }
}

/// Calls `f` while the thread has a subscriber: its own, or else `dispatch`.
///
/// `tracing` uses the thread's subscriber to determine the interest in a call site, and a
/// `Registry` uses it to close parents.
pub(super) fn under<R>(dispatch: &Dispatch, f: impl FnOnce() -> R) -> R {
    if has_subscriber() {
        f()
    } else {
        dispatcher::with_default(dispatch, f)
    }
}

/// Returns whether the thread has a subscriber.
pub(super) fn has_subscriber() -> bool {
    !dispatcher::get_default(Dispatch::is::<NoSubscriber>)
}

/// Opens a span of `dispatch`. Without `parent`, the current span is the parent.
pub(super) fn open_span(
    event: &Event<'_>,
    site: &'static SpanSite,
    dispatch: &Dispatch,
    parent: Option<&Id>,
) -> Span {
    let data = event.data();
    let folded = site.is_folded().then(|| field::display(data));
    let mut typed = Vec::new();
    if folded.is_none() {
        typed.reserve_exact(data.len());
        typed.extend(data.iter().map(|(key, value)| Typed::new(key, value)));
    }
    let metadata = site.callsite.metadata;
    let mut values: Vec<Option<&dyn field::Value>> = Vec::with_capacity(metadata.fields().len());
    values.extend(folded.iter().map(|data| Some(data as _)));
    values.extend(typed.iter().map(|value| Some(value.as_value())));
    values.resize(metadata.fields().len(), None);
    let values = metadata.fields().value_set_all(&values);
    let attributes = match parent {
        None => Attributes::new(metadata, &values),
        Some(parent) => Attributes::child_of(parent.clone(), metadata, &values),
    };
    Span {
        id: dispatch.new_span(&attributes),
        dispatch: dispatch.clone(),
    }
}

impl Span {
    /// Records one field, if the span has it.
    fn record(&self, metadata: &'static Metadata<'static>, name: &str, value: &dyn field::Value) {
        let fields = metadata.fields();
        if let Some(field) = fields.field(name) {
            let values = [(&field, Some(value))];
            let values = fields.value_set(&values);
            self.dispatch.record(&self.id, &Record::new(&values));
        }
    }

    /// Records the data that only the END has: the added fields, the returned value, and the
    /// failure.
    pub(super) fn record_end(&self, event: &Event<'_>, site: &'static SpanSite) {
        let metadata = site.callsite.metadata;
        let record = |(key, value): (&str, &Value<'_>)| {
            self.record(metadata, key, Typed::new(key, value).as_value());
        };
        if event.carries_start_data() {
            let mut other = Vec::new();
            for (key, value) in event.data().added() {
                match metadata.fields().field(key) {
                    Some(_) => record((key, value)),
                    None => other.push(Field::new(key, value.clone())),
                }
            }
            if !other.is_empty() && !site.has_in_data(ADDED) {
                self.record(metadata, ADDED, &field::display(Data::new(&other)));
            }
        } else if let Some(value) = event.data().get(RETURN) {
            record((RETURN, value));
        }
        let Some(exc) = event.exc_details() else {
            return;
        };
        if exc.cause() == Cause::Cancelled {
            let callsite = site.cancelled(event.kind(), event.site());
            let message = format!("cancelled: {}", escaped(&exc.message()));
            self.send(callsite, &[Some(&field::display(message))]);
            return;
        }
        let message = truncate::with_ellipsis(exc.message(), Value::MAX_TEXT);
        let text = &*message;
        let shown = field::display(&message);
        // A subscriber prints a string with quotes and escapes.
        let error: &dyn field::Value = match escaped(&message) {
            Cow::Borrowed(_) => &shown,
            Cow::Owned(_) => &text,
        };
        self.send_failure(site.failure(event.kind(), event.site()), exc, error);
        // Recorded after the event. Otherwise the event's output would contain the error twice.
        if !site.has_in_data(ERROR) {
            self.record(metadata, ERROR, error);
        }
    }

    fn send_failure(
        &self,
        callsite: &TracingCallsite,
        exc: &ExcDetails<'_>,
        error: &dyn field::Value,
    ) {
        let cause = field::display(exc.cause());
        let location = exc.location().map(field::display);
        // A string, which subscribers print in one line.
        let backtrace = exc.backtrace().map(ToString::to_string);
        let backtrace = backtrace.as_deref();
        let location = location.as_ref().map(|location| location as _);
        let backtrace = backtrace.as_ref().map(|backtrace| backtrace as _);
        let type_name = exc.type_name();
        self.send(
            callsite,
            &[
                Some(error),
                Some(&cause),
                Some(&type_name),
                location,
                backtrace,
            ],
        );
    }

    /// Sends an event in the span.
    fn send(&self, callsite: &TracingCallsite, values: &[Option<&dyn field::Value>]) {
        let metadata = callsite.metadata;
        let is_wanted = || callsite.is_wanted(&callsite.interest(), &self.dispatch);
        if *metadata.level() <= LevelFilter::current() && is_wanted() {
            let values = metadata.fields().value_set_all(values);
            let event = tracing_core::Event::new_child_of(self.id.clone(), metadata, &values);
            self.dispatch.event(&event);
        }
    }
}
