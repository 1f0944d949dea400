//! The process-wide table from kind to listeners.
//!
//! One lock orders all changes. No listener is ever called, and none dropped, with it held, so a
//! listener may register, unregister and trigger events itself; what the allocator triggers
//! meanwhile is let go.

use std::sync::Arc;

use super::entry::{self as kinds, Entry};
use super::table::{self, Registration, Table};
use crate::event::panic_hook;
use crate::event::site::{Hearing, Site};
use crate::hazard_cell;
use crate::kind::Kind;
use crate::kind::filter::KindFilter;
use crate::listener::Listener;
use crate::sync::{AtomicUsize, Mutex, Ordering};
use crate::thread::{Busy, ThreadId};

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    next_number: 1,
    patterns: Vec::new(),
});

/// How many registrations there are: the functions' short way out.
static REGISTERED: AtomicUsize = AtomicUsize::new(0);

struct Registry {
    next_number: u64,
    /// The registrations for patterns, oldest first: kinds yet to come will want them.
    patterns: Vec<Arc<Registration>>,
}

/// What a change took out of use. It is dropped when the lock is free again: a listener's `Drop`
/// may do anything.
type Garbage = Vec<Option<Arc<Table>>>;

impl Registry {
    fn entry(&self, name: &str) -> &'static Entry {
        let prepare = |entry: &Entry| {
            let patterns = self.patterns.iter();
            let matching = patterns.filter(|pattern| pattern.filter.matches_name(name));
            publish(entry, matching.cloned().collect(), &mut Vec::new());
        };
        kinds::find(name).unwrap_or_else(|| kinds::insert(name, prepare))
    }

    /// Calls `visit` with every entry that `filter` holds for.
    fn for_each_matching(&self, filter: &KindFilter, visit: &mut dyn FnMut(&'static Entry)) {
        match filter.exactly() {
            Some(kind) => visit(self.entry(kind.as_str())),
            None => kinds::for_each(&mut |entry| {
                if filter.matches(Kind::of_entry(entry)) {
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
            // A kind that this very call made has taken the patterns already.
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

    /// The oldest registration of the listener at `identity` with that very filter.
    fn oldest(&self, filter: &KindFilter, identity: usize) -> Option<Arc<Registration>> {
        let is_it = |registration: &&Arc<Registration>| {
            registration.identity == identity && registration.filter == *filter
        };
        match filter.exactly() {
            Some(kind) => {
                let table = kinds::find(kind.as_str())?.table.get()?;
                table.registrations().iter().find(is_it).cloned()
            }
            None => self.patterns.iter().find(is_it).cloned(),
        }
    }
}

fn registrations_of(entry: &Entry) -> Vec<Arc<Registration>> {
    entry
        .table
        .get()
        .map_or_else(Vec::new, |table| table.registrations().to_vec())
}

fn publish(entry: &Entry, registrations: Vec<Arc<Registration>>, garbage: &mut Garbage) {
    let table = Table::new(registrations);
    let state = table
        .as_ref()
        .map_or(Hearing::Nobody, |table| table.hearing());
    garbage.push(entry.table.replace(table));
    entry.set_state(state as u8);
}

/// Runs `change` under the lock, then drops what it took out of use, and what earlier changes did.
fn change<R>(change: impl FnOnce(&mut Registry, &mut Garbage) -> R) -> R {
    let mut garbage = Vec::new();
    let result = {
        let _busy = Busy::enter();
        change(&mut REGISTRY.lock(), &mut garbage)
    };
    drop(garbage);
    hazard_cell::drop_waiting();
    result
}

/// Registers `listener`, for events of `thread` alone if one is given.
pub(crate) fn add<L: Listener>(
    filter: KindFilter,
    listener: Arc<L>,
    thread: Option<ThreadId>,
) -> Arc<Registration> {
    add_registration(Registration::new(listener, filter, thread))
}

fn add_registration(mut registration: Registration) -> Arc<Registration> {
    panic_hook::install_hook();
    change(|registry, garbage| {
        registration.number = registry.next_number;
        registry.next_number += 1;
        // Relaxed: whoever registered before a call is seen by coherence alone.
        REGISTERED.fetch_add(1, Ordering::Relaxed);
        let registration = Arc::new(registration);
        registry.add(&registration, garbage);
        registration
    })
}

/// Takes a registration away.
pub(crate) fn remove(registration: &Registration) {
    change(|registry, garbage| {
        registration.end();
        registry.remove(registration.number, &registration.filter, garbage);
        REGISTERED.fetch_sub(1, Ordering::Relaxed);
    });
}

/// Registers `listener` for `kinds`: a kind, a prefix such as `"app:*"`, or `"*"`.
///
/// A listener registered twice is told twice. It stays until [`unregister`]ed;
/// [`install_listener`](crate::install_listener) is the form that cannot be forgotten.
///
/// # Panics
///
/// Panics when `kinds` is a text that is no kind and no pattern.
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
    add(kinds.into(), listener, None);
}

/// Takes away the oldest registration of that very `listener` for exactly `kinds`; `false` if
/// there is none.
///
/// After it returns no new notification starts; one under way on another thread may still finish.
///
/// # Panics
///
/// Panics when `kinds` is a text that is no kind and no pattern.
#[track_caller]
pub fn unregister<L: Listener>(kinds: impl Into<KindFilter>, listener: &Arc<L>) -> bool {
    let filter = kinds.into();
    let identity = table::identity(listener);
    change(|registry, garbage| {
        let Some(registration) = registry.oldest(&filter, identity) else {
            return false;
        };
        registration.end();
        registry.remove(registration.number, &filter, garbage);
        REGISTERED.fetch_sub(1, Ordering::Relaxed);
        true
    })
}

/// Returns the one `&'static str` that says `name`.
pub(crate) fn intern(name: &str) -> &'static str {
    entry(name).name()
}

/// Returns the entry of `name`, made if there is none.
fn entry(name: &str) -> &'static Entry {
    kinds::find(name).unwrap_or_else(|| change(|registry, _| registry.entry(name)))
}

/// Returns the entry of `kind` if events of it might be heard.
pub(crate) fn listening(kind: Kind) -> Option<&'static Entry> {
    // Relaxed: see `add`.
    if cfg!(feature = "off") || REGISTERED.load(Ordering::Relaxed) == 0 || crate::thread::is_busy()
    {
        return None;
    }
    let entry = kinds::entry_of(kind.as_str(), || entry(kind.as_str()));
    (entry.state() != Hearing::Nobody as u8).then_some(entry)
}

/// Makes `site` hear of who registers for its kind; not from inside our own work.
pub(crate) fn enlist(site: &'static Site) {
    change(|registry, _| {
        if !site.is_enlisted() {
            registry.entry(site.kind().as_str()).enlist(site);
        }
    });
}
