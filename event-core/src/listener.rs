//! The trait `Listener`, its implementations for smart pointers and lists, and listeners from
//! closures.
//!
//! Listeners that contain others forward every method, so that none of the defaults applies to
//! them.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use crate::event::Event;
use crate::event::status::EventStatus;
use crate::kind::filter::KindFilter;
use crate::panic_payload::drop_payload;
use crate::thread::EventId;

/// Receives events.
///
/// A listener is called on the thread that broadcasts, before the broadcast returns. It may
/// register and unregister listeners and trigger events. It does not receive the events that it
/// triggers itself on that thread. If a listener panics, the panic is caught and reported.
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
#[diagnostic::on_unimplemented(
    note = "a closure becomes a listener by `event_core::from_fn(|event: &Event<'_>| …)`"
)]
pub trait Listener: Send + Sync + 'static {
    /// Receives a START.
    fn on_start(&self, event: &Event<'_>);

    /// Receives an END.
    fn on_end(&self, event: &Event<'_>);

    /// Receives every event.
    ///
    /// The default calls [`on_start`](Self::on_start) or [`on_end`](Self::on_end).
    fn notify(&self, event: &Event<'_>) {
        match event.status() {
            EventStatus::Start => self.on_start(event),
            EventStatus::End => self.on_end(event),
        }
    }

    /// Returns whether this listener reads the data of events.
    ///
    /// This method is called once, when the listener is registered. If it returns `false` for all
    /// listeners of a kind, no data is captured for events of the kind, which is faster.
    fn wants_data(&self) -> bool {
        true
    }

    /// Returns whether this listener reads the data of the START again at the END.
    ///
    /// If it returns `false` for all listeners of a kind, the END of a scope may lack the data of
    /// its START. A listener that returns `false` keeps what it needs from the START. The returned
    /// value (`ret`) and the data of [`add_data`](crate::add_data),
    /// [`OpenEvent::end_with`](crate::OpenEvent::end_with) and [`end_event`](crate::end_event)
    /// depend on [`wants_data`](Self::wants_data) alone.
    ///
    /// The START borrows the arguments of the call. The END cannot, because the body owns them, so
    /// a value such as a `String` or a `Vec` must be copied or formatted for it. That costs more
    /// than anything else in a call.
    ///
    /// This method is called once, when the listener is registered. The default returns
    /// [`wants_data`](Self::wants_data).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{Event, Listener, local, trigger_event};
    /// use std::sync::Mutex;
    ///
    /// #[derive(Default)]
    /// struct Starts(Mutex<Vec<String>>);
    ///
    /// impl Listener for Starts {
    ///     fn on_start(&self, event: &Event<'_>) {
    ///         self.0.lock().unwrap().push(event.data().to_string());
    ///     }
    ///
    ///     fn on_end(&self, event: &Event<'_>) {
    ///         assert!(event.data().is_empty());
    ///     }
    ///
    ///     fn wants_end_data(&self) -> bool {
    ///         false
    ///     }
    /// }
    ///
    /// #[trigger_event("docs:wants_end_data")]
    /// fn parse(text: String) {}
    ///
    /// let starts = local::install_listener("docs:wants_end_data", Starts::default());
    /// parse("a".to_owned());
    /// assert_eq!(*starts.0.lock().unwrap(), [r#"text="a""#]);
    /// ```
    fn wants_end_data(&self) -> bool {
        self.wants_data()
    }

    /// Returns whether this listener reads the [duration](Event::duration) of ENDs.
    ///
    /// If it returns `true` for a listener of a kind, the clock is read at each START, after all
    /// listeners have received it. Their work at the START then does not count as time of the
    /// scope, unless one of them has read the time of the START before.
    ///
    /// This method is called once, when the listener is registered. The default returns `false`.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{Event, Listener, local, trigger_event};
    /// use std::sync::Mutex;
    /// use std::time::Duration;
    ///
    /// #[derive(Default)]
    /// struct Longest(Mutex<Duration>);
    ///
    /// impl Listener for Longest {
    ///     fn on_start(&self, _: &Event<'_>) {}
    ///
    ///     fn on_end(&self, event: &Event<'_>) {
    ///         let mut longest = self.0.lock().unwrap();
    ///         *longest = event.duration().unwrap_or_default().max(*longest);
    ///     }
    ///
    ///     fn wants_duration(&self) -> bool {
    ///         true
    ///     }
    /// }
    ///
    /// let longest = local::install_listener("docs:longest", Longest::default());
    /// for millis in [1, 3, 2] {
    ///     let pause = Duration::from_millis(millis);
    ///     trigger_event("docs:longest", (), || std::thread::sleep(pause));
    /// }
    /// assert!(*longest.0.lock().unwrap() >= Duration::from_millis(3));
    /// ```
    fn wants_duration(&self) -> bool {
        false
    }

    /// Receives the start or the end of a poll of a future on this thread.
    ///
    /// `future` is the [id](Event::id) of the future's START, which this listener has received.
    /// `status` is `Start` when the poll starts, and `End` when it ends. Dropping a future that has
    /// not completed counts as a poll.
    ///
    /// An [open event](crate::open_event) has polls, too: those of the futures that run under its
    /// handle, one at a time for each thread. Such a poll may end after the END, on another thread.
    ///
    /// The polls show when a thread works on a future. Between its START and END, the future may be
    /// pending, or move to another thread. Scopes that start during a poll have the future's scope
    /// as their parent.
    ///
    /// The method is called only if [`wants_polls`](Self::wants_polls) returns `true`. The default
    /// does nothing.
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

    /// Returns whether [`on_poll`](Self::on_poll) is to be called.
    ///
    /// This method is called once, when the listener is registered.
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

            fn wants_end_data(&self) -> bool {
                (**self).wants_end_data()
            }

            fn wants_duration(&self) -> bool {
                (**self).wants_duration()
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

/// Calls several functions of a listener. If one panics, the panic resumes after all were called.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct CatchEach {
    first_panic: Option<Box<dyn Any + Send>>,
}

impl CatchEach {
    /// Returns a value that has caught no panic.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls `function`, and keeps the payload if it is the first to panic.
    pub fn call(&mut self, function: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(function)) {
            let later = match self.first_panic {
                None => self.first_panic.replace(panic),
                Some(_) => Some(panic),
            };
            drop_payload(later);
        }
    }

    /// Resumes the first panic, if there was one.
    pub fn finish(self) {
        if let Some(panic) = self.first_panic {
            resume_unwind(panic);
        }
    }
}

macro_rules! forward_to_each {
    ($($type:ty)*) => { $(
        /// Notifies each listener in order. If one panics, the others are still notified.
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

            fn wants_end_data(&self) -> bool {
                self.as_slice().iter().any(Listener::wants_end_data)
            }

            fn wants_duration(&self) -> bool {
                self.as_slice().iter().any(Listener::wants_duration)
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

/// A listener that names the kinds to register it for; `#[derive(Listener)]` implements it.
pub trait Listens: Listener {
    /// Returns the kinds to register the listener for.
    fn kinds(&self) -> KindFilter;

    /// Only for `#[derive(Listener)]`: calls `_each` with every listener that events are forwarded
    /// to.
    #[doc(hidden)]
    fn forwards(&self, _each: &mut dyn FnMut(&dyn Listener)) {}
}

/// Returns a listener that calls `notify` with each event that it receives.
///
/// # Examples
///
/// ```
/// use event_core::{Event, from_fn, install_listener};
///
/// let print = from_fn(|event: &Event<'_>| println!("{event}"));
/// let _installed = install_listener("docs:from_fn", print);
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
