//! A tree of calls: each node is one way to reach a scope.
//!
//! The caller of this module chooses the keys (a function's row, a frame's name), the limits, and
//! what happens beyond them.

use std::collections::HashMap;
use std::hash::Hash;

/// A node of a [`CallTree`]. Callers have smaller numbers than callees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// The caller of the outermost scopes, which has no key.
    pub(crate) const ROOT: Self = Self(0);

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn as_u32(self) -> u32 {
        self.0
    }
}

/// The position of a call in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) node: NodeId,
    /// Whether the call is inside another one of the same key.
    pub(crate) is_nested: bool,
}

/// How a call inside another one of the same key is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recursion {
    /// As a node of its own.
    Unfolded,
    /// In the node of its caller, so recursion of any depth needs no more nodes.
    Folded,
}

/// How large a tree may become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most nodes, not counting the root.
    pub(crate) nodes: usize,
    /// The most nodes from the root to a leaf, not counting the root.
    pub(crate) depth: u32,
}

#[derive(Clone, Debug)]
struct Node<K> {
    /// None for the root.
    key: Option<K>,
    caller: NodeId,
    depth: u32,
}

/// The tree of all calls. Equal calls by one caller share a node.
#[derive(Clone, Debug)]
pub(crate) struct CallTree<K> {
    nodes: Vec<Node<K>>,
    positions: HashMap<(NodeId, K), Position>,
    recursion: Recursion,
    limits: Limits,
}

impl<K: Copy + Eq + Hash> CallTree<K> {
    pub(crate) fn new(recursion: Recursion, limits: Limits) -> Self {
        let root = Node {
            key: None,
            caller: NodeId::ROOT,
            depth: 0,
        };
        Self {
            nodes: vec![root],
            positions: HashMap::new(),
            recursion,
            limits,
        }
    }

    /// Returns the number of nodes, including the root.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether the limit of nodes is reached.
    pub(crate) fn is_full(&self) -> bool {
        self.nodes.len() > self.limits.nodes
    }

    /// Makes room for `nodes` more nodes.
    pub(crate) fn extend_limit(&mut self, nodes: usize) {
        self.limits.nodes = self.nodes.len() + nodes;
    }

    /// Returns whether a scope called by `caller` would be deeper than the limit.
    pub(crate) fn is_too_deep(&self, caller: NodeId) -> bool {
        self.depth(caller) >= self.limits.depth
    }

    /// Returns the position of a call of `key` by `caller`, if it was entered before.
    pub(crate) fn find(&self, caller: NodeId, key: K) -> Option<Position> {
        self.positions.get(&(caller, key)).copied()
    }

    /// Returns the position of a call of `key` by `caller`, and adds a node if there is none.
    /// Returns none beyond the limits.
    pub(crate) fn enter(&mut self, caller: NodeId, key: K) -> Option<Position> {
        if let Some(position) = self.find(caller, key) {
            return Some(position);
        }
        let is_nested = self.nearest(caller, key).is_some();
        if is_nested && self.recursion == Recursion::Folded {
            let position = Position {
                node: caller,
                is_nested,
            };
            self.remember(caller, key, position);
            return Some(position);
        }
        if self.is_full() || self.is_too_deep(caller) {
            return None;
        }
        Some(self.add(caller, key, is_nested))
    }

    /// Does the same without limits, for nodes that collect the calls beyond the limits.
    pub(crate) fn enter_unlimited(&mut self, caller: NodeId, key: K) -> NodeId {
        let known = self.find(caller, key);
        known.unwrap_or_else(|| self.add(caller, key, false)).node
    }

    fn add(&mut self, caller: NodeId, key: K, is_nested: bool) -> Position {
        let node = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node {
            key: Some(key),
            caller,
            depth: self.depth(caller) + 1,
        });
        let position = Position { node, is_nested };
        self.positions.insert((caller, key), position);
        position
    }

    /// Caches the position of a folded call. If there are many, later calls search the callers.
    fn remember(&mut self, caller: NodeId, key: K, position: Position) {
        if self.positions.len() < self.limits.nodes.saturating_mul(2) {
            self.positions.insert((caller, key), position);
        }
    }

    /// Returns the nearest of `node` and its callers that has `key`.
    pub(crate) fn nearest(&self, node: NodeId, key: K) -> Option<NodeId> {
        self.with_callers(node)
            .find(|it| self.key(*it) == Some(key))
    }

    /// Returns the node, its caller, and so on, without the root.
    pub(crate) fn with_callers(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let not_root = |node: NodeId| (node != NodeId::ROOT).then_some(node);
        std::iter::successors(not_root(node), move |node| not_root(self.caller(*node)))
    }

    pub(crate) fn key(&self, node: NodeId) -> Option<K> {
        self.nodes[node.index()].key
    }

    pub(crate) fn caller(&self, node: NodeId) -> NodeId {
        self.nodes[node.index()].caller
    }

    pub(crate) fn depth(&self, node: NodeId) -> u32 {
        self.nodes[node.index()].depth
    }

    /// Returns all nodes except the root, callers before callees.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<K> {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        (1..end).map(NodeId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { nodes: 4, depth: 3 };

    #[test]
    fn a_key_among_the_callers_makes_a_call_nested() {
        let mut tree = CallTree::new(Recursion::Unfolded, LIMITS);
        let a = tree.enter(NodeId::ROOT, 'a').unwrap();
        let b = tree.enter(a.node, 'b').unwrap();
        assert!(!a.is_nested && !b.is_nested);
        let again = tree.enter(b.node, 'a').unwrap();
        assert!(again.is_nested && again.node != a.node);
        assert_eq!(tree.find(b.node, 'a'), Some(again));
    }

    #[test]
    fn folded_recursion_stays_at_its_caller() {
        let mut tree = CallTree::new(Recursion::Folded, LIMITS);
        let a = tree.enter(NodeId::ROOT, 'a').unwrap();
        let b = tree.enter(a.node, 'b').unwrap();
        let again = tree.enter(b.node, 'a').unwrap();
        assert_eq!(again.node, b.node);
        assert!(again.is_nested);
        assert!(tree.enter(again.node, 'b').unwrap().is_nested);
    }

    #[test]
    fn nothing_is_entered_beyond_the_limits() {
        let mut tree = CallTree::new(Recursion::Unfolded, LIMITS);
        let mut node = NodeId::ROOT;
        for key in 0..3 {
            node = tree.enter(node, key).unwrap().node;
        }
        assert_eq!(tree.enter(node, 9), None); // too deep
        assert!(tree.enter(NodeId::ROOT, 9).is_some());
        assert_eq!(tree.enter(NodeId::ROOT, 8), None); // full
        let rest = tree.enter_unlimited(NodeId::ROOT, 8);
        assert_eq!(tree.enter_unlimited(NodeId::ROOT, 8), rest);
    }
}
