//! Which row of a table an event belongs to.
//!
//! A row is an annotated function, or a name under one kind. The number of rows and the length of
//! names are limited. The caller decides where events beyond the limit are counted.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ptr;

use event_core::{Kind, Site};

use super::truncate;

/// A row's position in the order in which the rows were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowId(pub(crate) u32);

impl RowId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The function, or the name under a kind, that a row is for.
#[derive(Clone, Debug)]
pub(crate) struct RowIdentity {
    pub(crate) kind: Kind,
    /// The path of the function, or the name.
    pub(crate) function: Cow<'static, str>,
    /// None if one name may belong to several sites.
    pub(crate) site: Option<&'static Site>,
}

/// The rows so far.
#[derive(Debug)]
pub(crate) struct RowIndex {
    /// By the address of the site.
    sites: HashMap<usize, RowId>,
    names: HashMap<Kind, HashMap<Box<str>, RowId>>,
    identities: Vec<RowIdentity>,
    max_rows: usize,
    max_name_bytes: usize,
}

impl RowIndex {
    pub(crate) fn new(max_rows: usize, max_name_bytes: usize) -> Self {
        Self {
            sites: HashMap::new(),
            names: HashMap::new(),
            identities: Vec::new(),
            max_rows,
            max_name_bytes,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.identities.len() >= self.max_rows
    }

    /// Returns the row of the function `site`, if there is one.
    pub(crate) fn find_site(&self, site: &'static Site) -> Option<RowId> {
        self.sites.get(&ptr::from_ref(site).addr()).copied()
    }

    /// Returns the row of the function `site`, and adds it if there is none. Returns none if the
    /// index is full.
    pub(crate) fn add_site(&mut self, kind: Kind, site: &'static Site) -> Option<RowId> {
        if let Some(row) = self.find_site(site) {
            return Some(row);
        }
        if self.is_full() {
            return None;
        }
        let row = self.add(RowIdentity {
            kind,
            function: Cow::Borrowed(site.path()),
            site: Some(site),
        });
        self.sites.insert(ptr::from_ref(site).addr(), row);
        Some(row)
    }

    /// Returns the row of `name` under `kind`, if there is one.
    pub(crate) fn find_name(&self, kind: Kind, name: &str) -> Option<RowId> {
        let name = truncate::prefix(name, self.max_name_bytes);
        self.names.get(&kind)?.get(name).copied()
    }

    /// Returns the row of `name` under `kind`, and adds it if there is none. Returns none if the
    /// index is full.
    pub(crate) fn add_name(&mut self, kind: Kind, name: &str) -> Option<RowId> {
        let known = self.find_name(kind, name);
        known.or_else(|| (!self.is_full()).then(|| self.add_name_beyond_limit(kind, name)))
    }

    /// Does the same beyond the limit, for the row that collects all other names of a kind.
    pub(crate) fn add_others(&mut self, kind: Kind, name: &'static str) -> RowId {
        let known = self.find_name(kind, name);
        known.unwrap_or_else(|| self.add_name_beyond_limit(kind, name))
    }

    fn add_name_beyond_limit(&mut self, kind: Kind, name: &str) -> RowId {
        let name = truncate::prefix(name, self.max_name_bytes);
        let row = self.add(RowIdentity {
            kind,
            function: Cow::Owned(name.to_owned()),
            site: None,
        });
        let names = self.names.entry(kind).or_default();
        names.insert(name.into(), row);
        row
    }

    fn add(&mut self, identity: RowIdentity) -> RowId {
        let row = RowId(u32::try_from(self.identities.len()).unwrap_or(u32::MAX));
        self.identities.push(identity);
        row
    }

    /// Returns the identities of the rows, in the order of their numbers.
    pub(crate) fn identities(&self) -> &[RowIdentity] {
        &self.identities
    }
}
