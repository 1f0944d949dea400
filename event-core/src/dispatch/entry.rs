//! All kinds that were ever used: an insert-only hash trie from a name to its [`Entry`].
//!
//! A lookup takes no lock. Entries are never removed, so a call site can keep a `'static`
//! reference. Memory grows only with distinct kinds.

use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::iter;

use super::interest::Interest;
use super::interest_cell::{CachedInterest, InterestCell};
use super::table::Table;
use crate::event::site::Site;
use crate::hazard_cell::HazardCell;
use crate::kind::Kind;
use crate::kind::function_name::FunctionName;
use crate::sync::{AtomicBool, AtomicU8, Mutex, OnceBox, Ordering};
use crate::thread::has_session;

/// The number of bits of a name's hash that choose a child.
const BITS: u32 = 2;

/// The runtime's state of one kind: its listeners and its call sites.
pub(crate) struct Entry {
    name: Box<str>,
    /// The listeners of this kind; empty without listeners. Replaced under the registry's lock.
    pub(crate) table: HazardCell<Table>,
    /// The [`CachedInterest`] of the listeners in events without a call site.
    interest: AtomicU8,
    /// The last registered call site, which links to the previous one. Changed under the registry's
    /// lock.
    call_sites: Mutex<Option<&'static InterestCell>>,
    /// Whether a function, such as `trigger_event`, has looked this kind up by its name.
    is_used_by_name: AtomicBool,
    children: [OnceBox<Entry>; 1 << BITS],
}

static ROOTS: [OnceBox<Entry>; 1 << BITS] = [const { OnceBox::new() }; 1 << BITS];

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}

impl Entry {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            table: HazardCell::empty(),
            interest: AtomicU8::new(CachedInterest::Never as u8),
            call_sites: Mutex::new(None),
            is_used_by_name: AtomicBool::new(false),
            children: [const { OnceBox::new() }; 1 << BITS],
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn kind(&'static self) -> Kind {
        Kind::checked(&self.name)
    }

    /// Records that the program broadcasts events of this kind by its name.
    pub(super) fn mark_used(&self) {
        // Relaxed: no other memory depends on the flag. It is stored once, so that its cache line
        // stays shared.
        if !self.is_used_by_name.load(Ordering::Relaxed) {
            self.is_used_by_name.store(true, Ordering::Relaxed);
        }
    }

    fn is_used_by_name(&self) -> bool {
        // Relaxed: as in `mark_used`.
        self.is_used_by_name.load(Ordering::Relaxed)
    }

    /// Returns the interest in a START without a call site on this thread; `None` if no listener
    /// would receive it.
    #[inline]
    pub(crate) fn interest_here(&self) -> Option<Interest> {
        // Relaxed: as in `InterestCell::is_enabled`.
        let interest = CachedInterest::from_u8(self.interest.load(Ordering::Relaxed));
        self.interest_on_thread(interest, None)
    }

    /// Returns the interest in a START of `site` on this thread, if `interest` is that of all
    /// threads.
    #[inline]
    pub(super) fn interest_on_thread(
        &self,
        interest: CachedInterest,
        site: Option<&'static Site>,
    ) -> Option<Interest> {
        match interest {
            CachedInterest::LocalOnly if !has_session() => None,
            CachedInterest::PerSession | CachedInterest::LocalOnly => {
                self.interest_in_session(site)
            }
            CachedInterest::Never | CachedInterest::Unregistered => None,
            level => Interest::of_level(level as u8),
        }
    }

    /// Returns the interest in a START of `site` on this thread, if it depends on the session.
    #[cold]
    fn interest_in_session(&self, site: Option<&'static Site>) -> Option<Interest> {
        self.table
            .read(|table, _| table.interest_here(&self.name, site))
            .flatten()
    }

    /// Returns whether a listener is registered for events without a call site, for any thread.
    pub(crate) fn is_enabled(&self) -> bool {
        // Relaxed: as in `InterestCell::is_enabled`.
        self.interest.load(Ordering::Relaxed) != CachedInterest::Never as u8
    }

    /// Sets the interest of the kind and of its call sites. Call with the registry's lock held.
    pub(super) fn set_interest(
        &self,
        interest_of: impl Fn(Option<&'static Site>) -> CachedInterest,
    ) {
        // Relaxed: as in `InterestCell::is_enabled`.
        self.interest
            .store(interest_of(None) as u8, Ordering::Relaxed);
        for call_site in self.call_sites() {
            call_site.set(interest_of(call_site.site()));
        }
    }

    /// Returns the call sites, the last registered one first.
    fn call_sites(&self) -> impl Iterator<Item = &'static InterestCell> {
        iter::successors(*self.call_sites.lock(), |call_site| call_site.next())
    }

    /// Adds a call site and sets its interest. Call with the registry's lock held, once for each
    /// call site.
    pub(super) fn add_call_site(&self, site: &'static Site, call_site: &'static InterestCell) {
        let table = self.table.get();
        let interest = table.map(|table| table.interest(&self.name, Some(site)));
        let mut last = self.call_sites.lock();
        call_site.set_site(site);
        call_site.set(interest.unwrap_or(CachedInterest::Never));
        if let Some(last) = *last {
            call_site.set_next(last);
        }
        *last = Some(call_site);
    }
}

/// Returns the index of the child that `hash` chooses.
fn child(hash: u64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only the last bits are used"
    )]
    {
        hash as usize & ((1 << BITS) - 1)
    }
}

fn hash(name: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(name)
}

/// Returns the entry of `name`, if there is one.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    let mut hash = hash(name);
    let mut slot = &ROOTS[child(hash)];
    while let Some(entry) = slot.get() {
        if *entry.name == *name {
            return Some(entry);
        }
        hash = hash.rotate_right(BITS);
        slot = &entry.children[child(hash)];
    }
    None
}

/// Adds an entry for `name`, which has none. Other threads find the entry only after `prepare` has
/// returned. Call with the registry's lock held.
pub(super) fn insert(name: &str, prepare: impl FnOnce(&Entry)) -> &'static Entry {
    let mut hash = hash(name);
    let mut slot = &ROOTS[child(hash)];
    while let Some(entry) = slot.get() {
        hash = hash.rotate_right(BITS);
        slot = &entry.children[child(hash)];
    }
    slot.get_or_init(|| {
        let entry = Box::new(Entry::new(name));
        prepare(&entry);
        entry
    })
}

/// Calls `visit` with every entry.
pub(super) fn for_each(visit: &mut dyn FnMut(&'static Entry)) {
    fn walk(slots: &'static [OnceBox<Entry>], visit: &mut dyn FnMut(&'static Entry)) {
        for entry in slots.iter().filter_map(OnceBox::get) {
            visit(entry);
            walk(&entry.children, visit);
        }
    }
    walk(&ROOTS, visit);
}

/// Returns the kinds of the events that the program has broadcast, or would have broadcast if their
/// call sites were enabled.
#[must_use]
pub fn used_kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for_each(&mut |entry| {
        if entry.is_used_by_name() || entry.call_sites().next().is_some() {
            kinds.push(entry.kind());
        }
    });
    kinds
}

/// Returns the kind and the names of each call site that was used. For events without a call site,
/// the kind takes the place of the name.
#[must_use]
pub fn used_functions() -> Vec<(Kind, FunctionName<'static>)> {
    let mut functions = Vec::new();
    for_each(&mut |entry| {
        let kind = entry.kind();
        let sites = entry.call_sites().filter_map(InterestCell::site);
        functions.extend(sites.map(|site| (kind, site.name())));
        if entry.is_used_by_name() {
            functions.push((kind, FunctionName::of_kind(kind.as_str())));
        }
    });
    functions
}

/// Returns the keys that the annotated functions capture which were called.
#[must_use]
pub fn used_keys() -> Vec<&'static str> {
    let mut keys = Vec::new();
    for_each(&mut |entry| {
        let sites = entry.call_sites().filter_map(InterestCell::site);
        keys.extend(sites.flat_map(|site| site.keys().iter().copied()));
    });
    keys
}
