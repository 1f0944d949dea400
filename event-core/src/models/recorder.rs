//! A recorder's buffer never has an END without the START before it, and nothing is lost.
//!
//! Loom keeps in mind an atomic's last access alone, so that a thread that looks before it writes hides who
//! looked earlier, and orders are left out. Hence the yields: there, every thread may go on.

use std::collections::HashSet;

use loom::thread::yield_now;

use crate::event::{Event, EventStatus, NO_DATA, Origin};
use crate::kind::Kind;
use crate::listener::Listener;
use crate::listeners::recorder::RecordingListener;
use crate::sync::{Arc, check, spawn};
use crate::thread::EventId;
use crate::value::Field;

/// How a call ends.
#[derive(Clone, Copy)]
enum Ends {
    /// With its START's data, so that the END is noted beside the START.
    Plainly,
    /// With a field more, so that the END is an event by itself.
    Returning,
}

fn start(kind: Kind) -> Event<'static> {
    let origin = Origin {
        kind,
        id: EventId::next(),
        parent: None,
        site: None,
    };
    Event::with_origin(origin, EventStatus::Start, &NO_DATA)
}

/// What a scope does that this recorder alone hears.
fn call(recorder: &RecordingListener, kind: Kind, ends: Ends) {
    let mut event = start(kind);
    recorder.on_start(&event);
    yield_now();
    match ends {
        Ends::Plainly => {
            event.convert_to_end();
            recorder.on_end(&event);
        }
        Ends::Returning => {
            let returned = Field::new("return", 1.into());
            recorder.on_end(&event.end(&event.data().borrow_with(Some(&returned)), None));
        }
    }
}

/// Runs `look` beside two calls on threads of their own, and `end` behind all.
fn beside_two_calls(
    name: &str,
    make: fn() -> RecordingListener,
    ends: Ends,
    look: fn(&RecordingListener),
    end: fn(&RecordingListener),
) {
    check(name, move || {
        let recorder = Arc::new(make());
        let kind = Kind::from_static("model:recorded");
        let callers = [1, 2].map(|thread| {
            let recorder = Arc::clone(&recorder);
            spawn(thread, move || call(&recorder, kind, ends))
        });
        yield_now();
        look(&recorder);
        for caller in callers {
            caller.join().unwrap();
        }
        end(&recorder);
    });
}

/// Whose STARTs and whose ENDs there are, each kept once, and no START behind its END.
fn kept(recorder: &RecordingListener) -> (HashSet<EventId>, HashSet<EventId>) {
    let (mut starts, mut ends) = (HashSet::new(), HashSet::new());
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
    let (starts, ends) = kept(recorder);
    assert!(ends.is_subset(&starts), "an END without its START");
}

fn nothing_is_lost(recorder: &RecordingListener) {
    let (starts, ends) = kept(recorder);
    assert_eq!((starts.len(), ends), (2, starts));
    assert_eq!(recorder.len(), 4);
}

/// What was cleared is gone; what came later is there.
fn what_comes_later_is_kept(recorder: &RecordingListener) {
    let (starts, ends) = kept(recorder);
    assert!(starts.is_subset(&ends), "a START without its END");
    assert_eq!(recorder.len(), starts.len() + ends.len());
    recorder.clear();
    assert_eq!(kept(recorder), (HashSet::new(), HashSet::new()));
    call(recorder, Kind::from_static("model:recorded"), Ends::Plainly);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn buffer_has_the_start_of_each_end_and_finally_all_events() {
    beside_two_calls(
        "recorder: two that record, one that looks",
        RecordingListener::new,
        Ends::Plainly,
        every_end_has_its_start,
        nothing_is_lost,
    );
}

#[test]
fn buffer_has_the_start_of_each_end_with_data_of_its_own() {
    beside_two_calls(
        "recorder: two that record what was returned, one that looks",
        RecordingListener::new,
        Ends::Returning,
        every_end_has_its_start,
        nothing_is_lost,
    );
}

/// Runs `look` beside a scope that ends on another thread than it began on, and `end` behind all.
fn beside_a_scope_of_two_threads(
    name: &str,
    look: fn(&RecordingListener),
    end: fn(&RecordingListener),
) {
    check(name, move || {
        let recorder = Arc::new(RecordingListener::new());
        let kind = Kind::from_static("model:recorded");
        // Both buffers are there, and the START's is the one that is looked at first.
        recorder.on_start(&start(kind));
        for thread in [1, 2] {
            let recorder = Arc::clone(&recorder);
            let first = spawn(thread, move || recorder.on_start(&start(kind)));
            first.join().unwrap();
        }
        recorder.clear();
        let beginner = spawn(3, {
            let recorder = Arc::clone(&recorder);
            move || {
                let event = start(kind);
                recorder.on_start(&event);
                let ender = spawn(4, move || recorder.on_end(&event.end(&NO_DATA, None)));
                ender.join().unwrap();
            }
        });
        yield_now();
        look(&recorder);
        beginner.join().unwrap();
        end(&recorder);
    });
}

#[test]
fn an_end_on_another_thread_is_not_seen_before_its_start() {
    beside_a_scope_of_two_threads(
        "recorder: a scope that ends on another thread, one that looks",
        every_end_has_its_start,
        |recorder| {
            let (starts, ends) = kept(recorder);
            assert_eq!((starts.len(), ends), (1, starts));
        },
    );
}

#[test]
fn an_end_on_another_thread_is_not_cleared_without_its_start() {
    beside_a_scope_of_two_threads(
        "recorder: a scope that ends on another thread, one that clears",
        RecordingListener::clear,
        |recorder| {
            let (starts, ends) = kept(recorder);
            assert!(starts.is_subset(&ends), "a START without its END");
        },
    );
}

#[test]
fn what_is_recorded_after_a_clear_is_kept() {
    beside_two_calls(
        "recorder: two that record, one that clears",
        RecordingListener::new,
        Ends::Plainly,
        RecordingListener::clear,
        what_comes_later_is_kept,
    );
}

#[test]
fn an_end_whose_start_is_cleared_meanwhile_is_kept_by_itself() {
    beside_two_calls(
        "recorder: two that record what was returned, one that clears",
        RecordingListener::new,
        Ends::Returning,
        RecordingListener::clear,
        what_comes_later_is_kept,
    );
}

#[test]
fn bounded_recorder_counts_dropped_events() {
    beside_two_calls(
        "recorder: two that record in room for three, one that looks",
        || RecordingListener::with_capacity_limit(3),
        Ends::Returning,
        |recorder| {
            let before = recorder.dropped();
            let (starts, ends) = kept(recorder);
            assert!(before <= 1 && starts.len() + ends.len() <= 3);
        },
        |recorder| {
            kept(recorder);
            assert_eq!((recorder.len(), recorder.dropped()), (3, 1));
        },
    );
}
