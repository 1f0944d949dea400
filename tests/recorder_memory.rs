//! The recorder with a limit of its memory: what it drops, and what it keeps of open calls.

mod support;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use event_core::{
    Event, EventId, EventStatus, ExcDetails, Listener as _, OpenEvent, RecordingListener, Value,
    add_data, data, install_listener, local, open_event, trigger_event, try_trigger_event,
};
use support::trigger;

/// The smallest limit, which is full after a few hundred calls.
const SMALL: usize = 64 << 10;

fn install(kind: &'static str) -> local::Installed<RecordingListener> {
    local::install_listener(kind, RecordingListener::with_memory_limit(SMALL))
}

fn trigger_many(kind: &'static str, calls: usize) {
    for n in 0..calls {
        trigger_event(kind, data! { n }, || {});
    }
}

/// Returns the ids of STARTs and of ENDs, each of which must occur once.
fn ids(recorder: &RecordingListener) -> (HashMap<EventId, Event<'static>>, HashSet<EventId>) {
    let events = recorder.events().map(|(_, event)| event);
    let (starts, ends): (Vec<_>, Vec<_>) = events.partition(Event::is_start);
    let count = starts.len();
    let starts: HashMap<_, _> = starts
        .into_iter()
        .map(|start| (start.id(), start))
        .collect();
    assert_eq!(starts.len(), count);
    let count = ends.len();
    let ends: HashSet<_> = ends.iter().map(Event::id).collect();
    assert_eq!(ends.len(), count);
    (starts, ends)
}

#[test]
fn the_last_calls_are_kept_in_the_memory() {
    let recorder = install("recorder_memory:last");
    trigger_many("recorder_memory:last", 10_000);
    let calls = recorder.calls();
    assert!((100..1000).contains(&calls.len()), "{}", calls.len());
    let last = |call: &Event<'_>| call.data().get("n").unwrap().to_u64().unwrap();
    let numbers: Vec<u64> = calls.iter().map(last).collect();
    let first = 10_000 - u64::try_from(calls.len()).unwrap();
    assert_eq!(numbers, (first..10_000).collect::<Vec<_>>());
    assert_eq!(recorder.len(), 2 * calls.len());
    assert_eq!(recorder.dropped(), 20_000 - recorder.len() as u64);
}

#[test]
fn large_values_make_fewer_calls_fit() {
    let recorder = install("recorder_memory:large");
    let text = "x".repeat(4096);
    for _ in 0..1000 {
        trigger_event(
            "recorder_memory:large",
            data! { text = text.as_str() },
            || {},
        );
    }
    let calls = recorder.calls();
    assert!((2..=SMALL / 4096).contains(&calls.len()), "{}", calls.len());
}

#[test]
fn a_thread_with_few_calls_keeps_them() {
    let recorder = install_listener(
        "recorder_memory:quiet",
        RecordingListener::with_memory_limit(SMALL),
    );
    trigger_event("recorder_memory:quiet", data! { quiet = true }, || {});
    std::thread::spawn(|| trigger_many("recorder_memory:quiet", 5000))
        .join()
        .unwrap();
    assert!(recorder.dropped() > 0);
    let calls = recorder.calls();
    assert!(calls[0].data().get("quiet").is_some(), "{}", calls[0]);
}

#[test]
fn an_open_call_outlives_the_calls_inside_it() {
    let recorder = install("recorder_memory:open");
    let failed = try_trigger_event("recorder_memory:open", data! { outer = 1 }, || {
        trigger_many("recorder_memory:open", 5000);
        let open = recorder.open_calls();
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].to_string(), "START recorder_memory:open outer=1");
        let (starts, ends) = ids(&recorder);
        assert_eq!(starts.len(), ends.len() + 1);
        add_data(data! { rows = 3 });
        Err::<(), _>("no rows")
    });
    assert!(failed.is_err());
    let calls = recorder.calls();
    assert_eq!(calls[0].data().to_string(), "outer=1 rows=3");
    assert_eq!(calls[0].exc_details().unwrap().message(), "no rows");
    assert!(recorder.open_calls().is_empty());
    // It is dropped like any other call after later ones.
    trigger_many("recorder_memory:open", 5000);
    assert!(recorder.calls()[0].data().get("outer").is_none());
}

#[test]
fn a_long_call_is_kept_until_its_end_is_old() {
    let recorder = install("recorder_memory:long");
    trigger_event("recorder_memory:long", data! { long = 1 }, || {
        trigger_many("recorder_memory:long", 100);
        std::thread::sleep(Duration::from_millis(2));
    });
    // The START of the long call is dropped before its END.
    let mut more = 0;
    while recorder.dropped() == 0 {
        trigger("recorder_memory:long");
        more += 1;
        assert!(more < 5000);
    }
    let long = &recorder.calls()[0];
    assert_eq!(long.data().to_string(), "long=1");
    assert!(long.duration().unwrap() >= Duration::from_millis(2));
}

#[test]
fn a_call_that_another_thread_ended_is_not_open() {
    let recorder = install_listener(
        "recorder_memory:moved",
        RecordingListener::with_memory_limit(SMALL),
    );
    let event = open_event("recorder_memory:moved", data! { moved = 1 });
    trigger_many("recorder_memory:moved", 5000);
    assert_eq!(recorder.open_calls().len(), 1);
    std::thread::spawn(move || {
        drop(event);
        trigger_many("recorder_memory:moved", 5000); // the END is dropped
    })
    .join()
    .unwrap();
    assert!(recorder.open_calls().is_empty());
    let (starts, ends) = ids(&recorder);
    assert_eq!(starts.len(), ends.len());
    trigger_many("recorder_memory:moved", 5000);
    assert!(recorder.calls()[0].data().get("moved").is_none());
}

#[test]
fn clear_empties_the_memory_but_keeps_the_data_of_open_calls() {
    let recorder = install("recorder_memory:clear");
    trigger_event("recorder_memory:clear", data! { outer = 1 }, || {
        trigger_many("recorder_memory:clear", 5000);
        recorder.clear();
        assert_eq!((recorder.len(), recorder.dropped()), (0, 0));
        trigger_many("recorder_memory:clear", 5000);
    });
    let (_, end) = recorder.events().last().unwrap();
    assert_eq!(end.to_string(), "END recorder_memory:clear outer=1");
}

#[test]
fn the_events_of_many_threads_are_whole() {
    let limited = install_listener(
        "recorder_memory:many",
        RecordingListener::with_memory_limit(SMALL),
    );
    let all = install_listener("recorder_memory:many", RecordingListener::new());
    let work = |seed: usize| {
        let mut open: Vec<OpenEvent> = Vec::new();
        for n in 0..200 {
            let _ = try_trigger_event("recorder_memory:many", data! { seed, n }, || {
                trigger("recorder_memory:many");
                if n % 3 == 0 { Err(n) } else { Ok(()) }
            });
            if n % 7 == 0 {
                open.push(open_event("recorder_memory:many", data! { seed, n }));
            }
            if n % 11 == 0 && !open.is_empty() {
                drop(open.remove(0));
            }
        }
        open
    };
    // More threads than memories, so that some share one.
    let mut left = Vec::new();
    for round in 0..10 {
        let threads: Vec<_> = (0..20)
            .map(|n| std::thread::spawn(move || work(20 * round + n)))
            .collect();
        left.extend(
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap()),
        );
        if round % 2 == 1 {
            let ended = left.split_off(left.len() / 3);
            std::thread::spawn(|| drop(ended)).join().unwrap();
        }
    }
    assert!(limited.dropped() > 0);
    let open: Vec<EventId> = limited.open_calls().iter().map(Event::id).collect();
    let really_open: Vec<EventId> = all.open_calls().iter().map(Event::id).collect();
    assert_eq!(really_open.len(), left.len());
    assert_eq!(open, really_open);

    let (starts, ends) = ids(&limited);
    let known: HashMap<_, _> = all
        .calls()
        .into_iter()
        .map(|call| (call.id(), call))
        .collect();
    for (id, start) in &starts {
        let is_whole = ends.contains(id);
        assert!(is_whole != open.contains(id), "{start}");
    }
    for call in limited.calls() {
        let known = &known[&call.id()];
        assert_eq!(call.to_string(), known.to_string());
        assert_eq!(call.duration(), known.duration());
        assert_eq!(call.parent(), known.parent());
    }
}

#[test]
fn objects_are_kept_as_their_text() {
    #[derive(Debug)]
    struct Connection {
        #[expect(dead_code, reason = "read by `Debug`")]
        port: u16,
    }
    let recorder = install("recorder_memory:objects");
    let connection = Arc::new(Connection { port: 80 });
    let value = || Value::shared_debug(Arc::clone(&connection));
    let failed = try_trigger_event("recorder_memory:objects", data! { peer = value() }, || {
        add_data(data! { other = value(), inside = Value::nested(data! { peer = value() }) });
        Err::<(), _>("closed")
    });
    assert!(failed.is_err());
    assert_eq!(Arc::strong_count(&connection), 1);
    let text = "Connection { port: 80 }";
    let end = &recorder.calls()[0];
    let expected = format!("peer={text} other={text} inside={{\"peer\": {text}}}");
    assert_eq!(end.data().to_string(), expected);
}

#[test]
fn a_dropped_error_may_trigger_events() {
    #[derive(Debug)]
    struct Noisy;
    impl Drop for Noisy {
        fn drop(&mut self) {
            trigger("recorder_memory:drop");
        }
    }
    impl std::fmt::Display for Noisy {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("noisy")
        }
    }
    impl std::error::Error for Noisy {}
    let recorder = install("recorder_memory:drop");
    for _ in 0..2000 {
        let event = event_core::enter_event("recorder_memory:drop", ());
        event.fail(&Noisy);
        let end = Event::new("recorder_memory:drop", EventStatus::End);
        recorder.notify(&end.with_exc_details(ExcDetails::from_error(Noisy)));
    }
    assert!(recorder.dropped() > 2000);
}

#[test]
fn events_that_are_being_read_may_be_dropped() {
    let recorder = install("recorder_memory:read");
    trigger_many("recorder_memory:read", 1000);
    let before = recorder.buffer();
    let mut reader = recorder.events();
    let first = reader.next().unwrap();
    trigger_many("recorder_memory:read", 5000);
    let rest = reader.map(|(_, event)| event.to_string());
    let read: Vec<String> = [first.1.to_string()].into_iter().chain(rest).collect();
    let before: Vec<String> = before.iter().map(|(_, event)| event.to_string()).collect();
    assert_eq!(read, before);
}
