//! The table: one row for each kind and function, complete however many calls there are.

use std::collections::HashMap;

use event_core::{Event, Kind, Site};

use super::fields::boundary;
use crate::profile::names;
use crate::profile::stats::Stats;

/// How many rows there are at the most; what is called still otherwise is in one more row of its kind.
const MOST: usize = 2000;

/// What that row is called.
const OTHERS: &str = "(others)";

/// How many bytes of a name are kept.
const MOST_NAME: usize = 200;

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    all: Vec<Row>,
    /// By the address of the site, where all events of a function are called by its name.
    annotated: HashMap<usize, u32>,
    /// Those of others by what they are called.
    named: HashMap<Kind, HashMap<Box<str>, u32>>,
}

/// What is known of one function.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) name: Box<str>,
    pub(super) site: Option<&'static Site>,
    pub(super) stats: Stats,
}

impl Rows {
    /// The number of the row for `event`.
    pub(super) fn row(&mut self, event: &Event<'_>) -> u32 {
        let (kind, site) = (event.kind(), event.site());
        let Some(site) = site.filter(|_| names::is_of_site(event)) else {
            let name = names::function(event);
            let name = &name[..boundary(&name, MOST_NAME)];
            let known = self.named.get(&kind).and_then(|names| names.get(name));
            return match known {
                Some(row) => *row,
                None if self.all.len() < MOST => self.add_named(kind, name),
                None => self.others(kind),
            };
        };
        let place = std::ptr::from_ref(site).addr();
        match self.annotated.get(&place) {
            Some(row) => *row,
            None if self.all.len() < MOST => {
                let row = self.add(kind, Some(site), site.function());
                self.annotated.insert(place, row);
                row
            }
            None => self.others(kind),
        }
    }

    fn others(&mut self, kind: Kind) -> u32 {
        let known = self.named.get(&kind).and_then(|names| names.get(OTHERS));
        match known {
            Some(row) => *row,
            None => self.add_named(kind, OTHERS),
        }
    }

    fn add_named(&mut self, kind: Kind, name: &str) -> u32 {
        let row = self.add(kind, None, name);
        self.named.entry(kind).or_default().insert(name.into(), row);
        row
    }

    fn add(&mut self, kind: Kind, site: Option<&'static Site>, name: &str) -> u32 {
        let row = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(Row {
            kind,
            name: name.into(),
            site,
            stats: Stats::default(),
        });
        row
    }

    pub(super) fn get(&mut self, row: u32) -> Option<&mut Row> {
        self.all.get_mut(usize::try_from(row).ok()?)
    }

    /// The rows as they are now.
    pub(super) fn to_vec(&self) -> Vec<Row> {
        self.all.clone()
    }
}
