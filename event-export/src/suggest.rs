//! The valid name, or the pattern, that a user probably meant.

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
fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let allowed = name.chars().count().div_ceil(3);
    let measured = names.into_iter().filter_map(|other| {
        let edits = Alignment::new(name, other, allowed)?.edits;
        (edits < other.chars().count()).then_some((edits, other))
    });
    let nearest = measured.min_by_key(|(edits, _)| *edits);
    nearest.map(|(_, other)| other)
}

/// How a name is made of a pattern with the fewest edits, in which each `*` is any text.
#[derive(Debug)]
pub(crate) struct Alignment {
    /// How many letters must be inserted, deleted or replaced, or exchanged with the next one (the
    /// distance of Damerau and Levenshtein).
    pub(crate) edits: usize,
    /// The letters of the pattern that are deleted or replaced.
    pub(crate) unmatched: usize,
    /// The pattern with the letters of the name, which matches the name.
    pub(crate) pattern: String,
}

impl Alignment {
    /// Aligns `pattern` with `name`, apart from upper and lower case. Returns `None` if there are
    /// more edits than `limit`.
    pub(crate) fn new(pattern: &str, name: &str, limit: usize) -> Option<Self> {
        let pattern = lowercase(&pattern.chars().collect::<Vec<_>>());
        let name: Vec<char> = name.chars().collect();
        let literal = pattern.iter().filter(|letter| **letter != '*').count();
        if literal > name.len() + limit {
            return None; // for speed: these letters must be deleted
        }
        let cells = cells(&pattern, &lowercase(&name), limit)?;
        let best = *cells.last()?.last()?;
        (best.edits() <= limit).then(|| Self {
            edits: best.edits(),
            unmatched: best.unmatched(),
            pattern: corrected(&name, &cells),
        })
    }

    /// Returns whether `pattern`, which was aligned, is similar to the name: with at most one edit
    /// for three of its letters. The parts before a `:` that are equal do not count.
    pub(crate) fn is_similar(&self, pattern: &str) -> bool {
        let common = common_parts(pattern, &self.pattern);
        self.edits <= allowed_edits(&pattern[common..]) && self.edits < letters(&self.pattern)
    }
}

/// Returns how many edits a pattern may have to be similar to a name.
pub(crate) fn allowed_edits(pattern: &str) -> usize {
    letters(pattern).div_ceil(3)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// Returns the length of the parts before a `:` that begin both texts.
fn common_parts(text: &str, other: &str) -> usize {
    let mut ends = text.rmatch_indices(':').map(|(at, _)| at + 1);
    let begins = |end: &usize| {
        let beginning = other.get(..*end);
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(&text[..*end]))
    };
    ends.find(begins).unwrap_or(0)
}

/// Returns as many letters in lower case.
fn lowercase(letters: &[char]) -> Vec<char> {
    let lower = |letter: &char| letter.to_lowercase().next().unwrap_or(*letter);
    letters.iter().map(lower).collect()
}

/// The best alignment of a beginning of the pattern with a beginning of the name: its edits, its
/// unmatched letters, and its last step, in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell(u32);

/// The last step of an alignment. Of steps that cost the same, the first one here is taken.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
enum Step {
    /// A `*` of the pattern ends.
    Star,
    /// A `*` of the pattern matches a letter of the name.
    InStar,
    /// A letter of the pattern is the letter of the name, or is replaced by it.
    Letter,
    /// A letter of the pattern is deleted.
    Delete,
    /// A letter of the name is inserted.
    Insert,
    /// Two letters are exchanged.
    Swap,
}

impl Cell {
    const EDIT: u32 = 1 << 16;
    const UNMATCHED: u32 = 1 << 3;
    const EMPTY: Self = Self(Step::Insert as u32);

    const fn then(self, edits: u32, unmatched: u32, last: Step) -> Self {
        let cost = self.0 & !(Self::UNMATCHED - 1);
        Self(cost + edits * Self::EDIT + unmatched * Self::UNMATCHED + last as u32)
    }

    const fn edits(self) -> usize {
        (self.0 / Self::EDIT) as usize
    }

    const fn unmatched(self) -> usize {
        (self.0 % Self::EDIT / Self::UNMATCHED) as usize
    }

    const fn last(self) -> Step {
        match self.0 % Self::UNMATCHED {
            0 => Step::Star,
            1 => Step::InStar,
            2 => Step::Letter,
            3 => Step::Delete,
            4 => Step::Insert,
            _ => Step::Swap,
        }
    }
}

/// Returns a row for each beginning of the pattern, with a cell for each beginning of the name;
/// `None` if all cells of two rows have more edits than `limit`.
fn cells(pattern: &[char], name: &[char], limit: usize) -> Option<Vec<Vec<Cell>>> {
    let mut first = vec![Cell::EMPTY];
    for index in 0..name.len() {
        first.push(first[index].then(1, 0, Step::Insert));
    }
    let mut rows = vec![first];
    let mut was_beyond = false;
    for (place, letter) in pattern.iter().enumerate() {
        let swapped = place
            .checked_sub(1)
            .map(|place| (pattern[place], &*rows[place]));
        let row = next_row(*letter, swapped, &rows[place], name);
        let is_beyond = row.iter().all(|cell| cell.edits() > limit);
        if is_beyond && was_beyond {
            return None;
        }
        was_beyond = is_beyond;
        rows.push(row);
    }
    Some(rows)
}

/// Returns the row after `above`. `before` is the letter before `letter`, and the row above it.
fn next_row(
    letter: char,
    before: Option<(char, &[Cell])>,
    above: &[Cell],
    name: &[char],
) -> Vec<Cell> {
    let mut row = Vec::with_capacity(name.len() + 1);
    if letter == '*' {
        row.push(above[0].then(0, 0, Step::Star));
        for up in &above[1..] {
            let left = row[row.len() - 1].then(0, 0, Step::InStar);
            row.push(left.min(up.then(0, 0, Step::Star)));
        }
        return row;
    }
    row.push(above[0].then(1, 1, Step::Delete));
    for (index, other) in name.iter().enumerate() {
        let replaced = u32::from(letter != *other);
        let mut best = above[index].then(replaced, replaced, Step::Letter);
        best = best.min(above[index + 1].then(1, 1, Step::Delete));
        best = best.min(row[index].then(1, 0, Step::Insert));
        if let (Some((before, row)), Some(last)) = (before, index.checked_sub(1)) {
            if before == *other && letter == name[last] {
                best = best.min(row[last].then(1, 0, Step::Swap));
            }
        }
        row.push(best);
    }
    row
}

/// Returns the pattern with the letters of the name at the places of its own.
fn corrected(name: &[char], cells: &[Vec<Cell>]) -> String {
    let (mut row, mut column) = (cells.len() - 1, name.len());
    let mut reversed = Vec::new();
    while row > 0 || column > 0 {
        let step = cells[row][column].last();
        match step {
            Step::Star => reversed.push('*'),
            Step::Letter | Step::Insert => reversed.push(name[column - 1]),
            Step::Swap => reversed.extend([name[column - 1], name[column - 2]]),
            Step::InStar | Step::Delete => {}
        }
        (row, column) = match step {
            Step::Star | Step::Delete => (row - 1, column),
            Step::InStar | Step::Insert => (row, column - 1),
            Step::Letter => (row - 1, column - 1),
            Step::Swap => (row - 2, column - 2),
        };
    }
    reversed.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{Alignment, nearest};

    #[test]
    fn edits_are_counted() {
        for (from, to, edits) in [
            ("log", "log", 0),
            ("lg", "log", 1),
            ("logs", "log", 1),
            ("lag", "log", 1),
            ("Log", "log", 0),
            ("", "log", 3),
            ("falme", "flame", 1),
            ("a:bd", "a:db", 1),
            ("report", "chrome", 5),
        ] {
            for (from, to) in [(from, to), (to, from)] {
                let alignment = Alignment::new(from, to, edits).unwrap();
                assert_eq!(alignment.edits, edits, "{from} {to}");
                assert_eq!(alignment.pattern, to);
                let limit = edits.checked_sub(1);
                assert!(limit.is_none_or(|limit| Alignment::new(from, to, limit).is_none()));
            }
        }
    }

    #[test]
    fn stars_match_any_text_and_stay_in_the_pattern() {
        for (pattern, name, edits, corrected) in [
            ("*", "app:parse", 0, "*"),
            ("*", "", 0, "*"),
            ("ap:*", "app:parse", 1, "app:*"),
            ("app:prase*", "app:parse_all", 1, "app:parse*"),
            ("*::tokn", "Parser::token", 1, "*::token"),
            ("*tokn*", "api_token_id", 1, "*token*"),
            ("Parsers::*", "Parser::token", 1, "Parser::*"),
            ("a*c*e", "abcd", 1, "a*c*d"),
            ("parser::*", "Parser::token", 0, "Parser::*"),
        ] {
            let alignment = Alignment::new(pattern, name, 9).unwrap();
            assert_eq!(alignment.edits, edits, "{pattern}");
            assert_eq!(alignment.pattern, corrected, "{pattern}");
        }
    }

    #[test]
    fn only_similar_names_are_suggested() {
        let suggested = |name| nearest(name, ["summary", "flame", "log"]);
        assert_eq!(suggested("sumary"), Some("summary"));
        assert_eq!(suggested("FLAME"), Some("flame"));
        assert_eq!(suggested("falme"), Some("flame"));
        assert_eq!(suggested("lgo"), Some("log"));
        assert_eq!(suggested("gol"), None);
        assert_eq!(suggested("trace.json"), None);
        assert_eq!(suggested(""), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
