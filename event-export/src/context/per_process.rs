//! A value for each process in a line of forks.
//!
//! A forked process has a copy of every lock, and of the value that it protects. A lock that
//! another thread held at the fork is never unlocked there. So the process starts with a value of
//! its own.
//!
//! Two threads may make the value at the same time, and one of the two is dropped. With a
//! `OnceLock` one thread would wait for the other, which a forked process does not have.

use once_cell::race::OnceBox;

use crate::host::fork;

/// A static value of this process, and those of the processes that it was forked from.
pub(super) struct PerProcess<T> {
    first: OnceBox<Node<T>>,
}

struct Node<T> {
    /// The number of forks before this process.
    forks: u32,
    value: T,
    /// The value of a process that was forked from this one.
    next: OnceBox<Self>,
}

impl<T: Default> PerProcess<T> {
    pub(super) const fn new() -> Self {
        Self {
            first: OnceBox::new(),
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
                next: OnceBox::new(),
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
