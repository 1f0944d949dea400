//! A panic sends a failed END, and then propagates unchanged.

use std::any::Any;
use std::fmt::{self, Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::{Arc, Mutex};

use event_core::{Cause, Event, RecordingListener, Value, data, from_fn, local, trigger_event};

fn end(recorder: &RecordingListener) -> Event<'static> {
    let (_, event) = recorder.buffer().pop().unwrap();
    assert!(event.is_end());
    event
}

/// A payload that only its address identifies.
struct Opaque(Box<u8>);

#[test]
fn payloads_of_every_type_propagate_unchanged() {
    fn check<T: Any + Send>(payload: T, is_same: impl Fn(&T) -> bool) {
        let recorder = local::install_recorder("panics:payload");
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            trigger_event("panics:payload", (), || panic_any(payload));
        }));
        let payload = outcome.unwrap_err();
        assert!(is_same(payload.downcast_ref::<T>().expect("the same type")));
        assert!(end(&recorder).is_failed());
    }
    let opaque = Opaque(Box::new(1));
    let address = std::ptr::from_ref(&*opaque.0).addr();
    check(opaque, |payload| {
        std::ptr::from_ref(&*payload.0).addr() == address
    });
    check("text", |payload| *payload == "text");
    check(String::from("string"), |payload| payload == "string");
    check(7_u32, |payload| *payload == 7);
    check((), |()| true);
    check(Box::new(3_u8) as Box<dyn Any + Send>, |payload| {
        payload.is::<u8>()
    });
    check(std::cell::Cell::new(1), |payload| payload.get() == 1);
}

#[test]
fn resumed_panic_propagates_unchanged() {
    let recorder = local::install_recorder("panics:resume");
    let outcome = catch_unwind(|| {
        trigger_event("panics:resume", (), || {
            resume_unwind(Box::new(String::from("resumed")))
        });
    });
    assert_eq!(
        outcome.unwrap_err().downcast_ref::<String>().unwrap(),
        "resumed"
    );
    let end = end(&recorder);
    let exc = end.exc_details().unwrap();
    assert_eq!(exc.message(), "resumed");
    assert_eq!(exc.type_name(), "String");
    assert!(exc.location().is_none(), "no panic hook ran");
}

#[test]
fn panic_reports_type_message_and_location() {
    #[trigger_event("panics:place")]
    fn fails(n: u32) -> u32 {
        if n == 0 {
            let _ = n;
            panic!("plain");
        }
        assert_eq!(n, 2, "not two");
        n
    }
    let recorder = local::install_recorder("panics:place");
    assert!(catch_unwind(|| fails(0)).is_err());
    let plain = end(&recorder);
    let exc = plain.exc_details().unwrap();
    assert_eq!((exc.cause(), exc.type_name()), (Cause::Panic, "&str"));
    assert_eq!(exc.message(), "plain");
    let place = exc.location().unwrap();
    assert_eq!(place.file(), file!());
    assert_eq!(place.line(), plain.site().unwrap().line() + 3);
    assert!(place.column() > 1);
    assert_eq!(
        plain.to_string(),
        format!("END panics:place fails n=0 failed: panic: plain (at {place})")
    );
    assert!(catch_unwind(|| fails(1)).is_err());
    let formatted = end(&recorder);
    let exc = formatted.exc_details().unwrap();
    assert_eq!(exc.type_name(), "String");
    assert!(exc.message().contains("not two"));
    assert!(exc.error().is_none());
}

#[test]
fn payload_without_text_has_an_empty_message_and_a_location() {
    let recorder = local::install_recorder("panics:no_text");
    let outcome = catch_unwind(|| trigger_event("panics:no_text", (), || panic_any(5_u8)));
    assert!(outcome.is_err());
    let end = end(&recorder);
    let exc = end.exc_details().unwrap();
    assert_eq!(exc.message(), "");
    assert_eq!(exc.location().unwrap().file(), file!());
}

#[test]
fn resumed_payload_has_no_location_of_an_earlier_panic() {
    let recorder = local::install_recorder("panics:stale");
    let outcome = catch_unwind(|| {
        trigger_event("panics:stale", (), || {
            assert!(catch_unwind(|| panic_any(1_u8)).is_err());
            resume_unwind(Box::new(2_u16));
        });
    });
    assert!(outcome.is_err());
    assert!(
        end(&recorder).exc_details().unwrap().location().is_none(),
        "the recorded location is that of another panic"
    );
}

#[test]
fn payload_is_available_to_listeners_but_not_recorded() {
    #[trigger_event("panics:payloads")]
    fn fails() {
        panic_any(7_u32);
    }
    let seen: Arc<Mutex<Vec<u32>>> = Arc::default();
    let installed: Vec<_> = (0..2)
        .map(|_| {
            let seen = Arc::clone(&seen);
            let listener = from_fn(move |event: &Event<'_>| {
                let Some(exc) = event.exc_details() else {
                    return;
                };
                let payload = exc.payload().expect("the payload is available");
                seen.lock()
                    .unwrap()
                    .push(*payload.downcast_ref::<u32>().unwrap());
            });
            local::install_listener("panics:payloads", listener)
        })
        .collect();
    let recorder = local::install_recorder("panics:payloads");
    assert!(catch_unwind(fails).is_err());
    drop(installed);
    assert_eq!(*seen.lock().unwrap(), [7, 7]);
    assert!(end(&recorder).exc_details().unwrap().payload().is_none());
}

#[test]
fn panic_caught_in_the_body_is_no_failure() {
    #[trigger_event("panics:caught")]
    fn catches() -> bool {
        catch_unwind(|| {
            trigger_event("panics:caught_inner", (), || panic!("inner"));
        })
        .is_err()
    }
    let recorder = local::install_recorder("panics:caught*");
    assert!(catches());
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 4);
    assert!(buffer[2].1.is_failed());
    assert!(!buffer[3].1.is_failed());
}

#[test]
fn caught_panic_does_not_affect_the_next() {
    let recorder = local::install_recorder("panics:next");
    let first = catch_unwind(|| trigger_event("panics:next", (), || panic!("first")));
    let second = catch_unwind(|| trigger_event("panics:next", (), || panic!("second")));
    assert!(first.is_err() && second.is_err());
    let buffer = recorder.buffer();
    assert_eq!(buffer[1].1.exc_details().unwrap().message(), "first");
    assert_eq!(buffer[3].1.exc_details().unwrap().message(), "second");
    let lines = [1, 3].map(|n| {
        buffer[n]
            .1
            .exc_details()
            .unwrap()
            .location()
            .unwrap()
            .line()
    });
    assert_eq!(lines[0] + 1, lines[1]);
}

/// Panics when it is formatted.
struct PanicsOnFormat;

impl Debug for PanicsOnFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half")?;
        panic!("while formatting")
    }
}

impl Display for PanicsOnFormat {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("while displaying")
    }
}

impl std::error::Error for PanicsOnFormat {}

#[test]
fn debug_panic_does_not_stop_the_function() {
    #[derive(Clone, Copy)]
    struct CopiedPanicsOnFormat;
    impl Debug for CopiedPanicsOnFormat {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("later")
        }
    }
    #[expect(clippy::unnecessary_wraps, reason = "`err` needs a `Result`")]
    #[trigger_event("panics:debug", data(given = ?PanicsOnFormat, shown = %PanicsOnFormat), ret, err)]
    fn work(
        _moved: PanicsOnFormat,
        by_ref: &PanicsOnFormat,
        late: CopiedPanicsOnFormat,
    ) -> Result<CopiedPanicsOnFormat, PanicsOnFormat> {
        let _ = (by_ref, late);
        Ok(CopiedPanicsOnFormat)
    }
    #[trigger_event("panics:debug", err)]
    fn refuses() -> Result<(), PanicsOnFormat> {
        Err(PanicsOnFormat)
    }
    let recorder = local::install_recorder("panics:debug");
    assert!(work(PanicsOnFormat, &PanicsOnFormat, CopiedPanicsOnFormat).is_ok());
    assert!(refuses().is_err());
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 4, "{buffer:?}");
    let text = buffer[0].1.data().get("_moved").unwrap().to_string();
    assert!(
        text.starts_with("half"),
        "text before the panic is kept: {text}"
    );
    assert!(text.contains("panicked"), "{text}");
    assert!(!buffer[1].1.is_failed());
    assert!(buffer[1].1.data().get("return").is_some());
    assert!(buffer[3].1.is_failed());
}

#[test]
fn debug_panic_does_not_change_a_later_panic_message() {
    #[trigger_event("panics:debug_then")]
    fn work(_moved: PanicsOnFormat) {
        let _guard = event_core::enter_event("panics:debug_then", data! { x = ?PanicsOnFormat });
        resume_unwind(Box::new(1_u8));
    }
    let recorder = local::install_recorder("panics:debug_then");
    assert!(catch_unwind(|| work(PanicsOnFormat)).is_err());
    for (_, event) in recorder.buffer() {
        if let Some(exc) = event.exc_details() {
            assert_eq!(exc.message(), "", "{event}");
        }
    }
}

#[test]
fn value_notes_that_its_debug_panicked() {
    let value = Value::printed(&PanicsOnFormat);
    assert!(value.to_string().contains("panicked"), "{value}");
}

#[test]
fn panic_in_a_data_expression_reaches_the_caller() {
    let recorder = local::install_recorder("panics:data");
    let outcome = catch_unwind(|| {
        trigger_event(
            "panics:data",
            data! { n = u8::try_from(300).unwrap() },
            || {},
        );
    });
    assert!(outcome.is_err());
    assert_eq!(recorder.len(), 0, "neither START nor END");
    trigger_event("panics:data", (), || {});
    assert_eq!(recorder.len(), 2, "later events are delivered");
}

#[test]
fn exc_details_can_be_kept_and_sent_to_another_thread() {
    let kept = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&kept);
    let _installed = local::install_listener(
        "panics:kept",
        from_fn(move |event: &Event<'_>| {
            if let Some(exc) = event.exc_details() {
                *slot.lock().unwrap() = Some(exc.clone().into_owned());
            }
        }),
    );
    assert!(catch_unwind(|| trigger_event("panics:kept", (), || panic!("kept"))).is_err());
    let exc = kept.lock().unwrap().take().unwrap();
    let text = std::thread::spawn(move || format!("{exc} {exc:?}"))
        .join()
        .unwrap();
    assert!(text.starts_with("panic: kept (at "), "{text}");
}

#[test]
fn second_payload_call_returns_none_instead_of_deadlocking() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let log = Arc::clone(&calls);
        from_fn(move |event: &Event<'_>| {
            let Some(exc) = event.exc_details() else {
                return;
            };
            let payload = exc.payload();
            let has_number = payload.as_ref().is_some_and(|payload| payload.is::<u32>());
            let again = exc.payload().is_some();
            // Formatting works while the payload is borrowed.
            assert!(exc.to_string().contains("panic"));
            drop(payload);
            let later = exc.payload().is_some();
            log.lock().unwrap().push((has_number, again, later));
        })
    };
    let _listener = local::install_listener("panics:payload_borrow", listener);
    let outcome = catch_unwind(|| {
        trigger_event("panics:payload_borrow", (), || {
            resume_unwind(Box::new(7_u32))
        })
    });
    assert_eq!(*outcome.unwrap_err().downcast::<u32>().unwrap(), 7);
    assert_eq!(*calls.lock().unwrap(), [(true, false, true)]);
}
