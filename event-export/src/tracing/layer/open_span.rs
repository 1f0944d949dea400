//! The extension that the layer adds to a span, and the data of its START.

use std::cell::Cell;
use std::sync::Arc;

use event_core::__private::Polls;
use event_core::{Data, EventData, EventHandle, Field, OpenEvent, Value};
use tracing_core::Event;
use tracing_core::span::Attributes;

use super::values::Fields;

/// A span that is an event, or that is inside an event.
pub(super) struct OpenSpan {
    /// The parent of events that start inside the span.
    pub(super) handle: EventHandle,
    pub(super) event: Option<OpenEvent>,
    /// The times at which the span is entered, if a listener wants them.
    pub(super) polls: Option<Arc<Polls>>,
    pub(super) wants_data: bool,
    /// The fields that were recorded after the START.
    pub(super) recorded: Vec<Field<'static>>,
    pub(super) error: Option<String>,
    /// When the span was last exited, on the scale of `Event::nanos`.
    pub(super) exited: Option<u64>,
}

impl OpenSpan {
    /// Adds fields. A later value replaces an earlier one.
    pub(super) fn record(&mut self, fields: Fields) {
        for field in fields {
            let mut known = self.recorded.iter_mut();
            match known.find(|known| known.key() == field.key()) {
                Some(known) => *known = field,
                None => self.recorded.push(field),
            }
        }
    }
}

/// The data of a new span, which is captured only if a listener wants it.
pub(super) struct NewSpanData<'a> {
    pub(super) name: &'static Value<'static>,
    pub(super) attributes: &'a Attributes<'a>,
    pub(super) is_captured: &'a Cell<bool>,
    /// Whether a field has a key that the layer adds.
    pub(super) has_own_keys: bool,
}

impl EventData for NewSpanData<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        self.is_captured.set(true);
        let more = self.attributes.metadata().fields().len();
        let mut fields = Fields::named(self.name.clone(), more);
        self.attributes.record(&mut fields);
        if self.has_own_keys {
            fields.rename_names(1);
        }
        f(Data::new(fields.as_slice()))
    }
}

/// The data of a message, which is captured only if a listener wants it.
pub(super) struct MessageData<'a> {
    pub(super) level: &'static Value<'static>,
    pub(super) event: &'a Event<'a>,
    /// Whether a field has a key that the layer adds.
    pub(super) has_own_keys: bool,
}

impl EventData for MessageData<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        let fields = Fields::of_message(self.level.clone(), self.event, self.has_own_keys);
        f(Data::new(fields.as_slice()))
    }
}
