//! Cost of an enabled call whose listener does nothing, or reads the clock.

use std::hint::black_box;

use divan::Bencher;
use event_core::{TimingListener, install_listener};
use scenarios::body::{TEXT, Work};
use scenarios::ours::{Idle, IdleWithoutData, KIND};
use scenarios::subscribers::IdleSubscriber;
use scenarios::{by_hand, ours, peers};

fn main() {
    let set = tracing::subscriber::set_global_default(IdleSubscriber);
    assert!(set.is_ok(), "the process already has a subscriber");
    divan::main();
}

fn bench(bencher: Bencher<'_, '_>, work: Work) {
    let work = black_box(work);
    bencher.bench(|| work(black_box(1), black_box(TEXT)));
}

#[divan::bench(sample_size = 1000)]
fn bare(bencher: Bencher<'_, '_>) {
    bench(bencher, by_hand::bare);
}

#[divan::bench(sample_size = 1000)]
fn two_clock_reads(bencher: Bencher<'_, '_>) {
    bench(bencher, by_hand::timed);
}

#[divan::bench(sample_size = 1000)]
fn ours_idle(bencher: Bencher<'_, '_>) {
    let _installed = install_listener(KIND, Idle);
    bench(bencher, ours::work);
}

#[divan::bench(sample_size = 1000)]
fn ours_idle_without_data(bencher: Bencher<'_, '_>) {
    let _installed = install_listener(KIND, IdleWithoutData);
    bench(bencher, ours::work);
}

#[divan::bench(sample_size = 1000)]
fn ours_timing(bencher: Bencher<'_, '_>) {
    let _installed = install_listener(KIND, TimingListener::new());
    bench(bencher, ours::work);
}

#[divan::bench(sample_size = 1000)]
fn tracing_idle(bencher: Bencher<'_, '_>) {
    bench(bencher, peers::tracing::work);
}
