//! A printed report is whole: nothing is wider than a page, and all lanes are on some page.

#![cfg(feature = "report")]

mod support;

use std::panic::catch_unwind;

use event_core::{data, trigger_event};
use serde_json::json;
use support::browser::run;
use support::report_page::install;

/// The width of A4 without margins, in pixels.
const WIDTH: u32 = 703;

/// Applies the printed style to the screen, and sends the event that precedes a print.
const PRINT: &str = "
for (const rule of document.styleSheets[0].cssRules) {
  if (rule.media?.mediaText === 'print') rule.media.mediaText = 'all';
}
dispatchEvent(new Event('beforeprint'));
";

/// Calls itself `depth` times, in lanes one below the other. The innermost call fails.
fn descend(kind: &'static str, depth: u32) {
    let data = data! { name = "a_function_with_a_long_name", depth };
    trigger_event(kind, data, || {
        assert!(depth > 0, "{}", "a long message ".repeat(40));
        descend(kind, depth - 1);
    });
}

#[test]
fn a_printed_report_is_whole() {
    let kind = "report_print:whole";
    let (path, report) = install(kind, |report| report);
    let _ = catch_unwind(|| descend(kind, 100));
    drop(report);
    let script = format!(
        "{PRINT}
        const root = document.documentElement;
        const wide = [];
        const lanes = new Set();
        for (const tab of TABS) {{
          openTab(tab);
          if (tab === 'failures') failuresView.reveal(failuresView.list[0]);
          for (const element of document.querySelectorAll('body *')) {{
            const {{ right, width }} = element.getBoundingClientRect();
            if (width > 1 && right > innerWidth + 1 && element.checkVisibility()) wide.push([tab, element.tagName, element.className]);
          }}
          const clips = [...document.querySelectorAll('main .scroller, main, .work')].filter((element) => element.checkVisibility());
          if (clips.some((element) => element.scrollHeight > element.clientHeight + 1)) wide.push([tab, 'is cut']);
        }}
        openTab('timeline');
        const canvases = [...$('timeline-scroller').querySelectorAll('.pages canvas')];
        const heights = canvases.map((canvas) => canvas.height / 2);
        const shown = heights.reduce((sum, height) => sum + height - RULER - LANE, RULER + LANE);
        dispatchEvent(new Event('afterprint'));
        return [wide, canvases.length > 2, Math.max(...heights) <= 1000, shown >= timeline.surface.content,
          document.querySelectorAll('.pages').length, root.dataset.theme ?? null];"
    );
    if let Some(result) = run(&path, "", (WIDTH, 900), &script) {
        assert_eq!(result, json!([[], true, true, true, 0, null]));
    }
    std::fs::remove_file(path).unwrap();
}
