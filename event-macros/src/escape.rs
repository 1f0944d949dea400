//! Characters that neither a kind nor a name may contain.

use syn::LitStr;

use crate::diag::Diagnostics;

/// Whether the character is a control character, a separator of lines or paragraphs, a mark that
/// changes the direction of text, or an invisible character.
///
/// The set is that of `is_escaped` in `event-core`, which this crate cannot use.
/// `fuzz/tests/escaped_characters.rs` compares the two.
pub(crate) fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Reports what is wrong with a text that outputs show.
pub(crate) fn check_shown(diag: &mut Diagnostics, text: &LitStr, what: &str) {
    if !text.suffix().is_empty() {
        let suffix = text.suffix();
        diag.error(
            text,
            format_args!("unexpected suffix `{suffix}` on {what}; remove it"),
        );
    } else if text.value().is_empty() {
        diag.error(text, format_args!("{what} must not be empty"));
    } else if text.value().contains(is_escaped) {
        diag.error(
            text,
            format_args!("{what} must not contain control or invisible characters; remove them"),
        );
    }
}
