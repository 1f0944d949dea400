//! Suggestions: the valid keys, and the one that the user probably meant.

/// Says that `key` is none of `keys`, which are listed.
pub(crate) fn unknown_argument(key: &str, keys: &[&str]) -> String {
    let listed: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let near = did_you_mean(key, keys.iter().copied());
    format!(
        "unknown argument `{key}`, expected one of {}{near}",
        listed.join(", ")
    )
}

/// `; did you mean `x`?` with the nearest of `names`, if one is near.
pub(crate) fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = names
        .into_iter()
        .map(|other| (distance(name, other), other))
        .min();
    match nearest {
        Some((far, nearest)) if far <= 1 + name.len() / 3 => {
            format!("; did you mean `{nearest}`?")
        }
        _ => String::new(),
    }
}

/// How many letters differ, are missing or are too many.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = above + 1;
        for (place, with) in other.iter().enumerate() {
            let replaced = corner + usize::from(letter != *with);
            corner = row[place + 1];
            row[place + 1] = replaced.min(corner + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}
