//! Events as text: each begins with the comma behind the one before.

use std::process;

use event_core::{Cause, Event, EventId, ExcDetails, Kind, Site, Value};

use super::json_text;
use super::stamp::stamp;
use super::template::Head;
use crate::profile::names;

/// The most bytes of one argument.
const MOST_ARGUMENT: usize = 16 << 10;

/// The largest integer that is written as a number: Perfetto reads a larger one as another. Infinity and NaN are
/// texts too, as JSON has no numbers for them.
const MOST_NUMBER: u64 = i64::MAX as u64;

/// The most bytes of a name.
const MOST_NAME: usize = 1 << 10;

/// Some events, as they are written.
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

    /// What the process is called, which is the first event of all.
    pub(super) fn process() -> Self {
        let mut line = Self::new();
        line.text("[\n{\"ph\":\"M\",\"pid\":");
        line.number(process::id().into());
        line.text(",\"ts\":0,\"name\":\"process_name\",\"args\":{\"name\":");
        let program = std::env::args_os().next().unwrap_or_default();
        let program = std::path::Path::new(&program).file_name();
        line.json(&program.unwrap_or_default().to_string_lossy());
        line.text("}}");
        line
    }

    /// The end of all, behind the last event.
    pub(super) fn finish(&mut self) {
        self.text("\n]\n");
    }

    /// What a thread is called.
    pub(super) fn thread(&mut self, tid: u64, name: &str) {
        self.text(",\n{\"ph\":\"M");
        self.place_and_time(tid, 0);
        self.text(",\"name\":\"thread_name\",\"args\":{\"name\":");
        self.json(name);
        self.text("}}");
    }

    /// What stands before `"pid"`: the phase, and what it is.
    pub(super) fn head(&mut self, phase: &str, category: &str, name: &str) {
        self.text(",\n{\"cat\":");
        self.json(category);
        self.text(",\"name\":");
        self.name(name);
        self.text(",\"ph\":\"");
        self.text(phase);
    }

    /// What stands before an argument.
    pub(super) fn key_of(has_some: bool, key: &str) -> Self {
        let mut line = Self::new();
        line.text(if has_some { "," } else { ",\"args\":{" });
        line.json(key);
        line.text(":");
        line
    }

    /// The START of a call of which the most is known.
    pub(super) fn start_known(&mut self, tid: u64, event: &Event<'_>, head: &Head) {
        self.append(&head.start);
        self.place_and_time(tid, event.nanos());
        for ((_, value), key) in event.data().iter().zip(&head.keys) {
            self.append(key);
            self.argument(value);
        }
        self.text(if head.keys.is_empty() { "}" } else { "}}" });
    }

    /// The START of a call.
    pub(super) fn start(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        self.head("B", event.kind().as_str(), name);
        self.place_and_time(tid, event.nanos());
        self.start_arguments(event);
    }

    /// The START of what may go on elsewhere.
    pub(super) fn start_async(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        self.head("b", event.kind().as_str(), name);
        self.place_and_time(tid, event.nanos());
        self.id(event.id());
        self.start_arguments(event);
    }

    /// The END of a call of which the most is known, and that adds nothing.
    pub(super) fn end_known(&mut self, tid: u64, nanos: u64, head: &Head) {
        self.append(&head.end);
        self.place_and_time(tid, nanos);
        self.text("}");
    }

    /// The END of a call that adds nothing.
    pub(super) fn end_plain(&mut self, tid: u64, nanos: u64, name: &str) {
        self.end_head(name);
        self.place_and_time(tid, nanos);
        self.text("}");
    }

    /// What stands before `"pid"` in an END: the name too, as speedscope looks at it.
    pub(super) fn end_head(&mut self, name: &str) {
        self.text(",\n{\"name\":");
        self.name(name);
        self.text(",\"ph\":\"E");
    }

    /// The END of a call.
    pub(super) fn end(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        let nanos = event.nanos();
        if let Some(exc) = event.exc_details() {
            self.head("i", event.kind().as_str(), &format!("failed: {exc}"));
            self.place_and_time(tid, nanos);
            self.text(",\"s\":\"t\",\"cname\":\"terrible\"}");
        }
        self.end_head(name);
        self.place_and_time(tid, nanos);
        self.colour(event);
        self.end_arguments(event);
    }

    /// The END of what was started by [`start_async`](Self::start_async).
    pub(super) fn end_async(&mut self, tid: u64, event: &Event<'_>) {
        let nanos = event.nanos();
        if let Some(exc) = event.exc_details() {
            self.head("n", event.kind().as_str(), &format!("failed: {exc}"));
            self.place_and_time(tid, nanos);
            self.id(event.id());
            self.text(",\"cname\":\"terrible\"}");
        }
        self.head("e", event.kind().as_str(), &names::title(event));
        self.place_and_time(tid, nanos);
        self.id(event.id());
        self.colour(event);
        self.end_arguments(event);
    }

    /// Has `chrome://tracing` draw what failed in red; what was cancelled has not.
    fn colour(&mut self, event: &Event<'_>) {
        let cause = event.exc_details().map(ExcDetails::cause);
        if cause.is_some_and(|cause| cause != Cause::Cancelled) {
            self.text(",\"cname\":\"terrible\"");
        }
    }

    /// An END alone.
    pub(super) fn end_without_start(&mut self, tid: u64, event: &Event<'_>) {
        let name = format!("END {}", names::title(event));
        self.head("i", event.kind().as_str(), &name);
        self.place_and_time(tid, event.nanos());
        self.text(",\"s\":\"t\"");
        self.start_arguments(event);
    }

    /// The START again of a scope that was ended only to end one around it.
    pub(super) fn begin_again(&mut self, tid: u64, nanos: u64, kind: Kind, name: &str) {
        self.head("B", kind.as_str(), name);
        self.place_and_time(tid, nanos);
        self.text("}");
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Behind the phase: the process, the thread and the time.
    fn place_and_time(&mut self, tid: u64, nanos: u64) {
        stamp(tid, nanos, |text| self.0.extend_from_slice(text));
    }

    fn id(&mut self, id: EventId) {
        // Of the process alone: Perfetto draws what has a global one apart from its process.
        self.text(",\"id2\":{\"local\":");
        self.quoted_id(id);
        self.text("}");
    }

    fn quoted_id(&mut self, id: EventId) {
        self.text("\"");
        self.number(id.as_u64());
        self.text("\"");
    }

    /// The data, and the end of the event.
    fn start_arguments(&mut self, event: &Event<'_>) {
        let mut has_some = self.data(event);
        if let Some(parent) = event
            .parent()
            .filter(|_| event.site().is_some_and(Site::is_async))
        {
            self.key("parent", &mut has_some);
            self.quoted_id(parent);
        }
        self.text(if has_some { "}}" } else { "}" });
    }

    /// What came to the data since the START, and the end of the event.
    fn end_arguments(&mut self, event: &Event<'_>) {
        let mut has_some = false;
        // An open event may have ended with any data, and so may an END apart.
        if !event.repeats_start() {
            has_some = self.data(event);
        } else if let Some(("return", returned)) = event.data().iter().last() {
            self.key("return", &mut has_some);
            self.argument(returned);
        }
        if let Some(exc) = event.exc_details() {
            self.key("failed", &mut has_some);
            self.exc(exc);
        }
        self.text(if has_some { "}}" } else { "}" });
    }

    /// The data as arguments that may go on; `false` if there is none.
    fn data(&mut self, event: &Event<'_>) -> bool {
        let mut has_some = false;
        for (key, value) in event.data().iter() {
            self.text(if has_some { "," } else { ",\"args\":{" });
            self.json(key);
            self.text(":");
            self.argument(value);
            has_some = true;
        }
        has_some
    }

    /// A value as JSON, if that is not too long.
    fn argument(&mut self, value: &Value<'_>) {
        self.limited(|line| line.value(value));
    }

    #[inline]
    fn limited(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.len();
        write(self);
        let bytes = self.len() - start;
        if bytes > MOST_ARGUMENT {
            self.0.truncate(start);
            self.json(&format!("left out: {bytes} bytes"));
        }
    }

    /// Begins one more argument.
    fn key(&mut self, key: &str, has_some: &mut bool) {
        self.text(if *has_some { ",\"" } else { ",\"args\":{\"" });
        self.text(key);
        self.text("\":");
        *has_some = true;
    }

    /// A value as JSON.
    fn value(&mut self, value: &Value<'_>) {
        if let Some(text) = value.to_str() {
            self.json(text);
        } else if let Some(number) = value.to_u64().filter(|number| *number <= MOST_NUMBER) {
            self.number(number);
        } else {
            self.other_value(value);
        }
    }

    #[inline(never)]
    fn other_value(&mut self, value: &Value<'_>) {
        let is_large = value.to_i64().is_none();
        let large = value
            .to_i128()
            .filter(|_| is_large)
            .map(|it| it.to_string());
        let large = large.or_else(|| Some(value.to_u128().filter(|_| is_large)?.to_string()));
        let odd = value.to_f64().filter(|number| !number.is_finite());
        if let Some(text) = large.or_else(|| Some(odd?.to_string())) {
            self.json(&text);
        } else if serde_json::to_writer(&mut self.0, value).is_err() {
            self.text("null"); // which no value is an error of
        }
    }

    fn exc(&mut self, exc: &ExcDetails<'_>) {
        self.text("{\"cause\":");
        self.json(&exc.cause().to_string());
        self.text(",\"type\":");
        self.json(exc.type_name());
        self.text(",\"message\":");
        self.limited(|line| line.json(&exc.message()));
        if let Some(location) = exc.location() {
            self.text(",\"at\":");
            self.json(&location.to_string());
        }
        self.text("}");
    }

    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.text(itoa::Buffer::new().format(number));
    }

    fn name(&mut self, name: &str) {
        if name.len() <= MOST_NAME {
            return self.json(name);
        }
        let fits = |end: &usize| name.is_char_boundary(*end);
        let end = (0..MOST_NAME).rev().find(fits).unwrap_or_default();
        self.json(&format!("{}…", &name[..end]));
    }

    fn json(&mut self, text: &str) {
        json_text::write(text, &mut self.0);
    }
}
