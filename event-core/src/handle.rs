//! Handles: the current scope, to go on under elsewhere.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::thread::{Entered, EventId, current};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventHandle(Option<EventId>);

/// Returns a handle of the innermost scope that somebody heard, on this thread.
#[must_use]
pub fn current_event() -> EventHandle {
    EventHandle(current())
}

impl EventHandle {
    /// Returns the id of the scope; none if the handle was made outside any.
    #[must_use]
    pub const fn id(&self) -> Option<EventId> {
        self.0
    }

    /// Calls `body` under the scope: it is the parent of the scopes in `body`.
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(self.0);
        body()
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
        this.handle.run(|| this.future.poll(context))
    }
}
