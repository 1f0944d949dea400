//! Two runs compared: the text, noise, regressions, and files that cannot be compared.

#![cfg(feature = "summary")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use event_core::{data, local, trigger_event};
use event_export::{Summary, SummaryComparison, from_text};
use serde_json::Value;
use support::child::{self, stderr, warnings};
use support::temp_dir::TempDir;
use unicode_width::UnicodeWidthStr;

/// Returns the JSON of a run with the given rows: name, calls, time of each call in microseconds.
fn run(rows: &[(&str, u64, u64)]) -> String {
    let rows = rows.iter().map(|(name, calls, micros)| {
        let nanos = micros * 1000;
        let interval = |least_calls| match *calls {
            calls if calls < least_calls => Value::Null,
            _ => [nanos - nanos / 100, nanos + nanos / 100].into(),
        };
        serde_json::json!({
            "kind": "compared:work", "function": name, "module": null, "file": null, "line": null,
            "calls": calls, "total_ns": calls * nanos,
            "mean_ns": nanos, "p50_ns": nanos, "p99_ns": nanos,
            "intervals": {
                "mean_ns": interval(11), "p50_ns": interval(11), "p99_ns": interval(657),
            },
        })
    });
    let rows: Vec<Value> = rows.collect();
    serde_json::json!({"version": 1, "run_ns": 1_000_000, "rows": rows}).to_string()
}

/// Compares a run of sleeping functions with `before`.
fn compare(names: &[(&str, u64, u64)], before: &str) -> SummaryComparison {
    let summary = local::install_listener("compared:work", Summary::new());
    call(names);
    summary.table().compared_with(before).unwrap()
}

fn call(names: &[(&str, u64, u64)]) {
    for &(name, calls, micros) in names {
        for _ in 0..calls {
            trigger_event("compared:work", data! { name }, || {
                std::thread::sleep(Duration::from_micros(micros));
            });
        }
    }
}

/// Returns the line of a function.
fn line<'t>(text: &'t str, name: &str) -> &'t str {
    let mut lines = text.lines();
    let line = lines.find(|line| line.split_whitespace().any(|word| word == name));
    line.unwrap_or_else(|| panic!("no `{name}` in\n{text}"))
}

#[test]
fn changes_are_sorted_by_effect_and_noise_is_marked() {
    let before = run(&[
        ("slower", 20, 500),
        ("few", 2, 100),
        ("small", 30, 10),
        ("more", 20, 40_000),
        ("gone", 20, 9_000),
    ]);
    let now = [
        ("slower", 20, 3_000),
        ("few", 2, 2_000),
        ("small", 30, 0),
        ("more", 40, 1_000),
        ("new", 1, 1),
    ];
    let comparison = compare(&now, &before);
    let text = comparison.to_string();
    let words = |name| line(&text, name).split_whitespace().collect::<Vec<_>>();
    // The total of `more` has changed by about 0.7 s, that of `gone` by 0.18 s.
    let order = ["more", "gone", "slower", "few"].map(|name| text.find(&format!(" {name} ")));
    assert!(order.is_sorted() && order[0].is_some(), "{text}");
    assert_eq!(words("more")[2..4], ["40", "+100%"], "{text}");
    assert!(words("more")[5].starts_with('-'), "{text}"); // total
    assert_eq!(words("gone")[2..4], ["-", "gone"], "{text}");
    assert_eq!(words("new")[2..4], ["1", "new"], "{text}");
    let slower = words("slower");
    assert_eq!(slower[2..4], ["20", "+0%"], "{text}");
    assert!(slower[9].starts_with(['+', '×']), "{text}"); // p50
    assert!(slower[11].starts_with('~'), "{text}"); // p99 of 20 calls
    let few = words("few");
    assert!(few[7].starts_with('~'), "{text}"); // mean
    assert!(words("small")[5].starts_with('~'), "{text}"); // less than 1 ms in total
    assert!(text.contains("~ marks noise"), "{text}");

    let slower: Vec<_> = comparison.regressions(0.1);
    assert_eq!(slower.len(), 1, "{text}");
    assert_eq!(
        (slower[0].kind(), slower[0].function()),
        ("compared:work", "slower")
    );
    assert!(slower[0].change() > 4.0, "{}", slower[0].change());
    assert!(comparison.regressions(10_000.0).is_empty());
}

#[test]
fn a_run_is_equal_to_itself() {
    let summary = local::install_listener("compared:work", Summary::new());
    call(&[("same", 20, 200), ("other", 20, 100)]);
    let table = summary.table();
    let comparison = table.compared_with(&table.to_json()).unwrap();
    assert!(comparison.regressions(0.0).is_empty());
    let text = comparison.to_string();
    for name in ["same", "other"] {
        assert_eq!(line(&text, name).matches("~+0%").count(), 4, "{text}");
        assert_eq!(line(&text, name).matches(" +0%").count(), 1, "{text}");
    }
}

#[test]
fn functions_of_one_name_are_compared_with_their_own_earlier_runs() {
    mod one {
        #[event_core::trigger_event("compared:twins")]
        pub(super) fn twin(millis: u64) {
            std::thread::sleep(std::time::Duration::from_millis(millis));
        }
    }
    mod two {
        #[event_core::trigger_event("compared:twins")]
        pub(super) fn twin(_: u64) {}
    }
    let table = |millis| {
        let summary = local::install_listener("compared:twins", Summary::new());
        for _ in 0..20 {
            one::twin(millis);
            two::twin(millis);
        }
        summary.table()
    };
    // The earlier run of `one::twin` took 1 µs.
    let mut before: Value = serde_json::from_str(&table(1).to_json()).unwrap();
    let rows = before["rows"].as_array_mut().unwrap();
    let is_one = |row: &&mut Value| row["module"].as_str().unwrap().ends_with("one");
    let one = rows.iter_mut().find(is_one).unwrap();
    one["p50_ns"] = 1_000.into();
    one["intervals"]["p50_ns"] = [990, 1_010].into();
    let before = before.to_string();
    let comparison = table(5).compared_with(&before).unwrap();
    let slower = comparison.regressions(1.0);
    assert_eq!(slower.len(), 1, "{comparison}");
    let text = comparison.to_string();
    for name in ["one::twin", "two::twin"] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn every_line_of_a_comparison_fits() {
    let long = "<parser::expressions::Binary<'_> as Visit<Expression>>::visit_operand_mut";
    let before = run(&[(long, 1_000_000, 123_456), ("gone", 1, 1), ("b", 20, 400)]);
    let comparison = compare(&[(long, 20, 10), ("b", 20, 900), ("c", 2, 3)], &before);
    for width in 20..=200 {
        let text = format!("{comparison:width$}");
        assert!(
            text.lines().all(|line| line.width() <= width),
            "{width}\n{text}"
        );
    }
    let text = format!("{comparison:80}");
    let headings = text.lines().nth(1).unwrap();
    for heading in ["calls", "total", "mean", "p99"] {
        assert!(headings.contains(heading), "{text}");
    }
    let coloured = format!("{comparison:#}");
    let plain = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(plain, comparison.to_string());
    assert!(coloured.contains("\u{1b}[31m"), "{coloured:?}"); // slower
}

#[test]
fn a_text_that_is_no_table_is_an_error_that_says_why() {
    let table = Summary::new().table();
    let error = |before: &str| table.compared_with(before).unwrap_err().to_string();
    assert!(error("").contains("it is not JSON"));
    assert!(error("kind,function\n").contains("it is not JSON"));
    assert!(error("[]").contains("it has no `version`"));
    assert!(error(r#"{"version": 2}"#).contains("version 2, and this program reads version 1"));
    assert!(error(r#"{"version": 1}"#).contains("`run_ns`"));
    assert!(error(r#"{"version": 1, "run_ns": 1}"#).contains("no list `rows`"));
    let row = r#"{"version": 1, "run_ns": 1, "rows": [{"kind": 3}]}"#;
    assert_eq!(error(row), "in row 1: `kind` is not a text");
    let valid = run(&[("a", 20, 1)]);
    for (part, broken) in [
        ("\"calls\":20", "\"calls\":-1"),
        ("\"p99_ns\":null", "\"p99_ns\":[1]"),
        ("\"intervals\"", "\"none\""),
        ("1000000", "1e300"),
    ] {
        assert!(valid.contains(part), "{valid}");
        assert!(error(&valid.replace(part, broken)).contains('`'), "{part}");
    }
    assert!(table.compared_with(&valid).is_ok());
}

/// The program of the child processes. Its mode is the time of each call in microseconds.
#[test]
fn child() {
    let Some(micros) = child::mode() else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    call(&[("work", 20, micros.parse().unwrap())]);
    drop(exports);
}

fn run_child(micros: u64, exports: &str) -> Output {
    let mut command = child::command("child", &micros.to_string());
    let output = command.env("EVENT_EXPORT", exports).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_regression_is_a_file_and_a_line_on_stderr() {
    let directory = TempDir::new("regression");
    let (old, new) = (directory.file("old.json"), directory.file("new.json"));
    let regressions = directory.file("new.regressions.json");
    fs::write(&old, run(&[("work", 20, 500)])).unwrap();
    let exports = format!(
        "summary={};before={};fail=+50%",
        new.display(),
        old.display()
    );

    let output = run_child(5_000, &exports);
    let text = stderr(&output);
    assert!(line(&text, "work").contains("20"), "{text}");
    let warnings = warnings(&output);
    assert_eq!(warnings.len(), 1, "{text}");
    assert!(
        warnings[0].starts_with("event-export: 1 function is more than 50% slower than in `"),
        "{text}"
    );
    assert!(warnings[0].contains("`work` [compared:work] +"), "{text}");
    assert_eq!(read(&new)["rows"][0]["calls"], 20);
    let json = read(&regressions);
    assert_eq!(json["version"], 1);
    assert_eq!(json["limit_percent"], 50.0);
    assert_eq!(json["before"], old.display().to_string());
    let [regression] = &json["regressions"].as_array().unwrap()[..] else {
        panic!("{json}");
    };
    assert_eq!(regression["kind"], "compared:work");
    assert_eq!(regression["function"], "work");
    assert_eq!(regression["now"]["p50_ns"], read(&new)["rows"][0]["p50_ns"]);
    assert_eq!(regression["before"]["p50_ns"], 500_000);
    assert!(regression["change"].as_f64().unwrap() > 0.5);

    // The file of a run without regressions is removed.
    fs::copy(&new, &old).unwrap();
    let output = run_child(500, &exports);
    assert!(
        stderr(&output).contains("no function is more than 50% slower"),
        "{output:?}"
    );
    assert!(!regressions.exists());
}

#[test]
fn a_run_that_cannot_be_compared_is_written() {
    let directory = TempDir::new("incomparable");
    let (old, new) = (directory.file("old.json"), directory.file("new.json"));
    let exports = format!(
        "summary={};before={};fail=10%",
        new.display(),
        old.display()
    );
    let other = run(&[("another", 20, 10)]);
    for (contents, why) in [
        (None, "No such file"),
        (Some("{}"), "no `version`"),
        (Some(r#"{"version": 7}"#), "it has version 7"),
        (Some(&*other), "no function of it was called in this run"),
    ] {
        if let Some(contents) = contents {
            fs::write(&old, contents).unwrap();
        }
        fs::write(directory.file("new.regressions.json"), "of an earlier run").unwrap();
        let output = run_child(1, &exports);
        let warnings = warnings(&output);
        assert_eq!(warnings.len(), 1, "{output:?}");
        assert!(warnings[0].contains("cannot compare with"), "{warnings:?}");
        assert!(warnings[0].contains(why), "{warnings:?}");
        assert_eq!(read(&new)["calls"], 20);
        assert!(!directory.file("new.regressions.json").exists());
        fs::remove_file(&new).unwrap();
    }
}

#[test]
fn a_run_may_replace_the_file_that_it_is_compared_with() {
    let directory = TempDir::new("replaced");
    let path = directory.file("calls.json");
    fs::write(&path, run(&[("work", 20, 200)])).unwrap();
    let output = run_child(4_000, &format!("summary={0};before={0}", path.display()));
    let text = stderr(&output);
    let change = line(&text, "work").split_whitespace().nth(5).unwrap();
    assert!(change.starts_with(['~', '+', '×']), "{text}");
    assert_eq!(read(&path)["calls"], 20);
    assert!(warnings(&output).is_empty(), "{text}");
}

#[test]
fn the_table_on_stderr_is_followed_by_its_comparison() {
    let directory = TempDir::new("stderr");
    let path = directory.file("calls.json");
    run_child(200, &format!("summary={}", path.display()));
    let text = stderr(&run_child(
        200,
        &format!("summary;before={}", path.display()),
    ));
    let table = text.find("20 calls, no failures").unwrap();
    assert!(table < text.find("compared: ").unwrap(), "{text}");
}

#[test]
fn invalid_options_are_errors() {
    let error = |exports: &str| from_text(exports, "compared:none").unwrap_err().to_string();
    for value in ["10", "+", "%", "-10%", "x%", "0%", "inf%", "NaN%"] {
        let exports = format!("summary=a.json;before=b.json;fail={value}");
        let expected = format!("the option `fail` is a percentage such as `+10%`, not `{value}`");
        assert!(error(&exports).contains(&expected), "{}", error(&exports));
    }
    assert!(error("summary=a.json;fail=10%").contains("needs an earlier run"));
    assert!(error("summary;before=b.json;fail=10%").contains("needs a file"));
    assert!(error("summary=a.json;before").contains("needs a value"));
}
