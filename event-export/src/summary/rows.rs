//! The rows of a table, and which of them an event belongs to.
//!
//! A thread remembers where its recent calls stood, so that a call takes no lock of this module but the first
//! time.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};

use event_core::{Event, Kind, Site, Value};

use super::paths::{Paths, SetId, Step};
use crate::profile::names;

/// The place of a row in the order in which rows were met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RowId(pub(super) u32);

/// How many rows there are at most, beside the one of all others.
pub(super) const MOST_ROWS: u32 = 4096;

const OTHERS: RowId = RowId(MOST_ROWS);

/// How long a name that an event gives itself may be; the rest is cut off.
const LONGEST_NAME: usize = 256;

/// What a row is of.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// None for the row of all others.
    pub(super) kind: Option<Kind>,
    pub(super) function: Cow<'static, str>,
    /// None where one name may be of several.
    pub(super) site: Option<&'static Site>,
}

#[derive(Debug)]
pub(super) struct Rows {
    /// The number of this among all of the process.
    serial: u32,
    known: RwLock<Known>,
    paths: Paths,
}

#[derive(Debug, Default)]
struct Known {
    /// By the addresses of sites.
    sites: HashMap<usize, RowId>,
    names: HashMap<Kind, HashMap<Box<str>, RowId>>,
    identities: Vec<Identity>,
}

/// What a thread remembers a call by: something at an address (a site, or the text of a kind, which is as long
/// as `len`), or a row.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    at: usize,
    len: usize,
}

impl Rows {
    pub(super) fn new() -> Self {
        // Relaxed: only the numbers must differ. Zero is nobody's.
        static NUMBERED: AtomicU32 = AtomicU32::new(1);
        Self {
            serial: NUMBERED.fetch_add(1, Ordering::Relaxed),
            known: RwLock::default(),
            paths: Paths::new(),
        }
    }

    /// What [`place`](Self::place) has to know of an event.
    pub(super) fn ask<'e>(&self, event: &'e Event<'e>, has_names: bool) -> Asked<'e> {
        let kind = event.kind();
        let own_name = if !has_names || names::is_of_site(event) {
            None
        } else {
            event.data().get("name").and_then(Value::to_str)
        };
        let mark = match (own_name, event.site()) {
            (Some(_), _) => {
                let row = self.named(kind, &names::function(event));
                Mark {
                    at: row.0 as usize,
                    len: usize::MAX,
                }
            }
            (None, Some(site)) => Mark {
                at: std::ptr::from_ref(site).addr(),
                len: 0,
            },
            (None, None) => Mark {
                at: kind.as_str().as_ptr().addr(),
                len: kind.as_str().len(),
            },
        };
        Asked { event, mark }
    }

    /// The row of a call inside a scope that stands in `around`, and where it then stands.
    pub(super) fn place(&self, asked: &Asked<'_>, around: SetId) -> (RowId, Step) {
        let mark = asked.mark;
        let slot = (mark.at / 16) ^ mark.len ^ around.0 as usize ^ self.serial as usize;
        RECENT.with(|recent| {
            let slot = &recent[slot % recent.len()];
            let call = slot.get();
            if call.serial == self.serial && call.mark == mark && call.around == around {
                return (call.row, call.step);
            }
            let row = if mark.len == usize::MAX {
                RowId(u32::try_from(mark.at).unwrap_or(MOST_ROWS))
            } else {
                self.row(asked.event)
            };
            let step = self.paths.step(around, row);
            slot.set(Recent {
                serial: self.serial,
                mark,
                around,
                row,
                step,
            });
            (row, step)
        })
    }

    fn row(&self, event: &Event<'_>) -> RowId {
        let Some(site) = event.site() else {
            return self.named(event.kind(), event.kind().as_str());
        };
        let address = std::ptr::from_ref(site).addr();
        let find = |known: &Known| known.sites.get(&address).copied();
        self.find_or_add(find, |known| {
            let row = known.add(Identity {
                kind: Some(event.kind()),
                function: Cow::Borrowed(site.function()),
                site: Some(site),
            })?;
            known.sites.insert(address, row);
            Some(row)
        })
    }

    fn named(&self, kind: Kind, name: &str) -> RowId {
        let name = cut(name);
        let find = |known: &Known| known.names.get(&kind)?.get(name).copied();
        self.find_or_add(find, |known| {
            let row = known.add(Identity {
                kind: Some(kind),
                function: Cow::Owned(name.to_owned()),
                site: None,
            })?;
            known
                .names
                .entry(kind)
                .or_default()
                .insert(name.into(), row);
            Some(row)
        })
    }

    fn find_or_add(
        &self,
        find: impl Fn(&Known) -> Option<RowId>,
        add: impl FnOnce(&mut Known) -> Option<RowId>,
    ) -> RowId {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = find(&known);
        let is_full = known.identities.len() >= MOST_ROWS as usize;
        drop(known);
        if let Some(row) = found {
            return row;
        }
        if is_full {
            return OTHERS;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been quicker.
        find(&known).or_else(|| add(&mut known)).unwrap_or(OTHERS)
    }

    /// What the rows are of, by their ids; the last is that of all others.
    pub(super) fn identities(&self) -> Vec<(RowId, Identity)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let others = Identity {
            kind: None,
            function: Cow::Borrowed(""),
            site: None,
        };
        let rows = (0..).map(RowId).zip(known.identities.iter().cloned());
        rows.chain([(OTHERS, others)]).collect()
    }
}

fn cut(name: &str) -> &str {
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let end = (0..=LONGEST_NAME)
        .rev()
        .find(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or(0)]
}

/// An event and what it is remembered by.
pub(super) struct Asked<'e> {
    event: &'e Event<'e>,
    mark: Mark,
}

impl Known {
    fn add(&mut self, identity: Identity) -> Option<RowId> {
        let row = u32::try_from(self.identities.len()).ok()?;
        if row >= MOST_ROWS {
            return None;
        }
        self.identities.push(identity);
        Some(RowId(row))
    }
}

/// A call that a thread has seen, and where it stood.
#[derive(Clone, Copy)]
struct Recent {
    serial: u32,
    mark: Mark,
    around: SetId,
    row: RowId,
    step: Step,
}

impl Recent {
    const NONE: Self = Self {
        serial: 0,
        mark: Mark { at: 0, len: 0 },
        around: SetId(0),
        row: RowId(0),
        step: Step {
            set: SetId(0),
            is_outermost: false,
        },
    };
}

thread_local! {
    static RECENT: [Cell<Recent>; 64] = const { [const { Cell::new(Recent::NONE) }; 64] };
}
