//! Control characters in names, data and messages: events keep them, and escape them when they are
//! printed.

mod support;

use std::fmt::{self, Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use event_core::{
    Cause, Data, Event, EventStatus, ExcDetails, Field, Kind, KindFilter, Value, data, end_event,
    local, start_event, trigger_event,
};
use support::events;

/// Characters that act on a terminal or on the text around them.
const HOSTILE: &str = "a\n\r\t\0\x07\x1b[31m\x7f\u{85}\u{9b}2J\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\
    \u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fffb}\u{e0041}z";

const ESCAPED: &str = r"a\n\r\t\u{0}\u{7}\u{1b}[31m\u{7f}\u{85}\u{9b}2J\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fffb}\u{e0041}z";

/// Prints itself without escapes.
struct Hostile;

impl Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HOSTILE)
    }
}

impl Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In pieces, as most impls write.
        HOSTILE.chars().try_for_each(|c| write!(f, "{c}"))
    }
}

impl std::error::Error for Hostile {}

#[track_caller]
fn assert_printable(text: &str) {
    let is_hostile = |c: char| HOSTILE.contains(c) && !c.is_ascii_graphic();
    let found = text.chars().find(|c| is_hostile(*c) || c.is_control());
    assert_eq!(found, None, "{text:?}");
}

#[test]
fn every_control_character_is_escaped() {
    for c in (0..0xa0)
        .filter_map(char::from_u32)
        .filter(|c| c.is_control())
    {
        for value in [Value::from(c), Value::from(c.to_string())] {
            assert_printable(&value.to_string());
            assert_printable(&format!("{value:?}"));
        }
    }
}

#[test]
fn values_of_all_representations_are_escaped() {
    let values = [
        Value::from(HOSTILE),
        Value::from(HOSTILE.to_owned()),
        Value::debug(&Hostile),
        Value::display(&Hostile),
        Value::printed(&Hostile),
        Value::displayed(&Hostile),
        Value::shared_debug(Arc::new(Hostile)),
    ];
    for value in values {
        for value in [value.clone(), value.into_owned()] {
            assert_eq!(value.to_string(), ESCAPED);
            assert_printable(&format!("{value:?}"));
            assert_printable(&format!("{value:>80}"));
        }
    }
    let nested = Value::nested(data! { text = HOSTILE, shown = ?Hostile });
    assert_printable(&nested.to_string());
    assert_printable(&format!("{nested:?}"));
}

#[test]
fn ordinary_text_is_unchanged() {
    let text = "C:\\dir \"quoted\" naïve 表格 👩\u{200d}👧 می\u{200c}خواهم e\u{301} \u{a0}";
    assert_eq!(Value::from(text).to_string(), text);
    assert_eq!(Value::displayed(&text).to_string(), text);
    assert_eq!(format!("[{:>4}]", Value::from("ab")), "[  ab]");
    assert_eq!(format!("[{:>4}]", Value::from("\n")), r"[  \n]");
}

#[test]
fn the_original_text_is_kept() {
    let value = Value::from(HOSTILE).into_owned();
    assert_eq!(value.to_str(), Some(HOSTILE));
    assert_eq!(Value::displayed(&Hostile).to_str(), Some(HOSTILE));
    assert_eq!(ExcDetails::from_error(Hostile).message(), HOSTILE);
    let exc = ExcDetails::from_message(Cause::Error, "E", HOSTILE);
    assert_eq!(exc.message(), HOSTILE);
}

#[test]
fn serialized_text_is_the_original() {
    for value in [
        Value::from(HOSTILE),
        Value::debug(&Hostile),
        Value::display(&Hostile),
        Value::printed(&Hostile),
    ] {
        let json = serde_json::to_value(&value).unwrap();
        assert_eq!(json.as_str(), Some(HOSTILE));
    }
}

#[test]
fn the_alternate_debug_keeps_lines_only() {
    let value = Value::debug(&Hostile);
    let text = format!("{value:#?}");
    assert_eq!(text.matches('\n').count(), 1);
    assert_printable(&text.replace('\n', ""));
}

/// Returns the events of a scope with hostile text in every place.
fn hostile_events() -> Vec<Event<'static>> {
    let kind = Kind::new("control:kind").unwrap();
    let recorder = local::install_recorder(kind);
    let fields = [
        Field::new(HOSTILE, Value::from(1)),
        Field::new("text", Value::from(HOSTILE)),
        Field::new("debug", Value::debug(&Hostile)),
        Field::new("display", Value::display(&Hostile)),
        Field::new("character", Value::from('\x1b')),
    ];
    for exc in [
        ExcDetails::from_error(Hostile),
        ExcDetails::from_message(Cause::Error, "E", HOSTILE),
    ] {
        start_event(kind, Data::new(&fields));
        end_event(kind, Data::new(&fields), Some(exc));
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        trigger_event(kind, Data::new(&fields), || panic!("{}", HOSTILE));
    }));
    assert!(outcome.is_err());
    for line in recorder.lines() {
        assert_printable(&line);
    }
    events(&recorder)
}

#[test]
fn events_and_their_parts_are_escaped() {
    let events = hostile_events();
    assert_eq!(events.len(), 6);
    for event in &events {
        assert_printable(&event.to_string());
        assert_printable(&format!("{event:?}"));
        assert_printable(&event.data().to_string());
        assert_printable(&format!("{:?}", event.data()));
        assert_printable(&event.kind().to_string());
        assert_printable(&format!("{:?}", event.kind()));
        if let Some(exc) = event.exc_details() {
            assert!(exc.to_string().contains(ESCAPED), "{exc}");
            assert_printable(&exc.to_string());
            assert_printable(&format!("{exc:?}"));
        }
    }
    let ends = events.iter().filter(|event| event.is_failed());
    assert_eq!(ends.count(), 3);
}

#[test]
fn a_listener_receives_escaped_text_while_the_scope_runs() {
    let listener = event_core::from_fn(|event: &Event<'_>| {
        assert_printable(&event.to_string());
        if event.status() == EventStatus::End {
            assert_eq!(event.exc_details().unwrap().message(), HOSTILE);
        }
    });
    let before = event_core::listener_panics();
    let _installed = local::install_listener("control:live", listener);
    let call = || {
        trigger_event("control:live", data! { x = ?Hostile }, || {
            panic!("{HOSTILE}")
        })
    };
    assert!(catch_unwind(call).is_err());
    assert_eq!(event_core::listener_panics(), before);
}

#[test]
fn errors_of_kinds_and_filters_are_escaped() {
    let invalid = Kind::new(HOSTILE).unwrap_err();
    assert_printable(&invalid.to_string());
    assert_printable(&format!("{invalid:?}"));
    let invalid = HOSTILE.parse::<KindFilter>().unwrap_err();
    assert_printable(&invalid.to_string());
}
