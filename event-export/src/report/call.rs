//! One call, from its START to its END.

use std::sync::Arc;

use event_core::{Cause, Event, EventId, ExcDetails};

use super::fields::{Fields, cut};
use super::thread::{self, Lane};
use crate::profile::self_time::SelfTime;

/// How many bytes of a failure's message are kept.
const MOST_MESSAGE: usize = 1000;

/// What is known of a call at its START.
#[derive(Clone, Debug)]
pub(super) struct Began {
    pub(super) id: EventId,
    pub(super) parent: Option<EventId>,
    pub(super) lane: Arc<Lane>,
    pub(super) started: u64,
    /// Which function it is of, in the table.
    pub(super) row: u32,
    pub(super) arguments: Fields,
}

/// A call that has begun, and how it stands.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) began: Began,
    pub(super) time: SelfTime,
    /// Which stack it is on top of.
    pub(super) stack: u32,
    /// Whether a call of the same function is below it.
    pub(super) is_nested: bool,
}

/// A call that is still open when the file is written.
#[derive(Debug)]
pub(super) struct SoFar {
    pub(super) began: Began,
    pub(super) stack: u32,
    pub(super) is_nested: bool,
    pub(super) total: u64,
    pub(super) own: u64,
}

impl Open {
    pub(super) fn until(&self, now: u64) -> SoFar {
        let (total, own) = self.time.end(now);
        SoFar {
            began: self.began.clone(),
            stack: self.stack,
            is_nested: self.is_nested,
            total,
            own,
        }
    }
}

/// A call that is over.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) began: Began,
    pub(super) total: u64,
    pub(super) own: u64,
    /// What END has that START had not: what was returned.
    pub(super) result: Fields,
    pub(super) failure: Option<Box<Failure>>,
}

/// Why a call failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) cause: Cause,
    pub(super) type_name: &'static str,
    pub(super) message: String,
    pub(super) location: Option<String>,
}

impl Began {
    pub(super) fn of(event: &Event<'_>, started: u64, row: u32, arguments: Fields) -> Self {
        Self {
            id: event.id(),
            parent: event.parent(),
            lane: thread::current(),
            started,
            row,
            arguments,
        }
    }
}

impl Failure {
    pub(super) fn of(exc: &ExcDetails<'_>) -> Self {
        Self {
            cause: exc.cause(),
            type_name: exc.type_name(),
            message: cut(Message(exc), MOST_MESSAGE),
            location: exc.location().map(ToString::to_string),
        }
    }
}

/// Prints the message where a panic is caught: it may be an error's own `Display`.
struct Message<'e>(&'e ExcDetails<'e>);

impl std::fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message())
    }
}
