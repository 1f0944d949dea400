//! Failed and cancelled calls in a report: groups, and one count of failures in all views.

#![cfg(feature = "report")]

mod support;

use std::fmt;
use std::future::pending;
use std::panic::catch_unwind;

use event_core::trigger_event;
use serde_json::{Value, json};
use support::browser::run;
use support::cancel;
use support::report_page::{Page, install};

#[derive(Debug)]
struct Missing(u32);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file {} is missing", self.0)
    }
}

impl std::error::Error for Missing {}

/// Returns function, cause, message, and the number of calls of each function, for each group.
fn groups(page: &Page) -> Vec<Value> {
    let name = |row: &Value| match row.as_i64() {
        Some(-1) => Value::Null,
        row => page.data["rows"][usize::try_from(row.unwrap()).unwrap()][1].clone(),
    };
    let groups = page.data["groups"].as_array().unwrap().iter();
    let groups = groups.map(|group| {
        let calls = group[5].as_array().unwrap().iter();
        let calls: Vec<_> = calls.map(|of| json!([name(&of[0]), of[1]])).collect();
        assert!(
            group[3].as_u64() <= group[4].as_u64(),
            "first and last time"
        );
        json!([name(&group[0]), group[1], group[2], calls])
    });
    groups.collect()
}

#[test]
fn failures_are_grouped_by_function_cause_and_message() {
    #[trigger_event("report_failures:groups", err)]
    fn read(file: u32) -> Result<u32, Missing> {
        if file < 3 {
            Err(Missing(file))
        } else {
            Ok(file)
        }
    }
    #[trigger_event("report_failures:groups", err)]
    fn load(file: u32) -> Result<u32, Missing> {
        read(file)
    }
    #[trigger_event("report_failures:groups", err)]
    fn retry(file: u32) -> Result<u32, Missing> {
        read(file).map_err(|_| Missing(99))
    }
    #[trigger_event("report_failures:groups")]
    fn crash() {
        panic!("file 1 is missing");
    }
    let (path, report) = install("report_failures:groups", |report| report);
    for _ in 0..700 {
        let _ = load(1);
    }
    let _ = load(2);
    load(5).unwrap();
    let _ = retry(1);
    catch_unwind(crash).unwrap_err();
    drop(report);
    let page = support::report_page::read(&path);
    let expected = [
        // The counts are exact beyond the calls that are kept.
        json!([
            "read",
            "error",
            "file 1 is missing",
            [["read", 701], ["load", 700]]
        ]),
        json!([
            "read",
            "error",
            "file 2 is missing",
            [["read", 1], ["load", 1]]
        ]),
        json!(["retry", "error", "file 99 is missing", [["retry", 1]]]),
        json!(["crash", "panic", "file 1 is missing", [["crash", 1]]]),
    ];
    assert_eq!(groups(&page), expected);
    for failure in page.failures() {
        let group = usize::try_from(failure[5].as_u64().unwrap()).unwrap();
        assert_eq!(failure[3], page.data["groups"][group][2]);
    }
}

#[test]
fn groups_beyond_the_limit_are_counted_together() {
    #[trigger_event("report_failures:limit", err)]
    fn read(file: u32) -> Result<(), Missing> {
        Err(Missing(file))
    }
    let (path, report) = install("report_failures:limit", |report| report);
    for file in (0..1500).chain(0..100) {
        let _ = read(file);
    }
    drop(report);
    let groups = groups(&support::report_page::read(&path));
    assert_eq!(groups.len(), 1001);
    assert_eq!(
        groups[7],
        json!(["read", "error", "file 7 is missing", [["read", 2]]])
    );
    assert_eq!(groups[1000], json!([null, "error", "", [["read", 500]]]));
}

/// Returns the numbers of failed and cancelled calls in each part of the page.
const COUNTS: &str = "
const number = (text) => Number(/[0-9,]+/.exec(text)[0].replace(',', ''));
const fact = (what) => number([...$('facts').children].find((fact) => fact.textContent.endsWith(what)).textContent);
const badge = document.querySelector('.badge');
const column = (title) => {
  const index = [...$('headings').children].findIndex((heading) => heading.textContent.includes(title));
  return [...$('functions').children].map((row) => number(row.children[index].textContent));
};
const groups = [...document.querySelectorAll('#failed > li')].map((group) => ({
  calls: number(group.querySelector('.times').textContent),
  isRed: group.querySelector('.cause').classList.length === 1,
}));
const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
const failed = groups.filter(({ isRed }) => isRed);
const red = getComputedStyle(document.querySelector('#failed .cause')).color;
return {
  failed: [fact('failed'), number(badge.textContent), sum(column('Failed')), sum(failed.map(({ calls }) => calls))],
  cancelled: [fact('cancelled'), sum(column('Cancelled')), sum(groups.map(({ calls }) => calls)) - sum(failed.map(({ calls }) => calls))],
  order: [...document.querySelectorAll('#failed .cause')].map((cause) => cause.textContent.split(' ')[1]),
  redCancelled: [...document.querySelectorAll('.cancelled')].filter((element) => getComputedStyle(element).color === red).length,
};
";

#[test]
fn all_views_have_one_count_of_failures_without_cancelled_calls() {
    #[trigger_event("report_failures:counts", err)]
    fn read(file: u32) -> Result<(), Missing> {
        Err(Missing(file % 2))
    }
    #[trigger_event("report_failures:counts", err)]
    fn load(file: u32) -> Result<(), Missing> {
        read(file)
    }
    #[trigger_event("report_failures:counts")]
    fn crash() {
        panic!("crash");
    }
    #[trigger_event("report_failures:counts")]
    async fn wait() {
        pending::<()>().await;
    }
    #[trigger_event("report_failures:counts")]
    async fn select() {
        wait().await;
    }
    let (path, report) = install("report_failures:counts", |report| report.with_limit(5));
    for file in 0..1200 {
        let _ = load(file);
    }
    catch_unwind(crash).unwrap_err();
    for _ in 0..40 {
        cancel(select());
    }
    drop(report);
    for fragment in ["#failures", "#dark"] {
        let Some(counts) = run(&path, fragment, (1280, 800), COUNTS) else {
            break;
        };
        assert_eq!(counts["failed"], json!([2401, 2401, 2401, 2401]));
        assert_eq!(counts["cancelled"], json!([80, 80, 80]));
        assert_eq!(
            counts["order"],
            json!(["panic", "error", "error", "cancelled"])
        );
        assert_eq!(counts["redCancelled"], 0);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_group_opens_to_its_calls() {
    #[trigger_event("report_failures:open", err)]
    fn read(file: u32) -> Result<(), Missing> {
        Err(Missing(file % 2))
    }
    #[trigger_event("report_failures:open", err)]
    fn load(file: u32) -> Result<(), Missing> {
        read(file)
    }
    let (path, report) = install("report_failures:open", |report| report);
    for file in 0..230 {
        let _ = load(file);
    }
    drop(report);
    let script = "
        const details = document.querySelector('#failed details');
        const closed = details.querySelectorAll('.calls > li').length;
        details.open = true;
        failuresView.open(details, failuresView.list[0]);
        const page = details.querySelectorAll('.calls > li').length;
        [...details.querySelectorAll('button')].at(-1).click();
        const calls = [...details.querySelectorAll('.calls > li')];
        calls.at(-1).querySelector('button').click();
        return [closed, page, calls.length, calls[3].querySelector('.facts-of').textContent, openedTab(),
          rowOf(timeline.picked).name, fieldsOf(timeline.picked)];";
    if let Some(result) = run(&path, "#failures", (1280, 800), script) {
        assert_eq!([&result[0], &result[1], &result[2]], [0, 100, 115]);
        let text = result[3].as_str().unwrap();
        assert!(text.contains("Passed throughload"), "{text}");
        assert!(text.ends_with("file6"), "{text}");
        assert_eq!(result[4], "timeline");
        assert_eq!(result[5], "read");
        assert_eq!(result[6], json!([["file", "228"]]));
    }
    std::fs::remove_file(path).unwrap();
}
