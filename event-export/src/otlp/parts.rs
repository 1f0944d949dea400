//! The data of a span in bytes, between the thread of the call and the exporter's thread.
//!
//! A span is a list of parts. Writing them runs user code, so no lock is held here.

use event_core::__private::Raw;
use event_core::{Cause, Data, Event, ExcDetails, Value};

use super::record::MAX_FIELDS;
use crate::profile::names;
use crate::profile::truncate::{self, LimitedText};

/// The most bytes of the parts of a span. Fields beyond it are counted as dropped.
const MAX_BYTES: usize = 64 << 10;

/// The most bytes of a backtrace.
const MAX_BACKTRACE: usize = 16 << 10;

/// The kind of a part, or the type of a value.
pub(super) mod tag {
    pub(in super::super) const NONE: u8 = 0;
    pub(in super::super) const FALSE: u8 = 1;
    pub(in super::super) const TRUE: u8 = 2;
    pub(in super::super) const INT: u8 = 3;
    pub(in super::super) const FLOAT: u8 = 4;
    pub(in super::super) const TEXT: u8 = 5;
    pub(in super::super) const BYTES: u8 = 6;
    pub(in super::super) const MAP: u8 = 7;
    /// A key and a value follow.
    pub(in super::super) const FIELD: u8 = 8;
    /// The fields that follow replace earlier ones with the same key.
    pub(in super::super) const ADDED: u8 = 9;
    /// The number of fields that were left out follows.
    pub(in super::super) const DROPPED: u8 = 10;
    /// The time and the text of a message follow, then its kind. Its fields end with [`END`].
    pub(in super::super) const MARK: u8 = 11;
    /// The cause of a failure follows, then type, message, location and backtrace.
    pub(in super::super) const FAILURE: u8 = 12;
    pub(in super::super) const END: u8 = 13;
}

/// Bytes to which parts are appended.
#[derive(Debug, Default)]
pub(super) struct Parts(pub(super) Vec<u8>);

impl Parts {
    /// Writes the data of a START.
    pub(super) fn start(&mut self, event: &Event<'_>) {
        self.fields(event.data().iter());
    }

    /// Writes the parts of an END: the fields that it adds, and its failure.
    #[inline]
    pub(super) fn end(&mut self, event: &Event<'_>) {
        let data = event.data();
        if !event.carries_start_data() && !data.is_empty() {
            self.0.push(tag::ADDED);
            self.fields(data.iter());
        } else if data.has_added() {
            self.0.push(tag::ADDED);
            self.fields(data.added());
        }
        if let Some(exc) = event.exc_details() {
            self.failure(exc);
        }
    }

    /// Writes the parts of a message.
    pub(super) fn mark(&mut self, event: &Event<'_>) {
        let message = names::message(event);
        let is_other = |(key, _): &(&str, &Value<'_>)| *key != names::MESSAGE;
        let mut fields = Self::default();
        fields.fields(event.data().iter().filter(is_other)); // before the time is read
        self.0.push(tag::MARK);
        self.number(event.nanos());
        self.text(&message);
        self.text(event.kind().as_str());
        self.0.append(&mut fields.0);
        self.0.push(tag::END);
    }

    fn fields<'v, 'd: 'v>(&mut self, fields: impl Iterator<Item = (&'static str, &'v Value<'d>)>) {
        let mut dropped = 0_u64;
        for (index, (key, value)) in fields.enumerate() {
            if index >= MAX_FIELDS || self.0.len() > MAX_BYTES {
                dropped += 1;
                continue;
            }
            self.field(key, value);
        }
        if dropped > 0 {
            self.0.push(tag::DROPPED);
            self.number(dropped);
        }
    }

    #[inline]
    fn field(&mut self, key: &str, value: &Value<'_>) {
        self.0.reserve(key.len() + 32); // once, for a short value, too
        self.tagged_text(tag::FIELD, key);
        self.value(value);
    }

    fn value(&mut self, value: &Value<'_>) {
        if let Some(number) = value.to_i64() {
            let mut bytes = [tag::INT; 9];
            bytes[1..].copy_from_slice(&number.to_le_bytes());
            self.0.extend_from_slice(&bytes);
        } else if let Some(text) = value.to_str() {
            if text.len() <= Value::MAX_TEXT {
                self.tagged_text(tag::TEXT, text);
            } else {
                self.tagged_text(tag::TEXT, &truncate::with_ellipsis(text, Value::MAX_TEXT));
            }
        } else {
            self.other_value(value);
        }
    }

    fn other_value(&mut self, value: &Value<'_>) {
        if value.to_i128().is_some() || value.to_u128().is_some() {
            // The protocol has no larger integers.
            self.0.push(tag::TEXT);
            self.text(&value.to_string());
        } else if let Some(number) = value.to_f64() {
            self.0.push(tag::FLOAT);
            self.number(number.to_bits());
        } else if let Some(is_true) = value.to_bool() {
            self.0.push(if is_true { tag::TRUE } else { tag::FALSE });
        } else if value.is_none() {
            self.0.push(tag::NONE);
        } else if let Some(character) = value.to_char() {
            self.0.push(tag::TEXT);
            self.text(character.encode_utf8(&mut [0; 4]));
        } else if let Some(bytes) = value.to_bytes() {
            self.0.push(tag::BYTES);
            self.bytes(&bytes[..bytes.len().min(Value::MAX_TEXT)]);
        } else if let Some(data) = value.to_data() {
            self.map(&data);
        } else {
            let mut text = LimitedText::new(Value::MAX_PRINTED);
            text.print(format_args!("{:?}", Raw(value)));
            self.0.push(tag::TEXT);
            self.text(&text.into_string());
        }
    }

    fn map(&mut self, data: &Data<'_>) {
        self.0.push(tag::MAP);
        self.fields(data.iter());
        self.0.push(tag::END);
    }

    #[cold]
    fn failure(&mut self, exc: &ExcDetails<'_>) {
        self.0.push(tag::FAILURE);
        self.text(match exc.cause() {
            Cause::Panic => "panic",
            Cause::Cancelled => "cancelled",
            _ => "error",
        });
        self.text(exc.type_name());
        self.text(&truncate::with_ellipsis(exc.message(), Value::MAX_TEXT));
        self.text(&exc.location().map(ToString::to_string).unwrap_or_default());
        let backtrace = exc.backtrace().map(|backtrace| {
            let mut text = LimitedText::new(MAX_BACKTRACE);
            text.print(format_args!("{backtrace}"));
            text.into_string()
        });
        self.text(&backtrace.unwrap_or_default());
    }

    #[inline]
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Writes the tag and a text.
    #[inline]
    fn tagged_text(&mut self, tag: u8, text: &str) {
        let mut head = [tag; 5];
        let len = u32::try_from(text.len()).unwrap_or_default(); // it is limited
        head[1..].copy_from_slice(&len.to_le_bytes());
        self.0.extend_from_slice(&head);
        self.0.extend_from_slice(&text.as_bytes()[..len as usize]);
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        let len = u32::try_from(bytes.len()).unwrap_or_default(); // it is limited
        self.0.extend_from_slice(&len.to_le_bytes());
        self.0.extend_from_slice(&bytes[..len as usize]);
    }
}
