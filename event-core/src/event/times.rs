//! The times of an event: its own, and those of its scope.

use std::time::{Duration, Instant, SystemTime};

use super::Event;
use super::clock::{Clock, UNREAD};
use super::site::Site;

impl Event<'_> {
    /// Returns the time of the event.
    ///
    /// The clock is read at the first call of this method or of [`system_time`](Self::system_time),
    /// or when the event is cloned or made owned. Later calls return the same time, also to other
    /// listeners.
    ///
    /// A listener with slow work at START does the work before it calls this method, and is
    /// installed before listeners that measure durations. Then the work does not count as time of
    /// the call.
    ///
    /// # Panics
    ///
    /// Panics on `wasm32-unknown-unknown`, which has no clock.
    #[must_use]
    pub fn instant(&self) -> Instant {
        self.clock.instant()
    }

    /// Returns the same time as [`instant`](Self::instant), as a calendar time.
    ///
    /// It is the system time of the process's first event plus the monotonic time since then, so it
    /// never runs backwards. On `wasm32-unknown-unknown`, which has no clock, it is in 1970.
    #[must_use]
    pub fn system_time(&self) -> SystemTime {
        self.clock.system_time()
    }

    /// Returns the time from the START to this END; `None` for a START, or if the time of the START
    /// is unknown.
    ///
    /// The time of the START is known if a listener of the kind
    /// [wants durations](crate::Listener::wants_duration), or if a listener has read it, as a
    /// recorder does. It is unknown for an END without START.
    ///
    /// The time of this END is that of [`instant`](Self::instant). The duration includes the time
    /// in which a future waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{local, trigger_event};
    /// use std::time::Duration;
    ///
    /// let recorder = local::install_recorder("docs:duration");
    /// trigger_event("docs:duration", (), || std::thread::sleep(Duration::from_millis(2)));
    /// let (start, end) = (&recorder.buffer()[0].1, &recorder.buffer()[1].1);
    /// assert_eq!(start.duration(), None);
    /// assert!(end.duration().unwrap() >= Duration::from_millis(2));
    /// ```
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.duration_nanos().map(Duration::from_nanos)
    }

    /// Returns the [duration](Self::duration) in nanoseconds.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn duration_nanos(&self) -> Option<u64> {
        match self.origin().start_nanos {
            _ if self.is_start() => None,
            UNREAD => None,
            start => Some(self.nanos().saturating_sub(start)),
        }
    }

    /// Returns the part of the [duration](Self::duration) in which a thread worked on the scope.
    /// The rest is the time in which the scope waited.
    ///
    /// For a future, this is the sum of its polls, if a listener
    /// [wants durations](crate::Listener::wants_duration). Dropping a future that has not completed
    /// counts as a poll. For an open event, it is the time in which futures were polled that
    /// [`EventHandle::run_future`](crate::EventHandle::run_future) runs under its handle. It is
    /// unknown for an open event without such a future, because any thread may work on it. For
    /// every other scope it is the whole duration.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{local, trigger_event};
    /// use std::time::Duration;
    ///
    /// #[trigger_event("docs:busy")]
    /// async fn load() {
    ///     std::thread::sleep(Duration::from_millis(1)); // blocks: a mistake that `busy` shows
    /// #   let mut is_woken = false;
    /// #   std::future::poll_fn(|_| if std::mem::replace(&mut is_woken, true) {
    /// #       std::task::Poll::Ready(())
    /// #   } else {
    /// #       std::task::Poll::Pending
    /// #   }).await; /*
    ///     socket.read().await;
    /// #   */
    /// }
    ///
    /// let _times = local::install_durations("docs:busy", |event, duration| {
    ///     let busy = event.busy().unwrap();
    ///     println!("{busy:?} of {duration:?}");
    /// #   assert!(busy >= Duration::from_millis(1));
    /// #   assert!(busy <= duration - Duration::from_millis(4));
    /// });
    /// # let mut future = std::pin::pin!(load());
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(future.as_mut().poll(&mut context).is_pending());
    /// # std::thread::sleep(Duration::from_millis(4));
    /// # assert!(future.as_mut().poll(&mut context).is_ready());
    /// # assert_eq!(event_core::listener_panics(), 0);
    /// ```
    #[must_use]
    pub fn busy(&self) -> Option<Duration> {
        match self.origin().busy_nanos {
            _ if self.is_start() => None,
            UNREAD if self.site().is_some_and(Site::is_async) => None,
            UNREAD => self.duration(),
            busy => Some(Duration::from_nanos(busy - 1)),
        }
    }

    /// Returns whether the duration of a future's polls is known.
    pub(crate) const fn has_busy_time(&self) -> bool {
        self.origin().busy_nanos != UNREAD
    }

    /// Returns the time of this event in nanoseconds, or [`UNREAD`] if no listener has read it.
    #[inline]
    pub(crate) fn known_nanos(&self) -> u64 {
        self.clock.peek()
    }

    /// Returns the time of the START in nanoseconds, or [`UNREAD`].
    #[inline]
    pub(crate) const fn start_nanos(&self) -> u64 {
        self.origin().start_nanos
    }

    /// Returns a clock with the time of this event, or an unread one if the time was not read.
    pub(crate) fn shared_clock(&self) -> Clock {
        self.clock.unread_copy()
    }

    /// Returns the event with the time of `clock`.
    pub(crate) fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Returns the same time as [`instant`](Self::instant), in nanoseconds since the process's
    /// first clock reading; never zero.
    #[doc(hidden)]
    #[inline]
    pub fn nanos(&self) -> u64 {
        self.clock.nanos()
    }
}
