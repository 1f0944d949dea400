//! The end of the lines of one track: the process, the thread and the time.

use super::line::Line;
use super::stamp::prefix;

/// The stamp of the events of one thread. It formats only what differs from the last event: most
/// events follow each other within a millisecond.
#[derive(Debug)]
pub(super) struct TrackStamp {
    /// A brace that closes the arguments, the process, the thread, and the time with a brace. The
    /// last eight bytes are those of the microseconds and nanoseconds, `123.456}`.
    text: Vec<u8>,
    /// The number of bytes before the time.
    prefix_len: usize,
    /// The start of the millisecond whose digits `text` has.
    since: u64,
}

const NANOS_PER_MILLI: u64 = 1_000_000;

/// A start of which no time is in the same millisecond.
const NEVER: u64 = u64::MAX - NANOS_PER_MILLI;

/// The decimal digits of the numbers below 1,000, with a point.
static DIGITS: [[u8; 4]; 1_000] = {
    let mut digits = [*b"000."; 1_000];
    let mut number = 1;
    while number < digits.len() {
        let [mut hundreds, mut tens, mut ones, _] = digits[number - 1];
        ones += 1;
        if ones > b'9' {
            ones = b'0';
            tens += 1;
        }
        if tens > b'9' {
            tens = b'0';
            hundreds += 1;
        }
        digits[number] = [hundreds, tens, ones, b'.'];
        number += 1;
    }
    digits
};

impl TrackStamp {
    pub(super) fn new(tid: u64) -> Self {
        let text = format!("}}{}", prefix(tid)).into_bytes();
        Self {
            prefix_len: text.len(),
            text,
            since: NEVER,
        }
    }

    /// Writes the stamp, and closes the event. Before it, closes the arguments if there are any.
    #[inline]
    pub(super) fn write(&mut self, line: &mut Line, has_arguments: bool, nanos: u64) {
        let below = nanos.wrapping_sub(self.since);
        if below < NANOS_PER_MILLI {
            self.write_within_milli(line, has_arguments, below);
        } else {
            self.write_in_new_milli(line, has_arguments, nanos);
        }
    }

    /// Writes the stamp of an event, `below` nanoseconds after `since`.
    #[inline]
    fn write_within_milli(&mut self, line: &mut Line, has_arguments: bool, below: u64) {
        #[expect(clippy::cast_possible_truncation, reason = "less than a million")]
        let below = below as usize;
        if let Some([micros @ .., n0, n1, n2, _]) = self.text.last_chunk_mut::<8>() {
            *micros = DIGITS[below / 1_000];
            [*n0, *n1, *n2, _] = DIGITS[below % 1_000];
        }
        line.extend(&self.text[usize::from(!has_arguments)..]);
    }

    #[cold]
    #[inline(never)]
    fn write_in_new_milli(&mut self, line: &mut Line, has_arguments: bool, nanos: u64) {
        let mut buffer = itoa::Buffer::new();
        self.text.truncate(self.prefix_len);
        let below = nanos % NANOS_PER_MILLI;
        let millis = nanos / NANOS_PER_MILLI;
        if millis > 0 {
            let millis = buffer.format(millis).as_bytes();
            self.text.extend_from_slice(millis);
            self.text.extend_from_slice(b"123.456}");
            self.since = nanos - below;
            self.write_within_milli(line, has_arguments, below);
        } else {
            // A number must not begin with a zero, unless a point follows.
            self.since = NEVER;
            line.extend(&self.text[usize::from(!has_arguments)..]);
            line.extend(buffer.format(below / 1_000).as_bytes());
            let [digits @ .., _] = DIGITS[(below % 1_000) as usize];
            line.extend(b".");
            line.extend(&digits);
            line.extend(b"}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process;

    #[test]
    fn stamps_of_a_thread_close_the_event_after_the_time() {
        let mut stamp = TrackStamp::new(7);
        for (nanos, time) in [
            (1, "0.001"),
            (45, "0.045"),
            (999, "0.999"),
            (1_000, "1.000"),
            (12_345, "12.345"),
            (123_456, "123.456"),
            (999_999, "999.999"),
            (1_000_000, "1000.000"),
            (1_000_001, "1000.001"),
            (987_654_321, "987654.321"),
            (20_003, "20.003"), // an earlier event, as after `pop_any`
            (u64::MAX, "18446744073709551.615"),
        ] {
            for has_arguments in [false, true] {
                let mut line = Line::new();
                stamp.write(&mut line, has_arguments, nanos);
                let text = std::str::from_utf8(line.bytes()).unwrap();
                let brace = if has_arguments { "}" } else { "" };
                let pid = process::id();
                let expected = format!("{brace},\"pid\":{pid},\"tid\":7,\"ts\":{time}}}");
                assert_eq!(text, expected);
            }
        }
    }
}
