//! What is known of the call sites of `tracing`, which are for ever.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};

use event_core::{Kind, Site, Value};
use tracing_core::Metadata;

/// Where spans are made that are events.
pub(super) struct Spans {
    pub(super) site: Site,
    /// The spans' name; to clone it allocates nothing.
    pub(super) name: Value<'static>,
}

/// None for spans that are no events.
type Found = Option<&'static Spans>;

/// Most call sites, so that looking one up takes no lock: the first to take a place keeps it.
static KNOWN: [OnceLock<(usize, Found)>; 512] = [const { OnceLock::new() }; 512];

/// All of them.
static ALL: Mutex<BTreeMap<usize, Found>> = Mutex::new(BTreeMap::new());

/// What is known of spans with that `metadata`; nothing of those that are made of events.
pub(super) fn of(metadata: &'static Metadata<'static>) -> Found {
    let address = ptr::from_ref(metadata).addr();
    // Multiplied, as statics stand side by side.
    let place = address.wrapping_mul(0x9E37_79B9) >> 12;
    let known = &KNOWN[place % KNOWN.len()];
    if let Some((_, found)) = known.get().filter(|(of, _)| *of == address) {
        return *found;
    }
    let found = look_up(metadata, address);
    let _ = known.set((address, found));
    found
}

#[cold]
fn look_up(metadata: &'static Metadata<'static>, address: usize) -> Found {
    #[cfg(feature = "tracing")]
    if crate::tracing::spans::is_ours(metadata) {
        return None;
    }
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    *all.entry(address).or_insert_with(|| make(metadata))
}

fn make(metadata: &'static Metadata<'static>) -> Found {
    let is_bad = |c: char| c.is_control() || c == '*';
    let target = metadata.target().replace(is_bad, "_");
    let kind = Kind::new(&format!("tracing:{target}")).ok()?;
    let module = metadata.module_path().unwrap_or_default();
    let line = metadata.line().unwrap_or_default();
    let place = (metadata.file().unwrap_or_default(), line, 0);
    let spans = Spans {
        site: Site::new(kind, metadata.name(), module, place, &[]).of_futures(),
        name: Value::from(metadata.name()).into_owned(),
    };
    Some(Box::leak(Box::new(spans)))
}
