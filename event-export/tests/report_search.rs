//! The search of a report answers for the view that is open.

#![cfg(feature = "report")]

mod support;

use std::panic::catch_unwind;

use event_core::{data, trigger_event};
use serde_json::json;
use support::browser::run;
use support::report_page::install;

fn parse(kind: &'static str, file: &str) {
    trigger_event(kind, data! { name = "parse", file }, || {
        trigger_event(kind, data! { name = "parse_line" }, || {});
        assert!(!file.contains("bad"), "cannot parse {file}");
    });
}

#[test]
fn each_view_counts_and_shows_its_own_matches() {
    let kind = "report_search:views";
    let (path, report) = install(kind, |report| report);
    for file in ["a", "b", "bad1", "bad2"] {
        let _ = catch_unwind(|| parse(kind, file));
    }
    trigger_event(kind, data! { name = "other" }, || {});
    drop(report);
    let script = "
        const answers = [];
        const look = (tab, text) => {
          openTab(tab);
          type(text);
          const found = $('found').textContent;
          $('next').click();
          answers.push([tab, found, $('found').textContent, openedTab()]);
        };
        for (const tab of TABS) look(tab, 'parse');
        for (const tab of TABS) look(tab, 'bad2');
        openTab('timeline');
        type('parse');
        openTab('table');
        const rows = [...$('functions').children].map((row) => row.querySelector('button').textContent);
        const current = [];
        for (let step = 0; step < 3; step++) {
          $('next').click();
          current.push(document.querySelector('tr.current button').textContent);
        }
        const counted = $('found').textContent;
        type('bad2');
        return { answers, counted, rows: rows.sort(), current: new Set(current).size, nothing: $('no-functions').textContent };";
    if let Some(result) = run(&path, "", (1000, 700), script) {
        let expected = json!([
            ["timeline", "8 calls", "1 of 8 calls", "timeline"],
            ["flame", "2 stacks", "1 of 2 stacks", "flame"],
            ["table", "2 functions", "1 of 2 functions", "table"],
            ["failures", "2 groups", "1 of 2 groups", "failures"],
            ["timeline", "1 call", "1 of 1 call", "timeline"],
            ["flame", "0 stacks", "0 stacks", "flame"],
            ["table", "0 functions", "0 functions", "table"],
            ["failures", "1 group", "1 of 1 group", "failures"],
        ]);
        assert_eq!(result["answers"], expected);
        assert_eq!(result["rows"], json!(["parse", "parse_line"]));
        assert_eq!(
            result["counted"], "1 of 2 functions",
            "after the last match"
        );
        assert_eq!(result["current"], 2);
        let nothing = "No function, kind or module matches “bad2”. 1 call in the timeline does.";
        assert_eq!(result["nothing"], nothing);
    }
    std::fs::remove_file(path).unwrap();
}
