//! The names in records of the `log` crate, and the kinds of the records.

use std::collections::HashMap;
use std::sync::RwLock;

use event_core::Kind;

use crate::profile::names;
use crate::sync::{read, write};

/// How many targets, and how many keys, are kept. Each is kept until the process exits.
const MAX_NAMES: usize = 4096;

/// Names from records, and what they became. Names are never removed.
pub(crate) struct Names<T>(RwLock<Option<HashMap<String, T>>>);

impl<T: Copy> Names<T> {
    pub(crate) const fn new() -> Self {
        Self(RwLock::new(None))
    }

    /// Returns what `name` became, or calls `make`. Returns `None` if there are too many names.
    pub(crate) fn get(&self, name: &str, make: impl FnOnce() -> T) -> Option<T> {
        let names = read(&self.0);
        let known = names.as_ref().and_then(|names| names.get(name)).copied();
        drop(names);
        known.or_else(|| {
            let mut names = write(&self.0);
            let names = names.get_or_insert_default();
            let has_room = names.len() < MAX_NAMES;
            has_room.then(|| *names.entry(name.to_owned()).or_insert_with(make))
        })
    }
}

/// Returns the kind `log:target`.
pub(crate) fn kind_of(target: &str) -> Kind {
    static KINDS: Names<Kind> = Names::new();
    const OTHER: Kind = Kind::from_static("log:(other)");
    let make = || names::kind_of_target("log", target).unwrap_or(OTHER);
    KINDS.get(target, make).unwrap_or(OTHER)
}
