//! Self time: the time in which a scope works itself, without the scopes inside it.
//!
//! A future works while it is polled, an open event while a future under its handle is polled, and
//! a span of `tracing` while it is entered. Every other scope works from its START to its END, also
//! while it blocks. Children may overlap (branches of a `join!`, threads under a handle): the self
//! time of their parent excludes the time while at least one child is open. A future inside another
//! future counts as open only while it is polled, so that its parent may work while it waits.

use event_core::{Event, EventId, EventStatus, Site};

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
    /// Whether the scope is a future, or was polled like one.
    is_future: bool,
    form: Form,
    /// The polls that have started.
    polls: u32,
    /// The polls that are open, on different threads. The time from the START to the first
    /// notification of a poll is a poll, too, except that of a span.
    working: u32,
    /// The parent whose self time excludes this scope.
    parent: Option<Parent>,
}

/// How the polls of a scope are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A future that starts in its first poll, or just before it; or a scope without polls.
    Function,
    /// An open event: whether it is polled is unknown until its first poll.
    Open,
    /// A span of `tracing`, which works only while it is entered.
    Span,
}

impl Form {
    /// Returns the form of a scope, and whether it is known to be a future.
    fn of(site: Option<&Site>) -> (Self, bool) {
        match site {
            Some(site) if site.is_async() && site.module_path().is_empty() => (Self::Open, false),
            Some(site) if site.is_async() && !site.is_annotated() => (Self::Span, false),
            site => (Self::Function, site.is_some_and(Site::is_async)),
        }
    }
}

/// A span that is entered once is like a future if it waits at least this long, in nanoseconds.
const MIN_WAIT: u64 = 1_000_000;

#[derive(Clone, Copy, Debug)]
struct Parent {
    id: EventId,
    is_future: bool,
    /// Whether the child is one of its open children now.
    is_covered: bool,
}

/// The facts about a START that its times depend on. They are read before a lock is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScopeStart {
    pub(crate) parent: Option<EventId>,
    form: Form,
    is_future: bool,
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

impl ScopeStart {
    #[inline]
    pub(crate) fn new(event: &Event<'_>) -> Self {
        let (form, is_future) = Form::of(event.site());
        Self {
            parent: event.parent(),
            form,
            is_future,
        }
    }

    /// Returns whether a thread works on the scope from its START on, and not only in polls.
    #[cfg(feature = "report")]
    pub(crate) fn works_from_start(self) -> bool {
        self.form == Form::Function
    }
}

impl SelfTime {
    /// Starts a scope. Its parent's self time excludes it from `now` on.
    #[inline]
    pub(crate) fn start(scope: ScopeStart, now: u64, parent: Option<&mut Self>) -> Self {
        let parent = parent.zip(scope.parent).map(|(parent, id)| {
            let is_covered = scope.form != Form::Span || !parent.is_future;
            if is_covered {
                parent.child_starts(now);
            }
            Parent {
                id,
                is_future: parent.is_future,
                is_covered,
            }
        });
        Self {
            parent,
            ..Self::new(now, scope.form, scope.is_future)
        }
    }

    #[inline]
    const fn new(now: u64, form: Form, is_future: bool) -> Self {
        Self {
            started: now,
            own: 0,
            since: now,
            busy: 0,
            poll_since: now,
            open_children: 0,
            is_future,
            form,
            polls: 0,
            working: if matches!(form, Form::Span) { 0 } else { 1 },
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
        if self.working > 0 && self.open_children == 0 {
            self.own += now.saturating_sub(self.since);
        }
        self.since = now;
    }

    /// Starts or ends a poll. Returns the parent if it must be notified by `child_starts` or
    /// `child_ends`.
    fn poll(&mut self, status: EventStatus, now: u64) -> Option<EventId> {
        self.is_future = true;
        let is_start = status == EventStatus::Start;
        self.settle(now);
        let was_working = self.working > 0;
        if is_start {
            self.start_poll(now);
        } else {
            self.working = self.working.saturating_sub(1);
        }
        let is_working = self.working > 0;
        if is_working && !was_working {
            self.poll_since = now;
        } else if was_working && !is_working {
            self.busy += now.saturating_sub(self.poll_since);
        }
        let parent = self.parent.as_mut()?;
        if !parent.is_future || parent.is_covered == is_working {
            return None;
        }
        parent.is_covered = is_working;
        Some(parent.id)
    }

    fn start_poll(&mut self, now: u64) {
        let is_first = self.polls == 0 && self.working > 0;
        if is_first && self.form == Form::Open {
            // Whether a thread worked on it until now is unknown.
            (self.own, self.busy) = (0, 0);
            (self.since, self.poll_since) = (now, now);
        }
        if !is_first {
            self.working += 1;
        }
        self.polls += 1;
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
        if self.working > 0 {
            self.busy += now.saturating_sub(self.poll_since);
        }
        let total = now.saturating_sub(self.started);
        // The END may have the time of an earlier moment than the notification of the last poll.
        let busy = self.busy.min(total);
        let waits = match self.form {
            Form::Function | Form::Open => self.is_future,
            Form::Span => self.polls != 1 || total - busy >= MIN_WAIT,
        };
        Times {
            total,
            own: self.own.min(total),
            busy: waits.then_some(busy),
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
        let mut time = SelfTime::new(100, Form::Function, false);
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
        let mut time = SelfTime::new(0, Form::Function, false);
        time.child_starts(30);
        assert_eq!(time.end(100), times(100, 30, None));
    }

    #[test]
    fn a_future_works_while_it_is_polled() {
        let mut time = SelfTime::new(0, Form::Function, true);
        time.poll(EventStatus::End, 10);
        time.poll(EventStatus::Start, 50);
        time.child_starts(55);
        time.child_ends(58);
        time.poll(EventStatus::End, 60);
        assert_eq!(time.end(90), times(90, 17, Some(20)));
    }

    #[test]
    fn a_start_before_the_first_poll_is_a_part_of_it() {
        let mut time = SelfTime::new(0, Form::Function, false);
        time.poll(EventStatus::Start, 1);
        time.poll(EventStatus::End, 10);
        assert_eq!(time.end(90), times(90, 10, Some(10)));
    }

    #[test]
    fn a_child_that_runs_on_another_thread_ends_between_two_polls() {
        let mut time = SelfTime::new(0, Form::Function, true);
        time.child_starts(5);
        time.poll(EventStatus::End, 10);
        time.child_ends(30);
        time.poll(EventStatus::Start, 50);
        time.poll(EventStatus::End, 60);
        assert_eq!(time.end(60), times(60, 15, Some(20)));
    }
    #[test]
    fn an_open_event_works_only_in_its_polls_once_there_is_one() {
        let mut time = SelfTime::new(0, Form::Open, false);
        time.poll(EventStatus::Start, 40);
        time.poll(EventStatus::End, 50);
        assert_eq!(time.end(90), times(90, 10, Some(10)));
        let time = SelfTime::new(0, Form::Open, false);
        assert_eq!(time.end(90), times(90, 90, None));
    }

    #[test]
    fn polls_on_two_threads_count_once() {
        let mut time = SelfTime::new(0, Form::Open, false);
        time.poll(EventStatus::Start, 10);
        time.poll(EventStatus::Start, 20);
        time.poll(EventStatus::End, 30);
        time.poll(EventStatus::End, 50);
        assert_eq!(time.end(90), times(90, 40, Some(40)));
    }

    #[test]
    fn a_span_is_like_a_future_if_it_is_not_entered_once_and_at_once() {
        let span = |polls: &[(u64, u64)], end| {
            let mut time = SelfTime::new(0, Form::Span, false);
            for (start, end) in polls {
                time.poll(EventStatus::Start, *start);
                time.poll(EventStatus::End, *end);
            }
            time.end(end)
        };
        assert_eq!(span(&[(5, 90)], 90), times(90, 85, None));
        assert_eq!(span(&[(5, 40), (50, 90)], 90), times(90, 75, Some(75)));
        let late = MIN_WAIT + 90;
        assert_eq!(span(&[(MIN_WAIT, late)], late), times(late, 90, Some(90)));
        assert_eq!(span(&[], 90), times(90, 0, Some(0)));
    }
}
