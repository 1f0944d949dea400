//! Every kind that was ever heard of: an insert-only trie from name to [`Entry`].
//!
//! Looking a name up takes no lock. Entries are never removed, so that they are `'static` and a
//! call site can keep a reference; memory grows with distinct kinds and with nothing else.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ptr;

use super::table::Table;
use crate::event::site::{Hearing, Site};
use crate::hazard_cell::Published;
use crate::sync::{AtomicU8, Mutex, OnceBox, OnceRef, Ordering};
use crate::thread::Busy;

/// How many bits of a name's hash choose a child.
const BITS: u32 = 2;

/// All that is known of a kind.
pub(crate) struct Entry {
    name: Box<str>,
    /// The listeners of this kind, `None` while there are none. Replaced under the registry's lock.
    pub(crate) table: Published<Table>,
    /// What a call site of this kind is to do.
    state: AtomicU8,
    /// The last call site that enlisted; each knows the one before. Under the registry's lock.
    sites: Mutex<Option<&'static Site>>,
    children: [OnceBox<Entry>; 1 << BITS],
}

static ROOTS: [OnceBox<Entry>; 1 << BITS] = [const { OnceBox::new() }; 1 << BITS];

/// A name in a program's text that has been looked at, and its entry once that has been looked up.
struct Known {
    name: &'static str,
    entry: OnceRef<'static, Entry>,
}

/// Some of the names that have been looked at, by their address: to look at a text anew for each event
/// would take longer than all else. The first to take a place keeps it.
static KNOWN: [OnceBox<Known>; 256] = [const { OnceBox::new() }; 256];

#[inline]
fn known(name: &'static str) -> (&'static OnceBox<Known>, Option<&'static Known>) {
    // Multiplied, as texts stand side by side.
    let place = name.as_ptr().addr().wrapping_mul(0x9e37_79b9) >> 8;
    let slot = &KNOWN[place % KNOWN.len()];
    let known = slot.get().filter(|known| ptr::eq(known.name, name));
    (slot, known)
}

/// Says whether `name` is remembered as good.
#[inline]
pub(crate) fn is_remembered(name: &'static str) -> bool {
    known(name).1.is_some()
}

/// Remembers that `name` is good, if there is room.
#[cold]
pub(crate) fn remember(name: &'static str) {
    let _busy = Busy::enter(); // an annotated allocator must not come here in turn
    let entry = OnceRef::new();
    known(name)
        .0
        .get_or_init(|| Box::new(Known { name, entry }));
}

/// The entry of a remembered name, by `look_up` if that has not been asked for.
#[inline]
pub(super) fn entry_of(
    name: &'static str,
    look_up: impl FnOnce() -> &'static Entry,
) -> &'static Entry {
    let Some(known) = known(name).1 else {
        return look_up();
    };
    known.entry.get().unwrap_or_else(|| {
        let entry = look_up();
        let _ = known.entry.set(entry);
        entry
    })
}

impl Entry {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            table: Published::empty(),
            state: AtomicU8::new(Hearing::Nobody as u8),
            sites: Mutex::new(None),
            children: [const { OnceBox::new() }; 1 << BITS],
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How a START on this thread is heard.
    pub(crate) fn hearing_here(&self) -> Hearing {
        self.table
            .read(|table, _| table.hearing_here())
            .unwrap_or(Hearing::Nobody)
    }

    pub(crate) fn state(&self) -> u8 {
        // Relaxed: who registered before this call is seen by coherence alone.
        self.state.load(Ordering::Relaxed)
    }

    /// Tells every call site what it is to do. Call with the registry's lock held.
    pub(super) fn set_state(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
        let mut next = *self.sites.lock();
        while let Some(site) = next {
            site.set_state(state);
            next = site.previous();
        }
    }

    /// Makes `site` hear of every change. Call with the registry's lock held, once a site.
    pub(super) fn enlist(&'static self, site: &'static Site) {
        let mut last = self.sites.lock();
        // First: who finds the site enlisted goes by its state.
        site.set_state(self.state());
        site.enlisted(self, *last);
        *last = Some(site);
    }
}

fn place(hash: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "a few bits are wanted")]
    {
        hash as usize & ((1 << BITS) - 1)
    }
}

fn hash(name: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(name)
}

/// Returns the entry of `name`, if there is one.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    let mut hash = hash(name);
    let mut slot = &ROOTS[place(hash)];
    while let Some(entry) = slot.get() {
        if *entry.name == *name {
            return Some(entry);
        }
        hash = hash.rotate_right(BITS);
        slot = &entry.children[place(hash)];
    }
    None
}

/// Makes an entry of `name`, which has none, and shows it to others when `prepare` is done with it.
/// Call with the registry's lock held.
pub(super) fn insert(name: &str, prepare: impl FnOnce(&Entry)) -> &'static Entry {
    let mut hash = hash(name);
    let mut slot = &ROOTS[place(hash)];
    while let Some(entry) = slot.get() {
        hash = hash.rotate_right(BITS);
        slot = &entry.children[place(hash)];
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
