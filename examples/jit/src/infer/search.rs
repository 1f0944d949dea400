//! The search for types across functions that call each other.
//!
//! The types of a recursive function hang on themselves. All functions that one needs start
//! as [`Type::Unknown`] and are walked again until nothing changes; types only grow, so
//! this ends. What comes out are the smallest types that fit.

use std::collections::BTreeMap;

use super::{Calls, Findings, Result, search_once};
use crate::compiling::Key;
use crate::names::{self, Locals};
use crate::program::Globals;
use crate::source::At;
use crate::typed::Callee;
use crate::types::Type;
use crate::unit::Unit;

/// Finds the types of `unit`; its callees are walked, not compiled.
pub(crate) fn search(unit: &Unit, locals: &Locals) -> Result<Findings> {
    let root = Key::new(unit.qualname(), &unit.args);
    let mut search = Search {
        globals: &unit.globals,
        found: BTreeMap::new(),
        circular: false,
    };
    search.found.insert(root.clone(), Findings::default());
    search.walk(&root, unit, locals)?;
    while search.circular && search.again(&root, unit, locals)? {}
    let Search { found, .. } = search;
    remember(&unit.globals, &found);
    Ok(found.get(&root).cloned().unwrap_or_default())
}

/// Spares the callees' own compilations the search for what is known by now.
fn remember(globals: &Globals, found: &BTreeMap<Key, Findings>) {
    for (key, findings) in found {
        if let Some(dispatcher) = globals.function(&key.function) {
            dispatcher.remember_return_type(&key.args, findings.return_type());
        }
    }
}

struct Search<'a> {
    globals: &'a Globals,
    found: BTreeMap<Key, Findings>,
    /// Whether a type was used before its function had been walked to the end.
    circular: bool,
}

impl Search<'_> {
    fn walk(&mut self, key: &Key, unit: &Unit, locals: &Locals) -> Result<bool> {
        let before = self.found.get(key).cloned().unwrap_or_default();
        let found = search_once(unit, locals, self, before.clone())?;
        let changed = found.return_type() != before.return_type();
        self.found.insert(key.clone(), found);
        Ok(changed)
    }

    /// Walks everything once more; whether that changed anything.
    fn again(&mut self, root: &Key, unit: &Unit, locals: &Locals) -> Result<bool> {
        let keys: Vec<_> = self.found.keys().cloned().collect();
        let known = keys.len();
        let mut changed = self.walk(root, unit, locals)?;
        for key in keys.iter().filter(|key| *key != root) {
            changed |= self.walk_callee(key);
        }
        Ok(changed || self.found.len() > known)
    }

    /// Walks a callee. Its errors are its own: they are found again, and told, when it is
    /// compiled.
    fn walk_callee(&mut self, key: &Key) -> bool {
        let Some(dispatcher) = self.globals.function(&key.function) else {
            return false;
        };
        let unit = dispatcher.unit(&key.args);
        let Ok(locals) = names::resolve(&unit.function, &unit.globals, &unit.source) else {
            return false;
        };
        self.walk(key, &unit, &locals).unwrap_or(false)
    }
}

impl Calls for Search<'_> {
    fn call(&mut self, name: &str, args: &[Type], _: At) -> Result<(Type, Callee)> {
        let Some(dispatcher) = self.globals.function(name) else {
            return Ok((Type::Unknown, Callee::Unresolved));
        };
        if dispatcher.arity() != args.len() {
            return Ok((Type::Unknown, Callee::Unresolved));
        }
        let key = Key::new(name, args);
        let ty = if let Some(findings) = self.found.get(&key) {
            self.circular = true;
            findings.return_type()
        } else if let Some(known) = dispatcher.return_type(args) {
            known
        } else {
            self.found.insert(key.clone(), Findings::default());
            self.walk_callee(&key);
            self.found
                .get(&key)
                .map_or(Type::Unknown, Findings::return_type)
        };
        Ok((ty, Callee::Unresolved))
    }
}
