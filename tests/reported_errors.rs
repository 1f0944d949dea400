//! Errors of scopes without an attribute: `try_trigger_event`, and `fail` of guards and open
//! events.

mod support;

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use event_core::{
    Cause, Event, EventGuard, ExcDetails, Listener, RecordingListener, data, enter_event,
    install_recorder, local, open_event, trigger_event, try_trigger_event,
};
use support::events;

/// Returns the last event, which must be an END.
fn end(recorder: &RecordingListener) -> Event<'static> {
    let end = events(recorder).pop().unwrap();
    assert!(end.is_end());
    end
}

/// Returns the cause and the message of the failure of the last END.
fn failure(recorder: &RecordingListener) -> Option<(Cause, String)> {
    let end = end(recorder);
    let exc = end.exc_details()?;
    Some((exc.cause(), exc.message().into_owned()))
}

#[track_caller]
fn assert_error(recorder: &RecordingListener, message: &str) {
    assert_eq!(failure(recorder), Some((Cause::Error, message.to_owned())));
}

#[test]
fn err_of_the_closure_fails_the_end_and_is_returned() {
    let recorder = local::install_recorder("reported:err");
    let result = try_trigger_event("reported:err", data! { n = 1 }, || "4x".parse::<u32>());
    let message = result.unwrap_err().to_string();
    let end = end(&recorder);
    let exc = end.exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Error);
    assert_eq!(exc.message(), message);
    assert_eq!(exc.type_name(), "core::num::error::ParseIntError");
    assert_eq!(end.data().to_string(), "n=1");
    assert!(exc.payload().is_none() && exc.location().is_none());
}

#[test]
fn ok_of_the_closure_does_not_fail_the_end() {
    let recorder = local::install_recorder("reported:ok");
    let result = try_trigger_event("reported:ok", (), || Ok::<_, fmt::Error>(String::from("a")));
    assert_eq!(result, Ok("a".to_owned()));
    assert_eq!(recorder.lines(), ["START reported:ok", "END reported:ok"]);
}

#[test]
fn panic_of_the_closure_is_reported_as_a_panic() {
    let recorder = local::install_recorder("reported:panic");
    let outcome = catch_unwind(|| {
        try_trigger_event("reported:panic", (), || -> Result<(), String> {
            panic!("oh")
        })
    });
    assert!(outcome.is_err());
    assert_eq!(failure(&recorder), Some((Cause::Panic, "oh".to_owned())));
}

/// An error that is neither `Send` nor `'static`.
struct Borrowed<'a>(&'a Cell<u32>);

impl fmt::Display for Borrowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {}", self.0.get())
    }
}

#[test]
fn errors_of_many_types_are_accepted() {
    let recorder = local::install_recorder("reported:types");
    let fail = |error: Box<dyn Error + Send + Sync>| {
        try_trigger_event("reported:types", (), || Err::<(), _>(error)).unwrap_err()
    };
    let _: Box<dyn Error + Send + Sync> = fail("boxed".into());
    assert_error(&recorder, "boxed");

    let _ = try_trigger_event("reported:types", (), || Err::<(), _>("text"));
    assert_error(&recorder, "text");

    let code = Cell::new(7);
    let _ = try_trigger_event("reported:types", (), || Err::<(), _>(Borrowed(&code)));
    assert_error(&recorder, "code 7");
}

/// An error that counts how often it is formatted.
struct Counted<'a>(&'a Cell<u32>);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.set(self.0.get() + 1);
        f.write_str("counted")
    }
}

#[test]
fn errors_are_formatted_only_for_a_listener() {
    let formatted = Cell::new(0);
    let _ = try_trigger_event("reported:lazy", (), || Err::<(), _>(Counted(&formatted)));
    enter_event("reported:lazy", ()).fail(&Counted(&formatted));
    open_event("reported:lazy", ()).fail(&Counted(&formatted));
    assert_eq!(formatted.get(), 0);
    let recorder = local::install_recorder("reported:lazy");
    let _ = try_trigger_event("reported:lazy", (), || Err::<(), _>(Counted(&formatted)));
    assert_eq!(formatted.get(), 1);
    assert_error(&recorder, "counted");
}

#[test]
fn scope_is_left_before_the_error_is_formatted() {
    struct Current(Cell<bool>);
    impl fmt::Display for &Current {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            trigger_event("reported:inner", (), || {});
            self.0.set(event_core::current_event().id().is_none());
            Ok(())
        }
    }
    let recorder = local::install_recorder("reported:inner");
    let _outer = local::install_recorder("reported:outer");
    let current = Current(Cell::new(false));
    let _ = try_trigger_event("reported:outer", (), || Err::<(), _>(&current));
    assert!(current.0.get());
    assert!(recorder.is_empty(), "events of a `Display` are suppressed");
}

#[test]
fn panic_in_the_display_of_an_error_is_contained() {
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("in Display")
        }
    }
    let recorder = local::install_recorder("reported:broken");
    assert!(try_trigger_event("reported:broken", (), || Err::<(), _>(Broken)).is_err());
    assert!(end(&recorder).is_failed());
    enter_event("reported:broken", ()).fail(&Broken);
    assert!(end(&recorder).is_failed());
    assert_eq!(recorder.len(), 4);
}

#[test]
fn long_messages_are_truncated() {
    let recorder = local::install_recorder("reported:long");
    enter_event("reported:long", ()).fail(&"x".repeat(1 << 20));
    let (_, message) = failure(&recorder).unwrap();
    assert!(message.len() < 20_000, "{}", message.len());
}

#[test]
fn guard_fails_with_the_last_error() {
    let recorder = local::install_recorder("reported:guard");
    {
        let guard = enter_event("reported:guard", data! { n = 2 });
        guard.fail("first");
        guard.fail(&fmt::Error);
        assert_eq!(recorder.len(), 1, "the END comes when the guard is dropped");
    }
    let end = end(&recorder);
    let exc = end.exc_details().unwrap();
    assert_eq!(exc.type_name(), "core::fmt::Error");
    assert_eq!(end.data().to_string(), "n=2");
}

#[test]
fn guard_after_a_failed_one_succeeds() {
    let recorder = local::install_recorder("reported:next");
    enter_event("reported:next", ()).fail("first");
    drop(enter_event("reported:next", ()));
    assert_eq!(failure(&recorder), None);
    open_event("reported:next", ()).fail("second");
    open_event("reported:next", ()).end();
    assert_eq!(failure(&recorder), None);
    drop(enter_event("reported:next", ()));
    assert_eq!(failure(&recorder), None);
}

#[test]
fn panic_that_drops_a_failed_guard_or_open_event_is_reported_instead() {
    let recorder = local::install_recorder("reported:unwound");
    let panic = Some((Cause::Panic, "unwound".to_owned()));
    let outcome = catch_unwind(|| {
        let guard: EventGuard = enter_event("reported:unwound", ());
        guard.fail("before");
        panic!("unwound");
    });
    assert!(outcome.is_err());
    assert_eq!(failure(&recorder), panic);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let open = open_event("reported:unwound", ());
        open.fail("before");
        panic!("unwound");
    }));
    assert!(outcome.is_err());
    assert_eq!(failure(&recorder), panic);
}

#[test]
fn open_event_can_be_failed_by_any_thread() {
    let recorder = install_recorder("reported:open");
    let open = open_event("reported:open", data! { id = 3 });
    std::thread::scope(|scope| {
        scope.spawn(|| open.fail("on another thread"));
    });
    assert_eq!(recorder.len(), 1);
    open.end();
    assert_error(&recorder, "on another thread");
    assert_eq!(end(&recorder).data().to_string(), "id=3");
}

#[test]
fn details_of_end_with_replace_an_earlier_failure() {
    let recorder = local::install_recorder("reported:end_with");
    let open = open_event("reported:end_with", ());
    open.fail("early");
    open.end_with((), Some(ExcDetails::from_error(fmt::Error)));
    assert_eq!(failure(&recorder).unwrap().1, fmt::Error.to_string());

    let open = open_event("reported:end_with", ());
    open.fail("early");
    open.end_with(data! { rows = 1 }, None);
    assert_error(&recorder, "early");
    assert_eq!(end(&recorder).data().to_string(), "rows=1");
}

/// Runs `call`, and returns the messages of the failures that a listener without data receives.
fn failures(call: impl FnOnce()) -> Vec<String> {
    #[derive(Default)]
    struct Failures(Mutex<Vec<String>>);

    impl Listener for Failures {
        fn on_start(&self, _: &Event<'_>) {}

        fn on_end(&self, event: &Event<'_>) {
            let message = event.exc_details().map(|exc| exc.message().into_owned());
            self.0.lock().unwrap().extend(message);
        }

        fn wants_data(&self) -> bool {
            false
        }
    }

    let listener = local::install_listener("reported:no_data", Failures::default());
    call();
    let failures = listener.0.lock().unwrap();
    failures.clone()
}

#[test]
fn listener_without_data_receives_the_failure() {
    let failures = failures(|| {
        let _ = try_trigger_event("reported:no_data", (), || Err::<(), _>("a"));
        enter_event("reported:no_data", ()).fail("b");
        open_event("reported:no_data", ()).fail("c");
    });
    assert_eq!(failures, ["a", "b", "c"]);
}
