//! The macro `try_scope!`: the END of an `Err` is a failure.

use std::fmt;
use std::num::ParseIntError;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{
    Cause, Event, Kind, add_data, current_event, data, enter, local, scope, try_scope,
    try_trigger_event,
};

const CONSTANT: Kind = Kind::from_static("try_scope:constant");

#[test]
fn end_of_an_err_is_a_failure_and_the_result_is_returned() {
    let recorder = local::install_recorder("try_scope:result");
    let (text, width) = ("4x", 2);
    let failed = try_scope!("try_scope:result", text, w = ?width, "a b" = %width,; {
        text.parse::<u32>()
    });
    assert!(failed.is_err());
    assert_eq!(
        try_scope!("try_scope:result"; { Ok::<_, fmt::Error>(width + 1) }),
        Ok(3)
    );
    assert_eq!(
        recorder.lines(),
        [
            r#"START try_scope:result text="4x" w=2 a b="2""#,
            r#"END try_scope:result text="4x" w=2 a b="2" failed: error: invalid digit found in string"#,
            "START try_scope:result",
            "END try_scope:result",
        ]
    );
    let buffer = recorder.buffer();
    let exc = buffer[1].1.exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Error);
    assert_eq!(exc.type_name(), "core::num::error::ParseIntError");
}

#[test]
fn question_mark_converts_the_error_and_is_reported() {
    #[derive(Debug)]
    struct Unreadable(ParseIntError);
    impl From<ParseIntError> for Unreadable {
        fn from(error: ParseIntError) -> Self {
            Self(error)
        }
    }
    impl fmt::Display for Unreadable {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "unreadable: {}", self.0)
        }
    }
    fn sum(texts: &[&str]) -> Result<u32, Unreadable> {
        try_scope!("try_scope:question", n = texts.len(); {
            let mut sum = 0;
            for text in texts {
                sum += text.parse::<u32>()?;
            }
            if sum == 0 {
                return Ok(1);
            }
            Ok(sum)
        })
    }
    let recorder = local::install_recorder("try_scope:question");
    assert_eq!(sum(&["1", "2"]).unwrap(), 3);
    assert_eq!(sum(&["0"]).unwrap(), 1);
    assert!(sum(&["1", "x", "2"]).is_err());
    let failed: Vec<_> = recorder.calls().iter().map(Event::is_failed).collect();
    assert_eq!(failed, [false, false, true]);
    assert_eq!(
        recorder.lines()[5],
        "END try_scope:question n=3 failed: error: unreadable: invalid digit found in string"
    );
}

#[test]
fn macro_is_an_expression_like_any_other() {
    fn checked(text: &str) -> Result<u32, ParseIntError> {
        let sum = 1 + try_scope!("try_scope:expression"; { text.parse::<u32>() })?;
        Ok(match try_scope!(CONSTANT, text; { text.parse::<u32>() }) {
            Ok(n) if n > 5 => try_scope!("try_scope:expression", n; { Ok::<_, ParseIntError>(n) })?,
            Ok(n) => sum + n,
            Err(_) => 0,
        })
    }
    let recorder = local::install_recorder("try_scope:*");
    assert_eq!(checked("2"), Ok(5));
    assert_eq!(checked("6"), Ok(6));
    assert!(checked("-").is_err());
    assert!(
        [1, 2]
            .into_iter()
            .map(|n| try_scope!("try_scope:expression", n; { if n == 1 { Err("odd") } else { Ok(n) } }))
            .filter_map(Result::err)
            .eq(["odd"])
    );
    assert_eq!(recorder.calls().len(), 8);
}

#[test]
fn scopes_nest_and_only_those_that_return_an_err_fail() {
    let recorder = local::install_recorder("try_scope:nested");
    let result: Result<(), String> = try_scope!("try_scope:nested", depth = 1; {
        let inner = try_scope!("try_scope:nested", depth = 2; {
            scope!("try_scope:nested", depth = 3; {
                let guard = enter!("try_scope:nested", depth = 4);
                guard.fail("of the guard");
                add_data(data! { added = true });
            });
            Err::<(), _>("inner")
        });
        assert_eq!(inner, Err("inner"));
        try_trigger_event("try_scope:nested", data! { depth = 5 }, || Ok::<_, String>(()))
    });
    assert_eq!(result, Ok(()));
    assert_eq!(current_event().id(), None);
    let calls = recorder.calls();
    let lines: Vec<_> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "END try_scope:nested depth=1",
            "END try_scope:nested depth=2 failed: error: inner",
            "END try_scope:nested depth=3",
            "END try_scope:nested depth=4 added=true failed: error: of the guard",
            "END try_scope:nested depth=5",
        ]
    );
    assert_eq!(calls[1].parent(), Some(calls[0].id()));
    assert_eq!(calls[4].parent(), Some(calls[0].id()));
}

#[test]
fn panic_ends_the_scope_as_failed_and_continues() {
    let recorder = local::install_recorder("try_scope:panic");
    let caught = catch_unwind(|| {
        try_scope!("try_scope:panic"; {
            assert!(current_event().id().is_none(), "in the block");
            Ok::<(), &str>(())
        })
    });
    assert_eq!(
        caught.unwrap_err().downcast_ref::<&str>(),
        Some(&"in the block")
    );
    let calls = recorder.calls();
    let exc = calls[0].exc_details().unwrap();
    assert_eq!(
        (exc.cause(), &*exc.message()),
        (Cause::Panic, "in the block")
    );
}

#[test]
fn fields_and_errors_are_read_only_for_a_listener() {
    struct Counted<'a>(&'a AtomicU32);
    impl fmt::Display for Counted<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fetch_add(1, Ordering::Relaxed);
            f.write_str("counted")
        }
    }
    let read = AtomicU32::new(0);
    let run = || {
        let _ = try_scope!("try_scope:lazy", n = read.fetch_add(10, Ordering::Relaxed); {
            Err::<(), _>(Counted(&read))
        });
    };
    run();
    assert_eq!(read.load(Ordering::Relaxed), 0);
    let recorder = local::install_recorder("try_scope:lazy");
    run();
    assert_eq!(read.load(Ordering::Relaxed), 11);
    assert!(recorder.calls()[0].is_failed());
}

#[test]
fn site_is_the_position_of_the_macro() {
    let recorder = local::install_recorder("try_scope:site");
    let line = line!() + 1;
    let _ = try_scope!("try_scope:site"; { Err::<(), _>("a") });
    let call = recorder.calls().remove(0);
    let site = call.site().unwrap();
    assert_eq!((site.line(), site.path()), (line, "try_scope:site"));
}
