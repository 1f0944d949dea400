//! Events: what a listener is told.

pub(crate) mod clock;
pub(crate) mod exc_details;
pub(crate) mod panic_hook;
pub(crate) mod site;

use std::fmt;
use std::time::{Instant, SystemTime};

use crate::event::clock::Clock;
use crate::event::exc_details::ExcDetails;
use crate::event::site::Site;
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
/// A listener is lent one; [`clone`](Clone::clone) and [`into_owned`](Event::into_owned) make one
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
    data: Held<'a, Data<'a>, Data<'static>>,
    exc: Option<Held<'a, ExcDetails<'a>, ExcDetails<'static>>>,
    id: EventId,
    parent: Option<EventId>,
    site: Option<&'static Site>,
    thread: ThreadId,
    /// Whether this is an END whose data is that of its START, and what was returned.
    repeats: bool,
    clock: Clock,
}

/// What stands beside an event, as an event is moved about.
#[derive(Clone)]
enum Held<'a, B, O> {
    Borrowed(&'a B),
    Owned(Box<O>),
}

/// The data of an event that has none.
pub(crate) static NO_DATA: Data<'static> = Data::NONE;

impl Held<'_, Data<'_>, Data<'static>> {
    fn owned(data: Data<'static>) -> Self {
        if data.is_empty() {
            Self::Borrowed(&NO_DATA)
        } else {
            Self::Owned(Box::new(data))
        }
    }
}

/// What an END takes over from its START.
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
        let (kind, id, parent) = (kind.into(), EventId::next(), current());
        Self::of(
            Origin {
                kind,
                id,
                parent,
                site: None,
            },
            status,
            &NO_DATA,
        )
    }
}

impl Event<'static> {
    /// An event of `thread` at `nanos`, without data.
    pub(crate) fn at(thread: ThreadId, origin: Origin, status: EventStatus, nanos: u64) -> Self {
        Self {
            clock: Clock::at(nanos),
            ..Self::on(thread, origin, status, &NO_DATA)
        }
    }
}

impl<'a> Event<'a> {
    #[inline]
    pub(crate) fn of(origin: Origin, status: EventStatus, data: &'a Data<'a>) -> Self {
        Self::on(ThreadId::current(), origin, status, data)
    }

    /// An event of the current `thread`.
    #[inline(always)]
    pub(crate) const fn on(
        thread: ThreadId,
        origin: Origin,
        status: EventStatus,
        data: &'a Data<'a>,
    ) -> Self {
        Self {
            kind: origin.kind,
            status,
            data: Held::Borrowed(data),
            exc: None,
            id: origin.id,
            parent: origin.parent,
            site: origin.site,
            thread,
            repeats: false,
            clock: Clock::new(),
        }
    }

    pub(crate) fn with_exc(self, exc: Option<&'a ExcDetails<'a>>) -> Self {
        Self {
            exc: exc.map(Held::Borrowed),
            ..self
        }
    }

    /// Returns the event with `data` in place of what it had; the data is evaluated and copied
    /// now.
    #[must_use]
    pub fn with_data(self, data: impl EventData) -> Self {
        Self {
            data: Held::owned(owned(data)),
            repeats: false,
            ..self
        }
    }

    /// Returns the event with the exception that ended it.
    #[must_use]
    pub fn with_exc_details(self, exc_details: ExcDetails<'static>) -> Self {
        Self {
            exc: Some(Held::Owned(Box::new(exc_details))),
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
            Held::Borrowed(data) => data,
            Held::Owned(data) => data,
        }
    }

    /// Returns why the scope failed, if it did.
    #[must_use]
    pub const fn exc_details(&self) -> Option<&ExcDetails<'a>> {
        match &self.exc {
            None => None,
            Some(Held::Borrowed(exc)) => Some(exc),
            Some(Held::Owned(exc)) => Some(exc),
        }
    }

    /// Says whether this is a START.
    #[must_use]
    pub const fn is_start(&self) -> bool {
        matches!(self.status, EventStatus::Start)
    }

    /// Says whether this is an END.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        matches!(self.status, EventStatus::End)
    }

    /// Says whether this is an END that carries an exception; a START never is.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        self.is_end() && self.exc_details().is_some()
    }

    /// Returns the id, which a START and its END share.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// Returns the id of the nearest enclosing scope that anybody heard.
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

    /// The event, owned, given its data.
    pub(crate) fn owned_with(&self, data: Data<'static>) -> Event<'static> {
        let exc = match &self.exc {
            None => None,
            Some(Held::Owned(exc)) => Some(Held::Owned(exc.clone())),
            Some(Held::Borrowed(exc)) => Some(Held::Owned(Box::new((*exc).clone().into_owned()))),
        };
        let data = Held::owned(data);
        let Self {
            kind,
            status,
            id,
            parent,
            site,
            thread,
            ..
        } = *self;
        let clock = self.clock.clone(); // read by now
        Event {
            kind,
            status,
            data,
            exc,
            id,
            parent,
            site,
            thread,
            repeats: false, // it is by itself now
            clock,
        }
    }

    /// Makes the END of a START; its time is yet to be read.
    #[inline]
    pub(crate) fn turn_into_end(&mut self) {
        self.status = EventStatus::End;
        self.repeats = true;
        self.clock = Clock::new();
    }

    /// The END of this START, which has its `data`, and owns nothing.
    pub(crate) fn end<'b>(&self, data: &'b Data<'b>, exc: Option<&'b ExcDetails<'b>>) -> Event<'b> {
        Event {
            kind: self.kind,
            status: EventStatus::End,
            data: Held::Borrowed(data),
            exc: exc.map(Held::Borrowed),
            id: self.id,
            parent: self.parent,
            site: self.site,
            thread: ThreadId::current(),
            repeats: true,
            clock: Clock::new(),
        }
    }

    /// The same, with `data` that is not that of the START.
    pub(crate) fn end_apart<'b>(
        &self,
        data: &'b Data<'b>,
        exc: Option<&'b ExcDetails<'b>>,
    ) -> Event<'b> {
        Event {
            repeats: false,
            ..self.end(data, exc)
        }
    }

    /// The same time in nanoseconds since the process's first reading, never zero.
    #[doc(hidden)]
    #[inline]
    pub fn nanos(&self) -> u64 {
        self.clock.nanos()
    }

    /// Replaces the data by its own.
    pub(crate) fn own_data(self, data: Data<'static>) -> Self {
        Self {
            data: Held::owned(data),
            ..self
        }
    }

    /// Whether the data is that of the START, and what was returned.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn repeats_start(&self) -> bool {
        self.repeats
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
