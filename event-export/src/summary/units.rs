//! Formats numbers with three digits and a unit.

/// Formats a duration: `0ns`, `123ns`, `1.23µs`, `12.3ms`, `1.23s`, `1,234s`.
pub(super) fn duration(nanos: u64) -> String {
    scaled(nanos, 1_000, &["ns", "µs", "ms", "s"])
}

/// Formats a number of bytes: `0B`, `1.21KiB`, `12.3MiB`.
pub(super) fn bytes(bytes: u64) -> String {
    scaled(bytes, 1_024, &["B", "KiB", "MiB", "GiB", "TiB"])
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn scaled(number: u64, step: u64, units: &[&str]) -> String {
    let mut value = number as f64;
    let mut at = 0;
    // 999.5 is formatted as 1,000.
    while at + 1 < units.len() && value >= if at == 0 { step as f64 } else { 999.5 } {
        value /= step as f64;
        at += 1;
    }
    let unit = units[at];
    if at == 0 {
        return format!("{number}{unit}");
    }
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

/// Formats a number with a comma before every three digits.
pub(super) fn count(number: u64) -> String {
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

/// Formats a share between zero and one: `12.3%`.
pub(super) fn share(share: f64) -> String {
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
        assert_eq!(duration(999_500_000), "1.00s");
        assert_eq!(duration(1_234_567_000_000), "1,235s");
        assert_eq!(duration(u64::MAX), "18,446,744,074s");
    }

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
