//! Cost of a disabled call, by instrumentation.

use std::hint::black_box;

use divan::Bencher;
use scenarios::body::{TEXT, Work};
use scenarios::{by_hand, forms, ours, peers};

const INSTRUMENTED: [(&str, Work); 10] = [
    ("bare", by_hand::bare),
    ("by hand", by_hand::checked),
    ("ours", ours::work),
    ("ours, closure", forms::closure),
    ("ours, guard", forms::guard),
    ("ours, pair", forms::pair),
    ("tracing", peers::tracing::work),
    ("puffin", peers::puffin::work),
    ("fastrace", peers::fastrace::work),
    ("log", peers::log::work),
];

fn main() {
    by_hand::set_enabled(std::env::var_os("BENCHES_ENABLED").is_some());
    divan::main();
}

#[divan::bench(args = INSTRUMENTED.map(|(name, _)| name), sample_size = 1000)]
fn disabled(bencher: Bencher<'_, '_>, name: &str) {
    let work = INSTRUMENTED.iter().find(|(other, _)| *other == name);
    let work = black_box(work.map_or(by_hand::bare as Work, |(_, work)| *work));
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
}
