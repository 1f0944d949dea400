//! Formats numbers with three digits and a unit.

use std::fmt::Write as _;
#[cfg(any(test, feature = "flight", feature = "summary"))]
use std::time::Duration;

const MICROS: u64 = 1_000;
const MILLIS: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Returns a duration in nanoseconds, at most `u64::MAX`.
#[cfg(any(test, feature = "flight", feature = "summary"))]
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Formats a duration: `0ns`, `123ns`, `1.23µs`, `12.3ms`, `1.23s`, `27m49s`, `5h07m`, `12d03h`.
///
/// The number is rounded before its unit is chosen, so 179.7 s is `3m00s`.
#[cfg(any(test, feature = "summary"))]
pub(crate) fn duration(nanos: u64) -> String {
    duration_with_space(nanos, "")
}

/// Formats a duration like [`duration`], with `space` between the number and its unit. Two units,
/// as in `27m49s`, have no space.
pub(crate) fn duration_with_space(nanos: u64, space: &str) -> String {
    if nanos < MICROS {
        return format!("{nanos}{space}ns");
    }
    for (name, unit, limit) in [
        ("µs", MICROS, 1_000),
        ("ms", MILLIS, 1_000),
        ("s", SECOND, 60),
    ] {
        if let Some(number) = three_digits(nanos, unit, limit) {
            return format!("{number}{space}{name}");
        }
    }
    let seconds = rounded(nanos, SECOND);
    let minutes = rounded(nanos, MINUTE);
    let hours = rounded(nanos, HOUR);
    if seconds < 60 * 60 {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    } else if minutes < 24 * 60 {
        format!("{}h{:02}m", minutes / 60, minutes % 60)
    } else {
        format!("{}d{:02}h", count(hours / 24), hours % 24)
    }
}

/// Returns `nanos` in `unit` with three digits, if the rounded number is less than `limit`. The
/// limit is at most 1,000.
fn three_digits(nanos: u64, unit: u64, limit: u64) -> Option<String> {
    for (decimals, parts) in [(2, 100), (1, 10), (0, 1)] {
        let number = rounded(nanos, unit / parts);
        if number >= limit * parts {
            return None;
        }
        if number < 1_000 {
            let mut text = (number / parts).to_string();
            if decimals > 0 {
                let _ = write!(text, ".{:0decimals$}", number % parts); // a `String` accepts all
            }
            return Some(text);
        }
    }
    None
}

/// Divides, and rounds to the nearest number.
const fn rounded(number: u64, unit: u64) -> u64 {
    number / unit + (number % unit >= unit.div_ceil(2)) as u64
}

/// Formats a number with a comma before every three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number of bytes: `0B`, `1.21KiB`, `12.3MiB`.
#[cfg(feature = "summary")]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return format!("{bytes}B");
    }
    let mut value = bytes as f64 / 1_024.0;
    let mut at = 0;
    // 999.5 is formatted as 1,000.
    while at + 1 < UNITS.len() && value >= 999.5 {
        value /= 1_024.0;
        at += 1;
    }
    let unit = UNITS[at];
    match value {
        ..9.995 => format!("{value:.2}{unit}"),
        ..99.95 => format!("{value:.1}{unit}"),
        ..999.5 => format!("{value:.0}{unit}"),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it was a u64"
        )]
        _ => format!("{}{unit}", count(value.round() as u64)),
    }
}

/// Formats a share between zero and one: `12.3%`.
#[cfg(feature = "summary")]
pub(crate) fn share(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let shown = [
            0, 999, 1_000, 9_994, 9_995, 99_949, 99_950, 999_499, 999_500,
        ];
        let texts = shown.map(duration);
        let expected = [
            "0ns", "999ns", "1.00µs", "9.99µs", "10.0µs", "99.9µs", "100µs", "999µs", "1.00ms",
        ];
        assert_eq!(texts, expected);
        assert_eq!(duration(999_950_000), "1.00s");
        assert_eq!(duration_with_space(1_234_567, " "), "1.23 ms");
    }

    #[test]
    fn long_durations_have_two_units() {
        let millis = [
            59_949,
            59_950,
            179_700,
            1_669_000,
            3_599_499,
            3_599_500,
            18_450_000,
            86_369_999,
            86_370_000,
            1_047_600_000,
        ];
        let texts = millis.map(|millis: u64| duration(millis * 1_000_000));
        let expected = [
            "59.9s", "1m00s", "3m00s", "27m49s", "59m59s", "1h00m", "5h08m", "23h59m", "1d00h",
            "12d03h",
        ];
        assert_eq!(texts, expected);
        assert_eq!(duration(u64::MAX), "213,504d00h");
        assert_eq!(duration_with_space(179_700_000_000, " "), "3m00s");
    }

    /// Parses the text of a duration. Returns its nanoseconds, and the weight of its last digit.
    fn parse(text: &str) -> (f64, f64) {
        let units = [
            ("ns", 1.0),
            ("µs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("m", 60e9),
            ("h", 3600e9),
            ("d", 86400e9),
        ];
        let text = text.replace(',', "");
        let mut rest = text.as_str();
        let (mut nanos, mut weight) = (0.0, f64::INFINITY);
        while !rest.is_empty() {
            let is_digit = |c: char| c.is_ascii_digit() || c == '.';
            let (number, after) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap());
            let end = after.find(is_digit).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            let unit = units.iter().find(|(known, _)| *known == name).unwrap().1;
            let value: f64 = number.parse().unwrap();
            let has_larger_unit = weight.is_finite();
            // The smaller of two units starts again at the larger one.
            let limit = match name {
                "h" if has_larger_unit => 24.0,
                "s" | "m" => 60.0,
                "h" => 24.0,
                _ => 1_000.0,
            };
            assert!(value < limit || name == "d", "{text}");
            let decimals = number
                .split_once('.')
                .map_or(0, |(_, decimals)| decimals.len());
            weight = unit / 10_f64.powi(i32::try_from(decimals).unwrap());
            nanos += value * unit;
            rest = after;
        }
        (nanos, weight)
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "the tolerance is larger")]
    fn no_duration_is_rounded_to_a_full_unit_or_shown_wrongly() {
        let mut values = vec![u64::MAX];
        let borders = [
            1,
            MICROS,
            MILLIS,
            SECOND,
            10 * SECOND,
            MINUTE,
            3 * MINUTE,
            HOUR,
            10 * HOUR,
            24 * HOUR,
            240 * HOUR,
            24_000 * HOUR,
        ];
        for border in borders {
            for tenfold in [1, 10, 100] {
                let border = border * tenfold;
                for distance in 0..2_000 {
                    // Distances of all magnitudes, up to the border itself.
                    let distance = border / 2_000 * distance + distance % 1_000;
                    values.push(border.saturating_sub(distance));
                    values.push(border + distance);
                }
            }
        }
        values.sort_unstable();
        let mut last = 0.0;
        for nanos in values {
            let text = duration(nanos);
            let (shown, weight) = parse(&text);
            let error = (shown - nanos as f64).abs();
            assert!(
                error <= weight / 2.0 + nanos as f64 * 1e-12,
                "{nanos}: {text}"
            );
            assert!(shown >= last, "{nanos}: {text}");
            assert!(
                text.chars().count() <= 6 || nanos > 99 * 24 * HOUR,
                "{nanos}: {text}"
            );
            last = shown;
        }
    }

    #[cfg(feature = "summary")]
    #[test]
    fn bytes_are_counted_by_1024() {
        let texts = [0, 1_023, 1_024, 1_023_999, 1 << 20, 1 << 34].map(bytes);
        let expected = ["0B", "1023B", "1.00KiB", "0.98MiB", "1.00MiB", "16.0GiB"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn counts_have_commas() {
        let texts = [0, 999, 1_000, 1_234_567].map(count);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }
}
