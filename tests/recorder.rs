//! The recorder: order, bounds, shared data, and events of many threads.

mod support;

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use event_core::{
    Cause, Event, EventId, EventStatus, Listener as _, RecordingListener, Site, ThreadId, Value,
    data, from_fn, install_listener, install_recorder, local, trigger_event,
};
use support::{events, poll_once, starts};

#[test]
fn events_are_recorded_in_order_with_their_time() {
    let before = SystemTime::now();
    let recorder = local::install_recorder("recorder:order");
    for n in 0..10 {
        trigger_event("recorder:order", data! { n }, || {});
    }
    let after = SystemTime::now();
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 20);
    for (place, (time, event)) in buffer.iter().enumerate() {
        assert_eq!(
            event.data().get("n").unwrap().to_u64(),
            Some(place as u64 / 2)
        );
        assert_eq!(*time, event.system_time());
        let slack = Duration::from_millis(50);
        assert!(*time >= before - slack && *time <= after + slack);
    }
    assert!(buffer.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    assert!(
        buffer
            .windows(2)
            .all(|pair| pair[0].1.instant() <= pair[1].1.instant())
    );
}

#[test]
fn buffer_is_an_independent_copy() {
    let recorder = local::install_recorder("recorder:copy");
    trigger_event("recorder:copy", (), || {});
    let buffer = recorder.buffer();
    recorder.clear();
    assert!(recorder.is_empty());
    assert_eq!(recorder.buffer().len(), 0);
    assert_eq!(buffer.len(), 2);
    trigger_event("recorder:copy", (), || {});
    assert_eq!(recorder.len(), 2);
    let recorder = recorder.uninstall();
    assert_eq!(recorder.len(), 2);
}

#[test]
fn bounded_recorder_keeps_the_last_events_and_counts_the_rest() {
    for limit in 0..6 {
        let recorder = local::install_listener(
            "recorder:bounded",
            RecordingListener::with_capacity_limit(limit),
        );
        for n in 0..5 {
            trigger_event("recorder:bounded", data! { n }, || {});
        }
        assert_eq!(recorder.len(), limit);
        assert_eq!(recorder.dropped(), 10 - limit as u64);
        if let Some((_, last)) = recorder.buffer().last() {
            assert!(last.is_end());
            assert_eq!(last.data().get("n").unwrap().to_u64(), Some(4));
        }
        recorder.clear();
        assert_eq!((recorder.len(), recorder.dropped()), (0, 0));
    }
}

#[test]
fn unbounded_recorder_drops_nothing() {
    let recorder = local::install_recorder("recorder:unbounded");
    for _ in 0..10_000 {
        trigger_event("recorder:unbounded", (), || {});
    }
    assert_eq!((recorder.len(), recorder.dropped()), (20_000, 0));
}

#[test]
fn events_of_many_threads_are_recorded_without_loss() {
    let all = install_recorder("recorder:threads");
    let bounded = install_listener(
        "recorder:threads",
        RecordingListener::with_capacity_limit(100),
    );
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            std::thread::spawn(move || {
                for n in 0..500 {
                    trigger_event("recorder:threads", data! { worker, n }, || {});
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    assert_eq!(all.len(), 4000);
    assert_eq!((bounded.len(), bounded.dropped()), (100, 3900));
    let buffer = all.buffer();
    for worker in 0..4_u64 {
        let of_worker: Vec<u64> = buffer
            .iter()
            .map(|(_, event)| event)
            .filter(|it| it.is_start() && it.data().get("worker").unwrap().to_u64() == Some(worker))
            .map(|event| event.data().get("n").unwrap().to_u64().unwrap())
            .collect();
        assert_eq!(
            of_worker,
            (0..500).collect::<Vec<_>>(),
            "the order of each thread is kept"
        );
    }
}

#[test]
fn recorder_can_listen_to_several_kinds() {
    let recorder = Arc::new(RecordingListener::new());
    let one = local::install_shared("recorder:one", Arc::clone(&recorder));
    let two = local::install_shared("recorder:two", Arc::clone(&recorder));
    trigger_event("recorder:one", (), || {
        trigger_event("recorder:two", (), || {});
    });
    let lines = recorder.lines();
    assert_eq!(
        lines,
        [
            "START recorder:one",
            "START recorder:two",
            "END recorder:two",
            "END recorder:one"
        ]
    );
    drop((one, two));
}

#[test]
fn listener_can_read_and_clear_a_recorder() {
    let recorder = local::install_recorder("recorder:read");
    let shared = Arc::clone(recorder.listener());
    let seen = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&seen);
    let reader = from_fn(move |_: &Event<'_>| {
        let len = u32::try_from(shared.buffer().len()).unwrap();
        count.fetch_add(len, Ordering::Relaxed);
        shared.clear();
    });
    let reader = local::install_listener("recorder:read", reader);
    trigger_event("recorder:read", (), || {});
    assert_eq!(seen.load(Ordering::Relaxed), 2);
    drop(reader);
}

#[test]
fn data_whose_drop_triggers_events_can_be_evicted() {
    struct Triggers;
    impl Drop for Triggers {
        fn drop(&mut self) {
            trigger_event("recorder:evicted", (), || {});
        }
    }
    let recorder = local::install_listener(
        "recorder:evicted",
        RecordingListener::with_capacity_limit(2),
    );
    for _ in 0..3 {
        let live = Arc::new(Triggers);
        trigger_event("recorder:evicted", data! { live }, || {});
    }
    recorder.clear();
    assert!(recorder.len() <= 2);
}

#[test]
fn recorder_implements_debug() {
    let recorder = RecordingListener::with_capacity_limit(1);
    assert!(format!("{recorder:?}").contains("RecordingListener"));
    assert!(RecordingListener::default().is_empty());
}

#[test]
fn end_shares_the_data_of_a_distant_start() {
    #[trigger_event("recorder:far")]
    fn nest(depth: u32, name: &str) {
        let _ = name;
        if depth > 0 {
            for _ in 0..3 {
                nest(depth - 1, name);
            }
        }
    }
    let recorder = local::install_recorder("recorder:far");
    nest(6, "far");
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 2 * 1093);
    let first = &buffer[0].1;
    let last = &buffer[buffer.len() - 1].1;
    assert_eq!(first.id(), last.id());
    assert_eq!(
        last.to_string(),
        r#"END recorder:far nest depth=6 name="far""#
    );
    let text = |event: &Event<'_>| event.data().get("name").unwrap().to_str().unwrap().as_ptr();
    assert_eq!(text(first), text(last), "the text is shared");
    let mut open = Vec::new();
    for (_, event) in &buffer {
        if event.is_start() {
            assert_eq!(event.parent(), open.last().copied());
            open.push(event.id());
        } else {
            assert_eq!(
                open.pop(),
                Some(event.id()),
                "ENDs in the order of the calls"
            );
        }
    }
}

#[test]
fn end_whose_start_was_cleared_keeps_its_data() {
    #[trigger_event("recorder:cleared", ret)]
    fn clears(recorder: &RecordingListener, n: u32) -> u32 {
        recorder.clear();
        n + 1
    }
    let recorder = local::install_recorder("recorder:cleared");
    trigger_event("recorder:cleared", data! { outer = 1 }, || {
        clears(&recorder, 3);
    });
    let lines = recorder.lines();
    let inner = &recorder.buffer()[0].1;
    assert_eq!(inner.data().get("n").unwrap().to_u64(), Some(3));
    assert_eq!(inner.data().get("return").unwrap().to_u64(), Some(4));
    assert_eq!(lines[1], "END recorder:cleared outer=1");
    assert_eq!((lines.len(), recorder.len()), (2, 2));
}

#[test]
fn return_values_and_failures_are_recorded() {
    #[trigger_event("recorder:ended", ret, err)]
    fn half(n: u32) -> Result<u32, String> {
        assert!(n < 100, "too large");
        if n % 2 == 0 {
            Ok(n / 2)
        } else {
            Err(format!("{n} is odd"))
        }
    }
    let recorder = local::install_recorder("recorder:ended");
    half(4).unwrap();
    half(3).unwrap_err();
    catch_unwind(|| half(100)).unwrap_err();
    let buffer = recorder.buffer();
    let ends: Vec<&Event<'_>> = buffer
        .iter()
        .map(|(_, event)| event)
        .filter(|it| it.is_end())
        .collect();
    assert_eq!(ends[0].to_string(), "END recorder:ended half n=4 return=2");
    assert!(!ends[0].is_failed());
    assert_eq!(ends[1].data().get("n").unwrap().to_u64(), Some(3));
    let exc = ends[1].exc_details().unwrap();
    assert_eq!((exc.cause(), &*exc.message()), (Cause::Error, "3 is odd"));
    let exc = ends[2].exc_details().unwrap();
    assert_eq!((exc.cause(), &*exc.message()), (Cause::Panic, "too large"));
    assert_eq!(ends[2].data().get("n").unwrap().to_u64(), Some(100));
}

#[test]
fn recorded_event_equals_the_broadcast_event() {
    #[trigger_event("recorder:accessors")]
    fn inner(_n: u8) {}
    #[trigger_event("recorder:accessors")]
    fn outer() {
        inner(1);
    }
    #[trigger_event("recorder:accessors", ret)]
    fn half(n: u8) -> u8 {
        assert!(n % 2 == 0, "odd");
        n / 2
    }
    let recorder = local::install_recorder("recorder:accessors");
    let bounded = RecordingListener::with_capacity_limit(1000);
    let bounded = local::install_listener("recorder:accessors", bounded);
    let events: Arc<Mutex<Vec<Event<'static>>>> = Arc::default();
    let sink = Arc::clone(&events);
    let owner = local::install_listener(
        "recorder:accessors",
        from_fn(move |event: &Event<'_>| sink.lock().unwrap().push(event.clone().into_owned())),
    );
    outer();
    assert!(catch_unwind(|| half(3)).is_err());
    let _ = half(2);
    trigger_event("recorder:accessors", data! { n = 1 }, || {});
    drop(owner);
    let events = events.lock().unwrap();
    let buffer = recorder.buffer();
    let bounded = bounded.buffer();
    assert_eq!((buffer.len(), bounded.len()), (events.len(), events.len()));
    let twice = events.iter().chain(&*events);
    for ((_, kept), event) in buffer.iter().chain(&bounded).zip(twice) {
        assert_eq!(format!("{kept:?}"), format!("{event:?}"));
        assert_eq!((kept.kind(), kept.status()), (event.kind(), event.status()));
        assert_eq!((kept.id(), kept.parent()), (event.id(), event.parent()));
        assert_eq!(
            (kept.thread(), kept.instant()),
            (event.thread(), event.instant())
        );
        assert_eq!(kept.to_string(), event.to_string());
        assert_eq!(kept.site().map(Site::line), event.site().map(Site::line));
    }
}

#[test]
fn values_of_every_type_are_recorded_unchanged() {
    struct Plain;
    #[trigger_event("recorder:types", data(a, b, c, d, e, f, g, h, live, i, j, k))]
    #[expect(
        clippy::too_many_arguments,
        clippy::many_single_char_names,
        reason = "one argument of each type"
    )]
    fn every_type(
        a: bool,
        b: i8,
        c: u64,
        d: f32,
        e: f64,
        f: char,
        g: &str,
        h: &[u8],
        live: Arc<Mutex<u8>>,
        i: i128,
        j: Option<char>,
        k: Option<u8>,
    ) {
        drop((live, j, k));
        let _ = (a, b, c, d, e, f, g, h, i);
    }
    #[trigger_event("recorder:types")]
    fn without_debug(bytes: &[u8], plain: &Plain, n: i64) {
        let _ = (bytes, plain, n);
    }
    let recorder = local::install_recorder("recorder:types");
    let live = Arc::new(Mutex::new(1));
    every_type(
        true,
        -1,
        2,
        0.5,
        0.25,
        'x',
        "é",
        &[1, 2],
        Arc::clone(&live),
        i128::MIN,
        None,
        Some(3),
    );
    without_debug(&[9], &Plain, -4);
    let buffer = recorder.buffer();
    for (_, event) in &buffer[..2] {
        let value = |key: &str| event.data().get(key).unwrap();
        assert_eq!(
            (value("a").to_bool(), value("b").to_i64()),
            (Some(true), Some(-1))
        );
        assert_eq!(
            (value("c").to_u64(), value("f").to_char()),
            (Some(2), Some('x'))
        );
        assert_eq!(
            (value("d").to_f64(), value("e").to_f64()),
            (Some(0.5), Some(0.25))
        );
        assert_eq!(
            (value("g").to_str(), value("h").to_bytes()),
            (Some("é"), Some(&[1, 2][..]))
        );
        assert_eq!(value("i").to_i128(), Some(i128::MIN));
        assert_eq!(
            (value("j").to_string(), value("k").to_string()),
            ("None".into(), "3".into())
        );
        let kept: &Mutex<u8> = value("live").downcast_ref().unwrap();
        assert!(
            std::ptr::eq(kept, std::ptr::from_ref(&*live)),
            "the same object"
        );
    }
    for (_, event) in &buffer[2..] {
        assert_eq!(
            event.data().get("bytes").unwrap().to_bytes(),
            Some(&[9][..])
        );
        assert!(
            event
                .data()
                .get("plain")
                .unwrap()
                .to_string()
                .ends_with("Plain")
        );
        assert_eq!(event.data().get("n").unwrap().to_i64(), Some(-4));
    }
    drop(buffer);
    assert_eq!(Arc::strong_count(&live), 2, "the recorder keeps one");
    recorder.clear();
    assert_eq!(Arc::strong_count(&live), 1);
}

#[test]
fn borrowed_debug_is_formatted_once_without_a_lock() {
    struct ReadsRecorder<'a>(&'a RecordingListener, &'a AtomicU32);
    impl std::fmt::Debug for ReadsRecorder<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.1.fetch_add(1, Ordering::Relaxed);
            write!(f, "{} kept", self.0.len())
        }
    }
    #[trigger_event("recorder:formatted")]
    fn read(it: &ReadsRecorder<'_>) {
        let _ = it;
    }
    let recorder = local::install_recorder("recorder:formatted");
    let printed = AtomicU32::new(0);
    read(&ReadsRecorder(&recorder, &printed));
    for (_, event) in recorder.buffer() {
        assert_eq!(event.data().get("it").unwrap().to_string(), "0 kept");
    }
    assert_eq!(printed.load(Ordering::Relaxed), 1);
}

#[test]
fn events_of_eight_threads_are_merged_by_time() {
    #[trigger_event("recorder:eight")]
    fn work(worker: u64, n: u64) {
        let _ = (worker, n);
    }
    let recorder = install_recorder("recorder:eight");
    std::thread::scope(|scope| {
        for worker in 0..8 {
            scope.spawn(move || (0..1000).for_each(|n| work(worker, n)));
        }
        // In a buffer that is read meanwhile, every END has its START.
        for _ in 0..20 {
            let buffer = recorder.buffer();
            let ends = buffer.iter().filter(|(_, event)| event.is_end()).count();
            assert!(ends <= buffer.len() - ends);
        }
    });
    let buffer = recorder.buffer();
    assert_eq!((buffer.len(), recorder.len()), (16_000, 16_000));
    assert!(
        buffer
            .windows(2)
            .all(|pair| pair[0].1.instant() <= pair[1].1.instant())
    );
    let mut next = [0; 8];
    let mut open = [None; 8];
    for (_, event) in &buffer {
        let number = |key: &str| event.data().get(key).unwrap().to_u64().unwrap();
        let worker = usize::try_from(number("worker")).unwrap();
        if event.is_start() {
            assert_eq!(
                (number("n"), open[worker].replace(event.id())),
                (next[worker], None)
            );
        } else {
            assert_eq!(
                (number("n"), open[worker].take()),
                (next[worker], Some(event.id()))
            );
            next[worker] += 1;
        }
    }
    assert_eq!(next, [1000; 8]);
}

#[test]
fn more_threads_than_buffers_do_not_mix() {
    #[trigger_event("recorder:crowd")]
    fn work(worker: u64) {
        if worker > 0 {
            work(worker - 1);
        }
    }
    let recorder = install_recorder("recorder:crowd");
    for round in 0..2 {
        let barrier = Barrier::new(100);
        std::thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| {
                    barrier.wait();
                    work(3);
                });
            }
        });
        assert_eq!(recorder.len(), 800 * (round + 1));
    }
    let mut open: HashMap<ThreadId, Vec<EventId>> = HashMap::new();
    for (_, event) in recorder.buffer() {
        let open = open.entry(event.thread()).or_default();
        let depth = 3 + u64::from(event.is_end()) - open.len() as u64;
        assert_eq!(event.data().get("worker").unwrap().to_u64(), Some(depth));
        if event.is_start() {
            assert_eq!(event.parent(), open.last().copied());
            open.push(event.id());
        } else {
            assert_eq!(open.pop(), Some(event.id()));
        }
    }
    assert!(open.values().all(Vec::is_empty));
    assert_eq!(open.len(), 200);
}

#[test]
fn future_that_ends_on_another_thread_is_recorded_with_its_data() {
    #[trigger_event("recorder:moved")]
    async fn moves(name: &str) {
        futures::future::poll_fn(|_| Poll::<()>::Pending).await;
        let _ = name;
    }
    let recorder = install_recorder("recorder:moved");
    let mut future = Box::pin(moves("far"));
    assert!(poll_once(future.as_mut()).is_pending());
    let here = ThreadId::current();
    std::thread::spawn(move || drop(future)).join().unwrap();
    let buffer = recorder.buffer();
    let start = &buffer[0].1;
    let end = &buffer[1].1;
    assert_eq!((start.id(), start.thread()), (end.id(), here));
    assert_ne!(end.thread(), here);
    assert_eq!(end.exc_details().unwrap().cause(), Cause::Cancelled);
    assert_eq!(end.data().get("name").unwrap().to_str(), Some("far"));
}

#[test]
fn recorder_registered_twice_records_twice() {
    let recorder = Arc::new(RecordingListener::new());
    let both = [
        local::install_shared("recorder:twice", Arc::clone(&recorder)),
        local::install_shared("recorder:twice", Arc::clone(&recorder)),
    ];
    trigger_event("recorder:twice", data! { n = 1 }, || {});
    assert_eq!((starts(&recorder).len(), recorder.len()), (2, 4));
    drop(both);
}

#[test]
fn recorder_accepts_any_status_in_either_method() {
    let recorder = RecordingListener::new();
    let event = |status| Event::new("recorder:any_status", status);
    recorder.on_end(&event(EventStatus::Start));
    recorder.on_start(&event(EventStatus::End));
    let statuses: Vec<_> = events(&recorder).iter().map(Event::status).collect();
    assert_eq!(statuses, [EventStatus::Start, EventStatus::End]);
}

#[test]
fn bounded_recorder_shares_data_between_start_and_end() {
    #[trigger_event("recorder:bounded_share")]
    fn named(name: &str) {
        let _ = name;
    }
    #[trigger_event("recorder:bounded_share", ret)]
    fn returns(name: &str) -> usize {
        name.len()
    }
    let recorder = RecordingListener::with_capacity_limit(10);
    let recorder = local::install_listener("recorder:bounded_share", recorder);
    named("a name");
    assert_eq!(returns("text that is stored outside of its value"), 40);
    let buffer = recorder.buffer();
    let name = |place: usize| {
        buffer[place]
            .1
            .data()
            .get("name")
            .expect("`name` is captured")
    };
    assert!(
        std::ptr::eq(name(0), name(1)),
        "the list of fields is shared"
    );
    let text = |place: usize| name(place).to_str().expect("`name` is text").as_ptr();
    assert_eq!(
        text(2),
        text(3),
        "the text is shared, in a longer list of fields"
    );
    assert_eq!(buffer[3].1.data().len(), 2);
}

#[test]
fn end_with_a_return_value_copies_no_argument() {
    #[trigger_event("recorder:returned_share", ret)]
    fn returns(name: &str) -> usize {
        name.len()
    }
    let recorder = local::install_recorder("recorder:returned_share");
    assert_eq!(returns("a name"), 6);
    let buffer = recorder.buffer();
    let [start, end] = [0, 1].map(|place: usize| buffer[place].1.data().get("name"));
    let text = |name: Option<&Value<'_>>| name.unwrap().to_str().unwrap().as_ptr();
    assert_eq!(text(start), text(end), "the text is shared");
}

#[test]
fn return_value_is_formatted_once_after_the_start_was_cleared() {
    struct Counts<'a>(&'a AtomicU32);
    impl std::fmt::Debug for Counts<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "printed {}", self.0.fetch_add(1, Ordering::Relaxed))
        }
    }
    #[trigger_event("recorder:formatted_once", ret, skip_all)]
    fn clears<'a>(recorder: &RecordingListener, printed: &'a AtomicU32) -> Counts<'a> {
        recorder.clear();
        Counts(printed)
    }
    let recorder = local::install_recorder("recorder:formatted_once");
    clears(&recorder, &AtomicU32::new(1));
    assert_eq!(
        recorder.lines(),
        ["END recorder:formatted_once clears return=printed 1"]
    );
}
