//! The list of all scenarios.

use crate::scenario::Scenario;
use crate::{by_hand, forms, futures, ours, peers};

/// Returns every scenario, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    [
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

/// Returns the scenario with the given name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Scenario> {
    all().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenario_names_are_unique() {
        let mut names: Vec<&str> = all().map(|scenario| scenario.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_baseline_exists() {
        assert!(all().all(|scenario| find(scenario.baseline).is_some()));
    }
}
