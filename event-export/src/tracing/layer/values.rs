//! Values of `tracing` as values of event-core.

use std::error::Error;
use std::fmt::Debug;

use event_core::__private::Raw;
use event_core::{Field, Value};
use tracing_core::Event;
use tracing_core::field::{self, Visit};

/// The field that is the text of a message.
const MESSAGE: &str = "message";

/// The fields that were visited, in order.
#[derive(Default)]
pub(super) struct Fields(Vec<Field<'static>>);

impl Fields {
    /// Returns fields that begin with a span's name, with room for `more` fields.
    pub(super) fn named(name: Value<'static>, more: usize) -> Self {
        let mut fields = Vec::with_capacity(1 + more);
        fields.push(Field::new("name", name));
        Self(fields)
    }

    /// Returns the fields of a message: its text as `message`, its level, and the others.
    pub(super) fn of_message(level: Value<'static>, event: &Event<'_>) -> Self {
        let mut fields = Self(Vec::with_capacity(1 + event.metadata().fields().len()));
        event.record(&mut fields);
        let text = fields.0.iter().position(|field| field.key() == MESSAGE);
        let count = text.map_or(0, |text| {
            fields.0[..=text].rotate_right(1);
            1
        });
        fields.0.insert(count, Field::new("level", level));
        fields
    }

    pub(super) fn as_slice(&self) -> &[Field<'static>] {
        &self.0
    }

    fn push(&mut self, field: &field::Field, value: Value<'static>) {
        self.0.push(Field::new(field.name(), value));
    }
}

impl IntoIterator for Fields {
    type Item = Field<'static>;
    type IntoIter = std::vec::IntoIter<Field<'static>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

macro_rules! typed {
    ($($record:ident $type:ty)*) => { $(
        fn $record(&mut self, field: &field::Field, value: $type) {
            self.push(field, Value::from(value).into_owned());
        }
    )* };
}

impl Visit for Fields {
    typed! {
        record_bool bool
        record_i64 i64
        record_u64 u64
        record_i128 i128
        record_u128 u128
        record_f64 f64
        record_str &str
        record_bytes &[u8]
    }

    fn record_error(&mut self, field: &field::Field, value: &(dyn Error + 'static)) {
        self.push(field, Value::displayed(&value));
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn Debug) {
        // `info!("…")` passes the text as format arguments, whose `Debug` is the text itself.
        if field.name() == MESSAGE {
            self.push(field, Value::displayed(&format_args!("{value:?}")));
        } else {
            self.push(field, Value::printed(value));
        }
    }
}

/// The error of an event at level *error*: its field `error`, or else its message.
#[derive(Default)]
pub(super) struct Message {
    error: Option<Value<'static>>,
    message: Option<Value<'static>>,
}

impl Message {
    pub(super) fn into_text(self) -> String {
        let text = self.error.or(self.message);
        text.map_or_else(String::new, |text| Raw(&text).to_string())
    }

    fn set(&mut self, field: &field::Field, value: impl FnOnce() -> Value<'static>) {
        match field.name() {
            "error" => self.error = Some(value()),
            "message" => self.message = Some(value()),
            _ => {}
        }
    }
}

impl Visit for Message {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        self.set(field, || Value::from(value.to_owned()));
    }

    fn record_error(&mut self, field: &field::Field, value: &(dyn Error + 'static)) {
        self.set(field, || Value::displayed(&value));
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn Debug) {
        self.set(field, || Value::printed(value));
    }
}
