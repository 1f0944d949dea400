//! Installing: registering a listener for as long as a guard lives.

pub mod local;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::dispatch::registry;
use crate::dispatch::table::Registration;
use crate::kind::filter::KindFilter;
use crate::listener::{Listener, Listens};
use crate::thread::ThreadId;

/// Registers `listener` for `kinds` until the returned guard is dropped.
///
/// The guard derefs to the listener.
///
/// # Panics
///
/// Panics when `kinds` is a text that is no kind and no pattern.
///
/// # Examples
///
/// ```
/// use event_core::{RecordingListener, install_listener, trigger_event};
///
/// let recorder = install_listener("docs:install", RecordingListener::new());
/// trigger_event("docs:install", (), || {});
/// assert_eq!(recorder.len(), 2);
/// let recorder = recorder.uninstall();
/// trigger_event("docs:install", (), || {});
/// assert_eq!(recorder.len(), 2);
/// ```
#[track_caller]
pub fn install_listener<L: Listener>(kinds: impl Into<KindFilter>, listener: L) -> Installed<L> {
    Installed::new(kinds.into(), Arc::new(listener), None)
}

/// [`install_listener`] on the kinds that the listener itself names.
///
/// # Examples
///
#[cfg_attr(feature = "macros", doc = "```")]
#[cfg_attr(not(feature = "macros"), doc = "```ignore")]
/// use event_core::{Event, Listener, install, trigger_event};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// #[derive(Default, Listener)]
/// #[listen("docs:counted", on_end = Self::ended)]
/// struct Count(AtomicU32);
///
/// impl Count {
///     fn ended(&self, _: &Event<'_>) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let count = install(Count::default());
/// trigger_event("docs:counted", (), || {});
/// trigger_event("docs:other", (), || {});
/// assert_eq!(count.0.load(Ordering::Relaxed), 1);
/// ```
pub fn install<L: Listens>(listener: L) -> Installed<L> {
    Installed::new(listener.kinds(), Arc::new(listener), None)
}

/// [`install_listener`] for a listener that is shared already.
///
/// # Panics
///
/// Panics when `kinds` is a text that is no kind and no pattern.
#[track_caller]
pub fn install_shared<L: Listener>(kinds: impl Into<KindFilter>, listener: Arc<L>) -> Installed<L> {
    Installed::new(kinds.into(), listener, None)
}

/// A listener that is registered until this is dropped.
///
/// After the drop no new notification starts; one under way on another thread may still finish.
#[must_use = "the listener is unregistered when this is dropped, which is at once"]
pub struct Installed<L: Listener> {
    listener: Arc<L>,
    registration: Arc<Registration>,
}

impl<L: Listener> Installed<L> {
    pub(crate) fn new(filter: KindFilter, listener: Arc<L>, thread: Option<ThreadId>) -> Self {
        Self {
            registration: registry::add(filter, Arc::clone(&listener), thread),
            listener,
        }
    }

    /// Returns the listener.
    #[must_use]
    pub const fn listener(&self) -> &Arc<L> {
        &self.listener
    }

    /// Unregisters the listener and returns it.
    #[expect(clippy::must_use_candidate, reason = "unregistering is use enough")]
    pub fn uninstall(self) -> Arc<L> {
        Arc::clone(&self.listener)
    }
}

impl<L: Listener> Drop for Installed<L> {
    fn drop(&mut self) {
        registry::remove(&self.registration);
    }
}

impl<L: Listener> Deref for Installed<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.listener
    }
}

impl<L: Listener + fmt::Debug> fmt::Debug for Installed<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Installed").field(&self.listener).finish()
    }
}
