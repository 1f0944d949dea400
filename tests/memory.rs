//! What runs for ever stays as large as it is.
//!
//! `EVENT_SOAK_MILLIONS` says how many million calls are recorded (a fifth of one), and
//! `EVENT_CYCLES` how often a listener is installed and dropped (50,000).

use std::sync::Mutex;

use event_core::{
    Event, RecordingListener, from_fn, install_listener, install_recorder, local, trigger_event,
};

/// One at a time: the process's memory is measured.
static TURN: Mutex<()> = Mutex::new(());

/// What memory may grow by, in KiB: the allocator keeps some of what is freed.
const SLACK: u64 = 2048;

fn number(name: &str, default: u64) -> u64 {
    let number = std::env::var(name).ok();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or(default)
}

/// The memory of this process that is in use, in KiB; zero where it cannot be told.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}

/// Runs `step` so often, and fails if memory grew after the first tenth.
fn stays_flat(what: &str, times: u64, mut step: impl FnMut()) {
    (0..times / 10).for_each(|_| step());
    let before = resident();
    (times / 10..times).for_each(|_| step());
    let after = resident();
    println!("{what}: {times} times, {before} KiB before, {after} KiB after");
    assert!(
        after <= before + SLACK,
        "{before} KiB before, {after} KiB after"
    );
}

#[trigger_event("memory:soak", ret)]
fn work(n: u64, name: &str) -> String {
    format!("{name} {n}")
}

#[test]
fn bounded_recorder_does_not_grow_and_counts_exactly() {
    let _turn = TURN.lock();
    let millions = std::env::var("EVENT_SOAK_MILLIONS").ok();
    let calls = millions.map_or(200_000, |millions| {
        millions.parse::<u64>().unwrap() * 1_000_000
    });
    let recorder = RecordingListener::with_capacity_limit(1000);
    let recorder = install_listener("memory:soak", recorder);
    let mut n = 0;
    stays_flat("calls recorded", calls, || {
        n += 1;
        work(n, "a name of some length");
    });
    assert_eq!(recorder.dropped() + recorder.len() as u64, 2 * calls);
    assert_eq!(recorder.len(), 1000);
}

#[test]
fn installing_and_dropping_listeners_does_not_grow_memory() {
    let _turn = TURN.lock();
    let mut n = 0;
    stays_flat(
        "listeners installed",
        number("EVENT_CYCLES", 50_000),
        || {
            n += 1;
            let recorder = install_recorder("memory:cycles");
            let _local = local::install_recorder("memory:*");
            trigger_event("memory:cycles", (), || {});
            assert_eq!(recorder.len(), 2);
        },
    );
}

#[test]
fn installing_and_dropping_during_broadcasts_does_not_grow_memory() {
    let _turn = TURN.lock();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let idle = from_fn(|_: &Event<'_>| std::thread::yield_now());
                let _installed = install_listener("memory:busy", idle);
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    trigger_event("memory:busy", (), || {});
                }
            });
        }
        stays_flat(
            "listeners installed beside calls",
            number("EVENT_CYCLES", 50_000) / 5,
            || {
                drop(install_listener("memory:busy", from_fn(|_: &Event<'_>| {})));
            },
        );
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn starting_and_ending_threads_does_not_grow_memory() {
    let _turn = TURN.lock();
    let _idle = install_listener("memory:threads", from_fn(|_: &Event<'_>| {}));
    stays_flat("threads", number("EVENT_CYCLES", 50_000) / 50, || {
        let thread = std::thread::spawn(|| trigger_event("memory:threads", (), || {}));
        thread.join().unwrap();
    });
}
