//! The event site of each call site of `tracing`: of its spans, or of its messages.
//!
//! Sites must be static, so one is leaked for each call site.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::{Mutex, OnceLock};

use event_core::__private::Callsite;
use event_core::Value;
use tracing_core::Metadata;

use super::values::has_own_keys;
use crate::profile::names;
use crate::sync::lock;

/// The event site of a call site whose spans or messages become events.
pub(super) struct EventSite {
    pub(super) site: Callsite,
    /// The name of the spans, or the level of the messages; a clone of it does not allocate.
    pub(super) name_or_level: Value<'static>,
    /// Whether a field has a key that the layer adds.
    pub(super) has_own_keys: bool,
}

/// None for spans and messages that do not become events.
type MaybeSite = Option<&'static EventSite>;

/// A cache of sites, by a hash of the metadata's address, so that most lookups take no lock. The
/// first site of a slot stays there.
static CACHED: [OnceLock<(usize, MaybeSite)>; 512] = [const { OnceLock::new() }; 512];

/// All sites, by the metadata's address.
static ALL: Mutex<BTreeMap<usize, MaybeSite>> = Mutex::new(BTreeMap::new());

/// Returns the site of spans or messages with that `metadata`; none for those that are made from
/// events.
pub(super) fn event_site(metadata: &'static Metadata<'static>) -> MaybeSite {
    let address = ptr::from_ref(metadata).addr();
    // Multiplied, since the addresses of statics are close to each other.
    let hash = address.wrapping_mul(0x9E37_79B9) >> 12;
    let slot = &CACHED[hash % CACHED.len()];
    if let Some((_, site)) = slot.get().filter(|(known, _)| *known == address) {
        return *site;
    }
    let site = look_up(metadata, address);
    let _ = slot.set((address, site));
    site
}

#[cold]
fn look_up(metadata: &'static Metadata<'static>, address: usize) -> MaybeSite {
    #[cfg(feature = "tracing")]
    if crate::tracing::spans::callsite::is_from_event(metadata) {
        return None;
    }
    *lock(&ALL)
        .entry(address)
        .or_insert_with(|| new_site(metadata))
}

fn new_site(metadata: &'static Metadata<'static>) -> MaybeSite {
    let kind = names::kind_of_target("tracing", metadata.target())?;
    let module = metadata.module_path().unwrap_or_default();
    let line = metadata.line().unwrap_or_default();
    let location = (metadata.file().unwrap_or_default(), line, 0);
    let site = if metadata.is_span() {
        EventSite {
            site: Callsite::new(kind, metadata.name(), module, location, &[]).for_futures(),
            name_or_level: Value::from(metadata.name()).into_owned(),
            has_own_keys: has_own_keys(metadata),
        }
    } else {
        // The name of a message is its position, so the kind is the name, as in an open event.
        EventSite {
            site: Callsite::new(kind, kind.as_str(), "", location, &[]),
            name_or_level: Value::from(metadata.level().as_str()).into_owned(),
            has_own_keys: has_own_keys(metadata),
        }
    };
    Some(Box::leak(Box::new(site)))
}
