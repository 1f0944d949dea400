//! Scenarios: a row of the table each.

use std::any::Any;
use std::fmt;

use crate::body::repeat;
use crate::{by_hand, forms, futures, ours, peers};

/// A table of rows that answer one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What the others are compared with.
    Bare,
    /// Nobody listens to the attribute.
    Unheard,
    /// Nobody listens to a function, a guard or a pair.
    Form,
    /// Nobody listens to an `async fn`.
    Poll,
    /// Somebody listens, and does nothing.
    Heard,
    /// Somebody measures durations.
    Timed,
    /// Somebody keeps everything in memory, or writes it.
    Recorded,
}

/// The function, instrumented in one way, under certain listeners.
pub struct Scenario {
    /// What a command calls it.
    pub name: &'static str,
    /// What its row says.
    pub label: &'static str,
    /// The table that it is in.
    pub group: Group,
    /// The scenario that it is compared with.
    pub bare: &'static str,
    /// The most instructions that it may cost above `bare`, if it is ours.
    pub target: Option<u64>,
    /// How many polls one call is.
    pub polls: u64,
    prepare: fn() -> Box<dyn Any>,
    run: fn(u64),
}

impl Scenario {
    /// A scenario in which nothing is installed.
    pub(crate) const fn new(
        group: Group,
        name: &'static str,
        label: &'static str,
        run: fn(u64),
    ) -> Self {
        Self {
            name,
            label,
            group,
            bare: "bare",
            target: None,
            polls: 1,
            prepare: || Box::new(()),
            run,
        }
    }

    /// The same after `prepare`, whose result lives meanwhile.
    pub(crate) const fn with(self, prepare: fn() -> Box<dyn Any>) -> Self {
        Self { prepare, ..self }
    }

    /// The same with a target.
    pub(crate) const fn at_most(self, target: u64) -> Self {
        Self {
            target: Some(target),
            ..self
        }
    }

    /// The same compared with `bare`, where one call is so many polls.
    pub(crate) const fn against(self, bare: &'static str, polls: u64) -> Self {
        Self {
            bare,
            polls,
            ..self
        }
    }

    /// Says whether it is this project's.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.name.starts_with("ours")
    }

    /// Says whether it is this project's, or by hand.
    #[must_use]
    pub fn is_of_no_peer(&self) -> bool {
        let own = ["ours", "hand", "bare"];
        own.iter().any(|own| self.name.starts_with(own))
    }

    /// Installs what the scenario needs, until the result is dropped.
    #[must_use]
    pub fn prepare(&self) -> Box<dyn Any> {
        let prepared = (self.prepare)();
        // The first call of a site is not what is measured.
        (self.run)(1);
        prepared
    }

    /// Makes so many calls. Callgrind counts what happens in here, and finds it by its name.
    #[inline(never)]
    pub fn run(&self, calls: u64) {
        (self.run)(calls);
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scenario").field(&self.name).finish()
    }
}

const BARE: &[Scenario] = &[Scenario::new(
    Group::Bare,
    "bare",
    "the bare call",
    |calls| {
        repeat(calls, by_hand::bare);
    },
)];

/// Returns every scenario, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    [
        BARE,
        by_hand::SCENARIOS,
        ours::SCENARIOS,
        forms::SCENARIOS,
        futures::SCENARIOS,
        peers::tracing::SCENARIOS,
        peers::fastrace::SCENARIOS,
        peers::puffin::SCENARIOS,
        peers::hotpath::SCENARIOS,
        peers::log::SCENARIOS,
    ]
    .into_iter()
    .flatten()
}

/// Returns the scenario called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Scenario> {
    all().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_different() {
        let mut names: Vec<&str> = all().map(|scenario| scenario.name).collect();
        names.sort_unstable();
        let many = names.len();
        names.dedup();
        assert_eq!(names.len(), many);
    }

    #[test]
    fn every_scenario_is_compared_with_one_that_exists() {
        assert!(all().all(|scenario| find(scenario.bare).is_some()));
    }
}
