//! Events as text: each begins with the comma behind the one before.

use std::process;
use std::sync::OnceLock;

use event_core::{Event, EventId, ExcDetails, Kind, Site};

use crate::{names, time};

/// The most bytes of arguments.
const MOST_ARGUMENTS: usize = 16 << 10;

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

    fn len(&self) -> usize {
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
        line.text(pid());
        line.text(",\"name\":\"process_name\",\"args\":{\"name\":");
        let program = std::env::args_os().next().unwrap_or_default();
        let program = std::path::Path::new(&program).file_name();
        line.json(&program.unwrap_or_default().to_string_lossy());
        line.text("}}");
        line
    }

    /// What a thread is called.
    pub(super) fn thread(&mut self, tid: u64, name: &str) {
        self.phase("M", tid);
        self.text(",\"name\":\"thread_name\",\"args\":{\"name\":");
        self.json(name);
        self.text("}}");
    }

    /// The START of a call.
    pub(super) fn start(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        self.begin("B", tid, time::nanos(event));
        self.name(event.kind().as_str(), name);
        self.start_arguments(event);
    }

    /// The START of what may go on elsewhere.
    pub(super) fn start_async(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        self.begin("b", tid, time::nanos(event));
        self.id(event.id());
        self.name(event.kind().as_str(), name);
        self.start_arguments(event);
    }

    /// The END of a call.
    pub(super) fn end(&mut self, tid: u64, event: &Event<'_>) {
        let nanos = time::nanos(event);
        if let Some(exc) = event.exc_details() {
            self.begin("i", tid, nanos);
            self.failure(event.kind(), exc);
        }
        self.begin("E", tid, nanos);
        self.end_arguments(event);
    }

    /// The END of what was started by [`start_async`](Self::start_async).
    pub(super) fn end_async(&mut self, tid: u64, event: &Event<'_>) {
        let nanos = time::nanos(event);
        if let Some(exc) = event.exc_details() {
            self.begin("n", tid, nanos);
            self.id(event.id());
            self.failure(event.kind(), exc);
        }
        self.begin("e", tid, nanos);
        self.id(event.id());
        self.name(event.kind().as_str(), &names::title(event));
        self.end_arguments(event);
    }

    /// An END alone.
    pub(super) fn end_without_start(&mut self, tid: u64, event: &Event<'_>) {
        self.begin("i", tid, time::nanos(event));
        self.name(
            event.kind().as_str(),
            &format!("END {}", names::title(event)),
        );
        self.text(",\"s\":\"t\"");
        self.start_arguments(event);
    }

    /// The end of a scope that goes on in what [`begin_again`](Self::begin_again) writes.
    pub(super) fn end_for_now(&mut self, tid: u64, nanos: u64) {
        self.begin("E", tid, nanos);
        self.text("}");
    }

    pub(super) fn begin_again(&mut self, tid: u64, nanos: u64, kind: Kind, name: &str) {
        self.begin("B", tid, nanos);
        self.name(kind.as_str(), name);
        self.text("}");
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    fn begin(&mut self, phase: &str, tid: u64, nanos: u64) {
        self.phase(phase, tid);
        self.text(",\"ts\":");
        self.number(nanos / 1_000);
        let rest = nanos % 1_000;
        let digit = |value: u64| b'0' + u8::try_from(value % 10).unwrap_or_default();
        self.0
            .extend_from_slice(&[b'.', digit(rest / 100), digit(rest / 10), digit(rest)]);
    }

    fn phase(&mut self, phase: &str, tid: u64) {
        self.text(",\n{\"ph\":\"");
        self.text(phase);
        self.text("\",\"pid\":");
        self.text(pid());
        self.text(",\"tid\":");
        self.number(tid);
    }

    fn id(&mut self, id: EventId) {
        self.text(",\"id\":");
        self.quoted_id(id);
    }

    fn quoted_id(&mut self, id: EventId) {
        self.text("\"");
        self.number(id.as_u64());
        self.text("\"");
    }

    fn name(&mut self, category: &str, name: &str) {
        self.text(",\"cat\":");
        self.json(category);
        self.text(",\"name\":");
        self.json(name);
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
        // An open event may have ended with any data.
        if event
            .site()
            .is_some_and(|site| site.module_path().is_empty())
        {
            has_some = self.data(event);
        } else if let Some(returned) = event.data().get("return") {
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
        let data = event.data();
        if data.is_empty() {
            return false;
        }
        self.text(",\"args\":");
        let start = self.len();
        self.argument(data);
        if self.0[start] == b'{' {
            self.0.pop(); // its `}`
        } else {
            let note = self.0.split_off(start);
            self.text("{\"data\":");
            self.0.extend_from_slice(&note);
        }
        true
    }

    /// Begins one more argument.
    fn key(&mut self, key: &str, has_some: &mut bool) {
        self.text(if *has_some { ",\"" } else { ",\"args\":{\"" });
        self.text(key);
        self.text("\":");
        *has_some = true;
    }

    /// A value as JSON, if that is not too long.
    fn argument(&mut self, value: &impl serde::Serialize) {
        let start = self.len();
        let written = serde_json::to_writer(&mut self.0, value);
        let bytes = self.len() - start;
        if written.is_err() || bytes > MOST_ARGUMENTS {
            self.0.truncate(start);
            self.json(&format!("left out: {bytes} bytes"));
        }
    }

    fn exc(&mut self, exc: &ExcDetails<'_>) {
        self.text("{\"cause\":");
        self.json(&exc.cause().to_string());
        self.text(",\"type\":");
        self.json(exc.type_name());
        self.text(",\"message\":");
        self.json(&exc.message());
        if let Some(location) = exc.location() {
            self.text(",\"at\":");
            self.json(&location.to_string());
        }
        self.text("}");
    }

    /// The name of an instant event, and its end.
    fn failure(&mut self, kind: Kind, exc: &ExcDetails<'_>) {
        self.name(kind.as_str(), &format!("failed: {exc}"));
        self.text(",\"s\":\"t\",\"cname\":\"terrible\"}");
    }

    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.text(itoa::Buffer::new().format(number));
    }

    fn json(&mut self, text: &str) {
        // A `Vec` takes everything.
        let _ = serde_json::to_writer(&mut self.0, text);
    }
}

fn pid() -> &'static str {
    static PID: OnceLock<String> = OnceLock::new();
    PID.get_or_init(|| process::id().to_string())
}
