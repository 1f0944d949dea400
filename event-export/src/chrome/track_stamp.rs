//! The end of the lines of one track: the process, the thread and the time.

use super::line::Line;
use super::stamp::prefix;

/// The stamp of the events of one thread. It formats only what differs from the last event: most
/// events follow each other within a millisecond.
#[derive(Debug)]
pub(super) struct TrackStamp {
    /// A brace that closes the arguments, the process, the thread, and the whole milliseconds.
    text: Vec<u8>,
    /// The number of bytes before the milliseconds.
    prefix_len: usize,
    millis: u64,
}

const NANOS_PER_MILLI: u64 = 1_000_000;

/// The decimal digits of the numbers below 1,000.
const DIGITS: [[u8; 3]; 1_000] = {
    let mut digits = [[b'0'; 3]; 1_000];
    let mut number = 1;
    while number < digits.len() {
        let [mut hundreds, mut tens, mut ones] = digits[number - 1];
        ones += 1;
        if ones > b'9' {
            ones = b'0';
            tens += 1;
        }
        if tens > b'9' {
            tens = b'0';
            hundreds += 1;
        }
        digits[number] = [hundreds, tens, ones];
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
            millis: 0,
        }
    }

    /// Writes the stamp, and closes the event. Before it, closes the arguments if there are any.
    #[inline]
    pub(super) fn write(&mut self, line: &mut Line, has_arguments: bool, nanos: u64) {
        let millis = nanos / NANOS_PER_MILLI;
        if millis != self.millis {
            self.set_millis(millis);
        }
        line.extend(&self.text[usize::from(!has_arguments)..]);
        let below = (nanos % NANOS_PER_MILLI) as usize;
        let mut text = *b"123.456}";
        text[..3].copy_from_slice(&DIGITS[below / 1_000]);
        text[4..7].copy_from_slice(&DIGITS[below % 1_000]);
        // A number must not begin with a zero, unless a point follows.
        let skipped = match &text[..2] {
            b"00" if millis == 0 => 2,
            [b'0', _] if millis == 0 => 1,
            _ => 0,
        };
        line.extend(&text[skipped..]);
    }

    #[cold]
    #[inline(never)]
    fn set_millis(&mut self, millis: u64) {
        self.millis = millis;
        self.text.truncate(self.prefix_len);
        if millis > 0 {
            let mut buffer = itoa::Buffer::new();
            self.text
                .extend_from_slice(buffer.format(millis).as_bytes());
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
