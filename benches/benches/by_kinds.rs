//! Cost of a call, and of installing a listener, by the number of other kinds with a listener.
//!
//! Kinds are never removed, so the names sort the benchmarks and the smaller numbers come first.

use std::hint::black_box;

use divan::Bencher;
use event_core::{Installed, KindFilter, install_listener, trigger_event};
use scenarios::body::TEXT;
use scenarios::ours::{Idle, KIND, work};

const KINDS: [usize; 3] = [1, 100, 10_000];

fn main() {
    divan::main();
}

fn install_others(count: usize) -> Vec<Installed<Idle>> {
    let kind = |number| KindFilter::from(format!("bench:other{number}").leak() as &'static str);
    (0..count)
        .map(|number| install_listener(kind(number), Idle))
        .collect()
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn a_disabled_attribute(bencher: Bencher<'_, '_>, count: usize) {
    let _others = install_others(count);
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn b_enabled_attribute(bencher: Bencher<'_, '_>, count: usize) {
    let _others = install_others(count);
    let _installed = install_listener(KIND, Idle);
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn c_disabled_closure(bencher: Bencher<'_, '_>, count: usize) {
    let _others = install_others(count);
    bencher.bench(|| trigger_event(KIND, (), || black_box(1)));
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn d_install_and_drop(bencher: Bencher<'_, '_>, count: usize) {
    let _others = install_others(count);
    bencher.bench(|| drop(install_listener(KIND, Idle)));
}
