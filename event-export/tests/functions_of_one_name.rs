//! Functions that share a name, a path or a position in the source. Each output keeps them apart.

#![cfg(all(
    feature = "chrome",
    feature = "flame",
    feature = "log",
    feature = "report",
    feature = "summary",
    feature = "tracing"
))]

mod support;

use std::collections::BTreeSet;

use event_core::{Listener, local, trigger_event};
use event_export::{ChromeTrace, FlameGraph, Summary, SummaryTable, TracingSpans};
use serde_json::Value;
use support::report_page;
use support::shared_buffer::SharedBuffer;
use support::span_recorder::SpanRecorder;

struct Server;
struct Client;

impl Server {
    #[trigger_event("names:types")]
    fn run(&self) {
        let _ = self;
    }
}

impl Client {
    #[trigger_event("names:types")]
    fn run(&self) {
        let _ = self;
    }
}

/// Calls two functions of the same name, of different types.
fn run_types() {
    Server.run();
    Client.run();
    Client.run();
}

const TYPES: [&str; 2] = ["Client::run", "Server::run"];

mod one {
    pub(super) struct Job;

    #[event_core::trigger_event("names:modules")]
    impl Job {
        pub(super) fn run(&self) {
            let _ = self;
        }
    }
}

mod two {
    pub(super) struct Job;

    #[event_core::trigger_event("names:modules")]
    impl Job {
        pub(super) fn run(&self) {
            let _ = self;
        }
    }
}

/// Calls two functions of the same path, in different modules.
fn run_modules() {
    one::Job.run();
    two::Job.run();
    two::Job.run();
}

const MODULES: [&str; 2] = [
    "functions_of_one_name::one::Job::run",
    "functions_of_one_name::two::Job::run",
];

macro_rules! functions {
    ($($call:ident)*) => { $(
        fn $call() {
            #[trigger_event("names:place")]
            fn made() {}
            made();
        }
    )* };
}

functions! { first second }

/// Calls two functions of one path and one position in the source.
fn run_place() {
    first();
    second();
    second();
}

/// Installs `listener` on this thread while `body` runs.
fn with<L: Listener, R>(
    kind: &'static str,
    listener: L,
    body: impl FnOnce(),
    read: impl FnOnce(&L) -> R,
) -> R {
    let installed = local::install_listener(kind, listener);
    body();
    read(&installed)
}

fn table(kind: &'static str, body: impl FnOnce()) -> SummaryTable {
    with(kind, Summary::new(), body, Summary::table)
}

/// Returns the second column of the text of a table.
fn functions_in(table: &SummaryTable) -> BTreeSet<String> {
    let text = format!("{table:300}");
    let lines = text.lines().skip(2);
    let cells = lines.filter_map(|line| line.split("  ").filter(|cell| !cell.is_empty()).nth(1));
    cells.map(|cell| cell.trim().to_owned()).collect()
}

fn set(names: [&str; 2]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
fn table_has_a_row_for_each_function() {
    let types = table("names:types", run_types);
    assert_eq!(functions_in(&types), set(TYPES));
    let calls = |function| {
        let mut rows = types.rows().iter();
        rows.find(|row| row.function() == function).unwrap().calls()
    };
    assert_eq!((calls("Server::run"), calls("Client::run")), (1, 2));
    assert!(
        types
            .to_csv()
            .contains("names:types,Server::run,functions_of_one_name,")
    );
    assert_eq!(
        functions_in(&table("names:modules", run_modules)),
        set(MODULES)
    );
    let place = functions_in(&table("names:place", run_place));
    assert_eq!(place.len(), 2, "{place:?}");
    assert!(
        place.iter().all(|name| name.starts_with("made (")),
        "{place:?}"
    );
}

#[test]
fn flame_graph_has_a_frame_for_each_function() {
    let folded =
        |kind, body: fn()| with(kind, FlameGraph::new().by_count(), body, FlameGraph::folded);
    assert_eq!(
        folded("names:types", run_types),
        "Client::run [names:types] 2\nServer::run [names:types] 1\n"
    );
    let [one, two] = MODULES;
    assert_eq!(
        folded("names:modules", run_modules),
        format!("{one} [names:modules] 1\n{two} [names:modules] 2\n")
    );
    let place = folded("names:place", run_place);
    let numbers = place.lines().filter_map(|line| line.rsplit_once(' '));
    let numbers: Vec<_> = numbers.map(|(_, number)| number).collect();
    assert_eq!(numbers, ["1", "2"], "{place}");
}

#[test]
fn flame_graph_is_compared_with_the_same_functions() {
    let before = with(
        "names:modules",
        FlameGraph::new().by_count(),
        run_modules,
        FlameGraph::folded,
    );
    let flame = FlameGraph::new().by_count().compared_with(&before).unwrap();
    let svg = with("names:modules", flame, run_modules, FlameGraph::svg).unwrap();
    // The last number is the change.
    let [one, two] = MODULES;
    for title in [
        format!("{one} [names:modules] (1 call, 33.33%; 0.00%)"),
        format!("{two} [names:modules] (2 calls, 66.67%; 0.00%)"),
    ] {
        assert!(svg.contains(&title), "no `{title}`");
    }
}

#[test]
fn trace_has_a_name_for_each_function() {
    let names = |kind, body: fn()| -> Vec<(String, String)> {
        let file = SharedBuffer::default();
        let trace = local::install_listener(kind, ChromeTrace::to_writer(file.clone()));
        body();
        drop(trace);
        let all: Vec<Value> = serde_json::from_str(&file.text()).unwrap();
        let scopes = all
            .iter()
            .filter(|event| event["ph"] == "B" || event["ph"] == "E");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        scopes
            .map(|event| (text(&event["ph"]), text(&event["name"])))
            .collect()
    };
    let of = |calls: [&str; 3]| -> Vec<(String, String)> {
        let both = |name: &str| ["B", "E"].map(|phase| (phase.to_owned(), name.to_owned()));
        calls.into_iter().flat_map(both).collect()
    };
    let [client, server] = TYPES;
    assert_eq!(
        names("names:types", run_types),
        of([server, client, client])
    );
    // The first function of a path has its name before the second one is called.
    let [_, two] = MODULES;
    assert_eq!(
        names("names:modules", run_modules),
        of(["Job::run", two, two])
    );
    let place = names("names:place", run_place);
    assert_eq!(place[0].1, "made");
    assert!(place[2].1.starts_with("made ("), "{place:?}");
    assert_eq!((&place[2].1, &place[2].1), (&place[3].1, &place[4].1));
}

#[test]
fn report_has_a_row_for_each_function() {
    let rows = |kind, body: fn()| -> BTreeSet<String> {
        let (path, report) = report_page::install(kind, |report| report);
        body();
        drop(report);
        let page = report_page::read(&path);
        let rows = page.data["rows"].as_array().unwrap().iter();
        rows.map(|row| row[1].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(rows("names:types", run_types), set(TYPES));
    assert_eq!(rows("names:modules", run_modules), set(MODULES));
    assert_eq!(rows("names:place", run_place).len(), 2);
}

#[test]
fn report_shows_the_kind_where_one_function_has_two() {
    #[trigger_event("names:twice_outer")]
    #[trigger_event("names:twice_inner")]
    fn twice() {}
    let (path, report) = report_page::install("names:twice_*", |report| report);
    twice();
    drop(report);
    let page = report_page::read(&path);
    let names = [page.name(0), page.name(1)];
    assert_eq!(
        names,
        ["twice [names:twice_outer]", "twice [names:twice_inner]"]
    );
}

#[test]
fn span_has_the_path_and_the_module() {
    let recorder = SpanRecorder::default();
    tracing::subscriber::with_default(recorder.subscriber(), || {
        let _spans = local::install_listener("names:*", TracingSpans::new());
        Server.run();
        one::Job.run();
        two::Job.run();
    });
    let spans = recorder.spans();
    let shown = spans
        .iter()
        .map(|span| (&*span.name, span.module_path.as_deref().unwrap()));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            ("Server::run", "functions_of_one_name"),
            ("Job::run", "functions_of_one_name::one"),
            ("Job::run", "functions_of_one_name::two"),
        ]
    );
}
