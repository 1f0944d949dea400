//! Scopes of one kind that start at several places. Each output keeps the places apart.

#![cfg(all(
    feature = "chrome",
    feature = "flame",
    feature = "log",
    feature = "metrics",
    feature = "report",
    feature = "summary",
    feature = "tracing"
))]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use event_core::{Listener, data, enter, local, open_event, scope, trigger_event, try_scope};
use event_export::{ChromeTrace, FlameGraph, Metrics, Report, Summary, TracingSpans};
use serde_json::Value;
use support::report_page::{self, Page};
use support::shared_buffer::SharedBuffer;
use support::span_recorder::SpanRecorder;

const FILE: &str = file!();

/// Opens a scope at one place once, and at another twice. Returns the two lines.
fn run_scopes() -> [u32; 2] {
    scope!("places:scope"; {});
    let first = line!() - 1;
    for step in 0..2 {
        let failed: Result<(), std::fmt::Error> = try_scope!("places:scope", step; { Ok(()) });
        assert!(failed.is_ok());
    }
    [first, line!() - 3]
}

/// Does the same with guards.
fn run_guards() -> [u32; 2] {
    drop(enter!("places:guard"));
    let first = line!() - 1;
    for step in 0..2 {
        let _guard = enter!("places:guard", step);
    }
    [first, line!() - 2]
}

/// Does the same with open events.
fn run_open() -> [u32; 2] {
    open_event("places:open", ()).end();
    let first = line!() - 1;
    for step in 0..2 {
        open_event("places:open", data! { step }).end();
    }
    [first, line!() - 2]
}

/// Does the same with functions of a kind of Numba, which are named by their data if they have a
/// name.
fn run_builtin() -> [u32; 2] {
    fn first() {
        #[trigger_event("numba:run_pass")]
        fn pass() {}
        pass();
    }
    fn second() {
        #[trigger_event("numba:run_pass")]
        fn pass() {}
        pass();
    }
    first();
    second();
    second();
    let second_line = line!() - 6;
    [second_line - 5, second_line]
}

type Run = fn() -> [u32; 2];

/// The kinds, with the name of both places, and the function that runs them.
const CASES: [(&str, &str, Run); 4] = [
    ("places:scope", "places:scope", run_scopes),
    ("places:guard", "places:guard", run_guards),
    ("places:open", "places:open", run_open),
    ("numba:run_pass", "pass", run_builtin),
];

/// Installs `listener` on this thread while `body` runs.
fn with<L: Listener, R>(
    kind: &'static str,
    listener: L,
    body: impl FnOnce() -> [u32; 2],
    read: impl FnOnce(&L) -> R,
) -> (R, [u32; 2]) {
    let installed = local::install_listener(kind, listener);
    let lines = body();
    (read(&installed), lines)
}

fn report(kind: &'static str, body: impl FnOnce() -> [u32; 2]) -> (Page, [u32; 2]) {
    let path = report_page::path(kind);
    let ((), lines) = with(kind, Report::to_file(&path).unwrap(), body, |_| ());
    (report_page::read(&path), lines)
}

/// Returns the labels with the position, and how often each was called.
fn with_position(name: &str, lines: [u32; 2]) -> BTreeMap<String, u64> {
    let [first, second] = lines.map(|line| format!("{name} ({FILE}:{line})"));
    [(first, 1), (second, 2)].into()
}

#[test]
fn table_and_its_files_have_a_row_for_each_place() {
    for (kind, name, body) in CASES {
        let (table, lines) = with(kind, Summary::new(), body, Summary::table);
        let text = format!("{table:300}");
        for (label, _) in with_position(name, lines) {
            assert!(text.contains(&label), "no `{label}` in {text}");
        }
        let mut of_lines = table.rows().iter().map(|row| (row.calls(), row.site()));
        let line = |calls| {
            let row = of_lines.clone().find(|row| row.0 == calls).unwrap();
            row.1.unwrap().line()
        };
        assert_eq!([line(1), line(2)], lines);
        assert_eq!(of_lines.by_ref().count(), 2);
        let (json, csv) = (table.to_json(), table.to_csv());
        for line in lines {
            assert!(json.contains(&format!("\"line\": {line},")), "{json}");
            assert!(csv.contains(&format!(",{line},")), "{csv}");
        }
    }
}

#[test]
fn folded_stacks_and_the_picture_have_a_frame_for_each_place() {
    for (kind, name, body) in CASES {
        let flame = FlameGraph::new().by_count();
        let read = |flame: &FlameGraph| (flame.folded(), flame.svg());
        let ((folded, svg), lines) = with(kind, flame, body, read);
        let of_frame = if name == kind {
            String::new()
        } else {
            format!(" [{kind}]")
        };
        let with_kind = |label| format!("{label}{of_frame}");
        let expected = with_position(name, lines).into_iter();
        let expected = expected.map(|(label, calls)| format!("{} {calls}\n", with_kind(label)));
        let expected: BTreeSet<_> = expected.collect();
        let folded: BTreeSet<_> = folded.split_inclusive('\n').map(str::to_owned).collect();
        assert_eq!(folded, expected);
        let svg = svg.unwrap();
        for (label, _) in with_position(name, lines) {
            assert!(svg.contains(&label), "no `{label}`");
        }
    }
}

#[test]
fn frame_of_a_single_place_is_its_kind() {
    let flame = local::install_listener("places:single", FlameGraph::new().by_count());
    scope!("places:single"; {});
    assert_eq!(flame.folded(), "places:single 1\n");
}

#[test]
fn scopes_without_a_place_have_a_frame_of_their_own() {
    #[trigger_event("places:mixed")]
    fn draw() {}
    let calls = || {
        scope!("places:mixed"; {});
        let line = line!() - 1;
        trigger_event("places:mixed", (), || {});
        trigger_event("places:mixed", data! { name = "draw" }, draw);
        [line; 2]
    };
    let flame = FlameGraph::new().by_count();
    let (folded, [line, _]) = with("places:mixed", flame, calls, FlameGraph::folded);
    let mut lines: Vec<_> = folded.lines().collect();
    lines.sort_unstable();
    let function = format!("{}::draw [places:mixed]", module_path!());
    assert_eq!(
        lines,
        [
            "draw [places:mixed] 1",
            &format!("draw [places:mixed];{function} 1"),
            &format!("places:mixed ({FILE}:{line}) 1"),
            "places:mixed 1",
        ]
    );
}

#[test]
fn trace_has_a_name_for_each_place() {
    for (kind, name, body) in CASES {
        let file = SharedBuffer::default();
        let trace = ChromeTrace::to_writer(file.clone());
        let ((), lines) = with(kind, trace, body, |_| ());
        let all: Vec<Value> = serde_json::from_str(&file.text()).unwrap();
        let starts = all
            .iter()
            .filter(|event| event["ph"] == "B" || event["ph"] == "b");
        let ends = all
            .iter()
            .filter(|event| event["ph"] == "E" || event["ph"] == "e");
        let names = |events: &mut dyn Iterator<Item = &Value>| -> Vec<String> {
            events
                .map(|event| event["name"].as_str().unwrap().to_owned())
                .collect()
        };
        // The first place has its name before the second one is reached.
        let second = format!("{name} ({FILE}:{})", lines[1]);
        let expected = [name, &second, &second];
        assert_eq!(names(&mut starts.into_iter()), expected);
        assert_eq!(names(&mut ends.into_iter()), expected);
    }
}

#[test]
fn report_has_a_row_for_each_place() {
    for (kind, name, body) in CASES {
        let (page, lines) = report(kind, body);
        let rows = page.data["rows"].as_array().unwrap().iter();
        let labels: BTreeSet<_> = rows
            .map(|row| row[1].as_str().unwrap().to_owned())
            .collect();
        let expected = with_position(name, lines).into_keys().collect();
        assert_eq!(labels, expected);
    }
}

#[test]
fn spans_have_the_line_of_each_place() {
    for (kind, _, body) in CASES {
        let recorder = SpanRecorder::default();
        let lines = tracing::subscriber::with_default(recorder.subscriber(), || {
            with(kind, TracingSpans::new(), body, |_| ()).1
        });
        let spans = recorder.spans();
        let of_spans: Vec<_> = spans.iter().map(|span| span.line.unwrap()).collect();
        assert_eq!(of_spans, [lines[0], lines[1], lines[1]]);
    }
}

#[test]
fn metrics_have_one_series_for_the_places_of_a_kind() {
    // A line changes with each edit of its file, and a series should not.
    for (kind, name, body) in &CASES[..3] {
        let (text, _) = with(kind, Metrics::new(), body, Metrics::text);
        let count =
            format!("event_duration_seconds_count{{kind=\"{kind}\",function=\"{name}\"}} 3\n");
        assert!(text.contains(&count), "{text}");
    }
}

#[test]
fn a_name_in_the_data_is_the_label_wherever_the_scope_starts() {
    let calls = || {
        scope!("places:named", name = "draw"; {});
        drop(enter!("places:named", name = "draw"));
        [0, 0]
    };
    let flame = FlameGraph::new().by_count();
    let (folded, _) = with("places:named", flame, calls, FlameGraph::folded);
    assert_eq!(folded, "draw [places:named] 2\n");
    let (table, _) = with("places:named", Summary::new(), calls, Summary::table);
    assert_eq!(table.rows().len(), 1);
    let (page, _) = report("places:named", calls);
    assert_eq!(page.data["rows"].as_array().unwrap().len(), 1);
}
