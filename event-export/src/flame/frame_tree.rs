//! Distinct call stacks as a tree of frame names, and a number for each of them.
//!
//! Names are escaped as in folded stacks (`frame_name.rs`). While a program runs, the frame of a
//! site has the site as name. The output gives these frames labels that differ.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;

use event_core::{Kind, Site};

use super::frame_name;
use crate::profile::call_tree::{CallTree, Limits, NodeId, Recursion};

/// The most distinct stacks, not counting one child `(others)` of each.
const MAX_STACKS: usize = 1 << 14;

const LIMITS: Limits = Limits {
    nodes: MAX_STACKS,
    depth: 200,
};

/// The frame that collects stacks deeper than the limit.
const DEEPER: &str = "(deeper)";
/// The frame that collects stacks beyond [`MAX_STACKS`].
const OTHERS: &str = "(others)";

/// Returns whether a frame of this name collects calls beyond a limit.
pub(super) fn is_rest(name: &str) -> bool {
    matches!(name, DEEPER | OTHERS)
}

/// The index of a name in [`FrameTree::names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NameId(u32);

/// The name of a frame.
#[derive(Clone, Debug)]
enum FrameName {
    Text(Arc<str>),
    Site(&'static Site),
    /// The own name of an event, or its kind.
    Own(Kind, Arc<str>),
}

/// A frame that is looked up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Frame<'f> {
    Named(&'f str),
    Site(&'static Site),
    /// The own name of an event, or its kind.
    Own(Kind, &'f str),
}

#[derive(Clone, Debug)]
pub(super) struct FrameTree {
    tree: CallTree<NameId>,
    names: Vec<FrameName>,
    text_ids: HashMap<Arc<str>, NameId>,
    /// By the address of the site.
    site_ids: HashMap<usize, NameId>,
    own_ids: HashMap<Kind, HashMap<Arc<str>, NameId>>,
}

impl Default for FrameTree {
    fn default() -> Self {
        Self {
            tree: CallTree::new(Recursion::Unfolded, LIMITS),
            names: Vec::new(),
            text_ids: HashMap::new(),
            site_ids: HashMap::new(),
            own_ids: HashMap::new(),
        }
    }
}

impl FrameTree {
    /// Returns whether the limit is reached, so that a new stack will be one of the `(others)`.
    pub(super) fn is_full(&self) -> bool {
        self.tree.is_full()
    }

    /// Raises the limit, so that as many new stacks fit as into an empty tree.
    pub(super) fn make_room(&mut self) {
        self.tree.extend_limit(MAX_STACKS);
    }

    /// Returns the stack of `caller` with `frame` on top.
    pub(super) fn child(&mut self, caller: NodeId, frame: Frame<'_>) -> NodeId {
        if self.name(caller).is_some_and(is_rest) {
            return caller;
        }
        let known = self.find(frame);
        if let Some(position) = known.and_then(|name| self.tree.find(caller, name)) {
            return position.node;
        }
        if self.tree.is_too_deep(caller) {
            return self.child_beyond_limits(caller, DEEPER);
        }
        if self.is_full() {
            return self.others(caller);
        }
        let name = self.intern(frame);
        match self.tree.enter(caller, name) {
            Some(position) => position.node,
            None => self.others(caller),
        }
    }

    /// Returns the stack `(others)` under `caller`.
    pub(super) fn others(&mut self, caller: NodeId) -> NodeId {
        self.child_beyond_limits(caller, OTHERS)
    }

    /// Returns the stack of `caller` with the frame `name`, whatever the limits are.
    fn child_beyond_limits(&mut self, caller: NodeId, name: &str) -> NodeId {
        let name = self.intern(Frame::Named(name));
        self.tree.enter_unlimited(caller, name)
    }

    fn find(&self, frame: Frame<'_>) -> Option<NameId> {
        match frame {
            Frame::Named(name) => self.text_ids.get(name).copied(),
            Frame::Site(site) => self.site_ids.get(&ptr::from_ref(site).addr()).copied(),
            Frame::Own(kind, name) => self.own_ids.get(&kind)?.get(name).copied(),
        }
    }

    fn intern(&mut self, frame: Frame<'_>) -> NameId {
        if let Some(id) = self.find(frame) {
            return id;
        }
        let id = NameId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(match frame {
            Frame::Named(name) => {
                let name: Arc<str> = Arc::from(name);
                self.text_ids.insert(Arc::clone(&name), id);
                FrameName::Text(name)
            }
            Frame::Site(site) => {
                self.site_ids.insert(ptr::from_ref(site).addr(), id);
                FrameName::Site(site)
            }
            Frame::Own(kind, name) => {
                let name: Arc<str> = Arc::from(name);
                let ids = self.own_ids.entry(kind).or_default();
                ids.insert(Arc::clone(&name), id);
                FrameName::Own(kind, name)
            }
        });
        id
    }

    /// Copies the frames of `stack`, except its first, on top of `root`. Returns the new stack.
    pub(super) fn moved(&mut self, stack: NodeId, root: NodeId) -> NodeId {
        let callers = self.tree.with_callers(stack);
        let frames = callers.filter(|node| self.tree.depth(*node) > 1);
        let names: Vec<_> = frames.filter_map(|node| self.frame_name(node)).collect();
        let names: Vec<_> = names.into_iter().cloned().collect();
        names.iter().rev().fold(root, |caller, name| {
            let frame = match name {
                FrameName::Text(name) => Frame::Named(name),
                FrameName::Site(site) => Frame::Site(site),
                FrameName::Own(kind, name) => Frame::Own(*kind, name),
            };
            self.child(caller, frame)
        })
    }

    /// Returns the name of the topmost frame; none for the empty stack, and for an event
    /// without a label.
    pub(super) fn name(&self, stack: NodeId) -> Option<&str> {
        match self.frame_name(stack)? {
            FrameName::Text(name) => Some(name),
            FrameName::Site(_) | FrameName::Own(..) => None,
        }
    }

    fn frame_name(&self, stack: NodeId) -> Option<&FrameName> {
        let NameId(name) = self.tree.key(stack)?;
        self.names.get(name as usize)
    }

    /// Returns the same stacks with a label for each event, and where each stack is in them.
    ///
    /// Stacks with equal labels become one: a site's frame and the one that was read from a
    /// file.
    pub(super) fn with_labels(&self) -> (Self, Moved) {
        let labels = self.labels();
        let mut labelled = Self::default();
        let mut moved = vec![NodeId::ROOT; self.tree.len()];
        for node in self.tree.nodes() {
            let caller = moved[self.tree.caller(node).index()];
            if let Some(NameId(name)) = self.tree.key(node) {
                moved[node.index()] = labelled.child_beyond_limits(caller, &labels[name as usize]);
            }
        }
        (labelled, Moved(moved))
    }

    /// Returns the text of each name.
    fn labels(&self) -> Vec<Arc<str>> {
        let events = self.names.iter().filter_map(|name| match name {
            FrameName::Text(_) => None,
            FrameName::Site(site) => Some((site.kind(), site.path(), Some(*site))),
            FrameName::Own(kind, name) => Some((*kind, &**name, None)),
        });
        let mut labels = frame_name::of_events(&events.collect::<Vec<_>>()).into_iter();
        let text = |name: &FrameName| match name {
            FrameName::Text(name) => Arc::clone(name),
            FrameName::Site(_) | FrameName::Own(..) => {
                labels.next().map_or_else(|| Arc::from(""), Arc::from)
            }
        };
        self.names.iter().map(text).collect()
    }

    /// Returns the names of all frames, some more than once, and whether each frame is the first of
    /// its stack.
    pub(super) fn frames(&self) -> impl Iterator<Item = (&str, bool)> {
        let nodes = self.tree.nodes();
        nodes.filter_map(|node| Some((self.name(node)?, self.tree.depth(node) == 1)))
    }

    /// Returns the callees of each stack, sorted by name. The index is that of the stack.
    pub(super) fn sorted_children(&self) -> Vec<Vec<NodeId>> {
        let mut children = vec![Vec::new(); self.tree.len()];
        for node in self.tree.nodes() {
            children[self.tree.caller(node).index()].push(node);
        }
        for siblings in &mut children {
            siblings.sort_by_key(|node| self.name(*node));
        }
        children
    }
}

/// Where each stack of a tree is in another tree.
#[derive(Debug)]
pub(super) struct Moved(Vec<NodeId>);

/// A number for each stack: nanoseconds or calls.
#[derive(Clone, Debug, Default)]
pub(super) struct StackTotals(Vec<u64>);

impl StackTotals {
    #[inline]
    pub(super) fn add(&mut self, stack: NodeId, number: u64) {
        let index = stack.index();
        match self.0.get_mut(index) {
            Some(sum) => *sum = sum.saturating_add(number),
            None => self.add_first(index, number),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_first(&mut self, index: usize, number: u64) {
        self.0.resize(index + 1, 0);
        self.0[index] = number;
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (sum, number) in self.0.iter_mut().zip(&other.0) {
            *sum = sum.saturating_add(*number);
        }
    }

    /// Returns the numbers in the tree to which the stacks have moved.
    pub(super) fn moved(&self, Moved(to): &Moved) -> Self {
        let mut moved = Self::default();
        for (number, stack) in self.0.iter().zip(to) {
            if *number > 0 {
                moved.add(*stack, *number);
            }
        }
        moved
    }

    pub(super) fn get(&self, stack: NodeId) -> u64 {
        self.0.get(stack.index()).copied().unwrap_or(0)
    }

    pub(super) fn sum(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Returns how many stacks have a number above zero.
    pub(super) fn stacks(&self) -> usize {
        self.0.iter().filter(|number| **number > 0).count()
    }
}
