//! The header `traceparent` of W3C Trace Context, level 2.

use std::fmt;

use super::fields::{Ids, SAMPLED};

/// The length of a header of version 00.
const LEN: usize = 55;

/// The flag that the trace id is random, which level 2 adds.
const RANDOM: u8 = 2;

/// Parses a header. White space around it is ignored.
///
/// # Errors
///
/// Returns why the header is invalid.
pub(super) fn parse(header: &str) -> Result<Ids, &'static str> {
    let header = header.trim_matches([' ', '\t']);
    let bytes = header.as_bytes();
    let parts = (
        bytes.get(..2),
        bytes.get(3..35),
        bytes.get(36..52),
        bytes.get(53..LEN),
    );
    let (Some(version), Some(trace), Some(span), Some(flags)) = parts else {
        return Err("it has fewer than 55 characters");
    };
    if [2, 35, 52].iter().any(|at| bytes[*at] != b'-') {
        return Err("its parts are not separated by `-`");
    }
    match (hex(version)?, bytes.get(LEN)) {
        (0xff, _) => return Err("version ff does not exist"),
        (0, Some(_)) => return Err("version 00 has 55 characters"),
        // A later version may append parts.
        (_, None | Some(b'-')) => {}
        (_, Some(_)) => return Err("its flags are not two digits"),
    }
    let ids = Ids {
        trace: hex(trace)?,
        span: u64::try_from(hex(span)?).unwrap_or_default(),
        // The meaning of the other flags is not known.
        flags: u8::try_from(hex(flags)?).unwrap_or_default() & (SAMPLED | RANDOM),
    };
    match ids {
        Ids { trace: 0, .. } => Err("its trace id is zero"),
        Ids { span: 0, .. } => Err("its parent id is zero"),
        ids => Ok(ids),
    }
}

/// Parses at most 32 digits. Upper case is invalid.
fn hex(digits: &[u8]) -> Result<u128, &'static str> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return Err("it has a character that is not one of `0123456789abcdef`"),
        };
        Ok(number << 4 | u128::from(digit))
    })
}

impl fmt::Display for Ids {
    /// Writes a header of version 00.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{:032x}-{:016x}-{:02x}",
            self.trace, self.span, self.flags
        )
    }
}
