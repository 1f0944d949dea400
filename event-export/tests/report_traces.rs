//! The calls of a trace in a report, open events, and the calls inside a call.

#![cfg(feature = "report")]

mod support;

use event_core::{data, open_event, trigger_event, try_trigger_event};
use event_export::TraceContext;
use serde_json::json;
use support::browser::run;
use support::report_page::install;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[test]
fn search_for_a_trace_finds_its_calls_and_its_failures() {
    const KIND: &str = "report_traces:search";
    let (path, report) = install(KIND, |report| report);
    let header = format!("00-{TRACE}-b7ad6b7169203331-01");
    let context = TraceContext::parse(&header, None).unwrap();
    let failing = || {
        trigger_event(KIND, data! { name = "request" }, || {
            try_trigger_event(KIND, data! { name = "query" }, || Err::<(), _>("no rows"))
        })
    };
    let _ = context.run(failing);
    trigger_event(KIND, data! { name = "other" }, || {});
    drop(report);
    let script = "
        const names = () => search.list.map((call) => rowOf(call).name);
        const answers = [];
        for (const text of ['0AF7651916cd43dd8448eb211c80319c', '0af76519', '0af7', 'ffffffffff']) {
          type(text);
          answers.push(names());
        }
        type('0af7651916cd43dd');
        openTab('failures');
        const found = $('found').textContent;
        $('next').click();
        const [details] = $('failed').children;
        const links = [...details.querySelectorAll('button.link')];
        links.find((link) => link.textContent === '0af7651916cd43dd8448eb211c80319c').click();
        return { answers, found, byLink: [openedTab(), names(), rowOf(timeline.picked).name] };";
    if let Some(answer) = run(&path, "", (1280, 800), script) {
        let both = json!(["request", "query"]);
        let expected = json!({
            "answers": [both, both, [], []], "found": "1 group", "byLink": ["timeline", both, "request"],
        });
        assert_eq!(answer, expected);
    }
}

#[test]
fn open_events_with_a_name_have_a_row_of_their_own() {
    const KIND: &str = "report_traces:open";
    let (path, report) = install(KIND, |report| report);
    let first = open_event(KIND, data! { name = "GET /" });
    let second = open_event(KIND, data! { name = "GET /" });
    first.end();
    second.end();
    trigger_event(KIND, data! { name = "closure" }, || {});
    drop(report);
    let script = "
        const isAsync = report.rows.map((row) => [row.name, row.isAsync]);
        return { isAsync, tracks: timeline.all.map((track) => [track.name === 'GET /', track.isAsync, track.calls]) };";
    if let Some(answer) = run(&path, "", (1280, 800), script) {
        let expected = json!({
            "isAsync": [["GET /", true], ["closure", false]],
            "tracks": [[false, false, 1], [true, true, 2]],
        });
        assert_eq!(answer, expected);
    }
}

#[test]
fn details_list_the_longest_calls_inside() {
    const KIND: &str = "report_traces:inside";
    let (path, report) = install(KIND, |report| report);
    trigger_event(KIND, data! { name = "outer" }, || {
        for name in ["a", "b", "c"] {
            trigger_event(KIND, data! { name }, || {});
        }
    });
    drop(report);
    let script = "
        timeline.select(0);
        const heading = [...document.querySelectorAll('#details h3')].at(-1).textContent;
        const names = [...document.querySelectorAll('#details .messages .link')].map((link) => link.textContent);
        const sorted = [1, 2, 3].sort((one, other) => report.calls.total[other] - report.calls.total[one]);
        $('timeline-canvas').focus();
        press('c');
        const longest = timeline.picked;
        press('c'); // nothing is inside
        const stays = timeline.picked === longest;
        press('p');
        return {
          heading, stays, parent: rowOf(timeline.picked).name, isLongest: longest === sorted[0],
          isSorted: names.join() === sorted.map((call) => rowOf(call).name).join(),
        };";
    if let Some(answer) = run(&path, "", (1280, 800), script) {
        let expected = json!({
            "heading": "Inside: 3 calls", "stays": true, "parent": "outer", "isLongest": true,
            "isSorted": true,
        });
        assert_eq!(answer, expected);
    }
}
