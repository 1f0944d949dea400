//! Cost of a call, and of installing a listener, by how many call sites the kind has.
//!
//! The sites are made as the attribute makes them, but at run time: compiling ten thousand
//! functions would take minutes. Each has its kind for good, so each number has a kind of its own.

use std::hint::black_box;

use divan::Bencher;
use event_core::{Kind, Site, install_listener};
use scenarios::ours::Idle;

const SITES: [usize; 4] = [1, 100, 1_000, 10_000];

fn main() {
    divan::main();
}

/// The kind with so many sites, and the last of them.
fn enlisted(purpose: &str, many: usize) -> (Kind, &'static Site) {
    let name: &'static str = format!("bench:{purpose}{many}").leak();
    let kind = Kind::from(name);
    let site = || {
        let place = (file!(), line!(), column!());
        let site: &'static Site = Box::leak(Box::new(Site::new(
            kind,
            "site",
            module_path!(),
            place,
            &[],
        )));
        call(site);
        site
    };
    for _ in 1..many {
        site();
    }
    (kind, site())
}

/// A call of an annotated function that does nothing, as the attribute makes it.
fn call(site: &'static Site) {
    event_core::__private::call_0(site.may_be_heard(), || {}, site);
}

#[divan::bench(args = SITES, sample_size = 1000)]
fn unheard(bencher: Bencher<'_, '_>, many: usize) {
    let (_, site) = enlisted("unheard", many);
    bencher.bench(|| call(black_box(site)));
}

#[divan::bench(args = SITES, sample_size = 1000)]
fn heard(bencher: Bencher<'_, '_>, many: usize) {
    let (kind, site) = enlisted("heard", many);
    let _installed = install_listener(kind, Idle);
    bencher.bench(|| call(black_box(site)));
}

#[divan::bench(args = SITES, sample_size = 100)]
fn install_and_drop(bencher: Bencher<'_, '_>, many: usize) {
    let (kind, _) = enlisted("install", many);
    bencher.bench(|| drop(install_listener(kind, Idle)));
}
