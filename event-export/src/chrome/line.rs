//! The text of trace events, and the pieces that it consists of.
//!
//! Each event begins with the comma that separates it from the one before.

use event_core::__private::PlainValue;
use event_core::{Data, EventId, ExcDetails, Value};

use super::json_text;
use super::own_keys::{self, DistinctKeys};
use super::stamp::with_stamp;
use crate::profile::truncate;

/// The most bytes of one argument.
const MAX_ARGUMENT_BYTES: usize = 16 << 10;

/// The most elements of an argument that is an array of bytes.
const MAX_ARRAY_BYTES: usize = MAX_ARGUMENT_BYTES / 4;

/// The most bytes of a name.
const MAX_NAME_BYTES: usize = 1 << 10;

/// The largest integer that is written as a number: Perfetto misreads larger ones.
const MAX_NUMBER: u64 = i64::MAX as u64;

/// The text of one or more trace events.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    #[inline]
    pub(super) fn append(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Begins an event: writes the category, the name and the phase.
    pub(super) fn head(&mut self, phase: &str, category: &str, name: &str) {
        self.text(",\n{\"cat\":");
        self.json(category);
        self.text(",\"name\":");
        self.name(name);
        self.text(",\"ph\":\"");
        self.text(phase);
        self.text("\"");
    }

    /// Begins an END event: writes the name, which Speedscope needs, and the phase.
    pub(super) fn end_head(&mut self, name: &str) {
        self.text(",\n{\"name\":");
        self.name(name);
        self.text(",\"ph\":\"E\"");
    }

    /// Writes the process, the thread and the time.
    pub(super) fn stamp(&mut self, tid: u64, nanos: u64) {
        with_stamp(tid, nanos, |text| self.0.extend_from_slice(text));
    }

    #[inline]
    pub(super) fn extend(&mut self, text: &[u8]) {
        self.0.extend_from_slice(text);
    }

    /// Writes the id of an asynchronous event.
    pub(super) fn id(&mut self, id: EventId) {
        // Local to the process: Perfetto draws events with a global id outside their process.
        self.text(",\"id2\":{\"local\":");
        self.quoted_id(id);
        self.text("}");
    }

    pub(super) fn quoted_id(&mut self, id: EventId) {
        self.text("\"");
        self.number(id.as_u64());
        self.text("\"");
    }

    /// Writes the key of an argument that comes from the event's data.
    pub(super) fn data_key(&mut self, is_first: bool, key: &str) {
        self.text(if is_first { ",\"args\":{" } else { "," });
        self.json(key);
        self.text(":");
    }

    /// Writes the key of an argument, which needs no escapes.
    pub(super) fn key(&mut self, is_first: bool, key: &str) {
        self.text(if is_first { ",\"args\":{\"" } else { ",\"" });
        self.text(key);
        self.text("\":");
    }

    /// Closes an event, and its arguments if there are any.
    pub(super) fn close(&mut self, has_arguments: bool) {
        self.text(if has_arguments { "}}" } else { "}" });
    }

    /// Writes a value as JSON. Its size is bounded, so that a call costs the same for any argument.
    #[inline]
    pub(super) fn argument(&mut self, value: &Value<'_>) {
        if let Some(text) = value.to_str() {
            self.long_text(text);
        } else if let Some(number) = value.to_u64().filter(|number| *number <= MAX_NUMBER) {
            self.number(number);
        } else {
            self.other_value(value);
        }
    }

    /// Writes a value if that runs no user code for its type. Returns whether it did.
    #[inline]
    pub(super) fn plain_argument(&mut self, value: &Value<'_>) -> bool {
        match value.plain() {
            PlainValue::Text(text) => self.long_text(text),
            PlainValue::Uint(number) if number <= MAX_NUMBER => self.number(number),
            _ => return self.other_plain_argument(value),
        }
        true
    }

    #[inline(never)]
    fn other_plain_argument(&mut self, value: &Value<'_>) -> bool {
        if let Some(text) = value.to_str() {
            self.long_text(text);
        } else if let Some(number) = value.to_u64().filter(|number| *number <= MAX_NUMBER) {
            self.number(number);
        } else if let Some(number) = value.to_i64() {
            self.text(itoa::Buffer::new().format(number));
        } else {
            return false;
        }
        true
    }

    /// Writes text, truncated after [`MAX_ARGUMENT_BYTES`].
    #[inline]
    fn long_text(&mut self, text: &str) {
        if text.len() <= MAX_ARGUMENT_BYTES {
            self.json(text);
        } else {
            self.truncated_text(text);
        }
    }

    #[cold]
    #[inline(never)]
    fn truncated_text(&mut self, text: &str) {
        self.json(&truncate::with_ellipsis(text, MAX_ARGUMENT_BYTES));
    }

    /// Writes a value that is neither text nor a small number. Integers outside
    /// the range of `i64` become text, because viewers misread them. Infinity and NaN become text,
    /// because JSON has no such numbers.
    #[inline(never)]
    fn other_value(&mut self, value: &Value<'_>) {
        let number_text = if value.to_i64().is_some() {
            None
        } else if let Some(number) = value.to_i128() {
            Some(number.to_string())
        } else {
            value.to_u128().map(|number| number.to_string())
        };
        let non_finite = value.to_f64().filter(|number| !number.is_finite());
        if let Some(text) = number_text.or_else(|| Some(non_finite?.to_string())) {
            self.json(&text);
        } else if let Some(bytes) = value.to_bytes() {
            self.byte_array(bytes);
        } else if let Some(data) = value.to_data() {
            self.object(&data);
        } else if serde_json::to_writer(&mut self.0, value).is_err() {
            self.text("null"); // no value fails to serialize
        }
    }

    fn byte_array(&mut self, bytes: &[u8]) {
        self.text("[");
        for (index, byte) in bytes.iter().take(MAX_ARRAY_BYTES).enumerate() {
            if index > 0 {
                self.text(",");
            }
            self.number((*byte).into());
        }
        if bytes.len() > MAX_ARRAY_BYTES {
            self.text(",");
            self.json(truncate::ELLIPSIS);
        }
        self.text("]");
    }

    /// Writes nested data. Fields beyond the first [`MAX_ARGUMENT_BYTES`] are omitted.
    fn object(&mut self, data: &Data<'_>) {
        let start = self.len();
        self.text("{");
        let mut distinct = own_keys::has_duplicates(data).then(DistinctKeys::default);
        for (index, (key, value)) in data.iter().enumerate() {
            if index > 0 {
                self.text(",");
            }
            if self.len() - start > MAX_ARGUMENT_BYTES {
                self.json(truncate::ELLIPSIS);
                self.text(":null");
                break;
            }
            match &mut distinct {
                None => self.json(key),
                Some(distinct) => self.json(&distinct.next(key)),
            }
            self.text(":");
            self.argument(value);
        }
        self.text("}");
    }

    /// Writes the details of a failure as an object.
    pub(super) fn exc(&mut self, exc: &ExcDetails<'_>) {
        self.text("{\"cause\":");
        self.json(&exc.cause().to_string());
        self.text(",\"type\":");
        self.json(exc.type_name());
        self.text(",\"message\":");
        self.long_text(&exc.message());
        if let Some(location) = exc.location() {
            self.text(",\"at\":");
            self.json(&location.to_string());
        }
        self.text("}");
    }

    pub(super) fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    #[inline]
    pub(super) fn number(&mut self, number: u64) {
        self.text(itoa::Buffer::new().format(number));
    }

    fn name(&mut self, name: &str) {
        self.json(&truncate::with_ellipsis(name, MAX_NAME_BYTES));
    }

    pub(super) fn json(&mut self, text: &str) {
        json_text::write(text, &mut self.0);
    }
}
