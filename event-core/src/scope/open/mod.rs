//! Open events: a scope that is not bound to a thread, from its START until it is ended.
//!
//! Opening an event does not make it current. Its handle makes it the parent of other scopes.

mod caller;

use std::fmt::{self, Display};
use std::mem;
use std::panic::Location;

use super::detached::DetachedScope;
use super::detached::polls::Polls;
use super::handle::{EventHandle, current_event};
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::dispatch::intern::enabled_entry;
use crate::event::clock::Clock;
use crate::event::exc_details::ExcDetails;
use crate::event::panic_hook::record_everywhere;
use crate::kind::Kind;
use crate::sync::{Arc, OnceBox};
use crate::thread::{EnteredScope, EventId, current};
use crate::value::data::Data;
use crate::value::event_data::{EventData, owned};

/// Broadcasts a START now, and the END when the returned event is ended or dropped, on any thread.
///
/// This is for work that does not follow the calls of a thread: a connection, a job in a queue, a
/// request that a callback answers. The open event does not become current: run the work that
/// belongs to it under its [`handle`](OpenEvent::handle). Its parent is the current scope. To give
/// it another parent, call [`EventHandle::run`]: `parent.run(|| open_event(…))`.
///
/// The [`site`](crate::Event::site) of its events is the position of the call, with the kind as the
/// function. Its [`is_async`](crate::Site::is_async) is `true`, because other scopes may start and
/// end while the event is open.
///
/// # Panics
///
/// Panics if `kind` is not a valid kind.
///
/// # Examples
///
/// ```
/// use event_core::{data, install_recorder, open_event, trigger_event};
///
/// let recorder = install_recorder("docs:open*");
/// let request = open_event("docs:open_request", data! { path = "/" });
/// let answering = std::thread::spawn(move || {
///     request.handle().run(|| trigger_event("docs:open_answer", (), || {}));
///     request.end_with(data! { status = 200 }, None);
/// });
/// answering.join().unwrap();
///
/// assert_eq!(recorder.lines(), [
///     r#"START docs:open_request path="/""#,
///     "START docs:open_answer",
///     "END docs:open_answer",
///     r#"END docs:open_request path="/" status=200"#,
/// ]);
/// assert_eq!(recorder.buffer()[1].1.parent(), Some(recorder.buffer()[0].1.id()));
/// ```
#[track_caller]
pub fn open_event(kind: impl Into<Kind>, data: impl EventData) -> OpenEvent {
    let Some(entry) = enabled_entry(kind.into()) else {
        return OpenEvent::disabled();
    };
    match entry.interest_here() {
        None => OpenEvent::disabled(),
        Some(interest) => {
            let callsite = caller::callsite(entry, Location::caller());
            OpenEvent::start(callsite, interest, data)
        }
    }
}

/// Broadcasts the END when it is ended or dropped; [`open_event`] returns it.
///
/// It is `Send` and `Sync`. As with every scope, the listeners that received the START receive the
/// END. A leaked event has no END.
#[must_use = "the END is broadcast when the event is dropped, which is immediately"]
pub struct OpenEvent {
    open: DetachedScope,
    /// A handle of the enclosing scope.
    enclosing: EventHandle,
    /// The polls under the handle, once there is a handle; `None` if no listener wants them.
    polls: OnceBox<Option<Arc<Polls>>>,
}

impl OpenEvent {
    #[inline]
    fn disabled() -> Self {
        Self {
            open: DetachedScope::NONE,
            enclosing: current_event(),
            polls: OnceBox::new(),
        }
    }

    #[cold]
    fn start(callsite: &'static Callsite, interest: Interest, data: impl EventData) -> Self {
        let mut this = Self::disabled();
        let place = (callsite.entry(), Some(callsite.site()));
        this.open = if interest.wants_data() {
            // Kept for every listener of data: `end_with` replaces and adds fields.
            data.with_data(|data| DetachedScope::start(place, interest, true, &data))
        } else {
            DetachedScope::start(place, interest, false, &Data::NONE)
        };
        if let Some(state) = this.open.state_mut() {
            state.note_panics();
            record_everywhere();
        }
        this
    }

    /// Returns the id of the START and the END; `None` if no listener received the START.
    #[must_use]
    pub fn id(&self) -> Option<EventId> {
        self.open.id()
    }

    /// Returns a handle of this scope. If no listener received the START, returns a handle of the
    /// enclosing scope.
    ///
    /// The event is [busy](crate::Event::busy) while futures are polled that
    /// [`EventHandle::run_future`] runs under this handle. Otherwise it waits. If several threads
    /// poll such futures at one time, this time counts once.
    #[must_use]
    pub fn handle(&self) -> EventHandle {
        let Some(id) = self.open.id() else {
            return self.enclosing;
        };
        self.polls();
        self.enclosing.with_id(id)
    }

    /// Makes the END a failure because of `error`. Its cause is
    /// [`Cause::Error`](crate::Cause::Error).
    ///
    /// The error's `Display` is formatted now, unless no listener received the START. If this is
    /// called more than once, the last error is kept. The details that [`end_with`](Self::end_with)
    /// gets replace it, and so does a panic that drops the event.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{local, open_event};
    ///
    /// let recorder = local::install_recorder("docs:open_fail");
    /// let job = open_event("docs:open_fail", ());
    /// job.fail("no such file");
    /// job.end();
    /// assert_eq!(recorder.lines(), [
    ///     "START docs:open_fail",
    ///     "END docs:open_fail failed: error: no such file",
    /// ]);
    /// ```
    pub fn fail<E: Display + ?Sized>(&self, error: &E) {
        if let Some(open) = self.open.state() {
            open.set_failure(error);
        }
    }

    /// Broadcasts the END now.
    ///
    /// If the thread is unwinding, the END is a failure because of that panic, as with a guard.
    pub fn end(self) {} // the drop broadcasts the END

    /// Broadcasts the END now, with additional `data`, and with `exc_details` if the work failed.
    ///
    /// A field of `data` replaces the START's field with the same key. Other fields are appended.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{ExcDetails, data, local, open_event};
    ///
    /// let recorder = local::install_recorder("docs:open_end");
    /// let job = open_event("docs:open_end", data! { state = "queued", n = 1 });
    /// let late = ExcDetails::from_error(std::io::Error::other("too late"));
    /// job.end_with(data! { state = "given up", waited = 30 }, Some(late));
    /// assert_eq!(
    ///     recorder.buffer()[1].1.to_string(),
    ///     r#"END docs:open_end state="given up" n=1 waited=30 failed: error: too late"#,
    /// );
    /// ```
    pub fn end_with(self, data: impl EventData, exc_details: Option<ExcDetails<'_>>) {
        self.end_at(None, data, exc_details);
    }

    /// Does the same as [`end_with`](Self::end_with), with an END at `nanos`, a time of the scale
    /// of [`Event::nanos`](crate::Event::nanos).
    #[doc(hidden)]
    #[expect(clippy::needless_pass_by_value, reason = "like `end_event`")]
    pub fn end_at(
        mut self,
        nanos: Option<u64>,
        data: impl EventData,
        exc_details: Option<ExcDetails<'_>>,
    ) {
        let Some(open) = self.open.state() else {
            return;
        };
        // A panic in `data` drops the event, which broadcasts the END.
        let more = if open.wants_data() {
            owned(data)
        } else {
            Data::default()
        };
        let clock = nanos.map_or_else(Clock::new, Clock::at);
        self.broadcast_end(&more, exc_details.as_ref(), clock);
    }
}

impl OpenEvent {
    /// Calls `poll` inside this scope, as one poll of a future. Listeners that want polls or
    /// durations receive it like a poll of an annotated future.
    #[doc(hidden)]
    pub fn poll<R>(&self, poll: impl FnOnce() -> R) -> R {
        let Some(state) = self.open.state() else {
            return poll();
        };
        let _entered = EnteredScope::poll(state.id().or_else(current));
        match self.polls() {
            Some(polls) => polls.poll(poll),
            None => poll(),
        }
    }

    /// Returns the polls of this event, for code that starts and ends them in different functions;
    /// `None` if no listener wants them. The event is busy only in its polls from then on.
    #[doc(hidden)]
    pub fn polls(&self) -> Option<&Arc<Polls>> {
        let state = self.open.state()?;
        self.polls.get_or_init(|| Box::new(state.polls())).as_ref()
    }

    #[cold]
    fn broadcast_end(&mut self, more: &Data<'static>, exc: Option<&ExcDetails<'_>>, clock: Clock) {
        let mut open = mem::take(&mut self.open);
        if let Some(open) = open.state_mut() {
            if let Some(Some(polls)) = self.polls.get() {
                polls.finish(open);
            }
            open.end_open(more, exc, clock);
        }
    }
}

impl Drop for OpenEvent {
    #[inline]
    fn drop(&mut self) {
        if self.open.is_some() {
            self.broadcast_end(&Data::NONE, None, Clock::new());
        }
    }
}

impl fmt::Debug for OpenEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenEvent")
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

impl Callsite {
    /// Does the same as [`open_event`], for code that has its own call site.
    #[inline]
    pub fn open(&'static self, data: impl EventData) -> OpenEvent {
        if cfg!(feature = "off") || !self.is_enabled() {
            return OpenEvent::disabled();
        }
        match self.interest() {
            None => OpenEvent::disabled(),
            Some(interest) => OpenEvent::start(self, interest, data),
        }
    }
}
