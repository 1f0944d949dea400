//! The flame graph: all calls, merged by their call stacks.
//!
//! The number of stacks and their depth are limited. Beyond a limit, recursion is folded: a call
//! counts for the nearest caller of the same function. Without such a caller, the call is under
//! [`OTHERS`].

use crate::profile::call_tree::{CallTree, Limits, NodeId, Position, Recursion};
use crate::profile::row_index::RowId;

/// The limits. They do not count the stacks under [`OTHERS`], one for each row.
const LIMITS: Limits = Limits {
    nodes: 50_000,
    depth: 1000,
};

/// The row of the stack that contains all stacks beyond the limits.
const OTHERS: RowId = RowId(u32::MAX);

#[derive(Debug)]
pub(super) struct Stacks {
    tree: CallTree<RowId>,
    /// By the index of the node.
    totals: Vec<StackTotal>,
}

#[derive(Clone, Copy, Debug, Default)]
struct StackTotal {
    calls: u64,
    own: u64,
}

/// One function, called in one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stack {
    /// None for [`OTHERS`].
    pub(super) row: Option<RowId>,
    /// The position of the caller, which is smaller than this stack's; none for outermost calls.
    pub(super) caller: Option<usize>,
    pub(super) calls: u64,
    pub(super) own: u64,
}

impl Default for Stacks {
    fn default() -> Self {
        Self {
            tree: CallTree::new(Recursion::Unfolded, LIMITS),
            totals: Vec::new(),
        }
    }
}

impl Stacks {
    /// Returns the position of a call of `row` by `caller`.
    pub(super) fn enter(&mut self, caller: NodeId, row: RowId) -> Position {
        if let Some(position) = self.tree.enter(caller, row) {
            return position;
        }
        if let Some(node) = self.tree.nearest(caller, row) {
            return Position {
                node,
                is_nested: true,
            };
        }
        let others = self.tree.enter_unlimited(NodeId::ROOT, OTHERS);
        Position {
            node: self.tree.enter_unlimited(others, row),
            is_nested: false,
        }
    }

    pub(super) fn add_call(&mut self, node: NodeId, own: u64) {
        let total = self.total(node);
        total.calls += 1;
        total.own += own;
    }

    fn total(&mut self, node: NodeId) -> &mut StackTotal {
        let index = node.index();
        if self.totals.len() <= index {
            self.totals.resize(index + 1, StackTotal::default());
        }
        &mut self.totals[index]
    }

    /// Returns a copy of the stacks, callers before callees.
    pub(super) fn to_vec(&self) -> Vec<Stack> {
        let stacks = self.tree.nodes().map(|node| {
            let total = self.totals.get(node.index()).copied().unwrap_or_default();
            Stack {
                row: self.tree.key(node).filter(|row| *row != OTHERS),
                caller: position(self.tree.caller(node)),
                calls: total.calls,
                own: total.own,
            }
        });
        stacks.collect()
    }
}

/// Returns the position of a node in [`Stacks::to_vec`]; none for the root.
pub(super) fn position(node: NodeId) -> Option<usize> {
    node.index().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_recursion_is_folded() {
        let mut stacks = Stacks::default();
        let mut caller = NodeId::ROOT;
        for call in 0..10_000 {
            let position = stacks.enter(caller, RowId(call % 2));
            assert_eq!(position.is_nested, call > 1);
            caller = position.node;
        }
        assert_eq!(stacks.to_vec().len(), 1000);
    }

    #[test]
    fn stacks_beyond_the_limit_are_together() {
        let mut stacks = Stacks::default();
        for row in 0..60_000 {
            stacks.enter(NodeId::ROOT, RowId(row % 50_003));
        }
        let all = stacks.to_vec();
        assert_eq!(all.len(), LIMITS.nodes + 1 + 3);
        assert_eq!(all[LIMITS.nodes].row, None);
        assert_eq!(all[LIMITS.nodes + 1].caller, Some(LIMITS.nodes));
    }
}
