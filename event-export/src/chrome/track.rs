//! The open scopes of one thread, as the trace nests them: every `E` ends the latest `B`.

use std::sync::Arc;

use event_core::{EventId, Kind, Site};

use super::line::Line;
use super::track_stamp::TrackStamp;

/// One thread of the trace.
#[derive(Debug)]
pub(super) struct ThreadTrack {
    /// event-core's number of the thread.
    pub(super) thread: u64,
    /// The system's id of the thread.
    pub(super) tid: u64,
    stamp: TrackStamp,
    /// The outermost scope first.
    scopes: Vec<TrackScope>,
}

#[derive(Debug)]
struct TrackScope {
    id: EventId,
    kind: Kind,
    /// None if the scope has the name of its kind.
    name: Option<ScopeName>,
}

/// The name of a scope, for its END and a second START.
#[derive(Debug)]
pub(super) enum ScopeName {
    /// The path of a function.
    Function(&'static Site),
    /// The label of a function whose path another function has.
    Label(Arc<str>),
    Own(Box<str>),
}

impl TrackScope {
    fn name(&self) -> &str {
        match &self.name {
            None => self.kind.as_str(),
            Some(ScopeName::Function(site)) => site.path(),
            Some(ScopeName::Label(label)) => label,
            Some(ScopeName::Own(name)) => name,
        }
    }
}

impl ThreadTrack {
    pub(super) fn new(thread: u64, tid: u64) -> Self {
        Self {
            thread,
            tid,
            stamp: TrackStamp::new(tid),
            scopes: Vec::new(),
        }
    }

    /// Closes the arguments of an event, if it has any. Writes its process, thread and time, and
    /// closes the event.
    #[inline]
    pub(super) fn write_stamp(&mut self, line: &mut Line, has_arguments: bool, nanos: u64) {
        self.stamp.write(line, has_arguments, nanos);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.scopes.is_empty()
    }

    #[inline]
    pub(super) fn push(&mut self, id: EventId, kind: Kind, name: Option<ScopeName>) {
        self.scopes.push(TrackScope { id, kind, name });
    }

    /// Removes the innermost scope if it is `id`; returns whether it was.
    pub(super) fn pop_innermost(&mut self, id: EventId) -> bool {
        let is_innermost = self.scopes.last().is_some_and(|scope| scope.id == id);
        if is_innermost {
            self.scopes.pop();
        }
        is_innermost
    }

    /// Does the same, if the scope has the name of its function.
    #[inline]
    pub(super) fn pop_innermost_function(&mut self, id: EventId) -> bool {
        let is_innermost = self.scopes.last().is_some_and(|scope| {
            let name = scope.name.as_ref();
            scope.id == id && name.is_some_and(|name| !matches!(name, ScopeName::Own(_)))
        });
        if is_innermost {
            self.scopes.truncate(self.scopes.len() - 1); // drops the scope without moving it
        }
        is_innermost
    }

    /// Returns the name that a scope started with, if it is open here.
    pub(super) fn name_of(&self, id: EventId) -> Option<&str> {
        let scope = self.scopes.iter().rev().find(|scope| scope.id == id);
        scope.map(TrackScope::name)
    }

    /// Removes a scope, innermost or not. The scopes inside it are ended before `end`, the line of
    /// its END, and started again after it.
    pub(super) fn pop_any(&mut self, id: EventId, nanos: u64, end: &Line) -> Line {
        let mut line = Line::new();
        let Some(index) = self.scopes.iter().rposition(|scope| scope.id == id) else {
            return line; // another thread has ended it since
        };
        self.scopes.remove(index);
        let inside = &self.scopes[index..];
        for scope in inside.iter().rev() {
            line.plain_end(self.tid, nanos, scope.name());
        }
        line.append(end);
        for scope in inside {
            // One nanosecond later: if a scope starts at a time, speedscope ends none at that time.
            line.restart(self.tid, nanos + 1, scope.kind, scope.name());
        }
        line
    }
}
