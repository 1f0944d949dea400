//! The options in `EVENT_EXPORT`.

use std::time::Duration;

use super::OtlpSpans;
use crate::spec::{ExportSpec, ExporterPlan, SpecError};

const DURATION: &str = "a duration such as `500ms` or `2s`";
const RATE: &str = "a number of traces in a second above zero, such as `100`";
const BYTES: &str = "a number of bytes such as `64MiB`";

pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let mut spans = OtlpSpans::from_env().map_err(|error| SpecError(error.to_string()))?;
    if let Some(slow) = spec.option("slow", DURATION)? {
        spans = spans.slow(parse_duration("slow", slow)?);
    }
    if let Some(rate) = spec.option("rate", RATE)? {
        spans = spans.rate(parse_rate("rate", rate)?);
    }
    if let Some(max) = spec.option("max", BYTES)? {
        spans = spans.max_bytes(parse_bytes("max", max)?);
    }
    spec.finish(&["slow", "rate", "max"])?;
    Ok(if spans.config.is_disabled {
        ExporterPlan::disabled()
    } else {
        ExporterPlan::without_file(move || spans)
    })
}

fn parse_duration(name: &str, text: &str) -> Result<Duration, SpecError> {
    const UNITS: [(&str, f64); 4] = [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("s", 1.0)];
    let seconds = UNITS.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Duration::try_from_secs_f64(number * seconds).ok()
    });
    seconds.ok_or_else(|| invalid(name, text, DURATION))
}

fn parse_rate(name: &str, text: &str) -> Result<u32, SpecError> {
    let rate = text.parse().ok().filter(|rate| *rate > 0);
    rate.ok_or_else(|| invalid(name, text, RATE))
}

fn parse_bytes(name: &str, text: &str) -> Result<usize, SpecError> {
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
