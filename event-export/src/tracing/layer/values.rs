//! Values of `tracing` as values of event-core.

use std::error::Error;
use std::fmt::Debug;

use event_core::__private::Raw;
use event_core::{Field, Value};
use tracing_core::Event;
use tracing_core::field::{self, Visit};

use crate::profile::names::{MESSAGE, key_beside_message};

/// The key of a span's name, and that of a field called so.
const NAME: &str = "name";
const FIELD_NAME: &str = "fields.name";

/// The fields that were visited, in order.
#[derive(Default)]
pub(super) struct Fields {
    fields: Vec<Field<'static>>,
    owner: Owner,
}

/// The owner of the fields. No field may have the key of a value of its own.
#[derive(Clone, Copy, Default)]
enum Owner {
    #[default]
    Span,
    Message {
        has_text: bool,
    },
}

impl Fields {
    /// Returns fields that begin with a span's name, with room for `more` fields.
    pub(super) fn named(name: Value<'static>, more: usize) -> Self {
        let mut fields = Vec::with_capacity(1 + more);
        fields.push(Field::new(NAME, name));
        let owner = Owner::Span;
        Self { fields, owner }
    }

    /// Returns the fields of a message: its text as `message`, its level, and the others.
    pub(super) fn of_message(level: Value<'static>, event: &Event<'_>) -> Self {
        let mut fields = Self {
            fields: Vec::with_capacity(1 + event.metadata().fields().len()),
            owner: Owner::Message { has_text: false },
        };
        event.record(&mut fields);
        let text = fields.fields.iter().position(|it| it.key() == MESSAGE);
        let count = text.map_or(0, |text| {
            fields.fields[..=text].rotate_right(1);
            1
        });
        fields.fields.insert(count, Field::new("level", level));
        fields
    }

    pub(super) fn as_slice(&self) -> &[Field<'static>] {
        &self.fields
    }

    fn push(&mut self, field: &field::Field, value: Value<'static>) {
        let name = field.name();
        let key = match &mut self.owner {
            Owner::Span if name == NAME => FIELD_NAME,
            Owner::Message { has_text } if name == MESSAGE && !*has_text => {
                *has_text = true;
                name
            }
            Owner::Message { .. } => key_beside_message(name).unwrap_or(name),
            Owner::Span => name,
        };
        self.fields.push(Field::new(key, value));
    }
}

impl IntoIterator for Fields {
    type Item = Field<'static>;
    type IntoIter = std::vec::IntoIter<Field<'static>>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
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
