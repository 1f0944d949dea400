//! The call sites of [`open_event`](super::open_event), found by the position of the call.
//!
//! There is one call site for each position and kind. Call sites are never freed.

use std::collections::BTreeMap;
use std::panic::Location;
use std::ptr;

use crate::dispatch::callsite::Callsite;
use crate::dispatch::entry::Entry;
use crate::sync::Mutex;
use crate::thread::SuppressEvents;

/// The call sites. The key is the address of the position and the address of the kind's entry.
static CALLSITES: Mutex<BTreeMap<(usize, usize), &'static Callsite>> = Mutex::new(BTreeMap::new());

/// Returns the call site of events of `entry`'s kind that are opened at `position`.
pub(super) fn callsite(
    entry: &'static Entry,
    position: &'static Location<'static>,
) -> &'static Callsite {
    let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
    let key = (ptr::from_ref(position).addr(), ptr::from_ref(entry).addr());
    CALLSITES.lock().entry(key).or_insert_with(|| {
        let kind = entry.kind();
        let position = (position.file(), position.line(), position.column());
        let callsite = Callsite::new(kind, kind.as_str(), "", position, &[]).for_futures();
        Box::leak(Box::new(callsite))
    })
}
