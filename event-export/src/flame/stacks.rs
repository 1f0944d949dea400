//! Distinct call stacks as a tree of names; numbers of them go on the side, by [`Stack`].
//!
//! Names are as they stand in folded stacks, see `name.rs`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::frame_name;

/// The most frames of a stack; what is deeper is added up in one frame more.
pub(super) const DEEPEST: u16 = 200;

/// The most distinct stacks, but for one more under each, of the others.
pub(super) const MOST: usize = 1 << 14;

const DEEPER: &str = "(deeper)";
const OTHERS: &str = "(others)";

/// One of the stacks of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Stack(u32);

impl Stack {
    /// The stack without frames.
    pub(super) const EMPTY: Self = Self(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) fn number(self) -> u32 {
        self.0
    }
}

#[derive(Clone, Debug)]
pub(super) struct Stacks {
    nodes: Vec<Node>,
    most: usize,
}

#[derive(Clone, Debug)]
struct Node {
    name: Arc<str>,
    parent: Stack,
    depth: u16,
    /// In name's order, so that the same run is written the same way.
    children: BTreeMap<Arc<str>, Stack>,
}

impl Node {
    /// Whether what is called by this is added up in it.
    fn is_rest(&self) -> bool {
        is_rest(&self.name)
    }
}

/// Whether a frame of this name is put together of what found no room.
pub(super) fn is_rest(name: &str) -> bool {
    matches!(name, DEEPER | OTHERS)
}

impl Default for Stacks {
    fn default() -> Self {
        let empty = Node {
            name: Arc::from(""),
            parent: Stack::EMPTY,
            depth: 0,
            children: BTreeMap::new(),
        };
        Self {
            nodes: vec![empty],
            most: MOST,
        }
    }
}

impl Stacks {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether a stack that is not there yet will be one of the others.
    pub(super) fn is_full(&self) -> bool {
        self.len() > self.most
    }

    /// Makes as much room as there was at first.
    pub(super) fn make_room(&mut self) {
        self.most = self.len() + MOST;
    }

    /// The stack of `parent` and `name`.
    pub(super) fn child(&mut self, parent: Stack, name: &str) -> Stack {
        let node = &self.nodes[parent.index()];
        if node.is_rest() {
            return parent;
        }
        if let Some(child) = node.children.get(name) {
            return *child;
        }
        let depth = node.depth + 1;
        if depth > DEEPEST {
            self.add(parent, DEEPER, depth)
        } else if self.is_full() {
            self.add(parent, OTHERS, depth)
        } else {
            self.add(parent, name, depth)
        }
    }

    /// The stack that has what finds no room under `parent`.
    pub(super) fn others(&mut self, parent: Stack) -> Stack {
        let depth = self.nodes[parent.index()].depth + 1;
        self.add(parent, OTHERS, depth)
    }

    fn add(&mut self, parent: Stack, name: &str, depth: u16) -> Stack {
        let next = Stack(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let children = &mut self.nodes[parent.index()].children;
        if let Some(child) = children.get(name) {
            return *child;
        }
        let name: Arc<str> = Arc::from(name);
        children.insert(Arc::clone(&name), next);
        self.nodes.push(Node {
            name,
            parent,
            depth,
            children: BTreeMap::new(),
        });
        next
    }

    /// The same frames as `stack`'s, but for the first, under `root`.
    pub(super) fn moved(&mut self, stack: Stack, root: Stack) -> Stack {
        let mut names = Vec::new();
        let mut at = stack;
        while self.nodes[at.index()].depth > 1 {
            names.push(Arc::clone(&self.nodes[at.index()].name));
            at = self.nodes[at.index()].parent;
        }
        let down = names.iter().rev();
        down.fold(root, |parent, name| self.child(parent, name))
    }

    /// All names, some more than once, and whether they are a stack's first.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        let frames = self.nodes.iter().skip(1);
        frames.map(|node| (&*node.name, node.depth == 1))
    }

    /// Folded stacks: a line for each for which `number` writes something behind it, a caller before what it calls, and
    /// what it calls in name's order.
    pub(super) fn folded(&self, mut number: impl FnMut(&mut String, Stack)) -> String {
        let mut text = String::new();
        let mut path = String::new();
        // Frames to go into, each with the length of the path of its caller.
        let mut ahead = vec![(Stack::EMPTY, 0)];
        while let Some((stack, length)) = ahead.pop() {
            let node = &self.nodes[stack.index()];
            path.truncate(length);
            if stack != Stack::EMPTY {
                if length > 0 {
                    path.push(';');
                }
                path.push_str(&node.name);
                let before = text.len();
                text.push_str(&path);
                let named = text.len();
                number(&mut text, stack);
                if text.len() == named {
                    text.truncate(before);
                } else {
                    text.push('\n');
                }
            }
            let children = node.children.values().rev();
            ahead.extend(children.map(|child| (*child, path.len())));
        }
        text
    }

    /// Adds what is in folded stacks, and returns the numbers.
    pub(super) fn read(&mut self, folded: &str) -> Result<Vec<u64>, String> {
        /// More than this many nanoseconds no run has, nor calls.
        const LARGEST: u64 = 1 << 60;
        let mut numbers = Vec::new();
        let mut total: u64 = 0;
        for (line, text) in (1..).zip(folded.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with("# ") {
                continue;
            }
            if text.contains(frame_name::means_nothing_in_xml) {
                return Err(wrong(line, "there is a control character in it"));
            }
            let Some((names, number)) = text.rsplit_once(' ') else {
                return Err(wrong(line, "there is no number at its end"));
            };
            let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
            let Ok(number) = whole.parse::<u64>() else {
                return Err(wrong(line, &format!("`{number}` is no number")));
            };
            total = total.saturating_add(number);
            if total > LARGEST {
                return Err(wrong(line, "the numbers are too large"));
            }
            let names = names.trim_end().split(';').filter(|name| !name.is_empty());
            let stack = names.fold(Stack::EMPTY, |stack, name| self.child(stack, name));
            add_to(&mut numbers, stack, number);
        }
        Ok(numbers)
    }
}

fn wrong(line: u32, why: &str) -> String {
    let mut text = String::new();
    let _ = write!(text, "line {line} is no folded stack: {why}");
    text
}

/// Adds to the stack's number, of numbers that go as far as is needed.
pub(super) fn add_to(numbers: &mut Vec<u64>, stack: Stack, number: u64) {
    if numbers.len() <= stack.index() {
        numbers.resize(stack.index() + 1, 0);
    }
    let sum = &mut numbers[stack.index()];
    *sum = sum.saturating_add(number);
}
