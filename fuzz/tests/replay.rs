//! Runs the corpus, and small changes of each of its files: some words are removed or repeated.

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut inputs = 0_u32;
    for file in fs::read_dir(&folder).expect("the target has a corpus folder") {
        let file = file.expect("the corpus folder is readable").path();
        let text = fs::read_to_string(&file).expect("each file of the corpus is UTF-8");
        for changed in changes(&text) {
            run(changed.as_bytes());
            inputs += 1;
        }
    }
    println!("{target}: {inputs} inputs");
    assert!(inputs > 100, "the corpus is empty or too small");
}

/// Returns the text, and variants of it without some words, or with some words repeated.
fn changes(text: &str) -> Vec<String> {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let mut boundaries = vec![0];
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for pair in chars.windows(2) {
        if !(is_word(pair[0].1) && is_word(pair[1].1)) {
            boundaries.push(pair[1].0);
        }
    }
    boundaries.push(text.len());
    let mut changed = vec![text.to_owned()];
    for (index, from) in boundaries.iter().enumerate() {
        for to in boundaries[index..].iter().skip(1).take(3) {
            changed.push(format!("{}{}", &text[..*from], &text[*to..]));
            changed.push(format!("{}{}", &text[..*to], &text[*from..]));
        }
    }
    changed
}

#[test]
fn the_attribute_never_panics_and_its_expansion_parses() {
    replay("attribute", targets::attribute);
}

#[test]
fn the_derives_never_panic_and_their_expansions_parse() {
    replay("derives", targets::derives);
}

#[test]
fn names_of_kinds_follow_the_documented_rules() {
    replay("kinds", targets::kinds);
}
