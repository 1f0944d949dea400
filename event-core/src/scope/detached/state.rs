//! The state of a detached scope: the START, the kept data, and the recipients of the END.

use std::any::Any;
use std::fmt::Display;
use std::mem::{self, ManuallyDrop};

use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::event::clock::{Clock, UNREAD};
use crate::event::exc_details::ExcDetails;
use crate::event::origin::Origin;
use crate::event::panic_hook::{last_record, recorded_panics};
use crate::event::status::EventStatus;
use crate::event::{Event, NO_DATA};
use crate::scope::added::{self, replace_or_push};
use crate::scope::outcome::Outcome;
use crate::scope::{Place, Scope};
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::thread::{EnteredScope, EventId, SuppressEvents, ThreadId, current, exit_guard};
use crate::value::Field;
use crate::value::captured::Captured;
use crate::value::data::Data;
use crate::value::kept::KeptData;

/// The state of a [`DetachedScope`].
#[repr(C)] // the scope first: a reference to it needs no address computation
pub(in crate::scope) struct State {
    pub(super) started: Started,
    /// The data of the START, if it is kept for the END.
    kept: KeptData,
    /// The duration of the polls of a future, if a listener wants durations.
    busy: BusyTime,
    /// The panics of the thread at the START.
    panics: PanicMark,
    /// The outcome of a guard or an open event, if there is one.
    outcome: Mutex<Outcome<'static>>,
    has_outcome: AtomicBool,
    /// The START of a future, until it is broadcast.
    pub(in crate::scope) pending: Option<PendingStart>,
    /// The scope, entered while the future is dropped, so that the future's variables are dropped
    /// under it.
    pub(in crate::scope) dropping: Option<EnteredScope>,
    /// The next state in the pool.
    pub(super) next: Option<Box<Self>>,
}

/// The scope, and the listeners that received its START.
#[derive(Clone, Default)]
#[repr(C)] // as in `State`
pub(super) struct Started {
    /// `None` until a listener has received the START.
    pub(super) scope: Option<Scope>,
    /// The numbers of the registrations that the START skipped, because their listeners started the
    /// scope. They may have returned at the END, which must skip them too.
    skipped: Option<Box<[u64]>>,
    /// Whether a listener wants the polls of a future.
    pub(super) wants_polls: bool,
    pub(super) wants_duration: bool,
}

/// The duration of the polls of a future, in nanoseconds.
#[derive(Clone, Copy, Default)]
struct BusyTime {
    /// The duration of the polls that have ended.
    ended: u64,
    /// The time of the start of the last poll; [`UNREAD`] before the first.
    since: u64,
}

/// The START of a future that has not been polled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingStart {
    pub(in crate::scope) callsite: &'static Callsite,
    pub(in crate::scope) interest: Interest,
    /// Whether the body broadcasts the START, because the body has the arguments.
    pub(in crate::scope) by_body: bool,
}

/// The panics of a thread at the START of a scope.
#[derive(Clone, Copy)]
struct PanicMark {
    was_panicking: bool,
    /// The number of panics that the hook had recorded.
    recorded: u64,
}

impl PanicMark {
    fn now() -> Self {
        Self {
            was_panicking: std::thread::panicking(),
            recorded: recorded_panics(),
        }
    }
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            started: Started::default(),
            kept: KeptData::default(),
            busy: BusyTime::default(),
            panics: PanicMark {
                was_panicking: false,
                recorded: 0,
            },
            outcome: Mutex::new(Outcome::new()),
            has_outcome: AtomicBool::new(false),
            pending: None,
            dropping: None,
            next: None,
        }
    }

    /// Broadcasts the START, and keeps its data if `keeps`. Returns whether a listener received the
    /// START.
    #[inline(always)]
    pub(in crate::scope) fn start(
        &mut self,
        place: Place,
        interest: Interest,
        keeps: bool,
        data: &Data<'_>,
    ) -> bool {
        if keeps {
            self.keep(data);
            self.start_with_kept(place, interest)
        } else {
            self.started.broadcast(place, interest, data)
        }
    }

    /// Broadcasts the START of a future with captured values, and keeps them if a listener reads
    /// them again at the END. Returns whether a listener received the START.
    #[inline(always)]
    pub(in crate::scope) fn start_captured(
        &mut self,
        callsite: &'static Callsite,
        interest: Interest,
        values: &[Captured<'_>],
    ) -> bool {
        let keys = callsite.site().keys();
        let place = (callsite.entry(), Some(callsite.site()));
        let data = ManuallyDrop::new(Data::captured(keys, values)); // it owns nothing
        let is_received = self.started.broadcast(place, interest, &data);
        if is_received && interest.wants_end_data() {
            let _suppress = SuppressEvents::new(); // as in `keep`
            self.kept.set_captured(keys, values);
        }
        is_received
    }

    /// Broadcasts the START with the data that is kept. Returns whether a listener received it.
    #[inline(always)]
    pub(in crate::scope) fn start_with_kept(&mut self, place: Place, interest: Interest) -> bool {
        let data = ManuallyDrop::new(self.kept.data()); // it owns nothing
        self.started.broadcast(place, interest, &data)
    }

    /// Keeps `data`. Everything that it borrows is copied or formatted.
    #[inline(always)]
    pub(in crate::scope) fn keep(&mut self, data: &Data<'_>) {
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        self.kept.set(data);
    }

    /// Notifies the recipients of the START that a poll starts or ends, if they want polls.
    #[inline]
    pub(in crate::scope) fn notify_poll(&self, status: EventStatus) {
        if self.started.wants_polls {
            self.started.broadcast_poll(status);
        }
    }

    /// Enters the scope for a poll. Before the START, the current scope stays current.
    #[inline]
    pub(in crate::scope) fn enter_poll(&self) -> EnteredScope {
        match &self.started.scope {
            Some(scope) => EnteredScope::poll_in(scope.session(), Some(scope.id())),
            None => EnteredScope::poll(current()),
        }
    }

    /// Measures the time until [`poll_ends`](Self::poll_ends), if a listener wants durations.
    #[inline]
    pub(in crate::scope) fn poll_starts(&mut self) {
        if self.started.wants_duration {
            self.busy.since = Clock::now();
        }
    }

    #[inline]
    pub(in crate::scope) fn poll_ends(&mut self) {
        if self.started.wants_duration {
            self.busy.ended += Clock::now().saturating_sub(self.busy.since);
        }
    }

    /// Sets the duration of the polls of an open event, in nanoseconds.
    pub(in crate::scope) fn set_busy(&mut self, nanos: u64) {
        self.busy = BusyTime {
            ended: nanos,
            since: nanos.max(1), // any time, since the polls have ended
        };
    }

    /// Returns the id of the scope, if a listener received its START.
    #[inline]
    pub(in crate::scope) fn id(&self) -> Option<EventId> {
        self.started.scope.as_ref().map(Scope::id)
    }

    #[inline]
    pub(in crate::scope) const fn is_started(&self) -> bool {
        self.started.scope.is_some()
    }

    pub(in crate::scope) fn wants_data(&self) -> bool {
        self.id().is_some_and(EventId::wants_data)
    }

    /// Sets the outcome for the END, instead of an earlier one.
    pub(in crate::scope) fn set_outcome(&self, outcome: Outcome<'_>) {
        let outcome = outcome.into_owned();
        let before = mem::replace(&mut *self.outcome.lock(), outcome);
        drop(before); // after the lock is released
        // Relaxed: the END has exclusive access, so each `set_outcome` happened before it.
        self.has_outcome.store(true, Ordering::Relaxed);
    }

    /// Makes the END a failure because of `error`. Its text is formatted now.
    #[cold]
    #[inline(never)]
    pub(in crate::scope) fn set_failure<E: Display + ?Sized>(&self, error: &E) {
        let exc = ExcDetails::displayed(error);
        self.set_outcome(Outcome::new().failed(Some(exc)));
    }

    fn take_outcome(&self) -> Outcome<'static> {
        // Relaxed: as in `set_outcome`.
        if self.has_outcome.load(Ordering::Relaxed) {
            self.has_outcome.store(false, Ordering::Relaxed);
            mem::take(&mut *self.outcome.lock())
        } else {
            Outcome::new()
        }
    }

    /// Notes the panics of this thread, for a guard or an open event.
    #[inline(always)]
    pub(in crate::scope) fn note_panics(&mut self) {
        self.panics = PanicMark::now();
    }

    /// Returns the details of the panic that drops a guard, or an open event if `is_open`.
    fn panic(&self, is_open: bool) -> Option<ExcDetails<'static>> {
        let scope = self.started.scope.as_ref()?;
        if !std::thread::panicking() {
            return None;
        }
        let record = if is_open && scope.origin.thread != ThreadId::current() {
            last_record()
        } else if self.panics.was_panicking {
            return None; // created by a `Drop` during unwinding
        } else {
            // `resume_unwind` bypasses the hook: then the last record belongs to an earlier panic.
            last_record().filter(|_| recorded_panics() > self.panics.recorded)
        };
        Some(ExcDetails::panicked(None, record))
    }

    /// Broadcasts the END of a guard.
    #[inline(always)]
    pub(in crate::scope) fn end_guard(&mut self) {
        if let Some(scope) = &self.started.scope {
            exit_guard(scope.id(), scope.parent());
            // Relaxed: as in `set_outcome`.
            if self.has_outcome.load(Ordering::Relaxed) || std::thread::panicking() {
                self.end_guard_with_outcome();
            } else {
                self.end_with(None, None);
            }
        }
    }

    #[cold]
    fn end_guard_with_outcome(&self) {
        let outcome = self.take_outcome();
        let panic = self.panic(false);
        let exc = panic.as_ref().or(outcome.exc.as_deref());
        self.end_with(outcome.returned.as_ref(), exc);
    }

    /// Broadcasts the END with the data of the START and `returned`.
    #[inline(always)]
    pub(in crate::scope) fn end_with(
        &self,
        returned: Option<&Field<'_>>,
        exc: Option<&ExcDetails<'_>>,
    ) {
        let data = self.kept.data().with_returned(returned);
        let data = ManuallyDrop::new(data); // it owns nothing
        if self.id().is_some_and(added::may_exist) {
            self.end_with_added(&data, exc);
        } else {
            self.broadcast_end(&data, exc, Clock::new());
        }
    }

    /// Broadcasts the END of a future with the outcome of its value.
    #[inline(never)]
    pub(in crate::scope) fn end_inspected(&self, outcome: &Outcome<'_>) {
        self.end_with(outcome.returned.as_ref(), outcome.exc.as_deref());
    }

    #[cold]
    fn end_with_added(&self, data: &Data<'_>, exc: Option<&ExcDetails<'_>>) {
        let added = self.id().map(added::take).unwrap_or_default();
        let data = data.clone().with_added(&added);
        self.broadcast_end(&data, exc, Clock::new());
    }

    /// Broadcasts the END of an open event, with `more` data. A field of `more` replaces the field
    /// with the same key; the others are appended. The time of the END is that of `clock`.
    pub(in crate::scope) fn end_open(
        &self,
        more: &Data<'static>,
        exc: Option<&ExcDetails<'_>>,
        clock: Clock,
    ) {
        let panic = if exc.is_none() {
            self.panic(true)
        } else {
            None
        };
        let outcome = self.take_outcome();
        let exc = exc.or(panic.as_ref()).or(outcome.exc.as_deref());
        let mut added = self.id().map(added::take).unwrap_or_default();
        for (key, value) in more.iter() {
            replace_or_push(&mut added, Field::new(key, value.clone()));
        }
        let data = self.kept.data().with_added(&added);
        self.broadcast_end(&data, exc, clock);
    }

    /// Broadcasts the END with `data`, at the time of `clock`.
    #[inline(always)]
    fn broadcast_end(&self, data: &Data<'_>, exc: Option<&ExcDetails<'_>>, clock: Clock) {
        let Some(scope) = &self.started.scope else {
            return;
        };
        let changed;
        let is_as_started = self.busy.since == UNREAD && scope.origin.thread == ThreadId::current();
        let origin = if is_as_started {
            &scope.origin
        } else {
            changed = self.end_origin(scope);
            &changed
        };
        let end = Event::borrowed(origin, EventStatus::End, data);
        let end = ManuallyDrop::new(end.ending(exc).with_clock(clock)); // it owns nothing
        scope.entry.table.read(
            #[inline(always)]
            |table, slot| {
                table.notify_end(&end, slot, &scope.recipients, self.started.skipped());
            },
        );
    }

    /// Returns the origin of the END, which may be on another thread than the START.
    #[cold]
    fn end_origin(&self, scope: &Scope) -> Origin {
        let mut origin = scope.origin.here();
        if self.busy.since != UNREAD {
            origin.busy_nanos = self.busy.ended + 1;
        }
        origin
    }

    /// Broadcasts the END of a scope that panicked. Returns the payload, for resuming the panic.
    #[cold]
    pub(in crate::scope) fn fail(&self, payload: Box<dyn Any + Send>) -> Box<dyn Any + Send> {
        Scope::fail(payload, |exc| self.end_with(None, Some(exc)))
    }

    /// Makes the state ready for another scope. Only the memory of the data is kept.
    #[inline(always)]
    pub(super) fn reset(&mut self) {
        self.started = Started::default();
        self.kept.clear();
        self.busy = BusyTime::default();
        self.pending = None;
    }
}

impl Started {
    /// Broadcasts the START. Returns whether a listener received it.
    #[inline(always)]
    fn broadcast(&mut self, (entry, site): Place, interest: Interest, data: &Data<'_>) -> bool {
        let scope = self.scope.insert(Scope::new(entry, site, interest));
        let event = Event::borrowed(&scope.origin, EventStatus::Start, data);
        let event = ManuallyDrop::new(event); // it owns nothing
        let notified = entry.table.read(
            #[inline(always)]
            |table, slot| {
                if slot.depth() > 0 {
                    self.skipped = Some(table.running(slot.depth()));
                }
                self.wants_polls = table.wants_polls();
                self.wants_duration = table.wants_duration();
                table.notify_start(&event, slot, &interest)
            },
        );
        scope.origin.start_nanos = event.known_nanos();
        scope.recipients.last = notified.unwrap_or_default();
        let is_received = scope.recipients.last != 0;
        if !is_received {
            self.scope = None;
        }
        is_received
    }

    #[cold]
    pub(super) fn broadcast_poll(&self, status: EventStatus) {
        if let Some(scope) = &self.scope {
            let start = Event::borrowed(&scope.origin, EventStatus::Start, &NO_DATA);
            let start = ManuallyDrop::new(start); // it owns nothing
            scope.entry.table.read(|table, slot| {
                table.notify_poll(&start, slot, &scope.recipients, self.skipped(), status);
            });
        }
    }

    /// Returns the numbers of the registrations that the START skipped.
    #[inline]
    fn skipped(&self) -> &[u64] {
        self.skipped.as_deref().unwrap_or_default()
    }
}
