//! Which functions a registration's filter selects.
//!
//! A name is compared with the patterns once for each function. The results are cached by the
//! address of the function's site, so that an enabled call compares no text.

use std::ptr;

use crate::event::site::Site;
use crate::kind::filter::KindFilter;
use crate::kind::function_name::FunctionName;
use crate::sync::{AtomicUsize, Ordering};
use crate::thread::SuppressEvents;

const SLOTS: usize = 512;

/// The functions that a filter selects.
pub(super) struct Selection {
    /// For a site, its address, plus [`SELECTED`] if the filter selects it. The last site with the
    /// same slot replaces earlier ones.
    cache: Box<[AtomicUsize]>,
}

/// A bit that is zero in the address of every site.
const SELECTED: usize = 1;

const _: () = assert!(align_of::<Site>() > SELECTED);

impl Selection {
    /// Returns the selection of `filter`; `None` if the filter selects all functions of its kinds.
    pub(super) fn new(filter: &KindFilter) -> Option<Self> {
        filter.has_functions().then(|| Self {
            cache: (0..SLOTS).map(|_| AtomicUsize::new(0)).collect(),
        })
    }

    /// Returns whether `filter`, that of the registration, matches events of `kind` and `site`.
    pub(super) fn contains(
        &self,
        filter: &KindFilter,
        kind: &str,
        site: Option<&'static Site>,
    ) -> bool {
        let Some(site) = site else {
            return filter.matches_event(kind, Some(FunctionName::of_kind(kind)));
        };
        let address = ptr::from_ref(site).addr();
        // Multiplied, since the addresses of statics are close to each other.
        let slot = &self.cache[(address.wrapping_mul(0x9e37_79b9) >> 12) % SLOTS];
        // Relaxed: a slot is one number, which contains both the site and its result.
        let cached = slot.load(Ordering::Relaxed);
        if cached & !SELECTED == address {
            return cached & SELECTED != 0;
        }
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        let is_selected = filter.matches_event(kind, Some(site.name()));
        slot.store(address | usize::from(is_selected), Ordering::Relaxed);
        is_selected
    }
}
