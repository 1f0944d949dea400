//! Open events: a scope that is of no thread, from its START until somebody ends it.
//!
//! It is not current by itself; what goes on in it runs under its handle.

use std::fmt;
use std::panic::Location;

use crate::dispatch::registry;
use crate::event::exc_details::ExcDetails;
use crate::event::panic_hook;
use crate::event::site::{Hearing, Site};
use crate::kind::Kind;
use crate::scope::OpenScope;
use crate::scope::handle::EventHandle;
use crate::thread::{Busy, EventId, ThreadId, panics};
use crate::value::data::{Data, EventData, owned};

mod place;

/// Broadcasts a START now, and the END when the returned event is ended or dropped, on whatever thread.
///
/// This is for what does not follow the calls of a thread: a connection, a job in a queue, a request that is
/// answered by a callback. It is not current by itself: what belongs to it runs under its
/// [`handle`](OpenEvent::handle). Its own parent is what is current here, or, by way of
/// [`EventHandle::run`], any other scope:
/// `parent.run(|| open_event(…))`.
///
/// The [`site`](crate::Event::site) of its events is the place of the call, with the kind for a function;
/// [`Site::is_async`] holds, as others may begin and end meanwhile.
///
/// # Panics
///
/// Panics when `kind` is a text that is no kind.
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
/// let told: Vec<String> = recorder.buffer().iter().map(|(_, event)| event.to_string()).collect();
/// assert_eq!(told, [
///     r#"START docs:open_request path="/""#,
///     "START docs:open_answer",
///     "END docs:open_answer",
///     r#"END docs:open_request path="/" status=200"#,
/// ]);
/// assert_eq!(recorder.buffer()[1].1.parent(), Some(recorder.buffer()[0].1.id()));
/// ```
#[track_caller]
pub fn open_event(kind: impl Into<Kind>, data: impl EventData) -> OpenEvent {
    let Some(entry) = registry::listening(kind.into()) else {
        return OpenEvent::unheard();
    };
    match entry.hearing_here() {
        Hearing::Nobody => OpenEvent::unheard(),
        hearing => OpenEvent::start(place::site(entry, Location::caller()), hearing, data),
    }
}

/// Broadcasts END when ended or dropped; [`open_event`] returns it.
///
/// It is `Send` and `Sync`. Who heard the START hears the END, as with every scope; one that is leaked has
/// none.
#[must_use = "the END is broadcast when the event is dropped, which is at once"]
pub struct OpenEvent {
    open: Option<Box<Open>>,
    /// The scope around it.
    around: EventHandle,
}

struct Open {
    scope: OpenScope<'static>,
    was_panicking: bool,
    /// How many panics the hook had seen on the thread of the START.
    panics_before: u64,
}

impl Open {
    #[cold]
    fn end(self: Box<Self>, more: &Data<'static>, exc: Option<&ExcDetails<'_>>) {
        let panic = if exc.is_none() { self.panic() } else { None };
        self.scope.end_adding(more, exc.or(panic.as_ref()));
        let _busy = Busy::enter(); // an annotated allocator must not come here in turn
        drop(self);
    }

    /// The panic that ends it, if one does.
    fn panic(&self) -> Option<ExcDetails<'static>> {
        if !std::thread::panicking() {
            return None;
        }
        let record = if self.scope.thread() != ThreadId::current() {
            panic_hook::last()
        } else if self.was_panicking {
            return None; // opened during unwinding, in somebody's `Drop`
        } else {
            // A `resume_unwind` passes the hook by: what that saw before is another panic.
            panic_hook::last().filter(|_| panics() > self.panics_before)
        };
        Some(ExcDetails::panicked(None, record))
    }
}

impl OpenEvent {
    fn unheard() -> Self {
        Self {
            open: None,
            around: crate::current_event(),
        }
    }

    #[cold]
    fn start(site: &'static Site, hearing: Hearing, data: impl EventData) -> Self {
        let unheard = Self::unheard();
        let data = match hearing {
            Hearing::Data => owned(data),
            _ => Data::default(),
        };
        let mut scope = OpenScope::owning(site.entry(), Some(site), hearing, data);
        if !scope.start::<true>() {
            return unheard;
        }
        panic_hook::look_anywhere();
        let _busy = Busy::enter(); // as above
        let open = Box::new(Open {
            scope,
            was_panicking: std::thread::panicking(),
            panics_before: panics(),
        });
        Self {
            open: Some(open),
            ..unheard
        }
    }

    /// Returns the id of the START and the END; none if nobody heard the START.
    #[must_use]
    pub fn id(&self) -> Option<EventId> {
        self.open.as_ref().map(|open| open.scope.id())
    }

    /// Returns a handle of this scope, to run things under; of the one around it, if nobody heard the
    /// START.
    #[must_use]
    pub fn handle(&self) -> EventHandle {
        self.open
            .as_ref()
            .map_or(self.around, |open| EventHandle::of(open.scope.id()))
    }

    /// Broadcasts the END now. If the thread is unwinding, it is the END of that panic, as of a guard.
    pub fn end(self) {} // as its drop does

    /// Broadcasts the END now, with more to say: `data` comes behind that of the START, or in the place of
    /// what had the same key there, and `exc_details` is what went wrong, if something did.
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
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as `end_event`; the caller is done with it"
    )]
    pub fn end_with(mut self, data: impl EventData, exc_details: Option<ExcDetails<'_>>) {
        let Some(open) = &self.open else {
            return;
        };
        // A panic in it drops the event, which is its END.
        let more = if open.scope.wants_data() {
            owned(data)
        } else {
            Data::default()
        };
        if let Some(open) = self.open.take() {
            open.end(&more, exc_details.as_ref());
        }
    }
}

impl Drop for OpenEvent {
    #[inline]
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.end(&Data::NONE, None);
        }
    }
}

impl fmt::Debug for OpenEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.open.as_ref().map(|open| &open.scope);
        f.debug_struct("OpenEvent")
            .field("open", &scope)
            .finish_non_exhaustive()
    }
}

impl Site {
    /// [`open_event`] for a place that has a site of its own.
    #[doc(hidden)]
    #[inline]
    pub fn open(&'static self, data: impl EventData) -> OpenEvent {
        if cfg!(feature = "off") || !self.may_be_heard() {
            return OpenEvent::unheard();
        }
        match self.ask() {
            Hearing::Nobody => OpenEvent::unheard(),
            hearing => OpenEvent::start(self, hearing, data),
        }
    }
}
