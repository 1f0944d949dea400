//! The address and the keys of a report.

#![cfg(feature = "report")]

mod support;

use std::path::PathBuf;
use std::time::Duration;

use event_core::{data, trigger_event, try_trigger_event};
use serde_json::json;
use support::browser::run;
use support::report_page::install;

const SIZE: (u32, u32) = (1000, 700);

fn example(kind: &'static str) -> PathBuf {
    let (path, report) = install(kind, |report| report);
    for number in 0..10 {
        trigger_event(kind, data! { name = "outer", number }, || {
            trigger_event(kind, data! { name = "inner" }, || {
                std::thread::sleep(Duration::from_millis(1));
            });
        });
    }
    drop(report);
    path
}

const STATE: &str = "
const state = () => ({ tab: openedTab(), from: Math.round(timeline.from), to: Math.round(timeline.to), call: timeline.picked,
  stack: flameView.root, find: search.text, theme: document.documentElement.dataset.theme ?? null,
  details: $('details').hidden ? '' : $('details').querySelector('h2').textContent });
";

#[test]
fn the_address_restores_what_is_shown() {
    let path = example("report_navigation:address");
    let acts = [
        "",
        "openTab('failures');",
        "timeline.show(timeline.end * 0.25, timeline.end / 2); timeline.select(7);",
        "timeline.select(7); openTab('table');",
        "type('a&b=ö %'); openTab('flame'); flameView.zoom(1);",
        "$('theme').click(); timeline.zoomTo(3); type('inner');",
    ];
    for act in acts {
        // The first time writes the address, the second time reads it.
        let script = format!("{STATE} {act} address.write(); return [location.hash, state()];");
        let Some(first) = run(&path, "", SIZE, &script) else {
            break;
        };
        let fragment = first[0].as_str().unwrap();
        assert_eq!(fragment.is_empty(), act.is_empty(), "{fragment}");
        let script =
            format!("{STATE} const now = state(); address.write(); return [location.hash, now];");
        let second = run(&path, fragment, SIZE, &script).unwrap();
        assert_eq!(first[0], second[0], "{act}");
        let mut expected = first[1].clone();
        expected["theme"] = json!(null); // of the browser, not of the address
        let mut found = second[1].clone();
        found["theme"] = json!(null);
        assert_eq!(found, expected, "{act}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn an_invalid_address_shows_the_first_view() {
    let path = example("report_navigation:invalid");
    for fragment in [
        "#call=99999&stack=-5",
        "#from=9&to=2&call=x&find=%E0%A4",
        "#tables&from",
        "#tab=5",
        "#theme=5&tab=table",
    ] {
        let script = format!("{STATE} return state();");
        let Some(state) = run(&path, fragment, SIZE, &script) else {
            break;
        };
        assert_eq!(state["tab"], "timeline");
        assert_eq!([&state["from"], &state["theme"]], [&json!(0), &json!(null)]);
        assert_eq!([&state["call"], &state["stack"]], [-1, -1]);
        assert_eq!([&state["find"], &state["details"]], ["", ""]);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_changed_address_is_shown() {
    let path = example("report_navigation:changed");
    let script = format!(
        "{STATE} history.replaceState(null, '', '#flame&call=5&from=10&to=90');
         dispatchEvent(new HashChangeEvent('hashchange'));
         return state();"
    );
    if let Some(state) = run(&path, "#table&call=2", SIZE, &script) {
        let range = [&state["from"], &state["to"], &state["call"]];
        assert_eq!(
            (&state["tab"], range),
            (&json!("flame"), [&json!(10), &json!(90), &json!(5)])
        );
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn arrows_home_and_end_move_between_tabs() {
    let path = example("report_navigation:tabs");
    let script = "
        const opened = [];
        $('tab-timeline').focus();
        for (const key of ['End', 'ArrowRight', 'ArrowLeft', 'Home', 'ArrowRight', 'End', 'Home']) {
          press(key);
          opened.push(openedTab());
          if (document.activeElement.id !== `tab-${openedTab()}`) opened.push('focus is lost');
        }
        return opened;";
    if let Some(opened) = run(&path, "", SIZE, script) {
        let expected = [
            "failures", "timeline", "failures", "timeline", "flame", "failures", "timeline",
        ];
        assert_eq!(opened, json!(expected));
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn escape_closes_the_details_from_everywhere() {
    let path = example("report_navigation:escape");
    let script = "
        const open = [];
        const targets = ['timeline-canvas', 'flame-canvas', 'query', 'theme', 'tab-table', 'details', ''];
        for (const target of targets) {
          timeline.select(3);
          const element = target === 'details' ? $('details').querySelector('button') : $(target) ?? document.body;
          if (target === 'flame-canvas') openTab('flame');
          element.focus();
          press('Escape', element);
          if (!$('details').hidden || timeline.picked >= 0) open.push(target);
          if (target === 'details' && !document.activeElement.matches('canvas')) open.push('focus is lost');
          openTab('timeline');
        }
        openTab('flame');
        flameView.go(1);
        press('Escape', $('flame-canvas'));
        open.push($('details').hidden, flameView.root, flameView.picked);
        press('Escape', $('flame-canvas'));
        open.push(flameView.root);
        return open;";
    if let Some(open) = run(&path, "", SIZE, script) {
        assert_eq!(open, json!([true, 1, -1, -1]));
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_first_step_selects_a_call_in_sight() {
    let path = example("report_navigation:step");
    let script = "
        const found = [];
        for (const [from, to] of [[0, 1], [0.42, 0.58], [0.81, 0.99]]) {
          closeDetails();
          timeline.show(timeline.end * from, timeline.end * to);
          const before = [timeline.from, timeline.to].join();
          press('.', $('timeline-canvas'));
          const { start, end } = report.calls;
          const call = timeline.picked;
          found.push(end[call] >= timeline.from && start[call] <= timeline.to && before === [timeline.from, timeline.to].join());
          press('.', $('timeline-canvas'));
          found.push(timeline.picked === call + 1);
        }
        return found;";
    for size in [SIZE, (1000, 400), (1280, 900)] {
        if let Some(found) = run(&path, "", size, script) {
            assert_eq!(
                found,
                json!([true, true, true, true, true, true]),
                "{size:?}"
            );
        }
    }
    std::fs::remove_file(path).unwrap();
}

fn failing(kind: &'static str) -> PathBuf {
    let (path, report) = install(kind, |report| report);
    for number in 0..30 {
        trigger_event(kind, data! { name = "outer", number }, || {
            let failed = try_trigger_event(kind, data! { name = "inner" }, || {
                if number % 10 == 5 {
                    Err(format!("no {number}"))
                } else {
                    Ok(())
                }
            });
            assert_eq!(failed.is_err(), number % 10 == 5);
        });
    }
    drop(report);
    path
}

#[test]
fn digits_open_the_views_with_the_focus_in_them() {
    let path = failing("report_navigation:digits");
    let script = "
        const seen = [];
        for (const key of ['4', '2', '3', '1', '4']) {
          press(key, document.activeElement);
          const at = document.activeElement;
          seen.push([openedTab(), $(openedTab()).contains(at) && !at.matches('.scroller')]);
        }
        document.activeElement.click();
        seen.push(document.activeElement.parentElement.open);
        $('query').focus();
        press('1');
        seen.push(openedTab());
        return seen;";
    if let Some(seen) = run(&path, "", SIZE, script) {
        let views = ["failures", "flame", "table", "timeline", "failures"];
        let mut expected: Vec<_> = views.iter().map(|view| json!([view, true])).collect();
        expected.extend([json!(true), json!("failures")]);
        assert_eq!(seen, json!(expected));
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn f_steps_through_the_failed_calls() {
    let path = failing("report_navigation:f");
    let script = "
        const numbers = [];
        for (const key of ['f', 'f', 'f', 'f', 'F']) {
          document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey: key === 'F', bubbles: true }));
          numbers.push($('details').querySelector('.failure pre').textContent);
        }
        return [numbers, document.activeElement.id];";
    if let Some(result) = run(&path, "#table", SIZE, script) {
        let numbers = ["no 5", "no 15", "no 25", "no 5", "no 25"];
        assert_eq!(result, json!([numbers, "timeline-canvas"]));
    }
    let nothing = example("report_navigation:nothing_failed");
    let script = "press('f', document.body); return [timeline.picked, openedTab()];";
    if let Some(result) = run(&nothing, "", SIZE, script) {
        assert_eq!(result, json!([-1, "timeline"]));
    }
    std::fs::remove_file(path).unwrap();
    std::fs::remove_file(nothing).unwrap();
}
