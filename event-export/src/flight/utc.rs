//! Times of the calendar, in UTC.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns a time in the format of RFC 3339: `2026-11-30T21:14:07.123Z`.
pub(super) fn utc(time: SystemTime) -> String {
    let [year, month, day, hour, minute, second, millis] = parts(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Returns a time for the name of a file: `20261130T211407.123Z`.
pub(super) fn utc_for_file(time: SystemTime) -> String {
    let [year, month, day, hour, minute, second, millis] = parts(time);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}.{millis:03}Z")
}

/// Returns year, month, day, hour, minute, second and millisecond. A time before 1970 is that of
/// 1970.
fn parts(time: SystemTime) -> [u64; 7] {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    // The Gregorian calendar repeats after 400 years of 146,097 days. The years begin in March, so
    // that a leap day is the last day of its year. 719,468 days before 1970 is March of the year 0.
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Five months from March have 153 days.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    let of_day = seconds % 86_400;
    [
        year,
        month,
        day,
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60,
        since.subsec_millis().into(),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (1_709_251_200, "2024-03-01T00:00:00.007Z"),
            (1_796_073_247, "2026-11-30T21:14:07.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            let time = UNIX_EPOCH + Duration::new(seconds, 7_999_999);
            assert_eq!(utc(time), text);
        }
        let time = UNIX_EPOCH + Duration::from_secs(1_796_073_247);
        assert_eq!(utc_for_file(time), "20261130T211407.000Z");
    }
}
