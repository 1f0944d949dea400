//! The search for types across functions that call each other.
//!
//! The return type of a recursive function depends on itself. The search starts with
//! [`Type::Unknown`] for every needed function, and walks the functions again until no type
//! changes. Types only grow, so the search terminates. It finds the smallest types that satisfy all
//! uses.

use std::collections::BTreeMap;

use super::{Calls, Findings, Result, search_once};
use crate::compiling::Key;
use crate::names::{self, Locals};
use crate::program::Globals;
use crate::source::At;
use crate::typed::Callee;
use crate::types::Type;
use crate::unit::Unit;

/// Infers the types of `unit`. Callees are walked but not compiled.
pub(crate) fn search(unit: &Unit, locals: &Locals) -> Result<Findings> {
    let root = Key::new(unit.qualname(), &unit.args);
    let mut search = Search {
        globals: &unit.globals,
        found: BTreeMap::new(),
        circular: false,
    };
    search.found.insert(root.clone(), Findings::default());
    search.walk(&root, unit, locals)?;
    while search.circular && search.repeat(&root, unit, locals)? {}
    let Search { found, .. } = search;
    remember(&unit.globals, &found);
    Ok(found.get(&root).cloned().unwrap_or_default())
}

/// Stores the inferred return types, so that later compilations need not search for them.
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
    /// Whether a return type was used before its function had been walked completely.
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

    /// Walks all functions once more, and returns whether a type changed.
    fn repeat(&mut self, root: &Key, unit: &Unit, locals: &Locals) -> Result<bool> {
        let keys: Vec<_> = self.found.keys().cloned().collect();
        let known = keys.len();
        let mut changed = self.walk(root, unit, locals)?;
        for key in keys.iter().filter(|key| *key != root) {
            changed |= self.walk_callee(key);
        }
        Ok(changed || self.found.len() > known)
    }

    /// Walks a callee and returns whether its return type changed.
    ///
    /// Errors are ignored here, because the compilation of the callee reports them.
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
