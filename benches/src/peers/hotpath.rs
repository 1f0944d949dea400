//! hotpath: `#[measure]`, compiled in; its feature off leaves the bare function.

use hotpath::{Format, HotpathGuardBuilder};

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Unheard,
        "hotpath-off",
        "hotpath, compiled in, no guard in `main`",
        |calls| {
            repeat(calls, work);
        },
    ),
    Scenario::new(Group::Timed, "hotpath", "hotpath, timing", |calls| {
        repeat(calls, work);
    })
    .with(|| {
        Box::new(
            HotpathGuardBuilder::new("bench")
                .format(Format::None)
                .build(),
        )
    }),
];

/// The function with the attribute.
#[inline(never)]
#[hotpath::measure]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
}
