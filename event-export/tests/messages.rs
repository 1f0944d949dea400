//! Messages of `tracing` and records of `log`: as events, and in the outputs.

#![cfg(all(
    feature = "chrome",
    feature = "flame",
    feature = "layer",
    feature = "log",
    feature = "report",
    feature = "summary",
    feature = "tracing"
))]

mod support;

use std::sync::Mutex;

use event_core::{RecordingListener, install_listener, local, trigger_event};
use event_export::{
    ChromeTrace, EventLayer, EventLogger, Exporter, FlameGraph, LogRecords, Summary, TracingSpans,
};
use serde_json::Value;
use support::child::{self, current_test, stdout};
use support::temp_dir::TempDir;
use tracing_subscriber::layer::SubscriberExt;

fn with_layer(run: impl FnOnce()) {
    let subscriber = tracing_subscriber::registry().with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, run);
}

#[test]
fn message_is_a_start_and_an_end_at_one_time() {
    let recorder = local::install_recorder("tracing:messages_one");
    with_layer(|| {
        tracing::info!(target: "messages_one", n = 3, who = "me", "{} files", 2);
    });
    let data = r#"message="2 files" level="INFO" n=3 who="me""#;
    let lines = ["START", "END"].map(|status| format!("{status} tracing:messages_one {data}"));
    assert_eq!(recorder.lines(), lines);
    let buffer = recorder.buffer();
    let (start, end) = (&buffer[0].1, &buffer[1].1);
    assert_eq!(start.id(), end.id());
    assert_eq!(start.instant(), end.instant());
    assert_eq!(
        start.data().get("message").unwrap().to_str(),
        Some("2 files")
    );
    let site = start.site().unwrap();
    assert!(site.file().ends_with("messages.rs") && site.line() > 0);
    assert!(!end.is_failed());
}

#[test]
fn fields_keep_their_types_and_their_order() {
    let recorder = local::install_recorder("tracing:messages_types");
    with_layer(|| {
        tracing::warn!(target: "messages_types", a = 1_u64, b = 0.5, c = ?Some(1), d = true);
        tracing::error!(target: "messages_types", message = "given", error = %"x");
    });
    let starts = recorder.lines();
    assert_eq!(
        [&starts[0], &starts[2]],
        [
            r#"START tracing:messages_types level="WARN" a=1 b=0.5 c=Some(1) d=true"#,
            r#"START tracing:messages_types message="given" level="ERROR" error=x"#,
        ]
    );
}

#[test]
fn field_with_the_key_of_the_level_or_the_text_gets_another_key() {
    let recorder = local::install_recorder("tracing:messages_keys");
    with_layer(|| {
        tracing::info!(target: "messages_keys", level = 3, name = "a", "text");
        tracing::info!(target: "messages_keys", level = "own");
        tracing::info!(target: "messages_keys", message = "given", level = 1, "text");
        let span = tracing::info_span!(target: "messages_keys", "span", name = "a", level = 2, message = "m");
        span.record("name", "b");
    });
    let starts = recorder.lines();
    let fields = |index: usize| starts[index].split_once("keys ").unwrap().1;
    assert_eq!(
        [0, 2, 4, 6, 7].map(fields),
        [
            r#"message="text" level="INFO" fields.level=3 name="a""#,
            r#"level="INFO" fields.level="own""#,
            r#"message="text" level="INFO" fields.message="given" fields.level=1"#,
            r#"name="span" fields.name="a" level=2 message="m""#,
            r#"name="span" fields.name="b" level=2 message="m""#,
        ]
    );
}

#[test]
fn message_is_no_call_of_a_recorder() {
    for recorder in [
        RecordingListener::new(),
        RecordingListener::with_capacity_limit(100),
        RecordingListener::with_memory_limit(1 << 16),
    ] {
        let recorder = local::install_listener("*", recorder);
        with_layer(|| {
            trigger_event("messages:outer", (), || {
                tracing::info!(target: "messages_calls", "in a scope");
                tracing::info_span!(target: "messages_calls", "span").in_scope(|| {
                    tracing::error!(target: "messages_calls", "in a span");
                    assert_eq!(recorder.open_calls().len(), 2);
                });
            });
        });
        let calls = recorder.calls();
        let lines: Vec<_> = calls.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "END messages:outer",
                r#"END tracing:messages_calls name="span" failed: error: in a span"#,
            ]
        );
        assert_eq!(recorder.lines().len(), 8);
        assert_eq!(recorder.len(), 8);
    }
}

#[test]
fn parent_is_the_scope_around_the_message() {
    let recorder = local::install_recorder("*");
    with_layer(|| {
        trigger_event("messages:outer", (), || {
            tracing::info!(target: "messages_parent", "in an event");
            let span = tracing::info_span!(target: "messages_parent", "span");
            span.in_scope(|| tracing::info!(target: "messages_parent", "in a span"));
            tracing::info!(target: "messages_parent", parent: &span, "explicit");
            tracing::info!(target: "messages_parent", parent: None, "root");
        });
    });
    let buffer = recorder.buffer();
    let starts: Vec<_> = buffer
        .iter()
        .map(|(_, event)| event)
        .filter(|it| it.is_start())
        .collect();
    let with = |text: &str| {
        *starts
            .iter()
            .find(|it| it.to_string().contains(text))
            .unwrap()
    };
    let outer = with("messages:outer").id();
    let span = with("name=\"span\"").id();
    assert_eq!(with("in an event").parent(), Some(outer));
    assert_eq!(with("in a span").parent(), Some(span));
    assert_eq!(with("explicit").parent(), Some(span));
    assert_eq!(with("root").parent(), None);
}

#[test]
fn disabled_message_is_not_formatted() {
    struct Never;
    impl std::fmt::Display for Never {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("formatted")
        }
    }
    with_layer(|| tracing::info!(target: "messages_disabled", "{Never}"));
}

/// Emits two messages in a scope. Runs in a child process, because the logger is global.
fn run_program() {
    static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    struct Logger;
    impl log::Log for Logger {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &log::Record<'_>) {
            let line = format!("{} {}", record.target(), record.args());
            LINES.lock().unwrap().push(line);
        }

        fn flush(&self) {}
    }
    println!(); // ends the line of the test harness
    let logger = EventLogger::forwarding_to(Logger);
    logger.install(log::LevelFilter::Info).unwrap();
    let subscriber = tracing_subscriber::registry()
        .with(EventLayer::new())
        .with(Printed);
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let recorder = install_listener("*", RecordingListener::new());
    let bridges = (
        install_listener("*", LogRecords::new()),
        install_listener("*", TracingSpans::new()),
    );
    trigger_event("messages:scope", (), || {
        tracing::info!(target: "program", "by tracing");
        log::info!(target: "program\n*", n = 1, half = 0.5, flag = true, who = "me", level = 2, message = "key"; "by log");
        log::debug!(target: "program", "too detailed");
    });
    for line in recorder.lines() {
        println!("{line}");
    }
    let scope = recorder.buffer()[0].1.id();
    let in_scope = recorder
        .buffer()
        .iter()
        .filter(|it| it.1.parent() == Some(scope))
        .count();
    println!("in scope: {in_scope}");
    for (_, event) in recorder.buffer() {
        if let Some(site) = event.site().filter(|_| event.is_start()) {
            let has_line = site.line() > 0;
            println!("place: {} {} {has_line}", event.kind(), site.file());
        }
    }
    for line in LINES.lock().unwrap().iter() {
        println!("logged: {}", line.split(" in ").next().unwrap());
    }
    drop(bridges);
}

/// Prints the names of spans and the texts of messages.
struct Printed;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Printed {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        println!("span: {}", attributes.metadata().name());
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        println!("message: {}", event.metadata().target());
    }
}

#[test]
fn bridges_in_both_directions_repeat_nothing() {
    if child::mode().is_some() {
        return run_program();
    }
    let output = child::command(current_test!(), "run").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = stdout(&output);
    let prefixes = [
        "START", "END", "in scope", "place", "logged", "span", "message",
    ];
    let is_ours = |line: &&str| prefixes.iter().any(|prefix| line.starts_with(prefix));
    let lines: Vec<_> = text.lines().filter(is_ours).collect();
    let by_log = r#"log:program__ message="by log" level="INFO" n=1 half=0.5 flag=true who="me" fields.level=2 fields.message="key""#;
    assert_eq!(
        lines,
        [
            "span: messages:scope",
            "message: program",
            "START messages:scope",
            r#"START tracing:program message="by tracing" level="INFO""#,
            r#"END tracing:program message="by tracing" level="INFO""#,
            &format!("START {by_log}"),
            &format!("END {by_log}"),
            "END messages:scope",
            "in scope: 4",
            &format!("place: tracing:program {} true", file!()),
            &format!("place: log:program__ {} true", file!()),
            "logged: program",
            "logged: messages:scope messages:scope ok",
        ]
    );
}

#[test]
fn trace_has_marks_and_other_outputs_no_rows() {
    let directory = TempDir::new("messages");
    let path = directory.path().join("trace.json");
    let kinds = "tracing:messages_out,messages:out";
    let summary = install_listener(kinds, Summary::new());
    let flame = install_listener(kinds, FlameGraph::new());
    let trace = install_listener(kinds, ChromeTrace::to_file(&path).unwrap());
    with_layer(|| {
        trigger_event("messages:out", (), || {
            tracing::info!(target: "messages_out", n = 1, "first\nline");
            tracing::warn!(target: "messages_out", n = 2);
        });
    });
    trace.uninstall().finish();
    let rows = summary.table();
    let names: Vec<_> = rows
        .rows()
        .iter()
        .map(|row| row.function().to_owned())
        .collect();
    assert_eq!(names, ["messages:out"]);
    assert_eq!(flame.folded().lines().count(), 1, "{}", flame.folded());

    let text = std::fs::read_to_string(&path).unwrap();
    let trace: Value = serde_json::from_str(&text).unwrap();
    let events: Vec<_> = trace
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["ph"] != "M")
        .collect();
    let phases: Vec<_> = events.iter().map(|it| it["ph"].as_str().unwrap()).collect();
    assert_eq!(phases, ["B", "i", "i", "E"]);
    let first = events[1];
    assert_eq!(first["name"], "first\nline");
    assert_eq!(first["cat"], "tracing:messages_out");
    assert_eq!(first["s"], "t");
    assert_eq!(first["tid"], events[0]["tid"]);
    assert_eq!(first["args"]["n"], 1);
    assert_eq!(first["args"]["level"], "INFO");
    let times: Vec<_> = events.iter().map(|it| it["ts"].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(events[2]["name"], "level=\"WARN\" n=2");
}
