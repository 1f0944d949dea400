//! The process, the thread and the time of an event.
//!
//! Each thread caches the text of the process and the thread, so that an event formats only its
//! time.

use std::cell::RefCell;

use crate::process;

/// The most bytes: 24 of text, the point, 10 digits of the process, and 20 each of thread and time.
const MAX_BYTES: usize = 96;

struct Stamp {
    tid: u64,
    len: usize,
    /// The cached text, then room for the time.
    text: [u8; MAX_BYTES],
}

thread_local! {
    // Has no destructor, so that it is usable while a thread exits.
    static STAMP: RefCell<Stamp> = const { RefCell::new(Stamp { tid: 0, len: 0, text: [0; MAX_BYTES] }) };
}

/// Calls `write` with the process, the thread, and the time in
/// microseconds with three decimals.
pub(super) fn with_stamp(tid: u64, nanos: u64, write: impl FnOnce(&[u8])) {
    STAMP.with_borrow_mut(|stamp| {
        if stamp.tid != tid || stamp.len == 0 {
            stamp.set(tid);
        }
        let start = stamp.len;
        let text = &mut stamp.text;
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(nanos).as_bytes();
        // Microseconds are the same digits with a point before the last three.
        text[start..start + 4].copy_from_slice(b"0000");
        let first = start + 4_usize.saturating_sub(digits.len()); // at least one before the point
        let end = first + digits.len();
        text[first..end].copy_from_slice(digits);
        text.copy_within(end - 3..end, end - 2);
        text[end - 3] = b'.';
        write(&text[..=end]);
    });
}

/// Returns the text of the process and the thread.
pub(super) fn prefix(tid: u64) -> String {
    format!(",\"pid\":{},\"tid\":{tid},\"ts\":", process::id())
}

impl Stamp {
    #[cold]
    fn set(&mut self, tid: u64) {
        let text = prefix(tid);
        self.text[..text.len()].copy_from_slice(text.as_bytes());
        self.tid = tid;
        self.len = text.len();
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
            with_stamp(7, nanos, |text| {
                let text = String::from_utf8(text.to_vec()).unwrap();
                assert!(
                    text.ends_with(&format!(",\"tid\":7,\"ts\":{time}")),
                    "{text}"
                );
            });
        }
    }
}
