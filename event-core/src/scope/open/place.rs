//! The sites of places that open events.
//!
//! Sites stay for ever; there is one for each kind that is opened at a place in the program's text.

use std::collections::BTreeMap;
use std::panic::Location;
use std::ptr;

use crate::dispatch::entry::Entry;
use crate::event::site::Site;
use crate::kind::Kind;
use crate::sync::Mutex;
use crate::thread::Busy;

/// By the addresses of place and entry.
static SITES: Mutex<BTreeMap<(usize, usize), &'static Site>> = Mutex::new(BTreeMap::new());

/// The site of events of `entry`'s kind that are opened at `place`.
pub(super) fn site(entry: &'static Entry, place: &'static Location<'static>) -> &'static Site {
    let _busy = Busy::enter(); // what an annotated allocator triggers would wait for the lock
    let key = (ptr::from_ref(place).addr(), ptr::from_ref(entry).addr());
    SITES.lock().entry(key).or_insert_with(|| {
        let kind = Kind::of_entry(entry);
        let text = (place.file(), place.line(), place.column());
        let site = Site::new(kind, kind.as_str(), "", text, &[]).of_futures();
        Box::leak(Box::new(site))
    })
}
