//! The text of each kind of trace event.
//!
//! `B` and `E` begin and end a call on a thread, `b` and `e` an asynchronous one, `i` and `n` are
//! instants, `M` is metadata.

use event_core::{Cause, Event, ExcDetails, Kind, Site, Value};

use super::line::Line;
use super::own_keys::{self, DistinctKeys, EndKeys};
use crate::process;
use crate::profile::names;

impl Line {
    /// Returns the start of the file: the array's bracket and the name of the process.
    pub(super) fn file_head() -> Self {
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

    /// Writes the end of the array.
    pub(super) fn file_foot(&mut self) {
        self.text("\n]\n");
    }

    /// Writes the name of a thread.
    pub(super) fn thread_name(&mut self, tid: u64, name: &str) {
        self.text(",\n{\"ph\":\"M\"");
        self.stamp(tid, 0);
        self.text(",\"name\":\"thread_name\",\"args\":{\"name\":");
        self.json(name);
        self.text("}}");
    }

    /// Writes the START of a call.
    pub(super) fn start(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        self.head("B", event.kind().as_str(), name);
        self.start_arguments(event);
        self.start_stamp(tid, event);
    }

    /// Writes the START of a call that may continue on other threads.
    pub(super) fn start_async(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        self.head("b", event.kind().as_str(), name);
        self.id(event.id());
        self.start_arguments(event);
        self.start_stamp(tid, event);
    }

    /// Writes a message.
    pub(super) fn mark(&mut self, tid: u64, event: &Event<'_>) {
        self.head("i", event.kind().as_str(), &names::message(event));
        let has_arguments = self.data(event);
        if has_arguments {
            self.text("}");
        }
        self.stamp(tid, event.nanos());
        self.text(",\"s\":\"t\"");
        self.close(false);
    }

    /// Writes the END of a call.
    pub(super) fn end(&mut self, tid: u64, event: &Event<'_>, name: &str, keys: &EndKeys<'_, '_>) {
        let nanos = event.nanos();
        if let Some(exc) = event.exc_details() {
            self.head("i", event.kind().as_str(), &format!("failed: {exc}"));
            self.stamp(tid, nanos);
            self.text(",\"s\":\"t\",\"cname\":\"terrible\"}");
        }
        self.end_head(name);
        self.stamp(tid, nanos);
        self.colour(event);
        self.end_arguments(event, keys);
    }

    /// Writes the END of a call that [`start_async`](Self::start_async) started.
    pub(super) fn end_async(
        &mut self,
        tid: u64,
        event: &Event<'_>,
        name: &str,
        keys: &EndKeys<'_, '_>,
    ) {
        let nanos = event.nanos();
        if let Some(exc) = event.exc_details() {
            self.head("n", event.kind().as_str(), &format!("failed: {exc}"));
            self.stamp(tid, nanos);
            self.id(event.id());
            self.text(",\"cname\":\"terrible\"}");
        }
        self.head("e", event.kind().as_str(), name);
        self.stamp(tid, nanos);
        self.id(event.id());
        self.colour(event);
        self.end_arguments(event, keys);
    }

    /// Writes an END whose START is not in the trace.
    pub(super) fn end_without_start(&mut self, tid: u64, event: &Event<'_>, name: &str) {
        let name = format!("END {name}");
        let nanos = event.nanos();
        self.head("i", event.kind().as_str(), &name);
        self.stamp(tid, nanos);
        self.text(",\"s\":\"t\"");
        self.start_arguments(event);
        self.close(false);
    }

    /// Writes an END without arguments.
    pub(super) fn plain_end(&mut self, tid: u64, nanos: u64, name: &str) {
        self.end_head(name);
        self.stamp(tid, nanos);
        self.close(false);
    }

    /// Starts a scope again. It was ended only so that a scope around it could end.
    pub(super) fn restart(&mut self, tid: u64, nanos: u64, kind: Kind, name: &str) {
        self.head("B", kind.as_str(), name);
        self.stamp(tid, nanos);
        self.close(false);
    }

    /// Makes `chrome://tracing` draw panics and errors in red.
    fn colour(&mut self, event: &Event<'_>) {
        let cause = event.exc_details().map(ExcDetails::cause);
        if cause.is_some_and(|cause| cause != Cause::Cancelled) {
            self.text(",\"cname\":\"terrible\"");
        }
    }

    /// Writes the time of a START after its arguments, so that the call's time does not include
    /// their formatting. Closes the event.
    pub(super) fn start_stamp(&mut self, tid: u64, event: &Event<'_>) {
        self.stamp(tid, event.nanos());
        self.close(false);
    }

    /// Writes the data as arguments.
    fn start_arguments(&mut self, event: &Event<'_>) {
        let mut has_arguments = self.data(event);
        let is_async = event.site().is_some_and(Site::is_async);
        if let Some(parent) = event.parent().filter(|_| is_async) {
            self.key(!has_arguments, &own_keys::parent_of_start(event));
            self.quoted_id(parent);
            has_arguments = true;
        }
        if has_arguments {
            self.text("}");
        }
    }

    /// Writes the data that the START does not have as arguments, and closes the event.
    fn end_arguments(&mut self, event: &Event<'_>, keys: &EndKeys<'_, '_>) {
        let mut distinct = own_keys::has_duplicates(event.data()).then(DistinctKeys::default);
        let of_end = |(key, value)| {
            let key = keys.of_data(key);
            let key = match &mut distinct {
                None => key,
                Some(distinct) => distinct.next(&key).into(),
            };
            (key, value)
        };
        let mut has_arguments = if event.carries_start_data() {
            self.fields(event.data().added().map(of_end))
        } else {
            self.fields(event.data().iter().map(of_end))
        };
        if let Some(exc) = event.exc_details() {
            self.key(!has_arguments, &keys.failed());
            self.exc(exc);
            has_arguments = true;
        }
        self.close(has_arguments);
    }

    /// Writes the data as arguments; returns whether there were any.
    fn data(&mut self, event: &Event<'_>) -> bool {
        let data = event.data();
        if own_keys::has_duplicates(data) {
            let mut distinct = DistinctKeys::default();
            self.fields(data.iter().map(|(key, value)| (distinct.next(key), value)))
        } else {
            self.fields(data.iter())
        }
    }

    /// Writes arguments; returns whether there were any.
    fn fields<'v, K: AsRef<str>>(
        &mut self,
        fields: impl Iterator<Item = (K, &'v Value<'v>)>,
    ) -> bool {
        let mut is_first = true;
        for (key, value) in fields {
            self.data_key(is_first, key.as_ref());
            self.argument(value);
            is_first = false;
        }
        !is_first
    }
}
