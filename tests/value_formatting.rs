//! What the types of the library print by `Debug` and `Display`.

use std::sync::{Arc, Mutex};

use event_core::{
    Event, EventHandle, EventStatus, TimingListener, data, enter_event, from_fn, install_listener,
    install_recorder, install_shared, local, open_event, trigger_event,
};

#[trigger_event("value_formatting:site")]
fn annotated() {}

/// What an event that `call` triggers prints, as `print` says.
fn of_an_event(kind: &'static str, print: fn(&Event<'_>) -> String, call: impl FnOnce()) -> String {
    let printed = Arc::new(Mutex::new(String::new()));
    let listener = {
        let printed = Arc::clone(&printed);
        from_fn(move |event: &Event<'_>| *printed.lock().unwrap() = print(event))
    };
    let _installed = local::install_listener(kind, listener);
    call();
    printed.lock().unwrap().clone()
}

#[test]
fn installed_debug_contains_the_listener() {
    let installed = install_listener("value_formatting:installed", from_fn(|_: &Event<'_>| {}));
    assert!(
        format!("{installed:?}").contains("FromFn(..)"),
        "{installed:?}"
    );
    let installed =
        local::install_listener("value_formatting:installed", from_fn(|_: &Event<'_>| {}));
    assert!(
        format!("{installed:?}").contains("FromFn(..)"),
        "{installed:?}"
    );
    let shared = Arc::new(from_fn(|_: &Event<'_>| {}));
    let installed = install_shared("value_formatting:installed", shared);
    assert!(
        format!("{installed:?}").contains("FromFn(..)"),
        "{installed:?}"
    );
}

#[test]
fn debug_shows_the_number_of_shards() {
    let recorder = local::install_recorder("value_formatting:shards");
    assert!(format!("{recorder:?}").contains("made: 0"), "{recorder:?}");
    trigger_event("value_formatting:shards", (), || {});
    assert!(format!("{recorder:?}").contains("made: 1"), "{recorder:?}");
    let timer = TimingListener::new();
    assert!(format!("{timer:?}").contains("made: 0"), "{timer:?}");
}

#[test]
fn each_thread_has_its_own_shard() {
    let recorder = install_recorder("value_formatting:threads");
    for _ in 0..3 {
        // Of threads with numbers that differ by as many as there are places, two share one.
        let call = || trigger_event("value_formatting:threads", (), || {});
        std::thread::spawn(call).join().unwrap();
    }
    let printed = format!("{recorder:?}");
    let made = ["made: 2", "made: 3"].map(|made| printed.contains(made));
    assert!(made.contains(&true), "{printed}");
}

#[test]
fn site_debug_shows_its_position() {
    let print = |event: &Event<'_>| format!("{:?}", event.site());
    let printed = of_an_event("value_formatting:site", print, annotated);
    for part in [
        "Site",
        "value_formatting:site",
        "annotated",
        "value_formatting.rs",
        "line: ",
    ] {
        assert!(printed.contains(part), "no {part} in {printed}");
    }
}

#[test]
fn failure_debug_shows_cause_and_location() {
    let print = |event: &Event<'_>| {
        let exc = event.exc_details();
        let place = exc.and_then(|exc| exc.location()).map(ToString::to_string);
        format!("{exc:?} at {}", place.unwrap_or_default())
    };
    let kind = "value_formatting:failure";
    let printed = of_an_event(kind, print, || {
        let call = || trigger_event(kind, (), || panic!("printed"));
        assert!(std::panic::catch_unwind(call).is_err());
    });
    for part in ["ExcDetails", "Panic", "printed", "value_formatting.rs:"] {
        assert!(printed.contains(part), "no {part} in {printed}");
    }
    let place = printed.rsplit(" at ").next().unwrap_or_default();
    let numbers = place.rsplit(':').take(2).map(str::parse::<u32>);
    assert!(numbers.clone().all(|number| number.is_ok()), "{place}");
}

#[test]
fn start_displays_no_failure() {
    let kind = "value_formatting:start";
    let recorder = local::install_recorder(kind);
    let call = || trigger_event(kind, (), || panic!("printed"));
    assert!(std::panic::catch_unwind(call).is_err());
    let exc = recorder.buffer()[1].1.exc_details().cloned();
    let exc = exc.expect("it panicked");
    let start = Event::new(kind, EventStatus::Start).with_exc_details(exc);
    assert_eq!(start.to_string(), "START value_formatting:start");
}

#[test]
fn guards_handles_and_open_events_implement_debug() {
    let _recorder = local::install_recorder("value_formatting:open");
    let guard = enter_event("value_formatting:open", data! { n = 1 });
    assert!(
        format!("{guard:?}").contains("value_formatting:open"),
        "{guard:?}"
    );
    let open = open_event("value_formatting:open", ());
    assert!(
        format!("{open:?}").contains("value_formatting:open"),
        "{open:?}"
    );
    assert_eq!(format!("{:?}", data! { n = 1 }), "LazyData(..)");
    assert!(format!("{:?}", EventHandle::default()).contains("EventHandle"));
}

#[test]
fn thread_and_event_ids_display_as_distinct_numbers() {
    let recorder = local::install_recorder("value_formatting:numbers");
    for _ in 0..2 {
        trigger_event("value_formatting:numbers", (), || {});
    }
    let buffer = recorder.buffer();
    let (first, second) = (&buffer[0].1, &buffer[2].1);
    assert_eq!(
        first.thread().to_string(),
        first.thread().as_u64().to_string()
    );
    assert_eq!(first.id().to_string(), first.id().as_u64().to_string());
    assert_ne!(first.id().as_u64(), second.id().as_u64());
    let other = std::thread::spawn(|| Event::new("value_formatting:numbers", EventStatus::Start));
    let other = other.join().unwrap();
    assert_ne!(other.thread().as_u64(), first.thread().as_u64());
}

#[test]
fn ids_of_a_thread_are_consecutive() {
    let next = || {
        Event::new("value_formatting:ids", EventStatus::Start)
            .id()
            .as_u64()
    };
    let ids: Vec<u64> = (0..100).map(|_| next()).collect();
    // When a thread has used up its block of them, it goes on in another.
    let steps = ids.windows(2).filter(|pair| pair[1] == pair[0] + 1);
    assert!(steps.count() >= 98, "{ids:?}");
}
