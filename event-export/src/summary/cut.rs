//! Shortens names to a number of terminal columns, so that different names stay different.

use std::collections::{BTreeSet, HashMap};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Shortens names to `width` columns. If names would become equal, each shows the part where it
/// begins to differ.
pub(super) fn cut_all(names: Vec<&mut String>, width: usize) {
    let mut alike: HashMap<String, BTreeSet<String>> = HashMap::new();
    for name in &names {
        let all = alike.entry(cut(name, width)).or_default();
        all.insert((*name).clone());
    }
    for name in names {
        let short = cut(name, width);
        *name = match longest_shared_prefix(name, &alike[&short]) {
            Some(prefix) => cut_after_prefix(name, prefix, width),
            None => short,
        };
    }
}

/// Returns the length in characters of the longest prefix that `name` shares with another of `all`;
/// none if there is no other.
fn longest_shared_prefix(name: &str, all: &BTreeSet<String>) -> Option<usize> {
    // In sorted order, the most similar names are adjacent.
    let before = all.range(..name.to_owned()).next_back();
    let after = all.range(name.to_owned()..).nth(1);
    let adjacent = before.into_iter().chain(after);
    adjacent.map(|other| shared_prefix(name, other)).max()
}

/// Returns the length in characters of the prefix that both share.
fn shared_prefix(one: &str, other: &str) -> usize {
    let pairs = one.chars().zip(other.chars());
    pairs.take_while(|(one, other)| one == other).count()
}

/// Shortens the text to `width` columns. Keeps its start, and the text after its first `prefix`
/// characters.
fn cut_after_prefix(text: &str, prefix: usize, width: usize) -> String {
    let start = take(text.chars(), width / 4);
    let rest: String = text.chars().skip(prefix).collect();
    let room = width.saturating_sub(start.width() + 1);
    if rest.width() <= room {
        return format!("{start}…{}", take_end(text, room));
    }
    format!("{start}…{}…", take(rest.chars(), room.saturating_sub(1)))
}

/// Shortens the text to `width` columns by omitting its middle.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let start = take(text.chars(), room / 2);
    format!("{start}…{}", take_end(text, room - room / 2))
}

/// Returns as much of the end as fits into `width` columns.
fn take_end(text: &str, width: usize) -> String {
    let end = take(text.chars().rev(), width);
    end.chars().rev().collect()
}

/// Returns as many characters as fit into `width` columns.
fn take(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut taken = 0;
    let fits = |character: &char| {
        taken += character.width().unwrap_or(0);
        taken <= width
    };
    characters.take_while(fits).collect()
}
