//! A report in a browser, offline: the page has no script errors and shows its data.

#![cfg(feature = "report")]

mod support;

use std::panic::catch_unwind;
use std::path::PathBuf;

use event_core::{data, start_event, trigger_event};
use support::browser::{body_attributes, chromium, open};
use support::report_page::{install, path};

/// Returns the text of each element that begins with `begin`.
fn texts(document: &str, begin: &str, end: &str) -> Vec<String> {
    let pieces = document.split(begin).skip(1);
    let inside = pieces.filter_map(|piece| piece.split_once(end));
    inside.map(|(text, _)| without_tags(text)).collect()
}

fn without_tags(text: &str) -> String {
    let pieces = text.split('<').map(|piece| match piece.split_once('>') {
        Some((_, text)) => text,
        None => piece,
    });
    pieces.collect::<Vec<_>>().join(" ")
}

fn example(kind: &'static str) -> PathBuf {
    let (path, report) = install(kind, |report| report);
    for number in 0..10_u32 {
        let _ = catch_unwind(|| {
            trigger_event(kind, data! { name = "outer", number }, || {
                trigger_event(kind, data! { name = "<i>inner</i>" }, || {
                    assert!(
                        number != 7,
                        "<img src=x onerror=\"document.body.dataset.error = 1\">"
                    );
                });
            });
        });
    }
    start_event(kind, data! { name = "open" });
    drop(report);
    path
}

#[test]
fn the_page_shows_the_table_and_the_failures() {
    let page = example("report_in_browser:page");
    let document = open(&page, "");
    std::fs::remove_file(page).unwrap();
    let Some(document) = document else {
        return;
    };
    assert!(
        body_attributes(&document).contains(r#"data-ready="21 scopes""#),
        "{}",
        body_attributes(&document)
    );
    let rows = texts(&document, "<tr><th scope=\"row\"", "</tr>");
    assert_eq!(rows.len(), 3, "{rows:?}");
    let has = |row: &String, parts: &[&str]| parts.iter().all(|part| row.contains(part));
    let row = |parts: &[&str]| rows.iter().any(|row| has(row, parts));
    assert!(row(&["outer", " 10 ", " 1 "]), "{rows:?}");
    assert!(
        row(&["&lt;i&gt;inner&lt;/i&gt;", " 10 ", " 1 "]),
        "{rows:?}"
    );
    assert!(row(&["open", " 0 + 1 open "]), "{rows:?}");
    let failures = texts(&document, "<summary class=\"head\">", "</summary>");
    assert_eq!(
        failures.len(),
        1,
        "one group, although the panic left two calls: {failures:?}"
    );
    assert!(failures[0].contains("2 calls"), "{failures:?}");
    assert!(
        failures[0].contains("panic") && failures[0].contains("&lt;img src=x"),
        "{failures:?}"
    );
    assert!(!document.contains("<img"), "markup in a message stays text");
}

#[test]
fn an_empty_page_has_a_note() {
    let (page, report) = install("report_in_browser:empty", |report| report);
    drop(report);
    let document = open(&page, "#table");
    std::fs::remove_file(page).unwrap();
    let Some(document) = document else {
        return;
    };
    assert!(body_attributes(&document).contains(r#"data-ready="0 scopes""#));
    assert!(document.contains("No events were received."));
}

#[test]
fn every_view_is_drawn_in_light_and_dark() {
    let page = example("report_in_browser:views");
    let mut pictures = Vec::new();
    for fragment in ["#light", "#dark", "#flame", "#table&dark", "#failures"] {
        let picture = path("report_in_browser:picture").with_extension("png");
        let screenshot = format!("--screenshot={}", picture.display());
        let Some(_) = chromium(&page, fragment, &[&screenshot]) else {
            break;
        };
        pictures.push(std::fs::read(&picture).unwrap());
        std::fs::remove_file(picture).unwrap();
    }
    for (index, picture) in pictures.iter().enumerate() {
        assert!(picture.len() > 10_000, "an empty page would be smaller");
        assert!(
            !pictures[index + 1..].contains(picture),
            "all views look different"
        );
    }
    std::fs::remove_file(page).unwrap();
}

/// A script that resizes the canvases in each frame and counts how often one of them is black.
///
/// A canvas is black until something is drawn. The script never sleeps, as that would use up the
/// time of `--virtual-time-budget`.
const COUNT_BLACK_FRAMES: &str = r#"
<script nonce="event-export">
const { port1, port2 } = new MessageChannel();
let [frames, black] = [0, 0];
function watch() {
  frames += 1;
  document.body.style.width = `${600 + 10 * frames}px`;
  if (frames === 20) document.getElementById("tab-flame").click();
  requestAnimationFrame(watch);
}
port1.onmessage = () => {
  const shown = [...document.querySelectorAll(".scroller > canvas")].find((canvas) => canvas.clientWidth > 0);
  const [red, green, blue] = shown.getContext("2d").getImageData(1, shown.height - 2, 1, 1).data;
  if (red + green + blue === 0) black += 1;
  if (frames < 40) port2.postMessage("");
  else document.body.dataset.black = black;
};
watch();
port2.postMessage("");
</script>
"#;

#[test]
fn no_frame_of_a_resized_canvas_is_black() {
    let page = example("report_in_browser:frames");
    let mut text = std::fs::read_to_string(&page).unwrap();
    text.push_str(COUNT_BLACK_FRAMES);
    std::fs::write(&page, text).unwrap();
    for fragment in ["#light", "#dark"] {
        let Some(document) = open(&page, fragment) else {
            break;
        };
        let attributes = body_attributes(&document);
        assert!(attributes.contains(r#"data-black="0""#), "{attributes}");
    }
    std::fs::remove_file(page).unwrap();
}

#[test]
fn a_page_with_a_hundred_thousand_calls_opens() {
    let (page, report) = install("report_in_browser:many", |report| report);
    let work = |n| {
        let data = data! { n, path = "a/b.toml" };
        trigger_event("report_in_browser:many", data, || {});
    };
    (0..120_000_u32).for_each(work);
    drop(report);
    let size = std::fs::metadata(&page).unwrap().len();
    assert!(size < 15_000_000, "{size}");
    let document = open(&page, "");
    std::fs::remove_file(page).unwrap();
    let Some(document) = document else {
        return;
    };
    assert!(body_attributes(&document).contains(r#"data-ready="100000 scopes""#));
    assert!(document.contains("20,000 calls are not drawn"));
}
