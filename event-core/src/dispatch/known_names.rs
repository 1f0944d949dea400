//! A cache of kind names by their address.
//!
//! Checking a name and looking it up for each event would take longer than all else that the
//! function forms do. The first name that takes a slot keeps it.

use std::ptr;

use super::entry::Entry;
use crate::sync::{OnceBox, OnceRef};
use crate::thread::SuppressEvents;

/// A valid name in the program's text, and its entry once that has been looked up.
struct KnownName {
    name: &'static str,
    entry: OnceRef<'static, Entry>,
}

static KNOWN: [OnceBox<KnownName>; 256] = [const { OnceBox::new() }; 256];

#[inline]
fn slot(name: &'static str) -> &'static OnceBox<KnownName> {
    // Multiplied, because names are close to each other in memory.
    let index = name.as_ptr().addr().wrapping_mul(0x9e37_79b9) >> 8;
    &KNOWN[index % KNOWN.len()]
}

#[inline]
fn find(name: &'static str) -> Option<&'static KnownName> {
    slot(name).get().filter(|known| ptr::eq(known.name, name))
}

/// Returns whether `name` is known to be valid.
#[inline]
pub(super) fn contains(name: &'static str) -> bool {
    find(name).is_some()
}

/// Notes that `name` is valid, if there is room.
#[cold]
pub(super) fn insert(name: &'static str) {
    let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
    let entry = OnceRef::new();
    slot(name).get_or_init(|| Box::new(KnownName { name, entry }));
}

/// Returns the entry of `name`, which `look_up` returns unless it is cached.
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
