//! The recorder keeps what it hears.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use event_core::{
    Event, RecordingListener, data, from_fn, install_listener, install_recorder, local,
    trigger_event,
};

#[test]
fn events_are_kept_in_order_with_their_time() {
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
fn the_buffer_is_a_copy_and_stays() {
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
fn a_bounded_recorder_keeps_the_last_and_counts_the_rest() {
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
fn an_unbounded_recorder_drops_nothing() {
    let recorder = local::install_recorder("recorder:unbounded");
    for _ in 0..10_000 {
        trigger_event("recorder:unbounded", (), || {});
    }
    assert_eq!((recorder.len(), recorder.dropped()), (20_000, 0));
}

#[test]
fn many_threads_are_recorded_without_loss() {
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
            "each thread in its order"
        );
    }
}

#[test]
fn one_recorder_may_listen_to_several_kinds() {
    let recorder = Arc::new(RecordingListener::new());
    let one = local::install_shared("recorder:one", Arc::clone(&recorder));
    let two = local::install_shared("recorder:two", Arc::clone(&recorder));
    trigger_event("recorder:one", (), || {
        trigger_event("recorder:two", (), || {});
    });
    let told: Vec<String> = recorder
        .buffer()
        .iter()
        .map(|(_, event)| event.to_string())
        .collect();
    assert_eq!(
        told,
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
fn a_listener_may_look_into_a_recorder() {
    let recorder = local::install_recorder("recorder:looked");
    let shared = Arc::clone(recorder.listener());
    let seen = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&seen);
    let looking = from_fn(move |_: &Event<'_>| {
        let len = u32::try_from(shared.buffer().len()).unwrap();
        count.fetch_add(len, Ordering::Relaxed);
        shared.clear();
    });
    let looking = local::install_listener("recorder:looked", looking);
    trigger_event("recorder:looked", (), || {});
    assert_eq!(seen.load(Ordering::Relaxed), 2);
    drop(looking);
}

#[test]
fn data_whose_drop_triggers_events_may_be_displaced() {
    struct Triggers;
    impl Drop for Triggers {
        fn drop(&mut self) {
            trigger_event("recorder:displaced", (), || {});
        }
    }
    let recorder = local::install_listener(
        "recorder:displaced",
        RecordingListener::with_capacity_limit(2),
    );
    for _ in 0..3 {
        let live = Arc::new(Triggers);
        trigger_event("recorder:displaced", data! { live }, || {});
    }
    recorder.clear();
    assert!(recorder.len() <= 2);
}

#[test]
fn a_recorder_prints() {
    let recorder = RecordingListener::with_capacity_limit(1);
    assert!(format!("{recorder:?}").contains("RecordingListener"));
    assert!(RecordingListener::default().is_empty());
}
