//! A cache of valid kind names, by address.
//!
//! The function forms get a name with each call. Without the cache, checking the name and looking
//! up its entry would take most of their time. A name is never removed from its slot; another name
//! with the same slot is not cached.

use std::ptr;

use super::entry::Entry;
use crate::sync::{OnceBox, OnceRef};
use crate::thread::SuppressEvents;

/// A valid static name, and its entry after the first lookup.
struct KnownName {
    name: &'static str,
    entry: OnceRef<'static, Entry>,
}

static KNOWN: [OnceBox<KnownName>; 256] = [const { OnceBox::new() }; 256];

#[inline]
fn slot(name: &'static str) -> &'static OnceBox<KnownName> {
    // The multiplication spreads the names, which are close to each other in memory.
    let index = name.as_ptr().addr().wrapping_mul(0x9e37_79b9) >> 8;
    &KNOWN[index % KNOWN.len()]
}

#[inline]
fn find(name: &'static str) -> Option<&'static KnownName> {
    slot(name).get().filter(|known| ptr::eq(known.name, name))
}

/// Returns whether `name` is in the cache, and therefore valid.
#[inline]
pub(super) fn contains(name: &'static str) -> bool {
    find(name).is_some()
}

/// Caches the valid name `name`, unless its slot is in use.
#[cold]
pub(super) fn insert(name: &'static str) {
    let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
    let entry = OnceRef::new();
    slot(name).get_or_init(|| Box::new(KnownName { name, entry }));
}

/// Returns the entry of `name` from the cache, or from `look_up`.
#[inline]
pub(super) fn entry_of(
    name: &'static str,
    look_up: impl FnOnce() -> &'static Entry,
) -> &'static Entry {
    let Some(known) = find(name) else {
        return look_up();
    };
    known.entry.get().unwrap_or_else(|| {
        let entry = look_up();
        let _ = known.entry.set(entry);
        entry
    })
}
