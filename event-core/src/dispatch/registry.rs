//! Registering and unregistering listeners.
//!
//! One lock serializes all changes. No listener is called or dropped while it is held, so a
//! listener may register, unregister and trigger events itself. Events are suppressed while the
//! lock is held, because an annotated allocator would otherwise take it again.

use std::sync::Arc;

use super::entry::{self, Entry};
use super::interest_cell::CachedInterest;
use super::registration::{Registration, identity};
use super::table::Table;
use crate::event::panic_hook;
use crate::hazard_cell;
use crate::kind::Kind;
use crate::kind::filter::KindFilter;
use crate::listener::Listener;
use crate::sync::{AtomicUsize, Mutex, Ordering};
use crate::thread::{ReceivedSessions, SuppressEvents, add_local_listener, remove_local_listener};

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    next_number: 1,
    patterns: Vec::new(),
});

/// The number of registrations. The function forms return early if it is zero.
static REGISTERED: AtomicUsize = AtomicUsize::new(0);

struct Registry {
    next_number: u64,
    /// The registrations for patterns, oldest first. New kinds are matched against them.
    patterns: Vec<Arc<Registration>>,
}

/// The tables that a change replaced. They are dropped after the lock is released, because a
/// listener's `Drop` may register listeners.
type Garbage = Vec<Option<Arc<Table>>>;

impl Registry {
    /// Returns the entry of `name`. Creates it with the matching patterns if there is none.
    fn entry(&self, name: &str) -> &'static Entry {
        let prepare = |entry: &Entry| {
            let patterns = self.patterns.iter();
            let matching = patterns.filter(|pattern| pattern.filter.matches_name(name));
            publish(entry, matching.cloned().collect(), &mut Vec::new());
        };
        entry::find(name).unwrap_or_else(|| entry::insert(name, prepare))
    }

    /// Calls `visit` with every entry that `filter` matches.
    fn for_each_matching(&self, filter: &KindFilter, visit: &mut dyn FnMut(&'static Entry)) {
        match filter.exactly() {
            Some(name) => visit(self.entry(name)),
            None => entry::for_each(&mut |entry| {
                if filter.matches(entry.kind()) {
                    visit(entry);
                }
            }),
        }
    }

    fn add(&mut self, registration: &Arc<Registration>, garbage: &mut Garbage) {
        if registration.filter.exactly().is_none() {
            self.patterns.push(Arc::clone(registration));
        }
        self.for_each_matching(&registration.filter, &mut |entry| {
            let mut registrations = registrations_of(entry);
            // An entry that this call has just created already has the registration.
            if registrations
                .last()
                .is_none_or(|last| last.number != registration.number)
            {
                registrations.push(Arc::clone(registration));
                publish(entry, registrations, garbage);
            }
        });
    }

    fn remove(&mut self, number: u64, filter: &KindFilter, garbage: &mut Garbage) {
        if filter.exactly().is_none() {
            self.patterns.retain(|pattern| pattern.number != number);
        }
        self.for_each_matching(filter, &mut |entry| {
            let mut registrations = registrations_of(entry);
            registrations.retain(|registration| registration.number != number);
            publish(entry, registrations, garbage);
        });
    }

    /// Returns the oldest registration of the listener `identity` for exactly this filter.
    fn oldest(&self, filter: &KindFilter, identity: usize) -> Option<Arc<Registration>> {
        let is_match = |registration: &&Arc<Registration>| {
            registration.identity == identity && registration.filter == *filter
        };
        match filter.exactly() {
            Some(name) => {
                let table = entry::find(name)?.table.get()?;
                table.registrations().find(is_match).cloned()
            }
            None => self.patterns.iter().find(is_match).cloned(),
        }
    }
}

fn registrations_of(entry: &Entry) -> Vec<Arc<Registration>> {
    entry
        .table
        .get()
        .map_or_else(Vec::new, |table| table.registrations().cloned().collect())
}

/// Replaces the table of `entry`, then the interest of its call sites.
fn publish(entry: &Entry, registrations: Vec<Arc<Registration>>, garbage: &mut Garbage) {
    let table = Table::new(registrations);
    garbage.push(entry.table.replace(table.clone()));
    entry.set_interest(|site| match &table {
        None => CachedInterest::Never,
        Some(table) => table.interest(entry.name(), site),
    });
}

/// Runs `change` under the lock. Then drops the tables that this change and earlier ones replaced,
/// unless they are still being read.
fn change<R>(change: impl FnOnce(&mut Registry, &mut Garbage) -> R) -> R {
    let mut garbage = Vec::new();
    let result = {
        let _suppress = SuppressEvents::new();
        change(&mut REGISTRY.lock(), &mut garbage)
    };
    drop(garbage);
    hazard_cell::drop_retired();
    result
}

/// Registers `listener`, for the session of this thread only if `is_local`.
pub(crate) fn add<L: Listener>(
    filter: KindFilter,
    listener: Arc<L>,
    is_local: bool,
) -> Arc<Registration> {
    let sessions = if is_local {
        add_local_listener()
    } else {
        ReceivedSessions::ALL
    };
    add_registration(Registration::new(listener, filter, sessions))
}

fn add_registration(mut registration: Registration) -> Arc<Registration> {
    panic_hook::install_hook();
    change(|registry, garbage| {
        registration.number = registry.next_number;
        registry.next_number += 1;
        // Relaxed: as in `has_registrations`.
        REGISTERED.fetch_add(1, Ordering::Relaxed);
        let registration = Arc::new(registration);
        registry.add(&registration, garbage);
        registration
    })
}

/// Unregisters a listener. Call once, on the thread of a local listener.
pub(crate) fn remove(registration: &Registration) {
    if registration.is_local() {
        remove_local_listener();
    }
    change(|registry, garbage| {
        // `unregister` may have ended it.
        if registration.end() {
            registry.remove(registration.number, &registration.filter, garbage);
            REGISTERED.fetch_sub(1, Ordering::Relaxed);
        }
    });
}

/// Registers `listener` for `kinds`: a kind, a prefix such as `"app:*"`, or `"*"`.
///
/// The listener stays registered until [`unregister`] is called. Use
/// [`install_listener`](crate::install_listener) to unregister it automatically, by a guard. A
/// listener that is registered twice is notified twice of each event.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
///
/// # Examples
///
/// ```
/// use event_core::{RecordingListener, register, trigger_event, unregister};
/// use std::sync::Arc;
///
/// let recorder = Arc::new(RecordingListener::new());
/// register("docs:register", Arc::clone(&recorder));
/// trigger_event("docs:register", (), || {});
/// assert!(unregister("docs:register", &recorder));
/// trigger_event("docs:register", (), || {});
/// assert_eq!(recorder.len(), 2);
/// ```
#[track_caller]
pub fn register<L: Listener>(kinds: impl Into<KindFilter>, listener: Arc<L>) {
    add(kinds.into(), listener, false);
}

/// Removes the oldest registration of `listener` for `kinds`. Returns `false` if there is none.
///
/// `listener` must be the same `Arc`, or a clone of it, and `kinds` the same filter that it was
/// registered for. After the return no new notification starts. A notification in progress on
/// another thread may still finish.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
#[track_caller]
pub fn unregister<L: Listener>(kinds: impl Into<KindFilter>, listener: &Arc<L>) -> bool {
    let filter = kinds.into();
    let identity = identity(listener);
    change(|registry, garbage| {
        let Some(registration) = registry.oldest(&filter, identity) else {
            return false;
        };
        let was_registered = registration.end();
        registry.remove(registration.number, &filter, garbage);
        REGISTERED.fetch_sub(1, Ordering::Relaxed);
        was_registered
    })
}

/// Returns the entry of `name`. Creates it if there is none.
pub(super) fn entry(name: &str) -> &'static Entry {
    entry::find(name).unwrap_or_else(|| change(|registry, _| registry.entry(name)))
}

/// Returns the entry of `name`, whose events are broadcast by name. Creates it if there is none.
pub(super) fn used_entry(name: &str) -> &'static Entry {
    let entry = entry(name);
    entry.mark_used();
    entry
}

/// Calls `f` with the entry of `kind` while the lock is held.
pub(super) fn with_entry(kind: Kind, f: impl FnOnce(&'static Entry)) {
    change(|registry, _| f(registry.entry(kind.as_str())));
}

/// Returns whether any listener is registered.
pub(super) fn has_registrations() -> bool {
    // Relaxed: if a registration happened before this call, coherence guarantees that the load sees
    // its store or a later one. A concurrent registration may be missed.
    REGISTERED.load(Ordering::Relaxed) != 0
}
