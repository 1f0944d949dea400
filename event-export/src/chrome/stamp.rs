//! Process, thread and time, as they stand behind an event's phase: once made, all but the time is the thread's.

use std::cell::RefCell;
use std::process;

/// The most bytes: 25, and up to 10 digits and twice 20, and the point.
const MOST: usize = 96;

struct Stamp {
    tid: u64,
    len: usize,
    /// With room for the time.
    text: [u8; MOST],
}

thread_local! {
    // What has no `Drop` is there also while a thread ends.
    static HERE: RefCell<Stamp> = const { RefCell::new(Stamp { tid: 0, len: 0, text: [0; MOST] }) };
}

/// Calls `write` with the quote that ends the phase, the process, the thread, and the time in microseconds with three
/// decimals.
pub(super) fn stamp(tid: u64, nanos: u64, write: impl FnOnce(&[u8])) {
    HERE.with_borrow_mut(|stamp| {
        if stamp.tid != tid || stamp.len == 0 {
            stamp.set(tid);
        }
        let (text, start) = (&mut stamp.text, stamp.len);
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(nanos).as_bytes();
        // Nanoseconds are microseconds with the point three digits from the end.
        text[start..start + 4].copy_from_slice(b"0000");
        let first = start + 4_usize.saturating_sub(digits.len()); // one before the point
        let end = first + digits.len();
        text[first..end].copy_from_slice(digits);
        text.copy_within(end - 3..end, end - 2);
        text[end - 3] = b'.';
        write(&text[..=end]);
    });
}

impl Stamp {
    #[cold]
    fn set(&mut self, tid: u64) {
        let text = format!("\",\"pid\":{},\"tid\":{tid},\"ts\":", process::id());
        self.text[..text.len()].copy_from_slice(text.as_bytes());
        (self.tid, self.len) = (tid, text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_microseconds_with_three_decimals() {
        for (nanos, time) in [
            (1, "0.001"),
            (45, "0.045"),
            (999, "0.999"),
            (1_000, "1.000"),
            (u64::MAX, "18446744073709551.615"),
        ] {
            stamp(7, nanos, |text| {
                let text = String::from_utf8(text.to_vec()).unwrap();
                assert!(
                    text.ends_with(&format!(",\"tid\":7,\"ts\":{time}")),
                    "{text}"
                );
            });
        }
    }
}
