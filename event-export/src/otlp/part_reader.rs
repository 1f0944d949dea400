//! Reads the parts that `parts.rs` writes.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::span::Event;

use super::parts::tag;
use super::record::{PlainField, PlainValue};

/// Reads parts in order. Reading past the end returns zeros, which happens only for parts that this
/// exporter has not written.
pub(super) struct PartReader<'b>(pub(super) &'b [u8]);

/// The contents of a span, apart from its ids and times.
#[derive(Default)]
pub(super) struct SpanParts {
    pub(super) attributes: Vec<KeyValue>,
    pub(super) dropped_attributes: u32,
    pub(super) messages: Vec<Event>,
    pub(super) failure: Option<Failure>,
}

pub(super) struct Failure {
    pub(super) cause: String,
    pub(super) type_name: String,
    pub(super) message: String,
    pub(super) location: String,
    pub(super) backtrace: String,
}

impl PartReader<'_> {
    /// Reads all parts of a span, which follow the texts of `fields`. `unix_nanos` converts a time
    /// of this process.
    pub(super) fn span(
        mut self,
        fields: &[PlainField],
        unix_nanos: impl Fn(u64) -> u64,
    ) -> SpanParts {
        let mut span = SpanParts::default();
        for field in fields {
            let value = self.plain(field.value);
            let field = KeyValue {
                key: field.key.to_owned(),
                value: Some(AnyValue { value }),
                ..KeyValue::default()
            };
            add(&mut span.attributes, field, false);
        }
        let mut is_added = false;
        while !self.0.is_empty() {
            match self.byte() {
                tag::FIELD => add(&mut span.attributes, self.field(), is_added),
                tag::ADDED => is_added = true,
                tag::DROPPED => span.dropped_attributes += self.count(),
                tag::MARK => span.messages.push(self.message(&unix_nanos)),
                tag::FAILURE => {
                    span.failure = Some(Failure {
                        cause: self.text(),
                        type_name: self.text(),
                        message: self.text(),
                        location: self.text(),
                        backtrace: self.text(),
                    });
                }
                _ => return span,
            }
        }
        span
    }

    fn plain(&mut self, value: PlainValue) -> Option<Value> {
        Some(match value {
            PlainValue::None => return None,
            PlainValue::Bool(is_true) => Value::BoolValue(is_true),
            PlainValue::Int(number) => Value::IntValue(number),
            PlainValue::Float(number) => Value::DoubleValue(number),
            PlainValue::Text(len) => {
                Value::StringValue(String::from_utf8_lossy(self.take(len)).into_owned())
            }
        })
    }

    fn message(&mut self, unix_nanos: impl Fn(u64) -> u64) -> Event {
        let time = unix_nanos(self.number());
        let name = self.text();
        let kind = attribute("event.kind", self.text());
        let (mut attributes, dropped) = self.fields();
        attributes.push(kind);
        Event {
            time_unix_nano: time,
            name,
            attributes,
            dropped_attributes_count: dropped,
        }
    }

    /// Reads fields up to the end of a list.
    fn fields(&mut self) -> (Vec<KeyValue>, u32) {
        let mut fields = Vec::new();
        let mut dropped = 0;
        loop {
            match self.byte() {
                tag::FIELD => add(&mut fields, self.field(), true),
                tag::DROPPED => dropped += self.count(),
                _ => return (fields, dropped),
            }
        }
    }

    fn field(&mut self) -> KeyValue {
        KeyValue {
            key: self.text(),
            value: Some(AnyValue {
                value: self.value(),
            }),
            ..KeyValue::default()
        }
    }

    fn value(&mut self) -> Option<Value> {
        Some(match self.byte() {
            tag::FALSE => Value::BoolValue(false),
            tag::TRUE => Value::BoolValue(true),
            #[expect(clippy::cast_possible_wrap, reason = "reverses the writer's cast")]
            tag::INT => Value::IntValue(self.number() as i64),
            tag::FLOAT => Value::DoubleValue(f64::from_bits(self.number())),
            tag::TEXT => Value::StringValue(self.text()),
            tag::BYTES => Value::BytesValue(self.bytes().to_vec()),
            tag::MAP => Value::KvlistValue(KeyValueList {
                values: self.fields().0,
            }),
            _ => return None,
        })
    }

    fn count(&mut self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }

    fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    fn bytes(&mut self) -> &[u8] {
        let len = u32::from_le_bytes(self.array());
        self.take(len)
    }

    fn take(&mut self, len: u32) -> &[u8] {
        let (bytes, rest) = self.0.split_at((len as usize).min(self.0.len()));
        self.0 = rest;
        bytes
    }

    fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    fn byte(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let Some((array, rest)) = self.0.split_first_chunk() else {
            self.0 = &[];
            return [0; N];
        };
        self.0 = rest;
        *array
    }
}

/// Returns an attribute with a text.
pub(super) fn attribute(key: &str, value: impl Into<String>) -> KeyValue {
    with_value(key, Value::StringValue(value.into()))
}

pub(super) fn with_value(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Appends `field`. The keys of attributes must differ: of two fields with one key, the later one
/// remains if it `replaces`, else the earlier one.
pub(super) fn add(fields: &mut Vec<KeyValue>, field: KeyValue, replaces: bool) {
    match fields.iter_mut().find(|other| other.key == field.key) {
        Some(other) if replaces => *other = field,
        Some(_) => {} // `Data::get` returns the first value, too
        None => fields.push(field),
    }
}
