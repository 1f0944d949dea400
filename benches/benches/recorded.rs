//! Cost of a call that is recorded in memory, by recorder.
//!
//! The number of calls is fixed, because every recorded call stays in memory.

use std::hint::black_box;

use divan::Bencher;
use event_core::{RecordingListener, install_listener, install_recorder};
use scenarios::body::{TEXT, Work};
use scenarios::ours::KIND;
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

#[divan::bench(sample_count = 20, sample_size = 4000)]
fn by_hand_mutex(bencher: Bencher<'_, '_>) {
    bench(bencher, by_hand::formatted);
    assert!(by_hand::ended_lines() > 0);
}

#[divan::bench(sample_count = 20, sample_size = 4000)]
fn by_hand_thread_local(bencher: Bencher<'_, '_>) {
    bench(bencher, by_hand::typed);
    black_box(by_hand::typed_sum());
}

#[divan::bench(sample_count = 20, sample_size = 4000)]
fn ours_recorder(bencher: Bencher<'_, '_>) {
    let recorder = install_recorder(KIND);
    bench(bencher, ours::work);
    assert!(!recorder.is_empty());
}

#[divan::bench(sample_count = 20, sample_size = 4000)]
fn ours_last_thousand(bencher: Bencher<'_, '_>) {
    let recorder = install_listener(KIND, RecordingListener::with_capacity_limit(1_000));
    bench(bencher, ours::work);
    assert!(!recorder.is_empty());
}

#[divan::bench(sample_count = 20, sample_size = 4000)]
fn tracing_recorder(bencher: Bencher<'_, '_>) {
    bench(bencher, peers::tracing::work);
}
