//! Control characters in names, data and messages reach no terminal, and start no line of a log.
//! JSON keeps the original text.

#![cfg(all(
    feature = "summary",
    feature = "chrome",
    feature = "flame",
    feature = "report",
    feature = "log",
    feature = "progress",
    feature = "tracing",
    feature = "layer"
))]

mod support;

use std::fmt::{self, Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use event_core::{
    Cause, Data, ExcDetails, Field, Kind, Value, data, end_event, local, start_event, trigger_event,
};
use event_export::{
    ChromeTrace, EventLayer, FlameGraph, LogRecords, Progress, Report, Summary, TracingSpans,
};
use indicatif::{InMemoryTerm, ProgressBar, ProgressDrawTarget};
use log::kv::{self, Key, VisitSource};
use support::child::{self, stderr};
use support::shared_buffer::SharedBuffer;
use support::svg;
use support::temp_dir::TempDir;
use support::without_first_line;
use tracing_subscriber::layer::SubscriberExt;

/// Characters that act on a terminal or on the text around them.
const HOSTILE: &str =
    "a\n\r\t\x07\x1b[31m\x7f\u{85}\u{9b}2J\u{200b}\u{2028}\u{202e}\u{2066}\u{feff}z";

const ESCAPED: &str =
    r"a\n\r\t\u{7}\u{1b}[31m\u{7f}\u{85}\u{9b}2J\u{200b}\u{2028}\u{202e}\u{2066}\u{feff}z";

/// A kind cannot contain any of these characters.
const KIND: &str = "control:kind";

/// Prints itself without escapes.
struct Hostile;

impl Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HOSTILE)
    }
}

impl Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HOSTILE)
    }
}

impl std::error::Error for Hostile {}

#[track_caller]
fn assert_line_is_printable(text: &str) {
    let is_hostile = |c: char| HOSTILE.contains(c) && !c.is_ascii_graphic();
    let found = text.chars().find(|c| is_hostile(*c) || c.is_control());
    assert_eq!(found, None, "{text:?}");
}

#[track_caller]
fn assert_lines_are_printable(text: &str, lines: usize) {
    assert_eq!(text.lines().count(), lines, "{text}");
    text.lines().for_each(assert_line_is_printable);
}

/// Broadcasts a scope with hostile text in its name, its keys, its values and its failure.
fn call() {
    let kind = Kind::new(KIND).unwrap();
    let fields = [
        Field::new("name", Value::from(HOSTILE)),
        Field::new("message", Value::from(HOSTILE)),
        Field::new(HOSTILE, Value::from(1)),
        Field::new("debug", Value::debug(&Hostile)),
        Field::new("display", Value::display(&Hostile)),
        Field::new("character", Value::from('\x1b')),
    ];
    start_event(kind, Data::new(&fields));
    end_event(
        kind,
        Data::new(&fields),
        Some(ExcDetails::from_error(Hostile)),
    );
    start_event(kind, Data::new(&fields));
    let exc = ExcDetails::from_message(Cause::Cancelled, "C", HOSTILE);
    end_event(kind, Data::new(&fields), Some(exc));
    let panics = || trigger_event(kind, Data::new(&fields), || panic!("{HOSTILE}"));
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
}

/// Returns all strings of a JSON value, and all keys of its objects.
fn strings(json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(items) => items.iter().flat_map(strings).collect(),
        serde_json::Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| std::iter::once(key.clone()).chain(strings(value)))
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn tables_are_escaped_and_their_json_is_not() {
    let summary = local::install_listener(Kind::new(KIND).unwrap(), Summary::new());
    call();
    let table = summary.table();
    assert_lines_are_printable(&table.to_string(), 3);
    assert!(table.to_string().contains(ESCAPED), "{table}");
    for width in 20..120 {
        let text = format!("{table:width$}");
        assert_lines_are_printable(&text, text.lines().count());
        assert_eq!(without_first_line(&text).lines().count(), 2, "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&table.to_json()).unwrap();
    assert_eq!(json["rows"][0]["function"], HOSTILE);
    assert_eq!(json["rows"][0]["kind"], KIND);
}

#[test]
fn folded_stacks_and_pictures_are_escaped() {
    let run = || {
        let flame = FlameGraph::new().by_count().per_thread().title(HOSTILE);
        let flame = local::install_listener(Kind::new(KIND).unwrap(), flame);
        call();
        (flame.folded(), flame.svg().unwrap())
    };
    let thread = std::thread::Builder::new().name("thread;\n\u{202e}\u{1b} 7".to_owned());
    let (folded, picture) = thread.spawn(run).unwrap().join().unwrap();
    assert_lines_are_printable(&folded, 1);
    let stack = folded.trim_end().strip_suffix(" 3").unwrap();
    let frames: Vec<&str> = stack.split(';').collect();
    assert_eq!(frames.len(), 2, "{folded}");
    assert_eq!(frames[0], r"thread\x3b\n\u{202e}\u{1b}\x207");
    let titles = svg::titles(&picture);
    assert_eq!(titles.len(), 3, "{titles:?}"); // all, the thread and the function
    for title in titles {
        assert_line_is_printable(&title);
    }
    assert_eq!(svg::text(&picture, "title"), ESCAPED);
}

#[test]
fn frames_of_an_earlier_run_are_escaped() {
    let kind = Kind::new("control:earlier").unwrap();
    let run = |flame: FlameGraph| {
        let flame = local::install_listener(kind, flame.by_count());
        trigger_event(kind, data! { name = "\u{202e}earlier" }, || {});
        (flame.folded(), svg::titles(&flame.svg().unwrap()))
    };
    let (folded, _) = run(FlameGraph::new());
    // Another tool does not escape.
    let before = folded.replace(r"\u{202e}", "\u{202e}");
    assert_ne!(before, folded);
    let (_, titles) = run(FlameGraph::new().compared_with(&before).unwrap());
    let same = |title: &&String| title.contains(r"\u{202e}earlier") && title.contains("; 0.00%");
    assert_eq!(titles.iter().filter(same).count(), 1, "{titles:?}");
}

/// The records of the process, as a logger prints them.
static RECORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logger;

struct Pairs(String);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        use std::fmt::Write;
        write!(self.0, " {key}={value}").map_err(Into::into)
    }
}

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut pairs = Pairs(String::new());
        record.key_values().visit(&mut pairs).unwrap();
        let (target, file) = (record.target(), record.file());
        let text = format!("{target} {file:?} {}{}", record.args(), pairs.0);
        RECORDS.lock().unwrap().push(text);
    }

    fn flush(&self) {}
}

#[test]
fn log_records_have_one_line() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    let _log = local::install_listener(Kind::new(KIND).unwrap(), LogRecords::new());
    call();
    let records = RECORDS.lock().unwrap();
    assert_eq!(records.len(), 3);
    for record in &*records {
        assert_line_is_printable(record);
        assert!(record.matches(ESCAPED).count() >= 6, "{record}");
    }
}

#[test]
fn the_text_of_tracing_has_one_line_for_each_event() {
    for is_pretty_kind in [false, true] {
        let buffer = SharedBuffer::default();
        let format = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_file(is_pretty_kind)
            .with_writer(buffer.clone());
        let subscriber = tracing_subscriber::registry().with(format);
        tracing::subscriber::with_default(subscriber, || {
            let _spans = local::install_listener(Kind::new(KIND).unwrap(), TracingSpans::new());
            call();
        });
        assert_lines_are_printable(&buffer.text(), 3);
        assert!(buffer.text().contains(ESCAPED), "{}", buffer.text());
    }
}

#[test]
fn structured_text_of_tracing_is_the_original() {
    let buffer = SharedBuffer::default();
    let format = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(buffer.clone());
    let subscriber = tracing_subscriber::registry().with(format);
    tracing::subscriber::with_default(subscriber, || {
        let kind = Kind::new("control:structured").unwrap();
        let _spans = local::install_listener(kind, TracingSpans::new());
        start_event(kind, data! { text = HOSTILE });
        end_event(kind, (), Some(ExcDetails::from_error(Hostile)));
    });
    let json: serde_json::Value = serde_json::from_str(&buffer.text()).unwrap();
    assert_eq!(json["span"]["text"], HOSTILE);
    assert_eq!(json["fields"]["error"], HOSTILE);
}

#[test]
fn spans_that_become_events_are_escaped() {
    let recorder = local::install_recorder("tracing:*".parse::<event_core::KindFilter>().unwrap());
    let subscriber = tracing_subscriber::registry().with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!(target: "a\n\u{202e}b", "c\u{1b}d", text = HOSTILE, shown = %Hostile);
        span.in_scope(|| tracing::error!(error = %Hostile));
    });
    let lines = recorder.lines();
    assert_eq!(lines.len(), 4, "of the span, and of the message in it");
    for line in &lines {
        assert_line_is_printable(line);
    }
    assert!(lines[3].contains("END tracing:a__b "), "{lines:?}");
    let (_, end) = &recorder.buffer()[3];
    assert_eq!(
        end.data().get("text").and_then(Value::to_str),
        Some(HOSTILE)
    );
    assert_eq!(end.exc_details().unwrap().message(), HOSTILE);
}

#[test]
fn a_trace_and_a_report_keep_the_original_text() {
    let directory = TempDir::new("original");
    let (trace, page) = (directory.file("a.json"), directory.file("a.html"));
    {
        let kind = Kind::new(KIND).unwrap();
        let _trace = local::install_listener(kind, ChromeTrace::to_file(&trace).unwrap());
        let _page = local::install_listener(kind, Report::to_file(&page).unwrap());
        call();
    }
    let text = std::fs::read_to_string(trace).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let found = strings(&json)
        .iter()
        .filter(|text| *text == HOSTILE)
        .count();
    assert!(found >= 3 * 5, "{found} in {text}");
    let page = std::fs::read_to_string(page).unwrap();
    let json = support::report_page::Page::new(&page).data;
    let found = strings(&json)
        .iter()
        .filter(|text| *text == HOSTILE)
        .count();
    assert!(found >= 3, "{found}");
    // No line of the page begins in the middle of a text.
    assert!(!page.contains('\u{1b}'));
}

#[test]
fn the_progress_bar_shows_no_text_of_events() {
    let terminal = InMemoryTerm::new(10, 60);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let bar = ProgressBar::with_draw_target(Some(3), target);
    let kind = Kind::new(KIND).unwrap();
    let progress = local::install_listener(kind, Progress::with_bar(bar));
    call();
    drop(progress);
    assert!(
        terminal.contents().contains("3/3"),
        "{}",
        terminal.contents()
    );
    assert_lines_are_printable(&terminal.contents(), 1);
}

#[test]
fn errors_of_the_variable_have_one_line() {
    let wrong = [
        HOSTILE.to_owned(),
        format!("summary;{HOSTILE}=1"),
        format!("summary;sort={HOSTILE}"),
        format!("summary=a.{HOSTILE}"),
        format!("chrome=/missing/%p;{HOSTILE}"),
    ];
    for text in wrong {
        let Err(error) = event_export::from_text(&text, KIND) else {
            panic!("{text:?} is accepted");
        };
        assert_line_is_printable(&error.to_string());
        assert_line_is_printable(&format!("{error:?}"));
    }
    let error = event_export::from_text("summary", HOSTILE).unwrap_err();
    assert_line_is_printable(&error.to_string());
}

/// The program of the child process.
#[test]
fn child() {
    if child::mode().is_some() {
        let _exports = event_export::from_env().unwrap();
        call();
    }
}

#[cfg(unix)]
#[test]
fn warnings_and_the_last_table_on_stderr_are_escaped() {
    let mut command = child::command("child", "");
    let file = "/missing\n\u{1b}[31m\u{202e}/a.csv";
    command.env(
        "EVENT_EXPORT",
        format!("summary={file},summary,flame=/missing\n/a.svg"),
    );
    let text = stderr(&command.output().unwrap());
    let warnings = text
        .lines()
        .filter(|line| line.starts_with("event-export: "));
    let warnings: Vec<&str> = warnings.collect();
    assert_eq!(warnings.len(), 2, "{text}");
    assert!(
        warnings[0].contains(r"/missing\n\u{1b}[31m\u{202e}/a.csv"),
        "{text}"
    );
    let table = text.lines().skip_while(|line| !line.starts_with("kind "));
    let table: Vec<&str> = table.collect();
    assert_eq!(table.len(), 2, "{text}");
    for line in table.iter().chain(&warnings) {
        assert_line_is_printable(line);
    }
}
