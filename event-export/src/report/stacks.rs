//! The flame graph: all calls merged by what they were called from, complete however many there are.
//!
//! The number of stacks is limited. Beyond it, and beyond a depth, recursion is folded: a call is counted
//! with the nearest one of the same function below it; what has none is under [`OTHERS`].

use std::collections::HashMap;

/// How many different stacks there are at the most, but for one more for each row.
const MOST: usize = 50_000;

/// How deep they are at the most.
const DEEPEST: u32 = 1000;

/// The row of what stands for all other stacks.
pub(super) const OTHERS: u32 = u32::MAX;

/// All stacks, each as its topmost call and the stack below that.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    stacks: Vec<Stack>,
    /// By the stack below, or [`GROUND`], and the row.
    places: HashMap<(u32, u32), u32>,
}

/// What is below the outermost calls.
pub(super) const GROUND: u32 = u32::MAX;

/// A function called in one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stack {
    pub(super) row: u32,
    /// Always a smaller number, or [`GROUND`].
    pub(super) below: u32,
    depth: u32,
    /// Whether the same function is further below.
    is_nested: bool,
    pub(super) calls: u64,
    pub(super) own: u64,
}

impl Stacks {
    /// The stack of a call of `row` from `below`, and whether the same function is further below.
    pub(super) fn enter(&mut self, below: Option<u32>, row: u32) -> (u32, bool) {
        let below = below.unwrap_or(GROUND);
        if let Some(stack) = self.places.get(&(below, row)) {
            let is_nested = self.get(*stack).is_some_and(|stack| stack.is_nested);
            return (*stack, is_nested);
        }
        let same = self.nearest(below, row);
        let depth = self.get(below).map_or(0, |stack| stack.depth + 1);
        if self.stacks.len() < MOST && depth < DEEPEST {
            return (self.add(below, row, same.is_some()), same.is_some());
        }
        if let Some(stack) = same {
            return (stack, true);
        }
        let others = self.known_or_new(GROUND, OTHERS);
        (self.known_or_new(others, row), false)
    }

    fn known_or_new(&mut self, below: u32, row: u32) -> u32 {
        let known = self.places.get(&(below, row)).copied();
        known.unwrap_or_else(|| self.add(below, row, false))
    }

    fn add(&mut self, below: u32, row: u32, is_nested: bool) -> u32 {
        let depth = self.get(below).map_or(0, |stack| stack.depth + 1);
        let stack = u32::try_from(self.stacks.len()).unwrap_or(GROUND);
        self.stacks.push(Stack {
            row,
            below,
            depth,
            is_nested,
            calls: 0,
            own: 0,
        });
        self.places.insert((below, row), stack);
        stack
    }

    /// The topmost stack from `stack` down whose call is of `row`.
    fn nearest(&self, stack: u32, row: u32) -> Option<u32> {
        let mut next = stack;
        while let Some(stack) = self.get(next) {
            if stack.row == row {
                return Some(next);
            }
            next = stack.below;
        }
        None
    }

    fn get(&self, stack: u32) -> Option<&Stack> {
        self.stacks.get(usize::try_from(stack).ok()?)
    }

    pub(super) fn add_call(&mut self, stack: u32, own: u64) {
        if let Some(stack) = self.get_mut(stack) {
            stack.calls += 1;
            stack.own += own;
        }
    }

    fn get_mut(&mut self, stack: u32) -> Option<&mut Stack> {
        self.stacks.get_mut(usize::try_from(stack).ok()?)
    }

    /// The stacks as they are now, each before those on top of it.
    pub(super) fn to_vec(&self) -> Vec<Stack> {
        self.stacks.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_further_below_makes_a_call_nested() {
        let mut stacks = Stacks::default();
        let (a, nested) = stacks.enter(None, 0);
        assert!(!nested);
        let (b, nested) = stacks.enter(Some(a), 1);
        assert!(!nested);
        let (again, nested) = stacks.enter(Some(b), 0);
        assert!(nested && again != a);
        assert_eq!(stacks.enter(Some(b), 0), (again, true));
    }

    #[test]
    fn deep_recursion_is_folded() {
        let mut stacks = Stacks::default();
        let mut below = None;
        for call in 0..10_000 {
            let (stack, nested) = stacks.enter(below, call % 2);
            assert_eq!(nested, call > 1);
            below = Some(stack);
        }
        assert_eq!(stacks.to_vec().len(), 1000);
    }

    #[test]
    fn stacks_beyond_the_limit_are_together() {
        let mut stacks = Stacks::default();
        for row in 0..60_000 {
            stacks.enter(None, row % 50_003);
        }
        let all = stacks.to_vec();
        assert_eq!(all.len(), MOST + 1 + 3);
        assert_eq!(all[MOST].row, OTHERS);
        assert_eq!(usize::try_from(all[MOST + 1].below).unwrap(), MOST);
    }
}
