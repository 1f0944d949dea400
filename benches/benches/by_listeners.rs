//! Cost of an enabled call, by the number of listeners of its kind.

use std::hint::black_box;

use divan::Bencher;
use event_core::install_listener;
use scenarios::body::TEXT;
use scenarios::ours::{Idle, KIND, work};

fn main() {
    divan::main();
}

#[divan::bench(args = [0, 1, 8, 64], sample_size = 1000)]
fn listeners(bencher: Bencher<'_, '_>, count: usize) {
    let installed: Vec<_> = (0..count).map(|_| install_listener(KIND, Idle)).collect();
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
    drop(installed);
}

#[divan::bench(args = [0, 1, 8, 64], sample_size = 1000)]
fn install_and_drop_beside(bencher: Bencher<'_, '_>, count: usize) {
    let installed: Vec<_> = (0..count).map(|_| install_listener(KIND, Idle)).collect();
    bencher.bench(|| drop(install_listener(KIND, Idle)));
    drop(installed);
}
