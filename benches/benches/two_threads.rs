//! Time of a call on one thread, and on each of two concurrent threads.
//!
//! Equal times mean that two threads have twice the throughput of one.

use std::hint::black_box;

use divan::Bencher;
use event_core::{install_listener, install_recorder};
use scenarios::body::{TEXT, Work};
use scenarios::ours::{Idle, KIND};
use scenarios::{by_hand, ours, peers};

fn main() {
    let set = peers::tracing::install_recorder();
    assert!(set.is_ok(), "the process already has a subscriber");
    divan::main();
}

fn bench(bencher: Bencher<'_, '_>, work: Work) {
    let work = black_box(work);
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
}

#[divan::bench(threads = [1, 2], sample_size = 1000)]
fn bare(bencher: Bencher<'_, '_>) {
    bench(bencher, by_hand::bare);
}

#[divan::bench(threads = [1, 2], sample_size = 1000)]
fn ours_idle(bencher: Bencher<'_, '_>) {
    let _installed = install_listener(KIND, Idle);
    bench(bencher, ours::work);
}

#[divan::bench(threads = [1, 2], sample_count = 20, sample_size = 4000)]
fn ours_recorder(bencher: Bencher<'_, '_>) {
    let _recorder = install_recorder(KIND);
    bench(bencher, ours::work);
}

#[divan::bench(threads = [1, 2], sample_count = 20, sample_size = 4000)]
fn by_hand_mutex(bencher: Bencher<'_, '_>) {
    bench(bencher, by_hand::formatted);
}

#[divan::bench(threads = [1, 2], sample_count = 20, sample_size = 4000)]
fn by_hand_thread_local(bencher: Bencher<'_, '_>) {
    bench(bencher, by_hand::typed);
}

#[divan::bench(threads = [1, 2], sample_count = 20, sample_size = 4000)]
fn tracing_recorder(bencher: Bencher<'_, '_>) {
    bench(bencher, peers::tracing::work);
}
