//! The list of all scenarios.

#[cfg(feature = "peers")]
use crate::peers;
use crate::scenario::Scenario;
use crate::{bridges, by_hand, forms, futures, installs, ours};

/// Returns every scenario, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    OURS.iter().chain(PEERS).copied().flatten()
}

const OURS: &[&[Scenario]] = &[
    by_hand::SCENARIOS,
    ours::SCENARIOS,
    forms::SCENARIOS,
    futures::SCENARIOS,
    bridges::SCENARIOS,
    installs::SCENARIOS,
];

#[cfg(feature = "peers")]
const PEERS: &[&[Scenario]] = &[
    peers::tracing::SCENARIOS,
    peers::futures::SCENARIOS,
    peers::fastrace::SCENARIOS,
    peers::puffin::SCENARIOS,
    peers::hotpath::SCENARIOS,
    peers::log::SCENARIOS,
];

#[cfg(not(feature = "peers"))]
const PEERS: &[&[Scenario]] = &[];

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
