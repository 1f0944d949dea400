//! Cost of a call, and of installing a listener, by how many other kinds there are, each heard.
//!
//! Kinds are never forgotten, so the smaller numbers come first.

use std::hint::black_box;

use divan::Bencher;
use event_core::{Installed, KindFilter, install_listener, trigger_event};
use scenarios::body::TEXT;
use scenarios::ours::{Idle, KIND, work};

const KINDS: [usize; 3] = [1, 100, 10_000];

fn main() {
    divan::main();
}

fn others(many: usize) -> Vec<Installed<Idle>> {
    let kind = |number| KindFilter::from(format!("bench:other{number}").leak() as &'static str);
    (0..many)
        .map(|number| install_listener(kind(number), Idle))
        .collect()
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn a_unheard_attribute(bencher: Bencher<'_, '_>, many: usize) {
    let _others = others(many);
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn b_heard_attribute(bencher: Bencher<'_, '_>, many: usize) {
    let _others = others(many);
    let _installed = install_listener(KIND, Idle);
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn c_unheard_closure(bencher: Bencher<'_, '_>, many: usize) {
    let _others = others(many);
    bencher.bench(|| trigger_event(KIND, (), || black_box(1)));
}

#[divan::bench(args = KINDS, sample_size = 1000)]
fn d_install_and_drop(bencher: Bencher<'_, '_>, many: usize) {
    let _others = others(many);
    bencher.bench(|| drop(install_listener(KIND, Idle)));
}
