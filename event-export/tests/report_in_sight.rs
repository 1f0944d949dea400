//! Calls that a report reveals are in sight, in windows of all sizes.

#![cfg(feature = "report")]

mod support;

use std::panic::catch_unwind;
use std::path::PathBuf;

use event_core::{data, trigger_event};
use support::browser::run;
use support::report_page::install;

/// Widths and heights of a window.
const SIZES: [(u32, u32); 6] = [
    (360, 640),
    (420, 800),
    (640, 360),
    (700, 800),
    (1280, 500),
    (1280, 800),
];

/// Calls itself `depth` times, in lanes one below the other. The innermost call fails.
fn descend(kind: &'static str, depth: u32) {
    trigger_event(kind, data! { name = "descend", depth }, || {
        std::thread::sleep(std::time::Duration::from_micros(50));
        assert!(depth > 0, "at the bottom");
        descend(kind, depth - 1);
    });
}

fn example(kind: &'static str) -> PathBuf {
    let (page, report) = install(kind, |report| report);
    for depth in [60, 3, 30, 45, 1, 59] {
        let _ = catch_unwind(|| descend(kind, depth));
    }
    drop(report);
    page
}

/// Returns where a call is that is not in sight, else an empty string.
const WHERE_HIDDEN: &str = "
const hidden = (call) => {
  const canvas = timeline.surface.canvas.getBoundingClientRect();
  const top = canvas.top + timeline.top(call) - timeline.surface.scrolled;
  const [left, right] = [timeline.calls.start[call], timeline.calls.end[call]].map((time) => timeline.x(time));
  const panel = $('details').hidden ? null : $('details').getBoundingClientRect();
  const bar = document.querySelector('#timeline .bar').getBoundingClientRect();
  const bottom = Math.min(innerHeight, bar.top, panel !== null && panel.left < 9 ? panel.top : innerHeight);
  const isInSight = top >= canvas.top + RULER && top + LANE <= bottom && right >= 20 && left <= timeline.surface.width - 20;
  return isInSight ? '' : JSON.stringify({ call, top, bottom, canvas: canvas.top, left, right });
};
";

/// Runs `script` in windows of all sizes, and checks that it returns no hidden calls.
fn check(page: &std::path::Path, script: &str) {
    for size in SIZES {
        let Some(hidden) = run(page, "", size, &format!("{WHERE_HIDDEN}{script}")) else {
            break;
        };
        let hidden: Vec<String> = serde_json::from_value(hidden).unwrap();
        let (count, first) = (hidden.len(), hidden.first());
        assert_eq!(first, None, "{count} calls, in a window of {size:?}");
    }
}

#[test]
fn show_in_the_timeline_brings_the_call_into_sight() {
    let page = example("report_in_sight:failures");
    check(
        &page,
        "
        const found = [];
        for (let index = 0; index < 6; index++) {
          openTab('failures');
          for (const group of failuresView.list) failuresView.reveal(group);
          const buttons = [...document.querySelectorAll('#failed button')];
          buttons.filter((button) => button.textContent === 'Show in the timeline')[index].click();
          settle();
          found.push(hidden(timeline.picked));
          if (index % 2 === 0) closeDetails();
          settle();
        }
        return found.filter((text) => text !== '');",
    );
    std::fs::remove_file(page).unwrap();
}

#[test]
fn search_and_keys_bring_the_call_into_sight() {
    let page = example("report_in_sight:keys");
    check(
        &page,
        "
        const found = [];
        const look = () => { settle(); found.push(hidden(timeline.picked)); };
        type('bottom');
        for (let index = 0; index < 8; index++) {
          $('next').click();
          look();
        }
        for (const key of ['p', 'p', 'Enter', ',', ',', '.', 'Enter', 'p']) {
          press(key, $('timeline-canvas'));
          look();
        }
        return found.filter((text) => text !== '');",
    );
    std::fs::remove_file(page).unwrap();
}
