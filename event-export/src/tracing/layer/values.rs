//! Values of `tracing` as values of event-core.

use std::error::Error;
use std::fmt::Debug;

use event_core::__private::Raw;
use event_core::{Field, Value};
use tracing_core::field::{self, Visit};
use tracing_core::{Event, Metadata};

use crate::profile::names::{MESSAGE, key_beside_message};

/// The key of a span's name.
const NAME: &str = "name";

/// The fields that were visited, in order.
#[derive(Default)]
pub(super) struct Fields(Vec<Field<'static>>);

/// Returns the new key of a field that has the key of a span's name. Other fields keep their keys.
fn key_beside_name(key: &str) -> Option<&'static str> {
    (key == NAME).then_some("fields.name")
}

/// Returns whether a span or a message has a field with a key that the layer adds.
pub(super) fn has_own_keys(metadata: &Metadata<'_>) -> bool {
    let mut names = metadata.fields().iter().map(|field| field.name());
    if metadata.is_span() {
        names.any(|name| key_beside_name(name).is_some())
    } else {
        let own = names.filter(|name| key_beside_message(name).is_some());
        let text = metadata.fields().field(MESSAGE); // which is no other field
        own.count() > usize::from(text.is_some())
    }
}

impl Fields {
    /// Returns fields that begin with a span's name, with room for `more` fields.
    pub(super) fn named(name: Value<'static>, more: usize) -> Self {
        let mut fields = Vec::with_capacity(1 + more);
        fields.push(Field::new(NAME, name));
        Self(fields)
    }

    /// Returns the fields of a message: its text as `message`, its level, and the others.
    pub(super) fn of_message(level: Value<'static>, event: &Event<'_>, has_own_keys: bool) -> Self {
        let mut fields = Self(Vec::with_capacity(1 + event.metadata().fields().len()));
        event.record(&mut fields);
        let text = fields.0.iter().position(|field| field.key() == MESSAGE);
        let count = text.map_or(0, |text| {
            fields.0[..=text].rotate_right(1);
            1
        });
        fields.0.insert(count, Field::new("level", level));
        if has_own_keys {
            rename(&mut fields.0[count + 1..], key_beside_message);
        }
        fields
    }

    /// Gives the fields from the index `first` on other keys, if they have that of a span's name.
    pub(super) fn rename_names(&mut self, first: usize) {
        rename(&mut self.0[first..], key_beside_name);
    }

    pub(super) fn as_slice(&self) -> &[Field<'static>] {
        &self.0
    }

    fn push(&mut self, field: &field::Field, value: Value<'static>) {
        self.0.push(Field::new(field.name(), value));
    }
}

fn rename(fields: &mut [Field<'static>], new_key: fn(&str) -> Option<&'static str>) {
    for field in fields {
        if let Some(key) = new_key(field.key()) {
            *field = Field::new(key, field.value().clone());
        }
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
