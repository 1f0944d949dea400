//! Shortens names to a number of terminal columns, so that different names stay different.

use std::collections::{BTreeSet, HashMap};

use super::width::{clusters, width};

/// Shortens names to `columns` columns. If names would become equal, each shows the part where it
/// begins to differ.
pub(super) fn cut_all(names: Vec<&mut String>, columns: usize) {
    let mut alike: HashMap<String, BTreeSet<String>> = HashMap::new();
    for name in &names {
        let all = alike.entry(cut(name, columns)).or_default();
        all.insert((*name).clone());
    }
    for name in names {
        let short = cut(name, columns);
        *name = match longest_shared_prefix(name, &alike[&short]) {
            Some(prefix) => cut_after_prefix(name, prefix, columns),
            None => short,
        };
    }
}

/// Returns the length in clusters of the longest prefix that `name` shares with another of `all`;
/// none if there is no other.
fn longest_shared_prefix(name: &str, all: &BTreeSet<String>) -> Option<usize> {
    // In sorted order, the most similar names are adjacent.
    let before = all.range(..name.to_owned()).next_back();
    let after = all.range(name.to_owned()..).nth(1);
    let adjacent = before.into_iter().chain(after);
    adjacent.map(|other| shared_prefix(name, other)).max()
}

/// Returns the length in clusters of the prefix that both share.
fn shared_prefix(one: &str, other: &str) -> usize {
    let pairs = clusters(one).into_iter().zip(clusters(other));
    pairs.take_while(|(one, other)| one == other).count()
}

/// Shortens the text to `columns` columns. Keeps its start, and the text after its first `prefix`
/// clusters.
fn cut_after_prefix(text: &str, prefix: usize, columns: usize) -> String {
    if columns < 2 {
        return cut(text, columns);
    }
    let clusters = clusters(text);
    let start = take(&clusters, columns / 4);
    let rest = &clusters[prefix..];
    let room = columns - width(&start) - 1;
    let end = take_end(rest, room);
    if end.len() == rest.concat().len() {
        let end = take_end(&clusters, room);
        return format!("{start}…{end}");
    }
    format!("{start}…{}…", take(rest, room - 1))
}

/// Shortens the text to `columns` columns by omitting its middle.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let clusters = clusters(text);
    let start = take(&clusters, room.div_ceil(2));
    format!("{start}…{}", take_end(&clusters, room - room.div_ceil(2)))
}

/// Returns as much of the end as fits into `columns` columns.
fn take_end(clusters: &[&str], columns: usize) -> String {
    let fitting = fitting(clusters.iter().rev(), columns);
    clusters[clusters.len() - fitting..].concat()
}

/// Returns as much of the start as fits into `columns` columns.
fn take(clusters: &[&str], columns: usize) -> String {
    clusters[..fitting(clusters.iter(), columns)].concat()
}

/// Returns how many of the clusters fit into `columns` columns.
fn fitting<'t>(clusters: impl Iterator<Item = &'t &'t str>, columns: usize) -> usize {
    let mut taken = 0;
    let fits = |cluster: &&&str| {
        taken += width(cluster);
        taken <= columns
    };
    clusters.take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_omitted_between_whole_characters() {
        for (columns, expected) in [
            (0, ""),
            (1, "…"),
            (2, "p…"),
            (7, "par…ent"),
            (15, "parse_statement"),
        ] {
            assert_eq!(cut("parse_statement", columns), expected);
        }
        assert_eq!(cut(r"app:bidi\u{202e}x", 10), "app:b…x");
        assert_eq!(cut(r"\u{202e}x", 8), "…x");
        assert_eq!(cut(r"\n\n\n", 4), r"\n…");
        assert_eq!(cut("表格表格", 5), "表…格");
        assert_eq!(cut("表格表格", 4), "表…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("👩\u{200d}👧👩\u{200d}👧", 6), "…");
    }

    #[test]
    fn shortened_names_fit_and_stay_distinct() {
        let names = [
            "one_long_name_a_end",
            "one_long_name_b_end",
            "表格表格表格表格表格",
        ];
        for columns in 0..=24 {
            let mut cut = names.map(str::to_owned);
            cut_all(cut.iter_mut().collect(), columns);
            for name in &cut {
                assert!(width(name) <= columns, "{columns}: {name}");
            }
            assert!(columns < 4 || cut[0] != cut[1], "{columns}: {cut:?}");
        }
    }
}
