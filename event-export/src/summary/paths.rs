//! Which rows a scope stands in: the sets of rows on the way from the outermost scope to it.
//!
//! Recursion of any depth is one set, so a program has few of them, and whether a call is inside another of its
//! row is one look-up.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::rows::RowId;

/// A set of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SetId(pub(super) u32);

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The rows on the way to it, and its own.
    pub(super) set: SetId,
    /// Whether none of them was its own already.
    pub(super) is_outermost: bool,
}

#[derive(Debug)]
pub(super) struct Paths(RwLock<Sets>);

#[derive(Debug)]
struct Sets {
    /// The rows of each set, in order.
    members: Vec<Arc<[RowId]>>,
    ids: HashMap<Arc<[RowId]>, SetId>,
    steps: HashMap<(SetId, RowId), Step>,
    /// How many rows all sets have together.
    rows: usize,
}

/// Beyond these no set is added.
const MOST_SETS: usize = 1 << 16;
const MOST_ROWS: usize = 1 << 22;
/// Beyond this many, steps are found by the sets' rows.
const MOST_STEPS: usize = 1 << 17;

impl Paths {
    /// Where there is no scope around.
    pub(super) const OUTSIDE: SetId = SetId(0);

    pub(super) fn new() -> Self {
        let nothing: Arc<[RowId]> = Arc::new([]);
        Self(RwLock::new(Sets {
            members: vec![Arc::clone(&nothing)],
            ids: HashMap::from([(nothing, Self::OUTSIDE)]),
            steps: HashMap::new(),
            rows: 0,
        }))
    }

    /// Where a call of `row` stands inside a scope that stands in `around`.
    pub(super) fn step(&self, around: SetId, row: RowId) -> Step {
        let sets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = sets.steps.get(&(around, row)).copied();
        drop(sets);
        known.unwrap_or_else(|| {
            let mut sets = self.0.write().unwrap_or_else(PoisonError::into_inner);
            sets.add(around, row)
        })
    }
}

impl Sets {
    fn add(&mut self, around: SetId, row: RowId) -> Step {
        let rows = &self.members[around.0 as usize];
        let step = match rows.binary_search(&row) {
            Ok(_) => Step {
                set: around,
                is_outermost: false,
            },
            Err(place) => {
                let (before, behind) = rows.split_at(place);
                let with = [before, &[row], behind].concat().into();
                Step {
                    set: self.id(with).unwrap_or(around),
                    is_outermost: true,
                }
            }
        };
        if self.steps.len() < MOST_STEPS {
            self.steps.insert((around, row), step);
        }
        step
    }

    /// The set of `rows`, if there is one or room for one.
    fn id(&mut self, rows: Arc<[RowId]>) -> Option<SetId> {
        if let Some(id) = self.ids.get(&rows) {
            return Some(*id);
        }
        let total = self.rows + rows.len();
        if self.members.len() >= MOST_SETS || total > MOST_ROWS {
            return None;
        }
        let id = SetId(u32::try_from(self.members.len()).ok()?);
        self.rows = total;
        self.members.push(Arc::clone(&rows));
        self.ids.insert(rows, id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recursion_stays_where_it_is_and_order_does_not_matter() {
        let paths = Paths::new();
        let [a, b] = [RowId(7), RowId(3)];
        let in_a = paths.step(Paths::OUTSIDE, a);
        assert!(in_a.is_outermost);
        let in_a_b = paths.step(in_a.set, b);
        assert!(in_a_b.is_outermost);
        let again = paths.step(in_a_b.set, a);
        assert!(!again.is_outermost);
        assert_eq!(again.set, in_a_b.set);
        let in_b = paths.step(Paths::OUTSIDE, b);
        assert_eq!(paths.step(in_b.set, a).set, in_a_b.set);
    }
}
