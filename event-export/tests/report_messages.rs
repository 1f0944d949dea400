//! Messages in a report: marks on the timeline, and a list in the details of the scope around them.

#![cfg(all(feature = "report", feature = "layer"))]

mod support;

use std::path::PathBuf;

use event_core::{KindFilter, install_listener, trigger_event};
use event_export::{EventLayer, Report};
use serde_json::json;
use support::browser::run;
use support::report_page::{self, path};
use tracing_subscriber::layer::SubscriberExt;

/// Writes a report of two nested calls with messages.
fn example(kind: &'static str, change: impl FnOnce(Report) -> Report) -> PathBuf {
    let path = path(kind);
    let kinds = KindFilter::new(format!("{kind}:*,tracing:{kind}*")).unwrap();
    let outer: &'static str = Box::leak(format!("{kind}:outer").into());
    let inner: &'static str = Box::leak(format!("{kind}:inner").into());
    let report = install_listener(kinds, change(Report::to_file(&path).unwrap()));
    let subscriber = tracing_subscriber::registry().with(EventLayer::new());
    // The targets of messages are literals, so that each test's begin with its kind.
    tracing::subscriber::with_default(subscriber, || match kind {
        "messages_data" => calls(outer, inner, || {
            tracing::info!(target: "messages_data", n = 7, "opened </script>");
        }),
        "messages_page" => calls(outer, inner, || {
            tracing::info!(target: "messages_page", n = 7, "opened the file");
            tracing::error!(target: "messages_page", "cannot\nread");
        }),
        "messages_long" => calls(outer, inner, || {
            tracing::error!(target: "messages_long", n = 7, "{}", "x".repeat(1000));
        }),
        _ => calls(outer, inner, || {
            tracing::info!(target: "messages_secret", "hunter2");
        }),
    });
    drop(report);
    path
}

fn calls(outer: &'static str, inner: &'static str, log: impl FnOnce()) {
    trigger_event(outer, (), || {
        trigger_event(inner, (), log);
    });
}

#[test]
fn file_has_each_message_with_its_scope() {
    let page = report_page::read(&example("messages_data", |report| report));
    let inner = page.scopes("messages_data:inner")[0];
    let marks = page.data["marks"].as_array().unwrap();
    assert_eq!(marks.len(), 1);
    let mark = marks[0].as_array().unwrap();
    let time = mark[0].as_u64().unwrap();
    let total = u64::try_from(page.of_scope("total", inner)).unwrap();
    assert!((page.start(inner)..=page.start(inner) + total).contains(&time));
    assert_eq!(mark[1].as_i64().unwrap(), page.of_scope("thread", inner));
    assert_eq!(mark[2], inner);
    assert_eq!(mark[3], "tracing:messages_data");
    assert_eq!(mark[4], "opened </script>");
    let place = mark[5].as_str().unwrap();
    assert!(place.contains("tests/report_messages.rs:"), "{place}");
    assert_eq!(mark[6..], ["level", r#""INFO""#, "n", "7"]);
    assert_eq!(page.number("calls"), 2);
    assert_eq!(page.data["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn long_message_is_truncated_and_keeps_its_level() {
    let page = report_page::read(&example("messages_long", |report| report));
    let mark = page.data["marks"][0].as_array().unwrap();
    let text = mark[4].as_str().unwrap();
    assert!(text.starts_with("xxx") && text.ends_with('…'), "{text}");
    assert!((100..=300).contains(&text.len()), "{}", text.len());
    assert_eq!(mark[6..], ["level", r#""ERROR""#, "n", "7"]);
}

#[test]
fn report_without_arguments_has_no_messages() {
    let path = example("messages_secret", Report::without_arguments);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2"));
    assert_eq!(report_page::read(&path).data["marks"], json!([]));
}

#[test]
fn details_list_messages_and_the_search_finds_them() {
    let path = example("messages_page", |report| report);
    let script = "
        const call = report.calls.row.findIndex((row) => report.rows[row].name.endsWith('inner'));
        timeline.reveal(call);
        const items = [...document.querySelectorAll('#details .messages > li')];
        const listed = items.map((item) => item.textContent.replace(/ · .*/, ''));
        const heading = [...document.querySelectorAll('#details h3')].at(-1).textContent;
        find('OPENED the');
        const found = search.list.map((call) => rowOf(call).name);
        find('report_messages.rs:');
        const places = search.list.length;
        const isPlaceListed = items.every((item) => /report_messages\\.rs:\\d+$/.test(item.textContent));
        find('');
        const surface = timeline.surface;
        const near = (message) => {
            const x = timeline.x(message.time);
            const y = timeline.top(call) + LANE - 4 - surface.scrolled;
            return [x, y];
        };
        let diamonds = 0;
        const fill = surface.context.fill.bind(surface.context);
        surface.context.fill = () => { diamonds += 1; fill(); };
        timeline.fit();
        timeline.draw();
        const [x] = near(report.messages[0]);
        return { listed, heading, found, places, isPlaceListed, diamonds: diamonds > 0, isInSight: x >= 0 && x <= surface.width };";
    let Some(answer) = run(&path, "", (1280, 800), script) else {
        return;
    };
    assert_eq!(
        answer,
        json!({
            "listed": ["INFO opened the file n=7", "ERROR cannot\nread"],
            "heading": "2 messages",
            "found": ["messages_page:inner"],
            "places": 1,
            "isPlaceListed": true,
            "diamonds": true,
            "isInSight": true,
        })
    );
}
