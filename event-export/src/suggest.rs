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
    let names = names.into_iter();
    let measured = names.map(|other| (Alignment::new(name, other).edits, other));
    let nearest = measured.min_by_key(|(edits, _)| *edits);
    nearest
        .filter(|(edits, other)| *edits <= allowed && *edits < other.chars().count())
        .map(|(_, other)| other)
}

/// How a name is made of a pattern with the fewest edits, in which each `*` is any text.
#[derive(Debug)]
pub(crate) struct Alignment {
    /// How many letters must be inserted, deleted or replaced, or exchanged with the next one (the
    /// distance of Damerau and Levenshtein).
    edits: usize,
    unmatched: usize,
    /// The pattern with the letters of the name, which matches the name.
    pub(crate) pattern: String,
}

impl Alignment {
    /// Aligns `pattern` with `name`, apart from upper and lower case.
    pub(crate) fn new(pattern: &str, name: &str) -> Self {
        let pattern: Vec<char> = pattern.chars().collect();
        let name: Vec<char> = name.chars().collect();
        let cells = cells(&pattern, &name);
        let Cell {
            edits, unmatched, ..
        } = cells[pattern.len()][name.len()];
        Self {
            edits,
            unmatched,
            pattern: corrected(&name, &cells),
        }
    }

    /// Returns the edits, then the letters of the pattern that are deleted or replaced.
    pub(crate) const fn cost(&self) -> (usize, usize) {
        (self.edits, self.unmatched)
    }

    /// Returns whether `pattern`, which was aligned, is similar to the name: with at most one edit
    /// for three of its letters. The parts before a `:` that are equal do not count.
    pub(crate) fn is_similar(&self, pattern: &str) -> bool {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let common = common_parts(pattern, &self.pattern);
        let allowed = letters(&pattern[common..]).div_ceil(3);
        self.edits <= allowed && self.edits < letters(&self.pattern)
    }
}

/// The best alignment of a beginning of the pattern with a beginning of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    edits: usize,
    unmatched: usize,
    last: Step,
}

/// The last step of an alignment. Of steps that cost the same, the first one here is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    const fn then(self, edits: usize, unmatched: usize, last: Step) -> Self {
        Self {
            edits: self.edits + edits,
            unmatched: self.unmatched + unmatched,
            last,
        }
    }
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

fn is_same(letter: char, other: char) -> bool {
    letter.to_lowercase().eq(other.to_lowercase())
}

/// Returns a row for each beginning of the pattern, with a cell for each beginning of the name.
fn cells(pattern: &[char], name: &[char]) -> Vec<Vec<Cell>> {
    let empty = Cell {
        edits: 0,
        unmatched: 0,
        last: Step::Insert,
    };
    let first = (0..=name.len()).map(|edits| empty.then(edits, 0, Step::Insert));
    let mut rows = vec![first.collect::<Vec<_>>()];
    for (place, letter) in pattern.iter().enumerate() {
        let above = &rows[rows.len() - 1];
        let is_star = *letter == '*';
        let first = if is_star {
            above[0].then(0, 0, Step::Star)
        } else {
            above[0].then(1, 1, Step::Delete)
        };
        let mut row = vec![first];
        for (index, other) in name.iter().enumerate() {
            let (up, diagonal, left) = (above[index + 1], above[index], row[index]);
            let best = if is_star {
                up.then(0, 0, Step::Star).min(left.then(0, 0, Step::InStar))
            } else {
                let replaced = usize::from(!is_same(*letter, *other));
                let swapped = place > 0
                    && index > 0
                    && is_same(*letter, name[index - 1])
                    && is_same(pattern[place - 1], *other);
                let swap = swapped.then(|| rows[place - 1][index - 1].then(1, 0, Step::Swap));
                let best = diagonal
                    .then(replaced, replaced, Step::Letter)
                    .min(up.then(1, 1, Step::Delete))
                    .min(left.then(1, 0, Step::Insert));
                swap.map_or(best, |swap| best.min(swap))
            };
            row.push(best);
        }
        rows.push(row);
    }
    rows
}

/// Returns the pattern with the letters of the name at the places of its own.
fn corrected(name: &[char], cells: &[Vec<Cell>]) -> String {
    let (mut row, mut column) = (cells.len() - 1, name.len());
    let mut reversed = Vec::new();
    while row > 0 || column > 0 {
        let step = cells[row][column].last;
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
                let alignment = Alignment::new(from, to);
                assert_eq!(alignment.edits, edits, "{from} {to}");
                assert_eq!(alignment.pattern, to);
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
            let alignment = Alignment::new(pattern, name);
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
