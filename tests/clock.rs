//! The time of an event, which is read once, at the first request.

use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use event_core::{Event, EventStatus, broadcast, from_fn, local, trigger_event};

const STEP: Duration = Duration::from_millis(5);

#[test]
fn event_time_is_read_once() {
    let event = Event::new("clock:same", EventStatus::Start);
    let instant = event.instant();
    let time = event.system_time();
    sleep(STEP);
    assert_eq!(event.instant(), instant);
    assert_eq!(event.system_time(), time);
}

#[test]
fn clones_have_the_same_time() {
    let event = Event::new("clock:clones", EventStatus::Start);
    let clone = event.clone();
    sleep(STEP);
    let later = clone.clone();
    sleep(STEP);
    assert_eq!(event.instant(), clone.instant());
    assert_eq!(later.instant(), clone.instant());
}

#[test]
fn all_listeners_see_the_same_time() {
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let installed: Vec<_> = (0..3)
        .map(|_| {
            let times = Arc::clone(&times);
            let listener = from_fn(move |event: &Event<'_>| {
                times.lock().unwrap().push(event.instant());
                sleep(STEP);
            });
            local::install_listener("clock:all", listener)
        })
        .collect();
    let recorder = local::install_recorder("clock:all");
    broadcast(&Event::new("clock:all", EventStatus::Start));
    drop(installed);
    let times = times.lock().unwrap();
    assert!(
        times
            .iter()
            .all(|time| *time == recorder.buffer()[0].1.instant())
    );
}

#[test]
fn owned_event_keeps_its_time() {
    let recorder = local::install_recorder("clock:owned");
    let before = Instant::now();
    let system_before = SystemTime::now();
    trigger_event("clock:owned", (), || sleep(STEP));
    let after = Instant::now();
    sleep(STEP);
    let buffer = recorder.buffer();
    let start = buffer[0].1.instant();
    let end = buffer[1].1.instant();
    assert!(before <= start && end <= after);
    assert!(end - start >= STEP);
    let slack = Duration::from_millis(20);
    assert!(buffer[0].0 + slack >= system_before);
    assert_eq!(
        buffer[1].0.duration_since(buffer[0].0).unwrap(),
        end - start
    );
}

#[test]
fn threads_agree_on_the_time() {
    let event = Arc::new(Event::new("clock:threads", EventStatus::Start));
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let event = Arc::clone(&event);
            std::thread::spawn(move || event.instant())
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.join().unwrap(), event.instant());
    }
}

#[test]
fn two_recorders_record_the_same_time() {
    let [one, two] = [(); 2].map(|()| local::install_recorder("clock:two"));
    trigger_event("clock:two", (), || {});
    for ((one, _), (two, _)) in one.buffer().iter().zip(two.buffer()) {
        assert_eq!(*one, two);
    }
}
