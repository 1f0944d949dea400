//! Self time: the time in which a scope works itself, without the scopes inside it.
//!
//! A future works while it is polled. Every other scope works from its START to its END, also while
//! it blocks. Children may overlap (branches of a `join!`, threads under a handle): the self time
//! of their parent excludes the time while at least one child is open. A future inside another
//! future counts as open only while it is polled, so that its parent may work while it waits.

use event_core::{Event, EventId, EventStatus};

use super::clock;
use super::open_scopes::OpenScopes;

/// The times of one open scope, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelfTime {
    started: u64,
    /// The self time until `since`.
    own: u64,
    since: u64,
    /// The duration of the polls that have ended.
    busy: u64,
    /// When the current poll started; the START until the first notification of a poll.
    poll_since: u64,
    open_children: u32,
    is_future: bool,
    /// Whether the scope works; always, except for a future between two polls.
    is_working: bool,
    /// The parent whose self time excludes this scope.
    parent: Option<Parent>,
}

#[derive(Clone, Copy, Debug)]
struct Parent {
    id: EventId,
    is_future: bool,
    /// Whether the child is one of its open children now.
    is_covered: bool,
}

/// The times of a scope that has ended, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) total: u64,
    pub(crate) own: u64,
    /// The duration of the polls of a future; none for any other scope.
    pub(crate) busy: Option<u64>,
}

/// An exporter's value for an open scope that measures self time.
pub(crate) trait Timed {
    fn time(&mut self) -> &mut SelfTime;
}

impl SelfTime {
    /// Starts the scope of `event`. Its parent's self time excludes it from `now` on.
    #[inline]
    pub(crate) fn start(event: &Event<'_>, now: u64, parent: Option<&mut Self>) -> Self {
        // The site of an open event is asynchronous, too, but it is not a function.
        let is_future = event
            .site()
            .is_some_and(|site| site.is_async() && !site.module_path().is_empty());
        let parent = parent.zip(event.parent()).map(|(parent, id)| {
            parent.child_starts(now);
            Parent {
                id,
                is_future: parent.is_future,
                is_covered: true,
            }
        });
        Self {
            parent,
            ..Self::new(now, is_future)
        }
    }

    #[inline]
    const fn new(now: u64, is_future: bool) -> Self {
        Self {
            started: now,
            own: 0,
            since: now,
            busy: 0,
            poll_since: now,
            open_children: 0,
            is_future,
            is_working: true, // the START of a future is inside its first poll, or just before it
            parent: None,
        }
    }

    #[inline]
    fn child_starts(&mut self, now: u64) {
        self.settle(now);
        self.open_children += 1;
    }

    #[inline]
    fn child_ends(&mut self, now: u64) {
        self.settle(now);
        self.open_children = self.open_children.saturating_sub(1);
    }

    /// Adds the self time until `now`.
    #[inline]
    fn settle(&mut self, now: u64) {
        if self.is_working && self.open_children == 0 {
            self.own += now.saturating_sub(self.since);
        }
        self.since = now;
    }

    /// Starts or ends a poll. Returns the parent if it must be notified by `child_starts` or
    /// `child_ends`.
    fn poll(&mut self, status: EventStatus, now: u64) -> Option<EventId> {
        self.is_future = true;
        let is_start = status == EventStatus::Start;
        if is_start != self.is_working {
            self.settle(now);
            self.is_working = is_start;
            if is_start {
                self.poll_since = now;
            } else {
                self.busy += now.saturating_sub(self.poll_since);
            }
        }
        let parent = self.parent.as_mut()?;
        if !parent.is_future || parent.is_covered == is_start {
            return None;
        }
        parent.is_covered = is_start;
        Some(parent.id)
    }

    /// Ends this child of `parent`, or undoes its START.
    #[inline]
    pub(crate) fn uncover(&self, parent: &mut Self, now: u64) {
        if self.parent.is_some_and(|parent| parent.is_covered) {
            parent.child_ends(now);
        }
    }

    /// Returns the times of a scope that ends now.
    #[inline]
    pub(crate) fn end(mut self, now: u64) -> Times {
        self.settle(now);
        if self.is_working {
            self.busy += now.saturating_sub(self.poll_since);
        }
        Times {
            total: now.saturating_sub(self.started),
            own: self.own,
            busy: self.is_future.then_some(self.busy),
        }
    }
}

/// Starts or ends a poll of an open future.
pub(crate) fn poll<T: Timed>(open: &OpenScopes<T>, future: EventId, status: EventStatus) {
    let now = clock::now();
    let changed = open.with(future, |scope| scope.time().poll(status, now));
    if let Some(Some(parent)) = changed {
        open.with(parent, |parent| match status {
            EventStatus::Start => parent.time().child_starts(now),
            EventStatus::End => parent.time().child_ends(now),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(total: u64, own: u64, busy: Option<u64>) -> Times {
        Times { total, own, busy }
    }

    #[test]
    fn self_time_is_the_time_without_open_children() {
        let mut time = SelfTime::new(100, false);
        time.child_starts(110);
        time.child_starts(120); // overlaps the first
        time.child_ends(150);
        time.child_ends(160);
        time.child_starts(180);
        time.child_ends(185);
        assert_eq!(time.end(200), times(100, 45, None));
    }

    #[test]
    fn an_open_child_covers_the_rest() {
        let mut time = SelfTime::new(0, false);
        time.child_starts(30);
        assert_eq!(time.end(100), times(100, 30, None));
    }

    #[test]
    fn a_future_works_while_it_is_polled() {
        let mut time = SelfTime::new(0, true);
        time.poll(EventStatus::End, 10);
        time.poll(EventStatus::Start, 50);
        time.child_starts(55);
        time.child_ends(58);
        time.poll(EventStatus::End, 60);
        assert_eq!(time.end(90), times(90, 17, Some(20)));
    }

    #[test]
    fn a_start_before_the_first_poll_is_a_part_of_it() {
        let mut time = SelfTime::new(0, false);
        time.poll(EventStatus::Start, 1);
        time.poll(EventStatus::End, 10);
        assert_eq!(time.end(90), times(90, 10, Some(10)));
    }

    #[test]
    fn a_child_that_runs_on_another_thread_ends_between_two_polls() {
        let mut time = SelfTime::new(0, true);
        time.child_starts(5);
        time.poll(EventStatus::End, 10);
        time.child_ends(30);
        time.poll(EventStatus::Start, 50);
        time.poll(EventStatus::End, 60);
        assert_eq!(time.end(60), times(60, 15, Some(20)));
    }
}
