//! Events: the START and END that listeners receive.
//!
//! An event borrows its data from the call that broadcasts it. `into_owned` copies what it borrows.

pub(crate) mod clock;
pub(crate) mod exc_details;
mod function_path;
pub(crate) mod location;
#[cfg(any(event_bare_target, all(target_family = "wasm", target_os = "unknown")))]
mod no_clock;
pub(crate) mod origin;
pub(crate) mod panic_hook;
mod print;
mod replay;
pub(crate) mod site;
pub(crate) mod status;
#[cfg(not(any(event_bare_target, all(target_family = "wasm", target_os = "unknown"))))]
mod system_clock;
mod times;

use clock::Clock;
use exc_details::ExcDetails;
use origin::{EventSource, Origin};
use site::Site;
use status::EventStatus;

use crate::kind::Kind;
use crate::thread::{EventId, ThreadId};
use crate::value::Field;
use crate::value::data::Data;
use crate::value::event_data::{EventData, owned};

/// A START or an END of a [`Kind`], with its data.
///
/// As text, it is one line: `START app:parse Parser::token text="2a"`.
///
/// A listener receives a reference. To keep an event, [`clone`](Clone::clone) it and call
/// [`into_owned`](Event::into_owned).
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
    parts: Parts<'a>,
    clock: Clock,
    status: EventStatus,
    /// [`CARRIES_START_DATA`], [`IS_MARK`] or zero.
    flags: u8,
}

/// The event is an END whose data is the data of its START, with the fields that `Data::added`
/// returns.
const CARRIES_START_DATA: u8 = 1;

/// The event is the START or the END of a mark.
const IS_MARK: u8 = 2;

/// The parts of an event that are borrowed or owned together.
#[derive(Clone)]
enum Parts<'a> {
    Borrowed {
        origin: &'a Origin,
        data: &'a Data<'a>,
        exc: Option<&'a ExcDetails<'a>>,
    },
    /// Data and details are pointers, because events are moved often.
    Owned {
        origin: Origin,
        /// `None` if there is no data.
        data: Option<Box<Data<'static>>>,
        exc: Option<Box<ExcDetails<'static>>>,
    },
}

/// The data of an event that has none.
pub(crate) static NO_DATA: Data<'static> = Data::NONE;

fn boxed(data: Data<'static>) -> Option<Box<Data<'static>>> {
    (!data.is_empty()).then(|| Box::new(data))
}

impl Event<'static> {
    /// Returns an event without data, with a new id and the current scope as its parent.
    ///
    /// # Panics
    ///
    /// Panics if `kind` is not a valid kind.
    #[must_use]
    #[track_caller]
    pub fn new(kind: impl Into<Kind>, status: EventStatus) -> Self {
        Self::owned(
            Origin::new(EventSource::Kind(kind.into())),
            status,
            Data::NONE,
        )
    }

    /// Returns an event that borrows nothing.
    fn owned(origin: Origin, status: EventStatus, data: Data<'static>) -> Self {
        let data = boxed(data);
        let parts = Parts::Owned {
            origin,
            data,
            exc: None,
        };
        Self::from_parts(parts, status)
    }

    /// Returns an event with `data` that was broadcast at `nanos`.
    pub(crate) fn at_nanos(
        origin: Origin,
        status: EventStatus,
        nanos: u64,
        data: Data<'static>,
    ) -> Self {
        Self::owned(origin, status, data).with_clock(Clock::at(nanos))
    }
}

impl<'a> Event<'a> {
    /// Returns an event with this origin. The event owns nothing.
    #[inline(always)]
    pub(crate) const fn borrowed(
        origin: &'a Origin,
        status: EventStatus,
        data: &'a Data<'a>,
    ) -> Self {
        let parts = Parts::Borrowed {
            origin,
            data,
            exc: None,
        };
        Self::from_parts(parts, status)
    }

    #[inline(always)]
    const fn from_parts(parts: Parts<'a>, status: EventStatus) -> Self {
        Self {
            parts,
            clock: Clock::new(),
            status,
            flags: 0,
        }
    }

    /// Returns the properties that the START and the END share.
    #[inline]
    pub(crate) const fn origin(&self) -> &Origin {
        match &self.parts {
            Parts::Borrowed { origin, .. } => origin,
            Parts::Owned { origin, .. } => origin,
        }
    }

    /// Returns this event, which borrows its parts, with `exc`.
    #[inline(always)]
    pub(crate) fn with_exc(self, new: Option<&'a ExcDetails<'a>>) -> Self {
        let mut this = self;
        if let Parts::Borrowed { exc, .. } = &mut this.parts {
            *exc = new;
        }
        this
    }

    /// Returns the event with `data` instead of its own.
    ///
    /// The data is evaluated and copied immediately.
    #[must_use]
    pub fn with_data(self, data: impl EventData) -> Self {
        let data = owned(data);
        let event = self.with_owned_data(data);
        Self {
            flags: event.flags & !CARRIES_START_DATA,
            ..event
        }
    }

    /// Returns the event with `exc_details`, which make an END a failure.
    #[must_use]
    pub fn with_exc_details(self, exc_details: ExcDetails<'static>) -> Self {
        let data = self.data().clone().into_owned();
        self.with_owned_parts(data, Some(Box::new(exc_details)), self.clock.unread_copy())
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.origin().source.kind()
    }

    /// Returns whether this is a START or an END.
    #[must_use]
    pub const fn status(&self) -> EventStatus {
        self.status
    }

    /// Returns the data.
    ///
    /// The END of a scope has the data of its START, and the fields of
    /// [`add_data`](crate::add_data). With the attribute's argument `ret`, it also has the returned
    /// value, as `return`.
    #[must_use]
    pub const fn data(&self) -> &Data<'a> {
        match &self.parts {
            Parts::Borrowed { data, .. } => data,
            Parts::Owned { data: None, .. } => &NO_DATA,
            Parts::Owned {
                data: Some(data), ..
            } => data,
        }
    }

    /// Returns the reason why the scope failed; `None` if it succeeded.
    #[must_use]
    pub const fn exc_details(&self) -> Option<&ExcDetails<'a>> {
        match &self.parts {
            Parts::Borrowed { exc, .. } => *exc,
            Parts::Owned { exc: None, .. } => None,
            Parts::Owned { exc: Some(exc), .. } => Some(exc),
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

    /// Returns whether this is an END with [`exc_details`](Self::exc_details).
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        self.is_end() && self.exc_details().is_some()
    }

    /// Returns the id, which is the same for a START and its END.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.origin().id
    }

    /// Returns the id of the nearest enclosing scope whose START a listener received.
    #[must_use]
    pub const fn parent(&self) -> Option<EventId> {
        self.origin().parent
    }

    /// Returns the annotated function that broadcast the event, or the position of the call of
    /// [`open_event`](crate::open_event).
    ///
    /// Returns `None` for any other event.
    #[must_use]
    pub const fn site(&self) -> Option<&'static Site> {
        self.origin().source.site()
    }

    /// Returns the thread that broadcast the event.
    #[must_use]
    pub const fn thread(&self) -> ThreadId {
        self.origin().thread
    }

    /// Returns the event without borrows.
    ///
    /// Borrowed values are copied or formatted now; see
    /// [`Value::into_owned`](crate::Value::into_owned).
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        self.owned_with(self.data().clone().into_owned())
    }

    /// Returns a copy of the event with `data`, without borrows. Reads the clock.
    pub(crate) fn owned_with(&self, data: Data<'static>) -> Event<'static> {
        let event = self.with_owned_parts(data, self.owned_exc(), self.clock.clone());
        Event {
            flags: event.flags & !CARRIES_START_DATA, // `data` need not be that of the START
            ..event
        }
    }

    fn owned_exc(&self) -> Option<Box<ExcDetails<'static>>> {
        match &self.parts {
            Parts::Borrowed { exc, .. } => exc.map(|exc| Box::new(exc.clone().into_owned())),
            Parts::Owned { exc, .. } => exc.clone(),
        }
    }

    /// Returns a copy of the event with these parts.
    fn with_owned_parts(
        &self,
        data: Data<'static>,
        exc: Option<Box<ExcDetails<'static>>>,
        clock: Clock,
    ) -> Event<'static> {
        Event {
            parts: Parts::Owned {
                origin: *self.origin(),
                data: boxed(data),
                exc,
            },
            clock,
            status: self.status,
            flags: self.flags,
        }
    }

    /// Returns this END, which borrows its parts, with `exc`. Its data is the data of the START, if
    /// the listeners want that, with the fields that the END adds.
    #[inline(always)]
    pub(crate) fn ending(self, exc: Option<&'a ExcDetails<'a>>) -> Self {
        Self {
            flags: CARRIES_START_DATA | self.flags,
            ..self.with_exc(exc)
        }
    }

    /// Returns this event as one of a mark.
    pub(crate) fn of_mark(self) -> Self {
        Self {
            flags: IS_MARK | self.flags,
            ..self
        }
    }

    /// Calls `f` with this event, but with the values of `fields`, which have the same keys. Both
    /// events have one time, whichever reads the clock first.
    #[doc(hidden)]
    pub fn with_replaced_data(&self, fields: &[Field<'_>], f: impl FnOnce(&Event<'_>)) {
        let added = self.data().added().map(|(key, _)| key);
        let added = added.filter_map(|key| fields.iter().find(|field| field.key() == key));
        let added: Vec<Field<'_>> = added.cloned().collect();
        let (start, _) = fields.split_at(self.data().start_len().min(fields.len()));
        let data = Data::new(start).with_added(&added);
        let event = self.with_borrowed_data(&data);
        f(&event);
        self.clock.adopt(&event.clock);
    }

    /// Returns this event with `data`. Its clock is unread if that of this event is.
    fn with_borrowed_data<'d>(&'d self, data: &'d Data<'d>) -> Event<'d> {
        Event {
            parts: Parts::Borrowed {
                origin: self.origin(),
                data,
                exc: self.exc_details(),
            },
            clock: self.clock.unread_copy(),
            status: self.status,
            flags: self.flags,
        }
    }

    /// Returns the event with `data`, which it owns.
    pub(crate) fn with_owned_data(self, data: Data<'static>) -> Self {
        let data = boxed(data);
        let parts = match self.parts {
            Parts::Owned { origin, exc, .. } => Parts::Owned { origin, data, exc },
            Parts::Borrowed { origin, exc, .. } => Parts::Owned {
                origin: *origin,
                data,
                exc: exc.map(|exc| Box::new(exc.clone().into_owned())),
            },
        };
        Self { parts, ..self }
    }

    /// Returns whether the START and the END are at one time, because they belong to a message.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub const fn is_mark(&self) -> bool {
        self.flags & IS_MARK != 0
    }

    /// Returns whether this is an END whose data is the data of its START, with the fields that
    /// `Data::added` returns.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub const fn carries_start_data(&self) -> bool {
        self.flags & CARRIES_START_DATA != 0
    }
}
