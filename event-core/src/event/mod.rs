//! Events: what a listener receives.

pub(crate) mod clock;
pub(crate) mod exc_details;
pub(crate) mod location;
pub(crate) mod panic_hook;
pub(crate) mod site;

use std::fmt;
use std::time::{Instant, SystemTime};

use clock::Clock;
use exc_details::ExcDetails;
use site::Site;

use crate::kind::Kind;
use crate::thread::{EventId, ThreadId, current};
use crate::value::data::{Data, EventData, owned};

/// Whether an event is the start of something or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventStatus {
    /// Something begins.
    Start,
    /// Something is over, well or not.
    End,
}

impl fmt::Display for EventStatus {
    /// Prints `START` or `END`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Start => "START",
            Self::End => "END",
        })
    }
}

/// A START or an END of some [`Kind`], with its data.
///
/// A listener borrows one; [`clone`](Clone::clone) and [`into_owned`](Event::into_owned) make one
/// to keep.
///
/// # Examples
///
/// ```
/// use event_core::{Event, EventStatus, data};
///
/// let event = Event::new("app:parse", EventStatus::Start).with_data(data! { path = "a.toml" });
/// assert!(event.is_start());
/// assert_eq!(event.to_string(), r#"START app:parse path="a.toml""#);
/// ```
#[derive(Clone)]
pub struct Event<'a> {
    kind: Kind,
    status: EventStatus,
    data: MaybeOwned<'a, Data<'a>, Data<'static>>,
    exc: Option<MaybeOwned<'a, ExcDetails<'a>, ExcDetails<'static>>>,
    id: EventId,
    parent: Option<EventId>,
    site: Option<&'static Site>,
    thread: ThreadId,
    /// Whether this is an END whose data is that of its START, plus what the function returned.
    carries_start_data: bool,
    clock: Clock,
}

/// A part of an event, behind a pointer, because events are moved.
#[derive(Clone)]
enum MaybeOwned<'a, B, O> {
    Borrowed(&'a B),
    Owned(Box<O>),
}

/// The data of an event that has none.
pub(crate) static NO_DATA: Data<'static> = Data::NONE;

impl MaybeOwned<'_, Data<'_>, Data<'static>> {
    fn new(data: Data<'static>) -> Self {
        if data.is_empty() {
            Self::Borrowed(&NO_DATA)
        } else {
            Self::Owned(Box::new(data))
        }
    }
}

/// What an END shares with its START.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) kind: Kind,
    pub(crate) id: EventId,
    pub(crate) parent: Option<EventId>,
    pub(crate) site: Option<&'static Site>,
}

impl Event<'static> {
    /// Returns an event without data, with an id of its own, under the current scope.
    ///
    /// # Panics
    ///
    /// Panics when `kind` is a text that is no kind.
    #[must_use]
    #[track_caller]
    pub fn new(kind: impl Into<Kind>, status: EventStatus) -> Self {
        let origin = Origin {
            kind: kind.into(),
            id: EventId::next(),
            parent: current(),
            site: None,
        };
        Self::with_origin(origin, status, &NO_DATA)
    }
}

impl Event<'static> {
    /// Returns an event of `thread` at `nanos`, without data.
    pub(crate) fn at_nanos(
        thread: ThreadId,
        origin: Origin,
        status: EventStatus,
        nanos: u64,
    ) -> Self {
        Self {
            clock: Clock::at(nanos),
            ..Self::on_thread(thread, origin, status, &NO_DATA)
        }
    }
}

impl<'a> Event<'a> {
    #[inline]
    pub(crate) fn with_origin(origin: Origin, status: EventStatus, data: &'a Data<'a>) -> Self {
        Self::on_thread(ThreadId::current(), origin, status, data)
    }

    /// Returns an event of the current thread, which is `thread`.
    #[inline(always)]
    pub(crate) const fn on_thread(
        thread: ThreadId,
        origin: Origin,
        status: EventStatus,
        data: &'a Data<'a>,
    ) -> Self {
        Self {
            kind: origin.kind,
            status,
            data: MaybeOwned::Borrowed(data),
            exc: None,
            id: origin.id,
            parent: origin.parent,
            site: origin.site,
            thread,
            carries_start_data: false,
            clock: Clock::new(),
        }
    }

    pub(crate) fn with_exc(self, exc: Option<&'a ExcDetails<'a>>) -> Self {
        Self {
            exc: exc.map(MaybeOwned::Borrowed),
            ..self
        }
    }

    /// Returns the event with `data` in place of what it had; the data is evaluated and copied
    /// now.
    #[must_use]
    pub fn with_data(self, data: impl EventData) -> Self {
        Self {
            data: MaybeOwned::new(owned(data)),
            carries_start_data: false,
            ..self
        }
    }

    /// Returns the event with the exception that ended it.
    #[must_use]
    pub fn with_exc_details(self, exc_details: ExcDetails<'static>) -> Self {
        Self {
            exc: Some(MaybeOwned::Owned(Box::new(exc_details))),
            ..self
        }
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns whether this is a START or an END.
    #[must_use]
    pub const fn status(&self) -> EventStatus {
        self.status
    }

    /// Returns the data; an END carries that of its START.
    #[must_use]
    pub const fn data(&self) -> &Data<'a> {
        match &self.data {
            MaybeOwned::Borrowed(data) => data,
            MaybeOwned::Owned(data) => data,
        }
    }

    /// Returns why the scope failed, if it did.
    #[must_use]
    pub const fn exc_details(&self) -> Option<&ExcDetails<'a>> {
        match &self.exc {
            None => None,
            Some(MaybeOwned::Borrowed(exc)) => Some(exc),
            Some(MaybeOwned::Owned(exc)) => Some(exc),
        }
    }

    /// Returns whether this is a START.
    #[must_use]
    pub const fn is_start(&self) -> bool {
        matches!(self.status, EventStatus::Start)
    }

    /// Returns whether this is an END.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        matches!(self.status, EventStatus::End)
    }

    /// Returns whether this is an END that carries an exception; a START never is.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        self.is_end() && self.exc_details().is_some()
    }

    /// Returns the id, which a START and its END share.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// Returns the id of the nearest enclosing scope that a listener received.
    #[must_use]
    pub const fn parent(&self) -> Option<EventId> {
        self.parent
    }

    /// Returns the annotated function that this event is about, if it comes from one; of an
    /// [`open_event`](crate::open_event) the place that opened it.
    #[must_use]
    pub const fn site(&self) -> Option<&'static Site> {
        self.site
    }

    /// Returns the thread that broadcast the event.
    #[must_use]
    pub const fn thread(&self) -> ThreadId {
        self.thread
    }

    /// Returns the event's time. The clock is read at the first call of this method or of
    /// [`system_time`](Self::system_time), or when the event is made owned.
    #[must_use]
    pub fn instant(&self) -> Instant {
        self.clock.instant()
    }

    /// Returns the same time as [`instant`](Self::instant) by the calendar: the system clock at
    /// the process's first event and the monotonic time since, so that it never runs backwards.
    #[must_use]
    pub fn system_time(&self) -> SystemTime {
        self.clock.system_time()
    }

    /// Returns the event without what it borrows, as it is now.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        self.owned_with(self.data().clone().into_owned())
    }

    /// Returns the event with `data`, borrowing nothing.
    pub(crate) fn owned_with(&self, data: Data<'static>) -> Event<'static> {
        let exc = match &self.exc {
            None => None,
            Some(MaybeOwned::Owned(exc)) => Some(MaybeOwned::Owned(exc.clone())),
            Some(MaybeOwned::Borrowed(exc)) => {
                Some(MaybeOwned::Owned(Box::new((*exc).clone().into_owned())))
            }
        };
        Event {
            kind: self.kind,
            status: self.status,
            data: MaybeOwned::new(data),
            exc,
            id: self.id,
            parent: self.parent,
            site: self.site,
            thread: self.thread,
            carries_start_data: false, // a recorded event stands alone
            clock: self.clock.clone(), // reads the clock
        }
    }

    /// Converts a START to its END, whose time is not read yet.
    #[inline]
    pub(crate) fn convert_to_end(&mut self) {
        self.status = EventStatus::End;
        self.carries_start_data = true;
        self.clock = Clock::new();
    }

    /// Returns the END of this START with the START's `data`. It owns nothing.
    pub(crate) fn end<'b>(&self, data: &'b Data<'b>, exc: Option<&'b ExcDetails<'b>>) -> Event<'b> {
        Event {
            kind: self.kind,
            status: EventStatus::End,
            data: MaybeOwned::Borrowed(data),
            exc: exc.map(MaybeOwned::Borrowed),
            id: self.id,
            parent: self.parent,
            site: self.site,
            thread: ThreadId::current(),
            carries_start_data: true,
            clock: Clock::new(),
        }
    }

    /// Returns the END of this START with data of its own.
    pub(crate) fn end_with_new_data<'b>(
        &self,
        data: &'b Data<'b>,
        exc: Option<&'b ExcDetails<'b>>,
    ) -> Event<'b> {
        Event {
            carries_start_data: false,
            ..self.end(data, exc)
        }
    }

    /// Returns the same time in nanoseconds since the process's first reading, never zero.
    #[doc(hidden)]
    #[inline]
    pub fn nanos(&self) -> u64 {
        self.clock.nanos()
    }

    /// Returns the event with `data`, which it owns.
    pub(crate) fn with_owned_data(self, data: Data<'static>) -> Self {
        Self {
            data: MaybeOwned::new(data),
            ..self
        }
    }

    /// Returns whether this is an END whose data is that of its START, plus what the function
    /// returned.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub const fn carries_start_data(&self) -> bool {
        self.carries_start_data
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind.as_str())
            .field("status", &self.status)
            .field("data", self.data())
            .field("exc_details", &self.exc_details())
            .field("id", &self.id.as_u64())
            .field("parent", &self.parent.map(EventId::as_u64))
            .field("site", &self.site)
            .field("thread", &self.thread.as_u64())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Event<'_> {
    /// Prints `STATUS kind key=value …`, and for a failure ` failed: cause: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.kind)?;
        if !self.data().is_empty() {
            write!(f, " {}", self.data())?;
        }
        match self.exc_details() {
            Some(exc) if self.is_end() => write!(f, " failed: {exc}"),
            _ => Ok(()),
        }
    }
}
