//! What is open on a thread, so that every `E` ends the `B` that it belongs to.

use event_core::{EventId, Kind, Site};

use super::line::Line;

/// One thread, as the trace draws it.
#[derive(Debug)]
pub(super) struct Lane {
    /// event-core's number of the thread.
    pub(super) thread: u64,
    /// The system's.
    pub(super) tid: u64,
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    id: EventId,
    kind: Kind,
    /// None where it is called by its kind.
    name: Option<Name>,
}

/// What a scope is called, for when it is begun again.
#[derive(Debug)]
pub(super) enum Name {
    Function(&'static Site),
    Own(Box<str>),
}

impl Open {
    fn name(&self) -> &str {
        match &self.name {
            None => self.kind.as_str(),
            Some(Name::Function(site)) => site.function(),
            Some(Name::Own(name)) => name,
        }
    }
}

impl Lane {
    pub(super) const fn new(thread: u64, tid: u64) -> Self {
        Self {
            thread,
            tid,
            open: Vec::new(),
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn push(&mut self, id: EventId, kind: Kind, name: Option<Name>) {
        self.open.push(Open { id, kind, name });
    }

    /// Takes the innermost scope away, if it is this one.
    pub(super) fn pop_innermost(&mut self, id: EventId) -> bool {
        let is_innermost = self.open.last().is_some_and(|open| open.id == id);
        if is_innermost {
            self.open.pop();
        }
        is_innermost
    }

    /// What a scope was called when it began, if it is open here.
    pub(super) fn name_of(&self, id: EventId) -> Option<&str> {
        let open = self.open.iter().rev().find(|open| open.id == id);
        open.map(Open::name)
    }

    /// Ends, by `end`, a scope that others inside it outlive: they are ended too, and begun again after it.
    pub(super) fn pop_any(&mut self, id: EventId, nanos: u64, end: &Line) -> Line {
        let mut line = Line::new();
        let place = self.open.iter().rposition(|open| open.id == id);
        // Somebody else may have ended it meanwhile.
        let Some(place) = place else {
            return line;
        };
        self.open.remove(place);
        for open in self.open[place..].iter().rev() {
            line.end_plain(self.tid, nanos, open.name());
        }
        line.append(end);
        for open in &self.open[place..] {
            // Later by as little as can be: speedscope ends nothing at a time at which something begins.
            line.begin_again(self.tid, nanos + 1, open.kind, open.name());
        }
        line
    }
}
