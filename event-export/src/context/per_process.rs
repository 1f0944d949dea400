//! A value for each process in a line of forks.
//!
//! A forked process has a copy of every lock, and of the value that it protects. A lock that
//! another thread held at the fork is never unlocked there. So the process starts with a value of
//! its own.

use std::sync::OnceLock;

use crate::host::fork;

/// A static value of this process, and those of the processes that it was forked from.
pub(super) struct PerProcess<T> {
    first: OnceLock<Box<Node<T>>>,
}

struct Node<T> {
    /// The number of forks before this process.
    forks: u32,
    value: T,
    /// The value of a process that was forked from this one.
    next: OnceLock<Box<Self>>,
}

impl<T: Default> PerProcess<T> {
    pub(super) const fn new() -> Self {
        Self {
            first: OnceLock::new(),
        }
    }

    /// Returns the value of this process.
    pub(super) fn get(&self) -> &T {
        fork::watch();
        let forks = fork::count();
        let init = || {
            Box::new(Node {
                forks,
                value: T::default(),
                next: OnceLock::new(),
            })
        };
        let mut node = self.first.get_or_init(init);
        while node.forks != forks {
            node = node.next.get_or_init(init);
        }
        &node.value
    }

    /// Returns the values of the processes that this one was forked from. Their locks may never be
    /// unlocked.
    pub(super) fn of_parents(&self) -> impl Iterator<Item = &T> {
        let forks = fork::count();
        let nodes = std::iter::successors(self.first.get(), |node| node.next.get());
        nodes
            .filter(move |node| node.forks != forks)
            .map(|node| &node.value)
    }
}
