//! The corpus, and small changes of each of its files: a token less, a piece less, twice the same.

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut inputs = 0_u32;
    for file in fs::read_dir(&folder).expect("the target has a corpus") {
        let file = file.expect("the corpus can be read").path();
        let text = fs::read_to_string(&file).expect("a file of the corpus is text");
        for changed in changes(&text) {
            run(changed.as_bytes());
            inputs += 1;
        }
    }
    println!("{target}: {inputs} inputs");
    assert!(inputs > 100, "a corpus without inputs tests nothing");
}

/// The text, and the text with something left out or said twice, at each border of a word.
fn changes(text: &str) -> Vec<String> {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let mut borders = vec![0];
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for pair in chars.windows(2) {
        if !(is_word(pair[0].1) && is_word(pair[1].1)) {
            borders.push(pair[1].0);
        }
    }
    borders.push(text.len());
    let mut changed = vec![text.to_owned()];
    for (place, from) in borders.iter().enumerate() {
        for to in borders[place..].iter().skip(1).take(3) {
            changed.push(format!("{}{}", &text[..*from], &text[*to..]));
            changed.push(format!("{}{}", &text[..*to], &text[*from..]));
        }
    }
    changed
}

#[test]
fn the_attribute_never_panics_and_what_it_makes_parses() {
    replay("attribute", targets::attribute);
}

#[test]
fn the_derives_never_panic_and_what_they_make_parses() {
    replay("derives", targets::derives);
}

#[test]
fn names_of_kinds_are_judged_as_documented() {
    replay("kinds", targets::kinds);
}
