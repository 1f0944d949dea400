//! The text of an event: its status, kind, function and data, on one line.

mod support;

use event_core::{Event, EventStatus, data, local, open_event, trigger_event};
use support::events;

struct Parser;

#[trigger_event("event_text:block", ret)]
impl Parser {
    fn token(&self, text: &str) -> usize {
        let _ = self;
        text.len()
    }

    fn end(&self) {
        let _ = self;
    }
}

#[test]
fn functions_of_one_kind_have_different_lines() {
    let recorder = local::install_recorder("event_text:block");
    Parser.token("2a");
    Parser.end();
    assert_eq!(
        recorder.lines(),
        [
            r#"START event_text:block Parser::token text="2a""#,
            r#"END event_text:block Parser::token text="2a" return=2"#,
            "START event_text:block Parser::end",
            "END event_text:block Parser::end return=()",
        ]
    );
}

#[test]
fn failure_follows_the_function() {
    #[trigger_event("event_text:failure", err)]
    fn refuse(n: u8) -> Result<(), String> {
        Err(format!("refused {n}"))
    }
    let recorder = local::install_recorder("event_text:failure");
    assert!(refuse(1).is_err());
    assert_eq!(
        recorder.lines()[1],
        "END event_text:failure refuse n=1 failed: error: refused 1"
    );
}

#[test]
fn copy_of_an_event_keeps_its_function() {
    let recorder = local::install_recorder("event_text:block");
    Parser.end();
    let start = events(&recorder).swap_remove(0);
    let changed = start.with_data(data! { n = 1 });
    assert_eq!(
        changed.to_string(),
        "START event_text:block Parser::end n=1"
    );
}

#[test]
fn event_without_a_function_has_only_its_kind() {
    let recorder = local::install_recorder("event_text:none");
    trigger_event("event_text:none", data! { n = 1 }, || {});
    drop(open_event("event_text:none", ()));
    assert_eq!(
        recorder.lines(),
        [
            "START event_text:none n=1",
            "END event_text:none n=1",
            "START event_text:none",
            "END event_text:none",
        ]
    );
    let new = Event::new("event_text:none", EventStatus::Start);
    assert_eq!(new.to_string(), "START event_text:none");
}
