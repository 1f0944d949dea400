//! The time of a call does not include the formatting of its arguments, in whichever order
//! `EVENT_EXPORT` names the exporters.

#![cfg(all(feature = "summary", feature = "chrome", feature = "flame"))]

mod support;

use std::fmt;
use std::fs;
use std::thread;
use std::time::Duration;

use event_core::trigger_event;
use event_export::from_text;
use serde_json::Value;
use support::temp_dir::TempDir;

/// How long it takes to format a [`Slow`].
const FORMATTING: Duration = Duration::from_millis(40);

struct Slow;

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        thread::sleep(FORMATTING);
        f.write_str("slow")
    }
}

/// Returns the text that a call of the kind leaves in the output `name`.
fn export(exports: &[&str], kind: &'static str, call: fn(&Slow)) -> TempDir {
    let directory = TempDir::new(kind);
    let at = directory.path().display();
    let exports: Vec<_> = exports
        .iter()
        .map(|export| match export.split_once('=') {
            None => (*export).to_owned(),
            Some((name, file)) => format!("{name}={at}/{file}"),
        })
        .collect();
    let exports = from_text(exports.join(","), kind).unwrap();
    call(&Slow);
    drop(exports);
    directory
}

/// Returns the call's time in the summary.
fn time_in_summary(directory: &TempDir) -> Duration {
    let text = fs::read_to_string(directory.file("rows.json")).unwrap();
    let table: Value = serde_json::from_str(&text).unwrap();
    Duration::from_nanos(table["rows"][0]["total_ns"].as_u64().unwrap())
}

/// Returns the call's time in the Chrome trace.
fn time_in_trace(directory: &TempDir) -> Duration {
    let text = fs::read_to_string(directory.file("trace.json")).unwrap();
    let trace: Value = serde_json::from_str(&text).unwrap();
    let mut times = trace.as_array().unwrap().iter().filter_map(|event| {
        let is_call = matches!(event["ph"].as_str(), Some("B" | "E"));
        is_call.then(|| event["ts"].as_f64().unwrap())
    });
    let (start, end) = (times.next().unwrap(), times.next().unwrap());
    Duration::from_secs_f64((end - start) / 1e6)
}

#[test]
fn formatting_by_one_exporter_is_in_no_exporters_time() {
    #[trigger_event("notification_order:one")]
    fn work(_slow: &Slow) {}

    for exports in [
        ["summary=rows.json", "chrome=trace.json"],
        ["chrome=trace.json", "summary=rows.json"],
    ] {
        let directory = export(&exports, "notification_order:one", work);
        let (rows, trace) = (time_in_summary(&directory), time_in_trace(&directory));
        assert!(rows < FORMATTING, "{exports:?}: {rows:?}");
        assert!(trace < FORMATTING, "{exports:?}: {trace:?}");
    }
}

#[cfg(feature = "report")]
#[test]
fn formatting_by_a_report_is_not_in_the_summary() {
    #[trigger_event("notification_order:report")]
    fn work(_slow: &Slow) {}

    for exports in [
        ["summary=rows.json", "report=page.html", "flame=flame.svg"],
        ["flame=flame.svg", "summary=rows.json", "report=page.html"],
        ["report=page.html", "flame=flame.svg", "summary=rows.json"],
    ] {
        let directory = export(&exports, "notification_order:report", work);
        let rows = time_in_summary(&directory);
        assert!(rows < FORMATTING, "{exports:?}: {rows:?}");
    }
}

#[cfg(feature = "tracing")]
#[test]
fn formatting_by_a_subscriber_is_in_no_exporters_time() {
    #[trigger_event("notification_order:subscriber")]
    fn work(_slow: &Slow) {}

    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::sink)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        for exports in [
            ["summary=rows.json", "chrome=trace.json", "tracing"],
            ["tracing", "chrome=trace.json", "summary=rows.json"],
        ] {
            let directory = export(&exports, "notification_order:subscriber", work);
            let (rows, trace) = (time_in_summary(&directory), time_in_trace(&directory));
            assert!(rows < FORMATTING, "{exports:?}: {rows:?}");
            assert!(trace < FORMATTING, "{exports:?}: {trace:?}");
        }
    });
}
