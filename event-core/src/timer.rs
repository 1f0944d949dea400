//! The timer: how long the scopes of a kind took.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::{Duration, Instant};

use crate::event::Event;
use crate::filter::KindFilter;
use crate::installed::{Installed, install_listener};
use crate::listener::Listener;
use crate::sync::Mutex;
use crate::thread::{Busy, EventId, ThreadId};

/// Measures until the returned guard is dropped, then calls `callback` with the duration.
///
/// The callback does not run if the guard is dropped by a panic, or if nothing was measured.
///
/// # Panics
///
/// Panics when `kinds` is a text that is no kind and no pattern.
///
/// # Examples
///
/// ```
/// use event_core::{install_timer, trigger_event};
/// use std::time::Duration;
///
/// let mut taken = Duration::ZERO;
/// {
///     let _timer = install_timer("docs:timer", |duration| taken = duration);
///     trigger_event("docs:timer", (), || std::thread::sleep(Duration::from_millis(2)));
/// }
/// assert!(taken >= Duration::from_millis(2));
/// ```
#[track_caller]
pub fn install_timer<F: FnOnce(Duration)>(
    kinds: impl Into<KindFilter>,
    callback: F,
) -> InstalledTimer<F> {
    InstalledTimer::new(install_listener(kinds, TimingListener::new()), callback)
}

/// A listener that adds up how long the scopes it hears take, by the wall clock.
///
/// Scopes inside one another, and recursion, count once, by the thread of the START; the times of
/// different threads add up. An END whose START was not heard counts for nothing, and so does one that
/// is broadcast by [`end_event`](crate::end_event) on another thread than its START.
///
/// # Examples
///
/// ```
/// use event_core::{TimingListener, install_listener, trigger_event};
///
/// let timer = install_listener("docs:timing", TimingListener::new());
/// assert!(!timer.done());
/// trigger_event("docs:timing", (), || trigger_event("docs:timing", (), || {}));
/// assert!(timer.done());
/// assert!(timer.duration().is_some());
/// ```
#[derive(Debug, Default)]
pub struct TimingListener(Mutex<Times>);

#[derive(Debug, Default)]
struct Times {
    /// All that is over.
    total: Option<Duration>,
    /// The threads with a scope under way.
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    thread: ThreadId,
    since: Instant,
    /// The scopes under way; the first by itself, as more than one is rare.
    first: Option<EventId>,
    more: Vec<EventId>,
}

impl Running {
    fn open(&mut self, id: EventId) {
        match self.first {
            None => self.first = Some(id),
            Some(_) => self.more.push(id),
        }
    }

    /// Takes a scope away; `false` if it is not among those under way.
    fn close(&mut self, id: EventId) -> bool {
        if self.first == Some(id) {
            self.first = self.more.pop();
            return true;
        }
        let place = self.more.iter().rposition(|open| *open == id);
        place.map(|place| self.more.swap_remove(place)).is_some()
    }
}

impl TimingListener {
    /// Returns a timer that has measured nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether anything has been measured.
    #[must_use]
    pub fn done(&self) -> bool {
        self.duration().is_some()
    }

    /// Returns the time of all scopes that are over; none before the first is.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.0.lock().total
    }
}

impl Listener for TimingListener {
    fn on_start(&self, event: &Event<'_>) {
        let (id, thread, since) = (event.id(), event.thread(), event.instant());
        // What an annotated allocator triggers would go to another listener, which may wait for this one.
        let _busy = Busy::enter();
        let mut times = self.0.lock();
        match times
            .running
            .iter_mut()
            .find(|running| running.thread == thread)
        {
            Some(running) => running.open(id),
            None => times.running.push(Running {
                thread,
                since,
                first: Some(id),
                more: Vec::new(),
            }),
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        let (id, now) = (event.id(), event.instant());
        let _busy = Busy::enter();
        let mut times = self.0.lock();
        let place = times
            .running
            .iter_mut()
            .position(|running| running.close(id));
        let Some(place) = place else { return };
        if times.running[place].first.is_none() {
            let running = times.running.swap_remove(place);
            let more = now.saturating_duration_since(running.since);
            times.total = Some(times.total.unwrap_or_default() + more);
        }
    }

    fn wants_data(&self) -> bool {
        false
    }
}

/// A timer that calls its callback when it is dropped; [`install_timer`] returns it.
///
/// It derefs to the [`TimingListener`].
#[must_use = "the timer stops when this is dropped, which is at once"]
pub struct InstalledTimer<F: FnOnce(Duration)> {
    installed: Option<Installed<TimingListener>>,
    timer: std::sync::Arc<TimingListener>,
    callback: Option<F>,
    was_panicking: bool,
    not_send: PhantomData<*const ()>,
}

impl<F: FnOnce(Duration)> InstalledTimer<F> {
    pub(crate) fn new(installed: Installed<TimingListener>, callback: F) -> Self {
        Self {
            timer: std::sync::Arc::clone(installed.listener()),
            installed: Some(installed),
            callback: Some(callback),
            was_panicking: std::thread::panicking(),
            not_send: PhantomData,
        }
    }
}

impl<F: FnOnce(Duration)> Drop for InstalledTimer<F> {
    fn drop(&mut self) {
        drop(self.installed.take());
        if std::thread::panicking() && !self.was_panicking {
            return;
        }
        if let (Some(duration), Some(callback)) = (self.timer.duration(), self.callback.take()) {
            callback(duration);
        }
    }
}

impl<F: FnOnce(Duration)> Deref for InstalledTimer<F> {
    type Target = TimingListener;

    fn deref(&self) -> &TimingListener {
        &self.timer
    }
}

impl<F: FnOnce(Duration)> fmt::Debug for InstalledTimer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InstalledTimer").field(&self.timer).finish()
    }
}
