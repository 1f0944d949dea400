//! One call, from its START to its END.

use std::fmt;
use std::sync::Arc;

use event_core::{Cause, Event, EventId, ExcDetails, Site};

use super::busy_threads::Work;
use super::fields::Fields;
use super::thread::{self, ReportThread};
use crate::context::source;
use crate::profile::call_tree::Position;
use crate::profile::row_index::RowId;
use crate::profile::self_time::{SelfTime, Timed, Times};
use crate::profile::truncate::LimitedText;

/// The most bytes of a failure's message.
const MAX_MESSAGE_BYTES: usize = 1000;

/// The data of a call at its START.
#[derive(Clone, Debug)]
pub(super) struct CallStart {
    pub(super) id: EventId,
    pub(super) parent: Option<EventId>,
    pub(super) thread: Arc<ReportThread>,
    pub(super) nanos: u64,
    pub(super) row: RowId,
    /// Whether other scopes may start and end on the thread while the call is open.
    pub(super) is_async: bool,
    pub(super) arguments: Fields,
    /// The id of the trace, as in `traceparent`.
    pub(super) trace: Option<Arc<str>>,
}

/// A call that has started.
#[derive(Debug)]
pub(super) struct OpenCall {
    pub(super) start: CallStart,
    pub(super) time: SelfTime,
    pub(super) work: Work,
    pub(super) position: Position,
    /// The group of the last child that failed.
    pub(super) inner_failure: Option<GroupId>,
}

/// A call that is open when the file is written, with its times until then.
#[derive(Debug)]
pub(super) struct UnfinishedCall {
    pub(super) start: CallStart,
    pub(super) position: Position,
    pub(super) times: Times,
}

/// A call that has ended.
#[derive(Debug)]
pub(super) struct EndedCall {
    pub(super) start: CallStart,
    pub(super) times: Times,
    /// The data that only the END has: the returned value.
    pub(super) result: Fields,
    pub(super) failure: Option<Box<Failure>>,
}

/// Why a call failed, or was cancelled.
#[derive(Debug)]
pub(super) struct Failure {
    /// None until the call is counted.
    pub(super) group: Option<GroupId>,
    pub(super) cause: Cause,
    pub(super) type_name: &'static str,
    pub(super) message: String,
    pub(super) location: Option<String>,
}

impl CallStart {
    pub(super) fn new(
        event: &Event<'_>,
        nanos: u64,
        row: RowId,
        arguments: Fields,
        trace: Option<Arc<str>>,
    ) -> Self {
        Self {
            id: event.id(),
            parent: event.parent(),
            thread: thread::of(event),
            nanos,
            row,
            is_async: event.site().is_some_and(Site::is_async),
            arguments,
            trace,
        }
    }
}

impl Timed for OpenCall {
    fn time(&mut self) -> &mut SelfTime {
        &mut self.time
    }
}

/// Returns the id of the trace of a call without a known caller. The caller may be in another
/// process.
pub(super) fn outermost_trace(event: &Event<'_>) -> Option<Arc<str>> {
    let of_caller = || event.parent().and_then(source::find);
    let fields = source::find(event.id()).or_else(of_caller)?;
    Some(format!("{:032x}", fields.ids.trace).into())
}

impl OpenCall {
    pub(super) fn until(&self, now: u64) -> UnfinishedCall {
        UnfinishedCall {
            start: self.start.clone(),
            position: self.position,
            times: self.time.end(now),
        }
    }
}

impl EndedCall {
    pub(super) fn cause(&self) -> Option<Cause> {
        self.failure.as_ref().map(|failure| failure.cause)
    }
}

impl Failure {
    pub(super) fn new(exc: &ExcDetails<'_>) -> Self {
        let mut message = LimitedText::new(MAX_MESSAGE_BYTES);
        message.print(format_args!("{}", Message(exc)));
        Self {
            group: None,
            cause: exc.cause(),
            type_name: exc.type_name(),
            message: message.into_string(),
            location: exc.location().map(ToString::to_string),
        }
    }
}

/// Reads the message inside [`LimitedText::print`], which catches panics of an error's `Display`.
struct Message<'e>(&'e ExcDetails<'e>);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message())
    }
}

/// The number of a group of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupId(usize);

impl GroupId {
    pub(super) const fn new(index: usize) -> Self {
        Self(index)
    }

    pub(super) const fn index(self) -> usize {
        self.0
    }
}
