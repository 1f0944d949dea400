//! Names in fewer columns than they need.

use std::collections::{BTreeSet, HashMap};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cuts names to `width` columns. Those that would look the same show where they begin to differ.
pub(super) fn cut_all(names: Vec<&mut String>, width: usize) {
    let mut alike: HashMap<String, BTreeSet<String>> = HashMap::new();
    for name in &names {
        let all = alike.entry(cut(name, width)).or_default();
        all.insert((*name).clone());
    }
    for name in names {
        let short = cut(name, width);
        *name = match shared(name, &alike[&short]) {
            Some(shared) => cut_before(name, shared, width),
            None => short,
        };
    }
}

/// How many characters the name begins with as another of `all` does; none, where it is the only one.
fn shared(name: &str, all: &BTreeSet<String>) -> Option<usize> {
    // What is most alike is beside it.
    let before = all.range(..name.to_owned()).next_back();
    let behind = all.range(name.to_owned()..).nth(1);
    let beside = before.into_iter().chain(behind);
    beside.map(|other| same(name, other)).max()
}

/// How many characters both begin with.
fn same(one: &str, other: &str) -> usize {
    let pairs = one.chars().zip(other.chars());
    pairs.take_while(|(one, other)| one == other).count()
}

/// The text in at most `width` columns: a little of its start, and what follows its first `shared` characters.
fn cut_before(text: &str, shared: usize, width: usize) -> String {
    let start = take(text.chars(), width / 4);
    let rest: String = text.chars().skip(shared).collect();
    let room = width.saturating_sub(start.width() + 1);
    if rest.width() <= room {
        return format!("{start}…{}", take_end(text, room));
    }
    format!("{start}…{}…", take(rest.chars(), room.saturating_sub(1)))
}

/// The text in at most `width` columns, its middle left out if need be.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let start = take(text.chars(), room / 2);
    format!("{start}…{}", take_end(text, room - room / 2))
}

/// As much of the end as fits into `width` columns.
fn take_end(text: &str, width: usize) -> String {
    let end = take(text.chars().rev(), width);
    end.chars().rev().collect()
}

/// As many characters as fit into `width` columns.
fn take(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut taken = 0;
    let fits = |character: &char| {
        taken += character.width().unwrap_or(0);
        taken <= width
    };
    characters.take_while(fits).collect()
}
