//! Several `LogRecords`: no event has two records.

#![cfg(feature = "log")]

mod support;

use event_core::{install_listener, trigger_event, try_trigger_event};
use event_export::LogRecords;
use support::child::{self, current_test, stdout, warnings};

struct Printer;

impl log::Log for Printer {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() != "log_twice:off"
    }

    fn log(&self, record: &log::Record<'_>) {
        let text = record.args().to_string();
        let text = text.split(" in ").next().unwrap();
        println!("record: {} {} {text}", record.level(), record.target());
    }

    fn flush(&self) {}
}

/// Runs in the child process.
fn run(mode: &str) {
    println!(); // ends the line of the test harness
    log::set_logger(&Printer).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
    let in_code = |level| install_listener("log_twice:*", LogRecords::new().level(level));
    let before = (mode == "code first").then(|| in_code(log::Level::Debug));
    let exports = event_export::from_env().unwrap();
    let after = (mode == "code last").then(|| in_code(log::Level::Debug));
    // The first listener writes nothing of this event, so the second one does.
    let hidden = (mode == "hidden").then(|| in_code(log::Level::Trace));
    let last = (mode == "hidden").then(|| in_code(log::Level::Debug));
    trigger_event("log_twice:outer", (), || {
        trigger_event("log_twice:inner", (), || {});
        let _ = try_trigger_event("log_twice:failed", (), || Err::<(), _>("no"));
        trigger_event("log_twice:off", (), || {});
    });
    drop((before, after, hidden, last, exports));
}

fn child_of(mode: &str, name: &str) -> (Vec<String>, Vec<String>) {
    let mut command = child::command(name, mode);
    if mode != "hidden" {
        command.env("EVENT_EXPORT", "log");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = stdout(&output);
    let records = text
        .lines()
        .filter_map(|line| line.strip_prefix("record: "));
    let records = records.map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" "));
    (records.collect(), warnings(&output))
}

#[test]
fn exporter_of_the_environment_and_one_in_code_write_one_record_and_say_it_once() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    let note = "event-export: several `LogRecords` receive `log_twice:inner`, so only the first \
                of them writes records; remove one, such as `log` in EVENT_EXPORT, or give each \
                its own kinds";
    for (mode, level, notes) in [
        ("alone", "INFO", &[][..]),
        ("code first", "DEBUG", &[note]),
        ("code last", "INFO", &[note]),
    ] {
        let (records, warnings) = child_of(mode, current_test!());
        assert_eq!(
            records,
            [
                format!("{level} log_twice:inner log_twice:inner"),
                "ERROR log_twice:failed log_twice:failed".to_owned(),
                format!("{level} log_twice:outer log_twice:outer"),
            ],
            "{mode}"
        );
        assert_eq!(warnings, notes, "{mode}");
    }
}

#[test]
fn listener_whose_level_is_hidden_leaves_the_record_to_the_next() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    let (records, warnings) = child_of("hidden", current_test!());
    assert_eq!(
        records,
        [
            "DEBUG log_twice:inner log_twice:inner",
            "ERROR log_twice:failed log_twice:failed",
            "DEBUG log_twice:outer log_twice:outer",
        ]
    );
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("`log_twice:failed`"), "{warnings:?}");
}
