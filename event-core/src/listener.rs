//! Listeners: the trait, and the listeners that are other things.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use crate::event::{Event, EventStatus};
use crate::kind::filter::KindFilter;
use crate::panic_payload::drop_payload;
use crate::thread::EventId;

/// What is told of events.
///
/// A listener is called on the thread that broadcasts, before the broadcast returns, and may
/// itself do anything: register, unregister, trigger events (which are not delivered to itself on
/// that thread). If it panics, the panic is caught and reported.
///
/// # Examples
///
/// ```
/// use event_core::{Event, Listener, local, trigger_event};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// #[derive(Default)]
/// struct Failures(AtomicU32);
///
/// impl Listener for Failures {
///     fn on_start(&self, _: &Event<'_>) {}
///
///     fn on_end(&self, event: &Event<'_>) {
///         if event.is_failed() {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let failures = local::install_listener("docs:failures", Failures::default());
/// trigger_event("docs:failures", (), || {});
/// let _ = std::panic::catch_unwind(|| trigger_event("docs:failures", (), || panic!("oh")));
/// assert_eq!(failures.0.load(Ordering::Relaxed), 1);
/// ```
pub trait Listener: Send + Sync + 'static {
    /// Is told that something begins.
    fn on_start(&self, event: &Event<'_>);

    /// Is told that something is over.
    fn on_end(&self, event: &Event<'_>);

    /// Is told of any event; the default calls [`on_start`](Self::on_start) or
    /// [`on_end`](Self::on_end).
    fn notify(&self, event: &Event<'_>) {
        match event.status() {
            EventStatus::Start => self.on_start(event),
            EventStatus::End => self.on_end(event),
        }
    }

    /// Says whether this listener looks at events' data; asked once, when it is registered.
    ///
    /// Where all listeners of a kind say `false`, no data is collected, which is faster.
    fn wants_data(&self) -> bool {
        true
    }

    /// Is told that a future is polled, or dropped, on this thread (`Start`), and that this is over (`End`);
    /// `future` is the [id](Event::id) of its START, which this listener has heard.
    ///
    /// So a listener knows what a thread is doing meanwhile: between START and END a future is on no thread, or on
    /// another. What begins during a poll has the future's scope as its parent.
    ///
    /// Only who [`wants_polls`](Self::wants_polls) is told; the default does nothing.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{Event, EventId, EventStatus, Listener, local, trigger_event};
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// #[derive(Default)]
    /// struct Polls(AtomicU32);
    ///
    /// impl Listener for Polls {
    ///     fn on_start(&self, _: &Event<'_>) {}
    ///     fn on_end(&self, _: &Event<'_>) {}
    ///
    ///     fn on_poll(&self, _: EventId, status: EventStatus) {
    ///         if status == EventStatus::Start {
    ///             self.0.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     }
    ///
    ///     fn wants_polls(&self) -> bool {
    ///         true
    ///     }
    /// }
    ///
    /// # use std::{pin::pin, task::{Context, Waker}};
    /// #[trigger_event("docs:polls")]
    /// async fn waits() {
    ///     std::future::pending::<()>().await;
    /// }
    ///
    /// let polls = local::install_listener("docs:polls", Polls::default());
    /// let mut future = pin!(waits());
    /// let mut context = Context::from_waker(Waker::noop());
    /// for _ in 0..2 {
    ///     let _ = future.as_mut().poll(&mut context);
    /// }
    /// assert_eq!(polls.0.load(Ordering::Relaxed), 2);
    /// ```
    fn on_poll(&self, future: EventId, status: EventStatus) {
        let _ = (future, status);
    }

    /// Says whether this listener wants to be told of polls; asked once, when it is registered.
    fn wants_polls(&self) -> bool {
        false
    }
}

macro_rules! forward {
    ($($type:ty)*) => { $(
        impl<L: Listener + ?Sized> Listener for $type {
            fn on_start(&self, event: &Event<'_>) {
                (**self).on_start(event);
            }

            fn on_end(&self, event: &Event<'_>) {
                (**self).on_end(event);
            }

            fn notify(&self, event: &Event<'_>) {
                (**self).notify(event);
            }

            fn wants_data(&self) -> bool {
                (**self).wants_data()
            }

            fn on_poll(&self, future: EventId, status: EventStatus) {
                (**self).on_poll(future, status);
            }

            fn wants_polls(&self) -> bool {
                (**self).wants_polls()
            }
        }
    )* };
}

forward! { Arc<L> Box<L> }

/// Calls several parts of a listener: the panic of one goes on when all have been called.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct CatchEach {
    panic: Option<Box<dyn Any + Send>>,
}

impl CatchEach {
    /// Returns parts of which none has been called.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls one part.
    pub fn call(&mut self, part: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(part)) {
            let later = match self.panic {
                None => self.panic.replace(panic),
                Some(_) => Some(panic),
            };
            drop_payload(later);
        }
    }

    /// Goes on with the first panic, if there was one.
    pub fn finish(self) {
        if let Some(panic) = self.panic {
            resume_unwind(panic);
        }
    }
}

macro_rules! forward_to_each {
    ($($type:ty)*) => { $(
        /// Tells each listener in order; one that panics keeps nothing from the others.
        impl<L: Listener> Listener for $type {
            fn on_start(&self, event: &Event<'_>) {
                self.notify(event);
            }

            fn on_end(&self, event: &Event<'_>) {
                self.notify(event);
            }

            fn notify(&self, event: &Event<'_>) {
                let mut each = CatchEach::new();
                for listener in self.as_slice() {
                    each.call(|| listener.notify(event));
                }
                each.finish();
            }

            fn wants_data(&self) -> bool {
                self.as_slice().iter().any(Listener::wants_data)
            }

            fn on_poll(&self, future: EventId, status: EventStatus) {
                let mut each = CatchEach::new();
                for listener in self.as_slice() {
                    each.call(|| listener.on_poll(future, status));
                }
                each.finish();
            }

            fn wants_polls(&self) -> bool {
                self.as_slice().iter().any(Listener::wants_polls)
            }
        }
    )* };
}

forward_to_each! { Option<L> Vec<L> }

/// A listener that knows what it listens to; `#[derive(Listener)]` makes one.
pub trait Listens: Listener {
    /// Returns the kinds of events that the listener wants to be told of.
    fn kinds(&self) -> KindFilter;

    /// For `#[derive(Listener)]` alone: shows `each` the listeners that are told what this one is.
    #[doc(hidden)]
    fn forwards(&self, _each: &mut dyn FnMut(&dyn Listener)) {}
}

/// Returns a listener that calls `notify` with every event.
///
/// # Examples
///
/// ```
/// use event_core::{Event, from_fn, install_listener};
///
/// let _installed = install_listener("docs:from_fn", from_fn(|event: &Event<'_>| println!("{event}")));
/// ```
pub fn from_fn<F: Fn(&Event<'_>) + Send + Sync + 'static>(notify: F) -> FromFn<F> {
    FromFn(notify)
}

/// The listener that [`from_fn`] returns.
pub struct FromFn<F>(F);

impl<F: Fn(&Event<'_>) + Send + Sync + 'static> Listener for FromFn<F> {
    fn on_start(&self, event: &Event<'_>) {
        (self.0)(event);
    }

    fn on_end(&self, event: &Event<'_>) {
        (self.0)(event);
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn(..)")
    }
}
