//! Flame graphs as pictures, and comparisons with an earlier run.

#![cfg(feature = "flame")]

mod support;

use std::thread;
use std::time::Duration;

use event_core::trigger_event;
use event_export::FlameGraph;
use support::folded::{install, install_by_count};
use support::svg::{frame_y, style, text, titles};

#[test]
fn the_picture_has_a_title_and_totals() {
    let flame = install("flame:picture*", FlameGraph::new().title("Parts & <whole>"));
    trigger_event("flame:picture", (), || {
        trigger_event("flame:picture_inner", (), || {
            thread::sleep(Duration::from_millis(12));
        });
    });
    let svg = flame.svg().unwrap();
    assert_eq!(text(&svg, "title"), "Parts & <whole>");
    let subtitle = text(&svg, "subtitle");
    assert!(subtitle.ends_with("ms in 2 call stacks"), "{subtitle}");
    let titles = titles(&svg);
    assert_eq!(titles.len(), 3);
    let has_millis = |title: &&String| title.contains(" ms, ");
    assert_eq!(titles.iter().filter(has_millis).count(), 3, "{titles:?}");

    let flame = install_by_count("flame:unnamed");
    trigger_event("flame:unnamed", (), || {});
    let svg = flame.svg().unwrap();
    assert!(
        text(&svg, "title").starts_with("flame_picture-"),
        "the default is the name of the program"
    );
    assert_eq!(text(&svg, "subtitle"), "1 call in 1 call stack");
}

#[test]
fn the_picture_follows_the_colours_of_the_page() {
    let flame = install_by_count("flame:colours");
    trigger_event("flame:colours", (), || {});
    for svg in [flame.svg().unwrap(), FlameGraph::new().svg().unwrap()] {
        let style = style(&svg);
        assert!(
            style.contains("@media (prefers-color-scheme: dark)"),
            "{style}"
        );
        // After the rule of inferno that hides the search.
        let shown = style.rfind("#search, #unzoom").unwrap();
        assert!(
            style.find("#search {").is_none_or(|hidden| hidden < shown),
            "{style}"
        );
    }
}

#[test]
fn the_outermost_calls_are_on_top() {
    let flame = install_by_count("flame:direction*");
    trigger_event("flame:direction", (), || {
        trigger_event("flame:direction_inner", (), || {});
    });
    let svg = flame.svg().unwrap();
    let y = |name| frame_y(&svg, name);
    assert!(y("all ") < y("flame:direction ("));
    assert!(y("flame:direction (") < y("flame:direction_inner ("));
}

#[test]
fn a_run_without_events_has_a_picture_with_a_note() {
    for flame in [
        FlameGraph::new(),
        FlameGraph::new().compared_with("a 1").unwrap(),
    ] {
        assert_eq!(flame.folded(), "");
        let svg = flame.title("<empty>").svg().unwrap();
        assert_eq!(text(&svg, "title"), "<empty>");
        assert_eq!(
            text(&svg, "subtitle"),
            "Nothing to draw: no event took time"
        );
        assert!(titles(&svg).is_empty());
    }
}

#[test]
fn a_run_can_be_compared_with_an_earlier_run() {
    let before = "flame:differ 2\n\
                  flame:differ;flame:differ_same 4\n\
                  flame:differ;gone 10\n";
    let flame = FlameGraph::new().by_count().compared_with(before).unwrap();
    let flame = install("flame:differ*", flame);
    trigger_event("flame:differ", (), || {
        for _ in 0..4 {
            trigger_event("flame:differ_same", (), || {});
        }
        trigger_event("flame:differ_new", (), || {});
    });
    assert_eq!(
        flame.folded(),
        "flame:differ 1\nflame:differ;flame:differ_new 1\nflame:differ;flame:differ_same 4\n"
    );
    let svg = flame.svg().unwrap();
    let mut titles = titles(&svg);
    titles.sort();
    assert_eq!(
        titles,
        [
            "all (6 calls, 100%)",
            "flame:differ (6 calls, 100.00%; -16.67%)",
            "flame:differ_new (1 call, 16.67%; +16.67%)",
            "flame:differ_same (4 calls, 66.67%; 0.00%)",
        ]
    );
    assert_eq!(
        text(&svg, "subtitle"),
        "6 calls in 3 call stacks, 16 calls before; red is more, blue is less"
    );
}

#[test]
fn a_difference_of_times_is_a_share_of_the_total() {
    let flame = FlameGraph::new()
        .compared_with("flame:units 10000000\ngone 5000000\n")
        .unwrap();
    let flame = install("flame:units", flame);
    trigger_event("flame:units", (), || {
        thread::sleep(Duration::from_millis(20));
    });
    let titles = titles(&flame.svg().unwrap());
    let title = titles
        .iter()
        .find(|title| title.starts_with("flame:units"))
        .unwrap();
    let percent = title
        .split_once("; +")
        .unwrap()
        .1
        .strip_suffix("%)")
        .unwrap();
    let percent: f64 = percent.parse().unwrap();
    assert!((50.0..100.0).contains(&percent), "{title}");
}

#[test]
fn an_invalid_line_of_folded_stacks_is_an_error_with_its_number() {
    for (text, why) in [
        (
            "a 1\nb",
            "line 2 is not a folded stack: expected a number at its end",
        ),
        ("a;b c", "line 1 is not a folded stack: `c` is not a number"),
        ("a -1", "line 1 is not a folded stack: `-1` is not a number"),
        (
            "a 99999999999999999999",
            "line 1 is not a folded stack: `99999999999999999999` is not a number",
        ),
        (
            "a\u{1b} 1",
            "line 1 is not a folded stack: it contains a control character",
        ),
        (
            "a 9999999999999999999",
            "line 1 is not a folded stack: the numbers are too large",
        ),
    ] {
        let error = FlameGraph::new().compared_with(text).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        assert_eq!(error.to_string(), why);
    }
    let valid = "# a comment\n\n;;a;;b 1.5\r\n 12 7\n";
    assert!(FlameGraph::new().compared_with(valid).is_ok());
}
