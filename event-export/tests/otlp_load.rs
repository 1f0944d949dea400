//! Many spans from many threads: each is exported or counted, and memory is limited.

#![cfg(all(feature = "otlp", target_os = "linux"))]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{install_listener, trigger_event};
use event_export::Exporter;
use prost::Message;
use support::collector::{self, Collector, Reply};

const THREADS: u64 = 8;

/// Set `EVENT_LOAD_SPANS=1000000` for the figures in `docs/beyond_one_process.md`.
fn spans_per_thread() -> u64 {
    let all = std::env::var("EVENT_LOAD_SPANS")
        .ok()
        .map(|it| it.parse().unwrap());
    all.unwrap_or(32_000) / THREADS
}

#[trigger_event("otlp_load:call")]
fn call(number: u64, text: &str) {
    let _ = (number, text);
}

fn call_from_all_threads(pause: Duration) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for number in 0..spans_per_thread() {
                    call(number, "GET /users/7");
                    if number % 100 == 0 {
                        thread::sleep(pause);
                    }
                }
            });
        }
    });
}

/// Returns the memory of this process in bytes.
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[test]
fn exported_and_dropped_spans_are_all_spans_and_memory_is_limited() {
    let received = Arc::new(AtomicU64::new(0));
    let bytes = Arc::new(AtomicU64::new(0));
    let collector = Collector::counting({
        let (received, bytes) = (received.clone(), bytes.clone());
        move |request| {
            bytes.fetch_add(request.encoded_len() as u64, Ordering::Relaxed);
            received.fetch_add(collector::spans(request).len() as u64, Ordering::Relaxed);
            Reply::Accept
        }
    });
    let before = memory();
    let all = THREADS * spans_per_thread();
    for (name, pause) in [
        ("burst", Duration::ZERO),
        ("steady", Duration::from_millis(2)),
    ] {
        received.store(0, Ordering::Relaxed);
        bytes.store(0, Ordering::Relaxed);
        let spans = install_listener("otlp_load:call", collector::exporter(&collector, &[]));
        let start = Instant::now();
        call_from_all_threads(pause);
        let called = start.elapsed();
        let _ = spans.flush();
        spans.finish();
        let (exported, dropped) = (spans.exported(), spans.dropped());
        println!(
            "{name}: {all} spans in {called:?}, exported {exported} in {:?}, dropped {dropped}, \
             {} bytes a span, memory + {} MiB",
            start.elapsed(),
            bytes.load(Ordering::Relaxed) / exported.max(1),
            memory().saturating_sub(before) >> 20,
        );
        assert_eq!(exported + dropped, all);
        // The collector may have received spans whose answer came after the end.
        assert!(received.load(Ordering::Relaxed) >= exported);
        // 16 MiB of spans, the chunks that are being filled, and a request on both sides.
        assert!(memory() < before + (96 << 20), "{} MiB", memory() >> 20);
    }
}
