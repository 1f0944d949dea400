//! The first view of a report answers where the time went and what failed, above the timeline.

#![cfg(feature = "report")]

mod support;

use std::panic::catch_unwind;
use std::path::PathBuf;
use std::time::Duration;

use event_core::{data, trigger_event};
use serde_json::json;
use support::browser::run;
use support::report_page::install;

fn example(kind: &'static str) -> PathBuf {
    let (path, report) = install(kind, |report| report);
    let work = |name, millis| {
        let data = data! { name, millis };
        trigger_event(kind, data, || {
            std::thread::sleep(Duration::from_millis(millis));
        });
    };
    trigger_event(kind, data! { name = "main" }, || {
        // The times are far apart, as a busy machine may add to each of them.
        let times = [
            ("g", 1),
            ("a", 120),
            ("f", 2),
            ("a", 150),
            ("b", 200),
            ("e", 20),
            ("c", 90),
        ];
        for (name, millis) in times {
            work(name, millis);
        }
        work("d", 40);
        for _ in 0..3 {
            let _ = catch_unwind(|| trigger_event(kind, data! { name = "crash" }, || panic!("no")));
        }
    });
    drop(report);
    path
}

#[test]
fn the_first_view_shows_the_busiest_functions_the_slowest_calls_and_the_failures() {
    let path = example("report_first_view:answers");
    let script = "
        const lists = [...$('answers').children].map((part) => [...part.querySelectorAll('button')]);
        const names = lists.map((list) => list.map((button) => button.querySelector('.name').textContent));
        const bars = lists[0].map((button) => parseFloat(button.querySelector('.share').style.width));
        lists[1][1].click();
        const slow = [rowOf(timeline.picked).name, fieldsOf(timeline.picked)[1]];
        lists[2][0].click();
        const failure = [lists[2][0].textContent, openedTab(), document.querySelector('#failed .current details').open];
        const facts = [...$('facts').children].map((fact) => fact.textContent.replace(/^[0-9.]+ .?s/, 'TIME'));
        names[1].splice(7); // the others are too short for a certain order
        return { names, bars, slow, failure, facts };";
    for size in [(420, 800), (1280, 800)] {
        let Some(result) = run(&path, "", size, script) else {
            break;
        };
        let expected = json!([
            ["a", "b", "c", "d", "e"],
            ["main", "b", "a", "a", "c", "d", "e"],
            ["crash"]
        ]);
        assert_eq!(result["names"], expected);
        let bars: Vec<f64> = serde_json::from_value(result["bars"].clone()).unwrap();
        assert!(
            bars[0] > 99.9 && bars.is_sorted_by(|one, other| one >= other),
            "{bars:?}"
        );
        assert_eq!(result["slow"], json!(["b", ["millis", "200"]]));
        assert_eq!(
            result["failure"],
            json!(["✖ paniccrash3 callsno", "failures", true])
        );
        let facts = &result["facts"].as_array().unwrap()[..6];
        let expected = json!([
            "TIME run time",
            "12 calls",
            "3 failed",
            "0 cancelled",
            "9 functions",
            "1 thread"
        ]);
        assert_eq!(json!(facts), expected);
        assert!(!result["facts"].to_string().contains("not drawn"));
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_larger_run_shows_the_slowest_call_of_each_function() {
    let kind = "report_first_view:larger";
    let (path, report) = install(kind, |report| report);
    descend(kind, 20);
    drop(report);
    let script = "
        const { total, row } = report.calls;
        const rows = [0, 1, 2].map((wanted) => Math.max(...[...total].filter((_, call) => row[call] === wanted)));
        return [answers.slowest.map((call) => total[call]), rows.sort((one, other) => other - one)];";
    if let Some(result) = run(&path, "", (1280, 800), script) {
        assert_eq!(result[0], result[1]);
    }
    std::fs::remove_file(path).unwrap();
}

/// Three functions that call each other, in lanes one below the other.
fn descend(kind: &'static str, depth: usize) {
    let name = ["one", "two", "three"][depth % 3];
    trigger_event(kind, data! { name }, || {
        std::thread::sleep(Duration::from_micros(50));
        if depth > 0 {
            descend(kind, depth - 1);
        }
    });
}

#[test]
fn a_small_run_fills_more_than_half_of_the_page() {
    let path = example("report_first_view:small");
    let script = "
        const canvas = timeline.surface.canvas.getBoundingClientRect();
        return [(canvas.top + timeline.surface.content) / innerHeight, $('timeline-scroller').scrollHeight - $('timeline-scroller').clientHeight];";
    for size in [(420, 800), (700, 800), (1280, 800), (1920, 1000)] {
        if let Some(result) = run(&path, "", size, script) {
            let part = result[0].as_f64().unwrap();
            assert!(part > 0.5, "{part} of {size:?}");
        }
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn an_empty_run_has_no_answers() {
    let (path, report) = install("report_first_view:empty", |report| report);
    drop(report);
    let script =
        "return [$('answers').offsetHeight, document.querySelector('.nothing').checkVisibility()];";
    if let Some(result) = run(&path, "", (700, 700), script) {
        assert_eq!(result, json!([0, true]));
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn labels_of_the_ruler_are_whole_and_apart() {
    let path = example("report_first_view:ruler");
    // Collects the labels of many zoom levels.
    let script = "
        const cut = [];
        let drawn = [];
        const { surface } = timeline;
        surface.text = (text, x, y, room) => y === RULER / 2 - 1 && drawn.push([text, x, x + text.length * surface.letter, room]);
        for (let part = 0; part < 40; part++) {
          timeline.show((timeline.end * part) / 80, timeline.end * (1 - part / 93));
          drawn = [];
          timeline.draw();
          if (drawn.length === 0) cut.push('no label');
          drawn.forEach(([text, left, right, room], index) => {
            const isApart = index === 0 || left >= drawn[index - 1][2] + 4;
            const isWhole = left >= 0 && right <= surface.width && Math.floor(room / surface.letter) >= text.length;
            if (!isApart || !isWhole) cut.push([surface.width, text, left, right, room]);
          });
        }
        return cut;";
    for size in [(360, 640), (700, 700), (1280, 800)] {
        if let Some(cut) = run(&path, "", size, script) {
            assert_eq!(cut, json!([]), "{size:?}");
        }
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_timeline_is_as_wide_as_the_page() {
    let path = example("report_first_view:width");
    let script = "
        const scroller = $('timeline-scroller');
        const bar = scroller.scrollHeight > scroller.clientHeight ? 20 : 0; // the scroll bar
        return [scroller.clientWidth - $('overview').clientWidth, scroller.clientWidth - timeline.surface.width,
          innerWidth - scroller.clientWidth > bar];";
    for size in [(360, 640), (1280, 800)] {
        if let Some(result) = run(&path, "", size, script) {
            assert_eq!(result, json!([0, 0, false]), "{size:?}");
        }
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn no_function_is_red() {
    let path = example("report_first_view:colours");
    let script = "
        const rows = Array.from({ length: 2000 }, (_, index) => decodeRow([], index).hue);
        const adjacent = rows.slice(1).map((hue, index) => Math.abs(hue - rows[index]));
        return [Math.min(...rows), Math.max(...rows), Math.min(...adjacent)];";
    if let Some(result) = run(&path, "", (700, 700), script) {
        let [least, most, apart] = [0, 1, 2].map(|index| result[index].as_f64().unwrap());
        assert!(least > 50.0 && most < 330.0 && apart > 60.0, "{result}");
    }
    std::fs::remove_file(path).unwrap();
}
