//! The cost of a call does not depend on the size of its arguments: formatting stops at a limit.

#![cfg(all(
    feature = "chrome",
    feature = "flame",
    feature = "log",
    feature = "report",
    feature = "summary",
    feature = "tracing"
))]

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::{Listener, RecordingListener, Value, local, trigger_event};
use event_export::{ChromeTrace, FlameGraph, LogRecords, Report, Summary, TracingSpans};
use tracing::Level;

static FORMATTED: AtomicUsize = AtomicUsize::new(0);

/// A line of a document, which counts how often it is formatted.
struct Line;

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        FORMATTED.fetch_add(1, Ordering::Relaxed);
        f.write_str("line")
    }
}

#[derive(Debug)]
struct Document {
    lines: Vec<Line>,
}

#[trigger_event("large_arguments:parse", ret, err)]
fn parse(document: &Document, moved: Document) -> Result<&Document, Document> {
    if moved.lines.len() == 1 {
        Ok(document)
    } else {
        Err(moved)
    }
}

/// How many lines one call may format: two arguments and what is returned, at START and at END,
/// each up to the limit of a value.
const MAX_FORMATTED: usize = 6 * (Value::MAX_PRINTED / "line".len() + 1);

fn expect_bounded(name: &str, listener: impl Listener) {
    let document = Document {
        lines: (0..100_000).map(|_| Line).collect(),
    };
    let _installed = local::install_listener("large_arguments:parse", listener);
    for lines in [1, 100_000] {
        FORMATTED.store(0, Ordering::Relaxed);
        let lines = (0..lines).map(|_| Line).collect();
        let _ = parse(&document, Document { lines });
        let formatted = FORMATTED.load(Ordering::Relaxed);
        assert!(formatted <= MAX_FORMATTED, "{name}: {formatted} lines");
    }
}

/// One test, because `log` and `tracing` have one backend for the process.
#[test]
fn each_exporter_stops_formatting_at_its_limit() {
    struct Sink;
    impl log::Log for Sink {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            let text = record.args().to_string();
            assert!(text.len() < 5 * Value::MAX_PRINTED, "{} bytes", text.len());
        }
        fn flush(&self) {}
    }
    log::set_logger(&Sink).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_writer(io::sink)
        .init();

    expect_bounded("recorder", RecordingListener::new());
    expect_bounded(
        "bounded recorder",
        RecordingListener::with_capacity_limit(10),
    );
    expect_bounded("chrome", ChromeTrace::to_writer(io::sink()));
    expect_bounded("log", LogRecords::new());
    expect_bounded("tracing", TracingSpans::new());
    expect_bounded("summary", Summary::new());
    expect_bounded("flame", FlameGraph::new());
    let directory = std::env::temp_dir().join(format!("large_arguments-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    expect_bounded(
        "report",
        Report::to_file(directory.join("report.html")).unwrap(),
    );
    std::fs::remove_dir_all(&directory).unwrap();
}
