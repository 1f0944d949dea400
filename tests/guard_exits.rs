//! Functions whose body is not wrapped in a closure report their return value at every exit.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

use std::fmt;
use std::ops::ControlFlow;

use event_core::{local, trigger_event};

/// Returns the text of the END that `call` triggers.
fn end(kind: &'static str, call: impl FnOnce()) -> String {
    let recorder = local::install_recorder(kind);
    call();
    let mut lines = recorder.lines();
    assert_eq!(lines.len(), 2);
    lines.swap_remove(1)
}

#[test]
fn every_exit_of_a_result_function_is_reported() {
    #[track_caller]
    #[trigger_event("guard_exits:result", ret, err)]
    fn half(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
        if text == "none" {
            return Ok(0);
        }
        if text == "bad" {
            return Err("bad".into());
        }
        let n: u32 = text.parse()?;
        Ok(n / 2)
    }
    let end = |text| end("guard_exits:result", || _ = half(text));
    assert_eq!(
        end("none"),
        "END guard_exits:result half text=\"none\" return=0"
    );
    assert_eq!(
        end("bad"),
        "END guard_exits:result half text=\"bad\" failed: error: bad"
    );
    assert_eq!(
        end("x"),
        "END guard_exits:result half text=\"x\" failed: error: invalid digit found in string"
    );
    assert_eq!(end("8"), "END guard_exits:result half text=\"8\" return=4");
}

#[test]
fn question_mark_on_a_result_alias_is_reported() {
    #[track_caller]
    #[trigger_event("guard_exits:alias", skip_all, err)]
    fn checked(fails: bool) -> fmt::Result {
        let () = if fails { Err(fmt::Error) } else { Ok(()) }?;
        Ok(())
    }
    let end = |fails| end("guard_exits:alias", || _ = checked(fails));
    assert_eq!(end(false), "END guard_exits:alias checked");
    assert!(end(true).starts_with("END guard_exits:alias checked failed: error: "));
}

#[test]
fn question_mark_on_an_option_is_reported() {
    #[track_caller]
    #[trigger_event("guard_exits:option", ret)]
    fn first(text: &str) -> Option<char> {
        let first = text.chars().next()?;
        Some(first)
    }
    let end = |text| end("guard_exits:option", || _ = first(text));
    assert_eq!(
        end(""),
        "END guard_exits:option first text=\"\" return=None"
    );
    assert_eq!(
        end("ab"),
        "END guard_exits:option first text=\"ab\" return='a'"
    );
}

#[test]
fn question_mark_on_other_types_is_unchanged() {
    #[track_caller]
    #[trigger_event("guard_exits:flow", ret)]
    fn flow(n: u8) -> ControlFlow<u8, u8> {
        let n = if n == 0 {
            ControlFlow::Break(9)
        } else {
            ControlFlow::Continue(n)
        }?;
        ControlFlow::Continue(n + 1)
    }
    assert_eq!(
        end("guard_exits:flow", || assert_eq!(
            flow(1),
            ControlFlow::Continue(2)
        )),
        "END guard_exits:flow flow n=1 return=Continue(2)"
    );
    end("guard_exits:flow", || {
        assert_eq!(flow(0), ControlFlow::Break(9));
    });
}

#[test]
fn bare_and_nested_returns_are_reported() {
    #[track_caller]
    #[trigger_event("guard_exits:bare", ret)]
    fn bare(leave: bool) {
        if leave {
            return;
        }
    }
    #[track_caller]
    #[trigger_event("guard_exits:within", ret)]
    fn within(n: Option<u8>) -> Option<u8> {
        let n = match n {
            Some(n) => Some(n.checked_add(1)?),
            None => return Some(0),
        }?;
        Some(n)
    }
    assert_eq!(
        end("guard_exits:bare", || bare(true)),
        "END guard_exits:bare bare leave=true return=()"
    );
    assert_eq!(
        end("guard_exits:bare", || bare(false)),
        "END guard_exits:bare bare leave=false return=()"
    );
    let end = |n| end("guard_exits:within", || _ = within(n));
    assert_eq!(end(None), "END guard_exits:within within n=None return=0");
    assert_eq!(
        end(Some(255)),
        "END guard_exits:within within n=255 return=None"
    );
    assert_eq!(end(Some(1)), "END guard_exits:within within n=1 return=2");
}

#[test]
fn exits_of_nested_functions_and_closures_are_ignored() {
    #[track_caller]
    #[trigger_event("guard_exits:inner", ret, err)]
    fn outer(n: u8) -> Result<u8, String> {
        fn item(n: u8) -> Option<u8> {
            if n == 0 {
                return None;
            }
            n.checked_sub(1)?.checked_sub(1)
        }
        let closure = |n: u8| -> Option<i8> {
            if n == 1 {
                return None;
            }
            Some(i8::try_from(n).ok()?)
        };
        let _future = async {
            if n == 2 {
                return "early";
            }
            "late"
        };
        _ = (item(n), closure(n));
        Ok(n)
    }
    for n in 0..3 {
        assert_eq!(
            end("guard_exits:inner", || _ = outer(n)),
            format!("END guard_exits:inner outer n={n} return={n}")
        );
    }
}
