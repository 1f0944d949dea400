//! Cost of a call, and of installing a listener, by the number of call sites of the kind.
//!
//! The call sites are created at run time, because compiling ten thousand annotated functions would
//! take minutes. A call site never changes its kind, so each benchmark uses a kind of its own.

use std::hint::black_box;

use divan::Bencher;
use event_core::__private::Callsite;
use event_core::{Kind, install_listener};
use scenarios::ours::Idle;

const SITES: [usize; 4] = [1, 100, 1_000, 10_000];

fn main() {
    divan::main();
}

/// Creates a kind with `count` registered call sites, and returns it with the last call site.
fn create_sites(purpose: &str, count: usize) -> (Kind, &'static Callsite) {
    let name: &'static str = format!("bench:{purpose}{count}").leak();
    let kind = Kind::from(name);
    let site = || {
        let place = (file!(), line!(), column!());
        let site: &'static Callsite = Box::leak(Box::new(Callsite::new(
            kind,
            "site",
            module_path!(),
            place,
            &[],
        )));
        call(site);
        site
    };
    for _ in 1..count {
        site();
    }
    (kind, site())
}

/// Does the same as a call of an annotated function with an empty body.
fn call(site: &'static Callsite) {
    event_core::__private::arity_0::call(site.is_enabled(), || {}, site);
}

#[divan::bench(args = SITES, sample_size = 1000)]
fn disabled(bencher: Bencher<'_, '_>, count: usize) {
    let (_, site) = create_sites("disabled", count);
    bencher.bench(|| call(black_box(site)));
}

#[divan::bench(args = SITES, sample_size = 1000)]
fn enabled(bencher: Bencher<'_, '_>, count: usize) {
    let (kind, site) = create_sites("enabled", count);
    let _installed = install_listener(kind, Idle);
    bencher.bench(|| call(black_box(site)));
}

#[divan::bench(args = SITES, sample_size = 100)]
fn install_and_drop(bencher: Bencher<'_, '_>, count: usize) {
    let (kind, _) = create_sites("install", count);
    bencher.bench(|| drop(install_listener(kind, Idle)));
}
