//! Wraps, fills and indents paragraphs.

pub fn round() {
    let paragraph = "The quick brown fox jumps over the lazy dog, again and again, until the \
                     well-known hyphenated sentence is long enough to be wrapped. ";
    let text = paragraph.repeat(20);
    let mut length = 0;
    for width in [20, 40, 60, 80] {
        length += textwrap::wrap(&text, width).len();
        length += textwrap::fill(&text, width).len();
        length += textwrap::indent(&textwrap::fill(&text, width), "> ").len();
    }
    assert!(length > 10_000);
}
