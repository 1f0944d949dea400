//! Suggestions in error texts: the valid names, and the one that the user probably meant.

/// The error text for a `key` that is none of `keys`.
pub(crate) fn unknown_argument(key: &str, keys: &[&str]) -> String {
    let expected = one_of(keys);
    let suggestion = did_you_mean(key, keys.iter().copied());
    format!("unknown argument `{key}`, expected {expected}{suggestion}")
}

/// `` `a` `` or ``one of `a`, `b` ``.
pub(crate) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [only] => only.clone(),
        _ => format!("one of {}", quoted.join(", ")),
    }
}

/// ``; did you mean `x`?`` with the name that is most similar to `name`. Empty if none is similar.
pub(crate) fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = names
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min();
    match nearest {
        Some((distance, nearest)) if distance <= max_distance(name) => {
            format!("; did you mean `{nearest}`?")
        }
        _ => String::new(),
    }
}

/// The greatest distance between a typo and the intended name: one edit for three letters.
fn max_distance(name: &str) -> usize {
    match name.chars().count() {
        0 | 1 => 0,
        2 => 1,
        length => length / 3,
    }
}

/// The Damerau-Levenshtein distance (optimal string alignment): how many letters must be inserted,
/// deleted, replaced, or swapped with the next one.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    // `rows[i][j]` is the distance between the first `i` and the first `j` letters.
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for i in 0..=from.len() {
        for j in 0..=to.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
                let edited = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped = i > 1 && j > 1 && from[i - 2..i] == [to[j - 1], to[j - 2]];
                if swapped {
                    edited.min(rows[i - 2][j - 2] + 1)
                } else {
                    edited
                }
            };
        }
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance};

    #[test]
    fn distance_counts_edits_and_swaps() {
        assert_eq!(distance("ret", "ret"), 0);
        assert_eq!(distance("rte", "ret"), 1);
        assert_eq!(distance("rt", "ret"), 1);
        assert_eq!(distance("rets", "ret"), 1);
        assert_eq!(distance("rat", "ret"), 1);
        assert_eq!(distance("", "ret"), 3);
        assert_eq!(distance("ret", "crate"), 3);
    }

    #[test]
    fn suggestion_is_the_nearest_name() {
        let suggest = |name| did_you_mean(name, ["crate", "ret", "err"]);
        assert_eq!(suggest("rte"), "; did you mean `ret`?");
        assert_eq!(suggest("crat"), "; did you mean `crate`?");
        assert_eq!(suggest("level"), "");
    }

    #[test]
    fn one_letter_resembles_nothing() {
        assert_eq!(did_you_mean("a", ["b"]), "");
    }
}
