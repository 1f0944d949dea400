//! A recorder loses no event, and its buffer has each START before its END, unless the START was
//! cleared.
//!
//! Loom remembers only the last access to each atomic. If a thread loads an atomic before it stores
//! in it, loom forgets the earlier loads of other threads and skips interleavings. The models yield
//! in such places, where loom then switches to every other thread.

use std::collections::HashSet;

use loom::thread::yield_now;

use crate::event::origin::{EventSource, Origin};
use crate::event::status::EventStatus;
use crate::event::{Event, NO_DATA};
use crate::kind::Kind;
use crate::listener::Listener;
use crate::listeners::recorder::RecordingListener;
use crate::sync::{Arc, check, spawn};
use crate::thread::EventId;
use crate::value::Field;
use crate::value::data::Data;

/// The data of a call's END.
#[derive(Clone, Copy)]
enum EndData {
    /// The data of the START, so that the recorder stores the END in the START's record.
    OfStart,
    /// One more field, so that the recorder stores the END as a record of its own.
    WithReturn,
}

fn new_origin(kind: Kind) -> Origin {
    Origin::new(EventSource::Kind(kind))
}

fn start(origin: &Origin) -> Event<'_> {
    Event::borrowed(origin, EventStatus::Start, &NO_DATA)
}

fn end<'a>(origin: &'a Origin, data: &'a Data<'a>) -> Event<'a> {
    Event::borrowed(origin, EventStatus::End, data).ending(None)
}

/// Notifies `recorder` of a START and its END.
fn call(recorder: &RecordingListener, kind: Kind, end_data: EndData) {
    let origin = new_origin(kind);
    recorder.on_start(&start(&origin));
    yield_now();
    match end_data {
        EndData::OfStart => recorder.on_end(&end(&origin.here(), &NO_DATA)),
        EndData::WithReturn => {
            let returned = Field::new("return", 1.into());
            let data = Data::default().with_returned(Some(&returned));
            recorder.on_end(&end(&origin.here(), &data));
        }
    }
}

/// Runs `during` while two other threads make one call each, and `after` once both have ended.
fn check_two_calls(
    name: &str,
    create: fn() -> RecordingListener,
    end_data: EndData,
    during: fn(&RecordingListener),
    after: fn(&RecordingListener),
) {
    check(name, move || {
        let recorder = Arc::new(create());
        let kind = Kind::from_static("model:recorded");
        let callers = [1, 2].map(|thread| {
            let recorder = Arc::clone(&recorder);
            spawn(thread, move || call(&recorder, kind, end_data))
        });
        yield_now();
        during(&recorder);
        for caller in callers {
            caller.join().unwrap();
        }
        after(&recorder);
    });
}

/// Returns the ids of the recorded STARTs and ENDs. Asserts that each is recorded once, and that no
/// END precedes its START.
fn recorded(recorder: &RecordingListener) -> (HashSet<EventId>, HashSet<EventId>) {
    let mut starts = HashSet::new();
    let mut ends = HashSet::new();
    for (_, event) in recorder.buffer() {
        if event.is_start() {
            assert!(!ends.contains(&event.id()), "an END before its START");
            assert!(starts.insert(event.id()), "a START twice");
        } else {
            assert!(ends.insert(event.id()), "an END twice");
        }
    }
    (starts, ends)
}

fn every_end_has_its_start(recorder: &RecordingListener) {
    let (starts, ends) = recorded(recorder);
    assert!(ends.is_subset(&starts), "an END without its START");
}

fn all_events_are_recorded(recorder: &RecordingListener) {
    let (starts, ends) = recorded(recorder);
    assert_eq!((starts.len(), ends), (2, starts));
    assert_eq!(recorder.len(), 4);
}

/// Asserts that each recorded START has its END, and that the recorder works after another `clear`.
fn recorder_works_after_clear(recorder: &RecordingListener) {
    let (starts, ends) = recorded(recorder);
    assert!(starts.is_subset(&ends), "a START without its END");
    assert_eq!(recorder.len(), starts.len() + ends.len());
    recorder.clear();
    assert_eq!(recorded(recorder), (HashSet::new(), HashSet::new()));
    call(
        recorder,
        Kind::from_static("model:recorded"),
        EndData::OfStart,
    );
    assert_eq!(recorder.len(), 2);
}

#[test]
fn buffer_has_the_start_of_each_end_and_finally_all_events() {
    check_two_calls(
        "recorder: two calls, a reader",
        RecordingListener::new,
        EndData::OfStart,
        every_end_has_its_start,
        all_events_are_recorded,
    );
}

#[test]
fn buffer_has_the_start_of_each_end_that_has_own_data() {
    check_two_calls(
        "recorder: two calls whose ENDs have own data, a reader",
        RecordingListener::new,
        EndData::WithReturn,
        every_end_has_its_start,
        all_events_are_recorded,
    );
}

/// Runs `during` while a scope starts on one thread and ends on another, and `after` once it has
/// ended.
fn check_scope_of_two_threads(
    name: &str,
    during: fn(&RecordingListener),
    after: fn(&RecordingListener),
) {
    check(name, move || {
        let recorder = Arc::new(RecordingListener::new());
        let kind = Kind::from_static("model:recorded");
        // Creates both buffers in such an order that `buffer` reads the buffer of the START first.
        recorder.on_start(&start(&new_origin(kind)));
        for thread in [1, 2] {
            let recorder = Arc::clone(&recorder);
            let creator = spawn(thread, move || {
                recorder.on_start(&start(&new_origin(kind)));
            });
            creator.join().unwrap();
        }
        recorder.clear();
        let starter = spawn(3, {
            let recorder = Arc::clone(&recorder);
            move || {
                let origin = new_origin(kind);
                recorder.on_start(&start(&origin));
                let ender = spawn(4, move || recorder.on_end(&end(&origin.here(), &NO_DATA)));
                ender.join().unwrap();
            }
        });
        yield_now();
        during(&recorder);
        starter.join().unwrap();
        after(&recorder);
    });
}

#[test]
fn end_on_another_thread_is_not_read_before_its_start() {
    check_scope_of_two_threads(
        "recorder: a scope that ends on another thread, a reader",
        every_end_has_its_start,
        |recorder| {
            let (starts, ends) = recorded(recorder);
            assert_eq!((starts.len(), ends), (1, starts));
        },
    );
}

#[test]
fn end_on_another_thread_is_not_cleared_without_its_start() {
    check_scope_of_two_threads(
        "recorder: a scope that ends on another thread, a clear",
        RecordingListener::clear,
        |recorder| {
            let (starts, ends) = recorded(recorder);
            assert!(starts.is_subset(&ends), "a START without its END");
        },
    );
}

#[test]
fn events_after_a_clear_are_recorded() {
    check_two_calls(
        "recorder: two calls, a clear",
        RecordingListener::new,
        EndData::OfStart,
        RecordingListener::clear,
        recorder_works_after_clear,
    );
}

#[test]
fn end_whose_start_was_cleared_is_recorded_alone() {
    check_two_calls(
        "recorder: two calls whose ENDs have own data, a clear",
        RecordingListener::new,
        EndData::WithReturn,
        RecordingListener::clear,
        recorder_works_after_clear,
    );
}

#[test]
fn bounded_recorder_counts_dropped_events() {
    check_two_calls(
        "recorder: two calls, a capacity of three events, a reader",
        || RecordingListener::with_capacity_limit(3),
        EndData::WithReturn,
        |recorder| {
            let before = recorder.dropped();
            let (starts, ends) = recorded(recorder);
            assert!(before <= 1 && starts.len() + ends.len() <= 3);
        },
        |recorder| {
            recorded(recorder);
            assert_eq!((recorder.len(), recorder.dropped()), (3, 1));
        },
    );
}
