//! `RecordingListener::events`: a snapshot, read while further events are recorded.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use event_core::{
    Event, EventStatus, Listener as _, RecordingListener, Value, data, install_listener, local,
    trigger_event,
};

/// More calls than the recorder stores in one piece.
const MANY: u32 = 5_000;

/// Runs `test` on a thread whose stack has room for [`MANY`] nested calls in a debug build.
fn with_large_stack(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(1 << 26);
    thread.spawn(test).unwrap().join().unwrap();
}

#[test]
fn events_are_those_at_the_time_of_the_call() {
    let recorder = local::install_recorder("recorded_events:moment");
    let scope = trigger_event("recorded_events:moment", (), || {
        let events = recorder.events();
        trigger_event("recorded_events:moment", (), || {});
        events
    });
    assert_eq!(scope.count(), 1, "only the first START");
    let events = recorder.events();
    recorder.clear();
    assert_eq!(events.count(), 4, "the events remain after `clear`");
    assert_eq!(recorder.events().count(), 0);
}

#[test]
fn ends_are_recorded_while_their_starts_are_read() {
    #[trigger_event("recorded_events:shared", data(depth))]
    fn shared(depth: u32, innermost: &dyn Fn()) {
        if depth == 1 {
            innermost();
        } else {
            shared(depth - 1, innermost);
        }
    }
    with_large_stack(|| {
        let recorder = local::install_recorder("recorded_events:shared");
        let during = std::cell::RefCell::new(None);
        shared(MANY, &|| *during.borrow_mut() = Some(recorder.events()));
        let during = during.take().expect("the innermost call ran");
        let is_start = during.map(|(_, event)| event.is_start());
        assert_eq!(is_start.filter(|is_start| *is_start).count(), MANY as usize);
        let all = recorder.buffer();
        assert_eq!(all.len(), 2 * MANY as usize);
        let depths = all.iter().map(|(_, event)| {
            let depth = event.data().get("depth").and_then(Value::to_u64);
            depth.expect("each START and END has its depth")
        });
        let down = (1..=u64::from(MANY)).rev();
        assert!(depths.eq(down.chain(1..=u64::from(MANY))));
    });
}

#[test]
fn returned_values_of_distant_starts_are_read_with_their_data() {
    #[trigger_event("recorded_events:nested", ret)]
    fn nested(depth: u32) -> u32 {
        if depth == 1 { 1 } else { 1 + nested(depth - 1) }
    }
    with_large_stack(|| {
        let recorder = local::install_recorder("recorded_events:nested");
        assert_eq!(nested(MANY), MANY);
        let ends = recorder.events().filter(|(_, event)| event.is_end());
        let ends: Vec<_> = ends.collect();
        assert_eq!(ends.len(), MANY as usize);
        for (number, (_, end)) in (1..).zip(&ends) {
            let data = format!("depth={number} return={number}");
            assert_eq!(end.data().to_string(), data);
        }
    });
}

#[test]
fn text_of_many_sizes_is_read_as_it_was() {
    let recorder = local::install_recorder("recorded_events:text");
    let text = |size: usize| "ä".repeat(size % 9_000);
    for size in 0..MANY as usize {
        #[trigger_event("recorded_events:text")]
        fn named(text: &str) {
            let _ = text;
        }
        named(&text(37 * size));
    }
    let mut starts = recorder.events().filter(|(_, event)| event.is_start());
    for size in 0..MANY as usize {
        let (_, start) = starts.next().expect("each START is recorded");
        let captured = start.data().get("text").expect("`text` is captured");
        // Longer strings are truncated.
        let whole = text(37 * size);
        let expected = if whole.len() <= 16 << 10 {
            &*whole
        } else {
            continue;
        };
        assert_eq!(captured.to_str(), Some(expected));
    }
    assert!(starts.next().is_none());
}

#[test]
fn events_are_sorted_by_time_even_if_they_were_stored_in_another_order() {
    let recorder = RecordingListener::new();
    let events: Vec<_> = (0..MANY)
        .map(|n| {
            let event = Event::new("recorded_events:sorted", EventStatus::Start);
            let event = event.with_data(data! { n });
            let _ = event.instant(); // reads the clock
            event
        })
        .collect();
    for event in events.iter().rev() {
        recorder.on_start(event);
    }
    let numbers = recorder.events().map(|(time, event)| {
        assert_eq!(time, event.system_time());
        event.id()
    });
    // Equal times keep the order in which they were stored.
    let mut expected: Vec<_> = events.iter().rev().collect();
    expected.sort_by_key(|event| event.system_time());
    assert!(numbers.eq(expected.iter().map(|event| event.id())));
}

#[test]
fn each_snapshot_has_the_start_of_each_end_while_other_threads_record() {
    const THREADS: usize = 3;
    let recorder = install_listener("recorded_events:threads", RecordingListener::new());
    let recording = Arc::new(AtomicUsize::new(THREADS));
    let barrier = Barrier::new(THREADS + 1);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                for n in 0..MANY {
                    trigger_event("recorded_events:threads", (), || {
                        trigger_event("recorded_events:threads", data! { n }, || {});
                    });
                }
                recording.fetch_sub(1, Ordering::SeqCst);
            });
        }
        barrier.wait();
        while recording.load(Ordering::SeqCst) > 0 {
            let mut open = std::collections::HashSet::new();
            let mut last = None;
            for (time, event) in recorder.events() {
                assert!(last <= Some(time), "sorted by time");
                last = Some(time);
                if event.is_start() {
                    assert!(open.insert(event.id()));
                } else {
                    assert!(open.remove(&event.id()), "an END without its START");
                }
            }
            assert!(
                open.len() <= 2 * THREADS,
                "{} STARTs without END",
                open.len()
            );
        }
    });
    assert_eq!(recorder.events().count(), THREADS * 4 * MANY as usize);
    assert_eq!(recorder.len(), THREADS * 4 * MANY as usize);
}

#[test]
fn bounded_recorder_keeps_the_data_of_an_end_whose_start_was_dropped() {
    const KIND: &str = "recorded_events:dropped";
    let inner = |calls| (0..calls).for_each(|_| trigger_event(KIND, (), || {}));
    for limit in 1..9 {
        for calls in 0..20 {
            let recorder = RecordingListener::with_capacity_limit(limit);
            let recorder = local::install_listener(KIND, recorder);
            trigger_event(KIND, data! { calls }, || inner(calls));
            let data = recorder.events().last().expect("the END is kept").1;
            assert_eq!(data.to_string(), format!("END {KIND} calls={calls}"));
            let _ = std::panic::catch_unwind(|| {
                trigger_event(KIND, data! { limit }, || {
                    inner(calls);
                    std::panic::resume_unwind(Box::new("oh"));
                });
            });
            let failed = recorder.events().last().expect("the END is kept").1;
            assert!(failed.is_failed());
            assert_eq!(failed.data().to_string(), format!("limit={limit}"));
        }
    }
}

#[test]
fn bounded_recorder_reads_the_copied_data_of_a_dropped_start() {
    #[trigger_event("recorded_events:bounded")]
    fn outer(n: u32, text: &str) {
        let _ = (n, text);
        for _ in 0..3 {
            trigger_event("recorded_events:bounded", (), || {});
        }
    }
    #[trigger_event("recorded_events:bounded", ret)]
    fn returns(text: &str) -> usize {
        trigger_event("recorded_events:bounded", (), || {});
        text.len()
    }
    for limit in 1..9 {
        let recorder = RecordingListener::with_capacity_limit(limit);
        let recorder = local::install_listener("recorded_events:bounded", recorder);
        for n in 0..40 {
            outer(n, "a text");
            let events: Vec<_> = recorder.events().collect();
            let (_, end) = events.last().expect("the END is kept");
            assert_eq!(end.data().to_string(), format!(r#"n={n} text="a text""#));
            returns("four");
            let lines = recorder.lines();
            let last = lines.last().expect("the END is kept");
            assert!(last.ends_with(r#"returns text="four" return=4"#), "{last}");
            assert_eq!(recorder.len(), limit.min(12 * (n as usize + 1)));
        }
        assert_eq!(recorder.dropped() + limit as u64, 40 * 12);
    }
}
