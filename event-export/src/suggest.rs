//! The valid name that a user probably meant.

/// Returns ``; did you mean `x`?`` with the name that is most similar to `name`. Returns an empty
/// text if none is similar.
pub(crate) fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    match nearest(name, names) {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => String::new(),
    }
}

/// Returns the name that is most similar to `name`: with at most one edit for three letters, apart
/// from upper and lower case.
pub(crate) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase();
    let allowed = name.chars().count().div_ceil(3);
    let names = names.into_iter();
    let measured = names.map(|other| (distance(&name, &other.to_lowercase()), other));
    let nearest = measured.min_by_key(|(distance, _)| *distance);
    nearest
        .filter(|(distance, other)| *distance <= allowed && *distance < other.chars().count())
        .map(|(_, other)| other)
}

/// Returns how many letters must be inserted, deleted or replaced (Levenshtein's distance).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // The distances between the letters of `from` so far and each prefix of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for letter in from.chars() {
        let mut diagonal = row[0];
        row[0] += 1;
        for (index, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_edits() {
        for (from, to, edits) in [
            ("log", "log", 0),
            ("lg", "log", 1),
            ("logs", "log", 1),
            ("lag", "log", 1),
            ("", "log", 3),
            ("falme", "flame", 2),
            ("report", "chrome", 5),
        ] {
            assert_eq!(distance(from, to), edits, "{from} {to}");
            assert_eq!(distance(to, from), edits, "{to} {from}");
        }
    }

    #[test]
    fn only_similar_names_are_suggested() {
        let suggested = |name| nearest(name, ["summary", "flame", "log"]);
        assert_eq!(suggested("sumary"), Some("summary"));
        assert_eq!(suggested("FLAME"), Some("flame"));
        assert_eq!(suggested("falme"), Some("flame"));
        assert_eq!(suggested("lgo"), None);
        assert_eq!(suggested("trace.json"), None);
        assert_eq!(suggested(""), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
