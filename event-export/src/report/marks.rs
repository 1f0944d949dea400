//! Messages, which a report shows as marks in the scopes around them.

use std::collections::VecDeque;
use std::sync::Arc;

use event_core::{Event, EventId, Kind, Site};

use super::fields::Fields;
use super::thread::{self, ReportThread};
use crate::profile::names;

/// How many marks are retained from the beginning, and as many from the end.
const MAX_MARKS: usize = 5_000;

/// A message.
#[derive(Debug)]
pub(super) struct ReportMark {
    pub(super) parent: Option<EventId>,
    pub(super) thread: Arc<ReportThread>,
    pub(super) nanos: u64,
    pub(super) kind: Kind,
    /// The position in the source.
    pub(super) site: Option<&'static Site>,
    pub(super) text: String,
    /// The data without the text.
    pub(super) fields: Fields,
}

impl ReportMark {
    pub(super) fn new(event: &Event<'_>) -> Self {
        Self {
            parent: event.parent(),
            thread: thread::of(event),
            nanos: event.nanos(),
            kind: event.kind(),
            site: event.site(),
            text: names::message(event),
            fields: Fields::new(event.data(), &Fields::known(names::MESSAGE)),
        }
    }
}

/// The first and the last messages.
#[derive(Debug, Default)]
pub(super) struct Marks {
    first: Vec<Arc<ReportMark>>,
    last: VecDeque<Arc<ReportMark>>,
    /// How many messages are not retained.
    dropped: u64,
}

impl Marks {
    pub(super) fn add(&mut self, mark: ReportMark) {
        let mark = Arc::new(mark);
        if self.first.len() < MAX_MARKS {
            return self.first.push(mark);
        }
        self.last.push_back(mark);
        if self.last.len() > MAX_MARKS {
            self.last.pop_front();
            self.dropped += 1;
        }
    }

    /// Returns the retained messages by their times.
    pub(super) fn to_vec(&self) -> Vec<Arc<ReportMark>> {
        let mut marks: Vec<_> = self.first.iter().chain(&self.last).cloned().collect();
        marks.sort_by_key(|mark| mark.nanos);
        marks
    }

    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
