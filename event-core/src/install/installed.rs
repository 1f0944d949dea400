//! Installs any listener, and the guard [`Installed`] that unregisters it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::dispatch::registration::Registration;
use crate::dispatch::registry;
use crate::kind::filter::KindFilter;
use crate::listener::{Listener, Listens};

/// Registers `listener` for `kinds` until the returned guard is dropped.
///
/// The guard derefs to the listener.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
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
    Installed::new(kinds.into(), Arc::new(listener), false)
}

/// Registers `listener` for its own kinds, [`Listens::kinds`], until the returned guard is dropped.
///
/// `#[derive(Listener)]` implements [`Listens`].
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
    Installed::new(listener.kinds(), Arc::new(listener), false)
}

/// Registers a listener that is already shared, until the returned guard is dropped.
///
/// This is [`install_listener`] for an `Arc`.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
#[track_caller]
pub fn install_shared<L: Listener>(kinds: impl Into<KindFilter>, listener: Arc<L>) -> Installed<L> {
    Installed::new(kinds.into(), listener, false)
}

/// A guard that unregisters its listener when it is dropped. It derefs to the listener.
///
/// After the drop no new notification starts. A notification in progress on another thread may
/// still finish.
#[must_use = "if unused, the listener is unregistered immediately"]
pub struct Installed<L: Listener> {
    listener: Arc<L>,
    registration: Arc<Registration>,
}

impl<L: Listener> Installed<L> {
    pub(crate) fn new(filter: KindFilter, listener: Arc<L>, is_local: bool) -> Self {
        Self {
            registration: registry::add(filter, Arc::clone(&listener), is_local),
            listener,
        }
    }

    /// Returns the listener.
    #[must_use]
    pub const fn listener(&self) -> &Arc<L> {
        &self.listener
    }

    /// Unregisters the listener and returns it.
    #[expect(
        clippy::must_use_candidate,
        reason = "callers may want only to unregister"
    )]
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
