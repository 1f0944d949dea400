//! Installs a timer, whose guard calls back with the measured duration.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::installed::{Installed, install_listener};
use crate::kind::filter::KindFilter;
use crate::listeners::timer::TimingListener;

/// Measures the total time of the scopes of `kinds` until the returned guard is dropped, then calls
/// `callback` once with the sum.
///
/// The sum counts nested scopes on one thread once, as [`TimingListener`] describes. To get the
/// duration of each scope, use [`install_durations`](crate::install_durations).
///
/// The callback does not run if a panic drops the guard, or if no scope was measured.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
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

/// A guard that stops a timer and calls its callback when it is dropped.
///
/// [`install_timer`] returns it. It derefs to the [`TimingListener`], and cannot be sent to another
/// thread.
#[must_use = "if unused, the timer stops immediately"]
pub struct InstalledTimer<F: FnOnce(Duration)> {
    installed: Option<Installed<TimingListener>>,
    timer: Arc<TimingListener>,
    callback: Option<F>,
    was_panicking: bool,
    not_send: PhantomData<*const ()>,
}

impl<F: FnOnce(Duration)> InstalledTimer<F> {
    pub(super) fn new(installed: Installed<TimingListener>, callback: F) -> Self {
        Self {
            timer: Arc::clone(installed.listener()),
            installed: Some(installed),
            callback: Some(callback),
            was_panicking: std::thread::panicking(),
            not_send: PhantomData,
        }
    }
}

impl<F: FnOnce(Duration)> Drop for InstalledTimer<F> {
    fn drop(&mut self) {
        drop(self.installed.take()); // first, so that the callback's own events are not measured
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
