//! The rows of a table, and the lookup of an event's row.
//!
//! Each thread caches the rows and positions of its recent calls. Only a call that is not cached
//! takes a lock of this module.

use std::cell::Cell;
use std::ptr;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{Event, Kind, Site, Value};

use super::call_tree::{CallTree, Limits, NodeId, Position, Recursion};
use super::names;
use super::row_index::{RowId, RowIdentity, RowIndex};
use crate::sync;

/// The most bytes of an event's own name.
const MAX_NAME_BYTES: usize = 256;

/// Recursion is folded, so a program has few nodes. Beyond this limit, a recursive call may count
/// as outermost.
const TREE_LIMITS: Limits = Limits {
    nodes: 1 << 17,
    depth: u32::MAX,
};

#[derive(Debug)]
pub(crate) struct Rows {
    /// The row that collects the events beyond the limit. Its number is the limit.
    others: RowId,
    /// Distinguishes the entries of this table in the threads' caches.
    serial: u32,
    index: RwLock<RowIndex>,
    tree: RwLock<CallTree<RowId>>,
}

/// An event whose row is looked up. It reads user data, so it is created before a lock is taken.
pub(crate) struct RowLookup<'e> {
    event: &'e Event<'e>,
    key: CacheKey,
}

/// The part of an event that selects its row: the address of its site, the address and the length
/// of its kind's text, or the row of its own name, which is already looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
struct CacheKey {
    address_or_row: usize,
    length: usize,
}

impl CacheKey {
    const EMPTY: Self = Self {
        address_or_row: 0,
        length: 0,
    };

    /// The length of a row.
    const IS_ROW: usize = usize::MAX;

    #[inline]
    fn of_site(site: &'static Site) -> Self {
        Self {
            address_or_row: ptr::from_ref(site).addr(),
            length: 0,
        }
    }

    fn of_kind(kind: Kind) -> Self {
        Self {
            address_or_row: kind.as_str().as_ptr().addr(),
            length: kind.as_str().len(),
        }
    }

    const fn of_row(row: RowId) -> Self {
        Self {
            address_or_row: row.index(),
            length: Self::IS_ROW,
        }
    }
}

impl Rows {
    /// Returns an empty table of at most `max_rows` rows, not counting the one for the rest.
    pub(crate) fn new(max_rows: u32) -> Self {
        // Relaxed: the numbers must only differ. Zero marks an empty cache entry.
        static NEXT_SERIAL: AtomicU32 = AtomicU32::new(1);
        Self {
            others: RowId(max_rows),
            serial: NEXT_SERIAL.fetch_add(1, Ordering::Relaxed),
            index: RwLock::new(RowIndex::new(max_rows as usize, MAX_NAME_BYTES)),
            tree: RwLock::new(CallTree::new(Recursion::Folded, TREE_LIMITS)),
        }
    }

    /// Prepares [`enter`](Self::enter).
    #[inline]
    pub(crate) fn lookup<'e>(&self, event: &'e Event<'e>, has_names: bool) -> RowLookup<'e> {
        let key = match event.site() {
            Some(site) if !has_names || names::is_function(site) => CacheKey::of_site(site),
            site => self.other_key(event, site, has_names),
        };
        RowLookup { event, key }
    }

    /// Returns the key of an event that may have a name of its own.
    #[inline(never)]
    fn other_key(
        &self,
        event: &Event<'_>,
        site: Option<&'static Site>,
        has_names: bool,
    ) -> CacheKey {
        let has_own_name = has_names && event.data().get("name").and_then(Value::to_str).is_some();
        match site {
            _ if has_own_name => {
                CacheKey::of_row(self.named(event.kind(), &names::function(event)))
            }
            Some(site) => CacheKey::of_site(site),
            None => CacheKey::of_kind(event.kind()),
        }
    }

    /// Returns the event's row, and the position of its call inside a scope at `caller`.
    #[inline]
    pub(crate) fn enter(&self, lookup: &RowLookup<'_>, caller: NodeId) -> (RowId, Position) {
        let RowLookup { event, key } = *lookup;
        let slot = (key.address_or_row / 16) ^ key.length ^ caller.index() ^ self.serial as usize;
        let slot = slot % RECENT_CALLS;
        let cached = RECENT.with(|recent| {
            let cached = recent[slot].get();
            let is_known =
                cached.serial == self.serial && cached.key == key && cached.caller == caller;
            is_known.then_some((cached.row, cached.position))
        });
        match cached {
            Some(cached) => cached,
            None => self.enter_uncached(event, key, caller, slot),
        }
    }

    #[cold]
    #[inline(never)]
    fn enter_uncached(
        &self,
        event: &Event<'_>,
        key: CacheKey,
        caller: NodeId,
        slot: usize,
    ) -> (RowId, Position) {
        let row = match event.site() {
            _ if key.length == CacheKey::IS_ROW => {
                RowId(u32::try_from(key.address_or_row).unwrap_or(u32::MAX))
            }
            Some(site) => self.find_or_add(
                |index| index.find_site(site),
                |index| index.add_site(event.kind(), site),
            ),
            None => self.named(event.kind(), event.kind().as_str()),
        };
        let position = self.position(caller, row);
        let entered = CachedCall {
            serial: self.serial,
            key,
            caller,
            row,
            position,
        };
        RECENT.with(|recent| recent[slot].set(entered));
        (row, position)
    }

    fn named(&self, kind: Kind, name: &str) -> RowId {
        self.find_or_add(
            |index| index.find_name(kind, name),
            |index| index.add_name(kind, name),
        )
    }

    fn find_or_add(
        &self,
        find: impl Fn(&RowIndex) -> Option<RowId>,
        add: impl FnOnce(&mut RowIndex) -> Option<RowId>,
    ) -> RowId {
        let index = sync::read(&self.index);
        let found = find(&index);
        let is_full = index.is_full();
        drop(index);
        match found {
            Some(row) => row,
            None if is_full => self.others,
            None => add(&mut sync::write(&self.index)).unwrap_or(self.others),
        }
    }

    fn position(&self, caller: NodeId, row: RowId) -> Position {
        let known = sync::read(&self.tree).find(caller, row);
        let entered = known.or_else(|| sync::write(&self.tree).enter(caller, row));
        entered.unwrap_or(Position {
            node: caller,
            is_nested: false,
        })
    }

    /// Returns the rows and their identities. The last row is the one for the rest, which has none.
    pub(crate) fn identities(&self) -> Vec<(RowId, Option<RowIdentity>)> {
        let index = sync::read(&self.index);
        let identities = index.identities().iter().cloned().map(Some);
        let rows = (0..).map(RowId).zip(identities);
        rows.chain([(self.others, None)]).collect()
    }
}

/// The row and position of a recent call.
#[derive(Clone, Copy)]
struct CachedCall {
    serial: u32,
    key: CacheKey,
    caller: NodeId,
    row: RowId,
    position: Position,
}

impl CachedCall {
    const EMPTY: Self = Self {
        serial: 0,
        key: CacheKey::EMPTY,
        caller: NodeId::ROOT,
        row: RowId(0),
        position: Position {
            node: NodeId::ROOT,
            is_nested: false,
        },
    };
}

/// The number of recent calls that a thread caches.
const RECENT_CALLS: usize = 64;

thread_local! {
    static RECENT: [Cell<CachedCall>; RECENT_CALLS] =
        const { [const { Cell::new(CachedCall::EMPTY) }; RECENT_CALLS] };
}
