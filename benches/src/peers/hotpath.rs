//! hotpath: `#[measure]`, compiled in. Without hotpath's feature the attribute does nothing.

use hotpath::{Format, HotpathGuardBuilder};

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Disabled,
        "hotpath-off",
        "hotpath, compiled in, no guard in `main`",
        |calls| {
            repeat(calls, work);
        },
    ),
    Scenario::new(Group::Timed, "hotpath", "hotpath, timing", |calls| {
        repeat(calls, work);
    })
    .above("hand-clock")
    .with(|| {
        Box::new(
            HotpathGuardBuilder::new("bench")
                .format(Format::None)
                .build(),
        )
    }),
];

/// The measured function with the attribute.
#[inline(never)]
#[hotpath::measure]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
}
