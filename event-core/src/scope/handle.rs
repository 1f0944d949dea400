//! Handles: the current scope, to go on under elsewhere.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::thread::{Entered, EnteredInAnyOrder, EventId, current};

/// The scope that was current when the handle was made; it says who the parent is of what runs
/// on another thread, or in a spawned task.
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
///
/// The default is the handle of no scope: what runs under it has no parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventHandle(Option<EventId>);

/// Returns a handle of the innermost scope that somebody heard, on this thread.
#[must_use]
pub fn current_event() -> EventHandle {
    EventHandle(current())
}

impl EventHandle {
    pub(crate) const fn of(id: EventId) -> Self {
        Self(Some(id))
    }

    /// Returns the id of the scope; none if the handle was made outside any.
    #[must_use]
    pub const fn id(&self) -> Option<EventId> {
        self.0
    }

    /// Calls `body` under the scope: it is the parent of the scopes in `body`.
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let _entered = Entered::call(self.0);
        body()
    }

    /// Goes on under the scope until the returned guard is dropped, for what enters and leaves by callbacks;
    /// [`run`](Self::run) is the form that cannot be forgotten.
    ///
    /// Guards may be dropped in any order: the scope that was entered last, of those that are left, is the current one,
    /// also behind the function that entered it. A guard that is leaked keeps the scope current, but not beyond a
    /// poll of a future: others go on with the thread then.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{current_event, local, open_event};
    ///
    /// let _recorder = local::install_recorder("docs:entered");
    /// let (one, two) = (open_event("docs:entered", ()), open_event("docs:entered", ()));
    /// let in_one = one.handle().enter();
    /// let in_two = two.handle().enter();
    /// drop(in_one);
    /// assert_eq!(current_event(), two.handle());
    /// drop(in_two);
    /// assert_eq!(current_event().id(), None);
    /// ```
    pub fn enter(&self) -> EnteredEvent {
        EnteredEvent {
            entered: EnteredInAnyOrder::new(self.0),
            not_send: PhantomData,
        }
    }

    /// Returns a future that does what `future` does, under the scope.
    ///
    /// ```
    /// # async fn work() {}
    /// # fn spawn(_: impl Future<Output = ()> + Send + 'static) {}
    /// spawn(event_core::current_event().run_future(work()));
    /// ```
    pub const fn run_future<F: Future>(&self, future: F) -> Under<F> {
        Under {
            handle: *self,
            future,
        }
    }
}

/// A scope that is current on this thread until this is dropped; [`EventHandle::enter`] returns it.
#[derive(Debug)]
#[must_use = "the scope is left when this is dropped, which is at once"]
pub struct EnteredEvent {
    #[expect(dead_code, reason = "it is left by its drop")]
    entered: EnteredInAnyOrder,
    not_send: PhantomData<*const ()>,
}

pin_project! {
    /// The future that [`EventHandle::run_future`] returns.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Under<F> {
        handle: EventHandle,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Under<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::poll(this.handle.0);
        this.future.poll(context)
    }
}
