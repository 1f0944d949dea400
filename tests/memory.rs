//! Memory does not grow in long-running programs.
//!
//! `EVENT_SOAK_MILLIONS` sets how many million calls are recorded (default 0.2), and
//! `EVENT_CYCLES` how often a listener is installed and dropped (default 50,000).

use std::sync::Mutex;

use event_core::{
    Event, RecordingListener, from_fn, install_listener, install_recorder, local, trigger_event,
};

/// Serializes the tests, since each measures the memory of the process.
static TURN: Mutex<()> = Mutex::new(());

/// The accepted growth in KiB. The allocator keeps some freed memory.
const SLACK: u64 = 2048;

fn number(name: &str, default: u64) -> u64 {
    let number = std::env::var(name).ok();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or(default)
}

/// Returns the resident memory of this process in KiB, or zero if the system does not report it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}

/// Runs `step` repeatedly. Panics if memory grows after the first tenth of the runs.
fn assert_no_growth(label: &str, times: u64, mut step: impl FnMut()) {
    (0..times / 10).for_each(|_| step());
    let before = resident();
    (times / 10..times).for_each(|_| step());
    let after = resident();
    println!("{label}: {times} times, {before} KiB before, {after} KiB after");
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
    assert_no_growth("calls recorded", calls, || {
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
    assert_no_growth(
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
        assert_no_growth(
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
    assert_no_growth("threads", number("EVENT_CYCLES", 50_000) / 50, || {
        let thread = std::thread::spawn(|| trigger_event("memory:threads", (), || {}));
        thread.join().unwrap();
    });
}
