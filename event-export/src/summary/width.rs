//! The width of text on a terminal.

use unicode_width::UnicodeWidthChar;

/// Returns the number of terminal columns that the text takes at most.
///
/// Terminals disagree on sequences: one shows a family of emoji as one picture of two columns,
/// another as three pictures. The width is that of the widest picture, so that no line wraps.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(character: char) -> usize {
    match character {
        // These can widen the character before them from one column to two.
        '\u{fe01}' | '\u{fe0f}' => 1,
        _ => character.width().unwrap_or(0),
    }
}

/// Splits the text into characters, each with its combining marks, and escapes.
pub(super) fn clusters(text: &str) -> Vec<&str> {
    const JOINER: char = '\u{200d}';
    let is_skin_tone = |character| ('\u{1f3fb}'..='\u{1f3ff}').contains(&character);
    let mut clusters = Vec::new();
    let mut start = 0;
    let mut previous = None;
    let mut end_of_escape = 0;
    for (at, character) in text.char_indices() {
        if at < end_of_escape {
            continue;
        }
        end_of_escape = at + escape_length(&text[at..]);
        let is_mark = character.width().unwrap_or(0) == 0 || is_skin_tone(character);
        if at > start && !is_mark && previous != Some(JOINER) {
            clusters.push(&text[start..at]);
            start = at;
        }
        previous = Some(character);
    }
    if start < text.len() {
        clusters.push(&text[start..]);
    }
    clusters
}

/// Returns the length of the escape that the text begins with, such as `\n` or `\u{1b}`; zero if
/// there is none.
fn escape_length(text: &str) -> usize {
    let Some(escape) = text.strip_prefix('\\') else {
        return 0;
    };
    if escape.starts_with(['n', 'r', 't']) {
        return 2;
    }
    let code = escape.strip_prefix("u{").and_then(|it| it.split_once('}'));
    match code {
        Some((code, _)) if code.len() <= 6 && code.bytes().all(|b| b.is_ascii_hexdigit()) => {
            r"\u{}".len() + code.len()
        }
        _ => 0,
    }
}

/// Breaks a text between words into lines of `width` columns.
pub(super) fn wrapped(text: &str, width_of_lines: usize) -> String {
    let mut lines = String::new();
    let mut room = width_of_lines;
    for (index, word) in text.split(' ').enumerate() {
        let needed = width(word);
        if index > 0 {
            let fits = needed < room;
            lines.push(if fits { ' ' } else { '\n' });
            room = if fits { room - 1 } else { width_of_lines };
        }
        lines.push_str(word);
        room = room.saturating_sub(needed);
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_with_their_character() {
        let text = "a\u{301}b👍🏽👩\u{200d}👧表";
        let expected = ["a\u{301}", "b", "👍🏽", "👩\u{200d}👧", "表"];
        assert_eq!(clusters(text), expected);
        assert_eq!(clusters("\u{301}").concat(), "\u{301}");
        assert!(clusters("").is_empty());
    }

    #[test]
    fn escapes_are_whole() {
        let text = r"a\u{202e}表\n\x\u{}\u{1f\";
        let expected = ["a", r"\u{202e}", "表", r"\n", "\\", "x", r"\u{}"];
        let rest = ["\\", "u", "{", "1", "f", "\\"];
        assert_eq!(clusters(text), [&expected[..], &rest].concat());
        assert_eq!(clusters("\\n\u{301}b"), ["\\n\u{301}", "b"]);
    }

    #[test]
    fn width_is_that_of_the_widest_picture() {
        for (text, columns) in [
            ("", 0),
            ("ab", 2),
            ("e\u{301}", 1),
            ("表格", 4),
            ("❤\u{fe0f}", 2),
            ("👩\u{200d}👧", 4),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn lines_are_wrapped_between_words() {
        let text = "no events were received";
        assert_eq!(wrapped(text, 100), "no events were received\n");
        assert_eq!(wrapped(text, 23), "no events were received\n");
        assert_eq!(wrapped(text, 22), "no events were\nreceived\n");
        assert_eq!(wrapped(text, 1), "no\nevents\nwere\nreceived\n");
    }
}
