//! The keys of the values that exporters could hide.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::Data;

use crate::sync::lock;

/// The most keys that are kept. A program with more makes keys at run time.
const MAX_KEYS: usize = 1000;

/// All keys that were seen, up to a limit.
#[derive(Debug)]
pub(crate) struct SeenKeys {
    /// Hashes of keys in `keys`, so that a known key takes no lock. Zero in an empty slot.
    hashes: [AtomicUsize; 256],
    keys: Mutex<BTreeSet<Box<str>>>,
}

impl Default for SeenKeys {
    fn default() -> Self {
        Self {
            hashes: [const { AtomicUsize::new(0) }; 256],
            keys: Mutex::default(),
        }
    }
}

impl SeenKeys {
    /// Adds the keys of `data`, also in nested values.
    pub(super) fn add(&self, data: &Data<'_>) {
        for (key, value) in data.iter() {
            self.add_key(key);
            if let Some(nested) = value.to_data() {
                self.add(&nested);
            }
        }
    }

    fn add_key(&self, key: &str) {
        let hash = hash(key);
        let slot = &self.hashes[hash >> 1 & 0xff];
        // Relaxed: no other memory depends on the hash.
        if slot.load(Ordering::Relaxed) != hash && self.insert(key) {
            slot.store(hash, Ordering::Relaxed);
        }
    }

    /// Adds a key unless the lock is held. Returns whether it was added.
    ///
    /// An annotated allocator may call this again in `insert`, so waiting for the lock could
    /// deadlock. A key that is left out is added by its next event.
    #[cold]
    fn insert(&self, key: &str) -> bool {
        let Ok(mut keys) = self.keys.try_lock() else {
            return false;
        };
        if keys.len() <= MAX_KEYS {
            keys.insert(key.into());
        }
        true
    }

    /// Returns all keys that were seen; `None` if there were more than are kept.
    pub(crate) fn complete(&self) -> Option<BTreeSet<Box<str>>> {
        let keys = lock(&self.keys);
        (keys.len() <= MAX_KEYS).then(|| keys.clone())
    }
}

/// Returns a hash (FNV-1a) that is not zero.
fn hash(key: &str) -> usize {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the lower half is a hash, too"
    )]
    {
        hash as usize | 1
    }
}
