//! Folded stacks, read by inferno's own parser.

use std::collections::BTreeMap;
use std::io::Cursor;

use event_core::{Installed, KindFilter, install_listener};
use event_export::FlameGraph;

/// The number of each stack.
pub(crate) type Folded = BTreeMap<String, u64>;

/// Parses folded stacks, by comparing them with an empty run.
pub(crate) fn parse(folded: &str) -> Folded {
    let mut compared = Vec::new();
    let before = Cursor::new("");
    let options = inferno::differential::Options::default();
    let after = Cursor::new(folded);
    inferno::differential::from_readers(options, before, after, &mut compared).unwrap();
    let compared = String::from_utf8(compared).unwrap();
    let stacks: Folded = compared
        .lines()
        .map(|line| {
            let (stack, number) = line.rsplit_once(' ').unwrap();
            let stack = stack.strip_suffix(" 0").expect("zero in the empty run");
            (stack.to_owned(), number.parse().unwrap())
        })
        .collect();
    assert_eq!(stacks.len(), folded.lines().count(), "{folded}");
    stacks
}

pub(crate) fn install(kinds: &str, flame: FlameGraph) -> Installed<FlameGraph> {
    install_listener(kinds.parse::<KindFilter>().unwrap(), flame)
}

/// Installs a flame graph that counts calls instead of time.
pub(crate) fn install_by_count(kinds: &str) -> Installed<FlameGraph> {
    install(kinds, FlameGraph::new().by_count())
}
