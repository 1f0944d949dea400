//! Control characters and invisible characters are visible in a report.

#![cfg(feature = "report")]

mod support;

use std::panic::catch_unwind;

use event_core::{data, trigger_event};
use serde_json::json;
use support::browser::run;
use support::report_page::install;

/// The joiners U+200C and U+200D are not hidden, because scripts and emoji need them.
const HOSTILE: &str = "a\u{1b}[31m\0\u{7f}\u{9b}\u{180e}\u{202e}\u{206f}\u{feff}\u{fffb}\u{e0041}\
    \r\nb\tc\u{200c}d\u{200d}\r";

struct Raw;

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HOSTILE)
    }
}

#[test]
fn hidden_characters_are_escaped_in_all_views() {
    let (path, report) = install("report_hidden:views", |report| report);
    let work = || {
        let value = Raw;
        trigger_event(
            "report_hidden:views",
            data! { name = HOSTILE, raw = ?value },
            || {
                panic!("{HOSTILE}");
            },
        );
    };
    let thread = std::thread::Builder::new().name("t\u{1b}\n".into());
    let thread = thread.spawn(move || catch_unwind(work).unwrap_err());
    thread.unwrap().join().unwrap();
    drop(report);
    let script = r"
        for (const tab of TABS) openTab(tab);
        failuresView.reveal(failuresView.list[0]);
        timeline.select(0);
        const text = document.body.textContent + JSON.stringify([timeline.tracks.map(({ name }) => name), report.rows]);
        const hidden = /[\0-\x08\x0b-\x1f\x7f-\x9f\u180e\u202e\u206f\ufeff\ufffb\u{e0041}]/u.exec(text)?.index ?? -1;
        type('\\x1b[31m');
        return [hidden, report.failures[0].message, rowOf(0).name, rowOf(0).kind, fieldsOf(0)[1], threadOf(0).name, search.list];";
    if let Some(result) = run(&path, "", (1000, 700), script) {
        let message = "a\\x1b[31m\\x00\\x7f\\x9b\\u{180e}\\u{202e}\\u{206f}\\u{feff}\\u{fffb}\
                       \\u{e0041}\nb\tc\u{200c}d\u{200d}\\x0d";
        let line = message.replace('\n', "\\n").replace('\t', "\\t");
        let expected = json!([
            -1,
            message,
            line,
            "report_hidden:views",
            ["raw", message],
            "t\\x1b\\n",
            [0]
        ]);
        assert_eq!(result, expected);
    }
    std::fs::remove_file(path).unwrap();
}
