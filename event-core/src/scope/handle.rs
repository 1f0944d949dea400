//! Handles, which carry the current scope to another thread or task.
//!
//! A handle is only an id and a session, so it may outlive its scope.

use std::fmt;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::detached::polls::polls_of;
use crate::thread::{
    EnteredInAnyOrder, EnteredScope, EventId, ScopeIds, Session, carried, current, session,
    set_carried,
};

/// A handle of a scope, which makes it the parent of scopes on another thread or in a spawned task.
///
/// The default is the handle of no scope: scopes that start under it have no parent.
///
/// A handle also carries the [`local`](crate::local) listeners of the thread that made it: they
/// receive the scopes that start under the handle, on any thread. Handles of one scope are equal.
///
/// # Examples
///
/// ```
/// use event_core::{current_event, install_recorder, trigger_event};
///
/// let recorder = install_recorder("docs:handle*");
/// trigger_event("docs:handle_outer", (), || {
///     let here = current_event();
///     let worker = move || here.run(|| trigger_event("docs:handle_inner", (), || {}));
///     std::thread::spawn(worker).join().unwrap();
/// });
/// let buffer = recorder.buffer();
/// assert_eq!(buffer[1].1.parent(), Some(buffer[0].1.id()));
/// ```
#[derive(Clone, Copy)]
pub struct EventHandle {
    id: Option<EventId>,
    /// The session of the thread that made the handle.
    session: Session,
    /// The word that exporters of traces keep with the scope.
    carried: u64,
}

impl Default for EventHandle {
    fn default() -> Self {
        Self {
            id: None,
            session: Session::UNCHANGED,
            carried: 0,
        }
    }
}

impl PartialEq for EventHandle {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for EventHandle {}

impl Hash for EventHandle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for EventHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventHandle").field(&self.id).finish()
    }
}

/// Returns a handle of the current scope: the innermost scope of this thread that a listener
/// received.
#[must_use]
#[inline]
pub fn current_event() -> EventHandle {
    EventHandle {
        id: current(),
        session: session(),
        carried: carried(),
    }
}

/// Returns a handle with an id of its own, for a scope of another process. It carries the word that
/// `carried` returns.
#[must_use]
pub fn handle_with_new_id(carried: impl FnOnce(EventId) -> u64) -> EventHandle {
    let id = ScopeIds::next().id;
    EventHandle {
        id: Some(id),
        session: session(),
        carried: carried(id),
    }
}

impl EventHandle {
    /// Returns a handle of the scope `id`, which started in the session of this handle.
    pub(crate) const fn with_id(self, id: EventId) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// Returns the id of the scope; `None` for the handle of no scope.
    #[must_use]
    pub const fn id(&self) -> Option<EventId> {
        self.id
    }

    /// Calls `body` under the scope, and returns its value.
    ///
    /// The scope is the parent of the scopes that start in `body`.
    #[inline]
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let _entered = EnteredScope::call_in(self.session, self.id);
        set_carried(self.carried);
        body()
    }

    /// Makes the scope current until the returned guard is dropped.
    ///
    /// This is for a pair of callbacks, of which one enters the scope and one exits it. Otherwise
    /// prefer [`run`](Self::run), which always exits the scope.
    ///
    /// Guards may be dropped in any order. Of the scopes that are still entered, the one that was
    /// entered last is current, even after the function that entered it has returned. A leaked
    /// guard keeps the scope current, but only until the end of the current poll if a future is
    /// being polled, because other tasks use the thread then.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{current_event, local, open_event};
    ///
    /// let _recorder = local::install_recorder("docs:entered");
    /// let one = open_event("docs:entered", ());
    /// let two = open_event("docs:entered", ());
    /// let in_one = one.handle().enter();
    /// let in_two = two.handle().enter();
    /// drop(in_one);
    /// assert_eq!(current_event(), two.handle());
    /// drop(in_two);
    /// assert_eq!(current_event().id(), None);
    /// ```
    #[inline]
    pub fn enter(&self) -> EnteredEvent {
        EnteredEvent {
            entered: EnteredInAnyOrder::new_in(self.session, self.id, self.carried),
            not_send: PhantomData,
        }
    }

    /// Returns a future that polls `future` under the scope.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn work() {}
    /// # fn spawn(_: impl Future<Output = ()> + Send + 'static) {}
    /// spawn(event_core::current_event().run_future(work()));
    /// ```
    pub const fn run_future<F: Future>(&self, future: F) -> InScope<F> {
        InScope {
            handle: *self,
            future,
        }
    }
}

/// Keeps a scope current on this thread until it is dropped; [`EventHandle::enter`] returns it.
#[derive(Debug)]
#[must_use = "the scope is exited when this is dropped, which is immediately"]
pub struct EnteredEvent {
    #[expect(dead_code, reason = "its drop exits the scope")]
    entered: EnteredInAnyOrder,
    not_send: PhantomData<*const ()>,
}

pin_project! {
    /// The future that [`EventHandle::run_future`] returns.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        handle: EventHandle,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = EnteredScope::poll_in(this.handle.session, this.handle.id);
        set_carried(this.handle.carried);
        match this.handle.id.and_then(polls_of) {
            None => this.future.poll(context),
            Some(polls) => polls.poll(|| this.future.poll(context)),
        }
    }
}
