//! Installs listeners for the current thread, and for the work that it hands to other threads.
//! Concurrent tests then do not receive each other's events.
//!
//! A listener that is installed here receives the START of each scope that this thread starts, and
//! its END on any thread. It also receives the scopes that start under a handle of this thread, on
//! any thread: under an [`EventHandle`](crate::EventHandle), which
//! [`current_event`](crate::current_event) returns, or in work that
//! [`in_current_event`](crate::InCurrentEvent) carries there. It receives none of the scopes that
//! start on this thread under the handle of another thread's local listeners.
//!
//! Otherwise these functions behave like the functions of the same names in the crate root. While
//! such a listener is installed, calls of its kinds are slightly slower on every thread.
//!
//! # Examples
//!
//! ```
//! use event_core::{InCurrentEvent, local, trigger_event};
//! use std::thread;
//!
//! fn work() {
//!     trigger_event("docs:local", (), || {});
//! }
//!
//! let recorder = local::install_recorder("docs:local");
//! thread::spawn(work).join().unwrap(); // as another test would
//! assert_eq!(recorder.len(), 0);
//! work();
//! thread::spawn(work.in_current_event()).join().unwrap();
//! assert_eq!(recorder.len(), 4);
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::installed::Installed as Global;
use super::timer::InstalledTimer;
use crate::event::Event;
use crate::kind::filter::KindFilter;
use crate::listener::{Listener, Listens};
use crate::listeners::durations::Durations;
use crate::listeners::recorder::RecordingListener;
use crate::listeners::timer::TimingListener;

/// A guard that unregisters its listener when it is dropped. It derefs to the listener.
///
/// It cannot be sent to another thread.
#[must_use = "if unused, the listener is unregistered immediately"]
pub struct Installed<L: Listener> {
    installed: Global<L>,
    not_send: PhantomData<*const ()>,
}

impl<L: Listener> Installed<L> {
    /// Returns the listener.
    #[must_use]
    pub const fn listener(&self) -> &Arc<L> {
        self.installed.listener()
    }

    /// Unregisters the listener and returns it.
    #[expect(
        clippy::must_use_candidate,
        reason = "callers may want only to unregister"
    )]
    pub fn uninstall(self) -> Arc<L> {
        self.installed.uninstall()
    }
}

impl<L: Listener> Deref for Installed<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.installed
    }
}

impl<L: Listener + fmt::Debug> fmt::Debug for Installed<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.installed.fmt(f)
    }
}

fn register<L: Listener>(filter: KindFilter, listener: Arc<L>) -> Global<L> {
    Global::new(filter, listener, true)
}

/// Does the same as [`install`](crate::install), for the scopes of this thread and its handles.
pub fn install<L: Listens>(listener: L) -> Installed<L> {
    install_listener(listener.kinds(), listener)
}

/// Does the same as [`install_listener`](crate::install_listener), for the scopes of this
/// thread and its handles.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
#[track_caller]
pub fn install_listener<L: Listener>(kinds: impl Into<KindFilter>, listener: L) -> Installed<L> {
    install_shared(kinds, Arc::new(listener))
}

/// Does the same as [`install_shared`](crate::install_shared), for the scopes of this thread
/// and its handles.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
#[track_caller]
pub fn install_shared<L: Listener>(kinds: impl Into<KindFilter>, listener: Arc<L>) -> Installed<L> {
    Installed {
        installed: register(kinds.into(), listener),
        not_send: PhantomData,
    }
}

/// Does the same as [`install_recorder`](crate::install_recorder), for the scopes of this
/// thread and its handles.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
#[track_caller]
pub fn install_recorder(kinds: impl Into<KindFilter>) -> Installed<RecordingListener> {
    install_listener(kinds, RecordingListener::new())
}

/// Does the same as [`install_durations`](crate::install_durations), for the scopes of this
/// thread and its handles.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
///
/// # Examples
///
/// ```
/// use event_core::{local, trigger_event};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// static CALLS: AtomicU32 = AtomicU32::new(0);
///
/// let _durations = local::install_durations("docs:local_durations", |_, duration| {
///     println!("{duration:?}");
///     CALLS.fetch_add(1, Ordering::Relaxed);
/// });
/// trigger_event("docs:local_durations", (), || {});
/// assert_eq!(CALLS.load(Ordering::Relaxed), 1);
/// ```
#[track_caller]
pub fn install_durations<F>(kinds: impl Into<KindFilter>, callback: F) -> Installed<Durations<F>>
where
    F: Fn(&Event<'_>, Duration) + Send + Sync + 'static,
{
    install_listener(kinds, Durations(callback))
}

/// Does the same as [`install_timer`](crate::install_timer), for the scopes of this thread and
/// its handles.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
#[track_caller]
pub fn install_timer<F: FnOnce(Duration)>(
    kinds: impl Into<KindFilter>,
    callback: F,
) -> InstalledTimer<F> {
    let timer = Arc::new(TimingListener::new());
    InstalledTimer::new(register(kinds.into(), timer), callback)
}
