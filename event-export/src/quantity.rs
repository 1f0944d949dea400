//! Numbers with units, as in the options of `EVENT_EXPORT`.

use std::time::Duration;

/// Parses a number and a unit of time; without a unit, seconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text);
    let seconds = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

/// Parses a number and a unit of memory; without a unit, bytes. A unit is a power of 1,024.
pub(crate) fn size(text: &str) -> Option<usize> {
    let (number, unit) = split_unit(text);
    let unit = unit.to_ascii_lowercase();
    let shift = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(1 << shift)
}

/// Splits a number from its unit.
fn split_unit(text: &str) -> (&str, &str) {
    let is_unit = |c: char| !(c.is_ascii_digit() || c == '.');
    let (number, unit) = text.split_at(text.find(is_unit).unwrap_or(text.len()));
    (number, unit.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, millis) in [
            ("500ms", Some(500)),
            ("1.5s", Some(1500)),
            ("30", Some(30_000)),
            ("2 m", Some(120_000)),
            ("250us", Some(0)),
            ("1h", Some(3_600_000)),
            ("", None),
            ("ms", None),
            ("-1s", None),
            ("5 days", None),
            ("1e400s", None),
        ] {
            let parsed = duration(text).map(|duration| duration.as_millis());
            assert_eq!(parsed, millis, "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("65536", Some(65_536)),
            ("512KiB", Some(512 << 10)),
            ("4M", Some(4 << 20)),
            ("1 gb", Some(1 << 30)),
            ("1.5M", None),
            ("99999999999999999999", None),
            ("99999999999G", None),
            ("4 MiBs", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
    }
}
