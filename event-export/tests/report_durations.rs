//! Durations in a report, as the script of its page writes them.

#![cfg(feature = "report")]

mod support;

use support::browser::run;
use support::report_page::install;

const SECOND: f64 = 1e9;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// Returns the texts of durations in nanoseconds. Returns none without a browser.
fn texts(name: &'static str, nanos: &[f64]) -> Option<Vec<String>> {
    let (page, report) = install(name, |report| report);
    drop(report);
    let script = format!("return {nanos:?}.map(duration)");
    let result = run(&page, "", (800, 600), &script);
    std::fs::remove_file(page).unwrap();
    Some(serde_json::from_value(result?).unwrap())
}

/// Returns the nanoseconds that a text means, and the value of its last digit.
fn parse(text: &str) -> (f64, f64) {
    let words: Vec<_> = text.split(' ').collect();
    let parts = words.chunks(2).map(|part| {
        let [number, unit] = part else {
            panic!("{text}")
        };
        let unit = match *unit {
            "ns" => 1.0,
            "µs" => 1e3,
            "ms" => 1e6,
            "s" => SECOND,
            "min" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            unit => panic!("{unit} in {text}"),
        };
        let decimals = number.split_once('.').map_or(0, |(_, digits)| digits.len());
        let number: f64 = number.replace(',', "").parse().unwrap();
        (
            number,
            unit,
            unit * 0.1_f64.powi(i32::try_from(decimals).unwrap()),
        )
    });
    let parts: Vec<_> = parts.collect();
    for pair in parts.windows(2) {
        let [(_, large, _), (number, unit, _)] = pair else {
            unreachable!()
        };
        assert!(
            number * unit < *large,
            "{text} has a part that is too large"
        );
    }
    let nanos = parts.iter().map(|(number, unit, _)| number * unit).sum();
    (nanos, parts.last().unwrap().2)
}

#[test]
fn durations_are_right_on_both_sides_of_every_unit() {
    let mut nanos = vec![0.0, 1.0];
    for unit in [1e3, 1e6, SECOND, MINUTE, HOUR, DAY] {
        for times in [1.0, 2.0, 3.0, 10.0, 59.0, 60.0, 99.95, 100.0, 119.0, 120.0] {
            for part in [0.0, 1e-9, 0.000_4, 0.000_5, 0.004, 0.005, 0.008, 0.01, 0.3] {
                let value = f64::round(unit * times * (1.0 - part));
                nanos.extend([value - 1.0, value, value + 1.0, unit * times * (1.0 + part)]);
            }
        }
    }
    nanos.sort_by(f64::total_cmp);
    let Some(texts) = texts("report_durations:units", &nanos) else {
        return;
    };
    let mut previous = 0.0;
    for (nanos, text) in nanos.iter().zip(texts) {
        let (parsed, digit) = parse(&text);
        let error = (parsed - nanos).abs();
        assert!(error <= digit * 0.501, "{text} for {nanos} ns");
        assert!(error <= nanos * 0.011, "{text} for {nanos} ns");
        assert!(
            parsed >= previous,
            "{text} for {nanos} ns is less than before"
        );
        previous = parsed;
    }
}

#[test]
fn durations_from_two_minutes_on_have_two_units() {
    let nanos = [
        119.4 * SECOND,
        119.7 * SECOND,
        179.7 * SECOND,
        1669.0 * SECOND,
        2.0 * HOUR - SECOND,
        2.0 * HOUR - 0.2 * SECOND,
        47.99 * HOUR,
        48.0 * HOUR,
        1500.0 * DAY,
    ];
    let Some(texts) = texts("report_durations:minutes", &nanos) else {
        return;
    };
    let expected = [
        "119 s",
        "2 min 0 s",
        "3 min 0 s",
        "27 min 49 s",
        "119 min 59 s",
        "2 h 0 min",
        "47 h 59 min",
        "2 d 0 h",
        "1,500 d 0 h",
    ];
    assert_eq!(texts, expected);
}
