//! Text as JSON.

/// Writes `text` between quotes, with what has to be escaped escaped.
pub(super) fn write(text: &str, to: &mut Vec<u8>) {
    if is_plain(text) {
        to.extend_from_slice(b"\"");
        to.extend_from_slice(text.as_bytes());
        to.extend_from_slice(b"\"");
    } else {
        // A `Vec` takes everything.
        let _ = serde_json::to_writer(to, text);
    }
}

/// Whether a text stands in JSON as it is.
fn is_plain(text: &str) -> bool {
    // Eight bytes at a time: each test leaves the top bit of those bytes that it holds for; where it may leave others
    // too, there is one that it does hold for.
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    fn odd(bytes: [u8; 8]) -> u64 {
        let bytes = u64::from_ne_bytes(bytes);
        let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
        let is_control = bytes.wrapping_sub(ONES * 0x20) & !bytes;
        (is_control | is_zero(bytes ^ (ONES * 0x22)) | is_zero(bytes ^ (ONES * 0x5C))) & TOPS
    }
    let chunks = text.as_bytes().chunks_exact(8);
    let rest = chunks.remainder();
    let mut found = chunks.fold(0, |found, chunk| {
        found | odd(chunk.try_into().unwrap_or([b'"'; 8]))
    });
    if !rest.is_empty() {
        let mut last = [b' '; 8];
        last[..rest.len()].copy_from_slice(rest);
        found |= odd(last);
    }
    found == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_serde_json_writes() {
        for byte in 0..=0x7f_u8 {
            for place in 0..20 {
                let mut text = "abcdefghij\u{fc}klmnopqrst".to_owned().into_bytes();
                text[if place < 10 { place } else { place + 2 }] = byte;
                let text = String::from_utf8(text).unwrap();
                let (json, mut written) = (serde_json::to_string(&text).unwrap(), Vec::new());
                write(&text, &mut written);
                assert_eq!(written, json.as_bytes());
                assert_eq!(is_plain(&text), json == format!("\"{text}\""), "{text:?}");
            }
        }
    }
}
