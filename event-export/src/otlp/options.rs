//! The values of the options in `EVENT_EXPORT`.

use std::time::Duration;

use crate::spec::SpecError;

pub(super) const DURATION: &str = "a duration such as `500ms` or `2s`";
pub(super) const RATE: &str = "a number of traces in a second, such as `100`";
pub(super) const BYTES: &str = "a number of bytes such as `64MiB`";

pub(super) fn duration(name: &str, text: &str) -> Result<Duration, SpecError> {
    const UNITS: [(&str, f64); 4] = [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("s", 1.0)];
    let seconds = UNITS.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Duration::try_from_secs_f64(number * seconds).ok()
    });
    seconds.ok_or_else(|| invalid(name, text, DURATION))
}

pub(super) fn rate(name: &str, text: &str) -> Result<u32, SpecError> {
    text.parse().map_err(|_| invalid(name, text, RATE))
}

pub(super) fn bytes(name: &str, text: &str) -> Result<usize, SpecError> {
    const UNITS: [(&str, usize); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let with_unit = UNITS.iter().find_map(|(unit, bytes)| {
        let number: usize = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(*bytes)
    });
    let bytes = with_unit
        .or_else(|| text.parse().ok())
        .filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| invalid(name, text, BYTES))
}

fn invalid(name: &str, text: &str, possible: &str) -> SpecError {
    SpecError(format!("the option `{name}` is {possible}, not `{text}`"))
}
