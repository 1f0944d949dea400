//! `Debug` and `Display` of values, events, sites, listeners and guards.

mod support;

use std::fmt::{self, Debug, Display};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use event_core::{
    Data, Event, EventHandle, EventStatus, ExcDetails, Field, TimingListener, Value, data,
    enter_event, from_fn, install_listener, install_recorder, install_shared, local, open_event,
    trigger_event,
};
use support::recorded_start;

#[trigger_event("value_formatting:site")]
fn annotated() {}

/// Applies `print` to the events that `call` triggers, and returns the last text.
fn printed_event(
    kind: &'static str,
    print: fn(&Event<'_>) -> String,
    call: impl FnOnce(),
) -> String {
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
        // Two threads share a shard if their numbers differ by the number of shards.
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
    let printed = printed_event("value_formatting:site", print, annotated);
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
    let printed = printed_event(kind, print, || {
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
    let exc = exc.expect("the call panicked");
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
    let first = &buffer[0].1;
    let second = &buffer[2].1;
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
    // A thread takes ids in blocks. Two blocks need not be adjacent.
    let steps = ids.windows(2).filter(|pair| pair[1] == pair[0] + 1);
    assert!(steps.count() >= 98, "{ids:?}");
}

#[test]
fn values_are_formatted_like_their_type() {
    let print = |value: Value<'_>| format!("{value} {value:?}");
    assert_eq!(print(1.into()), "1 1");
    assert_eq!(print((-1).into()), "-1 -1");
    assert_eq!(print(i128::MIN.into()), format!("{0} {0}", i128::MIN));
    assert_eq!(print(2.0_f64.into()), "2.0 2.0");
    assert_eq!(print(0.1_f32.into()), "0.1 0.1");
    assert_eq!(print(f64::NAN.into()), "NaN NaN");
    assert_eq!(print(true.into()), "true true");
    assert_eq!(print('\n'.into()), "\\n '\\n'");
    assert_eq!(print("a\"b".into()), r#"a"b "a\"b""#);
    assert_eq!(print(Value::NONE), "None None");
    assert_eq!(print(Some(1).into()), "1 1");
    assert_eq!(print(Value::from(None::<u8>)), "None None");
    assert_eq!(print(Value::printed(&"x")), "\"x\" \"x\"");
    assert_eq!(print(Value::displayed(&"x")), "x \"x\"");
    assert_eq!(print(Value::debug(&Some("x"))), "Some(\"x\") Some(\"x\")");
    assert_eq!(
        format!(
            "[{:>4}|{:<3}|{:03}]",
            Value::from("ab"),
            Value::from(1),
            Value::from(7)
        ),
        "[  ab|1  |007]"
    );
}

#[test]
fn formatted_bytes_stay_bytes() {
    let value = Value::from(&b"ab"[..]);
    assert_eq!(value.to_bytes(), Some(&b"ab"[..]));
    assert_eq!(value.to_str(), None);
    assert_eq!(value.clone().into_owned().to_bytes(), Some(&b"ab"[..]));
    assert_eq!(value.to_string(), value.into_owned().to_string());
}

#[test]
fn long_formatted_text_is_truncated_before_long_strings_are() {
    struct Long(&'static str, usize);
    impl Debug for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..self.1).try_for_each(|_| f.write_str(self.0))
        }
    }
    impl Display for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Debug::fmt(self, f)
        }
    }
    for part in ["x", "é", "日本", "🦀"] {
        let fitting = Value::MAX_PRINTED / part.len();
        let whole = Value::printed(&Long(part, fitting)).to_string();
        assert_eq!(whole.len(), fitting * part.len());
        assert!(!whole.ends_with('…'));
        for value in [
            Value::printed(&Long(part, 9999)),
            Value::displayed(&Long(part, 9999)),
        ] {
            let text = value.to_string();
            assert!(text.ends_with('…') && text.len() <= Value::MAX_PRINTED + '…'.len_utf8());
            assert!(text.len() > Value::MAX_PRINTED - 4);
        }
    }
    let lazy = Long("y", 9999);
    for value in [Value::debug(&lazy), Value::display(&lazy)] {
        let now = value.to_string();
        assert_eq!(now.len(), Value::MAX_PRINTED + '…'.len_utf8());
        assert_eq!(value.into_owned().to_string(), now);
    }
    let text = "z".repeat(9999);
    let start = recorded_start("value_formatting:long", data! { text });
    assert_eq!(start.data().get("text").unwrap().to_str(), Some(&*text));
}

#[test]
fn escaped_debug_of_a_string_is_not_truncated() {
    let text = "\n".repeat(3000);
    let value = Value::from(text.as_str()).into_owned();
    assert_eq!(format!("{value:?}").len(), 6002);
}

#[test]
fn strings_and_bytes_beyond_their_limit_are_truncated() {
    let long = "é".repeat(Value::MAX_TEXT);
    let value = Value::from(long.as_str());
    assert_eq!(value.to_str(), Some(&*long));
    let text = value.to_string();
    assert!(text.ends_with("é…") && text.len() <= Value::MAX_TEXT + '…'.len_utf8());
    assert!(format!("{value:?}").ends_with("é\"…"));
    assert_eq!(value.into_owned().to_str(), Some(&*text));
    let whole = Value::from(long.clone());
    assert_eq!(whole.into_owned().to_str(), Some(&*long));

    let bytes = vec![7; 4 * Value::MAX_TEXT];
    let value = Value::from(bytes.as_slice());
    assert!(value.to_string().ends_with("7]…") && value.to_string().len() < 2 * Value::MAX_TEXT);
    assert_eq!(
        value.into_owned().to_bytes(),
        Some(&bytes[..Value::MAX_TEXT])
    );

    let start = recorded_start(
        "value_formatting:long_text",
        data! { text = long.as_str(), bytes = bytes.as_slice() },
    );
    assert_eq!(start.data().get("text").unwrap().to_str(), Some(&*text));
    let kept = start.data().get("bytes").unwrap().to_bytes();
    assert_eq!(kept.map(<[u8]>::len), Some(Value::MAX_TEXT));
}

#[test]
fn formatting_stops_at_the_limit() {
    /// Counts the elements that are formatted.
    struct Element<'c>(&'c AtomicUsize);
    impl Debug for Element<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fetch_add(1, Ordering::Relaxed);
            f.write_str("element")
        }
    }
    impl Display for Element<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..1_000_000).try_for_each(|_| Debug::fmt(self, f))
        }
    }
    let count = AtomicUsize::new(0);
    let list: Vec<_> = (0..100_000).map(|_| Element(&count)).collect();
    let most = Value::MAX_PRINTED / "element".len() + 1;
    let expect_few = |text: String| {
        assert!(text.contains("element") && text.contains('…'));
        let formatted = count.swap(0, Ordering::Relaxed);
        assert!(formatted <= most, "{formatted} elements");
    };
    let debug = Value::debug(&list);
    let display = Value::display(&list[0]);
    expect_few(debug.to_string());
    expect_few(format!("{debug:?}"));
    expect_few(format!("{debug:#?}"));
    expect_few(display.to_string());
    expect_few(format!("{display:?}"));
    expect_few(Value::printed(&list).to_string());
    expect_few(Value::displayed(&list[0]).to_string());
    let fields = [Field::new("list", debug)];
    let event = Event::new("value_formatting:stops", EventStatus::Start);
    let event = event.with_data(Data::new(&fields));
    expect_few(event.to_string());
    expect_few(format!("{event:?}"));
    expect_few(event.into_owned().to_string());
}

#[test]
fn event_is_formatted_as_status_kind_and_data() {
    let event = Event::new("value_formatting:print", EventStatus::End).with_data(data! { n = 1 });
    assert_eq!(event.to_string(), "END value_formatting:print n=1");
    let failed = event.with_exc_details(ExcDetails::from_error(std::fmt::Error));
    assert_eq!(
        failed.to_string(),
        "END value_formatting:print n=1 failed: error: an error occurred when formatting an argument"
    );
    assert!(format!("{failed:?}").contains("value_formatting:print"));
    assert_eq!(EventStatus::Start.to_string(), "START");
}

#[test]
fn displayed_value_is_quoted_in_debug_output() {
    struct Words;
    impl Display for Words {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a b")
        }
    }
    let printed = Arc::new(Mutex::new(String::new()));
    let print = {
        let printed = Arc::clone(&printed);
        event_core::from_fn(move |event: &Event<'_>| {
            let text = event.data().get("text").expect("the field exists");
            *printed.lock().unwrap() = format!("{text} {text:?}");
        })
    };
    let _installed = local::install_listener("value_formatting:displayed", print);
    trigger_event("value_formatting:displayed", data! { text = %Words }, || {});
    assert_eq!(*printed.lock().unwrap(), "a b \"a b\"");
    let borrowed = Value::display(&Words);
    assert_eq!(format!("{borrowed} {borrowed:?}"), "a b \"a b\"");
}

#[test]
fn value_that_fails_to_format_contains_a_note() {
    struct FailsToFormat(bool);
    impl std::fmt::Debug for FailsToFormat {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("half ")?;
            assert!(!self.0, "in Debug");
            Err(std::fmt::Error)
        }
    }
    for (panics, text) in [
        (true, "half <panicked while printing>"),
        (false, "half <failed to print>"),
    ] {
        let value = FailsToFormat(panics);
        // The first value is formatted lazily, the second one at once.
        for value in [Value::debug(&value), Value::printed(&value)] {
            assert_eq!(value.to_string(), text);
            assert_eq!(format!("{value:?}"), text);
        }
    }
}
