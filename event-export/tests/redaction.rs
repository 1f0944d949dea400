//! `EVENT_REDACT` and `Redacted`: no output contains the value of a secret key.

#![cfg(all(
    feature = "chrome",
    feature = "flame",
    feature = "log",
    feature = "report",
    feature = "summary",
    feature = "tracing"
))]

mod support;

use std::sync::{Arc, Mutex};

use event_core::{
    Event, EventData, RecordingListener, Value, data, from_fn, install_listener, trigger_event,
};
use event_export::Redacted;
use support::child::{self, current_test, stderr, stdout, warnings};
use support::temp_dir::TempDir;

/// Part of each value of a secret key.
const SECRET: &str = "s3cr3t";

#[derive(EventData)]
struct Login {
    user: String,
    password: String,
}

#[trigger_event("redaction:log_in", data(api_token = ?login.password), ret)]
fn log_in(login: &Login, password: &str, plain: &str) -> String {
    let nested = Value::nested(login);
    let secrets = data! { Access_Token = password, nested = nested, plain = plain };
    trigger_event("redaction:closure", secrets, || {});
    password.to_owned()
}

struct Printer;

impl log::Log for Printer {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("{} {:?}", record.args(), record.key_values().count());
    }

    fn flush(&self) {}
}

/// Runs in the child process.
fn run() {
    log::set_logger(&Printer).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::stdout)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL);
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    match event_export::from_env() {
        Ok(_exports) => {
            let login = Login {
                user: "me".to_owned(),
                password: SECRET.to_owned(),
            };
            log_in(&login, SECRET, "plain text");
        }
        Err(error) => eprintln!("event-export: {error}"),
    }
}

#[test]
fn no_output_has_a_secret() {
    if child::mode().is_some() {
        return run();
    }
    for (redact, is_hidden) in [
        ("password,*token*,login,return", true),
        (" *, !plain ", true),
        ("!plain,!user", true),
        ("", false),
    ] {
        let directory = TempDir::new("redaction");
        let mut command = child::command(current_test!(), "");
        command.current_dir(directory.path());
        let exports = "summary=s.txt,chrome=c.json,flame=f.folded,report=r.html,log,tracing";
        command
            .env("EVENT_EXPORT", exports)
            .env("EVENT_REDACT", redact);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
        for name in ["s.txt", "f.folded"] {
            assert!(!read(name).contains(SECRET), "{name}");
        }
        for (name, text) in [
            ("c.json", read("c.json")),
            ("r.html", read("r.html")),
            ("stdout", stdout(&output)),
        ] {
            assert_eq!(text.contains(SECRET), !is_hidden, "{redact} {name}\n{text}");
            assert_eq!(text.contains("[redacted]"), is_hidden, "{redact} {name}");
            assert!(text.contains("plain text"), "{redact} {name}");
        }
        let trace: serde_json::Value = serde_json::from_str(&read("c.json")).unwrap();
        assert!(trace.as_array().is_some_and(|events| !events.is_empty()));
        assert!(!stderr(&output).contains(SECRET));
    }
}

#[test]
fn invalid_pattern_is_an_error_with_its_place() {
    if child::mode().is_some() {
        return run();
    }
    for (redact, error) in [
        (
            "password,**token",
            "`**token` in EVENT_REDACT: \"**token\", pattern 2 of \"password,**token\": unexpected \
             `**`; one `*` matches any text",
        ),
        (
            "password,,*token*",
            "`password,,*token*` in EVENT_REDACT: \"\", pattern 2 of \"password,,*token*\": a \
             pattern must not be empty; remove the extra comma",
        ),
        (
            ",",
            "`,` in EVENT_REDACT: \"\", pattern 1 of \",\": a pattern must not be empty; remove the \
             extra comma",
        ),
    ] {
        let mut command = child::command(current_test!(), "");
        command
            .env("EVENT_EXPORT", "summary")
            .env("EVENT_REDACT", redact);
        assert_eq!(
            warnings(&command.output().unwrap()),
            [format!("event-export: {error}")]
        );
    }
}

#[test]
fn listener_gets_the_same_event_without_secrets() {
    let texts = Arc::new(Mutex::new(Vec::new()));
    let print = |texts: &Arc<Mutex<Vec<_>>>| {
        let texts = Arc::clone(texts);
        from_fn(move |event: &Event<'_>| {
            let facts = (
                event.id(),
                event.parent(),
                event.instant(),
                event.is_failed(),
            );
            texts.lock().unwrap().push((facts, event.to_string()));
        })
    };
    let redacted = Redacted::new("key", print(&texts));
    let _redacted = install_listener("redaction:same", redacted);
    let _plain = install_listener("redaction:same", print(&texts));
    let failed = std::panic::catch_unwind(|| {
        trigger_event("redaction:same", data! { key = 1, other = 2 }, || {
            panic!("failed")
        });
    });
    failed.unwrap_err();
    let texts = texts.lock().unwrap();
    for (index, status) in ["START", "END"].into_iter().enumerate() {
        let (redacted, plain) = (&texts[2 * index], &texts[2 * index + 1]);
        assert_eq!(redacted.0, plain.0);
        let hidden = format!("{status} redaction:same key=[redacted] other=2");
        assert!(redacted.1.starts_with(&hidden), "{}", redacted.1);
        assert_eq!(redacted.1.replace("[redacted]", "1"), plain.1);
    }
}

#[test]
fn nested_keys_count_by_themselves() {
    let recorder = Redacted::new("b,!c", RecordingListener::new());
    let recorder = install_listener("redaction:nested", recorder);
    let inner = || Value::nested(data! { b = 2, c = 3 });
    let outer = Value::nested(data! { inner = inner(), d = 4 });
    trigger_event("redaction:nested", data! { a = outer, c = 5 }, || {});
    assert_eq!(
        recorder.lines()[0],
        r#"START redaction:nested a={"inner": {"b": [redacted], "c": 3}, "d": 4} c=5"#,
    );
}
