//! Long messages of failures: what a recorder keeps, and what `Debug` and `Display` print.

use std::panic::{catch_unwind, panic_any};

use event_core::{Cause, ExcDetails, Value, enter_event, local, open_event, trigger_event};

const LONG: usize = 1_000_000;

/// `Debug` escapes each of these characters by six bytes.
fn long_message() -> String {
    "\u{1b}".repeat(LONG)
}

/// The most bytes of a message with escapes, and of what is around it.
const MAX_PRINTED: usize = 6 * Value::MAX_TEXT + 1000;

#[track_caller]
fn assert_bounded(exc: &ExcDetails<'_>) {
    for text in [format!("{exc}"), format!("{exc:?}"), format!("{exc:#?}")] {
        assert!(text.len() <= MAX_PRINTED, "{}", text.len());
        assert!(text.contains('…'), "{}", &text[..100]);
    }
}

fn assert_recorded(kind: &'static str, call: impl FnOnce()) {
    let recorder = local::install_recorder(kind);
    call();
    let buffer = recorder.buffer();
    let (_, end) = &buffer[1];
    let exc = end.exc_details().unwrap();
    assert_eq!(exc.message().len(), Value::MAX_TEXT + '…'.len_utf8());
    assert!(exc.message().ends_with('…'));
    assert_bounded(exc);
    for text in [format!("{end}"), format!("{end:?}"), format!("{end:#?}")] {
        assert!(text.len() <= 2 * MAX_PRINTED, "{}", text.len());
    }
}

#[test]
fn the_message_of_a_panic_is_bounded() {
    assert_recorded("long_message:text", || {
        let call = || trigger_event("long_message:text", (), || panic_any(long_message()));
        let payload = catch_unwind(call).unwrap_err();
        assert_eq!(payload.downcast_ref::<String>().unwrap().len(), LONG);
    });
    assert_recorded("long_message:static", || {
        let text: &'static str = long_message().leak();
        let call = || trigger_event("long_message:static", (), || panic_any(text));
        assert!(catch_unwind(call).is_err());
    });
}

#[test]
fn the_message_of_a_panic_through_a_guard_is_bounded() {
    assert_recorded("long_message:guard", || {
        let call = || {
            let _guard = enter_event("long_message:guard", ());
            panic_any(long_message())
        };
        assert!(catch_unwind(call).is_err());
    });
    assert_recorded("long_message:open", || {
        let call = || {
            let _open = open_event("long_message:open", ());
            panic_any(long_message())
        };
        assert!(catch_unwind(call).is_err());
    });
}

#[test]
fn the_text_of_given_details_is_bounded() {
    assert_bounded(&ExcDetails::from_message(Cause::Error, "E", long_message()));
}

#[test]
fn the_location_of_a_long_panic_is_known() {
    let recorder = local::install_recorder("long_message:place");
    let call = || {
        trigger_event("long_message:place", (), || {
            panic!("{}", "x".repeat(100_000))
        })
    };
    assert!(catch_unwind(call).is_err());
    let (_, end) = &recorder.buffer()[1];
    let location = end.exc_details().unwrap().location().unwrap();
    assert!(location.to_string().contains("long_messages.rs"));
}
