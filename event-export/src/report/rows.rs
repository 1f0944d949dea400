//! The table: one row for each kind and function, complete however many calls there are.

use std::collections::HashMap;

use event_core::{Cause, Event, Kind, Site};
use hdrhistogram::Histogram;

use super::fields::boundary;
use super::scope::Ended;
use crate::names;

/// How many rows there are at the most; what is called still otherwise is in one more row of its kind.
const MOST: usize = 2000;

/// What that row is called.
const OTHERS: &str = "(others)";

/// How many bytes of a name are kept.
const MOST_NAME: usize = 200;

/// Percentiles are right to two digits.
const DIGITS: u8 = 2;

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    all: Vec<Row>,
    /// By the address of the site, where all events of a function are called by its name.
    annotated: HashMap<usize, u32>,
    /// Those of others by what they are called.
    named: HashMap<Kind, HashMap<Box<str>, u32>>,
}

/// What is known of the calls of one function.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) name: Box<str>,
    pub(super) site: Option<&'static Site>,
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) cancelled: u64,
    /// How long any call of the function ran: calls inside one of the same function are counted once.
    pub(super) total: u64,
    pub(super) own: u64,
    /// Of all calls, those inside one of the same function too.
    sum: u64,
    pub(super) max: u64,
    /// None for a row that nothing has ended in.
    times: Option<Box<Histogram<u32>>>,
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
            calls: 0,
            failed: 0,
            cancelled: 0,
            total: 0,
            own: 0,
            sum: 0,
            max: 0,
            times: None,
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

impl Row {
    pub(super) fn add(&mut self, call: &Ended, is_nested: bool) {
        self.calls += 1;
        match call.failure.as_ref().map(|failure| failure.cause) {
            None => {}
            Some(Cause::Cancelled) => self.cancelled += 1,
            Some(_) => self.failed += 1,
        }
        self.add_time(call.total, call.own, is_nested);
        self.sum += call.total;
        self.max = self.max.max(call.total);
        if self.times.is_none() {
            self.times = Histogram::new(DIGITS).ok().map(Box::new);
        }
        if let Some(times) = &mut self.times {
            let _ = times.record(call.total); // grows to any time there is
        }
    }

    /// Adds the time of a call, which may still be open.
    pub(super) fn add_time(&mut self, total: u64, own: u64, is_nested: bool) {
        if !is_nested {
            self.total += total;
        }
        self.own += own;
    }

    /// None, where no call is over.
    pub(super) const fn mean(&self) -> Option<u64> {
        self.sum.checked_div(self.calls)
    }

    /// The time that a part `quantile` of the calls did not exceed.
    pub(super) fn quantile(&self, quantile: f64) -> Option<u64> {
        let times = self.times.as_ref()?;
        Some(times.value_at_quantile(quantile).min(self.max))
    }
}
