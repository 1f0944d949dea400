//! Text as a JSON string, fast for text without escapes.

/// Writes `text` between quotes, with escapes where JSON needs them.
pub(super) fn write(text: &str, to: &mut Vec<u8>) {
    if is_plain(text) {
        to.extend_from_slice(b"\"");
        to.extend_from_slice(text.as_bytes());
        to.extend_from_slice(b"\"");
    } else {
        // Writing to a `Vec` does not fail.
        let _ = serde_json::to_writer(to, text);
    }
}

/// Returns whether a text needs no escapes.
fn is_plain(text: &str) -> bool {
    // Eight bytes at a time. Each test sets the top bit of each byte for which it holds. It may set
    // more top bits, but only if it holds for some byte.
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    fn needs_escape(bytes: [u8; 8]) -> u64 {
        let bytes = u64::from_ne_bytes(bytes);
        let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
        let is_control = bytes.wrapping_sub(ONES * 0x20) & !bytes;
        (is_control | is_zero(bytes ^ (ONES * 0x22)) | is_zero(bytes ^ (ONES * 0x5C))) & TOPS
    }
    let chunks = text.as_bytes().chunks_exact(8);
    let rest = chunks.remainder();
    let mut found = chunks.fold(0, |found, chunk| {
        found | needs_escape(chunk.try_into().unwrap_or([b'"'; 8]))
    });
    if !rest.is_empty() {
        let mut last = [b' '; 8];
        last[..rest.len()].copy_from_slice(rest);
        found |= needs_escape(last);
    }
    found == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_as_by_serde_json() {
        for byte in 0..=0x7f_u8 {
            for index in 0..20 {
                let mut text = "abcdefghij\u{fc}klmnopqrst".to_owned().into_bytes();
                text[if index < 10 { index } else { index + 2 }] = byte;
                let text = String::from_utf8(text).unwrap();
                let json = serde_json::to_string(&text).unwrap();
                let mut written = Vec::new();
                write(&text, &mut written);
                assert_eq!(written, json.as_bytes());
                assert_eq!(is_plain(&text), json == format!("\"{text}\""), "{text:?}");
            }
        }
    }
}
